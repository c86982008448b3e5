/* pinctl unpin: removes a pin file, after it has shown what then holds. */
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
    "HOST",
    "Removes the file of HOST, shows before what will hold for it then, and asks.",
    "pinctl unpin api.example.com",
    NULL,
};

/* What stands there, and what comes after it. False with *err: there is no file. */
static bool show(const struct pin_instance *module, const char *name, time_t now,
                 struct pin_error *err)
{
    struct pin_policy policy;
    struct pin_text text;
    struct pin_error wrong = {.reason = PIN_OK};
    char stand_in[IMPACT_STAND_IN];
    enum pin_store_status answer = pinctl_read(module, name, &policy, &text, &wrong);

    if (answer == PIN_STORE_NONE)
        pin_error_set(err, PIN_R_UNREADABLE, "%s/%s.pins is not there: nothing to remove",
                      module->pins.path, name);
    else if (wrong.reason == PIN_R_STORE || module->fault.reason != PIN_OK)
        *err = wrong;
    else
        pinctl_print(stderr, "%s/%s.pins:\n\n", module->pins.path, name);
    if (err->reason == PIN_OK && wrong.reason != PIN_OK)
        pinctl_print(stderr, "It has an error: %s\n\n", wrong.text);
    else if (err->reason == PIN_OK)
        pinctl_print(stderr, "%s\n\n", text.bytes);
    if (err->reason == PIN_OK && impact_stand_in(name, stand_in)) {
        pinctl_print(stderr, "What holds for %s without it%s:\n", name,
                     policy.subdomains ? " (and for the hosts below that have no file)" : "");
        impact_print(stderr, module, stand_in, now);
    } else if (err->reason == PIN_OK) {
        pinctl_print(stderr, "Without it what no other file is for is not pinned%s.\n",
                     strcmp(name, "_nameless") == 0 ? ", if its program names no host" : "");
    }
    pin_policy_clear(&policy);
    pin_text_clear(&text);
    return err->reason == PIN_OK;
}

static bool remove_file(const struct pin_instance *module, const char *name, struct pin_error *err)
{
    char file[PINFILE_NAME + sizeof ".pins"];
    int lock = pinctl_lock(module->pins.path, err);
    bool ok;

    if (lock < 0)
        return false;
    snprintf(file, sizeof file, "%s.pins", name);
    ok = pinctl_remove(lock, file, err);
    pinctl_unlock(lock);
    return ok;
}

int cmd_unpin(struct pinctl *ctl, int argc, char **argv)
{
    static struct pin_instance module;
    struct pin_error err = {.reason = PIN_OK};
    char name[PINFILE_NAME];
    char question[PINFILE_NAME + 32];
    int status, left = pinctl_options(ctl, argc, argv, &usage, NULL, &status);

    if (left < 0)
        return status;
    if (left != 1)
        return pinctl_fail(ctl, "expected one HOST");
    if (!pinfile_name(argv[0], name, &err) || !pinctl_settings(ctl, &module, &err) ||
        !show(&module, name, ctl->now, &err))
        return pinctl_fail(ctl, "%s", err.text);
    snprintf(question, sizeof question, "Remove %s.pins?", name);
    if (!pinctl_ask(ctl, question)) {
        fputs("Nothing was removed.\n", stderr);
        return PINCTL_CANNOT_SAY;
    }
    if (!remove_file(&module, name, &err))
        return pinctl_fail(ctl, "%s", err.text);
    pinctl_print(stdout, "%s/%s.pins is removed.\n", module.pins.path, name);
    return PINCTL_FINE;
}
