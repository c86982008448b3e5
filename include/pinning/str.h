/*
 * str.h - bounded strings: clean, join, hash.
 *
 * Pure, thread-safe, usable in a signal handler.
 */
#ifndef PINNING_STR_H
#define PINNING_STR_H

#include <stddef.h>
#include <stdint.h>

/* What pin_str_clean() makes of a byte. A name in a certificate or a program's title may hold any
 * byte; unchanged, it could forge a line of a log or control a terminal. */
enum pin_clean {
    PIN_CLEAN_LINE,  /* a control character becomes '?'; UTF-8 stays */
    PIN_CLEAN_ASCII, /* a byte outside printable ASCII becomes \xHH */
    PIN_CLEAN_JSON   /* inside a JSON string (RFC 8259 section 7): as ASCII, and each backslash
                           and quotation mark has a backslash before it */
};
#define PIN_CLEAN_GROWTH 5 /* one byte of text becomes at most so many */

/* Copies text to out and cleans it. A text that does not fit into size bytes (at least 4, for the
 * NUL too) is cut, not inside an escape or a character of UTF-8, and ends in "...". Returns the
 * length written. With PIN_CLEAN_LINE out may be text. */
size_t pin_str_clean(char *out, size_t size, const char *text, enum pin_clean style);

/* Writes first and second, one after the other, cut to size bytes with the NUL (at least 1).
 * snprintf(3) would do as well, but every judgement comes here and it takes as long as open(2). */
void pin_str_join(char *out, size_t size, const char *first, const char *second);

/* FNV-1a, 64 bits: begin with PIN_HASH64_START, add parts in turn. Parts are delimited: "ab", "c"
 * and "a", "bc" differ; NULL is an empty part. Not against an attacker who wants a collision. */
#define PIN_HASH64_START 0xcbf29ce484222325u
uint64_t pin_hash64_bytes(uint64_t hash, const void *bytes, size_t len);
uint64_t pin_hash64_str(uint64_t hash, const char *text);

#endif
