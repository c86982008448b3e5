/* pinctl check: the store against every rule, and --live against the world. */
#include "check/as.h"
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"

#include <pinning/judge.h>
#include <pinning/store.h>
#include <stdio.h>
#include <pinning/parse.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

int cmd_check(struct pinctl *ctl, int argc, char **argv);

#define PARALLEL_MAX 400 /* of two descriptors each, of the 1024 that a process may have */

/* ---- the command line ---- */

static const char *take_lint(void *arg, const char *value)
{
    ((struct check *)arg)->ctl->pins = value;
    return NULL;
}

static const char *take_as(void *arg, const char *value)
{
    ((struct check *)arg)->user = value;
    return NULL;
}

static const char *take_live(void *arg, const char *value)
{
    (void)value;
    ((struct check *)arg)->is_live = true;
    return NULL;
}

static const char *take_number(const char *value, unsigned most, unsigned *out)
{
    char *end = NULL;
    unsigned long number = strtoul(value, &end, 10);

    if (value[0] < '1' || value[0] > '9' || *end != '\0' || number > most)
        return "expected a number of 1 to 400";
    *out = (unsigned)number;
    return NULL;
}

static const char *take_parallel(void *arg, const char *value)
{
    return take_number(value, PARALLEL_MAX, &((struct check *)arg)->parallel);
}

static const char *take_timeout(void *arg, const char *value)
{
    return take_number(value, PARALLEL_MAX, &((struct check *)arg)->timeout_in_secs);
}

static const char *take_errors(void *arg, const char *value)
{
    (void)value;
    ((struct check *)arg)->errors_only = true;
    return NULL;
}

static const char *take_apt(void *arg, const char *value)
{
    ((struct check *)arg)->apt = value;
    return NULL;
}

static const struct pinctl_option options[] = {
    {"live", NULL, "connect to every host, and say who would be refused today", take_live},
    {"as", "USER", "with the rights of USER: can his programs read all of it?", take_as},
    {"lint", "DIR", "check DIR as a store, whatever openssl.cnf says", take_lint},
    {"errors", NULL, "errors alone, no warnings", take_errors},
    {"parallel", "NUMBER", "connections at once with --live (64)", take_parallel},
    {"timeout", "SECONDS", "for each connection (10)", take_timeout},
    {"apt", "DIR", "apt's directory, instead of /etc/apt on Debian 13 and later", take_apt},
    {NULL, NULL, NULL, NULL},
};

static const struct pinctl_usage usage = {
    "[HOST]...",
    "Checks the store against every rule: whether the module reads each file, names that are "
    "never\n"
    "looked up, single pins, dates, and more. With HOST only the files that hold for it. Exit "
    "status:\n"
    "0 nothing found, 1 an error or a warning, 2 cannot say (with --live also: a host was not "
    "reached).",
    "pinctl check --live",
    options,
};

/* ---- findings ---- */

static int summarise(struct check *check)
{
    const size_t *count = check->count;
    struct pinctl_json *json = &check->json;
    int status = count[CHECK_ERROR] + count[CHECK_WARNING] > 0 ? PINCTL_FINDING
                 : count[CHECK_UNKNOWN] > 0                    ? PINCTL_CANNOT_SAY
                                                               : PINCTL_FINE;

    if (check->ctl->json) {
        pinctl_json_close(json);
        pinctl_json_put(json, "files", json_integer((json_int_t)check->files));
        pinctl_json_put(json, "hosts", json_integer((json_int_t)check->hosts));
        pinctl_json_put(json, "errors", json_integer((json_int_t)count[CHECK_ERROR]));
        pinctl_json_put(json, "warnings", json_integer((json_int_t)count[CHECK_WARNING]));
        pinctl_json_put(json, "unknown", json_integer((json_int_t)count[CHECK_UNKNOWN]));
        return pinctl_json_end(check->ctl, json, status);
    }
    printf("%zu files, ", check->files);
    if (check->is_live)
        printf("%zu hosts checked (%zu not reached), ", check->hosts, count[CHECK_UNKNOWN]);
    printf("%zu errors, %zu warnings\n", count[CHECK_ERROR], count[CHECK_WARNING]);
    return status;
}

/* ---- the store ---- */

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

/* The files that hold for a host, as judge finds them. */
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

    if (pin_store_read_settings(&check->handle, &text, &err) != PIN_STORE_FOUND ||
        !pin_parse_settings(text.bytes, text.len, "_store", &settings, &err))
        check_report(check, CHECK_ERROR, "_store", err.reason, "%s", err.text);
    else if (settings.mode != PIN_MODE_ENFORCE && !check->ctl->json)
        printf("note: _store says mode = %s: nothing is enforced\n", pin_mode_name(settings.mode));
    pin_text_clear(&text);
}

static bool check_store(struct check *check, const struct pin_store *store, int argc, char **argv,
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

static int run(struct check *check, int argc, char **argv)
{
    struct pin_error err = {.reason = PIN_OK};
    bool ok = true;

    if (!pinctl_settings(check->ctl, &check->instance, &err))
        return pinctl_fail(check->ctl, "%s", err.text);
    if (check->ctl->json) {
        pinctl_json_open(&check->json, NULL, '{');
        pinctl_json_open(&check->json, "findings", '[');
    }
    if (check->instance.fault.reason != PIN_OK)
        check_report(check, CHECK_ERROR, pinctl_conf_file(check->ctl), check->instance.fault.reason,
                     "%s", check->instance.fault.text);
    else
        ok = check_store(check, &check->instance.pins, argc, argv, &err);
    /* Another user's names come over a pipe, for one store. */
    if (ok && check->instance.clients.path != NULL && check->names < 0 && argc == 0 &&
        check->ctl->pins == NULL)
        ok = check_store(check, &check->instance.clients, 0, NULL, &err);
    if (ok && check->instance.fault.reason == PIN_OK && argc == 0)
        check_apt(check);
    check_roots_free(check->roots);
    int status = summarise(check);
    return ok ? status : pinctl_fail(check->ctl, "%s", err.text);
}

int cmd_check(struct pinctl *ctl, int argc, char **argv)
{
    static struct check check; /* the module in it lives as long as the process */
    char *absolute = NULL;
    int status, count;

    check.ctl = ctl;
    check.parallel = 64;
    check.timeout_in_secs = 10;
    check.names = -1;
    check.today = pin_day_of(ctl->now);
    check.json.out = stdout;
    count = pinctl_options(ctl, argc, argv, &usage, &check, &status);
    if (count < 0)
        return status;
    if (ctl->pins != NULL && (absolute = realpath(ctl->pins, NULL)) == NULL)
        return pinctl_fail(ctl, "%s: %s, expected a store", ctl->pins, strerror(errno));
    if (absolute != NULL)
        ctl->pins = absolute;
    signal(SIGPIPE, SIG_IGN); /* a child of --as that ends early is told by its status */
    status = check.user != NULL ? check_as(&check, run, count, argv) : run(&check, count, argv);
    free(absolute);
    return status;
}
