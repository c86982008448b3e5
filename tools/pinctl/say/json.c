/* JSON output by jansson. Any text may come from a hostile certificate. */
#include "say/json.h"
#include "say/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The length of the UTF-8 sequence (RFC 3629) at c if it encodes a printable character, else 0. C1
 * controls are not printable. */
static size_t sequence(const unsigned char *c)
{
    static const unsigned least[] = {0, 0, 0xa0, 0x800, 0x10000};
    size_t len = *c >= 0xf0 && *c < 0xf5   ? 4
                 : *c >= 0xe0 && *c < 0xf0 ? 3
                 : *c >= 0xc2 && *c < 0xe0 ? 2
                                           : 0;
    unsigned value = len == 0 ? 0 : *c & (0x7fu >> len);

    for (size_t i = 1; i < len; i++) {
        if ((c[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (c[i] & 0x3fu);
    }
    return len > 0 && value >= least[len] && value <= 0x10ffff && (value < 0xd800 || value > 0xdfff)
               ? len
               : 0;
}

json_t *pinctl_json_text(const char *text)
{
    const size_t size = text != NULL ? 4 * strlen(text) + 1 : 0; /* \xHH for each byte */
    char *clean = NULL, *put;
    json_t *value;

    if (text == NULL)
        return json_null();
    if ((put = clean = malloc(size)) == NULL)
        return NULL;
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0';) {
        size_t len = *c < 0x80 ? 1 : sequence(c);
        if (len == 0) {
            put += snprintf(put, sizeof "\\xHH", "\\x%02X", *c++);
            continue;
        }
        memcpy(put, c, len);
        put += len;
        c += len;
    }
    value = json_stringn(clean, (size_t)(put - clean));
    free(clean);
    return value;
}

void pinctl_json_set(json_t **object, const char *name, json_t *value)
{
    if (json_object_set_new(*object, name, value) == 0)
        return;
    json_decref(*object);
    *object = NULL;
}

static void begin_value(struct pinctl_json *json, const char *name)
{
    if (json->has_value)
        putc(',', json->out);
    json->has_value = true;
    if (name != NULL)
        fprintf(json->out, "\"%s\":", name);
}

void pinctl_json_open(struct pinctl_json *json, const char *name, char bracket)
{
    begin_value(json, name);
    putc(bracket, json->out);
    json->ends[json->depth++] = bracket == '{' ? '}' : ']';
    json->has_value = false;
}

void pinctl_json_put(struct pinctl_json *json, const char *name, json_t *value)
{
    begin_value(json, name);
    if (value == NULL || json_dumpf(value, json->out, JSON_COMPACT | JSON_ENCODE_ANY) != 0)
        json->failed = true;
    json_decref(value);
}

void pinctl_json_close(struct pinctl_json *json)
{
    putc(json->ends[--json->depth], json->out);
    json->has_value = true;
}

int pinctl_json_end(const struct pinctl *ctl, struct pinctl_json *json, int status)
{
    pinctl_json_close(json);
    putc('\n', json->out);
    return json->failed ? pinctl_fail(ctl, "the JSON is incomplete: out of memory") : status;
}
