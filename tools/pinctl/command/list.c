/* pinctl list: the files of the store and their state. */
#include "explain/host_state.h"
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
    .usage = "",
    .about =
        "Lists the files of the store: pins by kind, the day on which the first of them expires,\n"
        "and whether they are enforced. Exit status 1: a file or the store has an error, all pins\n"
        "of a host have expired, or a suspension is overdue.",
    .example = "pinctl list",
};

struct list {
    struct pinctl *ctl;
    const struct pin_instance *instance;
    struct pin_store_settings settings;
    struct pinctl_json json;
    pin_day today;
    long listed, ignored;
    bool finding;
};

/* Writes the number of pins by kind. */
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

static void print_row(struct list *list, const struct host_state *state)
{
    char pins[64], day[PIN_DAY_TEXT], words[640];
    enum pinctl_colour colour = host_state_describe(state, list->today, words, sizeof words);

    describe_pins(&state->policy, pins, sizeof pins);
    pin_day_format(state->next_expiry, day);
    if (list->listed == 0)
        printf("%-32s %-20s %-11s %s\n", "HOST", "PINS", "END", "STATE");
    pinctl_print(stdout, "%-32s %-20s %-11s ", state->name,
                 state->err.reason == PIN_OK ? pins : "?",
                 state->next_expiry == PIN_DAY_NEVER ? "-" : day);
    fputs(pinctl_colour(stdout, colour), stdout);
    pinctl_print(stdout, "%s", words);
    printf("%s%s\n", state->policy.subdomains ? ", with subdomains" : "",
           pinctl_colour(stdout, PINCTL_PLAIN));
}

static bool list_file(void *arg, const char *file)
{
    struct list *list = arg;
    struct host_state state = {.expired = false};

    if (!pinfile_is_name(file, state.name)) {
        list->ignored++;
        return true;
    }
    host_state_read(list->instance, &list->settings, list->ctl->now, &state);
    list->finding |= state.err.reason != PIN_OK || state.overdue || state.expired;
    if (list->ctl->json)
        pinctl_json_put(&list->json, NULL, host_state_to_json(&state));
    else
        print_row(list, &state);
    list->listed++;
    pin_policy_clear(&state.policy);
    return true;
}

/* Prints the lines above the table, which concern every host. */
static void print_settings(const struct list *list, const struct pin_error *err, bool suspended)
{
    const char *bad = pinctl_colour(stdout, PINCTL_BAD),
               *plain = pinctl_colour(stdout, PINCTL_PLAIN);
    enum pin_mode section = list->instance->config.mode;
    pin_instant until;
    enum pin_mode store = pin_settings_mode(&list->settings, list->ctl->now, &until);
    char text[PIN_MODE_TEXT];

    pinctl_print(stdout, "Store %s", list->instance->config.pins);
    printf("%s\n", list->settings.refuse_unpinned ? ", hosts without a pin are refused" : "");
    if (section != PIN_MODE_ENFORCE)
        printf("%sNOTHING IS ENFORCED: mode = %s in openssl.cnf%s\n", bad, pin_mode_name(section),
               plain);
    pin_mode_format(store, until, text);
    if (store != PIN_MODE_ENFORCE)
        printf("%sNOTHING IS ENFORCED: mode = %s in _store%s%s\n", bad, text,
               suspended ? ", suspended by pinctl" : "", plain);
    if (err->reason != PIN_OK) {
        fputs(bad, stdout);
        pinctl_print(stdout, "EVERY CONNECTION IS REFUSED: %s", err->text);
        printf("%s\n", plain);
    }
}

static void settings_to_json(struct list *list, const struct pin_error *err,
                             const struct pinfile_suspension *suspension)
{
    struct pinctl_json *json = &list->json;
    char when[PINFILE_TIME];

    pinctl_json_open(json, NULL, '{');
    pinctl_json_put(json, "store", pinctl_json_text(list->instance->config.pins));
    pinctl_json_put(json, "mode-of-openssl.cnf",
                    json_string(pin_mode_name(list->instance->config.mode)));
    pinctl_json_put(
        json, "mode-of-_store",
        json_string(pin_mode_name(pin_settings_mode(&list->settings, list->ctl->now, NULL))));
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

static void report_settings(struct list *list)
{
    struct pin_text text;
    struct pin_error err = {.reason = PIN_OK};
    struct pinfile_suspension suspension;
    bool broken =
        pinctl_read_store_settings(list->instance, &list->settings, &text, &err) != PIN_STORE_FOUND;
    bool suspended = !broken && pinfile_suspended(&text, &suspension);
    bool overdue = suspended && suspension.until < list->ctl->now;
    char when[PINFILE_TIME];

    list->finding = broken || overdue;
    if (list->ctl->json)
        settings_to_json(list, &err, suspended ? &suspension : NULL);
    else
        print_settings(list, &err, suspended);
    if (suspended && !list->ctl->json) {
        pinfile_time(suspension.until, when);
        printf("  until %s%s\n", when, overdue ? ": OVERDUE, pinctl suspend --end --all" : "");
    }
    pin_text_clear(&text);
}

static int print_store(struct list *list)
{
    struct pin_error err = {.reason = PIN_OK};
    bool walked;
    int status;

    report_settings(list);
    walked = pinctl_walk(list->instance->config.pins, true, list_file, list, &err);
    status = list->finding ? PINCTL_FINDING : PINCTL_FINE;
    if (list->ctl->json) {
        pinctl_json_close(&list->json);
        pinctl_json_put(&list->json, "ignored-files", json_integer(list->ignored));
        status = pinctl_json_end(list->ctl, &list->json, status);
    } else if (list->ignored > 0) {
        printf("%ld other files are ignored: see pinctl check\n", list->ignored);
    }
    return walked ? status : pinctl_fail(list->ctl, "%s", err.text);
}

int cmd_list(struct pinctl *ctl, int argc, char **argv)
{
    struct pin_instance instance = {.fault = {.reason = PIN_OK}};
    struct pin_error err = {.reason = PIN_OK};
    struct list list = {
        .ctl = ctl, .instance = &instance, .today = pin_day_of(ctl->now), .json.out = stdout};
    int status, left = pinctl_options(ctl, argc, argv, &usage, NULL, &status);

    if (left < 0)
        return status;
    if (left > 0)
        return pinctl_fail(ctl, "\"%s\": expected no argument", argv[0]);
    if (!pinctl_settings(ctl, &instance, &err))
        status = pinctl_fail(ctl, "%s", err.text);
    else if (instance.fault.reason != PIN_OK)
        status = pinctl_fail(ctl, "every connection is refused: %s", instance.fault.text);
    else
        status = print_store(&list);
    pin_instance_clear(&instance);
    return status;
}
