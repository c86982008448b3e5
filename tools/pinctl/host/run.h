/*
 * run.h - other programs, run by pinctl: with a changed environment, for a limited time.
 */
#ifndef PINCTL_RUN_H
#define PINCTL_RUN_H

#include <pinning/error.h>
#include <stdbool.h>
#include <stddef.h>

struct pinctl_run {
    const char *const *argv; /* argv[0] is looked for on PATH; ends with NULL */
    const char *conf;        /* OPENSSL_CONF of the child; NULL: left as it is */
    unsigned secs;           /* then it is killed; 0: no limit */
    char *said;     /* what it writes to both outputs, cut, with a NUL; NULL: it writes to ours */
    size_t size;    /* of said */
    bool to_stderr; /* without said: what it prints goes to our standard error */
    bool no_input;  /* its standard input is /dev/null */
};

/* Runs it to its end. Returns its exit status, 128 + N if signal N ended it, 127 if it could not be
 * started; -1 with *err (may be NULL) if there is no child. */
int pinctl_run(const struct pinctl_run *run, struct pin_error *err);

#endif
