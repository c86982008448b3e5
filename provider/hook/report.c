/* report.c - writing a judgement to the log and to OpenSSL's error queue. */
#include "report.h"

#include <pinning/names.h>
#include <pinning/hook.h>
#include <pinning/ossl.h>
#include <pinning/record.h>
#include <pinning/sink.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Our errors have one library number for the process. The core would give one to each library
 * context that loads us, and there are only 127; its upcalls could raise an error only while that
 * context lives, which would need a lock. */
static atomic_int error_library;

static void name_errors(void)
{
    static ERR_STRING_DATA strings[PIN_R_COUNT + 1]; /* the last is the end */

    for (unsigned i = 1; i < PIN_R_COUNT; i++)
        strings[i] = (ERR_STRING_DATA){ERR_PACK(0, 0, i), pin_reason_text((enum pin_reason)i)};
    int library = ERR_get_next_error_library();
    /* An entry of 0 ends the list, so the entry of the library itself needs the number here. */
    strings[0] = (ERR_STRING_DATA){ERR_PACK(library, 0, 0), PIN_NAME_MODULE};
    if (library != 0 && ERR_load_strings(library, strings))
        error_library = library;
}

void pin_hook_load_error_strings(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, name_errors);
}

/* The first error decides what curl and others do: it is libssl's own, with our text as data. The
 * second names the reason where a program prints the whole queue. */
static void raise_refusal(const struct pin_judgement *judgement)
{
    char text[PIN_RECORD_ERROR_MAX + 1];

    pin_record_make_error(judgement, text);
    ERR_new();
    ERR_set_debug(__FILE__, __LINE__, __func__);
    ERR_set_error(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED, "%s", text);
    if (error_library == 0)
        return;
    ERR_new();
    ERR_set_debug(__FILE__, __LINE__, __func__);
    ERR_set_error(error_library, judgement->reason, "P%02d", judgement->reason);
}

static bool is_nameless_notice(const struct pin_judgement *judgement)
{
    return judgement->reason == PIN_R_NAMELESS && judgement->verdict.action == PIN_ALLOW;
}

bool pin_hook_is_due(const struct pin_judgement *judgement)
{
    static atomic_flag reported = ATOMIC_FLAG_INIT;

    return !is_nameless_notice(judgement) || !atomic_flag_test_and_set(&reported);
}

/* An honest program prints nothing on the terminal that its user has not asked for. */
static struct pin_sinks sinks_for(const struct pin_instance *instance,
                                  const struct pin_judgement *judgement)
{
    struct pin_sinks sinks = instance->config.sinks;

    if (is_nameless_notice(judgement))
        sinks.set &= ~(unsigned)PIN_SINK_TTY;
    return sinks;
}

/* Not inlined, because its frame is large and only a record needs it. */
__attribute__((noinline)) bool pin_hook_report(const struct pin_instance *instance,
                                               const struct pin_judgement *judgement)
{
    const struct pin_process process = {pin_sink_program(), getpid()};
    const struct pin_sinks sinks = sinks_for(instance, judgement);
    struct pin_record record;
    uint64_t suppressed = 0;
    time_t now = time(NULL);
    bool admitted = pin_sink_admit(pin_record_key(judgement), now, &suppressed);
    bool refused = judgement->verdict.action == PIN_REFUSE;
    int cancel;

    if (!admitted && !refused)
        return false;
    pin_record_make(judgement, &process, now, suppressed, &record);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    if (admitted)
        pin_sink_write(&sinks, record.severity, record.text, record.json, record.fields);
    pthread_setcancelstate(cancel, NULL);
    if (refused)
        raise_refusal(judgement);
    return admitted;
}

void pin_hook_report_step(void *arg, const char *text)
{
    static const char left_out[] = "more steps are left out";
    const struct pin_process process = {pin_sink_program(), getpid()};
    struct pin_hook_steps *steps = arg;
    struct pin_record record;

    if (steps->count > PIN_HOOK_STEPS_MAX)
        return;
    pin_record_make_step(steps->judgement, &process, time(NULL),
                         steps->count < PIN_HOOK_STEPS_MAX ? text : left_out, &record);
    pin_sink_write(&steps->instance->config.sinks, record.severity, record.text, record.json,
                   record.fields);
    steps->count++;
}

__attribute__((noinline)) void pin_hook_report_unbound(void)
{
    static const struct pin_instance without_log = {.config = {.mode = PIN_MODE_ENFORCE}};
    struct pin_judgement judgement = {.verdict = {.action = PIN_REFUSE, .mode = PIN_MODE_ENFORCE},
                                      .reason = PIN_R_INTERNAL,
                                      .detail =
                                          "this SSL_CTX could not be tagged (out of memory?)"};

    pin_hook_report(&without_log, &judgement);
}

void pin_hook_notice(const struct pin_instance *instance, const struct pin_error *what)
{
    struct pin_judgement judgement = {
        .verdict = {.action = PIN_ALLOW, .mode = instance->config.mode}, .reason = what->reason};

    snprintf(judgement.detail, sizeof judgement.detail, "%s", what->text);
    pin_hook_report(instance, &judgement);
}

void pin_hook_notice_unreached(const struct pin_instance *instance, const struct pin_error *what)
{
    struct pin_instance quiet = {
        .config = {.mode = instance->config.mode, .sinks = instance->config.sinks}};

    quiet.config.sinks.set &= ~(unsigned)(PIN_SINK_TTY | PIN_SINK_STDERR);
    if (quiet.config.sinks.set != 0 && pin_sink_admit_once_a_day(&quiet.config.sinks, "P14"))
        pin_hook_notice(&quiet, what);
}

/* A program that replaces the security callback disables the pre-handshake check, too. */
void pin_hook_notice_replaced_security_cb(const struct pin_instance *instance)
{
    static atomic_flag reported = ATOMIC_FLAG_INIT;
    struct pin_error what = {0};

    if (atomic_flag_test_and_set(&reported))
        return;
    pin_error_set(
        &what, PIN_R_SECURITY_CB,
        "the program replaced the security callback: certificates are judged when they are "
        "verified, and at no other time");
    pin_hook_notice(instance, &what);
}
