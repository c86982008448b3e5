/*
 * form.h - readers of the pin formats of other programs.
 *
 * A reader parses a text and adds the pins that it finds, host by host. Readers skip what cannot be
 * a pin in their format. Everything else that they do not know is an error with line and column,
 * because an ignored pin would leave a host unprotected. Pure.
 */
#ifndef PINCTL_FORM_H
#define PINCTL_FORM_H

#include "pinctl.h"
#include "store/pinfile.h"

#include <pinning/error.h>
#include <pinning/identity.h>
#include <pinning/policy.h>
#include <pinning/store.h>
#include <stdio.h>

struct import_host {
    char name[PINFILE_NAME];
    bool subdomains, report;
    bool exempt;          /* its file says mode = off, because a parent's file would apply */
    pin_day report_after; /* PIN_DAY_NEVER: none */
    struct pin *pins;     /* owned */
    size_t count;
};

/* The kinds of pin made from a digest if the format says only that it is of a key of the chain. */
enum import_as { IMPORT_AS_BOTH, IMPORT_AS_KEY, IMPORT_AS_CA };

struct imports {
    const char *file;  /* for errors */
    const char *bytes; /* ends with a NUL */
    size_t len;
    const char *host;   /* --host, canonical, or NULL */
    const char *origin; /* --origin of a zone file, or NULL */
    enum import_as as;
    time_t now;
    struct import_host *list; /* owned */
    size_t count;
    char *notes; /* owned: lines for the user about what was left out; NULL: none */
    struct pin_error *err;
};
void imports_clear(struct imports *in);

/* Sets the error "FILE:LINE:COLUMN: …" for at, which points into bytes. Returns false. */
__attribute__((format(printf, 3, 4))) bool imports_fail(struct imports *in, const char *at,
                                                        const char *fmt, ...);

/* Adds a line about what was left out. False with the error. */
__attribute__((format(printf, 2, 3))) bool imports_note(struct imports *in, const char *fmt, ...);

/* Checks and parses a name. False with the error. */
bool imports_is_host(struct imports *in, const char *at, const char *name, size_t len,
                     struct pin_identity *out);

/* Finds or adds the host of a name. NULL with the error. */
struct import_host *imports_host(struct imports *in, const char *at, const char *name, size_t len);

/* Finds or adds the host of --host, which formats without host names require. NULL with the error.
 */
struct import_host *imports_host_option(struct imports *in);

/* Adds a pin. If the host has it already, the later end counts. any: of some key of the chain, see
 * in->as. False with the error. */
bool imports_add(struct imports *in, struct import_host *host, enum pin_kind kind,
                 const struct pin_digest *digest, pin_day until);
bool imports_add_any(struct imports *in, struct import_host *host, const struct pin_digest *digest,
                     pin_day until);

/* Parses a digest "HASH//BASE64" or "HASH:HEX": prefix, up to BASE64 or HEX, and the len bytes at
 * at. False with the error. */
bool imports_digest(struct imports *in, const char *prefix, const char *at, size_t len,
                    struct pin_digest *out);
/* The same for a text elsewhere, which stands at at in bytes. */
bool imports_digest_text(struct imports *in, const char *prefix, const char *text, size_t len,
                         const char *at, struct pin_digest *out);

/* Does the text at at begin with word? */
bool imports_starts_with(const struct imports *in, const char *at, const char *word);

/* The readers. False with the error. */
bool import_curl(struct imports *in);
bool import_fingerprint(struct imports *in);
bool import_gnutls(struct imports *in);
bool import_hpkp(struct imports *in);
bool import_nsc(struct imports *in);
bool import_okhttp(struct imports *in);
bool import_openvpn(struct imports *in);
bool import_tlsa(struct imports *in);

/* ---- the text of a pin file ---- */

/* Returns the text of the host's file: old (NULL: none) and the pins that existing lacks; without
 * old also the other lines. The caller frees it. NULL when out of memory. */
char *import_text(const struct import_host *host, const char *format, const struct pin_text *old,
                  const struct pin_policy *existing);

/* Does existing have all pins of the host? */
bool import_has_all(const struct import_host *host, const struct pin_policy *existing);

/* Returns the differences between the host and existing that merging pins leaves, as a list of
 * "subdomains (import: yes, file: no)"; empty if there are none. The caller frees it. NULL when out
 * of memory. */
char *import_differences(const struct import_host *host, const struct pin_policy *existing);

#endif
