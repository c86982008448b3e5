/*
 * parse.h - what does the file say?
 *
 * Pure: bytes in, a policy or an error with file, line and column out. Strict: whatever is not
 * understood is an error, since a line that was meant to pin and does not is a hole. The grammar
 * is in pins(5). Thread-safe.
 */
#ifndef PINNING_PARSE_H
#define PINNING_PARSE_H

#include <pinning/error.h>
#include <pinning/policy.h>

/* Limits, in bytes. */
#define PIN_FILE_MAX (1024 * 1024)
#define PIN_LINE_MAX 4096

/* Reads HOST.pins. bytes need not end in NUL or newline; file is only for the error's text.
 * Returns true and fills *out, which the caller frees with pin_policy_clear(). Returns false with
 * reason PIN_R_SYNTAX and a text "FILE:LINE:COLUMN: what, what was expected" (line and column
 * count from 1, the column in bytes), or PIN_R_INTERNAL when out of memory; *out is then empty.
 * Of a long path only the end is shown. Pins are compared with each other: n of them cost n * n / 2
 * comparisons. */
__attribute__((warn_unused_result)) bool pin_parse_policy(const char *bytes, size_t len,
                                                          const char *file, struct pin_policy *out,
                                                          struct pin_error *err);

/* Reads _store in the same way. An empty file is enforce, unpinned = allow. The reason of an
 * error is PIN_R_NO_STORE. On failure *out holds those defaults: what stood before the error does
 * not count. */
__attribute__((warn_unused_result)) bool pin_parse_settings(const char *bytes, size_t len,
                                                            const char *file,
                                                            struct pin_store_settings *out,
                                                            struct pin_error *err);

/* Reads one pin, "sha256//BASE64" or "sha256:HEX" (sha384, sha512 likewise), a NUL-terminated word
 * without blanks. Returns NULL and fills *out, or what is wrong with it, as static text; *at is
 * then the offset of the fault in bytes, and *out untouched. */
const char *pin_parse_digest(const char *word, struct pin_digest *out, size_t *at);

#endif
