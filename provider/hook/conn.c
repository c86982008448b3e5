/* conn.c - the state of one connection, kept as ex_data of its SSL. */
#include "conn.h"

#include "reference_ids.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The maximum age of a pre-handshake lookup. Bounded so that a slow peer cannot prolong an old
 * policy. */
#define LOOKUP_AGE_MAX_IN_NS 1000000000u

struct pin_conn *pin_conn_peek(const SSL *ssl, const struct pin_binding *binding)
{
    return SSL_get_ex_data(ssl, binding->ssl_index);
}

struct pin_conn *pin_conn_of(SSL *ssl, const struct pin_binding *binding)
{
    struct pin_conn *conn = pin_conn_peek(ssl, binding);

    if (conn != NULL || (conn = calloc(1, sizeof *conn)) == NULL)
        return conn;
    if (SSL_set_ex_data(ssl, binding->ssl_index, conn))
        return conn;
    free(conn);
    return NULL;
}

void pin_conn_set_judged(struct pin_conn *conn, const struct pin_leaf *leaf, bool refused)
{
    if (conn == NULL)
        return;
    X509 *cert = leaf->cert != NULL && X509_up_ref(leaf->cert) ? leaf->cert : NULL;
    EVP_PKEY *key = leaf->raw_key != NULL && EVP_PKEY_up_ref(leaf->raw_key) ? leaf->raw_key : NULL;

    X509_free(conn->judged);
    EVP_PKEY_free(conn->judged_key);
    conn->judged = cert;
    conn->judged_key = key;
    conn->judged_refused = refused;
}

static bool is_judged(const struct pin_conn *conn, const struct pin_leaf *leaf)
{
    return leaf->cert != NULL ? leaf->cert == conn->judged
                              : leaf->raw_key != NULL && leaf->raw_key == conn->judged_key;
}

bool pin_conn_was_judged(const struct pin_conn *conn, const struct pin_leaf *leaf)
{
    return conn != NULL && !conn->judged_refused && is_judged(conn, leaf);
}

bool pin_conn_was_refused(const struct pin_conn *conn, const struct pin_leaf *leaf)
{
    return conn != NULL && conn->judged_refused && is_judged(conn, leaf);
}

void pin_conn_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
    struct pin_conn *conn = ptr;

    (void)parent;
    (void)ad;
    (void)index;
    (void)argl;
    (void)argp;
    if (conn == NULL)
        return;
    pin_reference_ids_clear(&conn->ids);
    pin_policies_clear(&conn->found);
    X509_free(conn->judged);
    EVP_PKEY_free(conn->judged_key);
    free(conn);
}

/* A copy of an SSL (SSL_dup(3)) starts without what we know of the first. */
int pin_conn_dup(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **from_d, int index,
                 long argl, void *argp)
{
    (void)to;
    (void)from;
    (void)index;
    (void)argl;
    (void)argp;
    *from_d = NULL;
    return 1;
}

bool pin_conn_keep_ids(struct pin_conn *conn, SSL *ssl, uint64_t reference_hash)
{
    pin_reference_ids_clear(&conn->ids);
    conn->reference_hash = reference_hash;
    conn->ids_known = pin_reference_ids_read(ssl, &conn->ids);
    return conn->ids_known;
}

uint64_t pin_conn_now_in_ns(void)
{
    struct timespec now;

    return clock_gettime(CLOCK_BOOTTIME, &now) == 0
               ? (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec
               : 0;
}

bool pin_conn_lookup_is_recent(const struct pin_conn *conn, uint64_t now_in_ns, uint64_t span_in_ns)
{
    return now_in_ns != 0 && conn->looked_up_at_in_ns != 0 &&
           now_in_ns - conn->looked_up_at_in_ns < span_in_ns;
}

void pin_conn_cache(struct pin_conn *conn, struct pin_policies *found)
{
    if (conn == NULL || !found->for_any_leaf || found->fault.reason != PIN_OK) {
        pin_policies_clear(found);
        return;
    }
    pin_policies_clear(&conn->found);
    conn->found = *found;
    conn->cache_valid = true;
    *found = (struct pin_policies){0};
}

bool pin_conn_take_cached(struct pin_conn *conn, SSL *ssl, uint64_t reference_hash,
                          struct pin_policies *found)
{
    if (!conn->cache_valid)
        return false;
    *found = conn->found;
    conn->found = (struct pin_policies){0};
    conn->cache_valid = false;
    if (!SSL_session_reused(ssl) && conn->reference_hash == reference_hash &&
        pin_conn_lookup_is_recent(conn, pin_conn_now_in_ns(), LOOKUP_AGE_MAX_IN_NS))
        return true;
    pin_policies_clear(found);
    return false;
}
