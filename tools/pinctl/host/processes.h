/*
 * processes.h - which running processes are held to pins?
 *
 * Told by what they have mapped (/proc/PID/maps). Of other users' processes only root learns that.
 */
#ifndef PINCTL_PROCESSES_H
#define PINCTL_PROCESSES_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

enum pinctl_enforcement {
    PINCTL_NO_TLS,       /* nothing that talks TLS is mapped */
    PINCTL_ENFORCED,     /* the module is mapped */
    PINCTL_OLD_MODULE,   /* it is, but the file was replaced since */
    PINCTL_NOT_ENFORCED, /* OpenSSL without the module */
    PINCTL_LINKED,       /* OpenSSL linked into the program, without the module */
    PINCTL_OTHER_TLS,    /* another TLS library */
    PINCTL_UNREADABLE    /* not ours to look into */
};
const char *pinctl_enforcement_name(enum pinctl_enforcement hold); /* one word, for programs */

struct pinctl_process {
    pid_t pid;
    char program[64]; /* as it stands in /proc: not yet fit for a terminal */
    enum pinctl_enforcement hold;
    char library[64]; /* which TLS library, "" for none */
    char why[400];    /* what is known about the reason, "" for nothing */
};

/* What the host's configuration is: to tell why a process does not have the module. */
struct pinctl_host {
    const char *conf; /* the file that programs here read */
    time_t since;     /* when it was changed last */
};

/* Looks at one process; false if it is gone, or is a thread of the kernel. */
bool pinctl_process_look(const struct pinctl_host *host, pid_t pid, struct pinctl_process *out);

/* Calls each for every process but our own, in the order of their ids. False if /proc cannot be
 * read. */
bool pinctl_processes(const struct pinctl_host *host,
                      void (*each)(void *arg, const struct pinctl_process *process), void *arg);

#endif
