/* Output for people. Any text may come from a hostile certificate. */
#include "say/say.h"

#include <pinning/str.h>

#include <stdio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Prints text, with every byte outside printable ASCII as \xHH, but each newline_byte as a newline
 * (0: none). Overwrites text. */
static void print_clean(FILE *out, char *text, char newline_byte)
{
    const char separators[] = {newline_byte, '\0'};
    size_t used = 0, size = PIN_CLEAN_GROWTH * strlen(text) + sizeof "...";
    char *clean = malloc(size), *rest = text;

    if (clean == NULL)
        return;
    for (char *line; (line = strsep(&rest, separators)) != NULL;) {
        used += pin_str_clean(clean + used, size - used, line, PIN_CLEAN_ASCII);
        if (rest != NULL)
            clean[used++] = '\n';
    }
    fwrite(clean, 1, used, out);
    free(clean);
}

/* Returns a control character that is not in text, to stand for the newlines of a format, because a
 * newline in the formatted text can be one of a value. 0 if text has all of them. */
static char choose_newline_byte(const char *text)
{
    for (char c = 1; c < ' '; c++) {
        if (strchr(text, c) == NULL)
            return c;
    }
    return '\0';
}

/* clang warns of the second format, which is the first one but for its newlines. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
__attribute__((format(printf, 2, 0))) static void vprint(FILE *out, const char *fmt, va_list args)
{
    char *text = NULL, *marked_fmt = strdup(fmt);
    char newline_byte = '\0';
    va_list again;

    va_copy(again, args);
    if (marked_fmt != NULL && vasprintf(&text, fmt, again) >= 0) {
        newline_byte = choose_newline_byte(text);
        free(text);
        for (char *c = marked_fmt; newline_byte != '\0' && *c != '\0'; c++)
            *c = *c == '\n' ? newline_byte : *c;
        if (vasprintf(&text, marked_fmt, args) >= 0) {
            print_clean(out, text, newline_byte);
            free(text);
        }
    }
    va_end(again);
    free(marked_fmt);
}
#pragma GCC diagnostic pop

void pinctl_print_lines(FILE *out, const char *lines)
{
    char *text = strdup(lines);

    if (text != NULL)
        print_clean(out, text, '\n');
    free(text);
}

void pinctl_print(FILE *out, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vprint(out, fmt, args);
    va_end(args);
}

int pinctl_fail(const struct pinctl *ctl, const char *fmt, ...)
{
    va_list args;

    fflush(stdout);
    pinctl_print(stderr, "pinctl %s: ", ctl->command);
    va_start(args, fmt);
    vprint(stderr, fmt, args);
    va_end(args);
    putc('\n', stderr);
    return PINCTL_CANNOT_SAY;
}

const char *pinctl_colour(FILE *out, enum pinctl_colour colour)
{
    static const char *const codes[] = {[PINCTL_PLAIN] = "\033[0m",
                                        [PINCTL_GOOD] = "\033[32m",
                                        [PINCTL_WARN] = "\033[33m",
                                        [PINCTL_BAD] = "\033[31m",
                                        [PINCTL_DIM] = "\033[2m"};
    const char *no_colour = getenv("NO_COLOR"); /* https://no-color.org: set and not empty */

    return isatty(fileno(out)) && (no_colour == NULL || no_colour[0] == '\0') ? codes[colour] : "";
}
