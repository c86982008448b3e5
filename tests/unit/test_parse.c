/* test_parse.c - pin files without an error, limits, and _store. A case is named by its bytes. */
#include "parse_fixture.h"

/* Pin files */

#define NEVER PIN_DAY_NEVER
#define K     PIN_KIND_KEY
#define C     PIN_KIND_CERT
#define A     PIN_KIND_CA
#define E     PIN_MODE_ENFORCE

static const struct {
    const char *bytes;
    size_t len;
    size_t count;
    struct {
        enum pin_kind kind;
        const char *digest;
        pin_day until;
        unsigned line;
    } pins[4];
    bool subdomains;
    enum pin_mode mode;
    pin_day report_after;
} files[] = {
    {BYTES("key = " B64 "\n"), 1, {{K, B64, NEVER, 1}}, false, E, NEVER},
    {BYTES("key = " B64), 1, {{K, B64, NEVER, 1}}, false, E, NEVER},
    {BYTES("key=" B64 "\n"), 1, {{K, B64, NEVER, 1}}, false, E, NEVER},
    {BYTES("\t key\t \t=\t " B64 " \t\n"), 1, {{K, B64, NEVER, 1}}, false, E, NEVER},
    {BYTES("\n\n \t\nkey = " HEX "\n\n"), 1, {{K, B64, NEVER, 4}}, false, E, NEVER},
    {BYTES("# all\n  # of it\n#\nkey = " COLON " # now\n"),
     1,
     {{K, B64, NEVER, 4}},
     false,
     E,
     NEVER},
    {BYTES("key = " B64 "\t# caf\xc3\xa9 = key # key\n"), 1, {{K, B64, NEVER, 1}}, false, E, NEVER},
    {BYTES("key = " B64 " until 2027-01-31\n"), 1, {{K, B64, 20849, 1}}, false, E, NEVER},
    {BYTES("key = " B64 "\t until \t2027-01-31 #x"), 1, {{K, B64, 20849, 1}}, false, E, NEVER},
    {BYTES("key = " B64 " until 1970-01-01\n"), 1, {{K, B64, 0, 1}}, false, E, NEVER},
    {BYTES("key = " B64 "\ncert = " B64 "\nca = " B64 "\nkey = " B64_2 "\n"),
     4,
     {{K, B64, NEVER, 1}, {C, B64, NEVER, 2}, {A, B64, NEVER, 3}, {K, B64_2, NEVER, 4}},
     false,
     E,
     NEVER},
    {BYTES("ca = " S512 "\nca = " S384 "\n"),
     2,
     {{A, S512, NEVER, 1}, {A, S384, NEVER, 2}},
     false,
     E,
     NEVER},
    {BYTES("subdomains = yes\nmode = report\nreport-after = 2027-01-31\nkey = " B64 "\n"),
     1,
     {{K, B64, NEVER, 4}},
     true,
     PIN_MODE_REPORT,
     20849},
    {BYTES("key = " B64 "\nsubdomains=no\nmode=enforce\n"),
     1,
     {{K, B64, NEVER, 1}},
     false,
     E,
     NEVER},
    {BYTES("mode = off\n"), 0, {{0}}, false, PIN_MODE_OFF, NEVER},
    {BYTES("mode = off\nsubdomains = yes"), 0, {{0}}, true, PIN_MODE_OFF, NEVER},
    {BYTES("mode = off\nkey = " B64), 1, {{K, B64, NEVER, 2}}, false, PIN_MODE_OFF, NEVER},
    {BYTES("mode = off\nprobe = api.example.com:443\n"), 0, {{0}}, false, PIN_MODE_OFF, NEVER},
    {BYTES("mode = off\nprobe = API_1.example.com.:65535 smtp\n"),
     0,
     {{0}},
     false,
     PIN_MODE_OFF,
     NEVER},
    {BYTES("mode = off\nprobe = [::1]:1 x-9\n"), 0, {{0}}, false, PIN_MODE_OFF, NEVER},
    {BYTES("mode = off\nprobe = [2001:db8::1]:443 # x\n"), 0, {{0}}, false, PIN_MODE_OFF, NEVER},
    {BYTES("mode = off\nprobe = 1.2.3.4:25 smtp\n"), 0, {{0}}, false, PIN_MODE_OFF, NEVER},
    {BYTES("mode = off\nx-team = a = b  \"c\"\nx-team=again\nx-a.B=1\n"),
     0,
     {{0}},
     false,
     PIN_MODE_OFF,
     NEVER},
};

static void check_file(int i, const struct pin_policy *policy)
{
    const char *name = case_name("parse", files[i].bytes, files[i].len);

    expect_number(name, (long long)files[i].count, (long long)policy->count);
    expect_bool(name, files[i].subdomains, policy->subdomains);
    expect_text(name, pin_mode_name(files[i].mode), pin_mode_name(policy->mode));
    expect_number(name, files[i].report_after, policy->report_after);
    for (size_t n = 0; n < policy->count; n++) {
        char text[PIN_DIGEST_TEXT];
        pin_digest_format(&policy->pins[n].digest, text);
        expect_text(name, files[i].pins[n].digest, text);
        expect_text(name, pin_kind_name(files[i].pins[n].kind),
                    pin_kind_name(policy->pins[n].kind));
        expect_number(name, files[i].pins[n].until, policy->pins[n].until);
        expect_number(name, files[i].pins[n].line, policy->pins[n].line);
    }
}

START_TEST(file_is_read)
{
    struct pin_policy policy;
    struct pin_error err = {0};
    char *bytes = exact_copy(files[_i].bytes, files[_i].len);
    bool ok;

    memset(&policy, 0x55, sizeof policy);
    ok = pin_parse_policy(bytes, files[_i].len, "h.pins", &policy, &err);
    ck_assert_msg(ok, "%s", err.text);
    ck_assert_int_eq(err.reason, PIN_OK);
    check_file(_i, &policy);
    pin_policy_clear(&policy);
    free(bytes);
}
END_TEST

/* No byte but these can be in a line, wherever it stands. */
START_TEST(file_of_every_byte)
{
    for (int byte = 0; byte < 256; byte++) {
        char bytes[] = OK "x-a = b?\n# ?\n";
        char *value = strchr(bytes, '?'), *comment = strrchr(bytes, '?');
        bool text = byte == '\t' || (byte >= ' ' && byte <= '~');
        struct pin_policy policy;

        *value = (char)byte; /* a newline leaves two good lines */
        ck_assert_msg(pin_parse_policy(bytes, strlen(OK) + 9, "h", &policy, NULL) ==
                          (text || byte == '\n'),
                      "value %d", byte);
        pin_policy_clear(&policy);
        *value = 'c';
        *comment = (char)byte;
        ck_assert_msg(pin_parse_policy(bytes, sizeof bytes - 1, "h", &policy, NULL) ==
                          (text || byte == '\n' || byte >= 0x80),
                      "comment %d", byte);
        pin_policy_clear(&policy);
    }
}
END_TEST

/* Cut anywhere, a file either lacks its pin or ends in a word that is not whole. */
START_TEST(file_cut_short)
{
    static const char bytes[] = "key = " B64;
    struct pin_policy policy;

    for (size_t len = 0; len < sizeof bytes - 1; len++) {
        char *copy = exact_copy(bytes, len);
        ck_assert_msg(!pin_parse_policy(copy, len, "h", &policy, NULL), "%zu", len);
        free(copy);
    }
}
END_TEST

static const struct {
    size_t size; /* of the long line, without its newline */
    bool good;
} long_lines[] = {{PIN_LINE_MAX - 1, true},
                  {PIN_LINE_MAX, true},
                  {PIN_LINE_MAX + 1, false},
                  {PIN_LINE_MAX + 2, false},
                  {100 * PIN_LINE_MAX, false}};

START_TEST(line_too_long)
{
    size_t size = long_lines[_i].size;
    char *bytes = malloc(strlen(OK) + size + 1);
    struct fault fault = {bytes, strlen(OK) + size, 2, PIN_LINE_MAX + 1, "line too long"};

    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, OK, strlen(OK));
    memset(bytes + strlen(OK), '#', size);
    bytes[strlen(OK) + size] = '\n';
    for (; fault.len <= strlen(OK) + size + 1; fault.len++) { /* without and with the newline */
        struct pin_policy policy;
        if (!long_lines[_i].good) {
            parse_fault(&fault);
            continue;
        }
        ck_assert(pin_parse_policy(bytes, fault.len, "h", &policy, NULL));
        pin_policy_clear(&policy);
    }
    free(bytes);
}
END_TEST

START_TEST(file_too_long)
{
    char *bytes = malloc(PIN_FILE_MAX + 1);
    struct pin_policy policy;
    struct fault fault = {bytes, PIN_FILE_MAX + 1, 1, 1, "file too long: expected at most 1048576"};

    ck_assert_ptr_nonnull(bytes);
    memset(bytes, '\n', PIN_FILE_MAX + 1);
    memcpy(bytes, OK, strlen(OK));
    ck_assert(pin_parse_policy(bytes, PIN_FILE_MAX, "h", &policy, NULL));
    pin_policy_clear(&policy);
    parse_fault(&fault);
    free(bytes);
}
END_TEST

START_TEST(many_pins)
{
    enum { MANY = 1000 };
    char *bytes = malloc(MANY * 100);
    struct pin_policy policy;
    struct pin_error err = {0};
    size_t len = 0;

    ck_assert_ptr_nonnull(bytes);
    for (unsigned i = 0; i < MANY; i++)
        len += (size_t)sprintf(bytes + len, "ca = sha256:%064x\n", i + 1);
    ck_assert_msg(pin_parse_policy(bytes, len, "h", &policy, &err), "%s", err.text);
    ck_assert_uint_eq(policy.count, MANY);
    ck_assert_uint_eq(policy.pins[MANY - 1].line, MANY);
    pin_policy_clear(&policy);
    free(bytes);
}
END_TEST

/* A long path is cut at its front, never the message. */
START_TEST(long_path)
{
    char path[4096];
    struct pin_policy policy;
    struct pin_error err = {0};

    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    strcpy(path + sizeof path - 6, ".pins");
    ck_assert(!pin_parse_policy(BYTES("key = " B64 " until 2026-02-31"), path, &policy, &err));
    ck_assert(strncmp(err.text, "...aaa", 6) == 0);
    ck_assert_ptr_nonnull(
        strstr(err.text, "a.pins:1:66: '2026-02-31' is not a day: expected YYYY-MM-DD"));
    ck_assert_uint_lt(strlen(err.text), sizeof err.text - 1);
}
END_TEST

START_TEST(error_null_is_allowed)
{
    struct pin_policy policy;
    struct pin_store_settings settings;

    ck_assert(!pin_parse_policy(BYTES("mode = on"), "h", &policy, NULL));
    ck_assert(!pin_parse_settings(BYTES("mode = on"), "h", &settings, NULL));
}
END_TEST

/* _store */

static const struct {
    const char *bytes;
    size_t len;
    enum pin_mode mode;
    bool refuse_unpinned, refuse_nameless;
} settings_files[] = {
    {BYTES(""), E, false, false},
    {BYTES("\n# nothing\n"), E, false, false},
    {BYTES("mode = enforce\nunpinned = allow\n"), E, false, false},
    {BYTES("unpinned = refuse"), E, true, false},
    {BYTES(" mode=report # 3 a.m.\n"), PIN_MODE_REPORT, false, false},
    {BYTES("mode = off\nunpinned = refuse\nx-owner = me\n"), PIN_MODE_OFF, true, false},
    {BYTES("nameless = allow\n"), E, false, false},
    {BYTES("unpinned = allow\nnameless = refuse\n"), E, false, true},
    {BYTES("nameless = refuse\nunpinned = refuse\n"), E, true, true},
};

START_TEST(settings_are_read)
{
    struct pin_store_settings settings;
    struct pin_error err = {0};
    char *bytes = exact_copy(settings_files[_i].bytes, settings_files[_i].len);

    memset(&settings, 0x55, sizeof settings);
    ck_assert_msg(pin_parse_settings(bytes, settings_files[_i].len, "_store", &settings, &err),
                  "%s", err.text);
    expect_text(settings_files[_i].bytes, pin_mode_name(settings_files[_i].mode),
                pin_mode_name(settings.mode));
    expect_bool(settings_files[_i].bytes, settings_files[_i].refuse_unpinned,
                settings.refuse_unpinned);
    expect_bool(settings_files[_i].bytes, settings_files[_i].refuse_nameless,
                settings.refuse_nameless);
    ck_assert_int_eq(err.reason, PIN_OK);
    free(bytes);
}
END_TEST

static const struct fault settings_faults[] = {
    {BYTES("nameless = no"), 1, 12, "expected allow or refuse"},
    {BYTES("nameless = allow\nnameless = allow"), 2, 1, "nameless is already on line 1"},
    {BYTES("mode = report\nunpinned = refuse\nmode = off"), 3, 1, "mode is already on line 1"},
    {BYTES("unpinned = refuse\nunpinned = allow"), 2, 1, "unpinned is already on line 1"},
    {BYTES("mode = off\nmode = off"), 2, 1, "already"},
    {BYTES("mode = off\nunpinned = maybe"), 2, 12,
     "'maybe' is not a value of unpinned: expected allow"},
    {BYTES("unpinned = Allow"), 1, 12, "'Allow'"},
    {BYTES("unpinned = allow refuse"), 1, 18, "'refuse' after the value"},
    {BYTES("unpinned = refuse\nmode = Off"), 2, 8, "'Off' is not a value of mode"},
    {BYTES("mode = off\nkey = " B64), 2, 1,
     "unknown name 'key': expected mode, unpinned or nameless"},
    {BYTES("subdomains = yes"), 1, 1, "unknown name"},
    {BYTES("report-after = 2026-01-01"), 1, 1, "unknown name"},
    {BYTES("probe = a:443"), 1, 1, "unknown name"},
    {BYTES("pin = x"), 1, 1, "unknown name 'pin': expected mode, unpinned or nameless"},
    {BYTES("Unpinned = refuse"), 1, 1, "lower case: expected unpinned"},
    {BYTES("mode off"), 1, 6, "missing '='"},
    {BYTES("mode ="), 1, 7, "empty value"},
    {BYTES("mode = off\r\n"), 1, 11, "carriage return"},
    {BYTES("mode = off\n\0"), 2, 1, "control character"},
    {BYTES("\xef\xbb\xbfmode = off"), 1, 1, "byte-order mark"},
    {BYTES("mode = \xc3\xb6"), 1, 8, "byte \\xc3"},
};

static void settings_fault(const struct fault *fault)
{
    struct pin_store_settings settings;
    struct pin_error err = {0};
    char *bytes = exact_copy(fault->bytes, fault->len);

    memset(&settings, 0x55, sizeof settings);
    ck_assert(!pin_parse_settings(bytes, fault->len, "_store", &settings, &err));
    check_fault(fault, "_store", PIN_R_NO_STORE, &err);
    ck_assert_int_eq(settings.mode, PIN_MODE_ENFORCE); /* also after a weaker mode */
    ck_assert(!settings.refuse_unpinned);
    expect_number(fault->bytes, PIN_INSTANT_NEVER, settings.mode_until);
    free(bytes);
}
START_TEST(settings_are_refused)
{
    settings_fault(&settings_faults[_i]);
}
END_TEST

/* The end of mode = report, in both kinds of file */

static const struct {
    const char *line;
    enum pin_mode mode;
    pin_instant until;
} ends[] = {
    {"mode = report", PIN_MODE_REPORT, PIN_INSTANT_NEVER},
    {"mode = enforce", E, PIN_INSTANT_NEVER},
    {"mode = off", PIN_MODE_OFF, PIN_INSTANT_NEVER},
    {"mode = report until 2030-01-01T12:04Z", PIN_MODE_REPORT, 1893499440},
    {"mode = report until 2029-12-31", PIN_MODE_REPORT, 1893456000},
    {"mode=report\tuntil \t 2030-01-01T00:00Z \t# 3 a.m.", PIN_MODE_REPORT, 1893456000},
    {"mode = report until 2028-02-29", PIN_MODE_REPORT, 1835481600},
    {"mode = report until 1970-01-01T00:00Z", PIN_MODE_REPORT, 0},
    {"mode = report until 1970-01-01", PIN_MODE_REPORT, 86400},
    {"mode = report until 9999-12-31", PIN_MODE_REPORT, 253402300800},
    {"mode = report until 9999-12-31T23:59Z", PIN_MODE_REPORT, 253402300740},
};

START_TEST(end_is_read)
{
    const char *line = ends[_i].line;
    struct pin_store_settings settings;
    struct pin_policy policy;
    struct pin_error err = {0};
    char file[256];

    ck_assert_msg(pin_parse_settings(line, strlen(line), "_store", &settings, &err), "%s",
                  err.text);
    expect_text(line, pin_mode_name(ends[_i].mode), pin_mode_name(settings.mode));
    expect_number(line, ends[_i].until, settings.mode_until);
    snprintf(file, sizeof file, "%s\nkey = " B64, line);
    ck_assert_msg(pin_parse_policy(file, strlen(file), "h.pins", &policy, &err), "%s", err.text);
    expect_text(line, pin_mode_name(ends[_i].mode), pin_mode_name(policy.mode));
    expect_number(line, ends[_i].until, policy.mode_until);
    pin_policy_clear(&policy);
}
END_TEST

#define END_FORM "YYYY-MM-DD or YYYY-MM-DDTHH:MMZ"

static const struct fault end_faults[] = {
    {BYTES("mode = report until"), 1, 20, "missing end: expected " END_FORM},
    {BYTES("mode = report until \t"), 1, 22, "missing end"},
    {BYTES("mode = report until # 2030-01-01"), 1, 21, "missing end"},
    {BYTES("mode = report 2030-01-01"), 1, 15,
     "'2030-01-01' after report: expected until " END_FORM ", or nothing"},
    {BYTES("mode = report Until 2030-01-01"), 1, 15, "'Until' after report"},
    {BYTES("mode = report till 2030-01-01"), 1, 15, "'till' after report"},
    {BYTES("mode = report until= 2030-01-01"), 1, 15, "'until=' after report"},
    {BYTES("mode = report, until 2030-01-01"), 1, 8, "'report,' is not a value of mode"},
    {BYTES("mode = until 2030-01-01"), 1, 8, "'until' is not a value of mode"},
    {BYTES("mode = enforce until 2030-01-01"), 1, 16,
     "'until' after the value: expected the end of the line; only report has an end"},
    {BYTES("x-a = b\n\n mode = off until 2030-01-01T12:04Z"), 3, 13,
     "'until' after the value: expected the end of the line; only report has an end"},
    {BYTES("mode = report until soon"), 1, 21,
     "'soon' is not a date or a minute in UTC: expected " END_FORM
     ", from 1970 on and in the calendar"},
    {BYTES("mode = report until never"), 1, 21, "'never' is not a date"},
    {BYTES("mode = report until 2030-01-01T12:04:00Z"), 1, 21, "is not a date or a minute"},
    {BYTES("mode = report until 2030-01-01T12:04"), 1, 21, "is not a date or a minute"},
    {BYTES("mode = report until 2030-01-01T12:04+00:00"), 1, 21, "is not a date or a minute"},
    {BYTES("mode = report until 2030-01-01t12:04Z"), 1, 21, "is not a date or a minute"},
    {BYTES("mode = report until 2030-01-01T12:04z"), 1, 21, "is not a date or a minute"},
    {BYTES("mode = report until 2030-01-01T24:00Z"), 1, 21, "is not a date or a minute"},
    {BYTES("mode = report until 2030-01-01T12:60Z"), 1, 21, "is not a date or a minute"},
    {BYTES("mode = report until 2030-02-29"), 1, 21, "in the calendar"},
    {BYTES("mode = report until 2030-02-29T12:04Z"), 1, 21, "in the calendar"},
    {BYTES("mode = report until 1969-12-31"), 1, 21, "from 1970 on"},
    {BYTES("mode = report until 1969-12-31T23:59Z"), 1, 21, "from 1970 on"},
    {BYTES("mode = report until 10000-01-01"), 1, 21, "is not a date"},
    {BYTES("mode = report until 1893499440"), 1, 21, "is not a date"},
    {BYTES("mode = report until 2030-01-01 12:04Z"), 1, 32, "'12:04Z' after the value"},
    {BYTES("mode = report until 2030-01-01 UTC"), 1, 32, "'UTC' after the value"},
    {BYTES("mode = report until 2030-01-01 until 2030-01-02"), 1, 32, "'until' after the value"},
    {BYTES("mode = report until until 2030-01-01"), 1, 21, "'until' is not a date"},
    {BYTES("mode = report until 2030-01-01\nmode = report until 2030-01-01"), 2, 1,
     "mode is already on line 1"},
    {BYTES("mode = report until 2030-01-01\nmode = enforce"), 2, 1, "mode is already on line 1"},
};

START_TEST(end_is_refused)
{
    settings_fault(&end_faults[_i]);
    parse_fault(&end_faults[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parse");
    TCase *file = tcase_create("file"), *settings = tcase_create("settings");
    TCase *end = tcase_create("end");

    SUITE_CASES(file, file_is_read, files);
    SUITE_CASES(file, line_too_long, long_lines);
    tcase_add_test(file, file_of_every_byte);
    tcase_add_test(file, file_cut_short);
    tcase_add_test(file, file_too_long);
    tcase_add_test(file, many_pins);
    tcase_add_test(file, long_path);
    tcase_add_test(file, error_null_is_allowed);
    tcase_set_timeout(file, 120); /* valgrind */
    suite_add_tcase(suite, file);

    SUITE_CASES(settings, settings_are_read, settings_files);
    SUITE_CASES(settings, settings_are_refused, settings_faults);
    suite_add_tcase(suite, settings);

    SUITE_CASES(end, end_is_read, ends);
    SUITE_CASES(end, end_is_refused, end_faults);
    suite_add_tcase(suite, end);
    return suite_run(suite);
}
