#include <pinning/str.h>

#include <stdbool.h>
#include <string.h>

/* Writes the clean form of a byte and returns its length. */
static size_t clean_byte(unsigned char c, enum pin_clean style, char out[static PIN_CLEAN_GROWTH])
{
    static const char digits[] = "0123456789ABCDEF";
    bool is_control = c < 0x20 || c == 0x7f;
    size_t len = 0;

    if (style == PIN_CLEAN_LINE) {
        out[len++] = is_control ? '?' : (char)c;
        return len;
    }
    if (style == PIN_CLEAN_JSON && (c == '"' || c == '\\'))
        out[len++] = '\\';
    if (is_control || c >= 0x80) {
        if (style == PIN_CLEAN_JSON)
            out[len++] = '\\';
        out[len++] = '\\';
        out[len++] = 'x';
        out[len++] = digits[c >> 4];
        out[len++] = digits[c & 15];
        return len;
    }
    out[len++] = (char)c;
    return len;
}

size_t pin_str_clean(char *out, size_t size, const char *text, enum pin_clean style)
{
    static const char cut[] = "...";
    size_t used = 0, end = 0; /* end: where the text is cut if more follows than fits */

    for (; *text != '\0'; text++) {
        char bytes[PIN_CLEAN_GROWTH];
        size_t len = clean_byte((unsigned char)*text, style, bytes);
        if (used + sizeof cut <= size && ((unsigned char)*text & 0xc0) != 0x80)
            end = used;
        if (used + len >= size) {
            memcpy(out + end, cut, sizeof cut);
            return end + sizeof cut - 1;
        }
        memcpy(out + used, bytes, len);
        used += len;
    }
    out[used] = '\0';
    return used;
}

void pin_str_join(char *out, size_t size, const char *first, const char *second)
{
    size_t a = strnlen(first, size - 1), b = strnlen(second, size - 1 - a);

    memcpy(out, first, a);
    memcpy(out + a, second, b);
    out[a + b] = '\0';
}

#define PRIME     0x100000001b3u
#define DELIMITER 0x100 /* which no byte is */

uint64_t pin_hash64_bytes(uint64_t hash, const void *bytes, size_t len)
{
    for (const unsigned char *at = bytes; len > 0; len--, at++)
        hash = (hash ^ *at) * PRIME;
    return (hash ^ DELIMITER) * PRIME;
}

uint64_t pin_hash64_str(uint64_t hash, const char *text)
{
    return pin_hash64_bytes(hash, text, text != NULL ? strlen(text) : 0);
}
