#include "suite.h"

#include <errno.h>
#include <pinning/error.h>
#include <pinning/policy.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* error.c */

START_TEST(error_says_what_it_was_told)
{
    struct pin_error err = {0};

    ck_assert(!pin_error_set(&err, PIN_R_SYNTAX, "%s:%d", "file", 7));
    ck_assert_int_eq(err.reason, PIN_R_SYNTAX);
    ck_assert_int_eq(err.sys, 0);
    ck_assert_str_eq(err.text, "file:7");
}
END_TEST

START_TEST(error_keeps_the_first)
{
    struct pin_error err = {0};

    ck_assert(!pin_error_set(&err, PIN_R_SYNTAX, "first"));
    ck_assert(!pin_error_set(&err, PIN_R_CONFIG, "second"));
    ck_assert(!pin_error_set_sys(&err, PIN_R_STORE, EACCES, "third"));
    ck_assert_int_eq(err.reason, PIN_R_SYNTAX);
    ck_assert_int_eq(err.sys, 0);
    ck_assert_str_eq(err.text, "first");
}
END_TEST

START_TEST(error_may_be_unwanted)
{
    ck_assert(!pin_error_set(NULL, PIN_R_SYNTAX, "nobody"));
    ck_assert(!pin_error_set_sys(NULL, PIN_R_SYNTAX, EIO, "nobody"));
}
END_TEST

START_TEST(error_names_the_system_error)
{
    struct pin_error err = {0}, odd = {0};

    ck_assert(!pin_error_set_sys(&err, PIN_R_STORE, EACCES, "cannot open %s", "/pins"));
    ck_assert_int_eq(err.reason, PIN_R_STORE);
    ck_assert_int_eq(err.sys, EACCES);
    ck_assert_str_eq(err.text, "cannot open /pins: Permission denied");
    ck_assert(!pin_error_set_sys(&odd, PIN_R_STORE, 99999, "x"));
    ck_assert_int_eq(odd.sys, 99999);
    ck_assert_uint_gt(strlen(odd.text), strlen("x: ")); /* each C library has its own words */
}
END_TEST

START_TEST(error_is_cut_and_stays_one_line)
{
    struct pin_error err = {0}, sys = {0};
    char longer[2 * sizeof err.text];

    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    longer[0] = '\n';
    longer[1] = '\x1b';
    longer[2] = '\x7f';
    ck_assert(!pin_error_set(&err, PIN_R_CONFIG, "%s", longer));
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
    ck_assert(strncmp(err.text, "???aaa", 6) == 0);
    ck_assert(!pin_error_set_sys(&sys, PIN_R_CONFIG, EIO, "%s", longer));
    ck_assert_uint_eq(strlen(sys.text), sizeof sys.text - 1);
    ck_assert_int_eq(sys.sys, EIO);
}
END_TEST

START_TEST(error_reasons_all_have_their_own_words)
{
    for (int i = 0; i < PIN_R_COUNT; i++) {
        const char *text = pin_reason_text((enum pin_reason)i);
        ck_assert_uint_gt(strlen(text), 3);
        ck_assert_str_ne(text, "unknown");
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(text, pin_reason_text((enum pin_reason)j));
    }
    ck_assert_str_eq(pin_reason_text(PIN_R_MISMATCH), "no pinned key");
    ck_assert_str_eq(pin_reason_text(PIN_R_COUNT), "unknown");
    ck_assert_str_eq(pin_reason_text((enum pin_reason)1000), "unknown");
}
END_TEST

/* Modes */

static const struct {
    const char *word;
    bool good;
    enum pin_mode mode;
} modes[] = {
    {"enforce", true, PIN_MODE_ENFORCE},
    {"report", true, PIN_MODE_REPORT},
    {"off", true, PIN_MODE_OFF},
    {"", false, 0},
    {"Enforce", false, 0},
    {"OFF", false, 0},
    {"enforc", false, 0},
    {"enforced", false, 0},
    {"report ", false, 0},
    {" report", false, 0},
    {"on", false, 0},
    {"no", false, 0},
    {"0", false, 0},
};

START_TEST(mode_words)
{
    enum pin_mode mode = PIN_MODE_ENFORCE;

    ck_assert_int_eq(pin_mode_parse(modes[_i].word, &mode), modes[_i].good);
    ck_assert_int_eq(mode, modes[_i].good ? modes[_i].mode : PIN_MODE_ENFORCE);
    if (modes[_i].good)
        ck_assert_str_eq(pin_mode_name(mode), modes[_i].word);
}
END_TEST

START_TEST(mode_weakest_is_smallest)
{
    ck_assert(PIN_MODE_OFF < PIN_MODE_REPORT && PIN_MODE_REPORT < PIN_MODE_ENFORCE);
}
END_TEST

static const struct {
    enum pin_mode mode;
    pin_day after, today;
    enum pin_mode holds;
} modes_by_day[] = {
    {PIN_MODE_ENFORCE, 100, 99, PIN_MODE_ENFORCE},
    {PIN_MODE_ENFORCE, 100, 100, PIN_MODE_ENFORCE}, /* a date lasts to the end of its day */
    {PIN_MODE_ENFORCE, 100, 101, PIN_MODE_REPORT},
    {PIN_MODE_ENFORCE, PIN_DAY_NEVER, PIN_DAY_NEVER - 1, PIN_MODE_ENFORCE},
    {PIN_MODE_REPORT, 100, 99, PIN_MODE_REPORT},
    {PIN_MODE_REPORT, 100, 101, PIN_MODE_REPORT},
    {PIN_MODE_OFF, 100, 99, PIN_MODE_OFF},
    {PIN_MODE_OFF, 100, 101, PIN_MODE_OFF}, /* never stronger than it was written */
};

START_TEST(mode_on_a_day)
{
    const struct pin_policy policy = {.mode = modes_by_day[_i].mode,
                                      .report_after = modes_by_day[_i].after};

    ck_assert_int_eq(pin_policy_mode(&policy, modes_by_day[_i].today), modes_by_day[_i].holds);
}
END_TEST

/* Days */

static const struct {
    const char *text;
    pin_day day;
} days[] = {
    {"1970-01-01", 0},     {"1970-12-31", 364},   {"1972-02-29", 789},    {"1999-12-31", 10956},
    {"2000-02-29", 11016}, {"2000-03-01", 11017}, {"2026-02-28", 20512},  {"2028-02-29", 21243},
    {"2100-02-28", 47540}, {"2100-03-01", 47541}, {"2400-02-29", 157113}, {"9999-12-31", 2932896},
};

START_TEST(day_accepts)
{
    pin_day day = -1;
    char text[PIN_DAY_TEXT];

    ck_assert(pin_day_parse(days[_i].text, &day));
    ck_assert_int_eq(day, days[_i].day);
    pin_day_format(day, text);
    ck_assert_str_eq(text, days[_i].text);
}
END_TEST

static const char *const no_days[] = {
    "",
    "never",
    "2026",
    "2026-02",
    "2026-02-",
    "2026-02-0",
    "2026-02-29",
    "2026-02-30",
    "2026-02-31",
    "2100-02-29",
    "2026-04-31",
    "2026-13-01",
    "2026-00-10",
    "2026-01-00",
    "2026-01-32",
    "2026-1-01",
    "2026-01-1",
    "26-01-01",
    "1969-12-31",
    "0000-01-01",
    "10000-01-01",
    "2026/01/01",
    "2026.01.01",
    "20260101",
    "2026-01-01 ",
    " 2026-01-01",
    "2026-01-0x",
    "2026-0x-01",
    "x026-01-01",
    "+026-01-01",
    "-026-01-01",
    "2026--1-01",
    "2026-01- 1",
    "01-01-2026",
    "2026-01-01T00:00:00Z",
};

START_TEST(day_refuses)
{
    pin_day day = 77;

    ck_assert(!pin_day_parse(no_days[_i], &day));
    ck_assert_int_eq(day, 77);
}
END_TEST

/* Against the C library's calendar; the step falls on every day of every month. */
START_TEST(day_agrees_with_gmtime)
{
    for (pin_day day = 0; day <= 2932896; day += 31) {
        const time_t noon = (time_t)day * 86400 + 43200;
        char ours[PIN_DAY_TEXT], theirs[32];
        struct tm tm;
        pin_day again = -1;

        ck_assert_int_eq(pin_day_of(noon), day);
        pin_day_format(day, ours);
        ck_assert_ptr_nonnull(gmtime_r(&noon, &tm));
        ck_assert_uint_gt(strftime(theirs, sizeof theirs, "%Y-%m-%d", &tm), 0);
        ck_assert_str_eq(ours, theirs);
        ck_assert(pin_day_parse(ours, &again));
        ck_assert_int_eq(again, day);
    }
}
END_TEST

static const struct {
    int64_t now;
    pin_day day;
} moments[] = {
    {0, 0},
    {86399, 0},
    {86400, 1},
    {-1, -1},
    {-86400, -1},
    {-86401, -2},
    {1782864000, 20635},
    {INT64_MAX, PIN_DAY_NEVER - 1},
    {INT64_MIN, INT32_MIN},
};

START_TEST(day_of_a_moment)
{
    if (sizeof(time_t) >= sizeof moments[_i].now)
        ck_assert_int_eq(pin_day_of((time_t)moments[_i].now), moments[_i].day);
}
END_TEST

static const struct {
    pin_day day;
    const char *text;
} shown_days[] = {
    {PIN_DAY_NEVER, "never"}, {PIN_DAY_NEVER - 1, "9999-12-31"}, {2932897, "9999-12-31"},
    {-1, "1970-01-01"},       {INT32_MIN, "1970-01-01"},
};

START_TEST(day_outside_the_calendar_is_shown_as_its_end)
{
    char text[PIN_DAY_TEXT];

    pin_day_format(shown_days[_i].day, text);
    ck_assert_str_eq(text, shown_days[_i].text);
}
END_TEST

/* Digests */

static const struct {
    enum pin_hash hash;
    const char *name;
    size_t size;
    unsigned char first, last;
    const char *text;
} digests[] = {
    {PIN_SHA256, "sha256", 32, 0, 0, "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
    {PIN_SHA256, "sha256", 32, 0xff, 0xff, "sha256///wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8="},
    {PIN_SHA384, "sha384", 48, 0xfb, 0x3e,
     "sha384//+wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+"},
    {PIN_SHA512, "sha512", 64, 0x01, 0x01,
     "sha512//AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
     "AAAAAAAAAAAAAAAAAAAAAAAAAQ=="},
};

START_TEST(digest_is_written_as_curl_does)
{
    struct pin_digest digest = {.hash = digests[_i].hash};
    char text[PIN_DIGEST_TEXT];

    ck_assert_str_eq(pin_hash_name(digest.hash), digests[_i].name);
    ck_assert_uint_eq(pin_hash_size(digest.hash), digests[_i].size);
    digest.bytes[0] = digests[_i].first;
    digest.bytes[digests[_i].size - 1] = digests[_i].last;
    pin_digest_format(&digest, text);
    ck_assert_str_eq(text, digests[_i].text);
}
END_TEST

START_TEST(digest_differs_in_any_byte_and_in_the_hash)
{
    for (int hash = 0; hash < PIN_HASHES; hash++) {
        const struct pin_digest a = {.hash = (enum pin_hash)hash};
        struct pin_digest b = a;
        ck_assert(pin_digest_equal(&a, &b));
        for (size_t i = 0; i < pin_hash_size(a.hash); i++) {
            b.bytes[i] = 1;
            ck_assert(!pin_digest_equal(&a, &b));
            b.bytes[i] = 0;
        }
        b.hash = (enum pin_hash)((hash + 1) % PIN_HASHES);
        ck_assert(!pin_digest_equal(&a, &b));
    }
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
    TCase *error = tcase_create("error"), *mode = tcase_create("mode"), *day = tcase_create("day"),
          *digest = tcase_create("digest");

    tcase_add_test(error, error_says_what_it_was_told);
    tcase_add_test(error, error_keeps_the_first);
    tcase_add_test(error, error_may_be_unwanted);
    tcase_add_test(error, error_names_the_system_error);
    tcase_add_test(error, error_is_cut_and_stays_one_line);
    tcase_add_test(error, error_reasons_all_have_their_own_words);
    suite_add_tcase(suite, error);

    SUITE_ROWS(mode, mode_words, modes);
    tcase_add_test(mode, mode_weakest_is_smallest);
    SUITE_ROWS(mode, mode_on_a_day, modes_by_day);
    suite_add_tcase(suite, mode);

    SUITE_ROWS(day, day_accepts, days);
    SUITE_ROWS(day, day_refuses, no_days);
    SUITE_ROWS(day, day_of_a_moment, moments);
    SUITE_ROWS(day, day_outside_the_calendar_is_shown_as_its_end, shown_days);
    tcase_add_test(day, day_agrees_with_gmtime);
    tcase_set_timeout(day, 120); /* valgrind */
    suite_add_tcase(suite, day);

    SUITE_ROWS(digest, digest_is_written_as_curl_does, digests);
    tcase_add_test(digest, digest_differs_in_any_byte_and_in_the_hash);
    tcase_add_test(digest, kinds_have_the_names_of_the_files);
    tcase_add_test(digest, policy_is_cleared);
    suite_add_tcase(suite, digest);
    return suite_run(suite);
}
