/*
 * hostconf.h - what does an openssl.cnf say about providers?
 */
#ifndef PINCTL_HOSTCONF_H
#define PINCTL_HOSTCONF_H

#include <openssl/conf.h>
#include <pinning/error.h>
#include <stdbool.h>

/* Texts belong to conf, or are static. */
struct pinctl_hostconf {
    CONF *conf;              /* owned */
    const char *init;        /* the section that openssl_conf names, or NULL */
    const char *providers;   /* the section that its providers names, or NULL */
    const char *nodejs;      /* the section that nodejs_conf names, or NULL */
    const char *ours;        /* the section of the pinning provider, or NULL */
    const char *def;         /* that of the provider default, or NULL */
    const char *ssl;         /* the section that ssl_conf names, or NULL */
    const char *ssl_default; /* the section that its system_default names, or NULL */
    bool def_active;         /* default is activated by name */
    bool fips_active;        /* fips is */
    bool others_active;      /* any other than pinning is */
    bool beyond_active;      /* any other than pinning and default is */
    bool node;               /* nodejs_conf names the same section */
};

/* Reads the file as OpenSSL does, with all that it includes. False with *err; the caller frees. */
bool pinctl_hostconf_read(const char *file, struct pinctl_hostconf *out, struct pin_error *err);
/* The same of a text; name is only for errors. */
bool pinctl_hostconf_parse(const char *text, const char *name, struct pinctl_hostconf *out,
                           struct pin_error *err);
void pinctl_hostconf_clear(struct pinctl_hostconf *host);

/* What stands before the providers' line, or before our provider, with blanks in between: if it
 * fails, OpenSSL reads no further. */
void pinctl_hostconf_before(const struct pinctl_hostconf *host, char *out, size_t size);

#endif
