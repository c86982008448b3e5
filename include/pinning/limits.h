/*
 * limits.h - limits that several components share, in bytes. Data only.
 */
#ifndef PINNING_LIMITS_H
#define PINNING_LIMITS_H

#include <limits.h>

/* A file of a store: store reads so much, parse accepts so much. */
#define PIN_FILE_MAX (1024 * 1024)
#define PIN_LINE_MAX 4096

/* A host name without its final dot (RFC 1035 2.3.4). */
#define PIN_IDENTITY_MAX 253

/* A name that can have a file: NAME.pins must fit into a directory entry. So no pin file can exist
 * for a host of 251 to 253 bytes, and store answers NONE. */
#define PIN_STORE_NAME_MAX 250
_Static_assert(PIN_STORE_NAME_MAX + sizeof ".pins" - 1 == NAME_MAX, "the longest NAME.pins");
_Static_assert(PIN_STORE_NAME_MAX <= PIN_IDENTITY_MAX, "a buffer for a host holds any name");

#endif
