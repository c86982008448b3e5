/* pinctl suspend: report mode for a limited time. */
#include "store/pinfile.h"
#include "store/suspension.h"
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"
#include "store/files.h"

#include <pinning/instance.h>
#include <stdio.h>
#include <pinning/parse.h>

#include <stdlib.h>
#include <string.h>

int cmd_suspend(struct pinctl *ctl, int argc, char **argv);

#define LONGEST_IN_SECS (31 * 86400L)

struct call {
    struct pinctl *ctl;
    long secs; /* of --for; 0: none */
    bool all, end, due;
    char name[PINFILE_NAME]; /* "" with all */
    struct pin_instance *instance;
};

static const char *parse_for(void *arg, const char *value)
{
    static const struct {
        char letter;
        long secs;
    } units[] = {{'m', 60}, {'h', 3600}, {'d', 86400}};
    struct call *call = arg;
    char *end;
    long count = value[0] >= '0' && value[0] <= '9' ? strtol(value, &end, 10) : 0;

    for (size_t i = 0; count > 0 && i < sizeof units / sizeof units[0]; i++)
        if (end[0] == units[i].letter && end[1] == '\0' && count <= LONGEST_IN_SECS / units[i].secs)
            call->secs = count * units[i].secs;
    return call->secs > 0 ? NULL : "expected a time as 30m, 4h or 2d, at most 31d";
}

static const struct pinctl_option options[] = {
    PINCTL_PARSED("for", "TIME", parse_for, "duration: 30m, 4h, 2d"),
    PINCTL_FLAG("all", struct call, all, "every host, by a line in _store"),
    PINCTL_FLAG("end", struct call, end, "end the suspension now"),
    PINCTL_FLAG("due", struct call, due, "with --end: only if its time has passed"),
    PINCTL_OPTIONS_END,
};
static const struct pinctl_usage usage = {
    .usage = "HOST|--all --for TIME | --end HOST|--all",
    .about = "Sets mode = report for a limited time: peers without a pinned key are accepted and\n"
             "logged. A timer of systemd, or a waiting process, ends it. If a reboot prevents\n"
             "that, pinctl list and check report the suspension as overdue until you use --end.",
    .example = "pinctl suspend api.example.com --for 4h",
    .options = options,
};

/* A host's file, or _store. */
struct file {
    struct pin_text text;
    enum pin_mode mode;
};

static bool read_file(const struct call *call, struct file *out, struct pin_error *err)
{
    struct pin_policy policy = {.count = 0};
    struct pin_store_settings settings;
    enum pin_store_status status =
        call->all ? pinctl_read_store_settings(call->instance, &settings, &out->text, err)
                  : pinctl_read(call->instance, call->name, &policy, &out->text, err);

    if (status == PIN_STORE_NONE)
        pin_error_set(err, PIN_R_UNREADABLE,
                      "%s/%s.pins does not exist; pinctl explain %s shows which file applies",
                      call->instance->pins.path, call->name, call->name);
    else if (status == PIN_STORE_FOUND)
        out->mode = call->all ? settings.mode : policy.mode;
    pin_policy_clear(&policy);
    return status == PIN_STORE_FOUND;
}

/* Parses the new text, as a check, for its mode. */
static bool parse(const struct call *call, const struct pin_text *text, enum pin_mode *mode,
                  struct pin_error *err)
{
    struct pin_policy policy = {.count = 0};
    struct pin_store_settings settings = {.mode = PIN_MODE_ENFORCE};
    bool ok = call->all ? pin_parse_settings(text->bytes, text->len, "_store", &settings, err)
                        : pin_parse_policy(text->bytes, text->len, call->name, &policy, err);

    *mode = call->all ? settings.mode : policy.mode;
    pin_policy_clear(&policy);
    return ok;
}

static bool may_begin(const struct call *call, const struct file *file, bool suspended,
                      struct pin_error *err)
{
    return suspended || file->mode == PIN_MODE_ENFORCE ||
           pin_error_set(err, PIN_R_CONFIG,
                         "%s%s has mode = %s: nothing is enforced, so nothing can be suspended",
                         call->all ? "_store" : call->name, call->all ? "" : ".pins",
                         pin_mode_name(file->mode));
}

/* True if it can be suspended. Checked before the question and the schedule. */
static bool can_suspend(const struct call *call, struct pin_error *err)
{
    struct file file = {.mode = PIN_MODE_ENFORCE};
    struct pinfile_suspension old;
    bool ok = read_file(call, &file, err) &&
              may_begin(call, &file, pinfile_suspended(&file.text, &old), err);

    pin_text_clear(&file.text);
    return ok;
}

/* Reads, changes, parses and writes, all under the lock. *had: it was suspended before, as *old
 * describes. True also if there was nothing to end. False with *err. */
static bool rewrite(const struct call *call, time_t until, struct pinfile_suspension *old,
                    bool *had, struct pin_error *err)
{
    char name[PINFILE_NAME + sizeof ".pins"];
    struct file file = {.mode = PIN_MODE_ENFORCE};
    enum pin_mode mode;
    int lock = pinctl_lock(call->instance->pins.path, err);
    bool ok;

    if (lock < 0)
        return false;
    snprintf(name, sizeof name, "%s%s", call->all ? "_store" : call->name,
             call->all ? "" : ".pins");
    ok = read_file(call, &file, err);
    *had = ok && pinfile_suspended(&file.text, old);
    if (ok && call->end && (!*had || (call->due && old->until > call->ctl->now)))
        goto done; /* not suspended, or not due yet */
    if (ok && !call->end)
        ok = may_begin(call, &file, *had, err);
    ok = ok &&
         (call->end ? pinfile_end_suspension(&file.text, err)
                    : pinfile_suspend(&file.text, until, err)) &&
         parse(call, &file.text, &mode, err);
    if (ok && !call->end && mode != PIN_MODE_REPORT)
        ok = pin_error_set(err, PIN_R_INTERNAL, "%s: the new text does not have mode = report",
                           name);
    ok = ok && pinctl_write(lock, name, file.text.bytes, file.text.len, err);
done:
    pin_text_clear(&file.text);
    pinctl_unlock(lock);
    return ok;
}

static const char *scope(const struct call *call)
{
    return call->all ? "every host" : call->name;
}

static int begin(const struct call *call)
{
    struct pin_error err = {.reason = PIN_OK};
    struct pinfile_suspension old;
    time_t until = call->ctl->now + call->secs;
    char when[PINFILE_TIME], how[64], question[PINFILE_NAME + 128];
    bool had;

    if (!can_suspend(call, &err))
        return pinctl_fail(call->ctl, "%s", err.text);
    pinfile_time(until, when);
    snprintf(question, sizeof question, "Accept peers of %s without a pinned key until %s?",
             scope(call), when);
    if (!pinctl_ask(call->ctl, question)) {
        fputs("Nothing was changed.\n", stderr);
        return PINCTL_CANNOT_SAY;
    }
    /* Schedule the end first: if writing fails, the scheduled command finds nothing to end. */
    if (!suspension_schedule_end(call->ctl, call->instance->pins.path,
                                 call->all ? NULL : call->name, until, how, sizeof how, &err))
        return pinctl_fail(call->ctl, "not suspended, because its end cannot be scheduled: %s",
                           err.text);
    if (!rewrite(call, until, &old, &had, &err))
        return pinctl_fail(call->ctl, "%s", err.text);
    fputs(pinctl_colour(stdout, PINCTL_WARN), stdout);
    pinctl_print(stdout, "NOT ENFORCED: %s%s, mode = report until %s.", scope(call),
                 had ? " (was already suspended)" : "", when);
    printf("%s\n", pinctl_colour(stdout, PINCTL_PLAIN));
    pinctl_print(stdout, "It ends automatically (%s), or with: pinctl suspend --end %s\n", how,
                 call->all ? "--all" : call->name);
    return PINCTL_FINE;
}

static int end(const struct call *call)
{
    struct pin_error err = {.reason = PIN_OK};
    struct pinfile_suspension old;
    char when[PINFILE_TIME];
    bool had;

    if (!rewrite(call, 0, &old, &had, &err))
        return pinctl_fail(call->ctl, "%s", err.text);
    if (!had) {
        pinctl_print(stdout, "Nothing to end: %s is not suspended.\n", scope(call));
        return PINCTL_FINE;
    }
    pinfile_time(old.until, when);
    if (call->due && old.until > call->ctl->now)
        pinctl_print(stdout, "%s is suspended until %s; not ended yet.\n", scope(call), when);
    else
        pinctl_print(stdout, "%s is no longer suspended (it was until %s).\n", scope(call), when);
    return PINCTL_FINE;
}

int cmd_suspend(struct pinctl *ctl, int argc, char **argv)
{
    struct pin_instance instance = {.fault = {.reason = PIN_OK}};
    struct call call = {.ctl = ctl, .instance = &instance};
    struct pin_error err = {.reason = PIN_OK};
    int status, left = pinctl_options(ctl, argc, argv, &usage, &call, &status);

    if (left < 0)
        return status;
    if (left != (call.all ? 0 : 1))
        return pinctl_fail(ctl, "expected one HOST or --all");
    if (call.end == (call.secs > 0) || (call.due && !call.end))
        return pinctl_fail(ctl, "expected --for TIME, or --end");
    if ((!call.all && !pinfile_name(argv[0], call.name, &err)) ||
        !pinctl_settings(ctl, &instance, &err))
        status = pinctl_fail(ctl, "%s", err.text);
    else if (instance.fault.reason != PIN_OK)
        status = pinctl_fail(
            ctl, "%s%s",
            ctl->pins != NULL
                ? ""
                : "every connection is refused because of openssl.cnf, which suspend does not "
                  "change: ",
            instance.fault.text);
    else
        status = call.end ? end(&call) : begin(&call);
    pin_instance_clear(&instance);
    return status;
}
