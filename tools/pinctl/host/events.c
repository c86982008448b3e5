/* Parsing of log records, as log = file:PATH writes them. */
#include "host/events.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>

static bool is_reason(const char *text)
{
    return text[0] == 'P' && isdigit((unsigned char)text[1]) && isdigit((unsigned char)text[2]);
}

static bool from_json(json_t *record, struct pinctl_event *out)
{
    const char *time = "", *reason = "", *action = "", *host = "", *client = NULL, *program = "",
               *file = "", *text = "", *mode_of = "";
    json_int_t suppressed = 0;

    if (json_unpack(record, "{s:s, s:s, s:s, s?s, s?s, s?s, s?s, s?s, s?s, s?I}", "date-time",
                    &time, "reason", &reason, "action", &action, "hostname", &host, "client",
                    &client, "program", &program, "file", &file, "text", &text, "mode-of", &mode_of,
                    "held-back", &suppressed) != 0 ||
        time[0] == '\0' || !is_reason(reason) || action[0] == '\0' || suppressed < 0)
        return false;
    *out = (struct pinctl_event){.of_client = client != NULL,
                                 .suppressed = (unsigned long long)suppressed};
    snprintf(out->time, sizeof out->time, "%s", time);
    snprintf(out->reason, sizeof out->reason, "%s", reason);
    snprintf(out->action, sizeof out->action, "%s", action);
    snprintf(out->host, sizeof out->host, "%s", client != NULL ? client : host);
    snprintf(out->program, sizeof out->program, "%s", program);
    snprintf(out->file, sizeof out->file, "%s", file);
    snprintf(out->text, sizeof out->text, "%s", text);
    snprintf(out->mode_of, sizeof out->mode_of, "%s", mode_of);
    return true;
}

bool pinctl_event_parse(const char *line, size_t len, struct pinctl_event *out)
{
    json_t *record = json_loadb(line, len, 0, NULL);
    bool ok = record != NULL && from_json(record, out);

    json_decref(record);
    return ok;
}
