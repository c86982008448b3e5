/*
 * files.h - the files of a store: walking, locking, writing and reading them.
 */
#ifndef PINCTL_FILES_H
#define PINCTL_FILES_H

#include "pinctl.h"

#include <pinning/instance.h>
#include <pinning/parse.h>

/* Names of all files of the store that end in .pins, and all others (_store apart), each sorted;
 * called one by one. Returns false with *err. Memory does not grow with the store, except where
 * sorted is asked for. */
typedef bool pinctl_each_file(void *arg, const char *name); /* false ends the walk */
bool pinctl_walk(const char *store, bool sorted, pinctl_each_file *each, void *arg,
                 struct pin_error *err);

/* Writes NAME (a file's name) into the store whole or not at all: a temporary file that begins with
 * a dot, mode 0644 whatever the umask, fsync, rename, fsync of the directory. Under a lock (flock
 * on the directory) for the time between pinctl_lock and pinctl_unlock, so that two pinctl never
 * write at once. False with *err: the old file stands as it was. */
int pinctl_lock(const char *store, struct pin_error *err); /* a descriptor, or -1 */
void pinctl_unlock(int lock);
bool pinctl_write(int lock, const char *name, const char *text, size_t len, struct pin_error *err);
/* Writes all bytes to a descriptor. Returns 0 or an errno. */
int pinctl_write_all(int fd, const char *bytes, size_t len);
bool pinctl_remove(int lock, const char *name, struct pin_error *err);

/* Makes the directory (0755) and _store where they are missing, and says so on standard error.
 * Refuses to turn a directory with other files in it into a store. */
bool pinctl_make_store(const char *store, struct pin_error *err);

/* Reads and parses HOST.pins for editing; name is HOST. FOUND: *policy and *text (both to be
 * cleared) are filled; NONE; otherwise *err. With an error in the file (PIN_R_SYNTAX) the answer is
 * ERROR, and *text is filled nevertheless, for whoever mends it. */
enum pin_store_status pinctl_read(const struct pin_instance *module, const char *name,
                                  struct pin_policy *policy, struct pin_text *text,
                                  struct pin_error *err);

/* The same for _store; never NONE. Without a _store the reason is PIN_R_NO_STORE and *text is
 * empty. */
enum pin_store_status pinctl_read_store_settings(const struct pin_instance *module,
                                                 struct pin_store_settings *settings,
                                                 struct pin_text *text, struct pin_error *err);

#endif
