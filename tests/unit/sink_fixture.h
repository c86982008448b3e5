/* sink_fixture.h - a directory, a syslog socket and a standard error of the test's own, for the
 * suites of sink. */
#ifndef SINK_FIXTURE_H
#define SINK_FIXTURE_H

#include "expect.h"
#include "suite.h"

#include <pinning/sink.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* The clock; a poll(2) that returns "ready", as it may just before that is no longer true; and the
 * descriptor of the last write(2). */
struct sink_fake {
    time_t now;
    bool poll_lies;
    _Atomic int written_to;
};
extern struct sink_fake fake;

/* Sets the program's name, as libc has it, and calls pin_sink_init(). */
void name_program(char *name);
extern const char *const base; /* the directory */

/* The fixture of a test case. */
void set_up(void);
void tear_down(void);

/* Returns a path in the directory, in a static buffer, reused after 8 calls. */
char *at(const char *name);
int listen_at(const char *path, int type);

/* Writes a record, and fails the test if that has a side effect: errno, signal mask, descriptors,
 * time. */
void write_record(unsigned set, char *file, const char *text, const char *json);

/* Reads what is there now, and adds a NUL. Returns the length. */
size_t read_now(int fd, char *buf, size_t size);
size_t read_file(const char *path, char *buf, size_t size);

/* Returns the next datagram that syslog received, "" if there is none; in a static buffer. */
const char *next_datagram(void);
void close_syslog(void);  /* leaves its name */
void reopen_syslog(void); /* under its name */

/* Puts something behind fd 2, and calls pin_sink_init() as if it was there from the start. Returns
 * a descriptor from which what is written there can be read. */
enum behind { A_PIPE, A_TERMINAL, A_SOCKET, A_FILE };
int stderr_is(enum behind behind);
/* The same, but for the module it was not there from the start. */
int stderr_becomes(enum behind behind);
void restore_stderr(void);
const char *behind_name(enum behind behind);

#endif
