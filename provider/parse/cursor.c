/* cursor.c - the position in a pin file, and the errors at it. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool pin_cursor_fail(struct cursor *c, const char *source, const char *fmt, ...)
{
    const size_t presented = 240; /* of a path: enough must be left to say what is wrong */
    size_t len = strlen(c->file);
    char what[200];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return pin_error_set(c->err, c->grammar->reason, "%s%s:%u:%zu: %s",
                         len > presented ? "..." : "",
                         c->file + (len > presented ? len - presented : 0), c->line,
                         (size_t)(source - c->text) + 1, what);
}

char *pin_cursor_word(struct cursor *c)
{
    char *word = c->at + strspn(c->at, BLANKS);

    c->at = word + strcspn(word, BLANKS);
    if (*c->at != '\0')
        *c->at++ = '\0';
    return *word != '\0' ? word : NULL;
}

/* The text is left as it is: to clear it would cost more than to read a file of two pins. */
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

/* Comments are checked as well: an editor shows a line break where a comment holds a carriage
 * return, and the pin behind it would be none. */
static bool check_byte(struct cursor *c, const char *source, bool comment)
{
    unsigned char byte = (unsigned char)*source;

    if (byte == '\r')
        return pin_cursor_fail(c, source, "carriage return: use Unix line ends (line feed alone)");
    if ((byte < ' ' && byte != '\t') || byte == 0x7f)
        return pin_cursor_fail(c, source, "control character \\x%02x: expected text", byte);
    return byte < 0x80 || comment ||
           pin_cursor_fail(c, source, "byte \\x%02x: expected ASCII outside of comments", byte);
}

/* Takes a line over into c->text, without its comment. */
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
