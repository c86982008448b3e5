/*
 * internal.h - what the files of store/ share. Internal to store/.
 */
#ifndef PINNING_STORE_INTERNAL_H
#define PINNING_STORE_INTERNAL_H

#include <pinning/store.h>
#include <sys/stat.h>

/* Returns whether only root and the process's user can write the open descriptor fd, whose fstat(2)
 * is st: the store's directory if file is NULL, else the file of that name in it. Otherwise returns
 * false with PIN_R_UNSAFE; the text has the command that fixes it. */
__attribute__((warn_unused_result)) bool pin_store_is_trusted(const struct pin_store *store,
                                                              const char *file, int fd,
                                                              const struct stat *st,
                                                              struct pin_error *err);

/* As openat(2), with O_CLOEXEC, repeated after EINTR. */
int pin_store_openat(int dir, const char *path, int flags);

#endif
