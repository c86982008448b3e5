/* The text of a pin file: names, lines, suspensions. */
#include "store/pinfile.h"
#include "say/say.h"
#include "store/files.h"

#include <pinning/identity.h>
#include <pinning/instance.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX     ".pins"
#define SUSPENDED  "mode = report # pinctl: suspended until "
#define WAS        ", was: "
#define TIME_FORM  "%Y-%m-%dT%H:%M:%SZ"
#define MAIL_LOCAL "abcdefghijklmnopqrstuvwxyz0123456789._%+-"

/* ---- names ---- */

static bool is_mail(const char *typed)
{
    const char *at = strchr(typed, '@');
    struct pin_identity host;

    return at != NULL && at != typed && typed[0] != '.' &&
           strspn(typed, MAIL_LOCAL) == (size_t)(at - typed) &&
           pin_identity_parse(at + 1, strlen(at + 1), &host) && strcmp(host.text, at + 1) == 0;
}

bool pinfile_name(const char *typed, char out[static PINFILE_NAME], struct pin_error *err)
{
    struct pin_identity id;
    const char *name = typed;

    if (strcmp(typed, "_default") != 0 && strcmp(typed, "_nameless") != 0 && !is_mail(typed)) {
        if (!pin_identity_parse(typed, strlen(typed), &id))
            return pin_error_set(err, PIN_R_CONFIG,
                                 "\"%.100s\" is no host: expected a name as in DNS (A-labels, "
                                 "without a port), an address, _default or _nameless",
                                 typed);
        name = id.text;
    }
    if (strlen(name) > PIN_STORE_NAME_MAX)
        return pin_error_set(err, PIN_R_CONFIG,
                             "\"%.40s...\" has %zu bytes; a name of over %d can have no file", name,
                             strlen(name), PIN_STORE_NAME_MAX);
    memcpy(out, name, strlen(name) + 1);
    return true;
}

bool pinfile_is_name(const char *file, char out[static PINFILE_NAME])
{
    size_t len = strlen(file);
    char typed[PINFILE_NAME];

    if (len <= strlen(SUFFIX) || len - strlen(SUFFIX) > PIN_STORE_NAME_MAX ||
        strcmp(file + len - strlen(SUFFIX), SUFFIX) != 0)
        return false;
    memcpy(typed, file, len - strlen(SUFFIX));
    typed[len - strlen(SUFFIX)] = '\0';
    return pinfile_name(typed, out, NULL) && strcmp(typed, out) == 0;
}

/* ---- lines ---- */

static size_t line_end(const struct pin_text *text, size_t at)
{
    const char *newline = at < text->len ? memchr(text->bytes + at, '\n', text->len - at) : NULL;
    return newline != NULL ? (size_t)(newline - text->bytes) : text->len;
}

bool pinfile_line(const struct pin_text *text, unsigned number, struct pinfile_line *out)
{
    size_t at = 0;

    for (unsigned i = 1; i < number && at < text->len; i++)
        at = line_end(text, at) + 1;
    if (at >= text->len)
        return false;
    *out = (struct pinfile_line){at, line_end(text, at)};
    return true;
}

bool pinfile_find(const struct pin_text *text, const char *name, struct pinfile_line *out)
{
    static const char blanks[] = " \t";

    for (size_t at = 0, end; at < text->len; at = end + 1) {
        const char *word = text->bytes + at + strspn(text->bytes + at, blanks);
        end = line_end(text, at);
        if (strncmp(word, name, strlen(name)) == 0 &&
            word[strlen(name) + strspn(word + strlen(name), blanks)] == '=') {
            *out = (struct pinfile_line){at, end};
            return true;
        }
    }
    return false;
}

bool pinfile_splice(struct pin_text *text, size_t at, size_t gone, const char *put,
                    struct pin_error *err)
{
    size_t more = strlen(put);
    char *bytes = malloc(text->len - gone + more + 1);

    if (bytes == NULL)
        return pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    if (at > 0)
        memcpy(bytes, text->bytes, at);
    memcpy(bytes + at, put, more);
    if (text->len > at + gone)
        memcpy(bytes + at + more, text->bytes + at + gone, text->len - at - gone);
    text->len = text->len - gone + more;
    bytes[text->len] = '\0';
    free(text->bytes);
    text->bytes = bytes;
    return true;
}

/* ---- suspensions ---- */

void pinfile_time(time_t when, char out[static PINFILE_TIME])
{
    struct tm tm;

    if (gmtime_r(&when, &tm) == NULL || strftime(out, PINFILE_TIME, TIME_FORM, &tm) == 0)
        snprintf(out, PINFILE_TIME, "?");
}

bool pinfile_suspended(const struct pin_text *text, struct pinfile_suspension *out)
{
    const char *begin = strstr(text->bytes != NULL ? text->bytes : "", SUSPENDED);
    const char *rest;
    struct tm tm = {.tm_isdst = 0};

    /* At the beginning of a line: elsewhere it is a comment about a suspension. */
    while (begin != NULL && begin != text->bytes && begin[-1] != '\n')
        begin = strstr(begin + 1, SUSPENDED);
    if (begin == NULL)
        return false;
    rest = strptime(begin + strlen(SUSPENDED), TIME_FORM, &tm);
    if (rest == NULL || strncmp(rest, WAS, strlen(WAS)) != 0)
        return false;
    out->until = timegm(&tm);
    out->line.begin = (size_t)(begin - text->bytes);
    out->line.end = line_end(text, out->line.begin);
    out->was = (size_t)(rest - text->bytes) + strlen(WAS);
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
    size_t gone;

    if (!pinfile_suspended(text, &old))
        return pin_error_set(err, PIN_R_CONFIG, "it is not suspended");
    gone = old.was - old.line.begin;
    if (old.was == old.line.end && old.line.end < text->len)
        gone++; /* nothing stood there: the line goes, with its newline */
    return pinfile_splice(text, old.line.begin, gone, "", err);
}

/* ---- back into the store ---- */

bool pinfile_replace(const struct pin_instance *module, const char *name,
                     const struct pin_text *old, const struct pin_text *text, struct pin_error *err)
{
    char file[PINFILE_NAME + sizeof SUFFIX];
    struct pin_policy policy;
    struct pin_text now;
    enum pin_store_status answer;
    struct pin_error trouble = {.reason = PIN_OK};
    int lock = pinctl_lock(module->pins.path, err);
    bool ok;

    if (lock < 0)
        return false;
    snprintf(file, sizeof file, "%s" SUFFIX, name);
    answer = pinctl_read(module, name, &policy, &now, &trouble);
    ok = old->bytes == NULL ? answer == PIN_STORE_NONE
                            : now.bytes != NULL && now.len == old->len &&
                                  memcmp(now.bytes, old->bytes, old->len) == 0;
    if (!ok)
        pin_error_set(err, PIN_R_UNREADABLE, "%s/%s was changed meanwhile: nothing was written",
                      module->pins.path, file);
    ok = ok && pinctl_write(lock, file, text->bytes, text->len, err);
    pin_policy_clear(&policy);
    pin_text_clear(&now);
    pinctl_unlock(lock);
    return ok;
}

/* ---- for programs ---- */

void pinfile_to_json(struct pinctl_json *json, const struct pin *pin)
{
    char text[PIN_DIGEST_TEXT];

    pinctl_json_open(json, NULL, '{');
    pinctl_json_text(json, "kind", pin_kind_name(pin->kind));
    pin_digest_format(&pin->digest, text);
    pinctl_json_text(json, "pin", text);
    if (pin->until != PIN_DAY_NEVER) {
        pin_day_format(pin->until, text);
        pinctl_json_text(json, "until", text);
    }
    pinctl_json_number(json, "line", pin->line);
    pinctl_json_close(json, '}');
}
