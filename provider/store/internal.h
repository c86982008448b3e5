/*
 * store_inside.h - what the files of the store's room share, and nobody else includes.
 */
#ifndef PINNING_STORE_INTERNAL_H
#define PINNING_STORE_INTERNAL_H

#include <pinning/store.h>
#include <sys/stat.h>

/* Judges the open descriptor fd, whose fstat(2) is st: the store's directory if file is NULL, else
 * the file of that name in it. Returns false with PIN_R_UNSAFE, saying what is wrong and what would
 * put it right. */
__attribute__((warn_unused_result)) bool pin_store_is_trusted(const struct pin_store *store,
                                                              const char *file, int fd,
                                                              const struct stat *st,
                                                              struct pin_error *err);

/* openat(2), close-on-exec, again after EINTR. */
int pin_store_openat(int dir, const char *path, int flags);

/* True if a seccomp filter governs this process, or if that cannot be found out. */
bool pin_store_has_seccomp(void);

#endif
