/* pinctl report: the summary of logged refusals, before a change from report to enforce. */
#include "say/json.h"
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"

#include "host/events.h"

#include <pinning/verdict.h>
#include <pinning/instance.h>
#include <stdio.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

int cmd_report(struct pinctl *ctl, int argc, char **argv);

/* Records that differ in their time only. */
struct group {
    struct pinctl_event event; /* the first */
    char last[sizeof((struct pinctl_event *)0)->time];
    unsigned long long count; /* with suppressed records */
};

struct report {
    struct pinctl *ctl;
    const char *file;
    char since[PIN_DAY_TEXT]; /* "" for all */
    void *tree;               /* of struct group */
    struct group **list;      /* owned: the same groups */
    size_t count, capacity;   /* of the list */
    unsigned long long foreign, notices, before;
    bool no_memory;
};

static const char *parse_since(void *arg, const char *value)
{
    struct report *report = arg;
    pin_day day;

    if (!pin_day_parse(value, &day))
        return "expected a date as 2027-01-31";
    snprintf(report->since, sizeof report->since, "%s", value);
    return NULL;
}

static const struct pinctl_option options[] = {
    PINCTL_PARSED("since", "DATE", parse_since, "only records of this day or later (UTC)"),
    PINCTL_OPTIONS_END};

static const struct pinctl_usage usage = {
    .usage = "[FILE]",
    .about = "Summarises the records of log = file:PATH, or of FILE (\"-\" is standard input),\n"
             "by host, program and reason: connections that were refused or, in report mode,\n"
             "would be refused under enforce.",
    .example = "pinctl report --since 2027-01-31",
    .options = options};

/* ---- reading ---- */

static int compare(const void *left, const void *right)
{
    const struct pinctl_event *a = &((const struct group *)left)->event;
    const struct pinctl_event *b = &((const struct group *)right)->event;
    int order = strcmp(a->host, b->host);

    order = order != 0 ? order : a->of_client - b->of_client;
    order = order != 0 ? order : strcmp(a->program, b->program);
    order = order != 0 ? order : strcmp(a->reason, b->reason);
    return order != 0 ? order : strcmp(a->action, b->action);
}

/* Returns the group of the record, a new one if it is the first; NULL when out of memory. */
static struct group *find_group(struct report *report, const struct pinctl_event *event)
{
    struct group *fresh = malloc(sizeof *fresh), **found = NULL;

    if (report->count == report->capacity) {
        size_t capacity = report->capacity > 0 ? 2 * report->capacity : 64;
        struct group **list = realloc(report->list, capacity * sizeof(struct group *));
        report->capacity = list != NULL ? capacity : report->capacity;
        report->list = list != NULL ? list : report->list;
    }
    if (fresh != NULL && report->count < report->capacity) {
        *fresh = (struct group){.event = *event, .count = 0};
        found = tsearch(fresh, &report->tree, compare);
    }
    if (found == NULL || *found != fresh)
        free(fresh);
    else
        report->list[report->count++] = fresh;
    return found != NULL ? *found : NULL;
}

static void add(struct report *report, const struct pinctl_event *event)
{
    struct group *group = find_group(report, event);

    if (group == NULL) {
        report->no_memory = true;
        return;
    }
    group->count += 1 + event->suppressed;
    if (strcmp(event->time, group->event.time) < 0)
        memcpy(group->event.time, event->time, sizeof event->time);
    if (strcmp(event->time, group->last) > 0)
        memcpy(group->last, event->time, sizeof event->time);
}

static void read_line(struct report *report, const char *line, size_t len)
{
    struct pinctl_event event;

    if (!pinctl_event_parse(line, len, &event))
        report->foreign++;
    else if (strcmp(event.action, PIN_ACTION_NAME_TRACE) == 0)
        return; /* a step that led to the record before it */
    else if (strncmp(event.time, report->since, strlen(report->since)) < 0)
        report->before++;
    else if (strcmp(event.action, PIN_ACTION_NAME_NOTICE) == 0)
        report->notices++;
    else
        add(report, &event);
}

/* Reads each line. A longer line than PIN_SINK_LINE_MAX is not a record. */
static bool read_all(struct report *report, FILE *in)
{
    char line[PIN_SINK_LINE_MAX];
    size_t len;
    int c;

    do {
        for (len = 0; (c = getc_unlocked(in)) != EOF && c != '\n'; len++) {
            if (len < sizeof line)
                line[len] = (char)c;
        }
        if (len > sizeof line)
            report->foreign++;
        else if (len > 0)
            read_line(report, line, len);
    } while (c != EOF);
    return !ferror(in);
}

/* ---- printing ---- */

static int by_count(const void *left, const void *right)
{
    const struct group *a = *(struct group *const *)left, *b = *(struct group *const *)right;

    return a->count != b->count ? (a->count < b->count) - (a->count > b->count) : compare(a, b);
}

static json_t *group_to_json(const struct group *g)
{
    json_t *object = json_object();

    pinctl_json_set(&object, g->event.of_client ? "client" : "hostname",
                    pinctl_json_text(g->event.host));
    pinctl_json_set(&object, "program", pinctl_json_text(g->event.program));
    pinctl_json_set(&object, "reason", pinctl_json_text(g->event.reason));
    pinctl_json_set(&object, "text", pinctl_json_text(g->event.text));
    pinctl_json_set(&object, "action", pinctl_json_text(g->event.action));
    pinctl_json_set(&object, "file", pinctl_json_text(g->event.file));
    pinctl_json_set(&object, "count", json_integer((json_int_t)g->count));
    pinctl_json_set(&object, "first", pinctl_json_text(g->event.time));
    pinctl_json_set(&object, "last", pinctl_json_text(g->last));
    return object;
}

static int print_json(const struct report *report, int status)
{
    struct pinctl_json json = {.out = stdout};

    pinctl_json_open(&json, NULL, '{');
    pinctl_json_put(&json, "log", pinctl_json_text(report->file));
    pinctl_json_open(&json, "groups", '[');
    for (size_t i = 0; i < report->count; i++)
        pinctl_json_put(&json, NULL, group_to_json(report->list[i]));
    pinctl_json_close(&json);
    pinctl_json_put(&json, "notices", json_integer((json_int_t)report->notices));
    pinctl_json_put(&json, "foreign-lines", json_integer((json_int_t)report->foreign));
    return pinctl_json_end(report->ctl, &json, status);
}

static void print_table(const struct report *report)
{
    if (report->count > 0)
        printf("%9s  %-28s  %-16s  %-24s  %-20s  %s\n", "COUNT", "HOST", "PROGRAM", "REASON",
               "FIRST", "LAST");
    for (size_t i = 0; i < report->count; i++) {
        const struct group *g = report->list[i];
        bool refused = strcmp(g->event.action, PIN_ACTION_NAME_REFUSE) == 0;
        char peer[sizeof "client " + sizeof g->event.host];
        printf("%9llu  %s", g->count, pinctl_colour(stdout, refused ? PINCTL_BAD : PINCTL_WARN));
        snprintf(peer, sizeof peer, "%s%s", g->event.of_client ? "client " : "",
                 g->event.host[0] != '\0' ? g->event.host : "-");
        pinctl_print(stdout, "%-28s", peer);
        printf("%s  ", pinctl_colour(stdout, PINCTL_PLAIN));
        pinctl_print(stdout, "%-16s  %s %-20s  %s  %s  %s\n", g->event.program, g->event.reason,
                     g->event.text, g->event.time, g->last, g->event.action);
    }
    if (report->count == 0)
        puts("nothing was refused, and nothing would have been");
    if (report->notices > 0)
        printf("%llu notices (dates, programs without enforcement) are not listed\n",
               report->notices);
    if (report->foreign > 0)
        printf("%llu lines were not written by the module\n", report->foreign);
}

static int print(struct report *report)
{
    int status;

    if (report->no_memory)
        return pinctl_fail(report->ctl, "%s: out of memory", report->file);
    if (report->count > 1)
        qsort(report->list, report->count, sizeof(struct group *), by_count);
    status = report->count > 0 ? PINCTL_FINDING : PINCTL_FINE;
    if (report->ctl->json)
        return print_json(report, status);
    print_table(report);
    return status;
}

/* Returns the log file that openssl.cnf names, owned by *instance; NULL after a message. */
static const char *configured_file(struct pinctl *ctl, struct pin_instance *instance)
{
    struct pin_error err = {.reason = PIN_OK};

    if (!pinctl_settings(ctl, instance, &err)) {
        pinctl_fail(ctl, "%s", err.text);
        return NULL;
    }
    if (instance->config.sinks.file == NULL)
        pinctl_fail(
            ctl,
            "%s: log = names no file; use log = syslog file:PATH in the provider's section, "
            "or name a file",
            pinctl_conf_file(ctl));
    return instance->config.sinks.file;
}

/* Summarises report->file; is_configured: openssl.cnf names it, so it need not exist yet. */
static int summarise(struct report *report, bool is_configured)
{
    FILE *in = strcmp(report->file, "-") == 0 ? stdin : fopen(report->file, "re");
    int status;

    if (in == NULL && errno == ENOENT && is_configured) {
        pinctl_print(stderr, "pinctl: %s does not exist yet: nothing was logged so far\n",
                     report->file);
        in = fopen("/dev/null", "re");
    }
    if (in == NULL)
        return pinctl_fail(report->ctl, "%s: %s", report->file, strerror(errno));
    status = read_all(report, in)
                 ? print(report)
                 : pinctl_fail(report->ctl, "%s: %s", report->file, strerror(errno));
    if (in != stdin)
        fclose(in);
    return status;
}

int cmd_report(struct pinctl *ctl, int argc, char **argv)
{
    struct report report = {.ctl = ctl, .tree = NULL};
    struct pin_instance instance = {.fault = {.reason = PIN_OK}};
    int status;

    argc = pinctl_options(ctl, argc, argv, &usage, &report, &status);
    if (argc < 0)
        return status;
    if (argc > 1)
        return pinctl_fail(ctl, "\"%s\": expected one file", argv[1]);
    report.file = argc == 1 ? argv[0] : configured_file(ctl, &instance);
    status = report.file != NULL ? summarise(&report, argc == 0) : PINCTL_CANNOT_SAY;
    tdestroy(report.tree, free);
    free(report.list);
    pin_instance_clear(&instance);
    return status;
}
