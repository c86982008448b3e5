/*
 * judge_fixture.h - a store on disk, a peer and reference identifiers, from a few words each.
 */
#ifndef JUDGE_FIXTURE_H
#define JUDGE_FIXTURE_H

#include "open_ossl.h"
#include "pki.h"

#include <pinning/judge.h>

/*
 * The store: "NAME: LINE; LINE\n" for each file, NAME without .pins. Without a "_store:" there is
 * an empty one; with "-_store" there is none. In the lines, $leaf and $cert stand for the digests
 * of the peer's key and certificate, $int, $root and $evil for those of the CAs' keys, $other for
 * another key, $pad0 to $pad9 for digests of nothing; $-1 for a date, so many days from today.
 */
struct fixture {
    const char *store;
    /* Reference identifiers; NULL: absent. Hosts are separated by blanks. */
    const char *sni, *address, *hosts, *socket;
    bool more_addresses; /* there may be others */
    /* The certificate, issued by int, which root issued; NULL: a.example.com. */
    const char *san;
    const char *cn; /* NULL: none */
    enum { BY_INT, BY_EVIL, RAW, ANONYMOUS } peer;
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

/* Makes the fixture. The scene is static, and ends with fixture_end(), which is also the teardown
 * of a test. */
struct scene *fixture_begin(const struct fixture *fixture);
void fixture_end(void);

/* Looks up the policies; looks up and judges. */
void fixture_lookup(struct scene *scene);
void fixture_judge(struct scene *scene);

/* The directory of the store. */
const char *fixture_dir(void);

/* Opens the OpenSSL of this process and makes the keys; for main(). */
void fixture_open(void);

/* Names a case by its fixture: COMPONENT/STORE and what is not the default. Static storage. */
const char *fixture_name(const char *component, const struct fixture *fixture);

/* The certificates of the CAs in the current scene. */
X509 *fixture_root(void);
X509 *fixture_int(void);

#endif
