/* The suspension of a pin file or of _store, as text. */
#include "store/pinfile.h"

#include <pinning/date.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Text that pinfile_suspended() recognises in files that earlier calls wrote: it is state, not only
 * a comment for people. To be replaced by the module's own "mode = report until". */
#define SUSPENDED "mode = report # pinctl: suspended until "
#define WAS       ", was: "

void pinfile_time(time_t when, char out[static PINFILE_TIME])
{
    pin_time_format_rfc3339(when, out);
}

bool pinfile_suspended(const struct pin_text *text, struct pinfile_suspension *out)
{
    const char *begin = strstr(text->bytes != NULL ? text->bytes : "", SUSPENDED);
    size_t len;

    /* Only at the beginning of a line: elsewhere it is part of a comment. */
    while (begin != NULL && begin != text->bytes && begin[-1] != '\n')
        begin = strstr(begin + 1, SUSPENDED);
    if (begin == NULL)
        return false;
    const char *time = begin + strlen(SUSPENDED);
    len = strcspn(time, ",\n");
    if (!pin_time_parse_rfc3339(time, len, &out->until) ||
        strncmp(time + len, WAS, strlen(WAS)) != 0)
        return false;
    out->line.begin = (size_t)(begin - text->bytes);
    out->line.end = pinfile_line_end(text, out->line.begin);
    out->was = (size_t)(time + len - text->bytes) + strlen(WAS);
    return true;
}

bool pinfile_suspend(struct pin_text *text, time_t until, struct pin_error *err)
{
    struct pinfile_suspension old;
    struct pinfile_line mode = {0, 0};
    char when[PINFILE_TIME];
    char *line = NULL;
    bool ok, had;

    if (pinfile_suspended(text, &old) && !pinfile_end_suspension(text, err))
        return false;
    had = pinfile_find(text, "mode", &mode);
    pinfile_time(until, when);
    if (asprintf(&line, SUSPENDED "%s" WAS "%.*s%s", when, (int)(mode.end - mode.begin),
                 text->bytes != NULL ? text->bytes + mode.begin : "", had ? "" : "\n") < 0)
        return pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    ok = pinfile_splice(text, mode.begin, mode.end - mode.begin, line, err);
    free(line);
    return ok;
}

bool pinfile_end_suspension(struct pin_text *text, struct pin_error *err)
{
    struct pinfile_suspension old;
    size_t removed;

    if (!pinfile_suspended(text, &old))
        return pin_error_set(err, PIN_R_CONFIG, "it is not suspended");
    removed = old.was - old.line.begin;
    if (old.was == old.line.end && old.line.end < text->len)
        removed++; /* there was no line before: remove its newline too */
    return pinfile_splice(text, old.line.begin, removed, "", err);
}
