/* Talking to people and programs. Whatever is shown may come from a hostile certificate. */
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
    static const char *const codes[] = {"\033[0m", "\033[32m", "\033[33m", "\033[31m", "\033[2m"};
    const char *no_colour = getenv("NO_COLOR"); /* https://no-color.org: set and not empty */

    return isatty(fileno(out)) && (no_colour == NULL || no_colour[0] == '\0') ? codes[colour] : "";
}

bool pinctl_ask(const struct pinctl *ctl, const char *question)
{
    char line[16];

    if (ctl->yes)
        return true;
    if (!isatty(STDIN_FILENO)) {
        pinctl_print(stderr, "%s No terminal to answer on: no (--yes says yes)\n", question);
        return false;
    }
    pinctl_print(stderr, "%s [y/N] ", question);
    return fgets(line, sizeof line, stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

/* The length of the UTF-8 sequence (RFC 3629) at c that shows a character, 0 if there is none. C1
 * controls are no such character. */
static size_t sequence(const unsigned char *c)
{
    static const unsigned least[] = {0, 0, 0xa0, 0x800, 0x10000};
    size_t len = *c >= 0xf0 && *c < 0xf5   ? 4
                 : *c >= 0xe0 && *c < 0xf0 ? 3
                 : *c >= 0xc2 && *c < 0xe0 ? 2
                                           : 0;
    unsigned value = len == 0 ? 0 : *c & (0x7fu >> len);

    for (size_t i = 1; i < len; i++) {
        if ((c[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (c[i] & 0x3fu);
    }
    return len > 0 && value >= least[len] && value <= 0x10ffff && (value < 0xd800 || value > 0xdfff)
               ? len
               : 0;
}

static void json_string(FILE *out, const char *text)
{
    putc('"', out);
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        size_t len = *c >= 0x80 ? sequence(c) : 0;
        if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c < 0x20 || *c == 0x7f)
            fprintf(out, "\\u%04X", *c);
        else if (*c < 0x80)
            putc(*c, out);
        else if (len == 0)
            fprintf(out, "\\\\x%02X", *c);
        else
            fwrite(c, 1, len, out);
        c += len > 0 ? len - 1 : 0;
    }
    putc('"', out);
}

static void json_begin(struct pinctl_json *json, const char *name)
{
    if ((json->filled & (1u << json->depth)) != 0)
        putc(',', json->out);
    json->filled |= 1u << json->depth;
    if (name == NULL)
        return;
    json_string(json->out, name);
    putc(':', json->out);
}

void pinctl_json_open(struct pinctl_json *json, const char *name, char kind)
{
    json_begin(json, name);
    putc(kind, json->out);
    json->depth++;
    json->filled &= ~(1u << json->depth);
}

void pinctl_json_close(struct pinctl_json *json, char kind)
{
    json->depth--;
    putc(kind, json->out);
    if (json->depth == 0)
        putc('\n', json->out);
}

void pinctl_json_text(struct pinctl_json *json, const char *name, const char *value)
{
    json_begin(json, name);
    if (value != NULL)
        json_string(json->out, value);
    else
        fputs("null", json->out);
}

void pinctl_json_number(struct pinctl_json *json, const char *name, long long value)
{
    json_begin(json, name);
    fprintf(json->out, "%lld", value);
}

void pinctl_json_bool(struct pinctl_json *json, const char *name, bool value)
{
    json_begin(json, name);
    fputs(value ? "true" : "false", json->out);
}
