/* digest.c - the parser of one pin, base64 or hex. */
#include <pinning/parse.h>

#include <string.h>
#include <strings.h>

#define FORMS "expected sha256//BASE64 or sha256:HEX (or sha384, sha512)"

static const char uneven_colons[] =
    "colons in some places only: expected one after each byte, or none at all";
static const char not_hex[] = "not a hex digit: expected 0-9, a-f or A-F";
static const char not_base64[] = "not a character of base64: expected A-Z, a-z, 0-9, + or /";
static const char no_padding[] = "the padding is missing: expected = at the end";
static const char loose_bits[] =
    "not what an encoder writes: the last character before the = carries "
    "bits that belong to no byte";

/* The form of a digest of each hash, and the digest of empty input, which is always a mistake. */
static const struct {
    const char *wrong_length;
    unsigned char of_empty_input[PIN_DIGEST_MAX];
} digests[PIN_HASHES] = {
    [PIN_SHA256] = {"wrong length: expected 64 hex digits or 44 characters of base64 for sha256",
                    {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
                     0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
                     0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}},
    [PIN_SHA384] = {"wrong length: expected 96 hex digits or 64 characters of base64 for sha384",
                    {0x38, 0xb0, 0x60, 0xa7, 0x51, 0xac, 0x96, 0x38, 0x4c, 0xd9, 0x32, 0x7e,
                     0xb1, 0xb1, 0xe3, 0x6a, 0x21, 0xfd, 0xb7, 0x11, 0x14, 0xbe, 0x07, 0x43,
                     0x4c, 0x0c, 0xc7, 0xbf, 0x63, 0xf6, 0xe1, 0xda, 0x27, 0x4e, 0xde, 0xbf,
                     0xe7, 0x6f, 0x65, 0xfb, 0xd5, 0x1a, 0xd2, 0xf1, 0x48, 0x98, 0xb9, 0x5b}},
    [PIN_SHA512] = {"wrong length: expected 128 hex digits or 88 characters of base64 for sha512",
                    {0xcf, 0x83, 0xe1, 0x35, 0x7e, 0xef, 0xb8, 0xbd, 0xf1, 0x54, 0x28, 0x50, 0xd6,
                     0x6d, 0x80, 0x07, 0xd6, 0x20, 0xe4, 0x05, 0x0b, 0x57, 0x15, 0xdc, 0x83, 0xf4,
                     0xa9, 0x21, 0xd3, 0x6c, 0xe9, 0xce, 0x47, 0xd0, 0xd1, 0x3c, 0x5d, 0x85, 0xf2,
                     0xb0, 0xff, 0x83, 0x18, 0xd2, 0x87, 0x7e, 0xec, 0x2f, 0x63, 0xb9, 0x31, 0xbd,
                     0x47, 0x41, 0x7a, 0x81, 0xa5, 0x38, 0x32, 0x7a, 0xf9, 0x27, 0xda, 0x3e}},
};

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static int base64_value(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

/* Both decoders fill the bytes of *out. They return NULL, or the error and its place in *at. */
static const char *decode_hex(const char *text, struct pin_digest *out, const char **at)
{
    const char *wrong_length = digests[out->hash].wrong_length;
    const bool colons = strchr(text, ':') != NULL;
    const size_t digits = 2 * pin_hash_size(out->hash);

    *at = text;
    for (size_t i = 0; i < digits; i++, ++*at) {
        if (colons && i > 0 && i % 2 == 0 && **at != '\0' && *(*at)++ != ':')
            return --*at, hex_value(**at) < 0 ? not_hex : uneven_colons;
        if (hex_value(**at) < 0)
            return **at == '\0' ? wrong_length : **at == ':' ? uneven_colons : not_hex;
        out->bytes[i / 2] = (unsigned char)(out->bytes[i / 2] << 4 | hex_value(**at));
    }
    if (**at == '\0')
        return NULL;
    return **at == ':' || hex_value(**at) >= 0 ? wrong_length : not_hex;
}

static const char *decode_base64(const char *text, struct pin_digest *out, const char **at)
{
    const char *wrong_length = digests[out->hash].wrong_length;
    const size_t size = pin_hash_size(out->hash);
    unsigned pending = 0, bits = 0; /* bits that do not complete a byte yet */

    *at = text;
    for (size_t made = 0; made < size; ++*at) {
        if (base64_value(**at) < 0)
            return **at == '\0' || **at == '=' ? wrong_length : not_base64;
        pending = pending << 6 | (unsigned)base64_value(**at);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out->bytes[made++] = (unsigned char)(pending >> bits);
            pending &= (1u << bits) - 1;
        }
    }
    for (unsigned padding = bits / 2; padding > 0; padding--, ++*at)
        if (**at != '=')
            return **at == '\0' ? no_padding : base64_value(**at) >= 0 ? wrong_length : not_base64;
    if (**at != '\0')
        return **at == '=' || base64_value(**at) >= 0 ? wrong_length : not_base64;
    *at -= 1 + bits / 2;
    return pending != 0 ? loose_bits : NULL;
}

static const char *parse_hash(const char *word, enum pin_hash *out)
{
    static const char *const weak[] = {"md5", "sha1", "sha-1", "sha224"};

    for (int hash = 0; hash < PIN_HASHES; hash++) {
        const char *name = pin_hash_name((enum pin_hash)hash);
        *out = (enum pin_hash)hash;
        if (strncmp(word, name, strlen(name)) == 0)
            return NULL;
        if (strncasecmp(word, name, strlen(name)) == 0)
            return "the name of the hash is written in lower case: " FORMS;
    }
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++)
        if (strncasecmp(word, weak[i], strlen(weak[i])) == 0)
            return "a hash weaker than sha256 is not accepted: " FORMS;
    return "not a pin: " FORMS;
}

/* Returns why a digest that no key or certificate has is a mistake, or NULL. */
static const char *refuse_known_mistake(const struct pin_digest *digest)
{
    static const unsigned char zeros[PIN_DIGEST_MAX];

    if (memcmp(digest->bytes, digests[digest->hash].of_empty_input, sizeof zeros) == 0)
        return "the hash of no data: the command that made it read empty input";
    if (memcmp(digest->bytes, zeros, sizeof zeros) == 0)
        return "all bytes are zero: a placeholder, not a pin; replace it by the digest of a key";
    return NULL;
}

const char *pin_parse_digest(const char *word, struct pin_digest *out, size_t *at)
{
    struct pin_digest digest = {.hash = PIN_SHA256};
    const char *wrong = parse_hash(word, &digest.hash);
    const char *end = word;

    if (wrong == NULL) {
        end += strlen(pin_hash_name(digest.hash));
        if (end[0] == ':')
            wrong = decode_hex(end + 1, &digest, &end);
        else if (end[0] == '/' && end[1] == '/')
            wrong = decode_base64(end + 2, &digest, &end);
        else if (end[0] == '/')
            wrong = "one slash after the name of the hash: " FORMS;
        else
            wrong = "neither // nor : after the name of the hash: " FORMS;
    }
    if (wrong == NULL && (wrong = refuse_known_mistake(&digest)) != NULL)
        end = word;
    if (wrong != NULL)
        *at = (size_t)(end - word);
    else
        *out = digest;
    return wrong;
}
