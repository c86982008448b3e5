/* syslog.c - a record as a datagram to syslog. */
#include "internal.h"

#include <pinning/date.h>

#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

const char *pin_sink_syslog_path = "/dev/log";

/* "Mmm dd hh:mm:ss" of RFC 3164, in UTC, because the functions that know the time zone take locks.
 */
#define STAMP_SIZE 32
static void make_stamp(time_t now, char out[static STAMP_SIZE])
{
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const struct pin_time time = pin_time_of(now);

    snprintf(out, STAMP_SIZE, "%s %2d %02d:%02d:%02d", months[time.month - 1], time.day, time.hour,
             time.minute, time.second);
}

void pin_sink_to_syslog(enum pin_severity severity, const struct pin_sink_line *line)
{
    char stamp[STAMP_SIZE];
    char program[PIN_SINK_PROGRAM_MAX + 1];
    char datagram[PIN_SINK_LINE_MAX + PIN_SINK_PROGRAM_MAX + 64];
    int len;

    make_stamp(time(NULL), stamp);
    pin_sink_clean_program(program);
    len = snprintf(datagram, sizeof(datagram), "<%d>%s %s[%ld]: %.*s",
                   LOG_AUTHPRIV | LOG_PRI((int)severity), stamp, program, (long)getpid(),
                   (int)line->len, line->bytes);
    if (len >= 0 && (size_t)len < sizeof(datagram))
        pin_sink_send(pin_sink_syslog_path, datagram, (size_t)len);
}
