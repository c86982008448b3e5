/* test_policy.c - modes, kinds and policies. */
#include "expect.h"
#include "suite.h"

#include <pinning/policy.h>

static const struct {
    const char *name;
    const char *word;
    bool good;
    enum pin_mode mode;
} modes[] = {
    {"mode/enforce-accepted", "enforce", true, PIN_MODE_ENFORCE},
    {"mode/report-accepted", "report", true, PIN_MODE_REPORT},
    {"mode/off-accepted", "off", true, PIN_MODE_OFF},
    {"mode/no-text-refused", "", false, 0},
    {"mode/upper-case-refused", "Enforce", false, 0},
    {"mode/all-upper-case-refused", "OFF", false, 0},
    {"mode/letter-missing-refused", "enforc", false, 0},
    {"mode/letter-too-many-refused", "enforced", false, 0},
    {"mode/blank-behind-refused", "report ", false, 0},
    {"mode/blank-before-refused", " report", false, 0},
    {"mode/on-refused", "on", false, 0},
    {"mode/no-refused", "no", false, 0},
    {"mode/report-with-end-refused", "report until 2030-01-01", false, 0},
    {"mode/number-refused", "0", false, 0},
};

START_TEST(mode_words)
{
    enum pin_mode mode = PIN_MODE_ENFORCE;

    expect_bool(modes[_i].name, modes[_i].good, pin_mode_parse(modes[_i].word, &mode));
    expect_text(modes[_i].name, modes[_i].good ? modes[_i].word : "enforce", pin_mode_name(mode));
    expect_number(modes[_i].name, modes[_i].good ? modes[_i].mode : PIN_MODE_ENFORCE, mode);
}
END_TEST

START_TEST(mode_weakest_is_smallest)
{
    ck_assert(PIN_MODE_OFF < PIN_MODE_REPORT && PIN_MODE_REPORT < PIN_MODE_ENFORCE);
}
END_TEST

#define DAY_IN_SECS (24 * 60 * 60)
#define NEVER       PIN_DAY_NEVER
#define E           PIN_MODE_ENFORCE
#define R           PIN_MODE_REPORT
#define O           PIN_MODE_OFF

static time_t noon_of(pin_day day)
{
    return (time_t)day * DAY_IN_SECS + DAY_IN_SECS / 2;
}

static const struct {
    const char *name;
    enum pin_mode mode;
    pin_day after, today;
    enum pin_mode expected;
} modes_by_day[] = {
    {"policy/enforce-before-report-after", PIN_MODE_ENFORCE, 100, 99, PIN_MODE_ENFORCE},
    {"policy/enforce-on-report-after", PIN_MODE_ENFORCE, 100, 100,
     PIN_MODE_ENFORCE}, /* a date lasts to the end of its day */
    {"policy/enforce-past-report-after-is-report", PIN_MODE_ENFORCE, 100, 101, PIN_MODE_REPORT},
    {"policy/enforce-without-report-after", PIN_MODE_ENFORCE, PIN_DAY_NEVER, PIN_DAY_NEVER - 1,
     PIN_MODE_ENFORCE},
    {"policy/report-before-report-after", PIN_MODE_REPORT, 100, 99, PIN_MODE_REPORT},
    {"policy/report-past-report-after", PIN_MODE_REPORT, 100, 101, PIN_MODE_REPORT},
    {"policy/off-before-report-after", PIN_MODE_OFF, 100, 99, PIN_MODE_OFF},
    {"policy/off-past-report-after-stays-off", PIN_MODE_OFF, 100, 101, PIN_MODE_OFF},
};

START_TEST(mode_on_a_day)
{
    const struct pin_policy policy = {.mode = modes_by_day[_i].mode,
                                      .mode_until = PIN_INSTANT_NEVER,
                                      .report_after = modes_by_day[_i].after};
    pin_instant until = 77;

    expect_text(modes_by_day[_i].name, pin_mode_name(modes_by_day[_i].expected),
                pin_mode_name(pin_policy_mode(&policy, noon_of(modes_by_day[_i].today), &until)));
    expect_number(modes_by_day[_i].name, 0, until);
}
END_TEST

/* The end of mode = report, midnight before day 100. */
#define END ((pin_instant)100 * DAY_IN_SECS)

static const struct {
    const char *name;
    enum pin_mode mode;
    pin_instant until;
    pin_day report_after;
    int64_t now;
    enum pin_mode expected;
    pin_instant expected_until;
} modes_by_instant[] = {
    {"policy/a-second-before-the-end-report", R, END, NEVER, END - 1, R, END},
    {"policy/at-the-end-enforce", R, END, NEVER, END, E, 0},
    {"policy/a-second-after-the-end-enforce", R, END, NEVER, END + 1, E, 0},
    {"policy/clock-in-1970-report", R, END, NEVER, 0, R, END},
    {"policy/clock-before-1970-report", R, END, NEVER, -1, R, END},
    {"policy/clock-at-its-first-second-report", R, END, NEVER, INT64_MIN, R, END},
    {"policy/clock-in-9999-enforce", R, END, NEVER, 253402300799, E, 0},
    {"policy/clock-at-its-last-second-enforce", R, END, NEVER, INT64_MAX, E, 0},
    {"policy/end-in-1970-enforce", R, 0, NEVER, 1, E, 0},
    {"policy/last-end-report", R, 253402300800, NEVER, 253402300799, R, 253402300800},
    {"policy/no-end-report", R, PIN_INSTANT_NEVER, NEVER, INT64_MAX - 1, R, 0},
    /* Only report has an end. */
    {"policy/enforce-before-an-end-enforce", E, END, NEVER, END - 1, E, 0},
    {"policy/off-before-an-end-off", O, END, NEVER, END - 1, O, 0},
    {"policy/off-after-an-end-off", O, END, NEVER, END, O, 0},
    /* With report-after, which applies after the end. */
    {"policy/end-before-report-after-report", R, END, 100, END - 1, R, END},
    {"policy/end-passed-before-report-after-enforce", R, END, 100, END, E, 0},
    {"policy/end-passed-on-report-after-enforce", R, END, 100, END + DAY_IN_SECS - 1, E, 0},
    {"policy/end-and-report-after-passed-report", R, END, 100, END + DAY_IN_SECS, R, 0},
    /* Enforcement does not begin at the end, so *until must not say that. */
    {"policy/end-after-report-after-has-no-end", R, END, 99, END - 1, R, 0},
    {"policy/end-passed-after-report-after-report", R, END, 99, END, R, 0},
};

START_TEST(mode_at_an_instant)
{
    const struct pin_policy policy = {.mode = modes_by_instant[_i].mode,
                                      .mode_until = modes_by_instant[_i].until,
                                      .report_after = modes_by_instant[_i].report_after};
    const struct pin_store_settings settings = {.mode = policy.mode,
                                                .mode_until = policy.mode_until};
    const char *name = modes_by_instant[_i].name;
    const char *expected = pin_mode_name(modes_by_instant[_i].expected);
    const time_t now = (time_t)modes_by_instant[_i].now;
    pin_instant until = 77;

    expect_text(name, expected, pin_mode_name(pin_policy_mode(&policy, now, &until)));
    expect_number(name, modes_by_instant[_i].expected_until, until);
    expect_text(name, expected, pin_mode_name(pin_policy_mode(&policy, now, NULL)));
    if (policy.report_after != NEVER)
        return;
    until = 77;
    expect_text(name, expected, pin_mode_name(pin_settings_mode(&settings, now, &until)));
    expect_number(name, modes_by_instant[_i].expected_until, until);
    expect_text(name, expected, pin_mode_name(pin_settings_mode(&settings, now, NULL)));
}
END_TEST

/* Settings without an end of report enforce: a member that is not set must not weaken them. */
START_TEST(mode_without_a_set_end_is_enforce)
{
    const struct pin_store_settings settings = {.mode = PIN_MODE_REPORT};

    expect_text("settings/end-not-set-enforce", "enforce",
                pin_mode_name(pin_settings_mode(&settings, 1, NULL)));
}
END_TEST

static const struct {
    enum pin_mode mode;
    pin_instant until;
    const char *text;
} mode_texts[] = {
    {PIN_MODE_ENFORCE, 0, "enforce"},
    {PIN_MODE_OFF, 0, "off"},
    {PIN_MODE_REPORT, 0, "report"},
    {PIN_MODE_REPORT, 1893499440, "report until 2030-01-01T12:04Z"},
    {PIN_MODE_REPORT, 253402300800, "report until 9999-12-31T23:59Z"},
};

START_TEST(mode_as_text)
{
    char text[PIN_MODE_TEXT];

    pin_mode_format(mode_texts[_i].mode, mode_texts[_i].until, text);
    expect_text(mode_texts[_i].text, mode_texts[_i].text, text);
}
END_TEST

START_TEST(kinds_have_the_names_of_the_files)
{
    ck_assert_str_eq(pin_kind_name(PIN_KIND_KEY), "key");
    ck_assert_str_eq(pin_kind_name(PIN_KIND_CERT), "cert");
    ck_assert_str_eq(pin_kind_name(PIN_KIND_CA), "ca");
}
END_TEST

START_TEST(policy_is_cleared)
{
    struct pin_policy policy = {
        .pins = calloc(1, sizeof(struct pin)), .count = 1, .subdomains = true};

    pin_policy_clear(NULL);
    pin_policy_clear(&policy);
    ck_assert_ptr_null(policy.pins);
    ck_assert_uint_eq(policy.count, 0);
    ck_assert(!policy.subdomains);
    pin_policy_clear(&policy);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("policy");
    TCase *mode = tcase_create("mode"), *policy = tcase_create("policy");

    SUITE_CASES(mode, mode_words, modes);
    SUITE_CASES(mode, mode_as_text, mode_texts);
    tcase_add_test(mode, mode_weakest_is_smallest);
    suite_add_tcase(suite, mode);

    SUITE_CASES(policy, mode_on_a_day, modes_by_day);
    SUITE_CASES(policy, mode_at_an_instant, modes_by_instant);
    tcase_add_test(policy, mode_without_a_set_end_is_enforce);
    tcase_add_test(policy, kinds_have_the_names_of_the_files);
    tcase_add_test(policy, policy_is_cleared);
    suite_add_tcase(suite, policy);
    return suite_run(suite);
}
