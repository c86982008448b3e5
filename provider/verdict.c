#include <pinning/verdict.h>

const char *pin_action_name(enum pin_action action)
{
    static const char *const names[] = {[PIN_ALLOW] = PIN_ACTION_NAME_ALLOW,
                                        [PIN_REPORT] = PIN_ACTION_NAME_REPORT,
                                        [PIN_REFUSE] = PIN_ACTION_NAME_REFUSE};
    return names[action];
}

const char *pin_action_text(enum pin_action action)
{
    static const char *const texts[] = {
        [PIN_ALLOW] = "allowed", [PIN_REPORT] = "would be refused", [PIN_REFUSE] = "refused"};
    return texts[action];
}

const char *pin_finding_name(enum pin_finding finding)
{
    static const char *const names[] = {[PIN_FOUND_HIT] = "hit",
                                        [PIN_FOUND_NO_HIT] = "no hit",
                                        [PIN_FOUND_UNDECIDED] = "undecided",
                                        [PIN_FOUND_UNPINNED] = "unpinned",
                                        [PIN_FOUND_FAULT] = "fault"};
    return names[finding];
}

const char *pin_mode_source_name(enum pin_mode_source source)
{
    static const char *const names[] = {[PIN_SOURCE_SECTION] = "openssl.cnf",
                                        [PIN_SOURCE_STORE] = "_store",
                                        [PIN_SOURCE_FILE] = "the pin file"};
    return names[source];
}

const char *pin_mode_source_text(enum pin_mode_source source)
{
    static const char *const texts[] = {[PIN_SOURCE_SECTION] = "openssl.cnf",
                                        [PIN_SOURCE_STORE] = "_store",
                                        [PIN_SOURCE_FILE] = "the pin file"};
    return texts[source];
}

static struct pin_verdict weakest(const struct pin_modes *modes, bool with_file)
{
    struct pin_verdict out = {
        .action = PIN_ALLOW, .mode = modes->section, .source = PIN_SOURCE_SECTION};

    if (modes->store < out.mode) {
        out.mode = modes->store;
        out.source = PIN_SOURCE_STORE;
        out.until = modes->store_until;
    }
    if (with_file && modes->file < out.mode) {
        out.mode = modes->file;
        out.source = PIN_SOURCE_FILE;
        out.until = modes->file_until;
    }
    return out;
}

struct pin_verdict pin_verdict(enum pin_finding finding, const struct pin_modes *modes,
                               bool refuse_unpinned)
{
    static const enum pin_action by_mode[] = {[PIN_MODE_OFF] = PIN_ALLOW,
                                              [PIN_MODE_REPORT] = PIN_REPORT,
                                              [PIN_MODE_ENFORCE] = PIN_REFUSE};
    bool with_file = finding != PIN_FOUND_UNPINNED && finding != PIN_FOUND_FAULT;
    struct pin_verdict out = weakest(modes, with_file);

    if (finding == PIN_FOUND_HIT || (finding == PIN_FOUND_UNPINNED && !refuse_unpinned))
        return out;
    out.action = by_mode[out.mode];
    return out;
}

bool pin_modes_enabled(const struct pin_modes *modes)
{
    return weakest(modes, true).mode != PIN_MODE_OFF;
}
