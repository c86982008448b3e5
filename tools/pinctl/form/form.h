/*
 * imports.h - pins in other people's formats.
 *
 * A reader takes a text apart and adds what it found, host by host. Readers are strict: what they
 * do not know is an error with line and column, since a pin that is passed over is a hole. Pure.
 */
#ifndef PINCTL_IMPORTS_H
#define PINCTL_IMPORTS_H

#include "pinctl.h"
#include "store/pinfile.h"

#include <pinning/error.h>
#include <pinning/policy.h>
#include <stdio.h>

struct import_host {
    char name[PINFILE_NAME];
    bool subdomains, report;
    pin_day report_after; /* PIN_DAY_NEVER: none */
    struct pin *pins;     /* owned */
    size_t count;
};

/* Which kinds a digest becomes of which the format says only "a key of the chain". */
enum import_as { IMPORT_AS_BOTH, IMPORT_AS_KEY, IMPORT_AS_CA };

struct imports {
    const char *file;  /* for errors */
    const char *bytes; /* ends with a NUL */
    size_t len;
    const char *host; /* --host, canonical, or NULL */
    enum import_as as;
    time_t now;
    struct import_host *list; /* owned */
    size_t count;
    struct pin_error *err;
};
void imports_clear(struct imports *in);

/* Fails with "FILE:LINE:COLUMN: …" for the place at, which lies in bytes. Always false. */
__attribute__((format(printf, 3, 4))) bool imports_fail(struct imports *in, const char *at,
                                                        const char *fmt, ...);

/* The host of a name; the same one for the same host. NULL with the error. */
struct import_host *imports_host(struct imports *in, const char *at, const char *name, size_t len);

/* That of --host, which this format needs. */
struct import_host *imports_given_host(struct imports *in);

/* Adds a pin, unless it is there. any: some key of the chain, see in->as. */
bool imports_add(struct imports *in, struct import_host *host, enum pin_kind kind,
                 const struct pin_digest *digest, pin_day until);
bool imports_add_any(struct imports *in, struct import_host *host, const struct pin_digest *digest,
                     pin_day until);

/* Reads a digest: "HASH//BASE64" or "HASH:HEX", put together of the name of the hash, what is
 * between, and len bytes at at. */
bool imports_digest(struct imports *in, const char *prefix, const char *at, size_t len,
                    struct pin_digest *out);

/* Is there a word at at? */
bool imports_is_at(const struct imports *in, const char *at, const char *word);

/* The readers. */
bool import_curl(struct imports *in);
bool import_fingerprint(struct imports *in);
bool import_gnutls(struct imports *in);
bool import_hpkp(struct imports *in);
bool import_nsc(struct imports *in);
bool import_okhttp(struct imports *in);
bool import_tlsa(struct imports *in);

#endif
