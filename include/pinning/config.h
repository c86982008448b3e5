/*
 * config.h - the provider's section of openssl.cnf.
 *
 * One table of keys. A value that cannot be used is an error that names its key. The other keys are
 * read all the same, so that mode = report has its effect also beside an error in pins.
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
    bool clients_wanted; /* the key clients is there, also if its value cannot be used */
    enum pin_mode mode;
    enum pin_strict strict;
    struct pin_sinks sinks;
    bool trace;             /* log the steps that led to a refusal as well */
    bool bypass;            /* mode comes from PINNING_MODE (only in builds with PINNING_BYPASS) */
    struct pin_error error; /* PIN_R_CONFIG: the first value that cannot be used; PIN_R_INTERNAL */
};

/* Returns the value of a key of the provider's section, or NULL if it is not there. The text must
 * live until pin_config_read() returns. */
typedef const char *pin_config_get(void *arg, const char *key);

/* Reads the section into *out, which the caller frees with pin_config_clear(). Returns false if
 * out->error is set: PIN_R_CONFIG ("openssl.cnf: KEY = VALUE: what was expected") or
 * PIN_R_INTERNAL. Always fills all of *out: keys that are absent or unusable get their default. Two
 * exceptions: an unusable strict counts as yes, so that programs without TLS have their algorithms;
 * and the words of log before an error have their effect, so that the error can be logged. */
bool pin_config_read(struct pin_config *out, pin_config_get *get, void *arg);
/* Frees the paths and zeroes *config, but for mode = enforce. */
void pin_config_clear(struct pin_config *config);

/* Returns whether two sections have the same settings and the same error. */
bool pin_config_equal(const struct pin_config *a, const struct pin_config *b);

#endif
