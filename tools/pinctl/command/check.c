/* pinctl check: the check of a store against every rule, and of servers against the store. */
#include "check/as.h"
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"

#include <stdio.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

int cmd_check(struct pinctl *ctl, int argc, char **argv);

#define PARALLEL_MAX 400 /* of two descriptors each, of the 1024 that a process may have */

static const char *parse_lint(void *arg, const char *value)
{
    ((struct check *)arg)->ctl->pins = value;
    return NULL;
}

static const char *parse_number(const char *value, unsigned most, unsigned *out)
{
    char *end = NULL;
    unsigned long number = strtoul(value, &end, 10);

    if (value[0] < '1' || value[0] > '9' || *end != '\0' || number > most)
        return "expected a number of 1 to 400";
    *out = (unsigned)number;
    return NULL;
}

static const char *parse_parallel(void *arg, const char *value)
{
    return parse_number(value, PARALLEL_MAX, &((struct check *)arg)->parallel);
}

static const char *parse_timeout(void *arg, const char *value)
{
    return parse_number(value, PARALLEL_MAX, &((struct check *)arg)->timeout_in_secs);
}

static const struct pinctl_option options[] = {
    PINCTL_FLAG("live", struct check, is_live,
                "connect to every host; report what is refused today"),
    PINCTL_TEXT("as", "USER", struct check, user, "read the files with the rights of USER"),
    PINCTL_PARSED("lint", "DIR", parse_lint, "check DIR as a store, whatever openssl.cnf says"),
    PINCTL_FLAG("errors", struct check, errors_only, "report errors only, no warnings"),
    PINCTL_PARSED("parallel", "NUMBER", parse_parallel, "connections at once with --live (64)"),
    PINCTL_PARSED("timeout", "SECONDS", parse_timeout, "limit for each connection (10)"),
    PINCTL_TEXT("apt", "DIR", struct check, apt,
                "apt's directory, instead of /etc/apt on Debian 13 and later"),
    PINCTL_OPTIONS_END,
};

static const struct pinctl_usage usage = {
    .usage = "[HOST]...",
    .about = "Checks the store against every rule: whether the module reads each file, names\n"
             "that are never looked up, single pins, dates, and more. With HOST it checks only\n"
             "the files that apply to HOST. Exit status: 0 nothing found, 1 an error or a\n"
             "warning, 2 failed or unknown (with --live also: a host was not reached).",
    .example = "pinctl check --live",
    .options = options,
};

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
    /* Under --as the names come over a pipe, for one store only. */
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
    struct check check = {.ctl = ctl,
                          .parallel = 64,
                          .timeout_in_secs = 10,
                          .names = -1,
                          .today = pin_day_of(ctl->now),
                          .json.out = stdout};
    char *absolute = NULL;
    int status, count = pinctl_options(ctl, argc, argv, &usage, &check, &status);

    if (count < 0)
        return status;
    if (ctl->pins != NULL && (absolute = realpath(ctl->pins, NULL)) == NULL)
        return pinctl_fail(ctl, "%s: %s, expected a store", ctl->pins, strerror(errno));
    if (absolute != NULL)
        ctl->pins = absolute;
    signal(SIGPIPE, SIG_IGN); /* a child of --as may end early: its status says why */
    status = check.user != NULL ? check_as(&check, run, count, argv) : run(&check, count, argv);
    pin_instance_clear(&check.instance);
    free(absolute);
    return status;
}
