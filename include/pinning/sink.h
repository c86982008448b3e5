/*
 * sink.h - log destinations and rate limiting.
 *
 * Writes finished records. It never blocks, raises no signal, keeps no descriptor between two
 * records, and writes to no descriptor that the administrator did not name. A record that cannot be
 * written is lost, and no caller is told: a verdict does not depend on its record. Thread-safe,
 * also in a child that was forked while another thread was inside.
 */
#ifndef PINNING_SINK_H
#define PINNING_SINK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* The destinations that log = can name, as a set of bits. */
enum pin_sink {
    PIN_SINK_SYSLOG = 1, /* datagrams to /dev/log, facility authpriv */
    PIN_SINK_TTY = 2,    /* a line on standard error if it is a terminal */
    PIN_SINK_STDERR = 4, /* a line on standard error */
    PIN_SINK_FILE = 8,   /* a JSON object a line, appended to a regular file; no link is followed */
    PIN_SINK_JOURNAL = 16 /* datagrams to systemd-journald; if it does not take one, to syslog */
};

struct pin_sinks {
    unsigned set; /* of enum pin_sink */
    char *file;   /* an absolute path, owned by the configuration; NULL without PIN_SINK_FILE */
};

/* Severities of syslog(3). */
enum pin_severity { PIN_SEVERITY_ERROR = 3, PIN_SEVERITY_WARNING = 4, PIN_SEVERITY_NOTICE = 5 };

/* Keeps the program's name and the identity of the file behind descriptor 2, because a program may
 * change both later: by a title, or by closing its standard error and opening a file or a
 * connection in its place. Call it once, when the module is loaded; before that nothing is written
 * to standard error. */
void pin_sink_init(void);

/* Returns the program's name, as it was at pin_sink_init(), uncleaned; "" if there is none. */
const char *pin_sink_program(void);

/* Writes the record to every sink of the set. text and json are one line each, without the newline
 * and free of control characters; fields are lines NAME=VALUE for the journal, each with its
 * newline and otherwise free of control characters. NULL is not written. A text longer than
 * PIN_SINK_LINE_MAX bytes is cut, a json is not written, and neither are fields longer than
 * PIN_SINK_FIELDS_MAX. Leaves errno as it was. */
#define PIN_SINK_LINE_MAX   4000
#define PIN_SINK_FIELDS_MAX 2000
void pin_sink_write(const struct pin_sinks *sinks, enum pin_severity severity, const char *text,
                    const char *json, const char *fields);

/* The sockets of syslog and systemd-journald. Not const, so that tests can use sockets of their
 * own; they must set them before they start threads. */
extern const char *pin_sink_syslog_path;
extern const char *pin_sink_journal_path;

/* Decides whether a record is written, because a program that is refused a thousand times a second
 * must not fill the disk. key is a hash of what the record says. Of the records with the same key
 * it admits the first PIN_REPEAT_FREE, then those whose number is a power of ten, and one when
 * PIN_REPEAT_SECS have passed since the last one written. After PIN_REPEAT_FORGET_SECS without a
 * record of the key, counting starts again. Whatever their keys, a process writes at most
 * PIN_REPEAT_ALL records in PIN_REPEAT_SECS. Returns whether the record is admitted; then
 * *suppressed is the number of records with this key that were not since the last one, mostly 0. */
#define PIN_REPEAT_FREE        3
#define PIN_REPEAT_SECS        60
#define PIN_REPEAT_FORGET_SECS 600
#define PIN_REPEAT_ALL         200
bool pin_sink_admit(uint64_t key, time_t now, uint64_t *suppressed);

/* Decides whether a record that every start of a program causes is written to the sinks. what names
 * the record, such as "P14". Returns false if a process of this program and user got true for it
 * and these sinks in the last 24 hours. Returns true also if that cannot be known: in a set-id
 * program, under a seccomp filter, where the kernel has no keyring for the process, as in most
 * containers, and if the log file is missing or empty. */
bool pin_sink_admit_once_a_day(const struct pin_sinks *sinks, const char *what);

#endif
