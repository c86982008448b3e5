/* Functions that all readers of pin formats share. */
#include "form/form.h"

#include <pinning/identity.h>
#include <pinning/parse.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void imports_clear(struct imports *in)
{
    for (size_t i = 0; i < in->count; i++)
        free(in->list[i].pins);
    free(in->list);
    in->list = NULL;
    in->count = 0;
    free(in->notes);
    in->notes = NULL;
}

bool imports_note(struct imports *in, const char *fmt, ...)
{
    char *note = NULL, *notes = NULL;
    va_list args;

    va_start(args, fmt);
    bool ok = vasprintf(&note, fmt, args) >= 0;
    va_end(args);
    ok = ok && asprintf(&notes, "%s%s\n", in->notes != NULL ? in->notes : "", note) >= 0;
    if (ok) {
        free(in->notes);
        in->notes = notes;
        free(note);
    }
    return ok || pin_error_set(in->err, PIN_R_INTERNAL, "out of memory");
}

bool imports_fail(struct imports *in, const char *at, const char *fmt, ...)
{
    unsigned long line = 1, column = 1;
    char what[300];
    va_list args;

    for (const char *c = in->bytes; c < at && c < in->bytes + in->len; c++) {
        line += *c == '\n';
        column = *c == '\n' ? 1 : column + 1;
    }
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return pin_error_set(in->err, PIN_R_SYNTAX, "%s:%lu:%lu: %s", in->file, line, column, what);
}

static struct import_host *host_named(struct imports *in, const char *name)
{
    struct import_host *list;

    for (size_t i = 0; i < in->count; i++) {
        if (strcmp(in->list[i].name, name) == 0)
            return &in->list[i];
    }
    list = reallocarray(in->list, in->count + 1, sizeof *list);
    if (list == NULL) {
        pin_error_set(in->err, PIN_R_INTERNAL, "out of memory");
        return NULL;
    }
    in->list = list;
    list[in->count] = (struct import_host){.report_after = PIN_DAY_NEVER};
    snprintf(list[in->count].name, sizeof list[in->count].name, "%s", name);
    return &list[in->count++];
}

bool imports_is_host(struct imports *in, const char *at, const char *name, size_t len,
                     struct pin_identity *out)
{
    const int shown = (int)(len < 100 ? len : 100);
    size_t ascii = 0;

    while (ascii < len && (name[ascii] & 0x80) == 0)
        ascii++;
    if (ascii < len)
        return imports_fail(in, at, "'%.*s' is not ASCII: write the name in A-labels (xn--...)",
                            shown, name);
    return pin_identity_parse(name, len, out) ||
           imports_fail(in, at, "'%.*s' is not a host: expected a name as in DNS, or an address",
                        shown, name);
}

struct import_host *imports_host(struct imports *in, const char *at, const char *name, size_t len)
{
    struct pin_identity id;

    if (!imports_is_host(in, at, name, len, &id))
        return NULL;
    if (strlen(id.text) < PINFILE_NAME)
        return host_named(in, id.text);
    imports_fail(in, at, "'%.40s...' is too long: a name of more than %d bytes can have no file",
                 id.text, PIN_STORE_NAME_MAX);
    return NULL;
}

struct import_host *imports_host_option(struct imports *in)
{
    if (in->host != NULL)
        return host_named(in, in->host);
    pin_error_set(in->err, PIN_R_CONFIG,
                  "this format contains no host names: expected --host HOST");
    return NULL;
}

bool imports_add(struct imports *in, struct import_host *host, enum pin_kind kind,
                 const struct pin_digest *digest, pin_day until)
{
    struct pin *pins;

    for (size_t i = 0; i < host->count; i++) {
        struct pin *pin = &host->pins[i];
        if (pin->kind == kind && pin_digest_equal(&pin->digest, digest)) {
            pin->until = until > pin->until ? until : pin->until;
            return true;
        }
    }
    pins = reallocarray(host->pins, host->count + 1, sizeof *pins);
    if (pins == NULL)
        return pin_error_set(in->err, PIN_R_INTERNAL, "out of memory");
    host->pins = pins;
    pins[host->count++] = (struct pin){.kind = kind, .digest = *digest, .until = until};
    return true;
}

bool imports_add_any(struct imports *in, struct import_host *host, const struct pin_digest *digest,
                     pin_day until)
{
    return (in->as == IMPORT_AS_CA || imports_add(in, host, PIN_KIND_KEY, digest, until)) &&
           (in->as == IMPORT_AS_KEY || imports_add(in, host, PIN_KIND_CA, digest, until));
}

bool imports_digest_text(struct imports *in, const char *prefix, const char *text, size_t len,
                         const char *at, struct pin_digest *out)
{
    char pin[256];
    const char *wrong = "too long for a pin";
    size_t where = 0, prefix_len = strlen(prefix);

    if (prefix_len + len < sizeof pin) {
        snprintf(pin, sizeof pin, "%s%.*s", prefix, (int)len, text);
        wrong = pin_parse_digest(pin, out, &where);
    }
    return wrong == NULL ||
           imports_fail(in, at + (where > prefix_len ? where - prefix_len : 0), "%s", wrong);
}

bool imports_digest(struct imports *in, const char *prefix, const char *at, size_t len,
                    struct pin_digest *out)
{
    return imports_digest_text(in, prefix, at, len, at, out);
}

bool imports_starts_with(const struct imports *in, const char *at, const char *word)
{
    size_t len = strlen(word);

    return (size_t)(in->bytes + in->len - at) >= len && strncmp(at, word, len) == 0;
}
