/*
 * confine.h - what takes rights from the calling process. All return false, with errno set, where
 * that is not permitted or not possible.
 */
#ifndef PINNING_TEST_CONFINE_H
#define PINNING_TEST_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

/* A mount namespace of its own, out of which nothing gets. */
bool confine_mounts(void);

/* Leaves exactly so many descriptors free, from the lowest number on. Number 0 must be in use. */
bool confine_descriptors(unsigned count);

/* A seccomp filter that answers these system calls with an action (SECCOMP_RET_…), and permits all
 * others. With flags as in seccomp(2); returns what that returns, -1 with errno set. It is the
 * thread's alone. */
int confine_calls(const int *calls, size_t count, unsigned action, unsigned flags);

#endif
