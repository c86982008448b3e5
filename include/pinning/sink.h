/*
 * sink.h - who is told, and how often.
 *
 * Writes finished records. Never blocks, raises no signal, keeps no descriptor between two
 * records, writes to no descriptor that the administrator did not name, and cannot fail in a
 * way that anybody acts on: a verdict does not depend on its record. Thread-safe, also in a child
 * forked while another thread was inside.
 */
#ifndef PINNING_SINK_H
#define PINNING_SINK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* The values of log =, as a set of bits. */
enum pin_sink {
    PIN_SINK_SYSLOG = 1, /* datagrams to /dev/log, facility authpriv */
    PIN_SINK_TTY = 2,    /* a line on standard error if it is a terminal */
    PIN_SINK_STDERR = 4, /* a line on standard error */
    PIN_SINK_FILE = 8    /* a JSON object a line, appended to a file */
};

struct pin_sinks {
    unsigned set; /* of enum pin_sink */
    char *file;   /* owned by the configuration; absolute; NULL without PIN_SINK_FILE */
};

/* How loud: the syslog severity. */
enum pin_severity { PIN_SEVERITY_ERROR = 3, PIN_SEVERITY_WARNING = 4, PIN_SEVERITY_NOTICE = 5 };

/* Writes the record to every sink of the set. text and json are one line each, without the newline
 * and already free of control characters; a line longer than PIN_SINK_LINE_MAX bytes is cut (text)
 * or not written (json). errno is left as found. */
#define PIN_SINK_LINE_MAX 4000
void pin_sink_write(const struct pin_sinks *sinks, enum pin_severity severity, const char *text,
                    const char *json);

/* Where syslog listens. Not const so that tests can put a socket of their own there, before they
 * start threads; nothing else writes it. */
extern const char *pin_sink_syslog_path;

/* Repeats. A client that is refused a thousand times a second must not fill the disk: of records
 * with the same key the first PIN_REPEAT_FREE are written, then those whose number is a power of
 * ten, and one when PIN_REPEAT_SECS have passed since the last that was written; after
 * PIN_REPEAT_FORGET_SECS without any it starts anew. In all, at most PIN_REPEAT_ALL records of a
 * process are written in PIN_REPEAT_SECS, whatever their keys.
 * Returns true if a record with this key (a hash of what makes it the same) may be written now;
 * *held is then how many were held back since the last one written (0 mostly). */
#define PIN_REPEAT_FREE        3
#define PIN_REPEAT_SECS        60
#define PIN_REPEAT_FORGET_SECS 600
#define PIN_REPEAT_ALL         200
bool pin_sink_admit(uint64_t key, time_t now, uint64_t *suppressed);

#endif
