#include <pinning/verdict.h>

const char *pin_action_name(enum pin_action action)
{
    static const char *const names[] = {"allowed", "would be refused", "refused"};
    return names[action];
}

const char *pin_mode_source_name(enum pin_mode_source source)
{
    static const char *const names[] = {"openssl.cnf", "_store", "the pin file"};
    return names[source];
}

static struct pin_verdict weakest(const struct pin_modes *modes, bool with_file)
{
    struct pin_verdict out = {PIN_ALLOW, modes->section, PIN_SOURCE_SECTION};
    if (modes->store < out.mode) {
        out.mode = modes->store;
        out.source = PIN_SOURCE_STORE;
    }
    if (with_file && modes->file < out.mode) {
        out.mode = modes->file;
        out.source = PIN_SOURCE_FILE;
    }
    return out;
}

struct pin_verdict pin_verdict(enum pin_finding finding, const struct pin_modes *modes,
                               bool refuse_unpinned)
{
    static const enum pin_action by_mode[] = {[PIN_MODE_OFF] = PIN_ALLOW,
                                              [PIN_MODE_REPORT] = PIN_REPORT,
                                              [PIN_MODE_ENFORCE] = PIN_REFUSE};
    /* A file has no say where there is none, or where it could not be understood. */
    bool with_file = finding == PIN_FOUND_HIT || finding == PIN_FOUND_NO_HIT;
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
