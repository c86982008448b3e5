/* record.c - a judgement as a line of text and as a JSON object. */
#include <pinning/record.h>

#include <pinning/date.h>
#include <pinning/str.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A bounded line. A full line (at == end) may have been cut. */
struct line {
    char *at;
    char *end; /* the last byte of the buffer, for the NUL */
};

static void put_char(struct line *line, char c)
{
    if (line->at < line->end)
        *line->at++ = c;
    *line->at = '\0';
}

static void put(struct line *line, const char *text)
{
    for (; *text != '\0'; text++)
        put_char(line, *text);
}

__attribute__((format(printf, 2, 3))) static void putf(struct line *line, const char *fmt, ...)
{
    char text[160];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    put(line, text);
}

/* The maximum length of one string, as written. The five strings of a record and everything between
 * them fit into a line, so that no name of a program or directory displaces the rest. */
#define STRING_MAX 700

/* Strings of a peer, a file or a program's title are cleaned, because they may contain any byte. */
static void put_cleaned(struct line *line, const char *text, enum pin_clean style)
{
    char clean[STRING_MAX + 1];

    pin_str_clean(clean, sizeof clean, text, style);
    put(line, clean);
}

static void put_escaped(struct line *line, const char *text)
{
    put_cleaned(line, text, PIN_CLEAN_ASCII);
}

static void put_string(struct line *line, const char *text)
{
    put_char(line, '"');
    put_cleaned(line, text, PIN_CLEAN_JSON);
    put_char(line, '"');
}

static void put_member(struct line *line, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    putf(line, ",\"%s\":", name);
    put_string(line, value);
}

static const char *action_name(const struct pin_judgement *j)
{
    return j->verdict.action == PIN_ALLOW ? PIN_ACTION_NAME_NOTICE
                                          : pin_action_name(j->verdict.action);
}

static const char *action_text(const struct pin_judgement *j)
{
    return j->verdict.action == PIN_ALLOW ? "notice" : pin_action_text(j->verdict.action);
}

static void put_expected(struct line *line, const struct pin *pin)
{
    char digest[PIN_DIGEST_TEXT], day[PIN_DAY_TEXT];

    pin_digest_format(&pin->digest, digest);
    putf(line, "%s %s", pin_kind_name(pin->kind), digest);
    if (pin->until != PIN_DAY_NEVER) {
        pin_day_format(pin->until, day);
        putf(line, " until %s", day);
    }
}

/* Counts the keys or pins that are left out. */
static void put_more(struct line *line, const char *list, const char *element, size_t shown,
                     size_t more)
{
    if (more == 0)
        return;
    if (shown > 0)
        putf(line, " and %zu more", more);
    else
        putf(line, "; %s %zu %s%s", list, more, element, more == 1 ? "" : "s");
}

/* The parts that say what was judged and why: all that the program itself does not know. */
static void write_statement(const struct pin_judgement *j, struct line *line)
{
    char mode[PIN_MODE_TEXT];

    putf(line, "pinning[P%02d]: %s", j->reason, action_text(j));
    if (j->of_client)
        put(line, " client certificate");
    if (j->host[0] != '\0')
        put(line, j->of_client ? " of " : " ");
    put_escaped(line, j->host);
    putf(line, ": %s", pin_reason_text(j->reason));
    if (j->detail[0] != '\0')
        put(line, ": ");
    put_escaped(line, j->detail);
    for (size_t i = 0; i < j->compared.presented_count; i++) {
        putf(line, "%s%s (", i == 0 ? "; presented " : ", ", j->compared.presented[i].pin);
        put_escaped(line, j->compared.presented[i].subject);
        put_char(line, ')');
    }
    put_more(line, "presented", "key", j->compared.presented_count, j->compared.presented_more);
    for (size_t i = 0; i < j->compared.expected_count; i++) {
        put(line, i == 0 ? "; expected " : ", ");
        put_expected(line, &j->compared.expected[i]);
    }
    put_more(line, "expected", "pin", j->compared.expected_count, j->compared.expected_more);
    if (j->file[0] != '\0')
        put(line, "; file ");
    put_escaped(line, j->file);
    if (j->verdict.action == PIN_REPORT) {
        pin_mode_format(j->verdict.mode, j->verdict.until, mode);
        putf(line, "; allowed by mode = %s of %s", mode, pin_mode_source_text(j->verdict.source));
    }
}

static void write_see(const struct pin_judgement *j, struct line *line)
{
    if (j->host[0] != '\0' && !j->of_client) {
        put(line, "; see: pinctl explain ");
        put_escaped(line, j->host);
    } else {
        putf(line, "; see: pinctl help P%02d", j->reason);
    }
}

static void write_text(const struct pin_judgement *j, const struct pin_process *process,
                       uint64_t suppressed, struct line *line)
{
    write_statement(j, line);
    put(line, "; ");
    put_escaped(line, process->program);
    putf(line, "[%ld]", (long)process->pid);
    if (suppressed > 0)
        putf(line, "; %" PRIu64 " more like this were not written", suppressed);
    write_see(j, line);
}

static void put_peer_member(struct line *line, const struct pin_judgement *j)
{
    if (j->of_client) { /* also if its certificate has no name */
        put(line, ",\"client\":");
        put_string(line, j->host);
    } else {
        put_member(line, "hostname", j->host);
    }
}

static void put_process_members(struct line *line, const struct pin_process *process)
{
    put_member(line, "program", process->program);
    putf(line, ",\"pid\":%ld", (long)process->pid);
}

/* Begins an object with the members that every record has. Names are those of RFC 7469 section 3,
 * where there is one. */
static void put_first_members(struct line *line, time_t now, enum pin_reason reason,
                              const char *action)
{
    char date_time[PIN_TIME_TEXT];

    pin_time_format_rfc3339(now, date_time);
    putf(line, "{\"date-time\":\"%s\",\"reason\":\"P%02d\",\"action\":\"%s\"", date_time, reason,
         action);
}

static void put_mode_members(struct line *line, const struct pin_verdict *verdict)
{
    char until[PIN_INSTANT_TEXT];

    putf(line, ",\"mode\":\"%s\",\"mode-of\":\"%s\"", pin_mode_name(verdict->mode),
         pin_mode_source_name(verdict->source));
    if (verdict->until == 0)
        return;
    pin_instant_format(verdict->until, until);
    putf(line, ",\"mode-until\":\"%.16s:00Z\"", until); /* with the seconds of RFC 3339 */
}

static void write_json(const struct pin_judgement *j, const struct pin_process *process, time_t now,
                       uint64_t suppressed, struct line *line)
{
    put_first_members(line, now, j->reason, action_name(j));
    put_mode_members(line, &j->verdict);
    put_peer_member(line, j);
    put_member(line, "text", pin_reason_text(j->reason));
    put_member(line, "detail", j->detail);
    put_member(line, "file", j->file);
    put_process_members(line, process);
    if (suppressed > 0)
        putf(line, ",\"held-back\":%" PRIu64, suppressed);
    for (size_t i = 0; i < j->compared.presented_count; i++) {
        putf(line, "%s{\"pin\":\"%s\"", i == 0 ? ",\"presented\":[" : ",",
             j->compared.presented[i].pin);
        put_member(line, "subject", j->compared.presented[i].subject);
        put(line, i + 1 == j->compared.presented_count ? "}]" : "}");
    }
    for (size_t i = 0; i < j->compared.expected_count; i++) {
        put(line, i == 0 ? ",\"known-pins\":[\"" : ",\"");
        put_expected(line, &j->compared.expected[i]);
        put(line, i + 1 == j->compared.expected_count ? "\"]" : "\"");
    }
    put_char(line, '}');
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

static struct line line_of(char *buffer, size_t size)
{
    return (struct line){buffer, buffer + size - 1};
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
    bool cut = true;

    out->severity = severity_of(&j);
    out->key = pin_record_key(&j);
    for (enum detail_level level = DETAIL_ALL; level < DETAIL_LEVELS && cut; level++) {
        struct line text = line_of(out->text, sizeof out->text);
        struct line json = line_of(out->json, sizeof out->json);

        reduce(&j.compared, level);
        write_text(&j, process, suppressed, &text);
        write_json(&j, process, now, suppressed, &json);
        cut = text.at == text.end || json.at == json.end;
    }
}

/* Shortens a string of more than min bytes to half of it, and marks the end. */
static bool halve(char *text, size_t min)
{
    size_t len = strlen(text);

    if (len <= min)
        return false;
    strcpy(text + (len / 2 > min ? len / 2 : min) - 3, "...");
    return true;
}

/* Leaves out the least important part that is still there. Returns false if none is left. */
static bool leave_out(struct pin_judgement *j)
{
    struct pin_compared *compared = &j->compared;

    if (compared->presented_count > 0) {
        compared->presented_count--;
        compared->presented_more++;
    } else if (compared->expected_count > 1) {
        compared->expected_count--;
        compared->expected_more++;
    } else if (!halve(j->detail, 16) && !halve(j->file, 16)) {
        if (compared->expected_count == 0)
            return halve(j->host, 16);
        compared->expected_count = 0;
        compared->expected_more++;
    }
    return true;
}

void pin_record_make_error(const struct pin_judgement *judgement,
                           char out[static PIN_RECORD_ERROR_MAX + 1])
{
    struct pin_judgement j = *judgement;
    struct line line;

    do {
        /* One byte more than the maximum, because a full line may have been cut. */
        char text[PIN_RECORD_ERROR_MAX + 2];
        line = line_of(text, sizeof text);
        write_statement(&j, &line);
        write_see(&j, &line);
        memcpy(out, text, PIN_RECORD_ERROR_MAX);
        out[PIN_RECORD_ERROR_MAX] = '\0';
    } while (line.at == line.end && leave_out(&j));
}

void pin_record_make_step(const struct pin_judgement *judgement, const struct pin_process *process,
                          time_t now, const char *step, struct pin_record *out)
{
    struct line text = line_of(out->text, sizeof out->text);
    struct line json = line_of(out->json, sizeof out->json);

    out->severity = severity_of(judgement);
    out->key = pin_record_key(judgement);
    putf(&text, "pinning[P%02d] trace: ", judgement->reason);
    put_escaped(&text, step);
    put_first_members(&json, now, judgement->reason, PIN_ACTION_NAME_TRACE);
    put_peer_member(&json, judgement);
    put_process_members(&json, process);
    put_member(&json, "trace", step);
    put_char(&json, '}');
}
