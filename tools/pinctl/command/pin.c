/* pinctl pin: a new pin file, from what a server presents or a file contains. */
#include "explain/audience.h"
#include "store/pinfile.h"
#include "x509/chain_source.h"
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"
#include "tls/probe.h"
#include "store/files.h"

#include <pinning/store.h>
#include <stdio.h>
#include <pinning/parse.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int cmd_pin(struct pinctl *ctl, int argc, char **argv);

#define BACKUPS_MAX 32
struct call {
    struct pinctl *ctl;
    const char *from, *file;
    enum chain_pick pick;
    const char *backups[BACKUPS_MAX];
    size_t backup_count;
    bool subdomains;
    pin_day until, report_after;
    const char *mode;
    char name[PINFILE_NAME];
    char *store; /* owned */
    struct chain_source source;
    struct pin_argument pin;
};

static const char *parse_ca(void *arg, const char *value)
{
    bool issuer = value != NULL && strcmp(value, "issuer") == 0;

    ((struct call *)arg)->pick = issuer ? PICK_ISSUER : PICK_ROOT;
    return issuer || value == NULL || strcmp(value, "root") == 0 ? NULL : "expected root or issuer";
}

static const char *parse_backup(void *arg, const char *value)
{
    struct call *call = arg;

    _Static_assert(BACKUPS_MAX == 32, "the message names the limit");
    if (call->backup_count == BACKUPS_MAX)
        return "expected at most 32 --backup options";
    call->backups[call->backup_count++] = value;
    return NULL;
}

static const char *parse_day(const struct call *call, const char *value, pin_day *out)
{
    if (!pin_day_parse(value, out))
        return "expected a date as 2027-01-31";
    return *out < pin_day_of(call->ctl->now) ? "that day has passed" : NULL;
}

static const char *parse_until(void *arg, const char *value)
{
    return parse_day(arg, value, &((struct call *)arg)->until);
}

static const char *parse_report_after(void *arg, const char *value)
{
    return parse_day(arg, value, &((struct call *)arg)->report_after);
}

static const char *parse_mode(void *arg, const char *value)
{
    enum pin_mode mode;

    ((struct call *)arg)->mode = value;
    return pin_mode_parse(value, &mode) ? NULL : "expected enforce, report or off";
}

static const struct pinctl_option options[] = {
    PINCTL_TEXT("from", "HOST[:PORT]", struct call, from,
                "pin what this server presents, after verification"),
    PINCTL_TEXT("file", "FILE", struct call, file,
                "pin what this file (PEM, DER) contains, unverified"),
    PINCTL_PARSED("ca", "[=root|issuer]", parse_ca,
                  "pin the key of its CA, not the server's (default: root)"),
    PINCTL_PARSED("backup", "PIN|FILE", parse_backup, "also pin this key; may be repeated"),
    PINCTL_FLAG("subdomains", struct call, subdomains, "also for every host below HOST"),
    PINCTL_PARSED("until", "DATE", parse_until, "the last day of the pin (not of its backups)"),
    PINCTL_PARSED("report-after", "DATE", parse_report_after,
                  "the last day on which it is enforced"),
    PINCTL_PARSED("mode", "MODE", parse_mode, "enforce, report or off"),
    PINCTL_OPTIONS_END};
static const struct pinctl_usage usage = {
    .usage = "HOST --from HOST[:PORT] | --file FILE [OPTION]...",
    .about =
        "Writes the file that pins HOST: a name as in DNS, an address, _default (hosts without a\n"
        "file) or _nameless (connections without a name). It prints the file and asks before it\n"
        "writes. It does not change an existing file: see pinctl rotate and pinctl edit.",
    .example = "pinctl pin api.example.com --from api.example.com --backup next-key.pem",
    .options = options,
};

/* True if HOST has no file, of whatever type. */
static bool is_free(const struct call *call, struct pin_error *err)
{
    struct stat st;
    char *path = NULL;
    bool ok;

    if (asprintf(&path, "%s/%s.pins", call->store, call->name) < 0)
        return pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    ok = lstat(path, &st) != 0;
    if (!ok)
        pin_error_set(
            err, PIN_R_CONFIG,
            "%s exists and is not changed: pinctl rotate adds a key, edit changes the file, "
            "unpin removes it",
            path);
    else if (errno != ENOENT && errno != ENOTDIR)
        ok = pin_error_set_sys(err, PIN_R_STORE, errno, "%s", path);
    free(path);
    return ok;
}

static void write_probe(const struct call *call, FILE *out)
{
    const struct pinctl_target *target = &call->source.target;
    bool brackets = strchr(target->host.text, ':') != NULL;

    if (target->host.text[0] != '\0')
        fprintf(out, "probe = %s%s%s:%u%s%s\n", brackets ? "[" : "", target->host.text,
                brackets ? "]" : "", target->port, target->starttls[0] != '\0' ? " " : "",
                target->starttls);
}

static bool write_backups(const struct call *call, FILE *out, struct pin_error *err)
{
    enum pin_kind main_kind = call->pick == PICK_LEAF ? PIN_KIND_KEY : PIN_KIND_CA;
    char line[PIN_ARGUMENT_LINE];
    struct pin_argument backup;
    char note[sizeof backup.comment];

    for (size_t i = 0; i < call->backup_count; i++) {
        if (!pin_argument_read(call->backups[i], &backup, err))
            return false;
        enum pin_kind kind =
            backup.is_cert ? (backup.is_ca ? PIN_KIND_CA : PIN_KIND_KEY) : main_kind;
        if (kind == main_kind && pin_digest_equal(&backup.digest, &call->pin.digest))
            return pin_error_set(err, PIN_R_CONFIG,
                                 "--backup %s is the key that is pinned: expected a different one",
                                 call->backups[i]);
        snprintf(note, sizeof note, "backup%s%.140s", backup.is_text ? "" : ": ", backup.comment);
        memcpy(backup.comment, note, sizeof note);
        pin_argument_line(&backup, kind, PIN_DAY_NEVER, line);
        fputs(line, out);
    }
    return true;
}

/* Makes the text of the file. False with *err; *out is then empty. */
static bool make_text(const struct call *call, struct pin_text *out, struct pin_error *err)
{
    enum pin_kind kind = call->pick == PICK_LEAF ? PIN_KIND_KEY : PIN_KIND_CA;
    char line[PIN_ARGUMENT_LINE], day[PIN_DAY_TEXT];
    FILE *stream = open_memstream(&out->bytes, &out->len);
    bool ok;

    if (stream == NULL)
        return pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    pin_day_format(pin_day_of(call->ctl->now), day);
    fprintf(stream, "# written by pinctl on %s, %s\n", day,
            call->from != NULL ? "from the network, verified" : "from a file");
    pin_argument_line(&call->pin, kind, call->until, line);
    fputs(line, stream);
    ok = write_backups(call, stream, err);
    if (call->subdomains)
        fputs("subdomains = yes\n", stream);
    if (call->mode != NULL)
        fprintf(stream, "mode = %s\n", call->mode);
    pin_day_format(call->report_after, day);
    if (call->report_after != PIN_DAY_NEVER)
        fprintf(stream, "report-after = %s\n", day);
    write_probe(call, stream);
    if (fclose(stream) != 0)
        ok = pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    if (!ok)
        pin_text_clear(out);
    return ok;
}

/* Prints the file and its risks. Returns true if the user agrees. */
static bool confirm(const struct call *call, const struct pin_text *text)
{
    pinctl_print(stderr, "%s/%s.pins:\n\n", call->store, call->name);
    pinctl_print_lines(stderr, text->bytes);
    fputc('\n', stderr);
    if (call->file != NULL)
        fputs("The key of the file was not verified: make sure that it is the right one.\n\n",
              stderr);
    chain_source_warn(&call->source, call->pick, call->pin.is_ca);
    if (call->backup_count == 0) {
        fputs("A single pin causes an outage when its key is lost or replaced: every connection\n"
              "is refused until every host has a new file. Use --backup with a key that is kept\n"
              "offline, or with a different CA.\n",
              stderr);
        if (!pinctl_ask(call->ctl, "Continue without a backup?"))
            return false;
    }
    return pinctl_ask(call->ctl, "Write this file?");
}

static bool install(const struct call *call, const struct pin_text *text, struct pin_error *err)
{
    char file[PINFILE_NAME + sizeof ".pins"];
    bool ok;
    int lock;

    if (!pinctl_make_store(call->store, err) || (lock = pinctl_lock(call->store, err)) < 0)
        return false;
    snprintf(file, sizeof file, "%s.pins", call->name);
    ok = is_free(call, err) && pinctl_write(lock, file, text->bytes, text->len, err);
    pinctl_unlock(lock);
    return ok;
}

static int pin(struct call *call, struct pin_error *err)
{
    struct pin_text text = {0};
    struct pin_policy policy = {0};
    int status = PINCTL_CANNOT_SAY;
    bool ok = (call->store = pinctl_store_path(call->ctl, err)) != NULL && is_free(call, err);

    if (ok && call->from != NULL)
        ok = chain_source_connect(call->ctl, call->from, call->name, call->subdomains,
                                  &call->source, err);
    else if (ok)
        ok = chain_source_read(call->file, &call->source, err);
    ok = ok && chain_source_pick(&call->source, call->pick, &call->pin, err) &&
         make_text(call, &text, err) &&
         pin_parse_policy(text.bytes, text.len, call->name, &policy, err);
    if (ok && call->from != NULL)
        ok = chain_source_is_allowed(&call->source, &policy, call->name, call->ctl->now, err);
    if (ok && !confirm(call, &text)) {
        fputs("Nothing was written.\n", stderr);
    } else if (ok && install(call, &text, err)) {
        pinctl_print(stdout, "%s/%s.pins is written.\n", call->store, call->name);
        audience_print(stdout, call->ctl, call->store);
        status = PINCTL_FINE;
    }
    if (err->reason != PIN_OK)
        pinctl_fail(call->ctl, "%s", err->text);
    pin_policy_clear(&policy);
    pin_text_clear(&text);
    return status;
}

int cmd_pin(struct pinctl *ctl, int argc, char **argv)
{
    struct call call = {.ctl = ctl, .until = PIN_DAY_NEVER, .report_after = PIN_DAY_NEVER};
    struct pin_error err = {.reason = PIN_OK};
    int status, left = pinctl_options(ctl, argc, argv, &usage, &call, &status);

    if (left < 0)
        return status;
    if (left != 1 || (call.from == NULL) == (call.file == NULL))
        return pinctl_fail(ctl, "expected one HOST, and --from HOST[:PORT] or --file FILE");
    if (!pinfile_name(argv[0], call.name, &err))
        return pinctl_fail(ctl, "%s", err.text);
    status = pin(&call, &err);
    chain_source_clear(&call.source);
    free(call.store);
    return status;
}
