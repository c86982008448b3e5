/* test_record.c - a judgement in words: whatever is in it, one harmless line. */
#include "suite.h"

#include "json.h"

#include <pinning/record.h>
#include <stdio.h>
#include <string.h>

#define NOW 1893499445 /* 2030-01-01T12:04:05Z */

static const struct pin_process us = {"curl", 4711};

static struct pin pin_of(enum pin_kind kind, unsigned char fill, pin_day until)
{
    struct pin pin = {.kind = kind, .digest = {.hash = PIN_SHA256}, .until = until, .line = 1};
    memset(pin.digest.bytes, fill, 32);
    return pin;
}

/* An ordinary refusal, from which the rows depart. */
static struct pin_judgement refusal(void)
{
    struct pin_judgement j = {
        .verdict = {PIN_REFUSE, PIN_MODE_ENFORCE, PIN_SOURCE_SECTION},
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

static struct pin_record record_of(const struct pin_judgement *j, const struct pin_process *process,
                                   uint64_t suppressed)
{
    static struct pin_record record;

    memset(&record, 0x55, sizeof record);
    pin_record_make(j, process, NOW, suppressed, &record);
    return record;
}

static void check_member(const struct pin_record *record, const char *name, const char *value)
{
    char is[PIN_SINK_LINE_MAX];

    ck_assert_msg(json_get(record->json, name, is, sizeof is), "%s of %s", name, record->json);
    ck_assert_str_eq(is, value);
}

/* What holds for every record. */
static void check_harmless(const struct pin_record *record)
{
    char reason[8], begin[32];

    ck_assert_uint_le(strlen(record->text), PIN_SINK_LINE_MAX);
    ck_assert_uint_le(strlen(record->json), PIN_SINK_LINE_MAX);
    for (const char *c = record->text; *c != '\0'; c++)
        ck_assert_msg(*c >= 0x20 && *c < 0x7f, "byte %02x in %s", (unsigned char)*c, record->text);
    ck_assert_msg(json_is_object(record->json), "%s", record->json);
    ck_assert(json_get(record->json, "reason", reason, sizeof reason));
    snprintf(begin, sizeof begin, "pinning[%s]: ", reason);
    ck_assert_msg(strncmp(record->text, begin, strlen(begin)) == 0, "%s", record->text);
}

static bool ends_with(const char *text, const char *end)
{
    return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

/* The validator itself: a check that cannot fail is none. */
static const struct {
    const char *text;
    bool is_object;
} jsons[] = {
    {"{}", true},
    {"{\"a\":\"b\"}", true},
    {"{\"a\":\"\\\\x1B\\\"\\u0041\"}", true},
    {"{\"a\":[{\"b\":1},{\"b\":-10}],\"c\":[]}", true},
    {"", false},
    {"[]", false},
    {"{", false},
    {"{}x", false},
    {"{}\n", false},
    {"{\"a\"}", false},
    {"{\"a\":}", false},
    {"{\"a\":1,}", false},
    {"{,\"a\":1}", false},
    {"{\"a\":01}", false},
    {"{\"a\":\"b}", false},
    {"{\"a\":\"\\x1B\"}", false},
    {"{\"a\":\"\n\"}", false},
    {"{\"a\":\"\x1b\"}", false},
    {"{\"a\":\"\xc3\xa4\"}", false},
    {"{\"a\":\"\"\"}", false},
    {"{\"a\":1,\"a\":2}", false},
    {"{\"a\":[1,]}", false},
    {"{\"a\":[1}", false},
};

START_TEST(json_validator_can_fail)
{
    ck_assert_int_eq(json_is_object(jsons[_i].text), jsons[_i].is_object);
}
END_TEST

static const struct {
    const char *raw, *presented;
} hostile[] = {
    {"plain", "plain"},
    {"a\nb", "a\\x0Ab"},
    {"a\r\nb", "a\\x0D\\x0Ab"},
    {"\x1b[2J\x1b[1;1H", "\\x1B[2J\\x1B[1;1H"},
    {"\x1b]0;title\x07", "\\x1B]0;title\\x07"},
    {"a\tb", "a\\x09b"},
    {"a\bb", "a\\x08b"},
    {"\x01\x1f", "\\x01\\x1F"},
    {"a\x7f", "a\\x7F"},
    {"\x9b\x31m", "\\x9B1m"}, /* CSI in one byte */
    {"\xc3\xa4", "\\xC3\\xA4"},
    {"\xe2\x80\xae", "\\xE2\\x80\\xAE"}, /* text from right to left */
    {"\xff\xfe", "\\xFF\\xFE"},
    {"a\"b", "a\"b"},
    {"\",\"reason\":\"P00", "\",\"reason\":\"P00"},
    {"a\\b", "a\\b"},
    {"ends in \\", "ends in \\"},
    {"\\\"", "\\\""},
    {"%s%n%d", "%s%n%d"},
    {"</script>&'`$(id)", "</script>&'`$(id)"},
};

START_TEST(record_escapes_the_host)
{
    struct pin_judgement j = refusal();

    snprintf(j.host, sizeof j.host, "%s", hostile[_i].raw);
    struct pin_record record = record_of(&j, &us, 0);
    check_harmless(&record);
    check_member(&record, "hostname", hostile[_i].presented);
    ck_assert_ptr_nonnull(strstr(record.text, hostile[_i].presented));
    ck_assert(ends_with(record.text, hostile[_i].presented));
}
END_TEST

START_TEST(record_escapes_the_detail)
{
    struct pin_judgement j = refusal();

    snprintf(j.detail, sizeof j.detail, "%s", hostile[_i].raw);
    struct pin_record record = record_of(&j, &us, 0);
    check_harmless(&record);
    check_member(&record, "detail", hostile[_i].presented);
    ck_assert_ptr_nonnull(strstr(record.text, hostile[_i].presented));
}
END_TEST

START_TEST(record_escapes_the_file)
{
    struct pin_judgement j = refusal();

    snprintf(j.file, sizeof j.file, "/%s", hostile[_i].raw);
    struct pin_record record = record_of(&j, &us, 0);
    char presented[128];
    snprintf(presented, sizeof presented, "/%s", hostile[_i].presented);
    check_harmless(&record);
    check_member(&record, "file", presented);
    ck_assert_ptr_nonnull(strstr(record.text, presented));
}
END_TEST

START_TEST(record_escapes_the_program)
{
    struct pin_judgement j = refusal();
    const struct pin_process process = {hostile[_i].raw, 1};

    struct pin_record record = record_of(&j, &process, 0);
    check_harmless(&record);
    check_member(&record, "program", hostile[_i].presented);
    ck_assert_ptr_nonnull(strstr(record.text, hostile[_i].presented));
}
END_TEST

START_TEST(record_escapes_the_subject)
{
    struct pin_judgement j = refusal();

    snprintf(j.compared.presented[0].subject, sizeof j.compared.presented[0].subject, "%s",
             hostile[_i].raw);
    struct pin_record record = record_of(&j, &us, 0);
    check_harmless(&record);
    ck_assert_ptr_nonnull(strstr(record.text, hostile[_i].presented));
    ck_assert_int_eq(json_count(record.json, "presented"), 1);
}
END_TEST

/* Everything as long as it can be, of bytes that grow when they are escaped. */
static const struct {
    unsigned char fill;
    bool subjects, detail, file, program;
} huge[] = {
    {'x', true, false, false, false},  {0xff, true, false, false, false},
    {'"', true, false, false, false},  {'\\', true, false, false, false},
    {0x01, true, false, false, false}, {'x', true, true, true, true},
    {'"', true, true, false, false},   {0xff, true, true, false, false},
    {0xff, true, false, true, false},  {0xff, true, true, true, false},
    {'\\', true, true, true, false},   {'\\', false, true, true, true},
    {0xff, false, false, false, true}, {0xff, true, true, true, true},
};

/* Of eight and a million each, those that are not shown are counted. */
static void check_counts(const struct pin_record *record)
{
    int presented = json_count(record->json, "presented");
    int expected = json_count(record->json, "known-pins");
    char more[80];

    presented = presented > 0 ? presented : 0;
    expected = expected > 0 ? expected : 0;
    snprintf(more, sizeof more, " and %d more%s", 1000008 - presented,
             expected > 0 ? "; expected " : " and ");
    ck_assert_msg(strstr(record->text, more) != NULL, "no \"%s\" in %s", more, record->text);
    snprintf(more, sizeof more, " and %d more; file", 1000008 - expected);
    ck_assert_msg(strstr(record->text, more) != NULL, "no \"%s\" in %s", more, record->text);
}

/* What had to be cut says so. */
START_TEST(record_marks_what_it_cuts)
{
    struct pin_judgement j = refusal();
    char file[PIN_SINK_LINE_MAX];

    memset(j.file, 'x', sizeof j.file - 1);
    struct pin_record record = record_of(&j, &us, 0);
    check_member(&record, "file", j.file);
    memset(j.file, 0xff, sizeof j.file - 1);
    record = record_of(&j, &us, 0);
    check_harmless(&record);
    ck_assert(json_get(record.json, "file", file, sizeof file));
    ck_assert(ends_with(file, "\\xFF..."));
    ck_assert_ptr_nonnull(strstr(record.text, "\\xFF...; curl"));
}
END_TEST

START_TEST(record_stays_a_line_however_much_there_is)
{
    static char program[9000];
    const struct pin_process process = {program, 2147483647};
    struct pin_judgement j = refusal();
    unsigned char fill = huge[_i].fill;

    memset(program, huge[_i].program ? fill : 'p', sizeof program - 1);
    if (!huge[_i].program)
        program[4] = '\0';
    memset(j.host, 'h', sizeof j.host - 1);
    if (huge[_i].detail)
        memset(j.detail, fill, sizeof j.detail - 1);
    if (huge[_i].file)
        memset(j.file + 1, fill, sizeof j.file - 2);
    for (size_t i = 0; i < PIN_PRESENTED_MAX; i++) {
        memset(j.compared.presented[i].pin, 'A', sizeof j.compared.presented[i].pin - 1);
        if (huge[_i].subjects)
            memset(j.compared.presented[i].subject, fill,
                   sizeof j.compared.presented[i].subject - 1);
        j.compared.expected[i] = pin_of(PIN_KIND_CERT, 0xff, 1);
        j.compared.expected[i].digest.hash = PIN_SHA512;
    }
    j.compared.presented_count = j.compared.expected_count = PIN_PRESENTED_MAX;
    j.compared.presented_more = j.compared.expected_more = 1000000;
    j.verdict = (struct pin_verdict){PIN_REPORT, PIN_MODE_REPORT, PIN_SOURCE_FILE};

    struct pin_record record = record_of(&j, &process, UINT64_MAX);
    check_harmless(&record);
    check_member(&record, "reason", "P07");
    check_member(&record, "hostname", j.host);
    char file[PIN_SINK_LINE_MAX];
    ck_assert(json_get(record.json, "file", file, sizeof file));
    ck_assert_int_eq(strncmp(file, "/", 1), 0);
    ck_assert_ptr_nonnull(strstr(record.text, j.host));
    ck_assert_ptr_nonnull(strstr(record.text, "; file /"));
    ck_assert_msg(ends_with(record.text, j.host), "%s", record.text);
    check_counts(&record);
}
END_TEST

/* What is left out is counted. */
START_TEST(record_counts_what_it_does_not_show)
{
    struct pin_judgement j = refusal();

    j.compared.presented_count = j.compared.expected_count = 2;
    j.compared.presented[1] = j.compared.presented[0];
    j.compared.expected[1] = pin_of(PIN_KIND_CA, 1, 21915); /* 2030-01-01 */
    j.compared.presented_more = 3;
    j.compared.expected_more = 5;
    struct pin_record record = record_of(&j, &us, 0);
    check_harmless(&record);
    ck_assert_int_eq(json_count(record.json, "presented"), 2);
    ck_assert_int_eq(json_count(record.json, "known-pins"), 2);
    ck_assert_ptr_nonnull(strstr(record.text, " and 3 more; expected"));
    ck_assert_ptr_nonnull(strstr(record.text, " and 5 more; file"));
    ck_assert_ptr_nonnull(strstr(
        record.text, ", ca sha256//AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE= until 2030-01-01"));
    ck_assert_ptr_nonnull(
        strstr(record.text, "expected key sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,"));
}
END_TEST

static const struct {
    struct pin_verdict verdict;
    enum pin_severity severity;
    const char *word, *text, *mode, *of;
} actions[] = {
    {{PIN_REFUSE, PIN_MODE_ENFORCE, PIN_SOURCE_SECTION},
     PIN_SEVERITY_ERROR,
     "refused",
     "pinning[P07]: refused api.example.com: no pinned key: why it is so; presented sha256//AAAA "
     "(CN=api.example.com); expected key sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; "
     "file "
     "/etc/ssl/pins.d/api.example.com.pins; curl[4711]; see: pinctl explain api.example.com",
     "enforce",
     "openssl.cnf"},
    {{PIN_REPORT, PIN_MODE_REPORT, PIN_SOURCE_STORE},
     PIN_SEVERITY_WARNING,
     "would be refused",
     "; allowed by mode = report of _store;",
     "report",
     "_store"},
    {{PIN_REPORT, PIN_MODE_REPORT, PIN_SOURCE_FILE},
     PIN_SEVERITY_WARNING,
     "would be refused",
     "; allowed by mode = report of the pin file;",
     "report",
     "the pin file"},
    {{PIN_REPORT, PIN_MODE_REPORT, PIN_SOURCE_SECTION},
     PIN_SEVERITY_WARNING,
     "would be refused",
     "; allowed by mode = report of openssl.cnf;",
     "report",
     "openssl.cnf"},
    {{PIN_ALLOW, PIN_MODE_ENFORCE, PIN_SOURCE_SECTION},
     PIN_SEVERITY_NOTICE,
     "notice",
     "pinning[P07]: notice api.example.com: ",
     "enforce",
     "openssl.cnf"},
};

START_TEST(record_says_what_was_done_and_by_whose_mode)
{
    struct pin_judgement j = refusal();

    j.verdict = actions[_i].verdict;
    struct pin_record record = record_of(&j, &us, 0);
    check_harmless(&record);
    ck_assert_int_eq(record.severity, actions[_i].severity);
    ck_assert_msg(strstr(record.text, actions[_i].text) != NULL, "%s", record.text);
    ck_assert_int_eq(strstr(record.text, "allowed by") != NULL,
                     actions[_i].verdict.action == PIN_REPORT);
    check_member(&record, "action", actions[_i].word);
    check_member(&record, "mode", actions[_i].mode);
    check_member(&record, "mode-of", actions[_i].of);
}
END_TEST

START_TEST(record_names_every_reason)
{
    struct pin_judgement j = refusal();
    char number[8];

    j.reason = (enum pin_reason)_i;
    struct pin_record record = record_of(&j, &us, 0);
    check_harmless(&record);
    snprintf(number, sizeof number, "P%02d", _i);
    check_member(&record, "reason", number);
    check_member(&record, "text", pin_reason_text(j.reason));
    ck_assert_ptr_nonnull(strstr(record.text, pin_reason_text(j.reason)));
}
END_TEST

START_TEST(record_leaves_out_what_is_not_known)
{
    struct pin_judgement j = {.verdict = {PIN_REFUSE, PIN_MODE_ENFORCE, PIN_SOURCE_SECTION},
                              .reason = PIN_R_STORE};
    char value[64];

    struct pin_record record = record_of(&j, &us, 0);
    check_harmless(&record);
    ck_assert_str_eq(record.text, "pinning[P02]: refused: pin store cannot be reached; curl[4711]; "
                                  "see: pinctl help P02");
    ck_assert(!json_get(record.json, "hostname", value, sizeof value));
    ck_assert(!json_get(record.json, "file", value, sizeof value));
    ck_assert(!json_get(record.json, "detail", value, sizeof value));
    ck_assert(!json_get(record.json, "held-back", value, sizeof value));
    ck_assert_int_eq(json_count(record.json, "presented"), -1);
    ck_assert_int_eq(json_count(record.json, "known-pins"), -1);
}
END_TEST

START_TEST(record_names_who_speaks_and_when)
{
    struct pin_judgement j = refusal();
    struct pin_record record = record_of(&j, &us, 0);

    check_member(&record, "date-time", "2030-01-01T12:04:05Z");
    check_member(&record, "program", "curl");
    check_member(&record, "pid", "4711");
    ck_assert_ptr_nonnull(strstr(record.json,
                                 ",\"presented\":[{\"pin\":\"sha256//AAAA\",\"subject\":"
                                 "\"CN=api.example.com\"}],"));
    ck_assert_ptr_nonnull(strstr(record.json, ",\"known-pins\":[\"key sha256//AAAAAAAA"));
    pin_record_make(&j, &us, 86399, 0, &record);
    check_member(&record, "date-time", "1970-01-01T23:59:59Z");
    pin_record_make(&j, &us, 86400, 0, &record);
    check_member(&record, "date-time", "1970-01-02T00:00:00Z");
    pin_record_make(&j, &us, 951868799, 0, &record);
    check_member(&record, "date-time", "2000-02-29T23:59:59Z");
}
END_TEST

START_TEST(record_says_how_many_were_held_back)
{
    struct pin_judgement j = refusal();
    struct pin_record record = record_of(&j, &us, 0);

    ck_assert_ptr_null(strstr(record.text, "more like this"));
    record = record_of(&j, &us, UINT64_MAX);
    check_harmless(&record);
    ck_assert_ptr_nonnull(strstr(record.text, "; 18446744073709551615 more like this were not"));
    check_member(&record, "held-back", "18446744073709551615");
}
END_TEST

/* The key: equal for records that say the same of the same host. */
enum change { NOTHING, DETAIL, HOST, FILE_NAME, REASON, ACTION, PRESENTED, EXPECTED, BOUNDARY };
static const struct {
    enum change change;
    bool differs;
} changes[] = {
    {NOTHING, false}, {DETAIL, false}, {EXPECTED, false}, {HOST, true},     {FILE_NAME, true},
    {REASON, true},   {ACTION, true},  {PRESENTED, true}, {BOUNDARY, true},
};

static void change(struct pin_judgement *j, enum change what)
{
    if (what == DETAIL)
        strcpy(j->detail, "another detail");
    if (what == HOST)
        j->host[0] = 'b';
    if (what == FILE_NAME)
        strcpy(j->file, "/etc/ssl/pins.d/example.com.pins");
    if (what == REASON)
        j->reason = PIN_R_EXPIRED;
    if (what == ACTION)
        j->verdict = (struct pin_verdict){PIN_REPORT, PIN_MODE_REPORT, PIN_SOURCE_FILE};
    if (what == PRESENTED)
        j->compared.presented[0].pin[9] = 'B';
    if (what == EXPECTED)
        j->compared.expected[0] = pin_of(PIN_KIND_CA, 9, 9);
    if (what == BOUNDARY) { /* the same bytes, cut elsewhere */
        strcpy(j->host, "api.example.com/");
        strcpy(j->file, "etc/ssl/pins.d/api.example.com.pins");
    }
}

START_TEST(record_key_tells_records_apart)
{
    struct pin_judgement a = refusal(), b = refusal();

    change(&b, changes[_i].change);
    ck_assert_int_eq(pin_record_key(&a) != pin_record_key(&b), changes[_i].differs);
    struct pin_record record = record_of(&b, &us, 7);
    ck_assert_uint_eq(record.key, pin_record_key(&b));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record");
    TCase *escapes = tcase_create("escapes"), *says = tcase_create("says");

    SUITE_ROWS(escapes, json_validator_can_fail, jsons);
    SUITE_ROWS(escapes, record_escapes_the_host, hostile);
    SUITE_ROWS(escapes, record_escapes_the_detail, hostile);
    SUITE_ROWS(escapes, record_escapes_the_file, hostile);
    SUITE_ROWS(escapes, record_escapes_the_program, hostile);
    SUITE_ROWS(escapes, record_escapes_the_subject, hostile);
    SUITE_ROWS(escapes, record_stays_a_line_however_much_there_is, huge);
    tcase_add_test(escapes, record_marks_what_it_cuts);
    suite_add_tcase(suite, escapes);

    SUITE_ROWS(says, record_says_what_was_done_and_by_whose_mode, actions);
    tcase_add_loop_test(says, record_names_every_reason, 1, PIN_R_COUNT);
    tcase_add_test(says, record_counts_what_it_does_not_show);
    tcase_add_test(says, record_leaves_out_what_is_not_known);
    tcase_add_test(says, record_names_who_speaks_and_when);
    tcase_add_test(says, record_says_how_many_were_held_back);
    SUITE_ROWS(says, record_key_tells_records_apart, changes);
    suite_add_tcase(suite, says);
    return suite_run(suite);
}
