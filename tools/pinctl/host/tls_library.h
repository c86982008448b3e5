/*
 * tls_library.h - the TLS library that a program uses, found by file names and by marks in its
 * executable.
 */
#ifndef PINCTL_TLS_LIBRARY_H
#define PINCTL_TLS_LIBRARY_H

#include <stdbool.h>

/* The names of those that callers distinguish. */
#define TLS_OPENSSL "OpenSSL"
#define TLS_GO      "Go"

/* Returns the name of the TLS library that a shared object (its file name, without directory)
 * belongs to; NULL if none is known. */
const char *tls_library_of_file(const char *name);

/* Returns the name of the first known TLS library in the output of ldd; NULL if there is none. */
const char *tls_library_of_ldd(const char *output);

/* Returns the name of the TLS library that is linked into an executable: OpenSSL by the text of its
 * version, Go by the mark of its linker. NULL if none is known, or the file cannot be read. */
const char *tls_library_linked_into(int fd);

#endif
