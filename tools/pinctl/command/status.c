/* pinctl status: is this host held to its pins, and who is not? */
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
    struct pinctl_sandbox tryout;
    struct pinctl_hostconf conf;
    struct pin_instance module;
    struct pin_store_settings settings; /* of the store */
    bool enabled;                       /* openssl.cnf has a section of ours */
    struct pin_error fault;             /* and what is wrong with it, or why there is none */
    char before[256];
    pid_t pids[PIDS_MAX];
    size_t pid_count;
    bool all;
    size_t counts[PINCTL_UNREADABLE + 1];
    struct pinctl_json json;
    bool finding;
};

static const char *take_pid(void *arg, const char *value)
{
    struct status *status = arg;
    char *end;
    long pid = strtol(value, &end, 10);

    if (*end != '\0' || end == value || pid <= 0 || pid > 0x7fffffff)
        return "expected the id of a process";
    if (status->pid_count == PIDS_MAX)
        return "expected 64 of them at most";
    status->pids[status->pid_count++] = (pid_t)pid;
    return NULL;
}

static const char *take_all(void *arg, const char *value)
{
    (void)value;
    ((struct status *)arg)->all = true;
    return NULL;
}

static const struct pinctl_option options[] = {
    {"pid", "PID", "only this process; may be given more than once", take_pid},
    {"all", NULL, "also list processes that talk no TLS, or cannot be looked into", take_all},
    {NULL, NULL, NULL, NULL}};

static const struct pinctl_usage usage = {.usage = "[--all] [--pid PID]...",
                                          .about =
                                              "Says whether programs that are started now are held "
                                              "to the pins, which is tried out by one that\n"
                                              "loads openssl.cnf as they do, and which of the "
                                              "running processes are. Root sees all of them.",
                                          .example = "pinctl status",
                                          .options = options};

/* ---- the configuration ---- */

static bool good(const struct status *s)
{
    return s->tryout.hooked && s->tryout.pinning && s->tryout.hash && s->tryout.random;
}

static void row(struct status *s, const char *name, enum pinctl_colour colour, const char *text)
{
    printf("%-14s%s", name, pinctl_colour(stdout, colour));
    pinctl_print(stdout, "%s", text);
    printf("%s\n", pinctl_colour(stdout, PINCTL_PLAIN));
    s->finding |= colour == PINCTL_BAD;
}

static void show_provider(struct status *s)
{
    char text[1200];

    if (s->tryout.hooked && s->tryout.pinning)
        snprintf(text, sizeof text, "active: %s stands in the way of every TLS context",
                 s->tryout.module);
    else if (s->tryout.pinning)
        snprintf(text, sizeof text, "is loaded, but a TLS context is %s",
                 s->tryout.tls ? "made without it" : "not made");
    else if (!s->enabled)
        snprintf(text, sizeof text, "NOT active: %s", s->fault.text);
    else
        snprintf(text, sizeof text,
                 "NOT active: %s names it, and OpenSSL passed over it in silence%s", s->host.conf,
                 s->before[0] != '\0' ? ": see what stands before it" : ": is its module = right?");
    row(s, "provider", s->tryout.hooked && s->tryout.pinning ? PINCTL_GOOD : PINCTL_BAD, text);
    if (s->tryout.error[0] != '\0')
        row(s, "", good(s) ? PINCTL_WARN : PINCTL_BAD, s->tryout.error);
}

static void show_store(struct status *s)
{
    const char *conf_mode = pin_mode_name(s->module.config.mode);
    char text[700];

    snprintf(text, sizeof text, "%s, mode = %s in openssl.cnf, %s in _store", s->module.config.pins,
             conf_mode, pin_mode_name(s->settings.mode));
    if (s->module.fault.reason != PIN_OK)
        row(s, "store", PINCTL_BAD, s->module.fault.text);
    else
        row(s, "store",
            s->module.config.mode < PIN_MODE_ENFORCE || s->settings.mode < PIN_MODE_ENFORCE
                ? PINCTL_WARN
                : PINCTL_PLAIN,
            text);
}

static void show_configuration(struct status *s)
{
    char text[700];

    row(s, "openssl.cnf", PINCTL_PLAIN, s->host.conf);
    show_provider(s);
    if (s->enabled)
        show_store(s);
    snprintf(text, sizeof text, "%s%s", s->tryout.providers,
             s->tryout.hash && s->tryout.random
                 ? ""
                 : ": no algorithms can be had; ssh and much else fail");
    row(s, "providers", s->tryout.hash && s->tryout.random ? PINCTL_PLAIN : PINCTL_BAD, text);
    if (s->enabled && !s->conf.nodejs_same_section)
        row(s, "node", PINCTL_WARN, "nodejs_conf is not set beside openssl_conf: node is not held");
    if (s->before[0] != '\0') {
        snprintf(text, sizeof text,
                 "%s: if that fails, OpenSSL passes over the provider in silence", s->before);
        row(s, "before it", PINCTL_DIM, text);
    }
}

static void json_configuration(struct status *s)
{
    struct pinctl_json *json = &s->json;

    pinctl_json_put(json, "openssl-conf", pinctl_json_text(s->host.conf));
    pinctl_json_put(json, "active", json_boolean(s->tryout.hooked && s->tryout.pinning));
    pinctl_json_put(json, "configured", json_boolean(s->enabled));
    pinctl_json_put(json, "module", pinctl_json_text(s->tryout.module));
    pinctl_json_put(json, "providers", pinctl_json_text(s->tryout.providers));
    pinctl_json_put(json, "default", json_boolean(s->conf.default_active || s->tryout.hash));
    pinctl_json_put(json, "algorithms", json_boolean(s->tryout.hash && s->tryout.random));
    pinctl_json_put(json, "tls", json_boolean(s->tryout.tls));
    pinctl_json_put(json, "node", json_boolean(s->conf.nodejs_same_section));
    pinctl_json_put(json, "before", pinctl_json_text(s->before));
    if (s->enabled) {
        pinctl_json_put(json, "pins", pinctl_json_text(s->module.config.pins));
        pinctl_json_put(json, "mode", json_string(pin_mode_name(s->module.config.mode)));
        pinctl_json_put(json, "mode-of-store", json_string(pin_mode_name(s->settings.mode)));
        pinctl_json_put(
            json, "fault",
            pinctl_json_text(s->module.fault.reason != PIN_OK ? s->module.fault.text : NULL));
    }
    pinctl_json_put(json, "error",
                    pinctl_json_text(s->tryout.error[0] != '\0' ? s->tryout.error : NULL));
    s->finding |= !good(s) || s->module.fault.reason != PIN_OK;
}

/* ---- the processes ---- */

static void show_process(void *arg, const struct pinctl_process *p)
{
    static const enum pinctl_colour colours[] = {PINCTL_DIM, PINCTL_GOOD, PINCTL_BAD, PINCTL_BAD,
                                                 PINCTL_BAD, PINCTL_WARN, PINCTL_DIM};
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

static bool show_processes(struct status *s)
{
    struct pinctl_process process;
    bool ok = true;

    if (s->ctl->json)
        pinctl_json_open(&s->json, "processes", '[');
    else
        printf("\n%8s  %-16s  %-10s  %-8s  %s\n", "PID", "PROGRAM", "VERDICT", "LIBRARY", "WHY");
    if (s->pid_count == 0)
        ok = pinctl_processes(&s->host, show_process, s);
    for (size_t i = 0; i < s->pid_count; i++) {
        if (pinctl_process_inspect(&s->host, s->pids[i], &process))
            show_process(s, &process);
        else
            ok = pinctl_fail(s->ctl, "process %ld: there is none", (long)s->pids[i]) == PINCTL_FINE;
    }
    if (s->ctl->json) {
        pinctl_json_close(&s->json);
        for (size_t i = 0; i <= PINCTL_UNREADABLE; i++)
            pinctl_json_put(&s->json, pinctl_enforcement_name((enum pinctl_enforcement)i),
                            json_integer((json_int_t)s->counts[i]));
    } else if (s->counts[PINCTL_UNREADABLE] > 0) {
        printf(geteuid() == 0 ? "%zu cannot be looked into: a container without CAP_SYS_PTRACE?\n"
                              : "%zu of other users were not looked into: root can\n",
               s->counts[PINCTL_UNREADABLE]);
    }
    return ok;
}

/* ---- */

/* The moment of the last change that programs notice when they start. */
static time_t changed(const char *conf, const struct pinctl_sandbox *tryout)
{
    struct stat st;
    time_t since = stat(conf, &st) == 0 ? st.st_mtime : 0;

    return tryout->module[0] != '\0' && stat(tryout->module, &st) == 0 && st.st_ctime > since
               ? st.st_ctime
               : since;
}

int cmd_status(struct pinctl *ctl, int argc, char **argv)
{
    static struct status s; /* its module lives as long as the process */
    struct pin_error err = {.reason = PIN_OK};
    struct pin_text settings = {.bytes = NULL};
    int status;

    s.ctl = ctl;
    s.json.out = stdout;
    argc = pinctl_options(ctl, argc, argv, &usage, &s, &status);
    if (argc < 0)
        return status;
    if (argc > 0)
        return pinctl_fail(ctl, "\"%s\": expected no argument", argv[0]);
    s.host.conf = pinctl_conf_file(ctl);
    if (!pinctl_sandbox(ctl->conf, &s.tryout, &err))
        return pinctl_fail(ctl, "%s", err.text);
    s.host.since = changed(s.host.conf, &s.tryout);
    s.enabled = pinctl_settings(ctl, &s.module, &s.fault);
    if (pinctl_hostconf_read(s.host.conf, &s.conf, &err))
        pinctl_hostconf_before(&s.conf, s.before, sizeof s.before);
    s.enabled = s.enabled && s.conf.pinning_section != NULL; /* and not by --pins alone */
    if (s.enabled && s.module.fault.reason == PIN_OK)
        pinctl_read_store_settings(&s.module, &s.settings, &settings, &s.module.fault);
    pin_text_clear(&settings);
    if (ctl->json) {
        pinctl_json_open(&s.json, NULL, '{');
        json_configuration(&s);
    } else {
        show_configuration(&s);
    }
    bool ok = show_processes(&s);
    status = !ok ? PINCTL_CANNOT_SAY : s.finding ? PINCTL_FINDING : PINCTL_FINE;
    if (ctl->json)
        status = pinctl_json_end(ctl, &s.json, status);
    pinctl_hostconf_clear(&s.conf);
    return status;
}
