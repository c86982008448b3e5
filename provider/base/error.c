/* strerror_r(3) has two forms. Asking for POSIX alone gives the same one on glibc and on musl. */
#undef _GNU_SOURCE
#undef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L

#include <pinning/error.h>
#include <pinning/str.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 3, 0))) static bool set(struct pin_error *err, enum pin_reason reason,
                                                      const char *fmt, va_list args)
{
    if (err == NULL || err->reason != PIN_OK)
        return false;
    err->reason = reason;
    err->sys = 0;
    if (vsnprintf(err->text, sizeof err->text, fmt, args) < 0)
        snprintf(err->text, sizeof err->text, "%s", pin_reason_text(reason));
    /* Parts of a text come from files and sockets; one line must stay one line in every log. */
    pin_str_clean(err->text, sizeof err->text, err->text, PIN_CLEAN_LINE);
    return true;
}

bool pin_error_set(struct pin_error *err, enum pin_reason reason, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    set(err, reason, fmt, args);
    va_end(args);
    return false;
}

bool pin_error_set_sys(struct pin_error *err, enum pin_reason reason, int sys, const char *fmt, ...)
{
    va_list args;
    bool fresh;

    va_start(args, fmt);
    fresh = set(err, reason, fmt, args);
    va_end(args);
    if (fresh) {
        char why[128];
        size_t used = strlen(err->text);
        if (strerror_r(sys, why, sizeof why) != 0)
            snprintf(why, sizeof why, "error %d", sys);
        snprintf(err->text + used, sizeof err->text - used, ": %s", why);
        err->sys = sys;
    }
    return false;
}

static const char *const reasons[PIN_R_COUNT] = {
    [PIN_OK] = "no error",
#define PIN_REASON(number, name, text, advice) [number] = (text),
#include <pinning/reasons.list>
#undef PIN_REASON
};

const char *pin_reason_text(enum pin_reason reason)
{
    if ((unsigned)reason >= PIN_R_COUNT || reasons[reason] == NULL)
        return "unknown";
    return reasons[reason];
}
