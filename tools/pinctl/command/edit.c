/* pinctl edit: the safe editing of a pin file, like visudo(8). */
#include "explain/impact.h"
#include "store/pinfile.h"
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"
#include "host/editor.h"
#include "store/copy.h"
#include "store/files.h"

#include <pinning/instance.h>
#include <stdio.h>
#include <pinning/parse.h>

#include <string.h>

int cmd_edit(struct pinctl *ctl, int argc, char **argv);

static const struct pinctl_usage usage = {
    .usage = "HOST|_store",
    .about = "Opens a copy of the file in $VISUAL, $EDITOR, sensible-editor or vi. It is\n"
             "installed only if it parses; otherwise pinctl prints the error, and you may edit\n"
             "again or give up.",
    .example = "pinctl edit api.example.com",
};

static const char template[] =
    "# %s. One of these lines is enough, but add a backup; see pins(5).\n"
    "# key = sha256//BASE64 [until YYYY-MM-DD]   the server's own key\n"
    "# ca = sha256//BASE64 [until YYYY-MM-DD]    the key of a CA above it\n";

struct call {
    struct pinctl *ctl;
    struct pin_instance *instance;
    bool settings;           /* _store, not a host's file */
    char name[PINFILE_NAME]; /* of a host's file, without .pins */
    char file[600];          /* its path, for messages */
    struct pin_text old;     /* bytes NULL: there is no file yet */
    struct pinctl_copy copy;
};

static bool make_copy(struct call *call, struct pin_error *err)
{
    char file[PINFILE_NAME + sizeof ".pins"], fresh[sizeof template + PINFILE_NAME];
    const struct pin_text *old = &call->old;

    snprintf(file, sizeof file, "%s%s", call->settings ? "_store" : call->name,
             call->settings ? "" : ".pins");
    snprintf(fresh, sizeof fresh, template, call->name);
    return pinctl_copy_make(&call->copy, call->instance->pins.path, file,
                            old->bytes != NULL ? old->bytes : fresh,
                            old->bytes != NULL ? old->len : strlen(fresh), err);
}

static bool parses(const struct call *call, const struct pin_text *text, struct pin_error *err)
{
    struct pin_policy policy = {.count = 0};
    struct pin_store_settings settings;
    bool ok = call->settings
                  ? pin_parse_settings(text->bytes, text->len, call->file, &settings, err)
                  : pin_parse_policy(text->bytes, text->len, call->file, &policy, err);

    pin_policy_clear(&policy);
    return ok;
}

/* Runs the editor until the copy parses. False if the user gave up, or with *err. */
static bool edit_copy(const struct call *call, struct pin_text *out, struct pin_error *err)
{
    /* Without --yes, because an editor that is a script would be run for ever. */
    const struct pinctl asking = {.command = call->ctl->command};

    for (;;) {
        struct pin_error wrong = {.reason = PIN_OK};

        if (!editor_run(call->copy.path, err) || !pinctl_copy_read(&call->copy, out, err))
            return false;
        if (parses(call, out, &wrong))
            return true;
        pin_text_clear(out);
        pinctl_print(stderr, "%s\n", wrong.text);
        if (!pinctl_ask(&asking, "Edit again? (No: the file is not changed.)") ||
            editor_is_interrupted())
            return false;
    }
}

static bool write_store_settings(const struct call *call, const struct pin_text *text,
                                 struct pin_error *err)
{
    struct pin_store_settings settings;
    struct pin_text now;
    struct pin_error ignored = {.reason = PIN_OK}; /* an error in the file is what edit fixes */
    int lock = pinctl_lock(call->instance->pins.path, err);
    bool ok;

    if (lock < 0)
        return false;
    (void)pinctl_read_store_settings(call->instance, &settings, &now, &ignored);
    ok = now.bytes != NULL && now.len == call->old.len &&
         memcmp(now.bytes, call->old.bytes, now.len) == 0;
    if (!ok)
        pin_error_set(err, PIN_R_UNREADABLE,
                      "%s was changed meanwhile: nothing was written; try again", call->file);
    ok = ok && pinctl_write(lock, "_store", text->bytes, text->len, err);
    pin_text_clear(&now);
    pinctl_unlock(lock);
    return ok;
}

/* Reads the file. One that does not parse can be edited; one that cannot be read, or a missing
 * _store, is an error. */
static bool read_old(struct call *call, struct pin_error *err)
{
    struct pin_policy policy = {.count = 0};
    struct pin_store_settings settings;
    struct pin_error wrong = {.reason = PIN_OK};
    enum pin_store_status status =
        call->settings ? pinctl_read_store_settings(call->instance, &settings, &call->old, &wrong)
                       : pinctl_read(call->instance, call->name, &policy, &call->old, &wrong);

    pin_policy_clear(&policy);
    if (status == PIN_STORE_FOUND || status == PIN_STORE_NONE)
        return true;
    if (call->old.bytes == NULL) {
        *err = wrong;
        return false;
    }
    pinctl_print(stderr, "%s\n", wrong.text);
    return true;
}

static bool install(struct call *call, const struct pin_text *text, struct pin_error *err)
{
    if (call->old.bytes != NULL && text->len == call->old.len &&
        memcmp(text->bytes, call->old.bytes, text->len) == 0) {
        pinctl_print(stdout, "%s is unchanged.\n", call->file);
        return true;
    }
    if (call->settings ? !write_store_settings(call, text, err)
                       : !pinfile_replace(call->instance, call->name, &call->old, text, err))
        return false;
    pinctl_print(stdout, "%s is written. Now in force%s:\n", call->file,
                 call->settings ? " for a host without a file" : "");
    impact_print(stdout, call->instance,
                 call->settings || call->name[0] == '_' ? "pinctl.invalid" : call->name,
                 call->ctl->now);
    return true;
}

static int edit(struct call *call, struct pin_error *err)
{
    struct pin_text text = {0};
    bool edited, done;

    editor_catch_signals();
    edited = read_old(call, err) && make_copy(call, err) && edit_copy(call, &text, err);
    done = edited && install(call, &text, err);
    if (err->reason != PIN_OK)
        pinctl_fail(call->ctl, "%s", err->text);
    else if (!done)
        pinctl_print(stderr, "%s is unchanged.\n", call->file);
    if (edited && !done) {
        pinctl_print(stderr, "Your text is in %s.\n", call->copy.path);
        pinctl_copy_keep(&call->copy);
    }
    pinctl_copy_remove(&call->copy);
    pin_text_clear(&text);
    pin_text_clear(&call->old);
    return done ? PINCTL_FINE : PINCTL_CANNOT_SAY;
}

static int open_and_edit(struct call *call, const char *typed)
{
    const struct pin_instance *instance = call->instance;
    struct pin_error err = {.reason = PIN_OK};

    if ((!call->settings && !pinfile_name(typed, call->name, &err)) ||
        !pinctl_settings(call->ctl, call->instance, &err))
        return pinctl_fail(call->ctl, "%s", err.text);
    if (instance->fault.reason != PIN_OK)
        return pinctl_fail(call->ctl, "%s", instance->fault.text);
    snprintf(call->file, sizeof call->file, "%s/%s%s", instance->pins.path,
             call->settings ? "_store" : call->name, call->settings ? "" : ".pins");
    return edit(call, &err);
}

int cmd_edit(struct pinctl *ctl, int argc, char **argv)
{
    struct pin_instance instance = {.fault = {.reason = PIN_OK}};
    struct call call = {.ctl = ctl, .instance = &instance};
    int status, left = pinctl_options(ctl, argc, argv, &usage, NULL, &status);

    if (left < 0)
        return status;
    if (left != 1)
        return pinctl_fail(ctl, "expected one HOST, or _store");
    call.settings = strcmp(argv[0], "_store") == 0;
    status = open_and_edit(&call, argv[0]);
    pin_instance_clear(&instance);
    return status;
}
