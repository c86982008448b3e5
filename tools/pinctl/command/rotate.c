/* pinctl rotate: a new pin beside the old ones, in a file whose order and comments stay. */
#include "x509/pin_argument.h"
#include "store/pinfile.h"
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"
#include "store/files.h"

#include <pinning/instance.h>
#include <stdio.h>
#include <pinning/parse.h>

#include <string.h>

int cmd_rotate(struct pinctl *ctl, int argc, char **argv);

struct call {
    struct pinctl *ctl;
    const char *to;
    const char *as; /* --as, or NULL */
    pin_day until;
    pin_day today;
    char name[PINFILE_NAME];
    char file[600]; /* its path, for messages */
    struct pin_instance *instance;
    struct pin_argument new_pin;
    enum pin_kind kind;
    unsigned existing;  /* the line that has the new pin already, or 0 */
    unsigned old_count; /* other pins in force */
};

static const char *parse_until(void *arg, const char *value)
{
    struct call *call = arg;

    if (!pin_day_parse(value, &call->until))
        return "expected a date as 2027-01-31";
    return call->until < call->today ? "that day has passed: the old key would be refused at once"
                                     : NULL;
}

static const char *parse_as(void *arg, const char *value)
{
    struct call *call = arg;

    call->as = value;
    return pin_argument_kind(value, &call->kind) ? NULL : "expected key, cert or ca";
}

static const struct pinctl_option options[] = {
    PINCTL_TEXT("to", "PIN|FILE", struct call, to,
                "the new pin, or a certificate, CA, public key or request"),
    PINCTL_PARSED("until", "DATE", parse_until, "the last day of the old pins"),
    PINCTL_PARSED("as", "KIND", parse_as, "key, cert or ca, if it differs from the old pins"),
    PINCTL_OPTIONS_END,
};
static const struct pinctl_usage usage = {
    .usage = "HOST --to PIN|FILE [--until DATE] [--as key|cert|ca]",
    .about = "Adds a pin to the file of HOST; the old pins stay in force. Do it before the\n"
             "server gets its new key. With --until the old pins expire on that day; otherwise\n"
             "remove them with pinctl edit. Order and comments of the file stay. It prints the\n"
             "new file and asks before it writes.",
    .example = "pinctl rotate api.example.com --to next.pem --until 2027-01-31",
    .options = options,
};

/* Chooses the kind of the new line: --as, else the kind of the certificate or key; for a digest
 * alone, the only kind in the file. */
static bool choose_kind(struct call *call, const struct pin_policy *policy, struct pin_error *err)
{
    bool has[PIN_KIND_CA + 1] = {false};
    unsigned kinds = 0;

    for (size_t i = 0; i < policy->count; i++) {
        kinds += !has[policy->pins[i].kind];
        has[policy->pins[i].kind] = true;
    }
    if (call->as != NULL && call->kind == PIN_KIND_CERT && !call->new_pin.is_cert &&
        !call->new_pin.is_text)
        return pin_error_set(err, PIN_R_CONFIG, "--as cert: %s is not a certificate", call->to);
    if (call->as != NULL && call->new_pin.is_cert && !call->new_pin.is_ca &&
        call->kind == PIN_KIND_CA)
        return pin_error_set(err, PIN_R_CONFIG, "--as ca: %s is not a CA certificate", call->to);
    if (call->as != NULL)
        return true;
    call->kind = call->new_pin.is_ca ? PIN_KIND_CA : PIN_KIND_KEY;
    for (int kind = 0; call->new_pin.is_text && kinds == 1 && kind <= PIN_KIND_CA; kind++)
        if (has[kind])
            call->kind = (enum pin_kind)kind;
    if (kinds > 1 && call->new_pin.is_text)
        return pin_error_set(
            err, PIN_R_CONFIG,
            "the file has pins of several kinds: use --as key, --as cert or --as ca");
    return kinds == 0 || has[call->kind] ||
           pin_error_set(
               err, PIN_R_CONFIG,
               "the file has no %s pin, which %s would be; if you mean this change, use --as %s%s",
               pin_kind_name(call->kind), call->to, pin_kind_name(call->kind),
               has[PIN_KIND_CERT] && call->new_pin.is_cert && !call->new_pin.is_ca
                   ? " (or --as cert for the whole certificate)"
                   : "");
}

/* Changes the date of the pin on a line, which is between the pin and a comment. */
static bool set_until(struct pin_text *text, unsigned number, pin_day until, struct pin_error *err)
{
    static const char blanks[] = " \t";
    struct pinfile_line line;
    char put[PIN_DAY_TEXT + sizeof " until "] = "", day[PIN_DAY_TEXT];
    const char *value, *end, *date;

    if (!pinfile_line(text, number, &line) ||
        (value = memchr(text->bytes + line.begin, '=', line.end - line.begin)) == NULL)
        return pin_error_set(err, PIN_R_INTERNAL, "line %u does not exist", number);
    value += 1 + strspn(value + 1, blanks);
    end = value + strcspn(value, " \t\n");
    date = end + strspn(end, blanks);
    date = strncmp(date, "until", 5) == 0 ? date + 5 + strspn(date + 5, blanks) : NULL;
    if (date != NULL)
        date += strcspn(date, " \t\n");
    pin_day_format(until, day);
    if (until != PIN_DAY_NEVER)
        snprintf(put, sizeof put, " until %s", day);
    return pinfile_splice(text, (size_t)(end - text->bytes),
                          date != NULL ? (size_t)(date - end) : 0, put, err);
}

/* Adds the line after the last pin, or at the end of the file. */
static bool add_line(const struct call *call, const struct pin_policy *policy,
                     struct pin_text *text, struct pin_error *err)
{
    unsigned last = policy->count > 0 ? policy->pins[policy->count - 1].line : 0;
    struct pinfile_line line = {text->len, text->len};
    char put[PIN_ARGUMENT_LINE + 1] = "\n";
    struct pin_argument new_pin = call->new_pin;
    size_t at;

    if (new_pin.comment[0] == '\0')
        snprintf(new_pin.comment, sizeof new_pin.comment, "added by pinctl rotate");
    if (last > 0 && !pinfile_line(text, last, &line))
        return pin_error_set(err, PIN_R_INTERNAL, "line %u does not exist", last);
    pin_argument_line(&new_pin, call->kind, PIN_DAY_NEVER, put + 1);
    at = line.end < text->len ? line.end + 1 : line.end;
    /* put begins with a newline, for a last line without one. */
    return pinfile_splice(text, at, 0, at > 0 && text->bytes[at - 1] != '\n' ? put : put + 1, err);
}

static bool change(struct call *call, const struct pin_policy *policy, struct pin_text *text,
                   struct pin_error *err)
{
    const struct pin_digest *digest = call->kind == PIN_KIND_CERT && call->new_pin.is_cert
                                          ? &call->new_pin.whole
                                          : &call->new_pin.digest;
    bool ok = true;

    for (size_t i = 0; ok && i < policy->count; i++) {
        const struct pin *pin = &policy->pins[i];
        if (pin->kind == call->kind && pin_digest_equal(&pin->digest, digest)) {
            call->existing = pin->line;
            ok = pin->until == PIN_DAY_NEVER || set_until(text, pin->line, PIN_DAY_NEVER, err);
        } else {
            call->old_count += pin->until >= call->today;
            if (call->until < pin->until && pin->until >= call->today)
                ok = set_until(text, pin->line, call->until, err);
        }
    }
    return ok && (call->existing != 0 || add_line(call, policy, text, err));
}

/* Reads, changes and parses. False with *err. */
static bool prepare(struct call *call, struct pin_text *old, struct pin_text *text,
                    struct pin_error *err)
{
    struct pin_policy policy, after = {0};
    enum pin_store_status status = pinctl_read(call->instance, call->name, &policy, old, err);
    bool ok = status == PIN_STORE_FOUND;

    if (status == PIN_STORE_NONE)
        pin_error_set(err, PIN_R_UNREADABLE, "%s does not exist; use pinctl pin", call->file);
    call->existing = call->old_count = 0;
    ok = ok && choose_kind(call, &policy, err) && pinfile_splice(text, 0, 0, old->bytes, err) &&
         change(call, &policy, text, err) &&
         pin_parse_policy(text->bytes, text->len, call->file, &after, err);
    pin_policy_clear(&policy);
    pin_policy_clear(&after);
    return ok;
}

static void print_next_steps(const struct call *call)
{
    char day[PIN_DAY_TEXT];

    pinctl_print(stdout,
                 "%s is written; old and new pins are in force from the next connection on.\n",
                 call->file);
    pin_day_format(call->until, day);
    if (call->until != PIN_DAY_NEVER && call->old_count > 0)
        printf(
            "Give the server the new key by the end of %s (UTC): then the old pins expire, and\n"
            "a server that presents an old key is refused. Add a backup: the old pins no longer\n"
            "serve as one.\n",
            day);
    else if (call->old_count > 0)
        printf(
            "Remove the old pins when pinctl check --live finds the new key on every server: use\n"
            "pinctl rotate %s --to ... --until DATE or pinctl edit %s.\n",
            call->name, call->name);
}

static int rotate(struct call *call, struct pin_error *err)
{
    struct pin_text old = {0}, text = {0};
    int status = PINCTL_CANNOT_SAY;

    if (prepare(call, &old, &text, err)) {
        if (old.len == text.len && memcmp(old.bytes, text.bytes, old.len) == 0) {
            pinctl_print(stdout, "Nothing to change: %s already has that pin (line %u).\n",
                         call->file, call->existing);
            status = PINCTL_FINE;
        } else {
            pinctl_print(stderr, "%s:\n\n", call->file);
            pinctl_print_lines(stderr, text.bytes);
            fputc('\n', stderr);
            if (!pinctl_ask(call->ctl, "Write this file?"))
                fputs("Nothing was written.\n", stderr);
            else if (pinfile_replace(call->instance, call->name, &old, &text, err))
                status = PINCTL_FINE;
            if (status == PINCTL_FINE)
                print_next_steps(call);
        }
    }
    pin_text_clear(&old);
    pin_text_clear(&text);
    return err->reason != PIN_OK ? pinctl_fail(call->ctl, "%s", err->text) : status;
}

int cmd_rotate(struct pinctl *ctl, int argc, char **argv)
{
    struct pin_instance instance = {.fault = {.reason = PIN_OK}};
    struct call call = {
        .ctl = ctl, .until = PIN_DAY_NEVER, .today = pin_day_of(ctl->now), .instance = &instance};
    struct pin_error err = {.reason = PIN_OK};
    int status, left = pinctl_options(ctl, argc, argv, &usage, &call, &status);

    if (left < 0)
        return status;
    if (left != 1 || call.to == NULL)
        return pinctl_fail(ctl, "expected one HOST, and --to PIN or FILE");
    if (!pinfile_name(argv[0], call.name, &err) || !pinctl_settings(ctl, &instance, &err) ||
        !pin_argument_read(call.to, &call.new_pin, &err)) {
        status = pinctl_fail(ctl, "%s", err.text);
    } else {
        snprintf(call.file, sizeof call.file, "%s/%s.pins",
                 instance.config.pins != NULL ? instance.config.pins : "", call.name);
        status = rotate(&call, &err);
    }
    pin_instance_clear(&instance);
    return status;
}
