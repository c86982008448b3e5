/* Search for an HPKP header in a response or in the configuration of a web server. */
#include "form/hpkp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char header[] = "Public-Key-Pins", only[] = "-Report-Only";

/* A header: its name in bytes, and what follows the name. */
struct found {
    char *name, *line, *after;
    bool report_only;
};

/* Finds the next line, from at on, that names the header and is not a comment. */
static bool next_header(char *at, struct found *out)
{
    for (char *end; *at != '\0'; at = end + (*end == '\n')) {
        char *line = at + strspn(at, " \t"), *name = NULL;
        end = at + strcspn(at, "\n");
        if (*line != '#')
            name = strcasestr(line, header);
        if (name == NULL || name >= end)
            continue;
        *out = (struct found){.name = name, .line = line, .after = name + strlen(header)};
        out->report_only = strncasecmp(out->after, only, strlen(only)) == 0;
        out->after += out->report_only ? strlen(only) : 0;
        return true;
    }
    return false;
}

/* Ends the value of a header of a response: at the end of the line, unless the next begins with a
 * blank. */
static bool end_of_response(struct imports *in, struct found *found, const char **value)
{
    char *end = found->after + strcspn(found->after, "\n");

    if (*found->after != ':')
        return imports_fail(in, found->after, "expected : after the name of the header");
    *value = found->after + 1;
    while (*end == '\n' && (end[1] == ' ' || end[1] == '\t'))
        end += 1 + strcspn(end + 1, "\n");
    *end = '\0';
    return true;
}

/* Ends the value in a line of nginx (add_header NAME VALUE) or Apache (Header set NAME VALUE). */
static bool end_of_setting(struct imports *in, struct found *found, const char **value)
{
    char *at = found->after + (strchr("\"'", *found->after) != NULL && *found->after != '\0');
    char quote = '\0';

    at += strspn(at, " \t");
    if (*at == '"' || *at == '\'')
        quote = *at++;
    *value = at;
    while (*at != '\0' && *at != '\n' && (quote != '\0' ? *at != quote : *at != ' ')) {
        if (*at == '$' || (*at == '%' && at[1] == '{'))
            return imports_fail(in, at, "a variable: expected the pins themselves");
        if (*at == '\\' && at[1] != '\0')
            *at++ = ' ';
        at++;
    }
    if (quote != '\0' && *at != quote)
        return imports_fail(in, at, "a quote is missing: expected %c", quote);
    *at = '\0';
    return true;
}

static bool is_setting(const struct found *found)
{
    return strncasecmp(found->line, "add_header", 10) == 0 ||
           strncasecmp(found->line, "Header", 6) == 0;
}

bool hpkp_find(struct imports *in, char *bytes, const char **value, bool *report_only)
{
    struct found found, other;
    bool mixed = false;

    *value = bytes;
    *report_only = false;
    if (!next_header(bytes, &found))
        return true; /* the value alone */
    for (char *at = found.after; next_header(at, &other); at = other.after) {
        if (other.report_only == found.report_only)
            return imports_fail(in, other.name, "a second header: expected one for --host");
        mixed = true;
        if (found.report_only)
            found = other;
    }
    if (mixed && !imports_note(in, "left out: %s%s, because %s is there too", header, only, header))
        return false;
    *report_only = found.report_only;
    if (is_setting(&found))
        return end_of_setting(in, &found, value);
    if (found.name != found.line)
        return imports_fail(in, found.line,
                            "expected %s: VALUE, add_header %s VALUE or Header set %s VALUE",
                            header, header, header);
    return end_of_response(in, &found, value);
}
