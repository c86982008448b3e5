/*
 * digest.h - digests of keys and certificates as values and as text.
 *
 * Makes no digest: match does. Pure, thread-safe.
 */
#ifndef PINNING_DIGEST_H
#define PINNING_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

enum pin_hash { PIN_SHA256, PIN_SHA384, PIN_SHA512 };
#define PIN_HASHES     3
#define PIN_DIGEST_MAX 64
const char *pin_hash_name(enum pin_hash hash); /* "sha256"; static storage */
size_t pin_hash_size(enum pin_hash hash);      /* in bytes */

/* A digest and its hash. The bytes after the size of the hash are zero. */
struct pin_digest {
    enum pin_hash hash;
    unsigned char bytes[PIN_DIGEST_MAX];
};

/* Returns whether hash and bytes are the same. */
bool pin_digest_equal(const struct pin_digest *a, const struct pin_digest *b);

/* Writes the digest in curl's form, "sha256//" and base64 (RFC 4648 section 4), and a NUL. */
#define PIN_DIGEST_TEXT 100
void pin_digest_format(const struct pin_digest *digest, char out[static PIN_DIGEST_TEXT]);

#endif
