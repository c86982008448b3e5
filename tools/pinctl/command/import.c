/* pinctl import: the conversion of pins from other formats. */
#include "form/form.h"
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"
#include "store/files.h"

#include "opensslcnf/textfile.h"

#include <pinning/instance.h>
#include <stdio.h>
#include <pinning/parse.h>

#include <stdlib.h>
#include <string.h>

int cmd_import(struct pinctl *ctl, int argc, char **argv);

static const struct {
    const char *name;
    bool (*read)(struct imports *in);
} formats[] = {{"curl", import_curl},
               {"okhttp", import_okhttp},
               {"hpkp", import_hpkp},
               {"tlsa", import_tlsa},
               {"nsc", import_nsc},
               {"gnutls", import_gnutls},
               {"fingerprint", import_fingerprint},
               {"openvpn", import_openvpn}};
#define FORMATS "curl, okhttp, hpkp, tlsa, nsc, gnutls, fingerprint or openvpn"
struct call {
    struct pinctl *ctl;
    const char *host, *origin;
    enum import_as as;
    bool merge, dry_run;
    bool left; /* --merge left a difference */
    const char *format;
    struct imports in;
    struct pin_instance instance;
    int lock;
};

static const char *parse_as(void *arg, const char *value)
{
    bool key = strcmp(value, "key") == 0;

    ((struct call *)arg)->as = key ? IMPORT_AS_KEY : IMPORT_AS_CA;
    return key || strcmp(value, "ca") == 0 ? NULL : "expected key or ca";
}

static const struct pinctl_option options[] = {
    PINCTL_TEXT("host", "HOST", struct call, host,
                "the host, which curl, hpkp, fingerprint and openvpn do not name"),
    PINCTL_TEXT("origin", "HOST", struct call, origin,
                "the zone of relative names in a zone file without $ORIGIN"),
    PINCTL_PARSED("as", "KIND", parse_as,
                  "key or ca, where the format means any key of the chain (default: both)"),
    PINCTL_FLAG("merge", struct call, merge, "add the pins to an existing file"),
    PINCTL_FLAG("dry-run", struct call, dry_run, "print the files, and write none"),
    PINCTL_OPTIONS_END};

static const struct pinctl_usage usage = {
    .usage = "curl|okhttp|hpkp|tlsa|nsc|gnutls|fingerprint|openvpn FILE",
    .about = "Writes pin files from what curl, OkHttp sources, HPKP headers, zone files with\n"
             "TLSA records, Android's network-security-config, GnuTLS's known_hosts, openssl\n"
             "x509 -fingerprint or OpenVPN contain; \"-\" is standard input. If it cannot parse\n"
             "the input it writes nothing.",
    .example = "pinctl import tlsa example.com.zone",
    .options = options};

/* True if the module would accept this text. */
static bool is_readable(const char *file, const char *text, struct pin_error *err)
{
    struct pin_policy policy;
    bool ok = pin_parse_policy(text, strlen(text), file, &policy, err);

    pin_policy_clear(&policy);
    return ok;
}

static bool may_replace(const struct call *call, const char *file, struct pin_error *err)
{
    char question[PINFILE_NAME + 64];

    snprintf(question, sizeof question, "%s exists. Replace it?", file);
    return pinctl_ask(call->ctl, question) ||
           pin_error_set(err, PIN_R_CONFIG, "%s exists: use --merge, or answer yes to replace it",
                         file);
}

/* Prints what merging left as it is in the file, because it would change what holds for the pins
 * that are there. False when out of memory. */
static bool print_differences(struct call *call, const struct import_host *host,
                              const struct pin_policy *existing)
{
    char *differences = import_differences(host, existing);

    if (differences != NULL && *differences != '\0') {
        pinctl_print(stderr,
                     "pinctl: %s.pins: --merge adds pins and leaves the rest: %s; change it with: "
                     "pinctl edit %s\n",
                     host->name, differences, host->name);
        call->left = true;
    }
    free(differences);
    return differences != NULL;
}

/* Makes the text of a host's file; *text stays NULL if all pins are in it already. */
static bool prepare(struct call *call, const struct import_host *host, char **text,
                    struct pin_error *err)
{
    struct pin_policy existing = {.report_after = PIN_DAY_NEVER};
    struct pin_text old = {.bytes = NULL};
    struct pin_error reading = {.reason = PIN_OK};
    char file[PINFILE_NAME + 8];
    enum pin_store_status status = PIN_STORE_NONE;
    bool ok = true, merge;

    snprintf(file, sizeof file, "%s.pins", host->name);
    if (!call->dry_run)
        status = pinctl_read(&call->instance, host->name, &existing, &old, &reading);
    merge = status == PIN_STORE_FOUND && call->merge;
    if (status == PIN_STORE_FOUND && !call->merge) {
        ok = may_replace(call, file, err);
        pin_policy_clear(&existing);
    } else if (status != PIN_STORE_FOUND && status != PIN_STORE_NONE) {
        *err = reading;
        ok = false;
    }
    if (ok && merge)
        ok = print_differences(call, host, &existing) ||
             pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    if (ok && !(merge && import_has_all(host, &existing))) {
        *text = import_text(host, call->format, merge ? &old : NULL, &existing);
        ok = *text != NULL ? is_readable(file, *text, err)
                           : pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    }
    pin_policy_clear(&existing);
    pin_text_clear(&old);
    return ok;
}

/* Makes all texts before it writes the first file, so that an error leaves the store unchanged. */
static bool write_all(struct call *call, struct pin_error *err)
{
    char **texts = calloc(call->in.count, sizeof *texts);
    bool ok = texts != NULL || pin_error_set(err, PIN_R_INTERNAL, "out of memory");

    for (size_t i = 0; ok && i < call->in.count; i++)
        ok = prepare(call, &call->in.list[i], &texts[i], err);
    for (size_t i = 0; ok && i < call->in.count; i++) {
        const struct import_host *host = &call->in.list[i];
        char file[PINFILE_NAME + 8];
        snprintf(file, sizeof file, "%s.pins", host->name);
        if (texts[i] == NULL) {
            pinctl_print(stderr, "pinctl: %s already has these pins\n", file);
            continue;
        }
        ok = call->dry_run || pinctl_write(call->lock, file, texts[i], strlen(texts[i]), err);
        if (ok) {
            pinctl_print(stdout, "%s:\n", file);
            pinctl_print_lines(stdout, texts[i]);
        }
    }
    if (ok && call->in.notes != NULL)
        pinctl_print_lines(stderr, call->in.notes);
    for (size_t i = 0; texts != NULL && i < call->in.count; i++)
        free(texts[i]);
    free(texts);
    return ok;
}

static bool open_store(struct call *call, struct pin_error *err)
{
    char *store = pinctl_store_path(call->ctl, err);
    bool ok = store != NULL && pinctl_make_store(store, err) &&
              pinctl_settings(call->ctl, &call->instance, err);

    if (ok && call->instance.fault.reason != PIN_OK) {
        *err = call->instance.fault;
        ok = false;
    }
    call->lock = ok ? pinctl_lock(store, err) : -1;
    free(store);
    return ok && call->lock >= 0;
}

static bool read_file(struct call *call, const char *file, struct pinctl_textfile *text,
                      struct pin_error *err)
{
    size_t i = 0;

    while (i < sizeof formats / sizeof formats[0] && strcmp(call->format, formats[i].name) != 0)
        i++;
    if (i == sizeof formats / sizeof formats[0])
        return pin_error_set(err, PIN_R_CONFIG, "unknown format \"%s\": expected " FORMATS,
                             call->format);
    if (!pinctl_textfile_read(strcmp(file, "-") == 0 ? "/dev/stdin" : file, text, err))
        return false;
    call->in.bytes = text->bytes;
    call->in.len = text->len;
    const char *nul = memchr(text->bytes, '\0', text->len);
    if (nul != NULL)
        return imports_fail(&call->in, nul, "a NUL: expected text");
    if (!formats[i].read(&call->in))
        return false;
    for (size_t k = 0; k < call->in.count; k++) {
        if (call->in.list[k].count == 0 && !call->in.list[k].exempt)
            return pin_error_set(err, PIN_R_SYNTAX, "%s: no pin for %s", file,
                                 call->in.list[k].name);
    }
    return call->in.count > 0 || pin_error_set(err, PIN_R_SYNTAX, "%s: no pin in it", file);
}

int cmd_import(struct pinctl *ctl, int argc, char **argv)
{
    struct call call = {.ctl = ctl, .lock = -1};
    struct pin_error err = {.reason = PIN_OK};
    struct pinctl_textfile text = {.bytes = NULL};
    char host[PINFILE_NAME];
    int status;

    argc = pinctl_options(ctl, argc, argv, &usage, &call, &status);
    if (argc < 0)
        return status;
    if (argc != 2)
        return pinctl_fail(ctl, "expected a format (" FORMATS ") and a file");
    if (call.host != NULL && !pinfile_name(call.host, host, &err))
        return pinctl_fail(ctl, "--host: %s", err.text);
    call.format = argv[0];
    call.in = (struct imports){.file = argv[1],
                               .host = call.host != NULL ? host : NULL,
                               .origin = call.origin,
                               .as = call.as,
                               .now = ctl->now,
                               .err = &err};
    bool ok = read_file(&call, argv[1], &text, &err) && (call.dry_run || open_store(&call, &err)) &&
              write_all(&call, &err);
    if (call.lock >= 0)
        pinctl_unlock(call.lock);
    imports_clear(&call.in);
    pinctl_textfile_clear(&text);
    pin_instance_clear(&call.instance);
    return !ok ? pinctl_fail(ctl, "%s", err.text) : call.left ? PINCTL_FINDING : PINCTL_FINE;
}
