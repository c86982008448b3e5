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
                                      .report_after = modes_by_day[_i].after};

    expect_text(modes_by_day[_i].name, pin_mode_name(modes_by_day[_i].expected),
                pin_mode_name(pin_policy_mode(&policy, modes_by_day[_i].today)));
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
    tcase_add_test(mode, mode_weakest_is_smallest);
    suite_add_tcase(suite, mode);

    SUITE_CASES(policy, mode_on_a_day, modes_by_day);
    tcase_add_test(policy, kinds_have_the_names_of_the_files);
    tcase_add_test(policy, policy_is_cleared);
    suite_add_tcase(suite, policy);
    return suite_run(suite);
}
