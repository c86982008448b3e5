/* The check of a whole store: its settings, its files, and with --live its servers. */
#include "check/check.h"

#include <pinning/judge.h>
#include <pinning/parse.h>
#include <pinning/store.h>
#include <stdio.h>
#include <string.h>

static void check_file(struct check *check, const char *name)
{
    struct pin_policy policy = {.pins = NULL};
    struct pin_text text = {NULL, 0};

    check->files++;
    if (check_read(check, name, &policy, &text))
        check_policy(check, name, &policy, &text);
    pin_policy_clear(&policy);
    pin_text_clear(&text);
}

static bool each_file(void *arg, const char *file)
{
    struct check *check = arg;
    char name[PINFILE_NAME];

    if (check_name(check, file, name))
        check_file(check, name);
    return true;
}

/* Checks the files that apply to a host, as judge finds them. */
static void check_host(struct check *check, const char *typed)
{
    struct pin_error err = {.reason = PIN_OK};
    struct pin_policies policies = {.list = NULL};
    struct pin_reference_ids ids = {.sni = NULL};
    struct pin_identity host;
    char name[PINFILE_NAME];

    if (!pinfile_name(typed, name, &err)) {
        check_report(check, CHECK_ERROR, typed, PIN_OK, "%s", err.text);
    } else if (!pin_identity_parse(name, strlen(name), &host)) { /* _default, _nameless */
        check_file(check, name);
    } else if (reference_ids_for(&host, false, &ids, &err)) {
        pin_judge_lookup(&check->instance, &ids, NULL, NULL, &policies);
        if (policies.fault_name[0] != '\0')
            check_file(check, policies.fault_name);
        for (size_t i = 0; i < policies.count; i++)
            check_file(check, policies.list[i].name);
        if (policies.count == 0 && policies.fault.reason == PIN_OK)
            check_report(check, CHECK_ERROR, name, PIN_OK, "nothing is pinned for it");
    }
    pin_policies_clear(&policies);
    pin_reference_ids_clear(&ids);
}

static void check_store_settings(struct check *check)
{
    struct pin_error err = {.reason = PIN_OK};
    struct pin_text text = {NULL, 0};
    struct pin_store_settings settings;
    char mode[PIN_MODE_TEXT];
    pin_instant until;

    if (pin_store_read_settings(&check->handle, &text, &err) != PIN_STORE_FOUND ||
        !pin_parse_settings(text.bytes, text.len, "_store", &settings, &err))
        check_report(check, CHECK_ERROR, "_store", err.reason, "%s", err.text);
    else if (pin_settings_mode(&settings, check->ctl->now, &until) != PIN_MODE_ENFORCE &&
             !check->ctl->json) {
        pin_mode_format(settings.mode, until, mode);
        printf("note: _store says mode = %s: nothing is enforced\n", mode);
    }
    pin_text_clear(&text);
}

bool check_store(struct check *check, const struct pin_store *store, int argc, char **argv,
                 struct pin_error *err)
{
    struct pin_error why = {.reason = PIN_OK};
    bool ok = true;

    check->store = store;
    check->is_clients = store == &check->instance.clients;
    if (pin_store_open(store, &check->handle, &why) != PIN_STORE_FOUND) {
        check_report(check, CHECK_ERROR, store->path, why.reason, "%s", why.text);
        return true;
    }
    check_store_settings(check);
    for (int i = 0; i < argc; i++)
        check_host(check, argv[i]);
    if (argc == 0)
        ok = check_walk(check, each_file, check, err);
    if (ok && check->is_live && !check->is_clients)
        ok = check_live(check, argv, argc, err);
    pin_store_close(&check->handle);
    return ok;
}
