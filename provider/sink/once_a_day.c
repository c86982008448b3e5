/*
 * once_a_day.c - records that a program writes once a day, in whichever process.
 *
 * The memory is a key in the kernel's keyring of the user (keyrings(7)), which expires by itself:
 * no file, which would need a directory that every user can write, and no process that waits.
 */
#include "internal.h"

#include <pinning/proc.h>
#include <pinning/str.h>

#include <errno.h>
#include <inttypes.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DAY_IN_SECS 86400
#define KEY_TYPE    "user"

static bool is_known(const char *description)
{
    return syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, KEY_TYPE, description, 0) >= 0;
}

/* A key that would never expire is removed, because it would suppress the record for ever. */
static void remember(const char *description)
{
    long key = syscall(SYS_add_key, KEY_TYPE, description, "1", 1, KEY_SPEC_USER_KEYRING);

    if (key >= 0 && syscall(SYS_keyctl, KEYCTL_SET_TIMEOUT, key, DAY_IN_SECS) != 0)
        syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_USER_KEYRING);
}

/* A log that was moved away, or that a tool made for one run, does not have the record. */
static bool is_empty(const char *path)
{
    struct stat st;

    return stat(path, &st) != 0 || st.st_size == 0;
}

static bool decide(const struct pin_sinks *sinks, const char *what)
{
    char program[PIN_SINK_PROGRAM_MAX + 1];
    char description[PIN_SINK_PROGRAM_MAX + 64];
    uint64_t log = pin_hash64_bytes(PIN_HASH64_START, &sinks->set, sizeof sinks->set);

    /* The keyring of a set-id program is that of the user who started it, who could have put the
     * key there. */
    if (getauxval(AT_SECURE) != 0 || pin_proc_has_seccomp())
        return true;
    pin_sink_clean_program(program);
    log = pin_hash64_str(log, sinks->file);
    snprintf(description, sizeof description, "pinning:%.8s:%016" PRIx64 ":%s", what, log, program);
    if (is_known(description) && !(sinks->file != NULL && is_empty(sinks->file)))
        return false;
    remember(description);
    return true;
}

bool pin_sink_admit_once_a_day(const struct pin_sinks *sinks, const char *what)
{
    int saved = errno;
    bool admitted = decide(sinks, what);

    errno = saved;
    return admitted;
}
