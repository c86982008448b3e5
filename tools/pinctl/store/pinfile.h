/*
 * pinfile.h - the text of a pin file, changed line by line so that comments and order stay.
 *
 * Callers parse the result before they write it.
 */
#ifndef PINCTL_PINFILE_H
#define PINCTL_PINFILE_H

#include "say/say.h"

#include <pinning/date.h>
#include <pinning/instance.h>

#define PINFILE_SUFFIX ".pins"

/* The size of a buffer for the name of a pin file, without .pins and with a NUL. A host name may
 * be three bytes longer (PIN_IDENTITY_MAX), but then it can have no file. */
#define PINFILE_NAME (PIN_STORE_NAME_MAX + 1)

/* Makes that name from what a user typed: a host or an address, made canonical; a mail address (for
 * the store of clients); _default or _nameless. False with *err. */
bool pinfile_name(const char *typed, char out[static PINFILE_NAME], struct pin_error *err);

/* Is it the name of a file, .pins included, that a lookup can reach? Fills out with the name
 * without .pins. */
bool pinfile_is_name(const char *file, char out[static PINFILE_NAME]);

/* A line of the text; end is the place of its newline, or the end of the text. */
struct pinfile_line {
    size_t begin, end;
};
/* Finds a line by its number, from 1. False if there is no such line. */
bool pinfile_line(const struct pin_text *text, unsigned number, struct pinfile_line *out);
/* Returns the end of the line that at lies in. */
size_t pinfile_line_end(const struct pin_text *text, size_t at);

/* Finds the first line that sets a keyword, such as "mode". False if there is none. */
bool pinfile_find(const struct pin_text *text, const char *name, struct pinfile_line *out);

/* Replaces removed bytes at at by put (NUL-terminated). False when out of memory. */
bool pinfile_splice(struct pin_text *text, size_t at, size_t removed, const char *put,
                    struct pin_error *err);

/* A suspension is one line: mode = report # pinctl: suspended until TIME, was: LINE
 * where LINE is the line it replaced, or empty. */
struct pinfile_suspension {
    time_t until;
    struct pinfile_line line;
    size_t was; /* where LINE begins */
};
bool pinfile_suspended(const struct pin_text *text, struct pinfile_suspension *out);
bool pinfile_suspend(struct pin_text *text, time_t until, struct pin_error *err);
bool pinfile_end_suspension(struct pin_text *text, struct pin_error *err); /* restores LINE */

/* Formats a time as RFC 3339, in UTC: pin_time_format_rfc3339(). */
#define PINFILE_TIME PIN_TIME_TEXT
void pinfile_time(time_t when, char out[static PINFILE_TIME]);

/* Writes NAME.pins under the lock, if the file still consists of old (bytes NULL: still does not
 * exist), because the user agreed to a change of that text only. False with *err. */
bool pinfile_replace(const struct pin_instance *module, const char *name,
                     const struct pin_text *old, const struct pin_text *text,
                     struct pin_error *err);

#endif
