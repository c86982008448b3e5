/* parse.c - pin files and _store: lines and keywords. */
#include "internal.h"

#include <string.h>
#include <strings.h>

#define PIN_FORM  "sha256//BASE64 [until YYYY-MM-DD]"
#define MODE_FORM "enforce, report or off"

#define PIN(word, pin_kind)                                                                        \
    {                                                                                              \
        .name = (word), .form = PIN_FORM, .parse = pin_parse_pin, .kind = (pin_kind)               \
    }
#define ONCE(word, value_form, parser)                                                             \
    {                                                                                              \
        .name = (word), .form = (value_form), .parse = (parser), .once = true                      \
    }

static const struct grammar policy_grammar = {
    .reason = PIN_R_SYNTAX,
    .names = "key, cert, ca, subdomains, mode, report-after or probe",
    .count = 7,
    .keywords =
        {
            PIN("key", PIN_KIND_KEY),
            PIN("cert", PIN_KIND_CERT),
            PIN("ca", PIN_KIND_CA),
            ONCE("subdomains", "yes or no", pin_parse_subdomains),
            ONCE("mode", MODE_FORM, pin_parse_mode),
            ONCE("report-after", "YYYY-MM-DD", pin_parse_report_after),
            ONCE("probe", "HOST:PORT [PROTOCOL]", pin_parse_probe),
        },
};

static const struct grammar settings_grammar = {
    .reason = PIN_R_NO_STORE,
    .names = "mode, unpinned or nameless",
    .count = 3,
    .keywords =
        {
            ONCE("mode", MODE_FORM, pin_parse_mode),
            ONCE("unpinned", "allow or refuse", pin_parse_unpinned),
            ONCE("nameless", "allow or refuse", pin_parse_nameless),
        },
};

static bool begins_with(const char *name, const char *prefix)
{
    return strncasecmp(name, prefix, strlen(prefix)) == 0;
}

static bool unknown_name(struct cursor *c, const char *name)
{
    const struct grammar *grammar = c->grammar;

    for (size_t i = 0; i < grammar->count; i++)
        if (strcasecmp(name, grammar->keywords[i].name) == 0)
            return pin_cursor_fail(c, name, "names are in lower case: expected %s",
                                   grammar->keywords[i].name);
    /* HPKP's form (pin-sha256=...), or a pin without a name before it. */
    if (grammar == &policy_grammar && (begins_with(name, "pin") || begins_with(name, "sha")))
        return pin_cursor_fail(c, name, "unknown name " WORD ": expected key = " PIN_FORM, name);
    return pin_cursor_fail(c, name, "unknown name " WORD ": expected %s", name, grammar->names);
}

/* Sets c->keyword. Fails for an unknown name and for a second line of a keyword that is once only.
 */
static bool find_keyword(struct cursor *c, const char *name)
{
    size_t i = 0;

    while (i < c->grammar->count && strcmp(name, c->grammar->keywords[i].name) != 0)
        i++;
    if (i == c->grammar->count)
        return unknown_name(c, name);
    c->keyword = &c->grammar->keywords[i];
    if (c->keyword->once && c->seen[i] != 0)
        return pin_cursor_fail(c, name, "%s is already on line %u: expected it once", name,
                               c->seen[i]);
    c->seen[i] = c->line;
    return true;
}

/* Parses the line in c->text. */
static bool parse_line(struct cursor *c, struct parsed_file *file)
{
    char *name = c->text + strspn(c->text, BLANKS);
    char *end = name + strcspn(name, "= \t");
    const char *more;
    bool ignored;

    if (*name == '\0')
        return true;
    c->at = end + strspn(end, BLANKS);
    if (end == name || *c->at != '=')
        return pin_cursor_fail(c, c->at, "%s: expected NAME = VALUE",
                               end == name ? "missing name" : "missing '='");
    *end = '\0';
    c->at++;
    ignored = strncmp(name, "x-", 2) == 0 && name[2] != '\0';
    if (!ignored && !find_keyword(c, name))
        return false;
    c->at += strspn(c->at, BLANKS);
    if (*c->at == '\0')
        return pin_cursor_fail(c, c->at, "empty value: expected %s",
                               ignored ? "a text" : c->keyword->form);
    if (ignored)
        return true;
    if (!c->keyword->parse(c, file))
        return false;
    more = pin_cursor_word(c);
    return more == NULL ||
           pin_cursor_fail(c, more, WORD " after the value: expected the end of the line", more);
}

static bool parse_file(struct cursor *c, const char *bytes, size_t len, struct parsed_file *file)
{
    static const char byte_order_mark[] = {'\xef', '\xbb', '\xbf'};

    c->line = 1;
    if (len > PIN_FILE_MAX)
        return pin_cursor_fail(c, c->text, "file too long: expected at most %d bytes",
                               PIN_FILE_MAX);
    if (len >= sizeof byte_order_mark &&
        memcmp(bytes, byte_order_mark, sizeof byte_order_mark) == 0)
        return pin_cursor_fail(c, c->text,
                               "byte-order mark: expected the file to begin without one");
    for (c->line = 0; len > 0;) {
        const char *newline = memchr(bytes, '\n', len);
        size_t line = newline != NULL ? (size_t)(newline - bytes) : len;
        if (!pin_cursor_load_line(c, bytes, line) || !parse_line(c, file))
            return false;
        line += newline != NULL;
        bytes += line;
        len -= line;
    }
    return true;
}

bool pin_parse_policy(const char *bytes, size_t len, const char *file, struct pin_policy *out,
                      struct pin_error *err)
{
    struct cursor c;
    struct parsed_file parsed = {.policy = {.mode = PIN_MODE_ENFORCE,
                                            .mode_until = PIN_INSTANT_NEVER,
                                            .report_after = PIN_DAY_NEVER}};
    pin_cursor_begin(&c, &policy_grammar, file, err);
    bool ok = parse_file(&c, bytes, len, &parsed);

    if (ok && parsed.policy.count == 0 && parsed.policy.mode != PIN_MODE_OFF) {
        c.line += c.line == 0;
        ok = pin_cursor_fail(&c, c.text,
                             "no pin in this file: expected key, cert or ca, or mode = off");
    }
    if (!ok)
        pin_policy_clear(&parsed.policy);
    *out = parsed.policy;
    return ok;
}

bool pin_parse_settings(const char *bytes, size_t len, const char *file,
                        struct pin_store_settings *out, struct pin_error *err)
{
    struct cursor c;
    struct parsed_file parsed = {
        .policy = {.mode = PIN_MODE_ENFORCE, .mode_until = PIN_INSTANT_NEVER}};
    pin_cursor_begin(&c, &settings_grammar, file, err);
    bool ok = parse_file(&c, bytes, len, &parsed);

    *out = (struct pin_store_settings){.mode = PIN_MODE_ENFORCE, .mode_until = PIN_INSTANT_NEVER};
    if (ok) {
        out->mode = parsed.policy.mode;
        out->mode_until = parsed.policy.mode_until;
        out->refuse_unpinned = parsed.refuse_unpinned;
        out->refuse_nameless = parsed.refuse_nameless;
    }
    return ok;
}
