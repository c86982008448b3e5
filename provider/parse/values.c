/* values.c - the parsers of values. */
#include "internal.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(struct cursor *c, const char *word)
{
    return pin_cursor_fail(c, word, WORD " is not a value of %s: expected %s", word,
                           c->keyword->name, c->keyword->form);
}

static bool parse_either(struct cursor *c, const char *yes, const char *no, bool *out)
{
    const char *word = pin_cursor_word(c);

    *out = strcmp(word, yes) == 0;
    return *out || strcmp(word, no) == 0 || refuse(c, word);
}

bool pin_parse_subdomains(struct cursor *c, struct parsed_file *file)
{
    return parse_either(c, "yes", "no", &file->policy.subdomains);
}

bool pin_parse_unpinned(struct cursor *c, struct parsed_file *file)
{
    return parse_either(c, "refuse", "allow", &file->refuse_unpinned);
}

bool pin_parse_nameless(struct cursor *c, struct parsed_file *file)
{
    return parse_either(c, "refuse", "allow", &file->refuse_nameless);
}

#define END_FORM "YYYY-MM-DD or YYYY-MM-DDTHH:MMZ"

static bool parse_end(struct cursor *c, pin_instant *out)
{
    const char *word = pin_cursor_word(c);

    if (word == NULL)
        return pin_cursor_fail(c, c->at, "missing end: expected " END_FORM);
    return pin_instant_parse(word, out) ||
           pin_cursor_fail(c, word,
                           WORD " is not a date or a minute in UTC: expected " END_FORM
                                ", from 1970 on and in the calendar",
                           word);
}

bool pin_parse_mode(struct cursor *c, struct parsed_file *file)
{
    struct pin_policy *policy = &file->policy;
    const char *mode = pin_cursor_word(c), *word;

    if (!pin_mode_parse(mode, &policy->mode))
        return refuse(c, mode);
    word = pin_cursor_word(c);
    if (word == NULL)
        return true;
    if (policy->mode != PIN_MODE_REPORT)
        return pin_cursor_fail(c, word, WORD " after the value: expected the end of the line%s",
                               word, strcmp(word, "until") == 0 ? "; only report has an end" : "");
    if (strcmp(word, "until") != 0)
        return pin_cursor_fail(c, word,
                               WORD " after report: expected until " END_FORM ", or nothing", word);
    return parse_end(c, &policy->mode_until);
}

static bool parse_date(struct cursor *c, pin_day *out)
{
    const char *word = pin_cursor_word(c);

    if (word == NULL)
        return pin_cursor_fail(c, c->at, "missing date: expected YYYY-MM-DD");
    return pin_day_parse(word, out) ||
           pin_cursor_fail(
               c, word, WORD " is not a day: expected YYYY-MM-DD, from 1970 on and in the calendar",
               word);
}

bool pin_parse_report_after(struct cursor *c, struct parsed_file *file)
{
    return parse_date(c, &file->policy.report_after);
}

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 5 && text[digits] == '\0' && text[0] != '0' &&
           atoi(text) <= 65535;
}

/* Returns whether text could be a host, or an IPv6 address in brackets. Syntax only: pinctl finds
 * out whether the host resolves. */
static bool is_probe_host(char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789.-_";
    size_t len = strlen(text);
    struct in6_addr address;

    if (len < 2 || text[0] != '[' || text[len - 1] != ']')
        return len > 0 && text[strspn(text, letters)] == '\0';
    text[len - 1] = '\0';
    return inet_pton(AF_INET6, text + 1, &address) == 1;
}

bool pin_parse_probe(struct cursor *c, struct parsed_file *file)
{
    static const char protocol[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    char *host = pin_cursor_word(c);
    char *colon = strrchr(host, ':');
    const char *word;

    (void)file;
    if (colon == NULL)
        return refuse(c, host);
    if (!is_port(colon + 1))
        return pin_cursor_fail(c, colon + 1, WORD " is not a port: expected 1 to 65535", colon + 1);
    *colon = '\0';
    if (!is_probe_host(host))
        return pin_cursor_fail(
            c, host, "not a host before the port: expected a name, an IPv4 address or [IPv6]");
    word = pin_cursor_word(c);
    return word == NULL || word[strspn(word, protocol)] == '\0' || refuse(c, word);
}

static bool add_pin(struct cursor *c, struct parsed_file *file, const char *at,
                    const struct pin *pin)
{
    struct pin_policy *policy = &file->policy;

    for (size_t i = 0; i < policy->count; i++)
        if (policy->pins[i].kind == pin->kind &&
            pin_digest_equal(&policy->pins[i].digest, &pin->digest))
            return pin_cursor_fail(c, at, "this pin is already on line %u: expected it once",
                                   policy->pins[i].line);
    if (policy->count == file->capacity) {
        size_t capacity = file->capacity > 0 ? 2 * file->capacity : 4;
        struct pin *pins = realloc(policy->pins, capacity * sizeof *pins);
        if (pins == NULL)
            return pin_error_set(c->err, PIN_R_INTERNAL, "%s: out of memory", c->file);
        policy->pins = pins;
        file->capacity = capacity;
    }
    policy->pins[policy->count++] = *pin;
    return true;
}

bool pin_parse_pin(struct cursor *c, struct parsed_file *file)
{
    struct pin pin = {.kind = c->keyword->kind, .until = PIN_DAY_NEVER, .line = c->line};
    const char *digest = pin_cursor_word(c);
    size_t at = 0;
    const char *wrong = pin_parse_digest(digest, &pin.digest, &at);
    const char *word;

    if (wrong != NULL)
        return pin_cursor_fail(c, digest + at, "%s", wrong);
    word = pin_cursor_word(c);
    if (word != NULL && strcmp(word, "until") != 0)
        return pin_cursor_fail(c, word, WORD " after a pin: expected until YYYY-MM-DD, or nothing",
                               word);
    if (word != NULL && !parse_date(c, &pin.until))
        return false;
    return add_pin(c, file, digest, &pin);
}
