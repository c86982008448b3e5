#include "json.h"

#include <stdlib.h>
#include <string.h>

/* What is looked for while the text is read; the values of the outermost object only. */
struct query {
    const char *name;
    char *out;
    size_t size;
    bool found;
    int count; /* of an array; -1: it is none */
};

struct reader {
    const char *at;
    int depth;
    struct query *query; /* or NULL */
};

static bool read_value(struct reader *r, bool ids);

static bool eat(struct reader *r, char c)
{
    if (*r->at != c)
        return false;
    r->at++;
    return true;
}

static bool read_hex(struct reader *r, unsigned *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = *r->at != '\0' ? strchr(digits, *r->at | 0x20) : NULL;
        if (digit == NULL)
            return false;
        *out = *out * 16 + (unsigned)(digit - digits);
    }
    return true;
}

/* One character of a string into *out. Only ASCII, raw or escaped: the program writes no other. */
static bool read_char(struct reader *r, char *out)
{
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    unsigned code;

    if ((unsigned char)*r->at < 0x20 || (unsigned char)*r->at > 0x7e)
        return false;
    if (*r->at != '\\') {
        *out = *r->at++;
        return true;
    }
    r->at++;
    if (eat(r, 'u')) {
        if (!read_hex(r, &code) || code > 0x7f)
            return false;
        *out = (char)code;
        return true;
    }
    const char *name = *r->at != '\0' ? strchr(names, *r->at) : NULL;
    if (name == NULL)
        return false;
    *out = meant[name - names];
    r->at++;
    return true;
}

static bool read_string(struct reader *r, char *out, size_t size)
{
    size_t len = 0;
    char c;

    if (!eat(r, '"'))
        return false;
    while (*r->at != '"') {
        if (!read_char(r, &c) || len + 1 >= size)
            return false;
        out[len++] = c;
    }
    out[len] = '\0';
    return eat(r, '"');
}

/* Only whole numbers, without a zero in front. */
static bool read_number(struct reader *r)
{
    eat(r, '-');
    size_t digits = strspn(r->at, "0123456789");
    if (digits == 0 || (digits > 1 && *r->at == '0'))
        return false;
    r->at += digits;
    return true;
}

static bool read_array(struct reader *r, int *count)
{
    *count = 0;
    if (!eat(r, '['))
        return false;
    if (eat(r, ']'))
        return true;
    do {
        if (!read_value(r, false))
            return false;
        ++*count;
    } while (eat(r, ','));
    return eat(r, ']');
}

#define NAMES_MAX 24
#define TEXT_MAX  8192

static bool read_object(struct reader *r)
{
    char names[NAMES_MAX][40];
    size_t count = 0;

    if (!eat(r, '{'))
        return false;
    if (eat(r, '}'))
        return true;
    do {
        if (count == NAMES_MAX || !read_string(r, names[count], sizeof names[0]) || !eat(r, ':'))
            return false;
        for (size_t i = 0; i < count; i++)
            if (strcmp(names[i], names[count]) == 0)
                return false;
        if (!read_value(r, r->depth == 1 && r->query != NULL &&
                               strcmp(r->query->name, names[count]) == 0))
            return false;
        count++;
    } while (eat(r, ','));
    return eat(r, '}');
}

static void status(struct query *query, const char *text, size_t len)
{
    query->found = len < query->size;
    if (!query->found)
        return;
    memcpy(query->out, text, len);
    query->out[len] = '\0';
}

static bool read_scalar(struct reader *r, bool ids)
{
    static char text[TEXT_MAX];
    const char *from = r->at;

    if (*r->at == '"') {
        if (!read_string(r, text, sizeof text))
            return false;
        if (ids)
            status(r->query, text, strlen(text));
        return true;
    }
    if (!read_number(r))
        return false;
    if (ids)
        status(r->query, from, (size_t)(r->at - from));
    return true;
}

static bool read_value(struct reader *r, bool ids)
{
    int count;
    bool ok;

    if (++r->depth > 4)
        return false;
    if (*r->at == '{') {
        ok = read_object(r);
    } else if (*r->at == '[') {
        ok = read_array(r, &count);
        if (ids)
            r->query->count = count;
    } else {
        ok = read_scalar(r, ids);
    }
    r->depth--;
    return ok;
}

static bool read_text(const char *text, struct query *query)
{
    struct reader r = {text, 0, query};
    return text[0] == '{' && read_value(&r, false) && *r.at == '\0';
}

bool json_is_object(const char *text)
{
    return read_text(text, NULL);
}

bool json_get(const char *text, const char *name, char *out, size_t size)
{
    struct query query = {name, out, size, false, -1};
    return read_text(text, &query) && query.found;
}

int json_count(const char *text, const char *name)
{
    char none[1];
    struct query query = {name, none, sizeof none, false, -1};
    return read_text(text, &query) ? query.count : -1;
}
