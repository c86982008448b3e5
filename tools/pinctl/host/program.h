/*
 * program.h - the likely reason why pinning is not enforced for a program.
 */
#ifndef PINCTL_PROGRAM_H
#define PINCTL_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the likeliest reason, guessed from the file of command, as a shell would find it.
 * unreached: the module logged that it cannot reach this program's OpenSSL (P14). */
void program_why_not(const char *command, bool unreached, char *out, size_t size);

#endif
