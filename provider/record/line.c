/* line.c - writing a line of bounded length. */
#include "line.h"

#include <stdarg.h>
#include <stdio.h>

struct pin_line pin_line_of(char *buffer, size_t size)
{
    return (struct pin_line){buffer, buffer + size - 1};
}

void pin_line_put_char(struct pin_line *line, char c)
{
    if (line->at < line->end)
        *line->at++ = c;
    *line->at = '\0';
}

void pin_line_put(struct pin_line *line, const char *text)
{
    for (; *text != '\0'; text++)
        pin_line_put_char(line, *text);
}

void pin_line_putf(struct pin_line *line, const char *fmt, ...)
{
    char text[160];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    pin_line_put(line, text);
}

void pin_line_put_cleaned(struct pin_line *line, const char *text, enum pin_clean style)
{
    char clean[PIN_LINE_STRING_MAX + 1];

    pin_str_clean(clean, sizeof clean, text, style);
    pin_line_put(line, clean);
}

void pin_line_put_escaped(struct pin_line *line, const char *text)
{
    pin_line_put_cleaned(line, text, PIN_CLEAN_ASCII);
}
