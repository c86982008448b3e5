/* Reader of TLSA records (RFC 6698) in a zone file (RFC 1035 section 5). */
#include "form/form.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct word {
    const char *at;
    size_t len;
};

#define WORDS_MAX 64
struct record {
    struct word words[WORDS_MAX];
    size_t count;
    bool same_owner; /* it begins with a blank */
};

/* Reads the words of a record: a line, or several lines in parentheses. Returns the place after it;
 * NULL with the error. */
static const char *take_record(struct imports *in, const char *at, struct record *out)
{
    unsigned depth = 0;

    *out = (struct record){.same_owner = *at == ' ' || *at == '\t'};
    while (*at != '\0' && (*at != '\n' || depth > 0)) {
        size_t len = strcspn(at, " \t\r\n();\"");
        if (*at == '"') {
            imports_fail(in, at, "expected no quotes in a TLSA record");
            return NULL;
        }
        if (len > 0 && out->count == WORDS_MAX) {
            imports_fail(in, at, "the record has too many words");
            return NULL;
        }
        if (len > 0)
            out->words[out->count++] = (struct word){at, len};
        else if (*at == ';')
            len = strcspn(at, "\n");
        else
            len = 1;
        if (*at == ')' && depth == 0) {
            imports_fail(in, at, ") without (");
            return NULL;
        }
        depth += (unsigned)(*at == '(') - (unsigned)(*at == ')');
        at += len;
    }
    if (depth > 0) {
        imports_fail(in, at, "( without )");
        return NULL;
    }
    return at + (*at == '\n');
}

static bool is(const struct word *word, const char *text)
{
    return word->len == strlen(text) && strncasecmp(word->at, text, word->len) == 0;
}

/* Finds the host in _443._tcp.HOST. */
static struct import_host *owner(struct imports *in, const struct word *word)
{
    const char *at = word->at, *end = word->at + word->len;

    for (int label = 0; label < 2; label++) {
        const char *dot = memchr(at, '.', (size_t)(end - at));
        if (*at != '_' || dot == NULL) {
            imports_fail(in, word->at, "expected _PORT._PROTOCOL.HOST as the record's name");
            return NULL;
        }
        at = dot + 1;
    }
    return imports_host(in, at, at, (size_t)(end - at));
}

static bool number(struct imports *in, const struct word *word, unsigned most, unsigned *out)
{
    if (word->len != 1 || word->at[0] < '0' || word->at[0] > '9' ||
        (unsigned)(word->at[0] - '0') > most)
        return imports_fail(in, word->at, "expected a number of 0 to %u", most);
    *out = (unsigned)(word->at[0] - '0');
    return true;
}

/* Chooses the kind of pin for usage and selector. Returns NULL, or why there is none. */
static const char *kind_of(unsigned usage, unsigned selector, enum pin_kind *out)
{
    *out = usage == 2 ? PIN_KIND_CA : selector == 1 ? PIN_KIND_KEY : PIN_KIND_CERT;
    if (usage < 2)
        return "usage 0 and 1 require validation by a public CA too, which pins always do: write 2 "
               "instead of 0, 3 instead of 1";
    if (usage == 2 && selector == 0)
        return "2 0 pins the whole certificate of a CA, but a ca pin is of its key: write 2 1";
    return NULL;
}

static bool read_data(struct imports *in, struct import_host *host, const struct word *words,
                      size_t count)
{
    static const char *const hashes[] = {[1] = "sha256:", [2] = "sha512:"}; /* by matching type */
    unsigned usage = 0, selector = 0, matching = 0;
    struct pin_digest digest;
    enum pin_kind kind;
    char hex[256] = "";
    const char *why;

    if (count < 4)
        return imports_fail(in, words[0].at, "expected TLSA USAGE SELECTOR MATCHING HEX");
    if (!number(in, &words[0], 3, &usage) || !number(in, &words[1], 1, &selector) ||
        !number(in, &words[2], 2, &matching))
        return false;
    why = kind_of(usage, selector, &kind);
    if (why != NULL)
        return imports_fail(in, words[0].at, "%s", why);
    if (matching == 0)
        return imports_fail(
            in, words[2].at,
            "matching 0 contains the data itself, but a pin is a digest: write 1 or 2");
    for (size_t i = 3; i < count; i++) {
        if (strlen(hex) + words[i].len >= sizeof hex)
            return imports_fail(in, words[i].at, "too long for a digest");
        strncat(hex, words[i].at, words[i].len);
    }
    if (hex[strcspn(hex, ":")] != '\0')
        return imports_fail(in, words[3].at, "expected hex without colons");
    char prefixed[300];
    snprintf(prefixed, sizeof prefixed, "%s%s", hashes[matching], hex);
    /* If the digest consists of several words, errors are reported at the first. */
    return imports_digest(in, count == 4 ? hashes[matching] : prefixed, words[3].at,
                          count == 4 ? words[3].len : 0, &digest) &&
           imports_add(in, host, kind, &digest, PIN_DAY_NEVER);
}

bool import_tlsa(struct imports *in)
{
    struct word last = {NULL, 0};
    struct record record;

    for (const char *at = in->bytes; *at != '\0';) {
        at = take_record(in, at, &record);
        if (at == NULL)
            return false;
        if (record.count == 0)
            continue;
        size_t next = record.same_owner ? 0 : 1;
        if (!record.same_owner)
            last = record.words[0];
        if (last.at == NULL || last.at[0] == '$')
            return imports_fail(in, record.words[0].at,
                                "expected _PORT._PROTOCOL.HOST [TTL] [IN] TLSA ...");
        while (next < record.count && !is(&record.words[next], "TLSA")) {
            const struct word *word = &record.words[next++];
            if (!is(word, "IN") && strspn(word->at, "0123456789") < word->len)
                return imports_fail(in, word->at, "expected [TTL] [IN] TLSA");
        }
        if (next + 1 >= record.count)
            return imports_fail(in, record.words[record.count - 1].at,
                                "expected TLSA USAGE SELECTOR MATCHING HEX");
        struct import_host *host = owner(in, &last);
        if (host == NULL || !read_data(in, host, record.words + next + 1, record.count - next - 1))
            return false;
    }
    return true;
}
