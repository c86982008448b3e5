/*
 * confine.h - functions that take rights from the calling process. They return false, with errno
 * set, if that is not permitted or not possible.
 */
#ifndef PINNING_TEST_CONFINE_H
#define PINNING_TEST_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

/* Enters a new mount namespace, from which no mount propagates. */
bool confine_mounts(void);

/* Leaves exactly count descriptors free, from the lowest number on. Number 0 must be in use. */
bool confine_descriptors(unsigned count);

/* Installs a seccomp filter that answers these system calls with an action (SECCOMP_RET_…) and
 * permits all others, for the calling thread. flags and the result are those of seccomp(2). */
int confine_calls(const int *calls, size_t count, unsigned action, unsigned flags);

#endif
