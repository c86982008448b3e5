/*
 * say.h - output for people and programs.
 */
#ifndef PINCTL_SAY_H
#define PINCTL_SAY_H

#include "pinctl.h"

#include <stdio.h>

/* Writes "pinctl COMMAND: text" to standard error and returns PINCTL_CANNOT_SAY. Whatever is
 * formatted in, control characters and non-ASCII bytes reach no terminal. */
__attribute__((format(printf, 2, 3))) int pinctl_fail(const struct pinctl *ctl, const char *fmt,
                                                      ...);

/* printf to a stream, with every byte outside printable ASCII and newline as \xHH. */
__attribute__((format(printf, 2, 3))) void pinctl_print(FILE *out, const char *fmt, ...);

/* Colours are used on a terminal without NO_COLOR only; otherwise these are empty strings. */
enum pinctl_colour { PINCTL_PLAIN, PINCTL_GOOD, PINCTL_WARN, PINCTL_BAD, PINCTL_DIM };
const char *pinctl_colour(FILE *out, enum pinctl_colour colour);

/* Asks on the terminal; true for yes. --yes answers yes; without a terminal the answer is no, which
 * is said. */
bool pinctl_ask(const struct pinctl *ctl, const char *question);

/* A JSON value as it grows, on a stream. Names and texts may hold anything: they are escaped, and
 * what is not UTF-8 becomes the text \xHH. Objects and lists nest; commas are its own affair. */
struct pinctl_json {
    FILE *out;
    unsigned depth;
    unsigned filled; /* a bit a level: something stands there already */
};
void pinctl_json_open(struct pinctl_json *json, const char *name,
                      char kind);                            /* '{' or '['; name NULL in a list */
void pinctl_json_close(struct pinctl_json *json, char kind); /* '}' or ']' */
void pinctl_json_text(struct pinctl_json *json, const char *name, const char *value);
void pinctl_json_number(struct pinctl_json *json, const char *name, long long value);
void pinctl_json_bool(struct pinctl_json *json, const char *name, bool value);

#endif
