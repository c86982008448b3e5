/*
 * Reader of OkHttp's CertificatePinner: .add("HOST", "sha256/BASE64", ...) in a source, or lines
 * HOST sha256/BASE64 ...
 *
 * It evaluates nothing. Whatever may add a pin in a way that it does not understand is an error.
 */
#include "form/okhttp.h"

#include <stdlib.h>
#include <string.h>

#define VARIABLES_MAX 16

struct source {
    struct imports *in;
    struct okhttp_pins *pins;
    bool builds;   /* CertificatePinner.Builder is in it: then other add() are allowed */
    bool in_chain; /* behind CertificatePinner.Builder, up to build */
    bool strict;   /* more variables than fit: every add() counts */
    struct token variables[VARIABLES_MAX], assigned; /* assigned: before the last : or = */
    size_t variable_count;
    struct token receiver; /* the word before the last dot */
};

static bool is(const struct token *token, const char *text)
{
    size_t len = strlen(text);

    return (token->kind == TOKEN_WORD || token->kind == TOKEN_SIGN) &&
           (size_t)(token->end - token->at) == len && memcmp(token->at, text, len) == 0;
}

static bool has_pin(const struct token *text)
{
    return text->kind == TOKEN_TEXT &&
           (strncmp(text->at, "sha256/", 7) == 0 || strncmp(text->at, "sha1/", 5) == 0);
}

/* Does a pin stand among the arguments that follow at? */
static bool adds_pin(struct source *source, const char *at)
{
    struct pin_error none = {.reason = PIN_OK};
    struct imports quiet = *source->in;
    unsigned depth = 1;

    quiet.err = &none;
    for (struct token token = okhttp_token(&quiet, at);
         token.kind != TOKEN_END && token.kind != TOKEN_ERROR && depth > 0;
         token = okhttp_token(&quiet, token.next)) {
        depth += (unsigned)is(&token, "(") - (unsigned)is(&token, ")");
        if (depth > 0 && has_pin(&token))
            return true;
    }
    return false;
}

/* Reads a text argument and what follows it. False with the error. */
static bool take_text(struct source *source, const char *at, struct token *text,
                      struct token *after)
{
    *text = okhttp_token(source->in, at);
    if (text->kind == TOKEN_ERROR)
        return false;
    if (text->kind != TOKEN_TEXT)
        return imports_fail(source->in, text->at,
                            "expected a text in double quotes: variables are not evaluated");
    if (!text->plain)
        return imports_fail(source->in, text->at, "expected a text without \\ and templates");
    *after = okhttp_token(source->in, text->next);
    return after->kind != TOKEN_ERROR;
}

/* Reads what follows add( . Returns the place after its ); NULL with the error. */
static const char *take_add(struct source *source, const char *at)
{
    struct token host, pin, after;

    if (!take_text(source, at, &host, &after))
        return NULL;
    if (!is(&after, ",")) {
        imports_fail(source->in, after.at, "expected , and a pin");
        return NULL;
    }
    while (is(&after, ",")) {
        at = after.next;
        after = okhttp_token(source->in, at);
        if (is(&after, ")")) /* Kotlin allows a trailing comma */
            break;
        if (!take_text(source, at, &pin, &after) ||
            !okhttp_add(source->in, source->pins, host.at, (size_t)(host.end - host.at), pin.at,
                        (size_t)(pin.end - pin.at)))
            return NULL;
    }
    if (is(&after, ")"))
        return after.next;
    if (after.kind != TOKEN_ERROR)
        imports_fail(source->in, after.at,
                     "expected , and another pin, or ): expressions are not evaluated");
    return NULL;
}

/* Notes the chain behind CertificatePinner.Builder, and the variable that it is assigned to. */
static void track(struct source *source, const struct token *token, const struct token *before)
{
    if (is(token, "Builder") && is(&source->receiver, "CertificatePinner")) {
        source->in_chain = true;
        if (source->assigned.kind == TOKEN_WORD) {
            source->strict |= source->variable_count == VARIABLES_MAX;
            if (!source->strict)
                source->variables[source->variable_count++] = source->assigned;
        }
    } else if (is(token, "build")) {
        source->in_chain = false;
    } else if (is(token, ";")) {
        source->assigned.kind = TOKEN_END;
    } else if (is(token, ":") || (is(token, "=") && !is(before, "Builder"))) {
        source->assigned = *before;
    }
}

/* Is add( at this place a call of a builder? When in doubt it is. */
static bool is_of_builder(const struct source *source, const struct token *before)
{
    const struct token *receiver = &source->receiver;

    if (!source->builds || source->in_chain || source->strict)
        return true;
    if (!is(before, ".")) /* with(builder) { add(...) } */
        return before->kind != TOKEN_WORD && source->variable_count > 0;
    for (size_t i = 0; i < source->variable_count; i++) {
        const struct token *variable = &source->variables[i];
        size_t len = (size_t)(variable->end - variable->at);
        if ((size_t)(receiver->end - receiver->at) == len &&
            memcmp(receiver->at, variable->at, len) == 0)
            return true;
    }
    return false;
}

static const char *take_token(struct source *source, const struct token *token,
                              const struct token *before)
{
    struct token next = okhttp_token(source->in, token->next);

    if (next.kind == TOKEN_ERROR)
        return NULL;
    if (is(token, "add") && is(&next, "(")) {
        if (is_of_builder(source, before) || adds_pin(source, next.next))
            return take_add(source, next.next);
    }
    if (has_pin(token) || (is(token, "sha256") && is(&next, "/"))) {
        imports_fail(source->in, token->at,
                     "a pin outside of .add(\"HOST\", \"sha256/BASE64\"): variables are not "
                     "evaluated; write it there");
        return NULL;
    }
    track(source, token, before);
    if (token->kind == TOKEN_WORD && (is(&next, ".") || is(&next, "?")))
        source->receiver = *token;
    return token->next;
}

static bool read_source(struct imports *in, struct okhttp_pins *pins)
{
    struct source source = {.in = in, .pins = pins, .receiver = {.at = "", .end = ""}};
    struct token before = {.kind = TOKEN_END};
    const char *at = in->bytes;

    source.builds = strstr(in->bytes, "CertificatePinner") != NULL;
    for (;;) {
        struct token token = okhttp_token(in, at);
        if (token.kind == TOKEN_END || token.kind == TOKEN_ERROR)
            return token.kind == TOKEN_END;
        at = take_token(&source, &token, &before);
        if (at == NULL)
            return false;
        before = token;
    }
}

/* Reads lines HOST sha256/BASE64 ... with comments that begin with #. */
static bool read_lines(struct imports *in, struct okhttp_pins *pins)
{
    static const char blanks[] = " \t\r";

    for (const char *at = in->bytes; *at != '\0';) {
        const char *host = at + strspn(at, blanks);
        size_t host_len = strcspn(host, " \t\r\n");
        at = host + host_len + strspn(host + host_len, blanks);
        bool comment = *host == '#' || strncmp(host, "//", 2) == 0;
        if (host_len > 0 && !comment) {
            do {
                size_t len = strcspn(at, " \t\r\n");
                if (!okhttp_add(in, pins, host, host_len, at, len))
                    return false;
                at += len + strspn(at + len, blanks);
            } while (*at != '\n' && *at != '\0' && *at != '#');
        }
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return true;
}

bool import_okhttp(struct imports *in)
{
    struct okhttp_pins pins = {.count = 0};
    const bool source = strstr(in->bytes, "add(") != NULL ||
                        strstr(in->bytes, "\"sha256/") != NULL ||
                        strstr(in->bytes, "CertificatePinner") != NULL;
    bool ok =
        (source ? read_source(in, &pins) : read_lines(in, &pins)) && okhttp_add_hosts(in, &pins);

    free(pins.list);
    return ok;
}
