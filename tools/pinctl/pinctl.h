/*
 * pinctl.h - what one call of pinctl is about: shared by all its components.
 *
 * pinctl is linked to OpenSSL like any program, but uses the objects of the module (judge above
 * all) for every question about pins, so that what it says is what the module does. It never loads
 * openssl.cnf into itself: its own connections are not held by the module.
 *
 * One thread.
 */
#ifndef PINCTL_H
#define PINCTL_H

#include <stdbool.h>
#include <time.h>

/* Exit status. */
enum pinctl_status {
    PINCTL_FINE = 0,      /* done, and nothing found */
    PINCTL_FINDING = 1,   /* done, and there is something to act on */
    PINCTL_CANNOT_SAY = 2 /* not done, or the answer is not known */
};

/* What every command understands; each also prints it under --help. */
struct pinctl {
    const char *command;
    const char *conf;     /* --conf: another openssl.cnf; NULL: the one programs here use */
    const char *pins;     /* --pins: another store; NULL: the one that conf names */
    const char *module;   /* --module: another pinning.so */
    const char *ca_file;  /* --ca-file: trust anchors; NULL: OpenSSL's default places */
    const char *starttls; /* --starttls: a protocol of openssl s_client, NULL: TLS at once */
    bool yes;             /* --yes: every question is answered yes */
    bool json;            /* --json */
    time_t now;           /* the moment of the call */
};

#endif
