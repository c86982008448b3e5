/*
 * report.h - writing a judgement to the log and to OpenSSL's error queue.
 */
#ifndef PINNING_HOOK_REPORT_H
#define PINNING_HOOK_REPORT_H

#include <pinning/instance.h>
#include <pinning/judge.h>

/* Gives our errors a library number and their texts (ERR_load_strings(3)), once. Where OpenSSL has
 * no number left, a refusal raises libssl's error alone. */
void pin_hook_load_error_strings(void);

/* Returns whether a judgement must be reported: the notice that a program does not name its peer
 * (P19) is due once a process, and true is returned for it once. */
bool pin_hook_is_due(const struct pin_judgement *judgement);

/* Writes the record of a judgement, unless it is suppressed as a repeat; a refusal is raised on
 * OpenSSL's error queue as well, so that the program reports it. Returns whether the record was
 * admitted. */
bool pin_hook_report(const struct pin_instance *instance, const struct pin_judgement *judgement);

/* Logs one step of an evaluation that led to judgement. arg is a struct pin_hook_steps (see struct
 * pin_trace). A certificate can contain many names, so of many steps only the first are logged. */
struct pin_hook_steps {
    const struct pin_instance *instance;
    const struct pin_judgement *judgement;
    unsigned count; /* logged so far */
};
#define PIN_HOOK_STEPS_MAX 100
void pin_hook_report_step(void *arg, const char *text);

/* Raises the refusal of a connection whose SSL_CTX has no binding, so no instance and no log: that
 * was logged when the SSL_CTX was made. */
void pin_hook_report_unbound(void);

/* Reports, once a process, that the program replaced the security callback (P15). */
void pin_hook_notice_replaced_security_cb(const struct pin_instance *instance);

#endif
