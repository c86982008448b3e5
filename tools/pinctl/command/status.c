/* pinctl status: the state of pinning on this host, and of its processes. */
#include "say/json.h"
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"
#include "store/files.h"

#include "opensslcnf/hostconf.h"
#include "host/processes.h"
#include "host/sandbox.h"

#include <pinning/instance.h>
#include <stdio.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

int cmd_status(struct pinctl *ctl, int argc, char **argv);

#define PIDS_MAX 64

struct status {
    struct pinctl *ctl;
    struct pinctl_host host;
    struct pinctl_sandbox selftest;
    struct pinctl_hostconf conf;
    struct pin_instance instance;
    struct pin_store_settings settings; /* of the store */
    bool enabled;                       /* openssl.cnf has a section of the module */
    struct pin_error fault;             /* why the section is unusable, or missing */
    char before[256];
    pid_t pids[PIDS_MAX];
    size_t pid_count;
    bool all;
    size_t counts[PINCTL_UNREADABLE + 1];
    struct pinctl_json json;
    bool finding;
};

static const char *parse_pid(void *arg, const char *value)
{
    struct status *status = arg;
    char *end;
    long pid = strtol(value, &end, 10);

    if (*end != '\0' || end == value || pid <= 0 || pid > 0x7fffffff)
        return "expected a process ID";
    _Static_assert(PIDS_MAX == 64, "the message names the limit");
    if (status->pid_count == PIDS_MAX)
        return "expected at most 64 --pid options";
    status->pids[status->pid_count++] = (pid_t)pid;
    return NULL;
}

static const struct pinctl_option options[] = {
    PINCTL_PARSED("pid", "PID", parse_pid, "only this process; may be repeated"),
    PINCTL_FLAG("all", struct status, all, "also list processes without TLS, and unreadable ones"),
    PINCTL_OPTIONS_END};

static const struct pinctl_usage usage = {
    .usage = "[--all] [--pid PID]...",
    .about = "Reports whether programs that start now enforce the pins, tested by a process that\n"
             "loads openssl.cnf as they do, and which running processes do. Root sees all of them.",
    .example = "pinctl status",
    .options = options};

/* ---- the configuration ---- */

static bool good(const struct status *s)
{
    return s->selftest.hooked && s->selftest.pinning && s->selftest.hash && s->selftest.random;
}

static void row(struct status *s, const char *name, enum pinctl_colour colour, const char *text)
{
    printf("%-14s%s", name, pinctl_colour(stdout, colour));
    pinctl_print(stdout, "%s", text);
    printf("%s\n", pinctl_colour(stdout, PINCTL_PLAIN));
    s->finding |= colour == PINCTL_BAD;
}

static void print_provider(struct status *s)
{
    char text[1200];

    if (s->selftest.hooked && s->selftest.pinning)
        snprintf(text, sizeof text, "active: %s is hooked into each new TLS context",
                 s->selftest.module);
    else if (s->selftest.pinning)
        snprintf(text, sizeof text, "loaded, but a TLS context is %s",
                 s->selftest.tls ? "created without it" : "not created");
    else if (!s->enabled)
        snprintf(text, sizeof text, "NOT active: %s", s->fault.text);
    else
        snprintf(text, sizeof text, "NOT active: %s names it, but OpenSSL skipped it silently%s",
                 s->host.conf,
                 s->before[0] != '\0' ? ": see \"before it\"" : ": check its module = line");
    row(s, "provider", s->selftest.hooked && s->selftest.pinning ? PINCTL_GOOD : PINCTL_BAD, text);
    if (s->selftest.error[0] != '\0')
        row(s, "", good(s) ? PINCTL_WARN : PINCTL_BAD, s->selftest.error);
}

static enum pin_mode mode_of_store(const struct status *s)
{
    return pin_settings_mode(&s->settings, s->ctl->now, NULL);
}

static void print_store(struct status *s)
{
    const char *conf_mode = pin_mode_name(s->instance.config.mode);
    char text[700];

    snprintf(text, sizeof text, "%s, mode = %s in openssl.cnf, %s in _store",
             s->instance.config.pins, conf_mode, pin_mode_name(mode_of_store(s)));
    if (s->instance.fault.reason != PIN_OK)
        row(s, "store", PINCTL_BAD, s->instance.fault.text);
    else
        row(s, "store",
            s->instance.config.mode < PIN_MODE_ENFORCE || mode_of_store(s) < PIN_MODE_ENFORCE
                ? PINCTL_WARN
                : PINCTL_PLAIN,
            text);
}

static void print_configuration(struct status *s)
{
    char text[700];

    row(s, "openssl.cnf", PINCTL_PLAIN, s->host.conf);
    print_provider(s);
    if (s->enabled)
        print_store(s);
    snprintf(text, sizeof text, "%s%s", s->selftest.providers,
             s->selftest.hash && s->selftest.random
                 ? ""
                 : ": no algorithms are available; ssh and other programs fail");
    row(s, "providers", s->selftest.hash && s->selftest.random ? PINCTL_PLAIN : PINCTL_BAD, text);
    if (s->enabled && !s->conf.nodejs_same_section)
        row(s, "node", PINCTL_WARN,
            "nodejs_conf is not set beside openssl_conf: pinning is not enforced for node");
    if (s->before[0] != '\0') {
        snprintf(text, sizeof text, "%s: if that fails, OpenSSL skips the provider silently",
                 s->before);
        row(s, "before it", PINCTL_DIM, text);
    }
}

static void json_configuration(struct status *s)
{
    struct pinctl_json *json = &s->json;

    pinctl_json_put(json, "openssl-conf", pinctl_json_text(s->host.conf));
    pinctl_json_put(json, "active", json_boolean(s->selftest.hooked && s->selftest.pinning));
    pinctl_json_put(json, "configured", json_boolean(s->enabled));
    pinctl_json_put(json, "module", pinctl_json_text(s->selftest.module));
    pinctl_json_put(json, "providers", pinctl_json_text(s->selftest.providers));
    pinctl_json_put(json, "default", json_boolean(s->conf.default_active || s->selftest.hash));
    pinctl_json_put(json, "algorithms", json_boolean(s->selftest.hash && s->selftest.random));
    pinctl_json_put(json, "tls", json_boolean(s->selftest.tls));
    pinctl_json_put(json, "node", json_boolean(s->conf.nodejs_same_section));
    pinctl_json_put(json, "before", pinctl_json_text(s->before));
    if (s->enabled) {
        pinctl_json_put(json, "pins", pinctl_json_text(s->instance.config.pins));
        pinctl_json_put(json, "mode", json_string(pin_mode_name(s->instance.config.mode)));
        pinctl_json_put(json, "mode-of-store", json_string(pin_mode_name(mode_of_store(s))));
        pinctl_json_put(
            json, "fault",
            pinctl_json_text(s->instance.fault.reason != PIN_OK ? s->instance.fault.text : NULL));
    }
    pinctl_json_put(json, "error",
                    pinctl_json_text(s->selftest.error[0] != '\0' ? s->selftest.error : NULL));
    s->finding |= !good(s) || s->instance.fault.reason != PIN_OK;
}

/* ---- the processes ---- */

static void print_process(void *arg, const struct pinctl_process *p)
{
    static const enum pinctl_colour colours[] = {
        [PINCTL_NO_TLS] = PINCTL_DIM,     [PINCTL_ENFORCED] = PINCTL_GOOD,
        [PINCTL_OLD_MODULE] = PINCTL_BAD, [PINCTL_NOT_ENFORCED] = PINCTL_BAD,
        [PINCTL_LINKED] = PINCTL_BAD,     [PINCTL_OTHER_TLS] = PINCTL_WARN,
        [PINCTL_UNREADABLE] = PINCTL_DIM};
    struct status *s = arg;

    s->counts[p->enforcement]++;
    s->finding |= p->enforcement == PINCTL_NOT_ENFORCED || p->enforcement == PINCTL_OLD_MODULE ||
                  p->enforcement == PINCTL_LINKED;
    if (!s->all && s->pid_count == 0 &&
        (p->enforcement == PINCTL_NO_TLS || p->enforcement == PINCTL_UNREADABLE))
        return;
    if (s->ctl->json) {
        pinctl_json_put(&s->json, NULL,
                        json_pack("{s:I, s:o, s:s, s:o, s:o}", "pid", (json_int_t)p->pid, "program",
                                  pinctl_json_text(p->program), "verdict",
                                  pinctl_enforcement_name(p->enforcement), "library",
                                  pinctl_json_text(p->library), "why", pinctl_json_text(p->why)));
        return;
    }
    printf("%8ld  ", (long)p->pid);
    pinctl_print(stdout, "%-16s", p->program);
    printf("  %s%-10s%s  ", pinctl_colour(stdout, colours[p->enforcement]),
           pinctl_enforcement_name(p->enforcement), pinctl_colour(stdout, PINCTL_PLAIN));
    pinctl_print(stdout, "%-8s  %s\n", p->library, p->why);
}

static bool print_processes(struct status *s)
{
    struct pinctl_process process;
    bool ok = true;

    if (s->ctl->json)
        pinctl_json_open(&s->json, "processes", '[');
    else
        printf("\n%8s  %-16s  %-10s  %-8s  %s\n", "PID", "PROGRAM", "VERDICT", "LIBRARY", "WHY");
    if (s->pid_count == 0)
        ok = pinctl_processes(&s->host, print_process, s);
    for (size_t i = 0; i < s->pid_count; i++) {
        if (pinctl_process_inspect(&s->host, s->pids[i], &process))
            print_process(s, &process);
        else
            ok = pinctl_fail(s->ctl, "process %ld does not exist", (long)s->pids[i]) == PINCTL_FINE;
    }
    if (s->ctl->json) {
        pinctl_json_close(&s->json);
        for (size_t i = 0; i <= PINCTL_UNREADABLE; i++)
            pinctl_json_put(&s->json, pinctl_enforcement_name((enum pinctl_enforcement)i),
                            json_integer((json_int_t)s->counts[i]));
    } else if (s->counts[PINCTL_UNREADABLE] > 0) {
        printf(geteuid() == 0 ? "%zu cannot be inspected: check whether CAP_SYS_PTRACE is missing\n"
                              : "%zu of other users were not inspected; run it as root\n",
               s->counts[PINCTL_UNREADABLE]);
    }
    return ok;
}

/* Returns the time of the last change to openssl.cnf or the module, which programs notice only when
 * they start. */
static time_t last_change(const char *conf, const struct pinctl_sandbox *selftest)
{
    struct stat st;
    time_t since = stat(conf, &st) == 0 ? st.st_mtime : 0;

    return selftest->module[0] != '\0' && stat(selftest->module, &st) == 0 && st.st_ctime > since
               ? st.st_ctime
               : since;
}

int cmd_status(struct pinctl *ctl, int argc, char **argv)
{
    struct status s = {.ctl = ctl, .json.out = stdout};
    struct pin_error err = {.reason = PIN_OK};
    struct pin_text settings = {.bytes = NULL};
    int status;

    argc = pinctl_options(ctl, argc, argv, &usage, &s, &status);
    if (argc < 0)
        return status;
    if (argc > 0)
        return pinctl_fail(ctl, "\"%s\": expected no argument", argv[0]);
    s.host.conf = pinctl_conf_file(ctl);
    if (!pinctl_sandbox(ctl->conf, &s.selftest, &err))
        return pinctl_fail(ctl, "%s", err.text);
    s.host.since = last_change(s.host.conf, &s.selftest);
    s.enabled = pinctl_settings(ctl, &s.instance, &s.fault);
    if (pinctl_hostconf_read(s.host.conf, &s.conf, &err))
        pinctl_hostconf_before(&s.conf, s.before, sizeof s.before);
    s.enabled = s.enabled && s.conf.pinning_section != NULL; /* not only --pins */
    if (s.enabled && s.instance.fault.reason == PIN_OK)
        pinctl_read_store_settings(&s.instance, &s.settings, &settings, &s.instance.fault);
    pin_text_clear(&settings);
    if (ctl->json) {
        pinctl_json_open(&s.json, NULL, '{');
        json_configuration(&s);
    } else {
        print_configuration(&s);
    }
    bool ok = print_processes(&s);
    status = !ok ? PINCTL_CANNOT_SAY : s.finding ? PINCTL_FINDING : PINCTL_FINE;
    if (ctl->json)
        status = pinctl_json_end(ctl, &s.json, status);
    pinctl_hostconf_clear(&s.conf);
    pin_instance_clear(&s.instance);
    return status;
}
