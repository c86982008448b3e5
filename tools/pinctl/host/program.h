/*
 * program.h - why would a program not be held to pins? Guessed from its file.
 */
#ifndef PINCTL_PROGRAM_H
#define PINCTL_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the likeliest cause for command, as somebody would call it; unreached: the module told
 * that it cannot reach this program's OpenSSL. */
void program_why_not(const char *command, bool unreached, char *out, size_t size);

/* Which TLS is linked into these bytes of an executable: "OpenSSL", "Go", or NULL for none that is
 * known. OpenSSL's own version text gives it away, Go the mark of its linker. */
const char *program_linked_in(const char *bytes, size_t len);

#endif
