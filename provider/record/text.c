/* text.c - a judgement as a line of text. */
#include "text.h"

#include <pinning/record.h>

#include <inttypes.h>
#include <string.h>

static const char *action_text(const struct pin_judgement *j)
{
    return j->verdict.action == PIN_ALLOW ? "notice" : pin_action_text(j->verdict.action);
}

void pin_record_put_expected(struct pin_line *line, const struct pin *pin)
{
    char digest[PIN_DIGEST_TEXT], day[PIN_DAY_TEXT];

    pin_digest_format(&pin->digest, digest);
    pin_line_putf(line, "%s %s", pin_kind_name(pin->kind), digest);
    if (pin->until != PIN_DAY_NEVER) {
        pin_day_format(pin->until, day);
        pin_line_putf(line, " until %s", day);
    }
}

/* Counts the keys or pins that are left out. */
static void put_more(struct pin_line *line, const char *list, const char *element, size_t shown,
                     size_t more)
{
    if (more == 0)
        return;
    if (shown > 0)
        pin_line_putf(line, " and %zu more", more);
    else
        pin_line_putf(line, "; %s %zu %s%s", list, more, element, more == 1 ? "" : "s");
}

/* The parts that say what was judged and why: all that the program itself does not know. */
static void write_statement(const struct pin_judgement *j, struct pin_line *line)
{
    char mode[PIN_MODE_TEXT];

    pin_line_putf(line, "pinning[P%02d]: %s", j->reason, action_text(j));
    if (j->of_client)
        pin_line_put(line, " client certificate");
    if (j->host[0] != '\0')
        pin_line_put(line, j->of_client ? " of " : " ");
    pin_line_put_escaped(line, j->host);
    pin_line_putf(line, ": %s", pin_reason_text(j->reason));
    if (j->detail[0] != '\0')
        pin_line_put(line, ": ");
    pin_line_put_escaped(line, j->detail);
    for (size_t i = 0; i < j->compared.presented_count; i++) {
        pin_line_putf(line, "%s%s (", i == 0 ? "; presented " : ", ", j->compared.presented[i].pin);
        pin_line_put_escaped(line, j->compared.presented[i].subject);
        pin_line_put_char(line, ')');
    }
    put_more(line, "presented", "key", j->compared.presented_count, j->compared.presented_more);
    for (size_t i = 0; i < j->compared.expected_count; i++) {
        pin_line_put(line, i == 0 ? "; expected " : ", ");
        pin_record_put_expected(line, &j->compared.expected[i]);
    }
    put_more(line, "expected", "pin", j->compared.expected_count, j->compared.expected_more);
    if (j->file[0] != '\0')
        pin_line_put(line, "; file ");
    pin_line_put_escaped(line, j->file);
    if (j->verdict.action == PIN_REPORT) {
        pin_mode_format(j->verdict.mode, j->verdict.until, mode);
        pin_line_putf(line, "; allowed by mode = %s of %s", mode,
                      pin_mode_source_text(j->verdict.source));
    }
}

static void write_see(const struct pin_judgement *j, struct pin_line *line)
{
    if (j->host[0] != '\0' && !j->of_client) {
        pin_line_put(line, "; see: pinctl explain ");
        pin_line_put_escaped(line, j->host);
    } else {
        pin_line_putf(line, "; see: pinctl help P%02d", j->reason);
    }
}

void pin_record_write_text(const struct pin_judgement *j, const struct pin_process *process,
                           uint64_t suppressed, struct pin_line *line)
{
    write_statement(j, line);
    if (j->known_by > PIN_KNOWN_NONE)
        pin_line_putf(line, "; known by %s", pin_known_by_name(j->known_by));
    if (j->peer_address[0] != '\0')
        pin_line_putf(line, "; peer %s port %u", j->peer_address, j->peer_port);
    pin_line_put(line, "; ");
    pin_line_put_escaped(line, process->program);
    pin_line_putf(line, "[%ld]", (long)process->pid);
    if (suppressed > 0)
        pin_line_putf(line, "; %" PRIu64 " more like this were not written", suppressed);
    write_see(j, line);
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
    struct pin_line line;

    do {
        /* One byte more than the maximum, because a full line may have been cut. */
        char text[PIN_RECORD_ERROR_MAX + 2];
        line = pin_line_of(text, sizeof text);
        write_statement(&j, &line);
        write_see(&j, &line);
        memcpy(out, text, PIN_RECORD_ERROR_MAX);
        out[PIN_RECORD_ERROR_MAX] = '\0';
    } while (line.at == line.end && leave_out(&j));
}
