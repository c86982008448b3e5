/* test_record_escapes.c - a record is one harmless line, whatever is in it. */
#include "record_fixture.h"

#include <stdio.h>
#include <string.h>

/* Control: the check of the object can fail. */
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

START_TEST(json_check_can_fail)
{
    expect_bool(case_name("record", jsons[_i].text, strlen(jsons[_i].text)), jsons[_i].is_object,
                record_is_object(jsons[_i].text));
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

START_TEST(host_escaped)
{
    struct pin_judgement j = refusal();

    snprintf(j.host, sizeof j.host, "%s", hostile[_i].raw);
    struct pin_record record = record_of(&j, &us, 0);
    check_harmless(&record, ": ");
    check_member(&record, "hostname", hostile[_i].presented);
    ck_assert_ptr_nonnull(strstr(record.text, hostile[_i].presented));
    ck_assert(ends_with(record.text, hostile[_i].presented));
}
END_TEST

START_TEST(detail_escaped)
{
    struct pin_judgement j = refusal();

    snprintf(j.detail, sizeof j.detail, "%s", hostile[_i].raw);
    struct pin_record record = record_of(&j, &us, 0);
    check_harmless(&record, ": ");
    check_member(&record, "detail", hostile[_i].presented);
    ck_assert_ptr_nonnull(strstr(record.text, hostile[_i].presented));
}
END_TEST

START_TEST(file_escaped)
{
    struct pin_judgement j = refusal();

    snprintf(j.file, sizeof j.file, "/%s", hostile[_i].raw);
    struct pin_record record = record_of(&j, &us, 0);
    char presented[128];
    snprintf(presented, sizeof presented, "/%s", hostile[_i].presented);
    check_harmless(&record, ": ");
    check_member(&record, "file", presented);
    ck_assert_ptr_nonnull(strstr(record.text, presented));
}
END_TEST

START_TEST(program_escaped)
{
    struct pin_judgement j = refusal();
    const struct pin_process process = {hostile[_i].raw, 1};

    struct pin_record record = record_of(&j, &process, 0);
    check_harmless(&record, ": ");
    check_member(&record, "program", hostile[_i].presented);
    ck_assert_ptr_nonnull(strstr(record.text, hostile[_i].presented));
}
END_TEST

START_TEST(subject_escaped)
{
    struct pin_judgement j = refusal();

    snprintf(j.compared.presented[0].subject, sizeof j.compared.presented[0].subject, "%s",
             hostile[_i].raw);
    struct pin_record record = record_of(&j, &us, 0);
    check_harmless(&record, ": ");
    ck_assert_ptr_nonnull(strstr(record.text, hostile[_i].presented));
    ck_assert_int_eq(record_count(record.json, "presented"), 1);
}
END_TEST

START_TEST(step_escaped)
{
    struct pin_judgement j = refusal();
    struct pin_record record;

    pin_record_make_step(&j, &us, NOW, hostile[_i].raw, &record);
    check_harmless(&record, " trace: ");
    check_member(&record, "trace", hostile[_i].presented);
    ck_assert(ends_with(record.text, hostile[_i].presented));
}
END_TEST

START_TEST(long_step_is_one_line)
{
    struct pin_judgement j = refusal();
    struct pin_record record;
    static char step[20000];

    memset(step, 0xff, sizeof step - 1);
    memset(j.host, 'h', sizeof j.host - 1);
    pin_record_make_step(&j, &(const struct pin_process){step, 1}, NOW, step, &record);
    check_harmless(&record, " trace: \\xFF");
    ck_assert(ends_with(record.text, "\\xFF..."));
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

/* Of 8 and 1000000 each, those that are left out are counted. */
static void check_counts(const struct pin_record *record)
{
    int presented = record_count(record->json, "presented");
    int expected = record_count(record->json, "known-pins");
    char more[80];

    if (presented > 0)
        snprintf(more, sizeof more, ") and %d more; expected ", 1000008 - presented);
    else
        snprintf(more, sizeof more, "; presented 1000008 keys; expected ");
    ck_assert_msg(strstr(record->text, more) != NULL, "no \"%s\" in %s", more, record->text);
    if (expected > 0)
        snprintf(more, sizeof more, " and %d more; file", 1000008 - expected);
    else
        snprintf(more, sizeof more, "; expected 1000008 pins; file");
    ck_assert_msg(strstr(record->text, more) != NULL, "no \"%s\" in %s", more, record->text);
}

/* A string that was cut ends in "...". */
START_TEST(cut_string_marked)
{
    struct pin_judgement j = refusal();
    char file[PIN_SINK_LINE_MAX];

    memset(j.file, 'x', sizeof j.file - 1);
    struct pin_record record = record_of(&j, &us, 0);
    check_member(&record, "file", j.file);
    memset(j.file, 0xff, sizeof j.file - 1);
    record = record_of(&j, &us, 0);
    check_harmless(&record, ": ");
    ck_assert(record_copy(record.json, "file", file, sizeof file));
    ck_assert(ends_with(file, "\\xFF..."));
    ck_assert_ptr_nonnull(strstr(record.text, "\\xFF...; curl"));
}
END_TEST

static struct pin_judgement huge_judgement(unsigned row)
{
    struct pin_judgement j = refusal();
    unsigned char fill = huge[row].fill;

    memset(j.host, 'h', sizeof j.host - 1);
    if (huge[row].detail)
        memset(j.detail, fill, sizeof j.detail - 1);
    if (huge[row].file)
        memset(j.file + 1, fill, sizeof j.file - 2);
    for (size_t i = 0; i < PIN_PRESENTED_MAX; i++) {
        memset(j.compared.presented[i].pin, 'A', sizeof j.compared.presented[i].pin - 1);
        if (huge[row].subjects)
            memset(j.compared.presented[i].subject, fill,
                   sizeof j.compared.presented[i].subject - 1);
        j.compared.expected[i] = pin_of(PIN_KIND_CERT, 0xff, 1);
        j.compared.expected[i].digest.hash = PIN_SHA512;
    }
    j.compared.presented_count = j.compared.expected_count = PIN_PRESENTED_MAX;
    j.compared.presented_more = j.compared.expected_more = 1000000;
    return j;
}

START_TEST(long_record_is_one_line)
{
    static char program[9000];
    const struct pin_process process = {program, 2147483647};
    struct pin_judgement j = huge_judgement((unsigned)_i);

    memset(program, huge[_i].program ? huge[_i].fill : 'p', sizeof program - 1);
    if (!huge[_i].program)
        program[4] = '\0';
    j.verdict = (struct pin_verdict){PIN_REPORT, PIN_MODE_REPORT, PIN_SOURCE_FILE, 0};

    struct pin_record record = record_of(&j, &process, UINT64_MAX);
    check_harmless(&record, ": ");
    check_member(&record, "reason", "P07");
    check_member(&record, "hostname", j.host);
    char file[PIN_SINK_LINE_MAX];
    ck_assert(record_copy(record.json, "file", file, sizeof file));
    ck_assert_int_eq(strncmp(file, "/", 1), 0);
    ck_assert_ptr_nonnull(strstr(record.text, j.host));
    ck_assert_ptr_nonnull(strstr(record.text, "; file /"));
    ck_assert_msg(ends_with(record.text, j.host), "%s", record.text);
    check_counts(&record);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record_escapes");
    TCase *tcase = tcase_create("record_escapes");

    SUITE_CASES(tcase, json_check_can_fail, jsons);
    SUITE_CASES(tcase, host_escaped, hostile);
    SUITE_CASES(tcase, detail_escaped, hostile);
    SUITE_CASES(tcase, file_escaped, hostile);
    SUITE_CASES(tcase, program_escaped, hostile);
    SUITE_CASES(tcase, subject_escaped, hostile);
    SUITE_CASES(tcase, step_escaped, hostile);
    SUITE_CASES(tcase, long_record_is_one_line, huge);
    tcase_add_test(tcase, cut_string_marked);
    tcase_add_test(tcase, long_step_is_one_line);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
