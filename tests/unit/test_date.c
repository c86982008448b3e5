/* test_date.c - days and instants of the calendar. */
#include "expect.h"
#include "suite.h"

#include <pinning/date.h>
#include <stdint.h>
#include <stdio.h>

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

    expect_bool(days[_i].text, true, pin_day_parse(days[_i].text, &day));
    expect_number(days[_i].text, days[_i].day, day);
    pin_day_format(day, text);
    expect_text(days[_i].text, days[_i].text, text);
}
END_TEST

static const struct {
    const char *name, *text;
} no_days[] = {
    {"day/no-text-refused", ""},
    {"day/word-refused", "never"},
    {"day/year-alone-refused", "2026"},
    {"day/month-alone-refused", "2026-02"},
    {"day/day-missing-refused", "2026-02-"},
    {"day/day-cut-refused", "2026-02-0"},
    {"day/29-february-without-leap-year-refused", "2026-02-29"},
    {"day/30-february-refused", "2026-02-30"},
    {"day/31-february-refused", "2026-02-31"},
    {"day/29-february-of-2100-refused", "2100-02-29"},
    {"day/31-april-refused", "2026-04-31"},
    {"day/month-13-refused", "2026-13-01"},
    {"day/month-0-refused", "2026-00-10"},
    {"day/day-0-refused", "2026-01-00"},
    {"day/day-32-refused", "2026-01-32"},
    {"day/month-of-one-digit-refused", "2026-1-01"},
    {"day/day-of-one-digit-refused", "2026-01-1"},
    {"day/year-of-two-digits-refused", "26-01-01"},
    {"day/before-1970-refused", "1969-12-31"},
    {"day/year-0-refused", "0000-01-01"},
    {"day/year-10000-refused", "10000-01-01"},
    {"day/slashes-refused", "2026/01/01"},
    {"day/dots-refused", "2026.01.01"},
    {"day/no-separators-refused", "20260101"},
    {"day/blank-behind-refused", "2026-01-01 "},
    {"day/blank-before-refused", " 2026-01-01"},
    {"day/letter-in-day-refused", "2026-01-0x"},
    {"day/letter-in-month-refused", "2026-0x-01"},
    {"day/letter-in-year-refused", "x026-01-01"},
    {"day/plus-refused", "+026-01-01"},
    {"day/minus-refused", "-026-01-01"},
    {"day/minus-in-month-refused", "2026--1-01"},
    {"day/blank-in-day-refused", "2026-01- 1"},
    {"day/day-first-refused", "01-01-2026"},
    {"day/time-of-day-refused", "2026-01-01T00:00:00Z"},
};

START_TEST(day_refuses)
{
    pin_day day = 77;

    expect_bool(no_days[_i].name, false, pin_day_parse(no_days[_i].text, &day));
    expect_number(no_days[_i].name, 77, day);
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
    const char *name;
    int64_t now;
    pin_day day;
} instants[] = {
    {"day-of/epoch", 0, 0},
    {"day-of/last-second-of-day", 86399, 0},
    {"day-of/first-second-of-day", 86400, 1},
    {"day-of/before-epoch", -1, -1},
    {"day-of/whole-day-before-epoch", -86400, -1},
    {"day-of/more-than-a-day-before-epoch", -86401, -2},
    {"day-of/2026", 1782864000, 20635},
    {"day-of/latest-is-not-never", INT64_MAX, PIN_DAY_NEVER - 1},
    {"day-of/earliest", INT64_MIN, INT32_MIN},
};

START_TEST(day_of_an_instant)
{
    if (sizeof(time_t) >= sizeof instants[_i].now)
        expect_number(instants[_i].name, instants[_i].day, pin_day_of((time_t)instants[_i].now));
}
END_TEST

static const struct {
    pin_day day;
    const char *text;
} clamped_days[] = {
    {PIN_DAY_NEVER, "never"}, {PIN_DAY_NEVER - 1, "9999-12-31"}, {2932897, "9999-12-31"},
    {-1, "1970-01-01"},       {INT32_MIN, "1970-01-01"},
};

START_TEST(day_outside_the_calendar_becomes_its_end)
{
    char text[PIN_DAY_TEXT];

    pin_day_format(clamped_days[_i].day, text);
    ck_assert_str_eq(text, clamped_days[_i].text);
}
END_TEST

static const struct {
    const char *name, *text;
    int64_t instant;
    const char *formatted; /* NULL: as text */
} times[] = {
    {"time/epoch-accepted", "1970-01-01T00:00:00Z", 0, NULL},
    {"time/last-second-of-day-accepted", "1970-01-01T23:59:59Z", 86399, NULL},
    {"time/leap-day-accepted", "2000-02-29T23:59:59Z", 951868799, NULL},
    {"time/without-seconds-accepted", "2030-01-01T12:04Z", 1893499440, "2030-01-01T12:04:00Z"},
    {"time/last-of-9999-accepted", "9999-12-31T23:59:59Z", 253402300799, NULL},
};

START_TEST(time_accepts)
{
    const char *name = times[_i].name, *text = times[_i].text;
    char formatted[PIN_TIME_TEXT];
    time_t now = -1;

    expect_bool(name, true, pin_time_parse_rfc3339(text, strlen(text), &now));
    expect_number(name, times[_i].instant, now);
    pin_time_format_rfc3339(now, formatted);
    expect_text(name, times[_i].formatted != NULL ? times[_i].formatted : text, formatted);
}
END_TEST

static const struct {
    const char *name, *text;
} no_times[] = {
    {"time/no-text-refused", ""},
    {"time/day-alone-refused", "2030-01-01"},
    {"time/no-zone-refused", "2030-01-01T12:04:05"},
    {"time/no-zone-without-seconds-refused", "2030-01-01T12:04"},
    {"time/offset-refused", "2030-01-01T12:04:05+00:00"},
    {"time/other-zone-refused", "2030-01-01T12:04:05A"},
    {"time/lower-case-t-refused", "2030-01-01t12:04:05Z"},
    {"time/lower-case-z-refused", "2030-01-01T12:04:05z"},
    {"time/blank-for-t-refused", "2030-01-01 12:04:05Z"},
    {"time/fraction-refused", "2030-01-01T12:04:05.5Z"},
    {"time/hour-24-refused", "2030-01-01T24:00:00Z"},
    {"time/minute-60-refused", "2030-01-01T12:60:00Z"},
    {"time/leap-second-refused", "2030-01-01T23:59:60Z"},
    {"time/letter-in-hour-refused", "2030-01-01T1x:04:05Z"},
    {"time/letter-in-minute-refused", "2030-01-01T12:0x:05Z"},
    {"time/letter-in-second-refused", "2030-01-01T12:04:0xZ"},
    {"time/minus-in-second-refused", "2030-01-01T12:04:-5Z"},
    {"time/dot-for-colon-refused", "2030-01-01T12.04:05Z"},
    {"time/dot-for-second-colon-refused", "2030-01-01T12:04.05Z"},
    {"time/29-february-without-leap-year-refused", "2030-02-29T12:04:05Z"},
    {"time/before-1970-refused", "1969-12-31T23:59:59Z"},
    {"time/year-10000-refused", "10000-01-01T00:00:00Z"},
    {"time/blank-behind-refused", "2030-01-01T12:04:05Z "},
    {"time/one-digit-hour-refused", "2030-01-01T1:04:05Z"},
};

START_TEST(time_refuses)
{
    const char *name = no_times[_i].name, *text = no_times[_i].text;
    time_t now = 77;

    expect_bool(name, false, pin_time_parse_rfc3339(text, strlen(text), &now));
    expect_number(name, 77, now);
}
END_TEST

/* More text may follow in the file, and it may hold a NUL. */
START_TEST(time_reads_len_bytes)
{
    static const char text[] = "2030-01-01T12:04:05Z, was: ", nul[] = "2030-01-01T12:04\0005Z";
    time_t now = 0;

    expect_bool("time/more-behind-len-accepted", true, pin_time_parse_rfc3339(text, 20, &now));
    expect_number("time/more-behind-len-accepted", 1893499445, now);
    expect_bool("time/cut-refused", false, pin_time_parse_rfc3339(text, 19, &now));
    expect_bool("time/nul-refused", false, pin_time_parse_rfc3339(nul, 20, &now));
}
END_TEST

/* Against the C library's calendar. */
START_TEST(time_agrees_with_gmtime)
{
    for (time_t now = 0; now < 253402300799; now += 31 * 86400 + 3661) {
        char ours[PIN_TIME_TEXT], theirs[32];
        struct tm tm;

        pin_time_format_rfc3339(now, ours);
        ck_assert_ptr_nonnull(gmtime_r(&now, &tm));
        ck_assert_uint_gt(strftime(theirs, sizeof theirs, "%Y-%m-%dT%H:%M:%SZ", &tm), 0);
        expect_text("time/as-gmtime", theirs, ours);
    }
}
END_TEST

static const struct {
    const char *name;
    time_t now;
    const char *text;
} clamped_times[] = {
    {"time/before-1970-clamped", -1, "1970-01-01T00:00:00Z"},
    {"time/earliest-clamped", INT64_MIN, "1970-01-01T00:00:00Z"},
    {"time/after-9999-clamped", 253402300800, "9999-12-31T23:59:59Z"},
    {"time/latest-clamped", INT64_MAX, "9999-12-31T23:59:59Z"},
};

START_TEST(time_outside_the_calendar_becomes_its_end)
{
    char text[PIN_TIME_TEXT];

    pin_time_format_rfc3339(clamped_times[_i].now, text);
    expect_text(clamped_times[_i].name, clamped_times[_i].text, text);
}
END_TEST

static const struct {
    const char *text;
    pin_instant instant;
    const char *formatted; /* NULL: as text */
} ends[] = {
    {"1970-01-01T00:00Z", 0, NULL},
    {"1970-01-01", 86400, "1970-01-02T00:00Z"}, /* a date lasts to the end of its day */
    {"1970-01-01T00:01Z", 60, NULL},
    {"2030-01-01T12:04Z", 1893499440, NULL},
    {"2030-01-01T23:59Z", 1893542340, NULL},
    {"2029-12-31", 1893456000, "2030-01-01T00:00Z"},
    {"2028-02-29", 1835481600, "2028-03-01T00:00Z"},
    {"2028-02-29T12:00Z", 1835438400, NULL},
    {"2038-01-19T03:15Z", 2147483700, NULL}, /* more than 32 bits */
    {"9999-12-31T23:59Z", 253402300740, NULL},
    {"9999-12-31", 253402300800, "9999-12-31T23:59Z"},
};

START_TEST(instant_accepts)
{
    char formatted[PIN_INSTANT_TEXT];
    pin_instant instant = 77;

    expect_bool(ends[_i].text, true, pin_instant_parse(ends[_i].text, &instant));
    expect_number(ends[_i].text, ends[_i].instant, instant);
    pin_instant_format(instant, formatted);
    expect_text(ends[_i].text, ends[_i].formatted != NULL ? ends[_i].formatted : ends[_i].text,
                formatted);
}
END_TEST

static const struct {
    const char *name, *text;
} no_ends[] = {
    {"instant/no-text-refused", ""},
    {"instant/never-refused", "never"},
    {"instant/hour-alone-refused", "2030-01-01T12Z"},
    {"instant/seconds-refused", "2030-01-01T12:04:00Z"},
    {"instant/fraction-refused", "2030-01-01T12:04.5Z"},
    {"instant/no-zone-refused", "2030-01-01T12:04"},
    {"instant/offset-refused", "2030-01-01T12:04+00:00"},
    {"instant/short-offset-refused", "2030-01-01T12:04+"},
    {"instant/other-zone-refused", "2030-01-01T12:04A"},
    {"instant/lower-case-t-refused", "2030-01-01t12:04Z"},
    {"instant/lower-case-z-refused", "2030-01-01T12:04z"},
    {"instant/blank-for-t-refused", "2030-01-01 12:04Z"},
    {"instant/dot-for-colon-refused", "2030-01-01T12.04Z"},
    {"instant/hour-24-refused", "2030-01-01T24:00Z"},
    {"instant/minute-60-refused", "2030-01-01T12:60Z"},
    {"instant/letter-in-hour-refused", "2030-01-01T1x:04Z"},
    {"instant/letter-in-minute-refused", "2030-01-01T12:0xZ"},
    {"instant/minus-in-minute-refused", "2030-01-01T12:-4Z"},
    {"instant/date-with-z-refused", "2030-01-01Z"},
    {"instant/29-february-without-leap-year-refused", "2030-02-29"},
    {"instant/29-february-without-leap-year-and-time-refused", "2030-02-29T12:04Z"},
    {"instant/month-13-refused", "2030-13-01T12:04Z"},
    {"instant/before-1970-refused", "1969-12-31"},
    {"instant/before-1970-with-time-refused", "1969-12-31T23:59Z"},
    {"instant/year-10000-refused", "10000-01-01"},
    {"instant/year-10000-with-time-refused", "10000-01-01T0:00Z"},
    {"instant/blank-behind-refused", "2030-01-01T12:04Z "},
    {"instant/blank-before-refused", " 2030-01-01T12:04Z"},
    {"instant/blank-behind-date-refused", "2030-01-01 "},
    {"instant/seconds-since-1970-refused", "1893499440"},
};

START_TEST(instant_refuses)
{
    pin_instant instant = 77;

    expect_bool(no_ends[_i].name, false, pin_instant_parse(no_ends[_i].text, &instant));
    expect_number(no_ends[_i].name, 77, instant);
}
END_TEST

static const struct {
    const char *name;
    pin_instant instant;
    const char *text;
} clamped_ends[] = {
    {"instant/never", PIN_INSTANT_NEVER, "never"},
    {"instant/latest-clamped", PIN_INSTANT_NEVER - 1, "9999-12-31T23:59Z"},
    {"instant/before-1970-clamped", -1, "1970-01-01T00:00Z"},
    {"instant/earliest-clamped", INT64_MIN, "1970-01-01T00:00Z"},
};

START_TEST(instant_outside_the_calendar_becomes_its_end)
{
    char text[PIN_INSTANT_TEXT];

    pin_instant_format(clamped_ends[_i].instant, text);
    expect_text(clamped_ends[_i].name, clamped_ends[_i].text, text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("date");
    TCase *day = tcase_create("day"), *time = tcase_create("time");
    TCase *instant = tcase_create("instant");

    SUITE_CASES(day, day_accepts, days);
    SUITE_CASES(day, day_refuses, no_days);
    SUITE_CASES(day, day_of_an_instant, instants);
    SUITE_CASES(day, day_outside_the_calendar_becomes_its_end, clamped_days);
    tcase_add_test(day, day_agrees_with_gmtime);
    tcase_set_timeout(day, 120); /* valgrind */
    suite_add_tcase(suite, day);

    SUITE_CASES(time, time_accepts, times);
    SUITE_CASES(time, time_refuses, no_times);
    tcase_add_test(time, time_reads_len_bytes);
    tcase_add_test(time, time_agrees_with_gmtime);
    SUITE_CASES(time, time_outside_the_calendar_becomes_its_end, clamped_times);
    tcase_set_timeout(time, 120);
    suite_add_tcase(suite, time);

    SUITE_CASES(instant, instant_accepts, ends);
    SUITE_CASES(instant, instant_refuses, no_ends);
    SUITE_CASES(instant, instant_outside_the_calendar_becomes_its_end, clamped_ends);
    suite_add_tcase(suite, instant);
    return suite_run(suite);
}
