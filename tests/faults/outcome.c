/* outcome.c - the check of a connection in which a call failed. */
#include "run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* If one of these fails while the module is loaded, it cannot hook any SSL_CTX. It can only report
 * that (P14), and every peer is accepted. No other call may have this effect. */
static const struct {
    const char *name, *why;
} unhooking[] = {
    {"dlopen", "OpenSSL cannot be called: nothing of it was found"},
    {"dlsym", "OpenSSL cannot be called: a function was not found"},
    {"strdup", "the name of OpenSSL's file cannot be kept, so it is not found"},
    {"realloc", "the names of the loaded files cannot be kept, so libssl is not found"},
    {"CRYPTO_get_ex_new_index", "OpenSSL does not register our constructor"},
    {"OSSL_LIB_CTX_set0_default", "the library context of our constructor is not accessible"},
    {"CRYPTO_malloc", "the same, because OpenSSL is out of memory"},
};

/* If one of these fails, the program's own verification failed, and libssl reports it. */
static const char *const of_openssl[] = {"X509_verify_cert", "CRYPTO_malloc"};

static bool failed(const struct report *report, const char *name)
{
    return report->seen.now[fault_call_named(name) - fault_calls];
}

static bool may_unhook(const struct report *report)
{
    for (size_t i = 0; i < sizeof unhooking / sizeof unhooking[0]; i++)
        if (failed(report, unhooking[i].name))
            return true;
    return false;
}

static bool may_be_of_openssl(const struct report *report)
{
    for (size_t i = 0; i < sizeof of_openssl / sizeof of_openssl[0]; i++)
        if (failed(report, of_openssl[i]))
            return true;
    return false;
}

__attribute__((format(printf, 2, 3))) static void wrong(struct report *report, const char *fmt, ...)
{
    va_list args;

    if (report->wrong[0] != '\0')
        return;
    va_start(args, fmt);
    vsnprintf(report->wrong, sizeof report->wrong, fmt, args);
    va_end(args);
}

/* True for libssl's error, which the module raises with its text; where the server refuses, for the
 * alert. */
static bool is_libssls(const struct line *line, unsigned long error)
{
    bool of_server = line->peer->lines != NULL && strcmp(line->peer->lines, "clients") == 0;
    int reason = ERR_GET_REASON(error);

    return ERR_GET_LIB(error) == ERR_LIB_SSL &&
           (reason == SSL_R_CERTIFICATE_VERIFY_FAILED ||
            (of_server && reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE));
}

/* The refusal must be in the error queue, and in the log unless writing the log is what failed.
 * Without a library number of its own the module raises libssl's error alone. */
static void check_reported(const struct line *line, const struct fixture *s, struct report *report)
{
    bool unnamed = failed(report, "ERR_get_next_error_library") ||
                   failed(report, "ERR_load_strings") || failed(report, "CRYPTO_malloc");

    if (may_be_of_openssl(report) && s->pair.first_error != 0)
        return;
    if (!s->pair.provider_error && !(unnamed && is_libssls(line, s->pair.first_error)))
        wrong(report, "expected the reason of the refusal in the error queue, got none");
    else if (!report->log_may_fail && strstr(report->seen.last_logged, "pinning[P") == NULL)
        wrong(report, "expected a record of the refusal, got none");
}

/* An interrupted call is repeated, and a file is read to its end. */
static bool must_succeed(const struct fault_plan *plan, const char *name)
{
    return plan->at == 0 || (plan->how == FAULT_ONE_BYTE) ||
           (plan->kind == FAULT_SYSTEM && plan->error == EINTR &&
            (strcmp(name, "openat") == 0 || strcmp(name, "read") == 0));
}

void outcome_check(const struct line *line, const struct fault_plan *plan, const struct fixture *s,
                   struct report *report)
{
    const struct atk_pair *pair = &s->pair;
    const struct fault_seen *seen = &report->seen;
    size_t flowed = pair->client_got + pair->server_got + pair->early_got;
    /* Early data, or the first data of a resumed session, may arrive before the refusal. */
    bool complete = pair->client_got > 0 && pair->server_got > 0 && !pair->client_dead;
    bool expected = line->honest && (line->peer->how & NEVER) == 0;

    report->accepted += flowed > 0;
    if (seen->unhooked || atk_log(s->run, "P14", NULL) > 0) {
        report->unhooked++;
        if (!line->loading || !may_unhook(report))
            wrong(report, "expected the module to be hooked in spite of the fault, got P14");
        return;
    }
    if (!expected && flowed > 0)
        wrong(report,
              "expected no data, got %zu bytes of early data, %zu to the server, %zu to the client",
              pair->early_got, pair->server_got, pair->client_got);
    else if (!complete)
        check_reported(line, s, report);
    else if (pair->stray)
        wrong(report, "expected an empty error queue after a success, got an error");
    if (!complete && expected && must_succeed(plan, seen->name))
        wrong(report, "expected data of an honest peer, got a refusal: %s", seen->last_logged);
}
