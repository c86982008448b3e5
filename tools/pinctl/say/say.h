/*
 * say.h - terminal output and questions.
 */
#ifndef PINCTL_SAY_H
#define PINCTL_SAY_H

#include "pinctl.h"

#include <stdio.h>

/* Prints "pinctl COMMAND: text" to standard error, escaped like pinctl_print(). Returns
 * PINCTL_CANNOT_SAY. */
__attribute__((format(printf, 2, 3))) int pinctl_fail(const struct pinctl *ctl, const char *fmt,
                                                      ...);

/* printf to a stream, with every byte of a value outside printable ASCII as \xHH. Newlines of fmt
 * stay, and no value can add one, because it could forge a row of a table. */
__attribute__((format(printf, 2, 3))) void pinctl_print(FILE *out, const char *fmt, ...);

/* Prints the text of a file of pinctl's, cleaned likewise, but with its newlines. */
void pinctl_print_lines(FILE *out, const char *lines);

/* The escape sequence of a colour; "" if out is not a terminal or NO_COLOR is set. */
enum pinctl_colour { PINCTL_PLAIN, PINCTL_GOOD, PINCTL_WARN, PINCTL_BAD, PINCTL_DIM };
const char *pinctl_colour(FILE *out, enum pinctl_colour colour);

/* Asks on the terminal; returns true for yes. --yes answers yes. Without a terminal the answer is
 * no, with a message. A signal that the caller blocked can arrive while it waits: if it has a
 * handler, the answer is no. */
bool pinctl_ask(const struct pinctl *ctl, const char *question);

#endif
