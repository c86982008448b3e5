/* Tokens of Java, Kotlin, Scala and Groovy, as far as strings and comments need. */
#include "form/okhttp.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool has_suffix(const struct imports *in, const char *suffix)
{
    size_t len = strlen(in->file), suffix_len = strlen(suffix);

    return len > suffix_len && strcasecmp(in->file + len - suffix_len, suffix) == 0;
}

/* Returns the place after a comment that begins at at; NULL with the error. Comments nest in Kotlin
 * and Scala only. */
static const char *after_comment(struct imports *in, const char *at)
{
    const bool nests = has_suffix(in, ".kt") || has_suffix(in, ".kts") || has_suffix(in, ".scala");
    const bool known =
        nests || has_suffix(in, ".java") || has_suffix(in, ".groovy") || has_suffix(in, ".gradle");
    const char *begin = at;
    unsigned depth = 0;

    for (; *at != '\0'; at++) {
        if (strncmp(at, "/*", 2) == 0 && (depth == 0 || nests || !known)) {
            if (depth > 0 && !known) {
                imports_fail(in, at,
                             "a comment within a comment, which the languages read in "
                             "different ways: expected a file named .kt, .java, ...");
                return NULL;
            }
            depth++;
            at++;
        } else if (strncmp(at, "*/", 2) == 0) {
            at++;
            if (--depth == 0)
                return at + 1;
        }
    }
    imports_fail(in, begin, "the end of this comment is missing");
    return NULL;
}

static const char *skip(struct imports *in, const char *at)
{
    while (at != NULL) {
        at += strspn(at, " \t\r\n\f");
        if (strncmp(at, "/*", 2) == 0)
            at = after_comment(in, at);
        else if (strncmp(at, "//", 2) == 0)
            at += strcspn(at, "\n");
        else
            break;
    }
    return at;
}

/* Returns whether a template ${...} that begins at at has a quote in it: in Java it is text. */
static bool is_nested_template(const struct imports *in, const char *at)
{
    size_t len = strcspn(at, "}\"\n");

    return strncmp(at, "${", 2) == 0 && at[len] == '"' && !has_suffix(in, ".java");
}

static struct token text_at(struct imports *in, const char *at)
{
    const bool block = strncmp(at, "\"\"\"", 3) == 0 || strncmp(at, "'''", 3) == 0;
    const char quote = *at, *begin = at;
    struct token token = {.kind = TOKEN_TEXT, .at = at + (block ? 3 : 1), .plain = true};
    const char closing[] = {quote, quote, quote, '\0'};

    for (at = token.at; *at != '\0' && (block || *at != '\n'); at++) {
        if (block ? strncmp(at, closing, 3) == 0 : *at == quote) {
            token.end = at;
            token.next = at + (block ? 3 : 1);
            return token;
        }
        if (is_nested_template(in, at)) {
            imports_fail(in, at, "a text within a template: expected a text without ${...}");
            return (struct token){.kind = TOKEN_ERROR};
        }
        token.plain &= strchr("\\$\n", *at) == NULL;
        at += *at == '\\' && at[1] != '\0' && (!block || at[1] == quote || at[1] == '\\');
    }
    imports_fail(in, block ? begin : at, "expected a closing quote, and no \\");
    return (struct token){.kind = TOKEN_ERROR};
}

struct token okhttp_token(struct imports *in, const char *at)
{
    struct token token = {.kind = TOKEN_ERROR};

    at = skip(in, at);
    if (at == NULL)
        return token;
    if (*at == '"' || (*at == '\'' && !has_suffix(in, ".scala")) ||
        (*at == '\'' && (at[1] == '\\' || (at[1] != '\0' && at[2] == '\''))))
        return text_at(in, at);
    token = (struct token){.kind = *at == '\0' ? TOKEN_END : TOKEN_SIGN, .at = at, .end = at + 1};
    if (isalnum((unsigned char)*at) || *at == '_') {
        token.kind = TOKEN_WORD;
        while (isalnum((unsigned char)*token.end) || *token.end == '_')
            token.end++;
    }
    token.next = token.kind == TOKEN_END ? at : token.end;
    return token;
}
