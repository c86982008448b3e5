/*
 * pinctl.h - the call of pinctl: options that all commands share, and the exit status.
 *
 * pinctl is linked to OpenSSL like any program, but uses the objects of the module (judge above
 * all) for every question about pins, so that its answers are those of the module. It never loads
 * openssl.cnf into itself, so that the module does not enforce pins on its own connections.
 *
 * One thread.
 */
#ifndef PINCTL_H
#define PINCTL_H

#include <stdbool.h>
#include <time.h>

/* Exit status. */
enum pinctl_status {
    PINCTL_FINE = 0,      /* done, without a finding */
    PINCTL_FINDING = 1,   /* done, with a finding to act on */
    PINCTL_CANNOT_SAY = 2 /* failed, or the answer is unknown */
};

/* The options that every command has; --help prints them. */
struct pinctl {
    const char *command;
    const char *conf;     /* --conf: openssl.cnf; NULL: the one programs on this host use */
    const char *pins;     /* --pins: the store; NULL: the one that conf names */
    const char *module;   /* --module: pinning.so; NULL: the installed one */
    const char *ca_file;  /* --ca-file: trust anchors; NULL: OpenSSL's default places */
    const char *starttls; /* --starttls: a protocol of openssl s_client; NULL: TLS at once */
    bool yes;             /* --yes: the answer to every question is yes */
    bool json;            /* --json */
    time_t now;           /* the time of the call */
};

#endif
