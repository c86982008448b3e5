/*
 * store.h - the pin files of a directory.
 *
 * The only component that touches the pin files. A lookup opens the directory, reads the files that
 * could apply, and closes it. Nothing is kept in between, so a change of the files takes effect
 * with the next lookup, and memory does not grow with the store.
 *
 * A struct pin_store is not changed after pin_store_init(): any number of threads may open it.
 */
#ifndef PINNING_STORE_H
#define PINNING_STORE_H

#include <pinning/error.h>
#include <pinning/limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The result of reading a file. Only PIN_STORE_NONE means "not pinned". */
enum pin_store_status {
    PIN_STORE_FOUND,
    PIN_STORE_NONE,   /* ENOENT, and there is no link of that name */
    PIN_STORE_UNSAFE, /* other users can write it; err says which file and why */
    PIN_STORE_ERROR   /* it could not be read; err says why */
};

/* Identifies a file or directory. A descriptor of ours may have become another file's, because
 * programs close descriptors that they did not open. */
struct pin_file_id {
    dev_t dev;
    ino_t ino;
};

struct pin_store {
    char *path;              /* owned, absolute */
    struct pin_file_id root; /* "/" when the store was made, to recognise a chroot */
    bool root_known;
    int mount; /* detached mount (open_tree(2)) of the directory for use in a chroot, or -1 */
    struct pin_file_id mount_id;
    bool set_id; /* the process has more rights than its caller: trust only root's files */
};

/* Makes a store on an absolute path, which need not exist yet. Where the process may, it also keeps
 * a detached mount of the directory. The caller owns *out and frees it with pin_store_clear().
 * Returns false (PIN_R_CONFIG, PIN_R_INTERNAL) if the path is not absolute or there is no memory.
 */
__attribute__((warn_unused_result)) bool pin_store_init(struct pin_store *out, const char *path,
                                                        struct pin_error *err);
/* Frees the store; NULL and a zeroed store are allowed. */
void pin_store_clear(struct pin_store *store);

/* An open store. */
struct pin_store_handle {
    const struct pin_store *store;
    int dir; /* private to store/: descriptor of the directory, -1: closed */
};

/* Bytes of a file. */
struct pin_text {
    char *bytes; /* owned; a NUL follows them */
    size_t len;
};
/* Frees the bytes and zeroes *text; NULL is allowed. */
void pin_text_clear(struct pin_text *text);

/* Opens the directory and checks that only root and the process's user can write it. Returns
 * PIN_STORE_FOUND, and the caller closes the handle with pin_store_close() on the same thread; or
 * UNSAFE (PIN_R_UNSAFE) or ERROR (PIN_R_STORE). Never NONE, because a directory that cannot be
 * opened is not an empty one. */
enum pin_store_status pin_store_open(const struct pin_store *store, struct pin_store_handle *handle,
                                     struct pin_error *err);
void pin_store_close(struct pin_store_handle *handle);

/* Reads _store. Returns FOUND, and the caller clears *out; or UNSAFE or ERROR, never NONE. Reasons
 * of an error: PIN_R_NO_STORE if there is no _store or it is larger than PIN_FILE_MAX, PIN_R_STORE
 * if it cannot be read, PIN_R_INTERNAL. */
enum pin_store_status pin_store_read_settings(const struct pin_store_handle *handle,
                                              struct pin_text *out, struct pin_error *err);

/* Reads NAME.pins, where name is a canonical host or address, "_default" or "_nameless". Returns
 * FOUND, and the caller clears *out; NONE, also for a name longer than PIN_STORE_NAME_MAX, which
 * cannot have a file; UNSAFE; or ERROR. Reasons of an error: PIN_R_UNREADABLE, PIN_R_SYNTAX for a
 * file larger than PIN_FILE_MAX, PIN_R_INTERNAL (out of memory, or a name that could lead out of
 * the directory). */
enum pin_store_status pin_store_read(const struct pin_store_handle *handle, const char *name,
                                     struct pin_text *out, struct pin_error *err);

#endif
