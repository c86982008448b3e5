/* pinctl rotate: a new key beside the old ones, line by line, so that the file keeps its form. */
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
    const char *as; /* NULL: as what the new pin is */
    pin_day until;
    pin_day today;
    char name[PINFILE_NAME];
    char file[600]; /* its path, for messages */
    struct pin_instance *module;
    struct pin_argument given;
    enum pin_kind kind;
    unsigned stands; /* the line on which the new pin stands already, or 0 */
    unsigned olds;   /* how many others still hold */
};

static const char *take_to(void *arg, const char *value)
{
    ((struct call *)arg)->to = value;
    return NULL;
}

static const char *take_until(void *arg, const char *value)
{
    struct call *call = arg;

    if (!pin_day_parse(value, &call->until))
        return "expected a day of the calendar, as 2027-01-31";
    return call->until < call->today ? "that day has passed: the old key would be refused at once"
                                     : NULL;
}

static const char *take_as(void *arg, const char *value)
{
    struct call *call = arg;

    call->as = value;
    return pin_argument_kind(value, &call->kind) ? NULL : "expected key, cert or ca";
}

static const struct pinctl_option options[] = {
    {"to", "PIN|FILE", "the new key, or what has it: certificate, CA, public key, request",
     take_to},
    {"until", "DATE", "the last day of the old pins", take_until},
    {"as", "KIND", "key, cert or ca, where it differs from what is pinned now", take_as},
    {NULL, NULL, NULL, NULL},
};
static const struct pinctl_usage usage = {
    "HOST --to PIN|FILE [--until DATE] [--as key|cert|ca]",
    "Adds a pin to the file of HOST; old and new hold side by side. Do it before the server gets "
    "its\n"
    "new key. With --until the old pins end by themselves, else pinctl edit removes them. The\n"
    "file's order and comments stay. It shows the new file and asks before it writes.",
    "pinctl rotate api.example.com --to next.pem --until 2027-01-31",
    options,
};

/* Which kind the new line is: --as, else that of what was given; of a bare pin, the only one that
 * the file has. */
static bool choose_kind(struct call *call, const struct pin_policy *policy, struct pin_error *err)
{
    bool has[PIN_KIND_CA + 1] = {false};
    unsigned kinds = 0;

    for (size_t i = 0; i < policy->count; i++) {
        kinds += !has[policy->pins[i].kind];
        has[policy->pins[i].kind] = true;
    }
    if (call->as != NULL && call->kind == PIN_KIND_CERT && !call->given.is_cert &&
        !call->given.is_text)
        return pin_error_set(err, PIN_R_CONFIG, "--as cert: %s is no certificate", call->to);
    if (call->as != NULL && call->given.is_cert && !call->given.is_ca && call->kind == PIN_KIND_CA)
        return pin_error_set(err, PIN_R_CONFIG, "--as ca: %s is the certificate of no CA",
                             call->to);
    if (call->as != NULL)
        return true;
    call->kind = call->given.is_ca ? PIN_KIND_CA : PIN_KIND_KEY;
    for (int kind = 0; call->given.is_text && kinds == 1 && kind <= PIN_KIND_CA; kind++)
        if (has[kind])
            call->kind = (enum pin_kind)kind;
    if (kinds > 1 && call->given.is_text)
        return pin_error_set(err, PIN_R_CONFIG,
                             "the file has pins of several kinds: say what the new one is with "
                             "--as key, cert or ca");
    return kinds == 0 || has[call->kind] ||
           pin_error_set(
               err, PIN_R_CONFIG,
               "the file has no %s, which %s would be: if that change is meant, say --as %s%s",
               pin_kind_name(call->kind), call->to, pin_kind_name(call->kind),
               has[PIN_KIND_CERT] && call->given.is_cert && !call->given.is_ca
                   ? " (or --as cert for the whole certificate)"
                   : "");
}

/* Changes the date of the pin on a line: the words after the pin and before a comment. */
static bool set_until(struct pin_text *text, unsigned number, pin_day until, struct pin_error *err)
{
    static const char blanks[] = " \t";
    struct pinfile_line line;
    char put[PIN_DAY_TEXT + sizeof " until "] = "", day[PIN_DAY_TEXT];
    const char *value, *end, *date;

    if (!pinfile_line(text, number, &line) ||
        (value = memchr(text->bytes + line.begin, '=', line.end - line.begin)) == NULL)
        return pin_error_set(err, PIN_R_INTERNAL, "line %u is not there", number);
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

/* Behind the last pin; in a file that has none, at its end. */
static bool add_line(const struct call *call, const struct pin_policy *policy,
                     struct pin_text *text, struct pin_error *err)
{
    unsigned last = policy->count > 0 ? policy->pins[policy->count - 1].line : 0;
    struct pinfile_line line = {text->len, text->len};
    char put[PIN_ARGUMENT_LINE + 1] = "\n";
    struct pin_argument given = call->given;
    size_t at;

    if (given.comment[0] == '\0')
        snprintf(given.comment, sizeof given.comment, "added by pinctl rotate");
    if (last > 0 && !pinfile_line(text, last, &line))
        return pin_error_set(err, PIN_R_INTERNAL, "line %u is not there", last);
    pin_argument_line(&given, call->kind, PIN_DAY_NEVER, put + 1);
    at = line.end < text->len ? line.end + 1 : line.end;
    /* Without a newline before it, one is put there. */
    return pinfile_splice(text, at, 0, at > 0 && text->bytes[at - 1] != '\n' ? put : put + 1, err);
}

static bool change(struct call *call, const struct pin_policy *policy, struct pin_text *text,
                   struct pin_error *err)
{
    const struct pin_digest *digest = call->kind == PIN_KIND_CERT && call->given.is_cert
                                          ? &call->given.whole
                                          : &call->given.digest;
    bool ok = true;

    for (size_t i = 0; ok && i < policy->count; i++) {
        const struct pin *pin = &policy->pins[i];
        if (pin->kind == call->kind && pin_digest_equal(&pin->digest, digest)) {
            call->stands = pin->line;
            ok = pin->until == PIN_DAY_NEVER || set_until(text, pin->line, PIN_DAY_NEVER, err);
        } else {
            call->olds += pin->until >= call->today;
            if (call->until < pin->until && pin->until >= call->today)
                ok = set_until(text, pin->line, call->until, err);
        }
    }
    return ok && (call->stands != 0 || add_line(call, policy, text, err));
}

/* Reads, changes and parses. False with *err. */
static bool prepare(struct call *call, struct pin_text *old, struct pin_text *text,
                    struct pin_error *err)
{
    struct pin_policy policy, after = {0};
    enum pin_store_status answer = pinctl_read(call->module, call->name, &policy, old, err);
    bool ok = answer == PIN_STORE_FOUND;

    if (answer == PIN_STORE_NONE)
        pin_error_set(err, PIN_R_UNREADABLE, "%s is not there: pinctl pin makes it", call->file);
    call->stands = call->olds = 0;
    ok = ok && choose_kind(call, &policy, err) && pinfile_splice(text, 0, 0, old->bytes, err) &&
         change(call, &policy, text, err) &&
         pin_parse_policy(text->bytes, text->len, call->file, &after, err);
    pin_policy_clear(&policy);
    pin_policy_clear(&after);
    return ok;
}

static void tell(const struct call *call)
{
    char day[PIN_DAY_TEXT];

    pinctl_print(stdout, "%s is written; old and new hold from the next connection on.\n",
                 call->file);
    pin_day_format(call->until, day);
    if (call->until != PIN_DAY_NEVER && call->olds > 0)
        printf("Give the server the new key by the end of %s (UTC): then the old pins end, and one "
               "that\n"
               "still shows an old key is refused. No backup is left then, unless you add one.\n",
               day);
    else if (call->olds > 0)
        printf(
            "The old can go once every server shows the new key: pinctl check --live tells, and\n"
            "pinctl rotate %s --to ... --until DATE or pinctl edit %s ends them.\n",
            call->name, call->name);
}

static int rotate(struct call *call, struct pin_error *err)
{
    struct pin_text old = {0}, text = {0};
    int status = PINCTL_CANNOT_SAY;

    if (prepare(call, &old, &text, err)) {
        if (old.len == text.len && memcmp(old.bytes, text.bytes, old.len) == 0) {
            pinctl_print(stdout, "%s holds that pin already (line %u); nothing to change.\n",
                         call->file, call->stands);
            status = PINCTL_FINE;
        } else {
            pinctl_print(stderr, "%s:\n\n", call->file);
            pinctl_print(stderr, "%s\n", text.bytes);
            if (!pinctl_ask(call->ctl, "Write it so?"))
                fputs("Nothing was written.\n", stderr);
            else if (pinfile_replace(call->module, call->name, &old, &text, err))
                status = PINCTL_FINE;
            if (status == PINCTL_FINE)
                tell(call);
        }
    }
    pin_text_clear(&old);
    pin_text_clear(&text);
    return err->reason != PIN_OK ? pinctl_fail(call->ctl, "%s", err->text) : status;
}

int cmd_rotate(struct pinctl *ctl, int argc, char **argv)
{
    static struct pin_instance module;
    struct call call = {
        .ctl = ctl, .until = PIN_DAY_NEVER, .today = pin_day_of(ctl->now), .module = &module};
    struct pin_error err = {.reason = PIN_OK};
    int status, left = pinctl_options(ctl, argc, argv, &usage, &call, &status);

    if (left < 0)
        return status;
    if (left != 1 || call.to == NULL)
        return pinctl_fail(ctl, "expected one HOST, and --to PIN or FILE");
    if (!pinfile_name(argv[0], call.name, &err) || !pinctl_settings(ctl, &module, &err) ||
        !pin_argument_read(call.to, &call.given, &err))
        return pinctl_fail(ctl, "%s", err.text);
    snprintf(call.file, sizeof call.file, "%s/%s.pins",
             module.config.pins != NULL ? module.config.pins : "", call.name);
    return rotate(&call, &err);
}
