/* Output for people. Any text may come from a hostile certificate. */
#include "say/say.h"

#include <pinning/str.h>

#include <stdio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((format(printf, 2, 0))) static void vprint(FILE *out, const char *fmt, va_list args)
{
    char *text = NULL, *clean;
    size_t size;

    if (vasprintf(&text, fmt, args) < 0)
        return;
    size = PIN_CLEAN_GROWTH * strlen(text) + 1;
    clean = size > 1 ? malloc(size) : NULL;
    if (clean != NULL)
        fwrite(clean, 1, pin_str_clean(clean, size, text, PIN_CLEAN_TERMINAL), out);
    free(clean);
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
