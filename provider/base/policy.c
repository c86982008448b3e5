#include <pinning/policy.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const modes[] = {
    [PIN_MODE_OFF] = "off", [PIN_MODE_REPORT] = "report", [PIN_MODE_ENFORCE] = "enforce"};

const char *pin_mode_name(enum pin_mode mode)
{
    return modes[mode];
}

bool pin_mode_parse(const char *word, enum pin_mode *out)
{
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(word, modes[i]) == 0) {
            *out = (enum pin_mode)i;
            return true;
        }
    }
    return false;
}

#define FIRST_YEAR 1970
#define LAST_YEAR  9999

pin_day pin_day_of(time_t now)
{
    const time_t day_in_secs = 24 * 60 * 60;
    time_t day = now / day_in_secs;

    if (now % day_in_secs < 0) /* division truncates, days begin earlier */
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

bool pin_day_parse(const char *text, pin_day *out)
{
    int year, month, day;
    pin_day days;

    if (strlen(text) != PIN_DAY_TEXT - 1 || text[4] != '-' || text[7] != '-')
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

void pin_day_format(pin_day day, char out[static PIN_DAY_TEXT])
{
    int year, month = 1;

    if (day == PIN_DAY_NEVER) {
        snprintf(out, PIN_DAY_TEXT, "never");
        return;
    }
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
    /* The remainders only tell the compiler what is true already: it all fits. */
    snprintf(out, PIN_DAY_TEXT, "%04u-%02u-%02u", (unsigned)year % 10000, (unsigned)month % 100,
             (unsigned)(day + 1) % 100);
}

const char *pin_kind_name(enum pin_kind kind)
{
    static const char *const names[] = {
        [PIN_KIND_KEY] = "key", [PIN_KIND_CERT] = "cert", [PIN_KIND_CA] = "ca"};
    return names[kind];
}

static const struct {
    const char *name;
    size_t size;
} hashes[PIN_HASHES] = {
    [PIN_SHA256] = {"sha256", 32}, [PIN_SHA384] = {"sha384", 48}, [PIN_SHA512] = {"sha512", 64}};

const char *pin_hash_name(enum pin_hash hash)
{
    return hashes[hash].name;
}

size_t pin_hash_size(enum pin_hash hash)
{
    return hashes[hash].size;
}

bool pin_digest_equal(const struct pin_digest *a, const struct pin_digest *b)
{
    return a->hash == b->hash && memcmp(a->bytes, b->bytes, pin_hash_size(a->hash)) == 0;
}

/* Writes base64 and a NUL. Own code: a pin is printed also where no OpenSSL can be reached. */
static void encode(const unsigned char *bytes, size_t len, char *out)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        uint32_t three = (uint32_t)bytes[i] << 16;
        if (i + 1 < len)
            three |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < len)
            three |= bytes[i + 2];
        *out++ = alphabet[three >> 18];
        *out++ = alphabet[three >> 12 & 63];
        *out++ = i + 1 < len ? alphabet[three >> 6 & 63] : '=';
        *out++ = i + 2 < len ? alphabet[three & 63] : '=';
    }
    *out = '\0';
}

void pin_digest_format(const struct pin_digest *digest, char out[static PIN_DIGEST_TEXT])
{
    int used = snprintf(out, PIN_DIGEST_TEXT, "%s//", pin_hash_name(digest->hash));
    encode(digest->bytes, pin_hash_size(digest->hash), out + used);
}

void pin_policy_clear(struct pin_policy *policy)
{
    if (policy == NULL)
        return;
    free(policy->pins);
    *policy = (struct pin_policy){0};
}

enum pin_mode pin_policy_mode(const struct pin_policy *policy, pin_day today)
{
    if (policy->mode == PIN_MODE_ENFORCE && today > policy->report_after)
        return PIN_MODE_REPORT;
    return policy->mode;
}
