/*
 * run.h - running other programs, with a changed environment and for a limited time.
 */
#ifndef PINCTL_RUN_H
#define PINCTL_RUN_H

#include <pinning/error.h>
#include <stdbool.h>
#include <stddef.h>

struct pinctl_run {
    const char *const *argv; /* ends with NULL; argv[0] is searched in PATH */
    const char *conf;        /* OPENSSL_CONF of the child; NULL: unchanged */
    unsigned secs;           /* after which it is killed; 0: no limit */
    char *output;            /* receives its standard output and error, cut at size, with a NUL;
                              * NULL: it writes to ours */
    size_t size;             /* of output */
    bool to_stderr;          /* without output: its standard output goes to our standard error */
    bool no_input;           /* its standard input is /dev/null */
};

/* Runs the program and waits for its end. Returns its exit status, 128 + N if signal N ended it,
 * 127 if it could not be executed; -1 with *err (may be NULL) if no process could be created. */
int pinctl_run(const struct pinctl_run *run, struct pin_error *err);

#endif
