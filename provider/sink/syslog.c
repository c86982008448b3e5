/* syslog.c - a record as a datagram to syslog. */
#include "internal.h"

#include <pinning/date.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
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
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int len;
    int fd;

    if (strlen(pin_sink_syslog_path) >= sizeof(to.sun_path))
        return;
    strcpy(to.sun_path, pin_sink_syslog_path);
    make_stamp(time(NULL), stamp);
    pin_sink_clean_program(program);
    len = snprintf(datagram, sizeof(datagram), "<%d>%s %s[%ld]: %.*s",
                   LOG_AUTHPRIV | LOG_PRI((int)severity), stamp, program, (long)getpid(),
                   (int)line->len, line->bytes);
    if (len < 0 || (size_t)len >= sizeof(datagram))
        return;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    sendto(fd, datagram, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to,
           sizeof(to));
    close(fd);
}
