/*
 * config.h - what did openssl.cnf say?
 *
 * One table of keys. A value that cannot be used is an error that names its key; the other keys
 * are read all the same, so that mode = report holds also beside a broken pins =.
 */
#ifndef PINNING_CONFIG_H
#define PINNING_CONFIG_H

#include <pinning/error.h>
#include <pinning/policy.h>
#include <pinning/sink.h>

enum pin_strict { PIN_STRICT_NO, PIN_STRICT_YES, PIN_STRICT_WITH_FIPS };

struct pin_config {
    char *pins;          /* owned: the store */
    char *clients;       /* owned: the store for client certificates, or NULL */
    bool clients_wanted; /* clients = stands there, also with a value that cannot be used */
    enum pin_mode mode;
    enum pin_strict strict;
    struct pin_sinks sinks;
    bool bypass;            /* mode comes from PINNING_MODE (only in builds with PINNING_BYPASS) */
    struct pin_error error; /* PIN_R_CONFIG: the first value that cannot be used */
};

/* The value of a key of the provider's section, or NULL if it is not there. The text must live
 * until pin_config_read() returns. */
typedef const char *pin_config_get(void *arg, const char *key);

/* Reads the section into *out, which the caller frees with pin_config_clear(). Always fills all
 * of it: keys that are absent or unusable get their default, but a strict that cannot be used
 * counts as yes, so that what talks no TLS has its algorithms, and of a log the words before the
 * mistake hold. Returns false if out->error is set:
 * PIN_R_CONFIG ("pins = …: what, what was expected") or PIN_R_INTERNAL. */
bool pin_config_read(struct pin_config *out, pin_config_get *get, void *arg);
void pin_config_clear(struct pin_config *config);

/* Do two sections say the same? */
bool pin_config_equal(const struct pin_config *a, const struct pin_config *b);

#endif
