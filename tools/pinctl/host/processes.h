/*
 * processes.h - the running processes, and whether pinning is enforced for them.
 *
 * Found by what they have mapped (/proc/PID/maps). Only root can read that of other users.
 */
#ifndef PINCTL_PROCESSES_H
#define PINCTL_PROCESSES_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

enum pinctl_enforcement {
    PINCTL_NO_TLS,       /* no TLS library is mapped */
    PINCTL_ENFORCED,     /* the module is mapped */
    PINCTL_OLD_MODULE,   /* it is, but its file has been replaced */
    PINCTL_NOT_ENFORCED, /* OpenSSL without the module */
    PINCTL_LINKED,       /* OpenSSL linked into the program, without the module */
    PINCTL_OTHER_TLS,    /* a different TLS library */
    PINCTL_UNREADABLE    /* the caller may not read it */
};
const char *pinctl_enforcement_name(enum pinctl_enforcement enforcement); /* one word */

struct pinctl_process {
    pid_t pid;
    char program[64]; /* as in /proc: to be escaped for a terminal */
    enum pinctl_enforcement enforcement;
    char library[64]; /* the TLS library, "" for none */
    char why[400];    /* the likely reason, "" for none */
};

/* The host's configuration, from which it is concluded why a process lacks the module. */
struct pinctl_host {
    const char *conf; /* the openssl.cnf that programs on this host read */
    time_t since;     /* the time of its last change */
};

/* Inspects one process; false if it has ended, or is a kernel thread. */
bool pinctl_process_inspect(const struct pinctl_host *host, pid_t pid, struct pinctl_process *out);

/* Calls each() for every process except our own, in the order of their ids. False if /proc cannot
 * be read. */
bool pinctl_processes(const struct pinctl_host *host,
                      void (*each)(void *arg, const struct pinctl_process *process), void *arg);

#endif
