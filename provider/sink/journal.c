/*
 * journal.c - a record as a datagram to systemd-journald, in its native protocol
 * (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/).
 *
 * Each field is a line NAME=VALUE. The protocol's binary form, for values with newlines, is not
 * needed: neither the text nor the fields contain control characters.
 */
#include "internal.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

const char *pin_sink_journal_path = "/run/systemd/journal/socket";

bool pin_sink_to_journal(enum pin_severity severity, const struct pin_sink_line *line,
                         const char *fields)
{
    char program[PIN_SINK_PROGRAM_MAX + 1];
    char datagram[PIN_SINK_LINE_MAX + PIN_SINK_FIELDS_MAX + PIN_SINK_PROGRAM_MAX + 128];
    int len;

    if (fields == NULL || strnlen(fields, PIN_SINK_FIELDS_MAX + 1) > PIN_SINK_FIELDS_MAX)
        fields = "";
    pin_sink_clean_program(program);
    len = snprintf(datagram, sizeof datagram,
                   "MESSAGE=%.*s\nPRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=%s\n%s",
                   (int)line->len, line->bytes, LOG_PRI((int)severity), LOG_FAC(LOG_AUTHPRIV),
                   program, fields);
    return len >= 0 && (size_t)len < sizeof datagram &&
           pin_sink_send(pin_sink_journal_path, datagram, (size_t)len);
}
