#include <pinning/digest.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} hashes[PIN_HASHES] = {
    [PIN_SHA256] = {"sha256", 32}, [PIN_SHA384] = {"sha384", 48}, [PIN_SHA512] = {"sha512", 64}};

const char *pin_hash_name(enum pin_hash hash)
{
    return hashes[hash].name;
}

size_t pin_hash_size(enum pin_hash hash)
{
    return hashes[hash].size;
}

bool pin_digest_equal(const struct pin_digest *a, const struct pin_digest *b)
{
    return a->hash == b->hash && memcmp(a->bytes, b->bytes, pin_hash_size(a->hash)) == 0;
}

/* Writes base64 and a NUL. Own code because a pin is printed also where no OpenSSL can be reached.
 */
static void encode_base64(const unsigned char *bytes, size_t len, char *out)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        uint32_t three = (uint32_t)bytes[i] << 16;
        if (i + 1 < len)
            three |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < len)
            three |= bytes[i + 2];
        *out++ = alphabet[three >> 18];
        *out++ = alphabet[three >> 12 & 63];
        *out++ = i + 1 < len ? alphabet[three >> 6 & 63] : '=';
        *out++ = i + 2 < len ? alphabet[three & 63] : '=';
    }
    *out = '\0';
}

void pin_digest_format(const struct pin_digest *digest, char out[static PIN_DIGEST_TEXT])
{
    int used = snprintf(out, PIN_DIGEST_TEXT, "%s//", pin_hash_name(digest->hash));
    encode_base64(digest->bytes, pin_hash_size(digest->hash), out + used);
}
