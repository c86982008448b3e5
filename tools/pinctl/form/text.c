/* The text of an imported host's pin file. */
#include "form/form.h"

#include <pinning/policy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct pin *find(const struct pin *pin, const struct pin_policy *existing)
{
    for (size_t i = 0; i < existing->count; i++) {
        if (existing->pins[i].kind == pin->kind &&
            pin_digest_equal(&existing->pins[i].digest, &pin->digest))
            return &existing->pins[i];
    }
    return NULL;
}

bool import_has_all(const struct import_host *host, const struct pin_policy *existing)
{
    for (size_t i = 0; i < host->count; i++) {
        if (find(&host->pins[i], existing) == NULL)
            return false;
    }
    return true;
}

static void put_pins(FILE *out, const struct import_host *host, const struct pin_policy *existing)
{
    char pin[PIN_DIGEST_TEXT], day[PIN_DAY_TEXT];

    for (size_t i = 0; i < host->count; i++) {
        const struct pin *p = &host->pins[i];
        if (find(p, existing) != NULL)
            continue;
        pin_digest_format(&p->digest, pin);
        fprintf(out, "%s = %s", pin_kind_name(p->kind), pin);
        if (p->until != PIN_DAY_NEVER) {
            pin_day_format(p->until, day);
            fprintf(out, " until %s", day);
        }
        putc('\n', out);
    }
}

static enum pin_mode mode_of(const struct import_host *host)
{
    return host->exempt ? PIN_MODE_OFF : host->report ? PIN_MODE_REPORT : PIN_MODE_ENFORCE;
}

static char *closed(FILE *out, char **text)
{
    if (fclose(out) == 0)
        return *text;
    free(*text);
    return NULL;
}

char *import_text(const struct import_host *host, const char *format, const struct pin_text *old,
                  const struct pin_policy *existing)
{
    char *text = NULL, day[PIN_DAY_TEXT];
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    if (old != NULL)
        fprintf(out, "%s%s", old->bytes,
                old->len > 0 && old->bytes[old->len - 1] != '\n' ? "\n" : "");
    fprintf(out, "# pinctl import %s\n", format);
    put_pins(out, host, existing);
    if (old == NULL && host->subdomains)
        fputs("subdomains = yes\n", out);
    if (old == NULL && mode_of(host) != PIN_MODE_ENFORCE)
        fprintf(out, "mode = %s\n", pin_mode_name(mode_of(host)));
    if (old == NULL && host->report_after != PIN_DAY_NEVER) {
        pin_day_format(host->report_after, day);
        fprintf(out, "report-after = %s\n", day);
    }
    return closed(out, &text);
}

static void put_difference(FILE *out, const char *what, const char *import, const char *file)
{
    if (strcmp(import, file) != 0)
        fprintf(out, "%s%s (import: %s, file: %s)", ftell(out) > 0 ? ", " : "", what, import, file);
}

char *import_differences(const struct import_host *host, const struct pin_policy *existing)
{
    char *text = NULL, import[PIN_DAY_TEXT], file[PIN_DAY_TEXT], what[PIN_DIGEST_TEXT + 32];
    char digest[PIN_DIGEST_TEXT];
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    put_difference(out, "subdomains", host->subdomains ? "yes" : "no",
                   existing->subdomains ? "yes" : "no");
    put_difference(out, "mode", pin_mode_name(mode_of(host)), pin_mode_name(existing->mode));
    pin_day_format(host->report_after, import);
    pin_day_format(existing->report_after, file);
    put_difference(out, "report-after", import, file);
    for (size_t i = 0; i < host->count; i++) {
        const struct pin *pin = find(&host->pins[i], existing);
        if (pin == NULL)
            continue;
        pin_digest_format(&pin->digest, digest);
        snprintf(what, sizeof what, "until of %s = %s", pin_kind_name(pin->kind), digest);
        pin_day_format(host->pins[i].until, import);
        pin_day_format(pin->until, file);
        put_difference(out, what, import, file);
    }
    return closed(out, &text);
}
