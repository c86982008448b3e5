#include "parse_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t";

bool pin_parse_fail(struct cursor *c, const char *where, const char *fmt, ...)
{
    const size_t shown = 240; /* of a path: enough must be left to say what is wrong */
    size_t len = strlen(c->file);
    char what[200];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return pin_error_set(c->err, c->grammar->reason, "%s%s:%u:%zu: %s", len > shown ? "..." : "",
                         c->file + (len > shown ? len - shown : 0), c->line,
                         (size_t)(where - c->text) + 1, what);
}

char *pin_parse_word(struct cursor *c)
{
    char *word = c->at + strspn(c->at, blanks);

    c->at = word + strcspn(word, blanks);
    if (*c->at != '\0')
        *c->at++ = '\0';
    return *word != '\0' ? word : NULL;
}

#define PIN_FORM  "sha256//BASE64 [until YYYY-MM-DD]"
#define MODE_FORM "enforce, report or off"

static const struct grammar policy_grammar = {
    PIN_R_SYNTAX,
    "key, cert, ca, subdomains, mode, report-after or probe",
    7,
    {
        {"key", PIN_FORM, pin_parse_pin, false, PIN_KIND_KEY},
        {"cert", PIN_FORM, pin_parse_pin, false, PIN_KIND_CERT},
        {"ca", PIN_FORM, pin_parse_pin, false, PIN_KIND_CA},
        {"subdomains", "yes or no", pin_parse_subdomains, true, 0},
        {"mode", MODE_FORM, pin_parse_mode, true, 0},
        {"report-after", "YYYY-MM-DD", pin_parse_report_after, true, 0},
        {"probe", "HOST:PORT [PROTOCOL]", pin_parse_probe, true, 0},
    },
};

static const struct grammar head_grammar = {
    PIN_R_NO_STORE,
    "mode or unpinned",
    2,
    {
        {"mode", MODE_FORM, pin_parse_mode, true, 0},
        {"unpinned", "allow or refuse", pin_parse_unpinned, true, 0},
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
        if (strcasecmp(name, grammar->rows[i].name) == 0)
            return pin_parse_fail(c, name, "names are in lower case: expected %s",
                                  grammar->rows[i].name);
    /* As in HPKP (pin-sha256=...), or a pin without a name before it. */
    if (grammar == &policy_grammar && (begins_with(name, "pin") || begins_with(name, "sha")))
        return pin_parse_fail(c, name, "unknown name " WORD ": expected key = " PIN_FORM, name);
    return pin_parse_fail(c, name, "unknown name " WORD ": expected %s", name, grammar->names);
}

/* Finds the row of a name; a second line of what may stand once is an error. */
static bool find_row(struct cursor *c, const char *name)
{
    size_t i = 0;

    while (i < c->grammar->count && strcmp(name, c->grammar->rows[i].name) != 0)
        i++;
    if (i == c->grammar->count)
        return unknown_name(c, name);
    c->row = &c->grammar->rows[i];
    if (c->row->once && c->seen[i] != 0)
        return pin_parse_fail(c, name, "%s is already on line %u: expected it once", name,
                              c->seen[i]);
    c->seen[i] = c->line;
    return true;
}

/* Reads the line in c->text. */
static bool read_line(struct cursor *c, struct sheet *sheet)
{
    char *name = c->text + strspn(c->text, blanks);
    char *end = name + strcspn(name, "= \t");
    const char *more;
    bool ignored;

    if (*name == '\0')
        return true;
    c->at = end + strspn(end, blanks);
    if (end == name || *c->at != '=')
        return pin_parse_fail(c, c->at, "%s: expected NAME = VALUE",
                              end == name ? "no name" : "missing '='");
    *end = '\0';
    c->at++;
    ignored = strncmp(name, "x-", 2) == 0 && name[2] != '\0';
    if (!ignored && !find_row(c, name))
        return false;
    c->at += strspn(c->at, blanks);
    if (*c->at == '\0')
        return pin_parse_fail(c, c->at, "empty value: expected %s",
                              ignored ? "a text" : c->row->form);
    if (ignored)
        return true;
    if (!c->row->read(c, sheet))
        return false;
    more = pin_parse_word(c);
    return more == NULL ||
           pin_parse_fail(c, more, WORD " after the value: expected the end of the line", more);
}

/* Comments are checked as well: an editor shows a line break where a comment holds a carriage
 * return, and the pin behind it would be none. */
static bool check_byte(struct cursor *c, const char *where, bool comment)
{
    unsigned char byte = (unsigned char)*where;

    if (byte == '\r')
        return pin_parse_fail(c, where, "carriage return: use Unix line ends (line feed alone)");
    if ((byte < ' ' && byte != '\t') || byte == 0x7f)
        return pin_parse_fail(c, where, "control character \\x%02x: expected text", byte);
    return byte < 0x80 || comment ||
           pin_parse_fail(c, where, "byte \\x%02x: expected ASCII outside of comments", byte);
}

/* Takes a line over into c->text, without its comment. */
static bool load_line(struct cursor *c, const char *bytes, size_t len)
{
    char *comment = NULL;

    c->line++;
    if (len > PIN_LINE_MAX)
        return pin_parse_fail(c, c->text + PIN_LINE_MAX, "line too long: expected at most %d bytes",
                              PIN_LINE_MAX);
    memcpy(c->text, bytes, len);
    c->text[len] = '\0';
    for (char *p = c->text; p < c->text + len; p++) {
        if (comment == NULL && *p == '#' && (p == c->text || strchr(blanks, p[-1]) != NULL))
            comment = p;
        if (!check_byte(c, p, comment != NULL))
            return false;
    }
    if (comment != NULL)
        *comment = '\0';
    return true;
}

static bool read_file(struct cursor *c, const char *bytes, size_t len, struct sheet *sheet)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'};

    c->line = 1;
    if (len > PIN_FILE_MAX)
        return pin_parse_fail(c, c->text, "file too long: expected at most %d bytes", PIN_FILE_MAX);
    if (len >= sizeof mark && memcmp(bytes, mark, sizeof mark) == 0)
        return pin_parse_fail(c, c->text,
                              "byte-order mark: expected the file to begin without one");
    for (c->line = 0; len > 0;) {
        const char *newline = memchr(bytes, '\n', len);
        size_t line = newline != NULL ? (size_t)(newline - bytes) : len;
        if (!load_line(c, bytes, line) || !read_line(c, sheet))
            return false;
        line += newline != NULL;
        bytes += line;
        len -= line;
    }
    return true;
}

/* The text is left as it is: to clear it would cost more than to read a file of two pins. */
static void begin(struct cursor *c, const struct grammar *grammar, const char *file,
                  struct pin_error *err)
{
    c->file = file;
    c->err = err;
    c->grammar = grammar;
    c->row = NULL;
    memset(c->seen, 0, sizeof c->seen);
    c->line = 0;
    c->at = c->text;
    c->text[0] = '\0';
}

bool pin_parse_policy(const char *bytes, size_t len, const char *file, struct pin_policy *out,
                      struct pin_error *err)
{
    struct cursor c;
    struct sheet sheet = {.policy = {.mode = PIN_MODE_ENFORCE, .report_after = PIN_DAY_NEVER}};
    begin(&c, &policy_grammar, file, err);
    bool ok = read_file(&c, bytes, len, &sheet);

    if (ok && sheet.policy.count == 0 && sheet.policy.mode != PIN_MODE_OFF) {
        c.line += c.line == 0;
        ok = pin_parse_fail(&c, c.text,
                            "no pin in this file: expected key, cert or ca, or mode = off");
    }
    if (!ok)
        pin_policy_clear(&sheet.policy);
    *out = sheet.policy;
    return ok;
}

bool pin_parse_head(const char *bytes, size_t len, const char *file, struct pin_head *out,
                    struct pin_error *err)
{
    struct cursor c;
    struct sheet sheet = {.policy = {.mode = PIN_MODE_ENFORCE}};
    begin(&c, &head_grammar, file, err);
    bool ok = read_file(&c, bytes, len, &sheet);

    *out =
        (struct pin_head){ok ? sheet.policy.mode : PIN_MODE_ENFORCE, ok && sheet.refuse_unpinned};
    return ok;
}
