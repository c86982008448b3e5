/*
 * proc.h - files of /proc.
 *
 * Thread-safe. The functions do not trust a /proc that is another file system, as it may be in a
 * chroot.
 */
#ifndef PINNING_PROC_H
#define PINNING_PROC_H

#include <stdbool.h>
#include <stddef.h>

/* Reads a file of /proc into buf and adds a NUL. Returns false on an error, or if it does not fit.
 */
bool pin_proc_read(const char *path, char *buf, size_t size);

/* Returns true if this process has a seccomp filter, or if that cannot be determined. A filter may
 * end the process at a system call that the program never makes itself. */
bool pin_proc_has_seccomp(void);

#endif
