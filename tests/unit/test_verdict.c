/* test_verdict.c - the whole truth table, as literals. */
#include "expect.h"
#include "suite.h"

#include <pinning/verdict.h>
#include <string.h>

/*
 * modes   of the section, of _store, of the file: Enforce, Report, Off
 * known   with a file that could be read: the mode in force, its source (c: openssl.cnf,
 *         s: _store, f: the file), and the action for a peer that does not satisfy the file
 *         (a: allowed, w: would be refused, r: refused)
 * unknown the same without a file, or without one that could be read
 */
static const struct {
    const char *modes, *known, *unknown;
} cases[] = {
    {"EEE", "Ecr", "Ecr"}, {"EER", "Rfw", "Ecr"}, {"EEO", "Ofa", "Ecr"}, {"ERE", "Rsw", "Rsw"},
    {"ERR", "Rsw", "Rsw"}, {"ERO", "Ofa", "Rsw"}, {"EOE", "Osa", "Osa"}, {"EOR", "Osa", "Osa"},
    {"EOO", "Osa", "Osa"}, {"REE", "Rcw", "Rcw"}, {"RER", "Rcw", "Rcw"}, {"REO", "Ofa", "Rcw"},
    {"RRE", "Rcw", "Rcw"}, {"RRR", "Rcw", "Rcw"}, {"RRO", "Ofa", "Rcw"}, {"ROE", "Osa", "Osa"},
    {"ROR", "Osa", "Osa"}, {"ROO", "Osa", "Osa"}, {"OEE", "Oca", "Oca"}, {"OER", "Oca", "Oca"},
    {"OEO", "Oca", "Oca"}, {"ORE", "Oca", "Oca"}, {"ORR", "Oca", "Oca"}, {"ORO", "Oca", "Oca"},
    {"OOE", "Oca", "Oca"}, {"OOR", "Oca", "Oca"}, {"OOO", "Oca", "Oca"},
};

static enum pin_mode mode_of(char letter)
{
    ck_assert_ptr_nonnull(strchr("ERO", letter));
    return letter == 'E' ? PIN_MODE_ENFORCE : letter == 'R' ? PIN_MODE_REPORT : PIN_MODE_OFF;
}

static enum pin_mode_source source_of(char letter)
{
    ck_assert_ptr_nonnull(strchr("csf", letter));
    return letter == 'c' ? PIN_SOURCE_SECTION : letter == 's' ? PIN_SOURCE_STORE : PIN_SOURCE_FILE;
}

static enum pin_action action_of(char letter)
{
    ck_assert_ptr_nonnull(strchr("awr", letter));
    return letter == 'a' ? PIN_ALLOW : letter == 'w' ? PIN_REPORT : PIN_REFUSE;
}

/* The ends of the modes; the mode of the section has none. */
enum { END_OF_STORE = 1000, END_OF_FILE = 2000 };

static pin_instant end_of(enum pin_mode_source source)
{
    return source == PIN_SOURCE_STORE ? END_OF_STORE : source == PIN_SOURCE_FILE ? END_OF_FILE : 0;
}

static struct pin_modes modes_of(const char *letters)
{
    return (struct pin_modes){.section = mode_of(letters[0]),
                              .store = mode_of(letters[1]),
                              .file = mode_of(letters[2]),
                              .store_until = END_OF_STORE,
                              .file_until = END_OF_FILE};
}

static void check_verdict(int test_case, enum pin_finding finding, bool refuse_unpinned,
                          const char *expected, enum pin_action action)
{
    const struct pin_modes modes = modes_of(cases[test_case].modes);
    const struct pin_verdict got = pin_verdict(finding, &modes, refuse_unpinned);

    ck_assert_msg(got.mode == mode_of(expected[0]) && got.source == source_of(expected[1]) &&
                      got.action == action,
                  "verdict/%s-%s%s: expected %s by %s of %s, got %s by %s of %s",
                  cases[test_case].modes, pin_finding_name(finding),
                  refuse_unpinned ? "-refuse-unpinned" : "", pin_action_text(action),
                  pin_mode_name(mode_of(expected[0])), pin_mode_source_text(source_of(expected[1])),
                  pin_action_text(got.action), pin_mode_name(got.mode),
                  pin_mode_source_text(got.source));
    expect_number(cases[test_case].modes, end_of(got.source), got.until);
}

START_TEST(verdict_of_a_hit_is_allowed)
{
    for (int unpinned = 0; unpinned < 2; unpinned++)
        check_verdict(_i, PIN_FOUND_HIT, unpinned, cases[_i].known, PIN_ALLOW);
}
END_TEST

START_TEST(verdict_of_a_miss_follows_the_weakest_mode)
{
    for (int unpinned = 0; unpinned < 2; unpinned++)
        check_verdict(_i, PIN_FOUND_NO_HIT, unpinned, cases[_i].known,
                      action_of(cases[_i].known[2]));
}
END_TEST

START_TEST(verdict_of_a_fault_ignores_the_file)
{
    for (int unpinned = 0; unpinned < 2; unpinned++)
        check_verdict(_i, PIN_FOUND_FAULT, unpinned, cases[_i].unknown,
                      action_of(cases[_i].unknown[2]));
}
END_TEST

START_TEST(verdict_of_the_undecided_follows_the_weakest_mode)
{
    for (int unpinned = 0; unpinned < 2; unpinned++)
        check_verdict(_i, PIN_FOUND_UNDECIDED, unpinned, cases[_i].known,
                      action_of(cases[_i].known[2]));
}
END_TEST

START_TEST(verdict_of_the_unpinned_is_refused_only_if_configured)
{
    check_verdict(_i, PIN_FOUND_UNPINNED, false, cases[_i].unknown, PIN_ALLOW);
    check_verdict(_i, PIN_FOUND_UNPINNED, true, cases[_i].unknown, action_of(cases[_i].unknown[2]));
}
END_TEST

START_TEST(modes_are_enabled_unless_one_is_off)
{
    const struct pin_modes modes = modes_of(cases[_i].modes);
    expect_bool(cases[_i].modes, strchr(cases[_i].modes, 'O') == NULL, pin_modes_enabled(&modes));
}
END_TEST

START_TEST(verdict_table_is_whole)
{
    ck_assert_uint_eq(COUNT_OF(cases), 27);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(cases[i].modes, cases[k].modes);
}
END_TEST

START_TEST(verdict_words)
{
    ck_assert_str_eq(pin_action_name(PIN_ALLOW), "allowed");
    ck_assert_str_eq(pin_action_name(PIN_REPORT), "would be refused");
    ck_assert_str_eq(pin_action_name(PIN_REFUSE), "refused");
    expect_text("verdict/notice-name", "notice", PIN_ACTION_NAME_NOTICE);
    ck_assert_str_eq(pin_action_text(PIN_ALLOW), "allowed");
    ck_assert_str_eq(pin_action_text(PIN_REPORT), "would be refused");
    ck_assert_str_eq(pin_action_text(PIN_REFUSE), "refused");
    ck_assert_str_eq(pin_finding_name(PIN_FOUND_UNDECIDED), "undecided");
    ck_assert_str_eq(pin_mode_source_name(PIN_SOURCE_SECTION), "openssl.cnf");
    ck_assert_str_eq(pin_mode_source_name(PIN_SOURCE_STORE), "_store");
    ck_assert_str_eq(pin_mode_source_name(PIN_SOURCE_FILE), "the pin file");
    /* Of several verdicts the greatest applies. */
    ck_assert_int_lt(PIN_ALLOW, PIN_REPORT);
    ck_assert_int_lt(PIN_REPORT, PIN_REFUSE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verdict");
    TCase *table = tcase_create("table"), *words = tcase_create("words");

    SUITE_CASES(table, verdict_of_a_hit_is_allowed, cases);
    SUITE_CASES(table, verdict_of_a_miss_follows_the_weakest_mode, cases);
    SUITE_CASES(table, verdict_of_a_fault_ignores_the_file, cases);
    SUITE_CASES(table, verdict_of_the_undecided_follows_the_weakest_mode, cases);
    SUITE_CASES(table, verdict_of_the_unpinned_is_refused_only_if_configured, cases);
    SUITE_CASES(table, modes_are_enabled_unless_one_is_off, cases);
    suite_add_tcase(suite, table);

    tcase_add_test(words, verdict_table_is_whole);
    tcase_add_test(words, verdict_words);
    suite_add_tcase(suite, words);
    return suite_run(suite);
}
