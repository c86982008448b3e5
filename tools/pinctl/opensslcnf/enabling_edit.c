/* Changes of openssl.cnf and pinning.cnf that keep what others wrote. */
#include "opensslcnf/enabling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char mark[] =
    "# Added by pinctl enable, with the next line; pinctl disable removes both.\n";
/* The last line may lack its newline: we add it, and remove it again. */
static const char mark_unended[] =
    "\n# Added by pinctl enable, with the line end before; pinctl disable removes them.\n";

char *pinctl_enabling_add(const struct pinctl_textfile *stock, const char *own)
{
    bool ended = stock->len == 0 || stock->bytes[stock->len - 1] == '\n';
    char *text = NULL;

    return asprintf(&text, "%s%s.include %s\n", stock->bytes, ended ? mark : mark_unended, own) > 0
               ? text
               : NULL;
}

/* Removes what and the .include line after it. False if what does not begin a line. */
static bool cut(struct pinctl_textfile *stock, const char *what)
{
    char *at = strstr(stock->bytes, what);
    size_t removed = strlen(what);

    if (at == NULL || (at != stock->bytes && *at != '\n' && at[-1] != '\n'))
        return false;
    if (strncmp(at + removed, ".include ", strlen(".include ")) == 0) {
        removed += strcspn(at + removed, "\n");
        removed += at[removed] == '\n';
    }
    memmove(at, at + removed, strlen(at + removed) + 1);
    stock->len -= removed;
    return true;
}

bool pinctl_enabling_remove(struct pinctl_textfile *stock)
{
    return cut(stock, mark_unended) || cut(stock, mark);
}

/* Is it a line that pinctl_enabling_text() writes each time? */
static bool is_generated(const char *line)
{
    static const char *const names[] = {"module", "activate", "pins", "strict"};

    line += strspn(line, " \t");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t len = strlen(names[i]);
        if (strncmp(line, names[i], len) == 0 && line[len + strspn(line + len, " \t")] == '=')
            return true;
    }
    return false;
}

char *pinctl_enabling_keep(const char *text, const char *old)
{
    static const char section[] = "\n[" ENABLING_SECTION "]\n";
    const char *at = strstr(old, section);
    char *kept = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&kept, &size);

    if (out == NULL)
        return NULL;
    fputs(text, out);
    for (at = at != NULL ? at + strlen(section) : ""; *at != '\0';) {
        size_t len = strcspn(at, "\n");
        if (!is_generated(at))
            fprintf(out, "%.*s\n", (int)len, at);
        at += len + (at[len] == '\n');
    }
    if (fclose(out) == 0)
        return kept;
    free(kept);
    return NULL;
}
