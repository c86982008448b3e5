/* a_label.c - host names in UTF-8 to A-labels. */
#include "a_label.h"

#include <stdint.h>
#include <string.h>

#define LABEL_MAX 63 /* RFC 1035 2.3.4 */

/* What a range of characters becomes in UTS #46: itself, or the character at an offset. Left out is
 * whatever depends on the version of IDNA (U+00DF, U+03C2) or on normalisation. */
static const struct {
    uint32_t first, last;
    int32_t offset;
    unsigned step; /* 2: every second one, where upper and lower case alternate */
} mappings[] = {
    {0x00c0, 0x00d6, 0x20, 1}, {0x00d8, 0x00de, 0x20, 1}, /* Latin-1, upper case */
    {0x00e0, 0x00f6, 0, 1},    {0x00f8, 0x00ff, 0, 1},    /* Latin-1 */
    {0x0100, 0x012e, 1, 2},    {0x0101, 0x012f, 0, 2},    /* Latin Extended-A */
    {0x0134, 0x0136, 1, 2},    {0x0135, 0x0137, 0, 2},    {0x0139, 0x013d, 1, 2},
    {0x013a, 0x013e, 0, 2},    {0x0141, 0x0147, 1, 2},    {0x0142, 0x0148, 0, 2},
    {0x014a, 0x0176, 1, 2},    {0x014b, 0x0177, 0, 2},    {0x0178, 0x0178, -0x79, 1},
    {0x0179, 0x017d, 1, 2},    {0x017a, 0x017e, 0, 2},    {0x0391, 0x03a1, 0x20, 1}, /* Greek */
    {0x03a3, 0x03ab, 0x20, 1}, {0x03ac, 0x03c1, 0, 1},    {0x03c3, 0x03ce, 0, 1},
    {0x0400, 0x040f, 0x50, 1}, {0x0410, 0x042f, 0x20, 1}, {0x0430, 0x045f, 0, 1}, /* Cyrillic */
    {0x05d0, 0x05ea, 0, 1},                                                       /* Hebrew */
    {0x0621, 0x063a, 0, 1},    {0x0641, 0x064a, 0, 1},                            /* Arabic */
    {0x0904, 0x0939, 0, 1},                                                       /* Devanagari */
    {0x0e01, 0x0e30, 0, 1},                                                       /* Thai */
    {0x3041, 0x3096, 0, 1},    {0x30a1, 0x30fa, 0, 1},    {0x30fc, 0x30fc, 0, 1}, /* Kana */
    {0x4e00, 0x9fff, 0, 1},                                                       /* Han */
    {0xac00, 0xd7a3, 0, 1},                                                       /* Hangul */
};

/* Reads one character of UTF-8 (RFC 3629) of two or three bytes, or of ASCII; the others are in no
 * range. Returns its length, 0 if there is none. */
static size_t read_character(const unsigned char *at, size_t left, uint32_t *out)
{
    size_t len = at[0] < 0x80                    ? 1
                 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2
                 : (at[0] & 0xf0) == 0xe0        ? 3
                                                 : 0;

    if (len == 0 || len > left)
        return 0;
    *out = len == 1 ? at[0] : at[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *out = *out << 6 | (at[i] & 0x3fu);
    }
    return len == 3 && *out < 0x800 ? 0 : len;
}

static bool map_character(uint32_t *c)
{
    if (*c < 0x80) {
        if (*c >= 'A' && *c <= 'Z')
            *c += 'a' - 'A';
        return *c != 0;
    }
    for (size_t i = 0; i < sizeof mappings / sizeof mappings[0]; i++) {
        if (*c < mappings[i].first || *c > mappings[i].last ||
            (*c - mappings[i].first) % mappings[i].step != 0)
            continue;
        *c = (uint32_t)((int32_t)*c + mappings[i].offset);
        return true;
    }
    return false;
}

/* Parameters of Punycode, RFC 3492 section 5. */
enum { BASE = 36, TMIN = 1, TMAX = 26, SKEW = 38, DAMP = 700, INITIAL_BIAS = 72, INITIAL_N = 128 };

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;

    delta = first ? delta / DAMP : delta / 2;
    delta += delta / points;
    for (; delta > (BASE - TMIN) * TMAX / 2; k += BASE)
        delta /= BASE - TMIN;
    return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

/* A label as it is written, bounded. */
struct label {
    char text[LABEL_MAX];
    size_t len;
    bool full; /* something did not fit */
};

static void put(struct label *label, char c)
{
    if (label->len < sizeof label->text)
        label->text[label->len++] = c;
    else
        label->full = true;
}

static void put_integer(struct label *label, uint32_t q, uint32_t bias)
{
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = k <= bias ? TMIN : k >= bias + TMAX ? TMAX : k - bias;
        uint32_t digit = q < t ? q : t + (q - t) % (BASE - t);
        put(label, (char)(digit < 26 ? 'a' + digit : '0' + digit - 26));
        if (q < t)
            return;
        q = (q - t) / (BASE - t);
    }
}

static uint32_t next_point(const uint32_t *points, size_t count, uint32_t n)
{
    uint32_t least = UINT32_MAX;

    for (size_t i = 0; i < count; i++)
        if (points[i] >= n && points[i] < least)
            least = points[i];
    return least;
}

/* The encoding procedure of RFC 3492 section 6.3. With at most LABEL_MAX points below 2^16 delta
 * cannot overflow. */
static void encode(const uint32_t *points, size_t count, struct label *out)
{
    uint32_t n = INITIAL_N, delta = 0, bias = INITIAL_BIAS;
    size_t basic = 0, done;

    for (const char *prefix = "xn--"; *prefix != '\0'; prefix++)
        put(out, *prefix);
    for (size_t i = 0; i < count; i++) {
        if (points[i] < 0x80) {
            put(out, (char)points[i]);
            basic++;
        }
    }
    if (basic > 0)
        put(out, '-');
    for (done = basic; done < count; delta++, n++) {
        uint32_t next = next_point(points, count, n);
        delta += (next - n) * (uint32_t)(done + 1);
        n = next;
        for (size_t i = 0; i < count; i++) {
            if (points[i] < n)
                delta++;
            if (points[i] != n)
                continue;
            put_integer(out, delta, bias);
            bias = adapt(delta, (uint32_t)(done + 1), done == basic);
            delta = 0;
            done++;
        }
    }
}

static void write_label(const uint32_t *points, size_t count, bool ascii, struct label *out)
{
    *out = (struct label){.len = 0};
    if (!ascii) {
        encode(points, count, out);
        return;
    }
    for (size_t i = 0; i < count; i++)
        put(out, (char)points[i]);
}

/* Reads up to the next dot. Returns the bytes taken, without it; SIZE_MAX if a character is not
 * accepted or the label cannot fit. */
static size_t read_label(const unsigned char *at, size_t left, struct label *out)
{
    uint32_t points[LABEL_MAX];
    size_t count = 0, used = 0;
    bool ascii = true;

    while (used < left && at[used] != '.') {
        uint32_t c = 0;
        size_t len = read_character(at + used, left - used, &c);
        if (len == 0 || !map_character(&c) || count == LABEL_MAX)
            return SIZE_MAX;
        ascii = ascii && c < 0x80;
        points[count++] = c;
        used += len;
    }
    write_label(points, count, ascii, out);
    return out->full ? SIZE_MAX : used;
}

bool pin_a_label_name(const char *name, size_t len, char out[static PIN_IDENTITY_MAX + 1])
{
    const unsigned char *at = (const unsigned char *)name, *end = at + len;
    size_t written = 0;

    for (;;) {
        struct label label;
        size_t used = read_label(at, (size_t)(end - at), &label);
        if (used == SIZE_MAX || written + label.len + 1 > PIN_IDENTITY_MAX)
            return false;
        memcpy(out + written, label.text, label.len);
        written += label.len;
        at += used;
        if (at == end)
            break;
        out[written++] = *at++;
    }
    out[written] = '\0';
    return true;
}
