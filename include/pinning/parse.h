/*
 * parse.h - the parser of pin files and of _store.
 *
 * Pure: bytes in, a policy or an error with file, line and column out. Strict: anything unknown is
 * an error, because a line that was meant to pin and does not is a bypass. pins(5) has the grammar.
 * Thread-safe.
 */
#ifndef PINNING_PARSE_H
#define PINNING_PARSE_H

#include <pinning/error.h>
#include <pinning/limits.h>
#include <pinning/policy.h>

/* Parses len bytes of HOST.pins, which need not end in NUL or newline; file is for the text of an
 * error only. Returns true and fills *out; the caller frees it with pin_policy_clear(). Returns
 * false and clears *out on an error: PIN_R_SYNTAX with the text "FILE:LINE:COLUMN: what, what was
 * expected" (line and column from 1, the column in bytes; of a long path the end only), or
 * PIN_R_INTERNAL when out of memory. n pins cost n * n / 2 comparisons. */
__attribute__((warn_unused_result)) bool pin_parse_policy(const char *bytes, size_t len,
                                                          const char *file, struct pin_policy *out,
                                                          struct pin_error *err);

/* Parses _store in the same way. An empty file means enforce and unpinned = allow. The reason of an
 * error is PIN_R_NO_STORE; *out then has those defaults, whatever stood before the error. */
__attribute__((warn_unused_result)) bool pin_parse_settings(const char *bytes, size_t len,
                                                            const char *file,
                                                            struct pin_store_settings *out,
                                                            struct pin_error *err);

/* Parses one pin, "sha256//BASE64" or "sha256:HEX" (sha384, sha512 likewise): a NUL-terminated word
 * without blanks. Returns NULL and fills *out; or returns the error as static text, stores its
 * offset in bytes in *at and leaves *out untouched. */
const char *pin_parse_digest(const char *word, struct pin_digest *out, size_t *at);

#endif
