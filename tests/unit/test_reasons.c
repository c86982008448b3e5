/* test_reasons.c - the table of reasons and its entries in the manual. PIN_ROOT: top of the source.
 */
#include "expect.h"
#include "suite.h"

#include <pinning/error.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *text, *advice;
    int number;
} reasons[] = {
#define PIN_REASON(number, name, text, advice) {#name, text, advice, number},
#include <pinning/reasons.list>
#undef PIN_REASON
};

#define MANUAL_MAX (128 * 1024)
static char manual[MANUAL_MAX];

static void read_manual(void)
{
    FILE *f = fopen(PIN_ROOT "/doc/pinning-provider.7", "re");

    ck_assert_ptr_nonnull(f);
    size_t len = fread(manual, 1, sizeof manual - 1, f);
    fclose(f);
    ck_assert_uint_gt(len, 0);
    ck_assert_uint_lt(len, sizeof manual - 1);
    manual[len] = '\0';
}

START_TEST(reason_is_numbered_in_order)
{
    expect_number(reasons[_i].name, _i + 1, reasons[_i].number);
    expect_number("PIN_R_COUNT", COUNT_OF(reasons) + 1, PIN_R_COUNT);
}
END_TEST

START_TEST(reason_has_a_text_of_its_own)
{
    const char *text = pin_reason_text((enum pin_reason)reasons[_i].number);

    expect_text(reasons[_i].name, reasons[_i].text, text);
    ck_assert_msg(strlen(text) > 3 && strlen(text) < 60, "%s: %s", reasons[_i].name, text);
    ck_assert_str_ne(text, "unknown");
    ck_assert_str_ne(text, pin_reason_text(PIN_OK));
    for (int j = 0; j < _i; j++)
        ck_assert_msg(strcmp(text, reasons[j].text) != 0, "%s and %s: both \"%s\"",
                      reasons[_i].name, reasons[j].name, text);
}
END_TEST

START_TEST(reason_has_advice)
{
    const char *advice = reasons[_i].advice;
    size_t len = strlen(advice);

    ck_assert_msg(len > 40 && (advice[len - 1] == '.' || advice[len - 1] == '?'),
                  "%s: expected sentences, got \"%s\"", reasons[_i].name, advice);
}
END_TEST

/* Administrators search the manual for the words of the log. */
START_TEST(reason_is_in_the_manual)
{
    char entry[200];

    read_manual();
    snprintf(entry, sizeof entry, "\n.It Sy P%02d %s\n", reasons[_i].number, reasons[_i].text);
    ck_assert_msg(strstr(manual, entry) != NULL, "%s: expected an entry%sgot none",
                  reasons[_i].name, entry);
}
END_TEST

START_TEST(manual_has_no_other_reason)
{
    static const char begin[] = "\n.It Sy P";
    long long entries = 0;

    read_manual();
    for (const char *at = manual; (at = strstr(at, begin)) != NULL; at += strlen(begin))
        entries += at[strlen(begin)] >= '0' && at[strlen(begin)] <= '9';
    expect_number("manual/entries", COUNT_OF(reasons), entries);
}
END_TEST

START_TEST(other_numbers_are_unknown)
{
    expect_text("reason/mismatch-named", "no pinned key", pin_reason_text(PIN_R_MISMATCH));
    expect_text("reason/ok-named", "no error", pin_reason_text(PIN_OK));
    expect_text("reason/count-unknown", "unknown", pin_reason_text(PIN_R_COUNT));
    expect_text("reason/1000-unknown", "unknown", pin_reason_text((enum pin_reason)1000));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reasons");
    TCase *tcase = tcase_create("reasons");

    SUITE_CASES(tcase, reason_is_numbered_in_order, reasons);
    SUITE_CASES(tcase, reason_has_a_text_of_its_own, reasons);
    SUITE_CASES(tcase, reason_has_advice, reasons);
    SUITE_CASES(tcase, reason_is_in_the_manual, reasons);
    tcase_add_test(tcase, manual_has_no_other_reason);
    tcase_add_test(tcase, other_numbers_are_unknown);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
