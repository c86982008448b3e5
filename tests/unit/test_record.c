/* test_record.c - the contents of a record. */
#include "record_fixture.h"

#include <stdio.h>
#include <string.h>

/* What is left out is counted. */
START_TEST(left_out_keys_counted)
{
    struct pin_judgement j = refusal();

    j.compared.presented_count = j.compared.expected_count = 2;
    j.compared.presented[1] = j.compared.presented[0];
    j.compared.expected[1] = pin_of(PIN_KIND_CA, 1, 21915); /* 2030-01-01 */
    j.compared.presented_more = 3;
    j.compared.expected_more = 5;
    struct pin_record record = record_of(&j, &us, 0);
    check_harmless(&record, ": ");
    ck_assert_int_eq(record_count(record.json, "presented"), 2);
    ck_assert_int_eq(record_count(record.json, "known-pins"), 2);
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
    {{PIN_REFUSE, PIN_MODE_ENFORCE, PIN_SOURCE_SECTION, 0},
     PIN_SEVERITY_ERROR,
     "refused",
     "pinning[P07]: refused api.example.com: no pinned key: why it is so; presented sha256//AAAA "
     "(CN=api.example.com); expected key sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; "
     "file "
     "/etc/ssl/pins.d/api.example.com.pins; curl[4711]; see: pinctl explain api.example.com",
     "enforce",
     "openssl.cnf"},
    {{PIN_REPORT, PIN_MODE_REPORT, PIN_SOURCE_STORE, 0},
     PIN_SEVERITY_WARNING,
     "would be refused",
     "; allowed by mode = report of _store;",
     "report",
     "_store"},
    {{PIN_REPORT, PIN_MODE_REPORT, PIN_SOURCE_FILE, 0},
     PIN_SEVERITY_WARNING,
     "would be refused",
     "; allowed by mode = report of the pin file;",
     "report",
     "the pin file"},
    {{PIN_REPORT, PIN_MODE_REPORT, PIN_SOURCE_SECTION, 0},
     PIN_SEVERITY_WARNING,
     "would be refused",
     "; allowed by mode = report of openssl.cnf;",
     "report",
     "openssl.cnf"},
    {{PIN_REPORT, PIN_MODE_REPORT, PIN_SOURCE_STORE, 1893499440},
     PIN_SEVERITY_WARNING,
     "would be refused",
     "; allowed by mode = report until 2030-01-01T12:04Z of _store;",
     "report",
     "_store"},
    {{PIN_REPORT, PIN_MODE_REPORT, PIN_SOURCE_FILE, 1893456000},
     PIN_SEVERITY_WARNING,
     "would be refused",
     "; allowed by mode = report until 2030-01-01T00:00Z of the pin file;",
     "report",
     "the pin file"},
    {{PIN_ALLOW, PIN_MODE_ENFORCE, PIN_SOURCE_SECTION, 0},
     PIN_SEVERITY_NOTICE,
     "notice",
     "pinning[P07]: notice api.example.com: ",
     "enforce",
     "openssl.cnf"},
};

START_TEST(action_and_mode_named)
{
    char value[64], until[PIN_TIME_TEXT];
    struct pin_judgement j = refusal();

    j.verdict = actions[_i].verdict;
    struct pin_record record = record_of(&j, &us, 0);
    check_harmless(&record, ": ");
    ck_assert_int_eq(record.severity, actions[_i].severity);
    ck_assert_msg(strstr(record.text, actions[_i].text) != NULL, "%s", record.text);
    ck_assert_int_eq(strstr(record.text, "allowed by") != NULL,
                     actions[_i].verdict.action == PIN_REPORT);
    check_member(&record, "action", actions[_i].word);
    check_member(&record, "mode", actions[_i].mode);
    check_member(&record, "mode-of", actions[_i].of);
    ck_assert_int_eq(record_copy(record.json, "mode-until", value, sizeof value),
                     actions[_i].verdict.until != 0);
    if (actions[_i].verdict.until != 0) {
        pin_time_format_rfc3339((time_t)actions[_i].verdict.until, until);
        ck_assert_str_eq(value, until);
    }
}
END_TEST

START_TEST(reason_named)
{
    struct pin_judgement j = refusal();
    char number[8];

    j.reason = (enum pin_reason)_i;
    struct pin_record record = record_of(&j, &us, 0);
    check_harmless(&record, ": ");
    snprintf(number, sizeof number, "P%02d", _i);
    check_member(&record, "reason", number);
    check_member(&record, "text", pin_reason_text(j.reason));
    ck_assert_ptr_nonnull(strstr(record.text, pin_reason_text(j.reason)));
}
END_TEST

START_TEST(unknown_members_left_out)
{
    struct pin_judgement j = {.verdict = {PIN_REFUSE, PIN_MODE_ENFORCE, PIN_SOURCE_SECTION, 0},
                              .reason = PIN_R_STORE};
    char value[64];

    struct pin_record record = record_of(&j, &us, 0);
    check_harmless(&record, ": ");
    ck_assert_str_eq(record.text, "pinning[P02]: refused: pin store cannot be reached; curl[4711]; "
                                  "see: pinctl help P02");
    ck_assert(!record_copy(record.json, "hostname", value, sizeof value));
    ck_assert(!record_copy(record.json, "file", value, sizeof value));
    ck_assert(!record_copy(record.json, "detail", value, sizeof value));
    ck_assert(!record_copy(record.json, "held-back", value, sizeof value));
    ck_assert_int_eq(record_count(record.json, "presented"), -1);
    ck_assert_int_eq(record_count(record.json, "known-pins"), -1);
}
END_TEST

static const struct {
    enum pin_known_by known_by;
    const char *name, *text;
} known[] = {
    {PIN_KNOWN_NONE, "none", NULL},
    {PIN_KNOWN_SNI, "sni", "; known by sni; "},
    {PIN_KNOWN_HOST, "host", "; known by host; "},
    {PIN_KNOWN_ADDRESS, "address", "; known by address; "},
    {PIN_KNOWN_SOCKET, "socket", "; known by socket; "},
    {PIN_KNOWN_CERTIFICATE, "certificate", "; known by certificate; "},
};

START_TEST(known_by_and_peer_named)
{
    struct pin_judgement j = refusal();
    char field[64];

    j.known_by = known[_i].known_by;
    struct pin_record record = record_of(&j, &us, 0);
    check_harmless(&record, ": ");
    check_member(&record, "known-by", known[_i].name);
    ck_assert_int_eq(strstr(record.text, "known by") != NULL, known[_i].text != NULL);
    ck_assert(known[_i].text == NULL || strstr(record.text, known[_i].text) != NULL);
    ck_assert_ptr_null(strstr(record.json, "peer-"));
    snprintf(field, sizeof field, "PINNING_KNOWN_BY=%s\n", known[_i].name);
    ck_assert_ptr_nonnull(strstr(record.fields, field));
    strcpy(j.peer_address, "2001:db8::1");
    j.peer_port = 443;
    record = record_of(&j, &us, 0);
    check_harmless(&record, ": ");
    check_member(&record, "peer-address", "2001:db8::1");
    check_member(&record, "peer-port", "443");
    ck_assert_ptr_nonnull(strstr(record.text, "; peer 2001:db8::1 port 443; "));
}
END_TEST

START_TEST(process_and_time_named)
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

START_TEST(suppressed_records_counted)
{
    struct pin_judgement j = refusal();
    struct pin_record record = record_of(&j, &us, 0);

    ck_assert_ptr_null(strstr(record.text, "more like this"));
    record = record_of(&j, &us, UINT64_MAX);
    check_harmless(&record, ": ");
    ck_assert_ptr_nonnull(strstr(record.text, "; 18446744073709551615 more like this were not"));
    ck_assert_ptr_nonnull(strstr(record.json, ",\"held-back\":18446744073709551615,"));
    record = record_of(&j, &us, 12);
    check_member(&record, "held-back", "12");
}
END_TEST

/* The key is equal for records with the same statement on the same peer. */
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
        strcpy(j->detail, "a different detail");
    if (what == HOST)
        j->host[0] = 'b';
    if (what == FILE_NAME)
        strcpy(j->file, "/etc/ssl/pins.d/example.com.pins");
    if (what == REASON)
        j->reason = PIN_R_EXPIRED;
    if (what == ACTION)
        j->verdict = (struct pin_verdict){PIN_REPORT, PIN_MODE_REPORT, PIN_SOURCE_FILE, 0};
    if (what == PRESENTED)
        j->compared.presented[0].pin[9] = 'B';
    if (what == EXPECTED)
        j->compared.expected[0] = pin_of(PIN_KIND_CA, 9, 9);
    if (what == BOUNDARY) { /* the same bytes, divided differently */
        strcpy(j->host, "api.example.com/");
        strcpy(j->file, "etc/ssl/pins.d/api.example.com.pins");
    }
}

START_TEST(key_equal_for_same_statement)
{
    struct pin_judgement a = refusal(), b = refusal();

    change(&b, changes[_i].change);
    ck_assert_int_eq(pin_record_key(&a) != pin_record_key(&b), changes[_i].differs);
    struct pin_record record = record_of(&b, &us, 7);
    ck_assert_uint_eq(record.key, pin_record_key(&b));
}
END_TEST

/* A step has the action "trace", the members that name peer and process, and nothing else. */
START_TEST(step_named_by_reason)
{
    struct pin_judgement j = refusal();
    struct pin_record record;

    pin_record_make_step(&j, &us, NOW, "looking for api.example.com", &record);
    check_harmless(&record, " trace: ");
    expect_text("record/step-text", "pinning[P07] trace: looking for api.example.com", record.text);
    expect_text("record/step-json",
                "{\"date-time\":\"2030-01-01T12:04:05Z\",\"reason\":\"P07\",\"action\":\"trace\","
                "\"hostname\":\"api.example.com\",\"program\":\"curl\",\"pid\":4711,"
                "\"trace\":\"looking for api.example.com\"}",
                record.json);
    expect_number("record/step-severity", PIN_SEVERITY_ERROR, record.severity);
    ck_assert(record.key == pin_record_key(&j));
    j.verdict = (struct pin_verdict){PIN_REPORT, PIN_MODE_REPORT, PIN_SOURCE_STORE, 0};
    j.of_client = true;
    pin_record_make_step(&j, &us, NOW, "x", &record);
    expect_number("record/step-of-report-severity", PIN_SEVERITY_WARNING, record.severity);
    check_member(&record, "client", "api.example.com");
}
END_TEST

static const struct {
    const char *name;
    enum pin_action action;
    bool of_client, known;
    const char *fields;
} field_cases[] = {
    {"refused", PIN_REFUSE, false, true,
     "MESSAGE_ID=754c8d78a05a49f7b09442dd9fa34c1e\nPINNING_REASON=P07\nPINNING_ACTION=refused\n"
     "PINNING_MODE=enforce\nPINNING_HOST=api.example.com\n"
     "PINNING_FILE=/etc/ssl/pins.d/api.example.com.pins\n"},
    {"would be refused", PIN_REPORT, true, true,
     "MESSAGE_ID=ef14decc1c6647ef9881d355858c5ae4\nPINNING_REASON=P07\nPINNING_ACTION=would be "
     "refused\n"
     "PINNING_MODE=enforce\nPINNING_CLIENT=api.example.com\n"
     "PINNING_FILE=/etc/ssl/pins.d/api.example.com.pins\n"},
    {"notice", PIN_ALLOW, false, false,
     "MESSAGE_ID=27593b2098b941d9a83a3f0a0c8d9903\nPINNING_REASON=P07\nPINNING_ACTION=notice\n"
     "PINNING_MODE=enforce\n"},
};

START_TEST(fields_for_journal)
{
    struct pin_judgement j = refusal();

    j.verdict.action = field_cases[_i].action;
    j.of_client = field_cases[_i].of_client;
    if (!field_cases[_i].known)
        j.host[0] = j.file[0] = '\0';
    struct pin_record record = record_of(&j, &us, 0);
    expect_text(field_cases[_i].name, field_cases[_i].fields, record.fields);
}
END_TEST

START_TEST(fields_of_step)
{
    struct pin_judgement j = refusal();
    struct pin_record record;

    strcpy(j.host, "a\nPINNING_ACTION=notice");
    pin_record_make_step(&j, &us, NOW, "a step", &record);
    expect_text(
        "record/fields-step",
        "MESSAGE_ID=ccda5d9fd20b49098126c927b093bd28\nPINNING_REASON=P07\nPINNING_ACTION=trace\n"
        "PINNING_MODE=enforce\nPINNING_HOST=a\\x0APINNING_ACTION=notice\n"
        "PINNING_FILE=/etc/ssl/pins.d/api.example.com.pins\n",
        record.fields);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record");
    TCase *tcase = tcase_create("record");

    SUITE_CASES(tcase, action_and_mode_named, actions);
    tcase_add_loop_test(tcase, reason_named, 1, PIN_R_COUNT);
    tcase_add_test(tcase, left_out_keys_counted);
    tcase_add_test(tcase, unknown_members_left_out);
    SUITE_CASES(tcase, known_by_and_peer_named, known);
    tcase_add_test(tcase, process_and_time_named);
    tcase_add_test(tcase, suppressed_records_counted);
    SUITE_CASES(tcase, key_equal_for_same_statement, changes);
    tcase_add_test(tcase, step_named_by_reason);
    SUITE_CASES(tcase, fields_for_journal, field_cases);
    tcase_add_test(tcase, fields_of_step);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
