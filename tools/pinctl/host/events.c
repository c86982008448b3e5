/* The records that log = file:PATH leaves behind, read back: as much of JSON (RFC 8259) as they
 * need. */
#include "host/events.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *at;
    const char *end;
};

static void skip_blanks(struct reader *in)
{
    while (in->at < in->end && strchr(" \t\r\n", *in->at) != NULL && *in->at != '\0')
        in->at++;
}

static bool take(struct reader *in, char wanted)
{
    skip_blanks(in);
    if (in->at == in->end || *in->at != wanted)
        return false;
    in->at++;
    return true;
}

/* The character after a backslash; what is not ASCII stays as it was written. */
static int unescape(struct reader *in)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found;
    char digits[5] = "";

    if (in->at == in->end)
        return -1;
    found = *in->at != '\0' ? strchr(from, *in->at) : NULL;
    if (found != NULL) {
        in->at++;
        return (unsigned char)to[found - from];
    }
    if (*in->at++ != 'u' || in->end - in->at < 4)
        return -1;
    for (int i = 0; i < 4; i++, in->at++) {
        if (!isxdigit((unsigned char)*in->at))
            return -1;
        digits[i] = *in->at;
    }
    unsigned long value = strtoul(digits, NULL, 16);
    return value > 0 && value < 0x80 ? (int)value : '?';
}

/* A string, cut to size; out may be NULL. */
static bool read_string(struct reader *in, char *out, size_t size)
{
    size_t used = 0;

    if (!take(in, '"'))
        return false;
    while (in->at < in->end && *in->at != '"') {
        int c = (unsigned char)*in->at++;
        if (c < 0x20)
            return false;
        if (c == '\\' && (c = unescape(in)) < 0)
            return false;
        if (out != NULL && used + 1 < size)
            out[used++] = (char)c;
    }
    if (out != NULL)
        out[used] = '\0';
    return take(in, '"');
}

/* Any other value is passed over; nothing in it counts. */
static bool skip_value(struct reader *in)
{
    int depth = 0;

    do {
        skip_blanks(in);
        if (in->at == in->end)
            return false;
        if (*in->at == '"') {
            if (!read_string(in, NULL, 0))
                return false;
            continue;
        }
        depth += (*in->at == '{' || *in->at == '[') - (*in->at == '}' || *in->at == ']');
        if (depth < 0 || (depth == 0 && (*in->at == ',' || *in->at == ':')))
            return false;
        in->at++;
    } while (depth > 0 || (in->at < in->end && (isalnum((unsigned char)*in->at) || *in->at == '.' ||
                                                *in->at == '-' || *in->at == '+')));
    return true;
}

static bool read_number(struct reader *in, unsigned long long *out)
{
    skip_blanks(in);
    if (in->at == in->end || !isdigit((unsigned char)*in->at))
        return false;
    for (*out = 0; in->at < in->end && isdigit((unsigned char)*in->at); in->at++)
        *out = *out < 1000000000000000ull ? *out * 10 + (unsigned long long)(*in->at - '0') : *out;
    return true;
}

static bool read_member(struct reader *in, struct pinctl_event *event)
{
    const struct {
        const char *name;
        char *to;
        size_t size;
    } texts[] = {{"date-time", event->time, sizeof event->time},
                 {"reason", event->reason, sizeof event->reason},
                 {"action", event->action, sizeof event->action},
                 {"hostname", event->host, sizeof event->host},
                 {"client", event->host, sizeof event->host},
                 {"program", event->program, sizeof event->program},
                 {"file", event->file, sizeof event->file},
                 {"text", event->text, sizeof event->text},
                 {"mode-of", event->mode_of, sizeof event->mode_of}};
    char name[24];

    if (!read_string(in, name, sizeof name) || !take(in, ':'))
        return false;
    event->of_client |= strcmp(name, "client") == 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(name, texts[i].name) == 0)
            return read_string(in, texts[i].to, texts[i].size);
    }
    return strcmp(name, "held-back") == 0 ? read_number(in, &event->held) : skip_value(in);
}

bool pinctl_event_read(const char *line, size_t len, struct pinctl_event *out)
{
    struct reader in = {line, line + len};

    *out = (struct pinctl_event){.held = 0};
    if (!take(&in, '{'))
        return false;
    do {
        if (!read_member(&in, out))
            return false;
    } while (take(&in, ','));
    if (!take(&in, '}'))
        return false;
    skip_blanks(&in);
    return in.at == in.end && out->time[0] != '\0' && out->reason[0] == 'P' &&
           isdigit((unsigned char)out->reason[1]) && isdigit((unsigned char)out->reason[2]) &&
           out->action[0] != '\0';
}
