/* cursor.c - the position in a pin file and errors at that position. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool pin_cursor_fail(struct cursor *c, const char *at, const char *fmt, ...)
{
    const size_t path_max = 240; /* the rest of the text is for the message */
    size_t len = strlen(c->file), cut = len > path_max ? len - path_max : 0;
    char what[200];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return pin_error_set(c->err, c->grammar->reason, "%s%s:%u:%zu: %s", cut > 0 ? "..." : "",
                         c->file + cut, c->line, (size_t)(at - c->text) + 1, what);
}

char *pin_cursor_word(struct cursor *c)
{
    char *word = c->at + strspn(c->at, BLANKS);

    c->at = word + strcspn(word, BLANKS);
    if (*c->at != '\0')
        *c->at++ = '\0';
    return *word != '\0' ? word : NULL;
}

/* Does not clear the text, because that would cost more than parsing a file of two pins. */
void pin_cursor_begin(struct cursor *c, const struct grammar *grammar, const char *file,
                      struct pin_error *err)
{
    c->file = file;
    c->err = err;
    c->grammar = grammar;
    c->keyword = NULL;
    memset(c->seen, 0, sizeof c->seen);
    c->line = 0;
    c->at = c->text;
    c->text[0] = '\0';
}

/* Comments are checked as well: an editor shows a carriage return in a comment as a line break, and
 * the pin behind it would be part of the comment. */
static bool check_byte(struct cursor *c, const char *at, bool comment)
{
    unsigned char byte = (unsigned char)*at;

    if (byte == '\r')
        return pin_cursor_fail(c, at, "carriage return: use Unix line ends (line feed alone)");
    if ((byte < ' ' && byte != '\t') || byte == 0x7f)
        return pin_cursor_fail(c, at, "control character \\x%02x: expected text", byte);
    return byte < 0x80 || comment ||
           pin_cursor_fail(c, at, "byte \\x%02x: expected ASCII outside of comments", byte);
}

bool pin_cursor_load_line(struct cursor *c, const char *bytes, size_t len)
{
    char *comment = NULL;

    c->line++;
    if (len > PIN_LINE_MAX)
        return pin_cursor_fail(c, c->text + PIN_LINE_MAX,
                               "line too long: expected at most %d bytes", PIN_LINE_MAX);
    memcpy(c->text, bytes, len);
    c->text[len] = '\0';
    for (char *p = c->text; p < c->text + len; p++) {
        if (comment == NULL && *p == '#' && (p == c->text || strchr(BLANKS, p[-1]) != NULL))
            comment = p;
        if (!check_byte(c, p, comment != NULL))
            return false;
    }
    if (comment != NULL)
        *comment = '\0';
    return true;
}
