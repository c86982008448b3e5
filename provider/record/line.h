/*
 * line.h - a line of bounded length. Internal to record/.
 */
#ifndef PINNING_RECORD_LINE_H
#define PINNING_RECORD_LINE_H

#include <pinning/str.h>

/* A bounded line. A full line (at == end) may have been cut. */
struct pin_line {
    char *at;
    char *end; /* the last byte of the buffer, for the NUL */
};

struct pin_line pin_line_of(char *buffer, size_t size);

void pin_line_put_char(struct pin_line *line, char c);
void pin_line_put(struct pin_line *line, const char *text);
__attribute__((format(printf, 2, 3))) void pin_line_putf(struct pin_line *line, const char *fmt,
                                                         ...);

/* The maximum length of one string, as written. The five strings of a record and everything between
 * them fit into a line, so that no name of a program or directory displaces the rest. */
#define PIN_LINE_STRING_MAX 700

/* Strings of a peer, a file or a program's title are cleaned, because they may contain any byte. */
void pin_line_put_cleaned(struct pin_line *line, const char *text, enum pin_clean style);
void pin_line_put_escaped(struct pin_line *line, const char *text); /* PIN_CLEAN_ASCII */

#endif
