/*
 * judge_fixture.h - a store on disk, a peer, and what a program asked for, from a few words each.
 */
#ifndef JUDGE_FIXTURE_H
#define JUDGE_FIXTURE_H

#include "open_ossl.h"
#include "pki.h"

#include <pinning/judge.h>

/*
 * The store: "NAME: LINE; LINE\n" for each file, NAME without .pins. Without a "_store:" there is
 * an empty one; "-_store" asks for none. In the lines, $leaf and $cert stand for the digests of the
 * peer's key and certificate, $int, $root and $evil for those of the CAs' keys, $other for another
 * key, $pad0 to $pad9 for digests of nothing; $-1 for a date, so many days from today.
 */
struct world {
    const char *store;
    /* What the program asked for; NULL: not. Hosts are words. */
    const char *sni, *address, *hosts, *socket;
    /* The certificate, issued by int, which root issued; NULL: a.example.com. */
    const char *san;
    const char *cn; /* NULL: none */
    enum { BY_INT, BY_EVIL, RAW, NOBODY } peer;
    bool report, off; /* mode of the section */
    int day;          /* days from today */
};

struct scene {
    struct pin_instance instance;
    struct pin_reference_ids ids;
    struct pin_peer peer;
    struct pin_policies policies;
    struct pin_judgement judgement;
    time_t now;
    char trace[8192];
};

/* Sets the stage; the scene is static and ends with fixture_end(), which is also the teardown of a
 * test. */
struct scene *fixture_begin(const struct world *world);
void fixture_end(void);

/* Looks, then judges. */
void fixture_look(struct scene *scene);
void fixture_judge(struct scene *scene);

/* The directory of the store. */
const char *fixture_dir(void);

/* Opens the OpenSSL of this process and makes the keys; for main(). */
void fixture_open(void);

/* The certificates of the cast, in the current scene. */
X509 *fixture_root(void);
X509 *fixture_int(void);

#endif
