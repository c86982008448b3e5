/* info_cb.c - our info callback. */
#include "info_cb.h"

#include "evaluate.h"
#include "report.h"

#include <errno.h>
#include <stdio.h>

/* A program that already writes early data loses its connection with the session, and OpenSSL fails
 * without queueing an error. All that can be seen of it is the alert that it sends to a peer which
 * has not sent anything yet, so the reason is reported there. */
static void report_lost_early_data(SSL *ssl, const struct pin_binding *binding)
{
    const struct pin_peer nothing = {0};
    struct pin_judgement judgement;

    if (ERR_peek_error() != 0)
        return;
    pin_hook_evaluate(ssl, binding, &nothing, &judgement); /* the host, the file */
    judgement.reason = PIN_R_SESSION;
    snprintf(judgement.detail, sizeof judgement.detail,
             "the session was dropped, and the program was already sending early data with it");
    pin_hook_report(binding->instance, &judgement);
}

static void info_cb(const SSL *const_ssl, int where, int ret)
{
    SSL *ssl = (SSL *)const_ssl;
    const struct pin_binding *binding = pin_binding_of(ssl, NULL);
    struct pin_conn *conn = binding != NULL ? pin_conn_peek(ssl, binding) : NULL;
    /* Set without memory for a conn, which another call may have made since: see pin_info_watch().
     */
    unsigned watched = conn != NULL && conn->watched != 0 ? conn->watched : PIN_WATCH_EARLY_DATA;
    pin_info_fn *info = conn != NULL ? conn->info : NULL;
    int saved = errno;

    if (info == NULL)
        info = SSL_CTX_get_info_callback(SSL_get_SSL_CTX(ssl));
    if (info != NULL)
        info(ssl, where, ret);
    if (binding == NULL || where != SSL_CB_WRITE_ALERT)
        return;
    if ((watched & PIN_WATCH_VERIFY_MODE) != 0) {
        SSL_set_verify(ssl, conn->verify_mode, SSL_get_verify_callback(ssl));
        pin_info_unwatch(ssl, conn, PIN_WATCH_VERIFY_MODE);
    }
    if ((watched & PIN_WATCH_EARLY_DATA) != 0)
        report_lost_early_data(ssl, binding);
    errno = saved;
}

void pin_info_watch(SSL *ssl, struct pin_conn *conn, unsigned what)
{
    pin_info_fn *info = SSL_get_info_callback(ssl);

    if (conn == NULL && info != NULL)
        return;
    if (conn != NULL)
        conn->watched |= what;
    if (info == info_cb)
        return;
    if (conn != NULL)
        conn->info = info;
    SSL_set_info_callback(ssl, info_cb);
}

void pin_info_unwatch(SSL *ssl, struct pin_conn *conn, unsigned what)
{
    if (conn != NULL)
        conn->watched &= ~what;
    if ((conn == NULL || conn->watched == 0) && SSL_get_info_callback(ssl) == info_cb)
        SSL_set_info_callback(ssl, conn != NULL ? conn->info : NULL);
}
