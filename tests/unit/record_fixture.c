/* record_fixture.c - a judgement to be recorded, and checks of its record. */
#include "record_fixture.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

const struct pin_process us = {"curl", 4711};

/* Parses an object. A record has only ASCII, also where JSON permits other bytes. Numbers are read
 * as real ones, because the largest are over 63 bits. */
static json_t *parse(const char *text)
{
    json_t *root;

    for (const char *c = text; *c != '\0'; c++)
        if (*c < 0x20 || *c > 0x7e)
            return NULL;
    root = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
    if (json_is_object(root))
        return root;
    json_decref(root);
    return NULL;
}

bool record_is_object(const char *text)
{
    json_t *root = parse(text);

    json_decref(root);
    return root != NULL;
}

bool record_copy(const char *text, const char *name, char *out, size_t size)
{
    json_t *root = parse(text);
    const json_t *value = json_object_get(root, name);
    int len = -1;

    if (json_is_string(value))
        len = snprintf(out, size, "%s", json_string_value(value));
    else if (json_is_number(value))
        len = snprintf(out, size, "%.0f", json_number_value(value));
    json_decref(root);
    return len >= 0 && (size_t)len < size;
}

int record_count(const char *text, const char *name)
{
    json_t *root = parse(text);
    const json_t *list = json_object_get(root, name);
    int count = json_is_array(list) ? (int)json_array_size(list) : -1;

    json_decref(root);
    return count;
}

struct pin pin_of(enum pin_kind kind, unsigned char fill, pin_day until)
{
    struct pin pin = {.kind = kind, .digest = {.hash = PIN_SHA256}, .until = until, .line = 1};
    memset(pin.digest.bytes, fill, 32);
    return pin;
}

struct pin_judgement refusal(void)
{
    struct pin_judgement j = {
        .verdict = {PIN_REFUSE, PIN_MODE_ENFORCE, PIN_SOURCE_SECTION, 0},
        .reason = PIN_R_MISMATCH,
        .host = "api.example.com",
        .file = "/etc/ssl/pins.d/api.example.com.pins",
        .detail = "why it is so",
        .compared.presented = {{"sha256//AAAA", "CN=api.example.com"}},
        .compared.presented_count = 1,
        .compared.expected_count = 1,
    };
    j.compared.expected[0] = pin_of(PIN_KIND_KEY, 0, PIN_DAY_NEVER);
    return j;
}

struct pin_record record_of(const struct pin_judgement *j, const struct pin_process *process,
                            uint64_t suppressed)
{
    static struct pin_record record;

    memset(&record, 0x55, sizeof record);
    pin_record_make(j, process, NOW, suppressed, &record);
    return record;
}

void check_member(const struct pin_record *record, const char *name, const char *value)
{
    char got[PIN_SINK_LINE_MAX];

    ck_assert_msg(record_copy(record->json, name, got, sizeof got), "%s of %s", name, record->json);
    expect_text(name, value, got);
}

/* Each field is a line NAME=VALUE of printable ASCII. */
static void check_fields(const char *fields)
{
    ck_assert_uint_lt(strlen(fields), PIN_SINK_FIELDS_MAX);
    while (*fields != '\0') {
        size_t name = strspn(fields, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), len = strcspn(fields, "\n");
        ck_assert_msg(name > 0 && fields[name] == '=' && fields[len] == '\n', "%s", fields);
        for (size_t i = 0; i < len; i++)
            ck_assert_msg(fields[i] >= 0x20 && fields[i] < 0x7f, "%s", fields);
        fields += len + 1;
    }
}

void check_harmless(const struct pin_record *record, const char *end)
{
    char reason[8], begin[32];

    ck_assert_uint_le(strlen(record->text), PIN_SINK_LINE_MAX);
    ck_assert_uint_le(strlen(record->json), PIN_SINK_LINE_MAX);
    for (const char *c = record->text; *c != '\0'; c++)
        ck_assert_msg(*c >= 0x20 && *c < 0x7f, "byte %02x in %s", (unsigned char)*c, record->text);
    ck_assert_msg(record_is_object(record->json), "%s", record->json);
    check_fields(record->fields);
    ck_assert(record_copy(record->json, "reason", reason, sizeof reason));
    snprintf(begin, sizeof begin, "pinning[%s]%s", reason, end);
    ck_assert_msg(strncmp(record->text, begin, strlen(begin)) == 0, "%s", record->text);
}

bool ends_with(const char *text, const char *end)
{
    return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}
