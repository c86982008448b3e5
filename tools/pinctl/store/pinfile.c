/* The lines of a pin file. */
#include "store/pinfile.h"

#include "say/say.h"

#include <pinning/instance.h>
#include <stdlib.h>
#include <string.h>

size_t pinfile_line_end(const struct pin_text *text, size_t at)
{
    const char *newline = at < text->len ? memchr(text->bytes + at, '\n', text->len - at) : NULL;
    return newline != NULL ? (size_t)(newline - text->bytes) : text->len;
}

bool pinfile_line(const struct pin_text *text, unsigned number, struct pinfile_line *out)
{
    size_t at = 0;

    for (unsigned i = 1; i < number && at < text->len; i++)
        at = pinfile_line_end(text, at) + 1;
    if (at >= text->len)
        return false;
    *out = (struct pinfile_line){at, pinfile_line_end(text, at)};
    return true;
}

bool pinfile_find(const struct pin_text *text, const char *name, struct pinfile_line *out)
{
    static const char blanks[] = " \t";

    for (size_t at = 0, end; at < text->len; at = end + 1) {
        const char *word = text->bytes + at + strspn(text->bytes + at, blanks);
        end = pinfile_line_end(text, at);
        if (strncmp(word, name, strlen(name)) == 0 &&
            word[strlen(name) + strspn(word + strlen(name), blanks)] == '=') {
            *out = (struct pinfile_line){at, end};
            return true;
        }
    }
    return false;
}

bool pinfile_splice(struct pin_text *text, size_t at, size_t removed, const char *put,
                    struct pin_error *err)
{
    size_t more = strlen(put);
    char *bytes = malloc(text->len - removed + more + 1);

    if (bytes == NULL)
        return pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    if (at > 0)
        memcpy(bytes, text->bytes, at);
    memcpy(bytes + at, put, more);
    if (text->len > at + removed)
        memcpy(bytes + at + more, text->bytes + at + removed, text->len - at - removed);
    text->len = text->len - removed + more;
    bytes[text->len] = '\0';
    free(text->bytes);
    text->bytes = bytes;
    return true;
}

/* ---- for programs ---- */
