/* record.c - a judgement as a line of text, a JSON object and fields of the journal. */
#include <pinning/record.h>

#include "line.h"
#include "text.h"

#include <pinning/date.h>
#include <pinning/str.h>

#include <inttypes.h>
#include <string.h>

static void put_string(struct pin_line *line, const char *text)
{
    pin_line_put_char(line, '"');
    pin_line_put_cleaned(line, text, PIN_CLEAN_JSON);
    pin_line_put_char(line, '"');
}

static void put_member(struct pin_line *line, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    pin_line_putf(line, ",\"%s\":", name);
    put_string(line, value);
}

static const char *action_name(const struct pin_judgement *j)
{
    return j->verdict.action == PIN_ALLOW ? PIN_ACTION_NAME_NOTICE
                                          : pin_action_name(j->verdict.action);
}

static void put_peer_member(struct pin_line *line, const struct pin_judgement *j)
{
    if (j->of_client) { /* also if its certificate has no name */
        pin_line_put(line, ",\"client\":");
        put_string(line, j->host);
    } else {
        put_member(line, "hostname", j->host);
    }
}

static void put_known_members(struct pin_line *line, const struct pin_judgement *j)
{
    put_member(line, "known-by", pin_known_by_name(j->known_by));
    put_member(line, "peer-address", j->peer_address);
    if (j->peer_address[0] != '\0')
        pin_line_putf(line, ",\"peer-port\":%u", j->peer_port);
}

static void put_process_members(struct pin_line *line, const struct pin_process *process)
{
    put_member(line, "program", process->program);
    pin_line_putf(line, ",\"pid\":%ld", (long)process->pid);
}

/* Begins an object with the members that every record has. Names are those of RFC 7469 section 3,
 * where there is one. */
static void put_first_members(struct pin_line *line, time_t now, enum pin_reason reason,
                              const char *action)
{
    char date_time[PIN_TIME_TEXT];

    pin_time_format_rfc3339(now, date_time);
    pin_line_putf(line, "{\"date-time\":\"%s\",\"reason\":\"P%02d\",\"action\":\"%s\"", date_time,
                  reason, action);
}

static void put_mode_members(struct pin_line *line, const struct pin_verdict *verdict)
{
    char until[PIN_INSTANT_TEXT];

    pin_line_putf(line, ",\"mode\":\"%s\",\"mode-of\":\"%s\"", pin_mode_name(verdict->mode),
                  pin_mode_source_name(verdict->source));
    if (verdict->until == 0)
        return;
    pin_instant_format(verdict->until, until);
    pin_line_putf(line, ",\"mode-until\":\"%.16s:00Z\"", until); /* with the seconds of RFC 3339 */
}

static void write_json(const struct pin_judgement *j, const struct pin_process *process, time_t now,
                       uint64_t suppressed, struct pin_line *line)
{
    put_first_members(line, now, j->reason, action_name(j));
    put_mode_members(line, &j->verdict);
    put_peer_member(line, j);
    put_known_members(line, j);
    put_member(line, "text", pin_reason_text(j->reason));
    put_member(line, "detail", j->detail);
    put_member(line, "file", j->file);
    put_process_members(line, process);
    if (suppressed > 0)
        pin_line_putf(line, ",\"held-back\":%" PRIu64, suppressed);
    for (size_t i = 0; i < j->compared.presented_count; i++) {
        pin_line_putf(line, "%s{\"pin\":\"%s\"", i == 0 ? ",\"presented\":[" : ",",
                      j->compared.presented[i].pin);
        put_member(line, "subject", j->compared.presented[i].subject);
        pin_line_put(line, i + 1 == j->compared.presented_count ? "}]" : "}");
    }
    for (size_t i = 0; i < j->compared.expected_count; i++) {
        pin_line_put(line, i == 0 ? ",\"known-pins\":[\"" : ",\"");
        pin_record_put_expected(line, &j->compared.expected[i]);
        pin_line_put(line, i + 1 == j->compared.expected_count ? "\"]" : "\"");
    }
    pin_line_put_char(line, '}');
}

/* The kinds of records, for journalctl(1): MESSAGE_ID. */
#define ID_REFUSED     "754c8d78a05a49f7b09442dd9fa34c1e"
#define ID_NOT_REFUSED "ef14decc1c6647ef9881d355858c5ae4"
#define ID_NOTICE      "27593b2098b941d9a83a3f0a0c8d9903"
#define ID_TRACE       "ccda5d9fd20b49098126c927b093bd28"

static const char *message_id_of(const struct pin_judgement *j)
{
    static const char *const by_action[] = {
        [PIN_ALLOW] = ID_NOTICE, [PIN_REPORT] = ID_NOT_REFUSED, [PIN_REFUSE] = ID_REFUSED};

    return by_action[j->verdict.action];
}

static void put_field(struct pin_line *line, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    pin_line_putf(line, "%s=", name);
    pin_line_put_escaped(line, value);
    pin_line_put_char(line, '\n');
}

static void write_fields(const struct pin_judgement *j, const char *message_id, const char *action,
                         struct pin_line *line)
{
    put_field(line, "MESSAGE_ID", message_id);
    pin_line_putf(line, "PINNING_REASON=P%02d\n", j->reason);
    put_field(line, "PINNING_ACTION", action);
    put_field(line, "PINNING_MODE", pin_mode_name(j->verdict.mode));
    put_field(line, j->of_client ? "PINNING_CLIENT" : "PINNING_HOST", j->host);
    put_field(line, "PINNING_KNOWN_BY", pin_known_by_name(j->known_by));
    put_field(line, "PINNING_FILE", j->file);
}

uint64_t pin_record_key(const struct pin_judgement *j)
{
    uint64_t hash = PIN_HASH64_START;

    hash = pin_hash64_str(hash, j->of_client ? "client" : "");
    hash = pin_hash64_str(hash, j->host);
    hash = pin_hash64_str(hash, j->file);
    hash =
        pin_hash64_str(hash, j->compared.presented_count > 0 ? j->compared.presented[0].pin : "");
    hash = pin_hash64_str(hash, action_name(j));
    return pin_hash64_bytes(hash, &j->reason, sizeof j->reason);
}

static enum pin_severity severity_of(const struct pin_judgement *j)
{
    static const enum pin_severity by_action[] = {[PIN_ALLOW] = PIN_SEVERITY_NOTICE,
                                                  [PIN_REPORT] = PIN_SEVERITY_WARNING,
                                                  [PIN_REFUSE] = PIN_SEVERITY_ERROR};
    return by_action[j->verdict.action];
}

/* How much of what a peer presents is written. */
enum detail_level { DETAIL_ALL, DETAIL_ONE, DETAIL_NONE, DETAIL_LEVELS };

/* Leaves out presented keys and expected pins beyond the limit. A peer must not be able to push a
 * record over its maximum length by what it presents. */
static void reduce(struct pin_compared *compared, enum detail_level level)
{
    static const size_t limits[] = {
        [DETAIL_ALL] = PIN_PRESENTED_MAX, [DETAIL_ONE] = 1, [DETAIL_NONE] = 0};
    const size_t limit = limits[level];

    if (compared->presented_count > limit) {
        compared->presented_more += compared->presented_count - limit;
        compared->presented_count = limit;
    }
    if (compared->expected_count > limit) {
        compared->expected_more += compared->expected_count - limit;
        compared->expected_count = limit;
    }
}

void pin_record_make(const struct pin_judgement *judgement, const struct pin_process *process,
                     time_t now, uint64_t suppressed, struct pin_record *out)
{
    struct pin_judgement j = *judgement;
    struct pin_line fields = pin_line_of(out->fields, sizeof out->fields);
    bool cut = true;

    write_fields(&j, message_id_of(&j), action_name(&j), &fields);
    out->severity = severity_of(&j);
    out->key = pin_record_key(&j);
    for (enum detail_level level = DETAIL_ALL; level < DETAIL_LEVELS && cut; level++) {
        struct pin_line text = pin_line_of(out->text, sizeof out->text);
        struct pin_line json = pin_line_of(out->json, sizeof out->json);

        reduce(&j.compared, level);
        pin_record_write_text(&j, process, suppressed, &text);
        write_json(&j, process, now, suppressed, &json);
        cut = text.at == text.end || json.at == json.end;
    }
}

void pin_record_make_step(const struct pin_judgement *judgement, const struct pin_process *process,
                          time_t now, const char *step, struct pin_record *out)
{
    struct pin_line text = pin_line_of(out->text, sizeof out->text);
    struct pin_line json = pin_line_of(out->json, sizeof out->json);
    struct pin_line fields = pin_line_of(out->fields, sizeof out->fields);

    out->severity = severity_of(judgement);
    out->key = pin_record_key(judgement);
    pin_line_putf(&text, "pinning[P%02d] trace: ", judgement->reason);
    pin_line_put_escaped(&text, step);
    put_first_members(&json, now, judgement->reason, PIN_ACTION_NAME_TRACE);
    put_peer_member(&json, judgement);
    put_process_members(&json, process);
    put_member(&json, "trace", step);
    pin_line_put_char(&json, '}');
    write_fields(judgement, ID_TRACE, PIN_ACTION_NAME_TRACE, &fields);
}
