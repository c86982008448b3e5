/* pinctl list: what is pinned, and what of it is not enforced. */
#include "store/pinfile.h"
#include "say/json.h"
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"
#include "store/files.h"

#include <pinning/instance.h>
#include <stdio.h>
#include <pinning/verdict.h>

#include <string.h>

int cmd_list(struct pinctl *ctl, int argc, char **argv);

#define SOON_IN_DAYS 30

static const struct pinctl_usage usage = {
    "",
    "Shows the files of the store: pins by kind, the day on which the first of them ends, and "
    "whether\n"
    "they are enforced. What is not stands out. Exit status 1: a file or the store has an error, "
    "all\n"
    "pins of a host have lapsed, or a suspension is overdue.",
    "pinctl list",
    NULL,
};

/* One file, as far as it could be read. */
struct row {
    char name[PINFILE_NAME];
    struct pin_policy policy;
    struct pin_error err;
    struct pinfile_suspension suspension;
    bool suspended, overdue, lapsed;
    pin_day ends;               /* the first until that has not passed, or PIN_DAY_NEVER */
    struct pin_verdict verdict; /* of a peer without a pinned key */
};

struct list {
    struct pinctl *ctl;
    const struct pin_instance *module;
    struct pin_store_settings settings;
    struct pinctl_json json;
    pin_day today;
    long presented, ignored;
    bool finding;
};

static void read_row(const struct list *list, struct row *row)
{
    struct pin_modes modes = {list->module->config.mode, list->settings.mode, PIN_MODE_ENFORCE};
    struct pin_text text;
    enum pin_store_status answer =
        pinctl_read(list->module, row->name, &row->policy, &text, &row->err);
    enum pin_finding finding = PIN_FOUND_FAULT;

    row->ends = PIN_DAY_NEVER;
    if (answer == PIN_STORE_NONE) /* gone while we looked at others */
        pin_error_set(&row->err, PIN_R_UNREADABLE, "the file is gone");
    if (answer == PIN_STORE_FOUND) {
        finding = PIN_FOUND_NO_HIT;
        modes.file = pin_policy_mode(&row->policy, list->today);
        row->suspended = pinfile_suspended(&text, &row->suspension);
        row->overdue = row->suspended && row->suspension.until < list->ctl->now;
        row->lapsed = row->policy.count > 0;
    }
    for (size_t i = 0; i < row->policy.count; i++) {
        pin_day until = row->policy.pins[i].until;
        if (until < list->today)
            continue;
        row->lapsed = false;
        row->ends = until < row->ends ? until : row->ends;
    }
    row->verdict = pin_verdict(finding, &modes, false);
    pin_text_clear(&text);
}

/* One word for programs. */
static const char *state_of(const struct row *row)
{
    if (row->err.reason != PIN_OK)
        return "error";
    if (row->verdict.mode == PIN_MODE_OFF)
        return "off";
    if (row->overdue)
        return "suspension overdue";
    if (row->suspended)
        return "suspended";
    if (row->verdict.mode == PIN_MODE_REPORT)
        return "report";
    return row->lapsed ? "lapsed" : "enforced";
}

static void describe_pins(const struct pin_policy *policy, char *out, size_t size)
{
    unsigned counts[PIN_KIND_CA + 1] = {0};
    size_t len = 0;

    snprintf(out, size, "no pin");
    for (size_t i = 0; i < policy->count; i++)
        counts[policy->pins[i].kind]++;
    for (int kind = PIN_KIND_KEY; kind <= PIN_KIND_CA; kind++)
        if (counts[kind] > 0 && len < size)
            len += (size_t)snprintf(out + len, size - len, "%s%u %s", len > 0 ? ", " : "",
                                    counts[kind], pin_kind_name((enum pin_kind)kind));
}

/* The words after the columns, and how loud they are. */
static enum pinctl_colour describe_state(const struct list *list, const struct row *row, char *out,
                                         size_t size)
{
    char when[PINFILE_TIME], day[PIN_DAY_TEXT];

    if (row->err.reason != PIN_OK) {
        snprintf(out, size, "ERROR, %s: %s", pin_action_text(row->verdict.action), row->err.text);
        return PINCTL_BAD;
    }
    if (row->suspended)
        pinfile_time(row->suspension.until, when);
    if (row->overdue) {
        snprintf(out, size,
                 "NOT ENFORCED: suspended, should have ended %s: pinctl suspend --end %s", when,
                 row->name);
        return PINCTL_BAD;
    }
    if (row->suspended) {
        snprintf(out, size, "NOT ENFORCED: suspended until %s", when);
        return PINCTL_WARN;
    }
    pin_day_format(row->policy.report_after, day);
    if (row->verdict.mode != PIN_MODE_ENFORCE) {
        bool past = row->verdict.source == PIN_SOURCE_FILE && row->policy.mode == PIN_MODE_ENFORCE;
        snprintf(out, size, "NOT ENFORCED: %s%s in %s", past ? "report-after = " : "mode = ",
                 past ? day : pin_mode_name(row->verdict.mode),
                 pin_mode_source_text(row->verdict.source));
        return PINCTL_WARN;
    }
    if (row->lapsed) {
        snprintf(out, size, "every pin has LAPSED: everybody is refused");
        return PINCTL_BAD;
    }
    snprintf(out, size, "enforced%s%s", row->policy.report_after != PIN_DAY_NEVER ? " until " : "",
             row->policy.report_after != PIN_DAY_NEVER ? day : "");
    if (row->policy.count == 1)
        snprintf(out + strlen(out), size - strlen(out), ", one pin and no backup");
    return row->ends != PIN_DAY_NEVER && row->ends - list->today <= SOON_IN_DAYS ? PINCTL_WARN
                                                                                 : PINCTL_GOOD;
}

static void print_row(struct list *list, const struct row *row)
{
    char pins[64], day[PIN_DAY_TEXT], state[640];
    enum pinctl_colour colour = describe_state(list, row, state, sizeof state);

    describe_pins(&row->policy, pins, sizeof pins);
    pin_day_format(row->ends, day);
    if (list->presented == 0)
        printf("%-32s %-20s %-11s %s\n", "HOST", "PINS", "END", "STATE");
    pinctl_print(stdout, "%-32s %-20s %-11s ", row->name, row->err.reason == PIN_OK ? pins : "?",
                 row->ends == PIN_DAY_NEVER ? "-" : day);
    fputs(pinctl_colour(stdout, colour), stdout);
    pinctl_print(stdout, "%s", state);
    printf("%s%s\n", row->policy.subdomains ? ", with subdomains" : "",
           pinctl_colour(stdout, PINCTL_PLAIN));
}

static json_t *pin_to_json(const struct pin *pin)
{
    char text[PIN_DIGEST_TEXT];
    json_t *object;

    pin_digest_format(&pin->digest, text);
    object = json_pack("{s:s, s:s}", "kind", pin_kind_name(pin->kind), "pin", text);
    if (pin->until != PIN_DAY_NEVER) {
        pin_day_format(pin->until, text);
        pinctl_json_set(&object, "until", json_string(text));
    }
    pinctl_json_set(&object, "line", json_integer(pin->line));
    return object;
}

static json_t *pins_to_json(const struct pin_policy *policy)
{
    json_t *list = json_array();

    for (size_t i = 0; i < policy->count; i++) {
        if (json_array_append_new(list, pin_to_json(&policy->pins[i])) == 0)
            continue;
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *row_to_json(const struct row *row)
{
    char text[PIN_DIGEST_TEXT];
    json_t *object = json_pack("{s:o, s:s, s:b}", "host", pinctl_json_text(row->name), "state",
                               state_of(row), "refuses", row->verdict.action == PIN_REFUSE);

    if (row->err.reason != PIN_OK) {
        pinctl_json_set(&object, "error", pinctl_json_text(row->err.text));
        return object;
    }
    pinctl_json_set(&object, "mode", json_string(pin_mode_name(row->verdict.mode)));
    pinctl_json_set(&object, "mode-of", json_string(pin_mode_source_name(row->verdict.source)));
    pinctl_json_set(&object, "subdomains", json_boolean(row->policy.subdomains));
    if (row->policy.report_after != PIN_DAY_NEVER) {
        pin_day_format(row->policy.report_after, text);
        pinctl_json_set(&object, "report-after", json_string(text));
    }
    if (row->suspended) {
        pinfile_time(row->suspension.until, text);
        pinctl_json_set(&object, "suspended-until", json_string(text));
    }
    pinctl_json_set(&object, "pins", pins_to_json(&row->policy));
    return object;
}

static bool each(void *arg, const char *file)
{
    struct list *list = arg;
    struct row row = {.lapsed = false};

    if (!pinfile_is_name(file, row.name)) {
        list->ignored++;
        return true;
    }
    read_row(list, &row);
    list->finding |= row.err.reason != PIN_OK || row.overdue || row.lapsed;
    if (list->ctl->json)
        pinctl_json_put(&list->json, NULL, row_to_json(&row));
    else
        print_row(list, &row);
    list->presented++;
    pin_policy_clear(&row.policy);
    return true;
}

/* The lines above the table; what they say concerns every host. */
static void print_head(const struct list *list, const struct pin_error *err, bool suspended)
{
    const char *bad = pinctl_colour(stdout, PINCTL_BAD),
               *plain = pinctl_colour(stdout, PINCTL_PLAIN);
    enum pin_mode section = list->module->config.mode;

    pinctl_print(stdout, "Store %s", list->module->config.pins);
    printf("%s\n", list->settings.refuse_unpinned ? ", what is not pinned is refused" : "");
    if (section != PIN_MODE_ENFORCE)
        printf("%sNOTHING IS ENFORCED: mode = %s in openssl.cnf%s\n", bad, pin_mode_name(section),
               plain);
    if (list->settings.mode != PIN_MODE_ENFORCE)
        printf("%sNOTHING IS ENFORCED: mode = %s in _store%s%s\n", bad,
               pin_mode_name(list->settings.mode), suspended ? ", suspended by pinctl" : "", plain);
    if (err->reason != PIN_OK) {
        fputs(bad, stdout);
        pinctl_print(stdout, "EVERY CONNECTION IS REFUSED: %s", err->text);
        printf("%s\n", plain);
    }
}

static void head_to_json(struct list *list, const struct pin_error *err,
                         const struct pinfile_suspension *suspension)
{
    struct pinctl_json *json = &list->json;
    char when[PINFILE_TIME];

    pinctl_json_open(json, NULL, '{');
    pinctl_json_put(json, "store", pinctl_json_text(list->module->config.pins));
    pinctl_json_put(json, "mode-of-openssl.cnf",
                    json_string(pin_mode_name(list->module->config.mode)));
    pinctl_json_put(json, "mode-of-_store", json_string(pin_mode_name(list->settings.mode)));
    pinctl_json_put(json, "unpinned",
                    json_string(list->settings.refuse_unpinned ? "refuse" : "allow"));
    if (err->reason != PIN_OK)
        pinctl_json_put(json, "error", pinctl_json_text(err->text));
    if (suspension != NULL) {
        pinfile_time(suspension->until, when);
        pinctl_json_put(json, "suspended-until", json_string(when));
    }
    pinctl_json_open(json, "hosts", '[');
}

static void show_head(struct list *list)
{
    struct pin_text text;
    struct pin_error err = {.reason = PIN_OK};
    struct pinfile_suspension suspension;
    bool broken =
        pinctl_read_store_settings(list->module, &list->settings, &text, &err) != PIN_STORE_FOUND;
    bool suspended = !broken && pinfile_suspended(&text, &suspension);
    bool overdue = suspended && suspension.until < list->ctl->now;
    char when[PINFILE_TIME];

    list->finding = broken || overdue;
    if (list->ctl->json)
        head_to_json(list, &err, suspended ? &suspension : NULL);
    else
        print_head(list, &err, suspended);
    if (suspended && !list->ctl->json) {
        pinfile_time(suspension.until, when);
        printf("  until %s%s\n", when, overdue ? ": OVERDUE, pinctl suspend --end --all" : "");
    }
    pin_text_clear(&text);
}

int cmd_list(struct pinctl *ctl, int argc, char **argv)
{
    static struct pin_instance module;
    struct pin_error err = {.reason = PIN_OK};
    struct list list = {.ctl = ctl, .module = &module, .today = pin_day_of(ctl->now)};
    int status, left = pinctl_options(ctl, argc, argv, &usage, NULL, &status);

    if (left < 0)
        return status;
    if (left > 0 || !pinctl_settings(ctl, &module, &err))
        return pinctl_fail(ctl, "%s", left > 0 ? "list takes no argument" : err.text);
    if (module.fault.reason != PIN_OK)
        return pinctl_fail(ctl, "every connection is refused: %s", module.fault.text);
    list.json.out = stdout;
    show_head(&list);
    bool walked = pinctl_walk(module.config.pins, true, each, &list, &err);
    status = list.finding ? PINCTL_FINDING : PINCTL_FINE;
    if (ctl->json) {
        pinctl_json_close(&list.json);
        pinctl_json_put(&list.json, "ignored-files", json_integer(list.ignored));
        status = pinctl_json_end(ctl, &list.json, status);
    } else if (list.ignored > 0) {
        printf("%ld other files are ignored: pinctl check tells why\n", list.ignored);
    }
    if (!walked)
        return pinctl_fail(ctl, "%s", err.text);
    return status;
}
