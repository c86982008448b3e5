/* pinctl export: the pins of a host in the formats of other programs. */
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"
#include "store/files.h"

#include "store/pinfile.h"

#include <pinning/instance.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cmd_export(struct pinctl *ctl, int argc, char **argv);

#define FORMATS "curl, tlsa, hpkp, okhttp or nsc"

struct call {
    struct pinctl *ctl;
    unsigned port;
    char host[PINFILE_NAME];
    struct pin_policy policy;
    size_t done, dropped; /* pins printed, and pins that the format cannot express */
};

static const char *parse_port(void *arg, const char *value)
{
    char *end;
    unsigned long port = strtoul(value, &end, 10);

    if (*end != '\0' || end == value || *value == '-' || port == 0 || port > 65535)
        return "expected 1 to 65535";
    ((struct call *)arg)->port = (unsigned)port;
    return NULL;
}

static const struct pinctl_option options[] = {
    PINCTL_PARSED("port", "PORT", parse_port, "port of the TLSA records (443)"),
    PINCTL_OPTIONS_END};

static const struct pinctl_usage usage = {
    .usage = "curl|tlsa|hpkp|okhttp|nsc HOST",
    .about = "Prints the pins of HOST.pins as the value of curl --pinnedpubkey, as TLSA\n"
             "records, as an HPKP header, for OkHttp or for Android (network-security-config).\n"
             "Pins that the format cannot express are listed on standard error, with exit\n"
             "status 1.",
    .example =
        "curl --pinnedpubkey \"$(pinctl export curl api.example.com)\" https://api.example.com/",
    .options = options};

static void drop(struct call *call, const struct pin *pin, const char *why)
{
    char text[PIN_DIGEST_TEXT];

    pin_digest_format(&pin->digest, text);
    pinctl_print(stderr, "pinctl: left out: %s = %s: %s\n", pin_kind_name(pin->kind), text, why);
    call->dropped++;
}

/* True if an earlier key or ca pin has the same digest. */
static bool is_repeated(const struct call *call, size_t index, pin_day today)
{
    for (size_t i = 0; i < index; i++) {
        if (call->policy.pins[i].kind != PIN_KIND_CERT && call->policy.pins[i].until >= today &&
            pin_digest_equal(&call->policy.pins[i].digest, &call->policy.pins[index].digest))
            return true;
    }
    return false;
}

/* Returns the last day on which all of the pins in force are enforced. */
static pin_day last_day(const struct call *call)
{
    const pin_day today = pin_day_of(call->ctl->now);
    pin_day first = call->policy.report_after >= today ? call->policy.report_after : PIN_DAY_NEVER;

    for (size_t i = 0; i < call->policy.count; i++) {
        const pin_day until = call->policy.pins[i].until;
        first = until >= today && until < first ? until : first;
    }
    return first;
}

static bool to_curl(struct call *call, const struct pin *pin, const char **why)
{
    char text[PIN_DIGEST_TEXT];

    *why = pin->kind != PIN_KIND_KEY ? "curl pins the key of the server's own certificate only"
           : pin->digest.hash != PIN_SHA256 ? "curl supports sha256 only"
                                            : NULL;
    if (*why != NULL)
        return false;
    pin_digest_format(&pin->digest, text);
    printf("%s%s", call->done > 0 ? ";" : "", text);
    return true;
}

static bool to_tlsa(struct call *call, const struct pin *pin, const char **why)
{
    const bool key = pin->kind != PIN_KIND_CERT;

    *why = "TLSA supports sha256 and sha512 only";
    if (pin->digest.hash == PIN_SHA384)
        return false;
    printf("_%u._tcp.%s. IN TLSA %d %d %d ", call->port, call->host,
           pin->kind == PIN_KIND_CA ? 2 : 3, key, pin->digest.hash == PIN_SHA256 ? 1 : 2);
    for (size_t i = 0; i < pin_hash_size(pin->digest.hash); i++)
        printf("%02x", pin->digest.bytes[i]);
    putchar('\n');
    return true;
}

/* Returns the BASE64 of a pin that counts for any key of the
 * chain, or NULL with *why. */
static const char *base64_of(const struct pin *pin, char text[static PIN_DIGEST_TEXT],
                             const char **why)
{
    *why = pin->kind == PIN_KIND_CERT       ? "this format pins keys only"
           : pin->digest.hash != PIN_SHA256 ? "this format supports sha256 only"
                                            : NULL;
    pin_digest_format(&pin->digest, text);
    return *why == NULL ? text + strlen("sha256//") : NULL;
}

static bool to_hpkp(struct call *call, const struct pin *pin, const char **why)
{
    char text[PIN_DIGEST_TEXT];
    const char *base64 = base64_of(pin, text, why);

    if (base64 != NULL)
        printf("%spin-sha256=\"%s\"", call->done > 0 ? "; " : "Public-Key-Pins: ", base64);
    return base64 != NULL;
}

static bool to_okhttp(struct call *call, const struct pin *pin, const char **why)
{
    char text[PIN_DIGEST_TEXT];
    const char *base64 = base64_of(pin, text, why);

    if (base64 != NULL && call->done == 0)
        puts("new CertificatePinner.Builder()");
    if (base64 != NULL)
        printf("    .add(\"%s%s\", \"sha256/%s\")\n", call->policy.subdomains ? "**." : "",
               call->host, base64);
    return base64 != NULL;
}

/* A pin-set has one end for all pins: the day after the last on which all of them are enforced. */
static void begin_nsc(const struct call *call)
{
    const pin_day last = last_day(call);
    char day[PIN_DAY_TEXT];

    printf("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<network-security-config>\n"
           "    <domain-config>\n        <domain includeSubdomains=\"%s\">%s</domain>\n",
           call->policy.subdomains ? "true" : "false", call->host);
    if (last == PIN_DAY_NEVER) {
        puts("        <pin-set>");
    } else {
        pin_day_format(last + 1, day);
        printf("        <pin-set expiration=\"%s\">\n", day);
    }
}

static bool to_nsc(struct call *call, const struct pin *pin, const char **why)
{
    char text[PIN_DIGEST_TEXT];
    const char *base64 = base64_of(pin, text, why);

    if (base64 != NULL && call->done == 0)
        begin_nsc(call);
    if (base64 != NULL)
        printf("            <pin digest=\"SHA-256\">%s</pin>\n", base64);
    return base64 != NULL;
}

static void end_okhttp(const struct call *call)
{
    puts("    .build()");
    if (last_day(call) != PIN_DAY_NEVER)
        pinctl_print(stderr, "pinctl: %s.pins ends on a day; OkHttp has no dates\n", call->host);
}

static void end_nsc(const struct call *call)
{
    (void)call;
    puts("        </pin-set>\n    </domain-config>\n</network-security-config>");
}

static void end_curl(const struct call *call)
{
    (void)call;
    putchar('\n');
}

static void end_tlsa(const struct call *call)
{
    (void)call;
}

/* max-age ends with report-after or the first pin that expires; without them it is 60 days (RFC
 * 7469 section 4.1). */
static void end_hpkp(const struct call *call)
{
    const pin_day first = last_day(call);
    long long max_age = 60 * 86400;

    if (first != PIN_DAY_NEVER)
        max_age = ((long long)first + 1) * 86400 - 1 - call->ctl->now;
    printf("; max-age=%lld%s\n", max_age, call->policy.subdomains ? "; includeSubDomains" : "");
}

static const struct {
    const char *name;
    bool (*put)(struct call *call, const struct pin *pin, const char **why);
    void (*end)(const struct call *call);
    bool merges; /* key and ca pins of one digest are one pin */
} formats[] = {{"curl", to_curl, end_curl, false},
               {"tlsa", to_tlsa, end_tlsa, false},
               {"hpkp", to_hpkp, end_hpkp, true},
               {"okhttp", to_okhttp, end_okhttp, true},
               {"nsc", to_nsc, end_nsc, true}};

static int put_all(struct call *call, size_t format)
{
    const pin_day today = pin_day_of(call->ctl->now);
    const enum pin_mode mode = pin_policy_mode(&call->policy, call->ctl->now, NULL);
    const char *why;

    for (size_t i = 0; i < call->policy.count; i++) {
        const struct pin *pin = &call->policy.pins[i];
        if (pin->until < today)
            drop(call, pin, "it has expired");
        else if (formats[format].merges && pin->kind != PIN_KIND_CERT &&
                 is_repeated(call, i, today))
            continue;
        else if (formats[format].put(call, pin, &why))
            call->done++;
        else
            drop(call, pin, why);
    }
    if (call->done == 0)
        return pinctl_fail(call->ctl, "%s.pins: no pin that %s can express", call->host,
                           formats[format].name);
    formats[format].end(call);
    if (mode != PIN_MODE_ENFORCE)
        pinctl_print(stderr,
                     "pinctl: %s.pins is not enforced here (mode = %s); the export has no mode\n",
                     call->host, pin_mode_name(mode));
    return call->dropped > 0 ? PINCTL_FINDING : PINCTL_FINE;
}

static bool read_policy(struct call *call, const char *typed, struct pin_instance *instance,
                        struct pin_error *err)
{
    struct pin_text text = {.bytes = NULL};
    enum pin_store_status status;

    if (!pinfile_name(typed, call->host, err) || !pinctl_settings(call->ctl, instance, err))
        return false;
    if (instance->fault.reason != PIN_OK) {
        *err = instance->fault;
        return false;
    }
    status = pinctl_read(instance, call->host, &call->policy, &text, err);
    pin_text_clear(&text);
    if (status == PIN_STORE_NONE)
        pin_error_set(err, PIN_R_CONFIG, "%s has no file %s.pins", instance->config.pins,
                      call->host);
    return status == PIN_STORE_FOUND;
}

int cmd_export(struct pinctl *ctl, int argc, char **argv)
{
    struct call call = {.ctl = ctl, .port = 443};
    struct pin_instance instance = {.fault = {.reason = PIN_OK}};
    struct pin_error err = {.reason = PIN_OK};
    size_t format = 0;
    int status;

    argc = pinctl_options(ctl, argc, argv, &usage, &call, &status);
    if (argc < 0)
        return status;
    if (argc != 2)
        return pinctl_fail(ctl, "expected a format (" FORMATS ") and a host");
    while (format < sizeof formats / sizeof formats[0] &&
           strcmp(argv[0], formats[format].name) != 0)
        format++;
    if (format == sizeof formats / sizeof formats[0])
        return pinctl_fail(ctl, "unknown format \"%s\": expected " FORMATS, argv[0]);
    status = read_policy(&call, argv[1], &instance, &err) ? put_all(&call, format)
                                                          : pinctl_fail(ctl, "%s", err.text);
    pin_policy_clear(&call.policy);
    pin_instance_clear(&instance);
    return status;
}
