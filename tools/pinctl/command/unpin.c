/* pinctl unpin: the removal of a pin file. */
#include "explain/impact.h"
#include "store/pinfile.h"
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"
#include "store/files.h"

#include <pinning/instance.h>
#include <stdio.h>
#include <string.h>

int cmd_unpin(struct pinctl *ctl, int argc, char **argv);

static const struct pinctl_usage usage = {
    .usage = "HOST",
    .about = "Removes the file of HOST. It prints what will apply without it and asks before.",
    .example = "pinctl unpin api.example.com",
};

/* Prints the file and what applies without it. False with *err: no file, or no access to the store.
 */
static bool print_change(const struct pin_instance *instance, const char *name, time_t now,
                         struct pin_error *err)
{
    struct pin_policy policy;
    struct pin_text text;
    struct pin_error wrong = {.reason = PIN_OK};
    char stand_in[IMPACT_STAND_IN];
    enum pin_store_status status = pinctl_read(instance, name, &policy, &text, &wrong);

    if (status == PIN_STORE_NONE)
        pin_error_set(err, PIN_R_UNREADABLE, "nothing to remove: %s/%s.pins does not exist",
                      instance->pins.path, name);
    else if (wrong.reason == PIN_R_STORE || instance->fault.reason != PIN_OK)
        *err = wrong;
    else
        pinctl_print(stderr, "%s/%s.pins:\n\n", instance->pins.path, name);
    if (err->reason == PIN_OK && wrong.reason != PIN_OK)
        pinctl_print(stderr, "It has an error: %s\n\n", wrong.text);
    else if (err->reason == PIN_OK)
        pinctl_print_lines(stderr, text.bytes);
    if (err->reason == PIN_OK && wrong.reason == PIN_OK)
        fputs("\n\n", stderr);
    if (err->reason == PIN_OK && impact_stand_in(name, stand_in)) {
        pinctl_print(stderr, "What applies to %s without it%s:\n", name,
                     policy.subdomains ? " (and to hosts below it without a file)" : "");
        impact_print(stderr, instance, stand_in, now);
    } else if (err->reason == PIN_OK) {
        pinctl_print(stderr, "Without it hosts that have no file are not pinned%s.\n",
                     strcmp(name, "_nameless") == 0 ? ", if the program names no host" : "");
    }
    pin_policy_clear(&policy);
    pin_text_clear(&text);
    return err->reason == PIN_OK;
}

static bool remove_file(const struct pin_instance *instance, const char *name,
                        struct pin_error *err)
{
    char file[PINFILE_NAME + sizeof ".pins"];
    int lock = pinctl_lock(instance->pins.path, err);
    bool ok;

    if (lock < 0)
        return false;
    snprintf(file, sizeof file, "%s.pins", name);
    ok = pinctl_remove(lock, file, err);
    pinctl_unlock(lock);
    return ok;
}

static int unpin(struct pinctl *ctl, struct pin_instance *instance, const char *typed)
{
    struct pin_error err = {.reason = PIN_OK};
    char name[PINFILE_NAME];
    char question[PINFILE_NAME + 32];

    if (!pinfile_name(typed, name, &err) || !pinctl_settings(ctl, instance, &err) ||
        !print_change(instance, name, ctl->now, &err))
        return pinctl_fail(ctl, "%s", err.text);
    snprintf(question, sizeof question, "Remove %s.pins?", name);
    if (!pinctl_ask(ctl, question)) {
        fputs("Nothing was removed.\n", stderr);
        return PINCTL_CANNOT_SAY;
    }
    if (!remove_file(instance, name, &err))
        return pinctl_fail(ctl, "%s", err.text);
    pinctl_print(stdout, "%s/%s.pins is removed.\n", instance->pins.path, name);
    return PINCTL_FINE;
}

int cmd_unpin(struct pinctl *ctl, int argc, char **argv)
{
    struct pin_instance instance = {.fault = {.reason = PIN_OK}};
    int status, left = pinctl_options(ctl, argc, argv, &usage, NULL, &status);

    if (left < 0)
        return status;
    if (left != 1)
        return pinctl_fail(ctl, "expected one HOST");
    status = unpin(ctl, &instance, argv[0]);
    pin_instance_clear(&instance);
    return status;
}
