/*
 * internal.h - what the files of sink/ share. Internal to sink/.
 */
#ifndef PINNING_SINK_INTERNAL_H
#define PINNING_SINK_INTERNAL_H

#include <pinning/sink.h>
#include <stddef.h>

#define PIN_SINK_PROGRAM_MAX 48

/* A line ready to be written: without control characters, cut. */
struct pin_sink_line {
    char bytes[PIN_SINK_LINE_MAX + 1]; /* one for a newline or a NUL */
    size_t len;
};

/* Keeps the program's name. */
void pin_sink_init_program(void);

/* Writes the program's name with '_' for each byte that has a meaning in the header of a datagram,
 * because the caller of the program chooses the name; "_" if there is none. */
void pin_sink_clean_program(char out[static PIN_SINK_PROGRAM_MAX + 1]);

/* Keeps the identity of the file behind descriptor 2. */
void pin_sink_init_stderr(void);

/* Writes the line to descriptor 2 while that is the file that it was when pin_sink_init_stderr()
 * was called; otherwise, or if it was closed then, does nothing. */
void pin_sink_to_stderr(const struct pin_sink_line *line);

void pin_sink_to_syslog(enum pin_severity severity, const struct pin_sink_line *line);

/* Returns false if systemd-journald did not take the record. */
bool pin_sink_to_journal(enum pin_severity severity, const struct pin_sink_line *line,
                         const char *fields);

/* Sends a datagram to a socket's path without blocking. */
bool pin_sink_send(const char *path, const char *bytes, size_t len);

/* Calls write(2) once, and takes back the signal that it sends the program: SIGPIPE or SIGXFSZ.
 * SIGTTOU, for a program in the background of its terminal, is not sent while it is blocked. */
void pin_sink_write_quietly(int fd, const char *bytes, size_t len);

#endif
