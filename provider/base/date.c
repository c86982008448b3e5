#include <pinning/date.h>

#include <stdio.h>
#include <string.h>

#define FIRST_YEAR  1970
#define LAST_YEAR   9999
#define DAY_IN_SECS (24 * 60 * 60)

pin_day pin_day_of(time_t now)
{
    time_t day = now / DAY_IN_SECS;

    if (now % DAY_IN_SECS < 0) /* division truncates, days begin earlier */
        day--;
    /* A clock beyond all dates must not reach the date that means "never". */
    return day >= PIN_DAY_NEVER ? PIN_DAY_NEVER - 1 : day < INT32_MIN ? INT32_MIN : (pin_day)day;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to the first of January of year. */
static pin_day days_before_year(int year)
{
    const int past = year - 1, leaps_before_1970 = 477;
    return 365 * (year - FIRST_YEAR) + past / 4 - past / 100 + past / 400 - leaps_before_1970;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Returns the number that n digits make, or -1. */
static int read_digits(const char *text, size_t n)
{
    int value = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = 10 * value + (text[i] - '0');
    }
    return value;
}

/* Reads the first 10 bytes of text, which may hold a NUL. */
static bool read_day(const char text[static PIN_DAY_TEXT - 1], pin_day *out)
{
    int year, month, day;
    pin_day days;

    if (text[4] != '-' || text[7] != '-')
        return false;
    year = read_digits(text, 4);
    month = read_digits(text + 5, 2);
    day = read_digits(text + 8, 2);
    if (year < FIRST_YEAR || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    days = days_before_year(year) + day - 1;
    for (int m = 1; m < month; m++)
        days += days_in_month(year, m);
    *out = days;
    return true;
}

bool pin_day_parse(const char *text, pin_day *out)
{
    return strlen(text) == PIN_DAY_TEXT - 1 && read_day(text, out);
}

static void split_day(pin_day day, struct pin_time *out)
{
    int year, month = 1;

    if (day < 0)
        day = 0;
    if (day >= days_before_year(LAST_YEAR + 1))
        day = days_before_year(LAST_YEAR + 1) - 1;
    year = FIRST_YEAR + day / 366; /* never too late; at most 16 years too early */
    while (days_before_year(year + 1) <= day)
        year++;
    day -= days_before_year(year);
    for (; day >= days_in_month(year, month); month++)
        day -= days_in_month(year, month);
    out->year = year;
    out->month = month;
    out->day = day + 1;
}

/* The remainders tell the compiler what split_day() ensures: the text fits. */
static void write_day(const struct pin_time *time, char out[static PIN_DAY_TEXT])
{
    snprintf(out, PIN_DAY_TEXT, "%04u-%02u-%02u", (unsigned)time->year % 10000,
             (unsigned)time->month % 100, (unsigned)time->day % 100);
}

void pin_day_format(pin_day day, char out[static PIN_DAY_TEXT])
{
    struct pin_time time = {0};

    if (day == PIN_DAY_NEVER) {
        snprintf(out, PIN_DAY_TEXT, "never");
        return;
    }
    split_day(day, &time);
    write_day(&time, out);
}

/* In 64 bits, because a time_t of 32 ends in 2038. */
static struct pin_time split(int64_t instant)
{
    const int64_t end = (int64_t)days_before_year(LAST_YEAR + 1) * DAY_IN_SECS;
    struct pin_time out = {0};
    int second;

    if (instant < 0)
        instant = 0;
    if (instant >= end)
        instant = end - 1;
    split_day((pin_day)(instant / DAY_IN_SECS), &out);
    second = (int)(instant % DAY_IN_SECS);
    out.hour = second / 3600;
    out.minute = second / 60 % 60;
    out.second = second % 60;
    return out;
}

struct pin_time pin_time_of(time_t now)
{
    return split(now);
}

void pin_time_format_rfc3339(time_t now, char out[static PIN_TIME_TEXT])
{
    const struct pin_time time = pin_time_of(now);

    write_day(&time, out);
    snprintf(out + PIN_DAY_TEXT - 1, PIN_TIME_TEXT - PIN_DAY_TEXT + 1, "T%02u:%02u:%02uZ",
             (unsigned)time.hour % 100, (unsigned)time.minute % 100, (unsigned)time.second % 100);
}

/* Reads HH:MM. Returns the minutes since midnight, or -1. */
static int read_minutes(const char *text)
{
    int hour = read_digits(text, 2), minute = read_digits(text + 3, 2);

    return text[2] == ':' && hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59
               ? hour * 60 + minute
               : -1;
}

bool pin_time_parse_rfc3339(const char *text, size_t len, time_t *out)
{
    const bool has_seconds = len == strlen("YYYY-MM-DDTHH:MM:SSZ");
    int minutes, second;
    pin_day day;

    if ((!has_seconds && len != strlen("YYYY-MM-DDTHH:MMZ")) || !read_day(text, &day) ||
        text[10] != 'T' || (has_seconds && text[16] != ':') || text[len - 1] != 'Z')
        return false;
    minutes = read_minutes(text + 11);
    second = has_seconds ? read_digits(text + 17, 2) : 0;
    if (minutes < 0 || second < 0 || second > 59)
        return false;
    *out = (time_t)day * DAY_IN_SECS + minutes * 60 + second;
    return true;
}

bool pin_instant_parse(const char *text, pin_instant *out)
{
    const size_t len = strlen(text);
    int minutes = 24 * 60;
    pin_day day;

    if ((len != PIN_DAY_TEXT - 1 && len != PIN_INSTANT_TEXT - 1) || !read_day(text, &day))
        return false;
    if (len == PIN_INSTANT_TEXT - 1) {
        if (text[10] != 'T' || text[len - 1] != 'Z')
            return false;
        minutes = read_minutes(text + 11);
    }
    if (minutes < 0)
        return false;
    *out = (pin_instant)day * DAY_IN_SECS + minutes * 60;
    return true;
}

void pin_instant_format(pin_instant instant, char out[static PIN_INSTANT_TEXT])
{
    const struct pin_time time = split(instant);

    if (instant == PIN_INSTANT_NEVER) {
        snprintf(out, PIN_INSTANT_TEXT, "never");
        return;
    }
    write_day(&time, out);
    snprintf(out + PIN_DAY_TEXT - 1, PIN_INSTANT_TEXT - PIN_DAY_TEXT + 1, "T%02u:%02uZ",
             (unsigned)time.hour % 100, (unsigned)time.minute % 100);
}
