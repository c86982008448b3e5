/* Reader of Android's network-security-config, which expat parses. */
#include "form/nsc.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIGS_MAX 1024
#define DOMAINS_MAX 4096

struct nsc {
    struct imports *in;
    XML_Parser parser;
    struct nsc_file file;
    size_t open;      /* the innermost open domain-config, or NSC_NO_PARENT */
    bool subdomains;  /* of the open domain */
    unsigned skipped; /* depth within an element that holds no pins */
    char text[300];   /* of the open element, without blanks */
    const char *text_at;
    size_t text_len;
    bool failed;
};

static const char *here(const struct nsc *nsc)
{
    XML_Index at = XML_GetCurrentByteIndex(nsc->parser);

    return nsc->in->bytes + (at > 0 ? at : 0);
}

/* Stops expat. The error has been set. */
static void stop(struct nsc *nsc)
{
    nsc->failed = true;
    XML_StopParser(nsc->parser, XML_FALSE);
}

#define FAIL(nsc, ...) (imports_fail((nsc)->in, here(nsc), __VA_ARGS__), stop(nsc))

static const char *attribute(const char **list, const char *name)
{
    for (; *list != NULL; list += 2) {
        if (strcmp(*list, name) == 0)
            return list[1];
    }
    return NULL;
}

/* Reads a boolean as Android's resource compiler does. */
static void take_boolean(struct nsc *nsc, const char **attributes, const char *name, bool *out)
{
    static const char *const words[] = {"false", "False", "FALSE", "true", "True", "TRUE"};
    const char *value = attribute(attributes, name);
    size_t i = 0;

    if (value == NULL)
        return;
    while (i < 6 && strcmp(value, words[i]) != 0)
        i++;
    *out = i >= 3;
    if (i == 6)
        FAIL(nsc, "%s=\"%.40s\": expected true or false", name, value);
}

static void *grown(struct nsc *nsc, void *list, size_t count, size_t max, size_t size)
{
    void *more = count < max ? reallocarray(list, count + 1, size) : NULL;

    if (more == NULL) {
        FAIL(nsc, "expected at most %zu elements of this kind", max);
        return NULL;
    }
    return more;
}

static void open_config(struct nsc *nsc)
{
    struct nsc_config *list =
        grown(nsc, nsc->file.configs, nsc->file.config_count, CONFIGS_MAX, sizeof *list);

    if (list == NULL)
        return;
    nsc->file.configs = list;
    list[nsc->file.config_count] =
        (struct nsc_config){.parent = nsc->open, .report_after = PIN_DAY_NEVER};
    nsc->open = nsc->file.config_count++;
}

static void open_pin_set(struct nsc *nsc, const char **attributes)
{
    struct nsc_config *config = &nsc->file.configs[nsc->open];
    const char *expiration = attribute(attributes, "expiration");
    pin_day day;

    if (config->has_pins) {
        FAIL(nsc, "a second pin-set: expected one");
        return;
    }
    config->has_pins = true;
    if (expiration == NULL)
        return;
    if (!pin_day_parse(expiration, &day) || day == 0)
        FAIL(nsc, "expiration: expected a date as 2027-01-31");
    else
        config->report_after = day - 1; /* on the day itself it is no longer enforced */
}

/* TrustKit for Android reads the same file. */
static void open_trustkit(struct nsc *nsc, const char **attributes)
{
    struct nsc_config *config = &nsc->file.configs[nsc->open];
    bool enforces = true;

    config->has_mode = attribute(attributes, "enforcePinning") != NULL;
    take_boolean(nsc, attributes, "enforcePinning", &enforces);
    config->reports = !enforces;
    nsc->skipped = 1;
}

static void open_certificates(struct nsc *nsc, const char **attributes)
{
    bool overrides = false;

    take_boolean(nsc, attributes, "overridePins", &overrides);
    if (overrides && !imports_note(nsc->in, "left out: overridePins=\"true\": the pins apply to "
                                            "every CA here"))
        stop(nsc);
}

/* Returns whether nothing in an element concerns pins. */
static bool is_without_pins(const char *name)
{
    static const char *const names[] = {"base-config", "debug-overrides", "trust-anchors",
                                        "certificateTransparency", "domainEncryption"};
    size_t i = 0;

    while (i < sizeof names / sizeof names[0] && strcmp(name, names[i]) != 0)
        i++;
    return i < sizeof names / sizeof names[0];
}

static void refuse_text(struct nsc *nsc)
{
    imports_fail(nsc->in, nsc->text_at, "text is not allowed here: expected only elements");
    stop(nsc);
}

static void start(void *arg, const char *name, const char **attributes)
{
    struct nsc *nsc = arg;
    const bool inside = nsc->open != NSC_NO_PARENT;
    const char *value;

    if (nsc->text_len > 0) {
        refuse_text(nsc);
        return;
    }
    nsc->text_at = here(nsc);
    if (nsc->skipped > 0 || is_without_pins(name)) {
        nsc->skipped++;
        if (inside && strcmp(name, "certificates") == 0)
            open_certificates(nsc, attributes);
    } else if (strcmp(name, "domain-config") == 0) {
        open_config(nsc);
    } else if (inside && strcmp(name, "pin-set") == 0) {
        open_pin_set(nsc, attributes);
    } else if (inside && strcmp(name, "domain") == 0) {
        nsc->subdomains = false;
        take_boolean(nsc, attributes, "includeSubdomains", &nsc->subdomains);
    } else if (inside && strcmp(name, "pin") == 0 && nsc->file.configs[nsc->open].has_pins) {
        value = attribute(attributes, "digest");
        if (value == NULL || strcmp(value, "SHA-256") != 0)
            FAIL(nsc, "expected digest=\"SHA-256\"");
    } else if (inside && strcmp(name, "trustkit-config") == 0) {
        open_trustkit(nsc, attributes);
    } else if (strcmp(name, "network-security-config") != 0) {
        FAIL(nsc, "unknown element %.60s", name);
    }
}

static void characters(void *arg, const char *text, int len)
{
    struct nsc *nsc = arg;

    for (int i = 0; i < len && !nsc->failed && nsc->skipped == 0; i++) {
        if (strchr(" \t\r\n", text[i]) != NULL)
            continue;
        if (nsc->text_len == sizeof nsc->text - 1) {
            FAIL(nsc, "the text is too long");
            return;
        }
        if (nsc->text_len == 0)
            nsc->text_at = here(nsc) + i;
        nsc->text[nsc->text_len++] = text[i];
    }
}

static void close_pin(struct nsc *nsc)
{
    struct nsc_config *config = &nsc->file.configs[nsc->open];

    if (config->pin_count == NSC_PINS_MAX)
        FAIL(nsc, "too many pins: expected at most %d", NSC_PINS_MAX);
    else if (!imports_digest_text(nsc->in, "sha256//", nsc->text, nsc->text_len, nsc->text_at,
                                  &config->pins[config->pin_count++]))
        stop(nsc);
}

/* A name without pins may be one that no file can have, so only its form is checked here. */
static void close_domain(struct nsc *nsc)
{
    struct nsc_domain *list =
        grown(nsc, nsc->file.domains, nsc->file.domain_count, DOMAINS_MAX, sizeof *list);
    struct nsc_domain *domain;

    if (list == NULL)
        return;
    nsc->file.domains = list;
    domain = &list[nsc->file.domain_count];
    *domain =
        (struct nsc_domain){.at = nsc->text_at, .subdomains = nsc->subdomains, .config = nsc->open};
    if (!imports_is_host(nsc->in, nsc->text_at, nsc->text, nsc->text_len, &domain->id)) {
        stop(nsc);
        return;
    }
    for (size_t i = 0; i < nsc->file.domain_count; i++) {
        if (pin_identity_equal(&list[i].id, &domain->id)) {
            imports_fail(nsc->in, domain->at, "'%.100s' stands in a domain before: expected one",
                         domain->id.text);
            stop(nsc);
            return;
        }
    }
    nsc->file.domain_count++;
}

static void end(void *arg, const char *name)
{
    struct nsc *nsc = arg;

    if (nsc->failed) /* expat still reports the end of an empty element */
        return;
    nsc->text[nsc->text_len] = '\0';
    if (nsc->skipped > 0)
        nsc->skipped--;
    else if (strcmp(name, "pin") == 0)
        close_pin(nsc);
    else if (strcmp(name, "domain") == 0)
        close_domain(nsc);
    else if (nsc->text_len > 0)
        refuse_text(nsc);
    else if (strcmp(name, "domain-config") == 0)
        nsc->open = nsc->file.configs[nsc->open].parent;
    nsc->text_len = 0;
}

/* A DOCTYPE could define entities that expand without limit, and Android's format has none. */
static void doctype(void *arg, const char *name, const char *system, const char *public,
                    int internal)
{
    struct nsc *nsc = arg;

    (void)name, (void)system, (void)public, (void)internal;
    FAIL(nsc, "a DOCTYPE is not allowed");
}

bool import_nsc(struct imports *in)
{
    struct nsc nsc = {.in = in, .parser = XML_ParserCreate(NULL), .open = NSC_NO_PARENT};

    if (nsc.parser == NULL)
        return pin_error_set(in->err, PIN_R_INTERNAL, "out of memory");
    XML_SetUserData(nsc.parser, &nsc);
    XML_SetElementHandler(nsc.parser, start, end);
    XML_SetCharacterDataHandler(nsc.parser, characters);
    XML_SetStartDoctypeDeclHandler(nsc.parser, doctype);
    if (XML_Parse(nsc.parser, in->bytes, (int)in->len, 1) != XML_STATUS_OK && !nsc.failed)
        FAIL(&nsc, "%s", XML_ErrorString(XML_GetErrorCode(nsc.parser)));
    XML_ParserFree(nsc.parser);
    bool ok = !nsc.failed && nsc_add_hosts(in, &nsc.file);
    free(nsc.file.configs);
    free(nsc.file.domains);
    return ok;
}
