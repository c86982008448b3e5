/*
 * store.h - what is written for that name?
 *
 * The only room that touches the pin files. A look-up is a visit: enter the directory, read the
 * files that could apply, leave. Nothing is kept between visits, so a change of the files holds
 * from the next visit on and memory does not grow with the store.
 *
 * A struct pin_store is not changed after pin_store_init(): any number of threads may visit.
 */
#ifndef PINNING_STORE_H
#define PINNING_STORE_H

#include <pinning/error.h>
#include <pinning/limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The closed set of answers. Only PIN_STORE_NONE means "not pinned". */
enum pin_store_status {
    PIN_STORE_FOUND,
    PIN_STORE_NONE,   /* ENOENT, and no link of that name stands there */
    PIN_STORE_UNSAFE, /* others could have written it; err says which and how */
    PIN_STORE_ERROR   /* could not look; err says why */
};

/* An open directory, and how to know it again when somebody else closed it. */
struct pin_file_id {
    dev_t dev;
    ino_t ino;
};

struct pin_store {
    char *path;              /* owned, absolute */
    struct pin_file_id root; /* what "/" was when the store was made */
    bool root_known;
    int mount; /* open_tree(2) clone for the time after a chroot, or -1 */
    struct pin_file_id mount_id;
    bool set_id; /* the process runs with more rights than its caller: trust root's files only */
};

/* Makes a store on an absolute path, which need not exist yet; the caller then owns *out and
 * frees it with pin_store_clear(). Takes a clone of the directory for the time after a chroot where
 * the process may. Returns false (PIN_R_CONFIG, PIN_R_INTERNAL) if the path cannot be one. */
__attribute__((warn_unused_result)) bool pin_store_init(struct pin_store *out, const char *path,
                                                        struct pin_error *err);
void pin_store_clear(struct pin_store *store);

/* A visit; nothing in it is for callers. */
struct pin_store_handle {
    const struct pin_store *store;
    int dir; /* descriptor of the directory, -1: none */
};

/* Bytes of a file. */
struct pin_text {
    char *bytes; /* owned, NUL-terminated for convenience */
    size_t len;
};
void pin_text_clear(struct pin_text *text);

/* Opens the directory and judges its owner and mode. Returns PIN_STORE_FOUND, and the caller ends
 * the visit with pin_store_close(); or UNSAFE or ERROR (reason PIN_R_UNSAFE or PIN_R_STORE), never
 * NONE: a directory that cannot be entered is not an empty one. A visit ends on the thread on
 * which it began. */
enum pin_store_status pin_store_open(const struct pin_store *store, struct pin_store_handle *handle,
                                     struct pin_error *err);
void pin_store_close(struct pin_store_handle *handle);

/* Reads _store. FOUND, UNSAFE or ERROR, never NONE. Reasons of an error: PIN_R_NO_STORE where it is
 * missing or over PIN_FILE_MAX, PIN_R_STORE where it stands there and cannot be read,
 * PIN_R_INTERNAL. */
enum pin_store_status pin_store_read_settings(const struct pin_store_handle *handle,
                                              struct pin_text *out, struct pin_error *err);

/* Reads NAME.pins, name being a canonical host or address, "_default" or "_nameless". A name of
 * over PIN_STORE_NAME_MAX bytes can have no file: NONE. On FOUND the caller frees *out. Reasons of
 * an error: PIN_R_UNREADABLE, PIN_R_SYNTAX for a file over PIN_FILE_MAX, PIN_R_INTERNAL (out
 * of memory, or a name that could lead out of the directory). */
enum pin_store_status pin_store_read(const struct pin_store_handle *handle, const char *name,
                                     struct pin_text *out, struct pin_error *err);

#endif
