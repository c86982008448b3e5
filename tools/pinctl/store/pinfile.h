/*
 * pinfile.h - changing the text of a pin file line by line, so that comments and order stay.
 *
 * What comes out is to be parsed before it is written.
 */
#ifndef PINCTL_PINFILE_H
#define PINCTL_PINFILE_H

#include "say/say.h"

#include <pinning/instance.h>

/* The name of a file without .pins, from what somebody typed: a host or an address, made canonical,
 * a mail address (for the store of clients), _default or _nameless. False with *err. */
#define PINFILE_NAME (PIN_STORE_NAME_MAX + 1)
bool pinfile_name(const char *typed, char out[static PINFILE_NAME], struct pin_error *err);

/* Is it the name of a file, .pins included, that a look-up can come to? Fills out with the name
 * without .pins. */
bool pinfile_is_name(const char *file, char out[static PINFILE_NAME]);

/* A place in the text, end without the newline. False if there is no such line (from 1). */
struct pinfile_line {
    size_t begin, end;
};
bool pinfile_line(const struct pin_text *text, unsigned number, struct pinfile_line *out);

/* Finds the line of a name that stands once ("mode"). */
bool pinfile_find(const struct pin_text *text, const char *name, struct pinfile_line *out);

/* Puts put (NUL-terminated) where gone bytes stand at at. False when out of memory. */
bool pinfile_splice(struct pin_text *text, size_t at, size_t gone, const char *put,
                    struct pin_error *err);

/* A suspension is one line: mode = report # pinctl: suspended until TIME, was: LINE
 * where LINE is what stood there before, "" if nothing did. */
struct pinfile_suspension {
    time_t until;
    struct pinfile_line line;
    size_t was; /* where LINE begins */
};
bool pinfile_suspended(const struct pin_text *text, struct pinfile_suspension *out);
bool pinfile_suspend(struct pin_text *text, time_t until, struct pin_error *err);
bool pinfile_end_suspension(struct pin_text *text,
                            struct pin_error *err); /* gives the old text back */

/* RFC 3339 in UTC, and the same for people. */
#define PINFILE_TIME 24
void pinfile_time(time_t when, char out[static PINFILE_TIME]);

/* Writes NAME.pins under the lock, if the file still says old (bytes NULL: is still not there):
 * what somebody agreed to is written onto what he saw, and onto nothing else. False with *err. */
bool pinfile_replace(const struct pin_instance *module, const char *name,
                     const struct pin_text *old, const struct pin_text *text,
                     struct pin_error *err);

/* A pin as a JSON object. */
void pinfile_to_json(struct pinctl_json *json, const struct pin *pin);

#endif
