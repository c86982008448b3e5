/* From a handshake to judge, and from its answer to the record and the error queue. */
#include <pinning/hook.h>
#include <pinning/record.h>
#include <pinning/sink.h>

#include "hook_conn.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Those of each library context in which the provider is. Any will do to raise an error, as long as
 * its context is there; with more contexts than places the later ones do without. */
static struct pin_upcalls all_upcalls[16];
#define UPCALLS (sizeof all_upcalls / sizeof all_upcalls[0])
static pthread_rwlock_t upcalls_lock = PTHREAD_RWLOCK_INITIALIZER;

static struct pin_upcalls *find_upcalls(const OSSL_CORE_HANDLE *handle)
{
    for (size_t i = 0; i < UPCALLS; i++)
        if (all_upcalls[i].handle == handle)
            return &all_upcalls[i];
    return NULL;
}

void pin_hook_add_upcalls(const struct pin_upcalls *upcalls)
{
    if (upcalls->new_error == NULL || upcalls->set_error_debug == NULL ||
        upcalls->vset_error == NULL)
        return;
    pthread_rwlock_wrlock(&upcalls_lock);
    struct pin_upcalls *place = find_upcalls(NULL);
    if (place != NULL)
        *place = *upcalls;
    pthread_rwlock_unlock(&upcalls_lock);
}

void pin_hook_remove_upcalls(const OSSL_CORE_HANDLE *handle)
{
    pthread_rwlock_wrlock(&upcalls_lock);
    struct pin_upcalls *place = find_upcalls(handle);
    if (place != NULL)
        *place = (struct pin_upcalls){0};
    pthread_rwlock_unlock(&upcalls_lock);
}

static void raise_as_provider(enum pin_reason reason, const char *fmt, ...)
{
    va_list args;

    /* Not worth waiting for: in a forked child nobody may be left to unlock it. Others that raise
     * errors are not in the way. */
    if (pthread_rwlock_tryrdlock(&upcalls_lock) != 0)
        return;
    va_start(args, fmt);
    for (const struct pin_upcalls *up = all_upcalls; up < all_upcalls + UPCALLS; up++) {
        if (up->handle == NULL)
            continue;
        up->new_error(up->handle);
        up->set_error_debug(up->handle, __FILE__, __LINE__, __func__);
        up->vset_error(up->handle, (uint32_t)reason, fmt, args);
        break;
    }
    va_end(args);
    pthread_rwlock_unlock(&upcalls_lock);
}

/* The first error decides what curl and others do: it is libssl's own, with our text as data. The
 * second names the reason where a program prints the whole queue. */
static void raise_refusal(enum pin_reason reason, const char *text)
{
    ERR_new();
    ERR_set_debug(__FILE__, __LINE__, __func__);
    ERR_set_error(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED, "%s", text);
    raise_as_provider(reason, "P%02d", reason);
}

/* Large, so in a frame of its own that only a refusal pays for. */
__attribute__((noinline)) void pin_hook_tell(const struct pin_module *module,
                                             const struct pin_judgement *judgement)
{
    const struct pin_process process = {program_invocation_short_name, getpid()};
    struct pin_record record;
    uint64_t held = 0;
    time_t now = time(NULL);
    bool admitted = pin_sink_admit(pin_record_key(judgement), now, &held);
    bool refused = judgement->verdict.action == PIN_REFUSE;
    int cancel;

    if (!admitted && !refused)
        return;
    pin_record_make(judgement, &process, now, held, &record);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    if (admitted)
        pin_sink_write(&module->config.sinks, record.severity, record.text, record.json);
    pthread_setcancelstate(cancel, NULL);
    if (refused)
        raise_refusal(judgement->reason, record.text);
}

void pin_hook_notice(const struct pin_module *module, const struct pin_error *what)
{
    struct pin_judgement judgement = {.verdict = {.action = PIN_ALLOW, .mode = module->config.mode},
                                      .reason = what->reason};

    snprintf(judgement.detail, sizeof judgement.detail, "%s", what->text);
    pin_hook_tell(module, &judgement);
}

/* An application that took the security callback away took the look before the handshake, too. */
static void note_missing_gate(const struct pin_module *module)
{
    static atomic_flag told = ATOMIC_FLAG_INIT;
    struct pin_error what = {0};

    if (atomic_flag_test_and_set(&told))
        return;
    pin_error_set(
        &what, PIN_R_GATE,
        "the program replaced the security callback: certificates are judged when they are "
        "verified, and not at any other moment");
    pin_hook_notice(module, &what);
}

/* Of a client nothing is asked: it is looked up under what its certificate says. */
static bool asked_of(SSL *ssl, const struct pin_door *door, const struct pin_peer *peer,
                     struct pin_asked *asked)
{
    struct pin_conn *conn = peer->is_client ? NULL : pin_conn_of(ssl, door);

    if (peer->is_client)
        return true;
    if (conn == NULL)
        return false;
    if (!conn->sni_known)
        note_missing_gate(door->module);
    return (conn->sni_known || pin_conn_keep_sni(conn, ssl)) && pin_conn_asked(conn, ssl, asked);
}

void pin_hook_ask(SSL *ssl, const struct pin_door *door, const struct pin_peer *peer,
                  struct pin_judgement *out)
{
    struct pin_asked asked = {0};
    struct pin_policies policies = {0};
    time_t now = time(NULL);
    int cancel;

    /* A thread that is cancelled while we read a file would leave it open for ever. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    if (asked_of(ssl, door, peer, &asked))
        pin_judge_look(door->module, &asked, peer, NULL, &policies);
    else
        pin_error_set(&policies.fault, PIN_R_INTERNAL, "out of memory");
    pin_judge(door->module, &policies, peer, now, NULL, out);
    pin_policies_clear(&policies);
    pin_asked_clear(&asked);
    pthread_setcancelstate(cancel, NULL);
}

bool pin_hook_judge(SSL *ssl, const struct pin_door *door, const struct pin_peer *peer)
{
    struct pin_judgement judgement;

    ERR_set_mark();
    pin_hook_ask(ssl, door, peer, &judgement);
    ERR_pop_to_mark();
    if (judgement.reason != PIN_OK)
        pin_hook_tell(door->module, &judgement);
    if (judgement.verdict.action == PIN_REFUSE)
        return false;
    if (!peer->is_client && (peer->leaf.cert != NULL || peer->leaf.raw_key != NULL))
        pin_conn_set_judged(pin_conn_of(ssl, door), &peer->leaf);
    return true;
}
