/*
 * files.h - the files of a store: walking, locking, writing and reading them.
 */
#ifndef PINCTL_FILES_H
#define PINCTL_FILES_H

#include "pinctl.h"

#include <pinning/instance.h>
#include <pinning/parse.h>

/* The temporary file that pinctl_write() uses. */
#define STORE_TEMPORARY ".pinctl.tmp"

/* Calls each() for the name of every file in the store except _store and the temporary file, until
 * it returns false. Memory grows with the store only if sorted is true. False with *err. */
typedef bool pinctl_each_file(void *arg, const char *name);
bool pinctl_walk(const char *store, bool sorted, pinctl_each_file *each, void *arg,
                 struct pin_error *err);

/* Locks the store (flock on the directory), so that two pinctl never write at once. Waits up to 10
 * seconds for the lock. Refuses a directory that the module would refuse. Returns a descriptor of
 * the directory, or -1 with *err. */
int pinctl_lock(const char *store, struct pin_error *err);
void pinctl_unlock(int lock);

/* Writes the file NAME whole or not at all: a temporary file with mode 0644 whatever the umask,
 * fsync, rename, fsync of the directory. The caller holds the lock. False with *err: the old file
 * is unchanged. */
bool pinctl_write(int lock, const char *name, const char *text, size_t len, struct pin_error *err);
bool pinctl_remove(int lock, const char *name, struct pin_error *err);

/* Writes all bytes to a descriptor. Returns 0 or an errno. */
int pinctl_write_all(int fd, const char *bytes, size_t len);

/* Makes the directory (mode 0755) and _store if they do not exist, and prints so on standard error.
 * Refuses to turn a directory with other files into a store. False with *err. */
bool pinctl_make_store(const char *store, struct pin_error *err);

/* Reads and parses NAME.pins for editing. The caller clears *policy and *text. FOUND, NONE, or an
 * error with *err. If the file cannot be parsed (PIN_R_SYNTAX), the status is ERROR and *text is
 * filled all the same, so that the file can be fixed. */
enum pin_store_status pinctl_read(const struct pin_instance *module, const char *name,
                                  struct pin_policy *policy, struct pin_text *text,
                                  struct pin_error *err);

/* The same for _store; never NONE. Without a _store the reason is PIN_R_NO_STORE and *text is
 * empty. */
enum pin_store_status pinctl_read_store_settings(const struct pin_instance *module,
                                                 struct pin_store_settings *settings,
                                                 struct pin_text *text, struct pin_error *err);

#endif
