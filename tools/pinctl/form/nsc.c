/* Reader of Android's network-security-config, which expat parses. */
#include "form/form.h"

#include <pinning/identity.h>
#include <pinning/policy.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 8
#define NAMES_MAX 64
#define PINS_MAX  64

/* A domain-config. A nested one inherits the pins of the outer one unless it has its own. */
struct domain_config {
    size_t names, name_count; /* in nsc.names */
    struct pin_digest pins[PINS_MAX];
    size_t pin_count;
    bool has_pins, inherited;
    pin_day report_after;
};

struct nsc {
    struct imports *in;
    XML_Parser parser;
    struct domain_config configs[DEPTH_MAX];
    size_t depth;
    struct {
        char name[300];
        bool subdomains;
    } names[NAMES_MAX];
    size_t name_count;
    char text[300]; /* of the open element */
    size_t text_len;
    bool failed;
};

/* Sets the error for the line that expat has reached, and stops it. */
__attribute__((format(printf, 2, 3))) static void fail(struct nsc *nsc, const char *fmt, ...)
{
    char what[300];
    va_list args;

    if (nsc->failed)
        return;
    nsc->failed = true;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    pin_error_set(nsc->in->err, PIN_R_SYNTAX, "%s:%lu:%lu: %s", nsc->in->file,
                  (unsigned long)XML_GetCurrentLineNumber(nsc->parser),
                  (unsigned long)XML_GetCurrentColumnNumber(nsc->parser) + 1, what);
    XML_StopParser(nsc->parser, XML_FALSE);
}

static const char *attribute(const char **list, const char *name)
{
    for (; *list != NULL; list += 2) {
        if (strcmp(*list, name) == 0)
            return list[1];
    }
    return NULL;
}

static void open_config(struct nsc *nsc)
{
    struct domain_config *config = &nsc->configs[nsc->depth];

    if (nsc->depth == DEPTH_MAX) {
        fail(nsc, "too deeply nested: expected at most %d domain-config", DEPTH_MAX);
        return;
    }
    *config = (struct domain_config){.names = nsc->name_count, .report_after = PIN_DAY_NEVER};
    if (nsc->depth > 0 && config[-1].has_pins) {
        struct pin_digest *pins = config->pins;
        memcpy(pins, config[-1].pins, sizeof config->pins);
        config->pin_count = config[-1].pin_count;
        config->report_after = config[-1].report_after;
        config->has_pins = config->inherited = true;
    }
    nsc->depth++;
}

static void open_pin_set(struct nsc *nsc, const char **attributes)
{
    struct domain_config *config = &nsc->configs[nsc->depth - 1];
    const char *expiration = attribute(attributes, "expiration");
    pin_day day;

    if (config->has_pins && !config->inherited) {
        fail(nsc, "a second pin-set: expected one");
        return;
    }
    config->has_pins = true;
    config->inherited = false;
    config->pin_count = 0;
    config->report_after = PIN_DAY_NEVER;
    if (expiration == NULL)
        return;
    if (!pin_day_parse(expiration, &day) || day == 0)
        fail(nsc, "expiration: expected a date as 2027-01-31");
    else
        config->report_after = day - 1; /* on the day itself it is no longer enforced */
}

static void start(void *arg, const char *name, const char **attributes)
{
    static const char *const ignored[] = {
        "network-security-config", "base-config",  "debug-overrides",
        "trust-anchors",           "certificates", "certificateTransparency"};
    struct nsc *nsc = arg;
    const char *value;

    nsc->text_len = 0;
    if (strcmp(name, "domain-config") == 0) {
        open_config(nsc);
    } else if (nsc->depth > 0 && strcmp(name, "pin-set") == 0) {
        open_pin_set(nsc, attributes);
    } else if (nsc->depth > 0 && strcmp(name, "domain") == 0) {
        value = attribute(attributes, "includeSubdomains");
        if (nsc->name_count == NAMES_MAX)
            fail(nsc, "too many domains");
        else
            nsc->names[nsc->name_count].subdomains = value != NULL && strcmp(value, "true") == 0;
    } else if (nsc->depth > 0 && strcmp(name, "pin") == 0) {
        value = attribute(attributes, "digest");
        if (value == NULL || strcmp(value, "SHA-256") != 0)
            fail(nsc, "expected digest=\"SHA-256\"");
    } else {
        size_t i = 0;
        while (i < sizeof ignored / sizeof ignored[0] && strcmp(name, ignored[i]) != 0)
            i++;
        if (i == sizeof ignored / sizeof ignored[0])
            fail(nsc, "unknown element %.60s", name);
    }
}

static void characters(void *arg, const char *text, int len)
{
    struct nsc *nsc = arg;

    for (int i = 0; i < len && !nsc->failed; i++) {
        if (strchr(" \t\r\n", text[i]) != NULL)
            continue;
        if (nsc->text_len == sizeof nsc->text - 1) {
            fail(nsc, "the text is too long");
            return;
        }
        nsc->text[nsc->text_len++] = text[i];
    }
}

/* imports_digest() would report a place in the element's text, so its error is replaced by one with
 * the place that expat knows. */
static void close_pin(struct nsc *nsc)
{
    struct domain_config *config = &nsc->configs[nsc->depth - 1];
    struct pin_error err = {.reason = PIN_OK};
    struct imports text = {.bytes = nsc->text, .len = nsc->text_len, .file = "pin", .err = &err};

    if (config->pin_count == PINS_MAX)
        fail(nsc, "too many pins");
    else if (!imports_digest(&text, "sha256//", nsc->text, nsc->text_len,
                             &config->pins[config->pin_count++]))
        fail(nsc, "%s", err.text);
}

static void close_config(struct nsc *nsc)
{
    struct domain_config *config = &nsc->configs[--nsc->depth];
    struct import_host *host;

    for (size_t i = config->names; i < nsc->name_count && config->has_pins && !nsc->failed; i++) {
        const char *name = nsc->names[i].name;
        struct pin_identity id;
        if (!pin_identity_parse(name, strlen(name), &id)) {
            fail(nsc, "'%.100s' is not a host: expected a name as in DNS", name);
            return;
        }
        host = imports_host(nsc->in, nsc->in->bytes, name, strlen(name));
        nsc->failed |= host == NULL;
        if (host == NULL)
            return;
        host->subdomains |= nsc->names[i].subdomains;
        host->report_after =
            config->report_after < host->report_after ? config->report_after : host->report_after;
        for (size_t p = 0; p < config->pin_count; p++)
            nsc->failed |= !imports_add_any(nsc->in, host, &config->pins[p], PIN_DAY_NEVER);
    }
    nsc->name_count = config->names;
}

static void end(void *arg, const char *name)
{
    struct nsc *nsc = arg;

    if (nsc->failed) /* expat still reports the end of an empty element */
        return;
    nsc->text[nsc->text_len] = '\0';
    if (strcmp(name, "pin") == 0)
        close_pin(nsc);
    else if (strcmp(name, "domain") == 0)
        snprintf(nsc->names[nsc->name_count++].name, sizeof nsc->names[0].name, "%s", nsc->text);
    else if (strcmp(name, "domain-config") == 0)
        close_config(nsc);
    else if (nsc->text_len > 0)
        fail(nsc, "text is not allowed here: expected only elements");
    nsc->text_len = 0;
}

/* A DOCTYPE could define entities that expand without limit, and Android's format has none. */
static void doctype(void *arg, const char *name, const char *system, const char *public,
                    int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    fail(arg, "a DOCTYPE is not allowed");
}

bool import_nsc(struct imports *in)
{
    struct nsc *nsc = calloc(1, sizeof *nsc);

    if (nsc == NULL || (nsc->parser = XML_ParserCreate(NULL)) == NULL) {
        free(nsc);
        return pin_error_set(in->err, PIN_R_INTERNAL, "out of memory");
    }
    nsc->in = in;
    XML_SetUserData(nsc->parser, nsc);
    XML_SetElementHandler(nsc->parser, start, end);
    XML_SetCharacterDataHandler(nsc->parser, characters);
    XML_SetStartDoctypeDeclHandler(nsc->parser, doctype);
    if (XML_Parse(nsc->parser, in->bytes, (int)in->len, 1) != XML_STATUS_OK)
        fail(nsc, "%s", XML_ErrorString(XML_GetErrorCode(nsc->parser)));
    bool ok = !nsc->failed;
    XML_ParserFree(nsc->parser);
    free(nsc);
    return ok;
}
