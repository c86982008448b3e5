/*
 * date.h - days and instants of the Gregorian calendar, UTC only.
 *
 * Own code because the C library's functions take a lock for the time zone, and a fork can leave
 * that lock taken. Pure, thread-safe, usable in a signal handler.
 */
#ifndef PINNING_DATE_H
#define PINNING_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* A day, counted from 1970-01-01 UTC. A date lasts to the end of its day, UTC. */
typedef int32_t pin_day;
#define PIN_DAY_NEVER INT32_MAX

/* Returns the day that contains now (seconds since 1970, UTC); never PIN_DAY_NEVER. */
pin_day pin_day_of(time_t now);

/* Reads YYYY-MM-DD, 1970 to 9999, exactly. Returns false, *out untouched, on anything else, also on
 * a day that the calendar does not have (31 February). */
bool pin_day_parse(const char *text, pin_day *out);

/* Writes day as YYYY-MM-DD and a NUL. Writes PIN_DAY_NEVER as "never", and a day before 1970 or
 * after 9999 as the nearest day within. */
#define PIN_DAY_TEXT 11
void pin_day_format(pin_day day, char out[static PIN_DAY_TEXT]);

/* An instant in parts. */
struct pin_time {
    int year, month, day;     /* month and day from 1 */
    int hour, minute, second; /* no leap seconds, as in time_t */
};

/* Splits now (seconds since 1970) into its parts. An instant before 1970 or after 9999 becomes the
 * nearest instant within. */
struct pin_time pin_time_of(time_t now);

/* Writes now as RFC 3339 has it, YYYY-MM-DDTHH:MM:SSZ, and a NUL; limits as in pin_time_of(). */
#define PIN_TIME_TEXT 21
void pin_time_format_rfc3339(time_t now, char out[static PIN_TIME_TEXT]);

/* Reads len bytes of text as YYYY-MM-DDTHH:MM:SSZ, or as YYYY-MM-DDTHH:MMZ, 1970 to 9999, exactly
 * (RFC 3339 in UTC; the second form leaves the seconds out). Returns false, *out untouched, on
 * anything else: other zones, fractions, small letters, a leap second, a day that the calendar does
 * not have. */
bool pin_time_parse_rfc3339(const char *text, size_t len, time_t *out);

/* The instant at which something ends, in seconds since 1970, UTC: the first second after it. */
typedef int64_t pin_instant;
#define PIN_INSTANT_NEVER INT64_MAX

/* Reads YYYY-MM-DD, which ends with its day, or YYYY-MM-DDTHH:MMZ (RFC 3339 in UTC, without
 * seconds), 1970 to 9999, exactly. Returns false, *out untouched, on anything else. */
bool pin_instant_parse(const char *text, pin_instant *out);

/* Writes the instant as YYYY-MM-DDTHH:MMZ and a NUL; the end of a day as 00:00 of the next one.
 * Writes PIN_INSTANT_NEVER as "never"; limits as in pin_time_of(). */
#define PIN_INSTANT_TEXT 18
void pin_instant_format(pin_instant instant, char out[static PIN_INSTANT_TEXT]);

#endif
