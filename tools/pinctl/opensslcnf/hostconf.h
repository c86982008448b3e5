/*
 * hostconf.h - providers and TLS settings in an openssl.cnf.
 */
#ifndef PINCTL_HOSTCONF_H
#define PINCTL_HOSTCONF_H

#include <openssl/conf.h>
#include <pinning/error.h>
#include <stdbool.h>

/* Texts belong to conf, or are static. A section is NULL if nothing names it. */
struct pinctl_hostconf {
    CONF *conf;                     /* owned */
    const char *init;               /* the section that openssl_conf names */
    const char *providers;          /* the section that its line providers names */
    const char *nodejs;             /* the section that nodejs_conf names */
    const char *pinning_section;    /* the section of the pinning provider */
    const char *default_section;    /* the section of the provider default */
    const char *ssl;                /* the section that ssl_conf names */
    const char *ssl_default;        /* the section that its line system_default names */
    bool default_active;            /* default is activated by name */
    bool fips_active;               /* fips is activated */
    bool others_active;             /* a provider other than pinning is activated */
    bool other_than_default_active; /* a provider other than pinning and default is activated */
    bool nodejs_same_section;       /* nodejs_conf names the same section as openssl_conf */
};

/* Reads the file as OpenSSL does, with everything that it includes. False with *err; the caller
 * frees with pinctl_hostconf_clear(). */
bool pinctl_hostconf_read(const char *file, struct pinctl_hostconf *out, struct pin_error *err);
/* Reads a text in the same way; name is used in errors only. */
bool pinctl_hostconf_parse(const char *text, const char *name, struct pinctl_hostconf *out,
                           struct pin_error *err);
void pinctl_hostconf_clear(struct pinctl_hostconf *host);

/* Writes the names of the modules and providers that OpenSSL loads before the pinning provider,
 * separated by blanks. If one of them fails to load, OpenSSL reads no further. */
void pinctl_hostconf_before(const struct pinctl_hostconf *host, char *out, size_t size);

#endif
