/* The security callback: many moments of every handshake, also of those that verify nothing. */
#include "hook_conn.h"

#include <errno.h>

/* The handshake has not begun: what the program set up is still what it asked for. Later
 * SSL_get_servername(3) may give the name of a resumed session instead. This comes by several
 * times; the last one counts. */
static void before_handshake(SSL *ssl, const struct pin_door *door)
{
    struct pin_conn *conn = pin_conn_of(ssl, door);

    if (conn == NULL)
        return; /* verify tries again, and refuses if it has no memory either */
    pin_conn_restart(conn);
    conn->asked_known = pin_conn_read_names(conn, ssl);
}

static int watch(SSL *ssl, const struct pin_door *door, int op)
{
    int saved = errno;

    if (op == SSL_SECOP_VERSION && SSL_in_before(ssl)) {
        /* A stray error of ours would be taken for the program's own: curl shows the first one. */
        ERR_set_mark();
        before_handshake(ssl, door);
        ERR_pop_to_mark();
    }
    errno = saved;
    return 1;
}

int pin_hook_gate(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
                  void *ex)
{
    const struct pin_door *door = pin_door_of(ctx != NULL ? ctx : SSL_get_SSL_CTX(ssl));

    /* Our callback without our mark: an SSL that was moved to a context we never saw. */
    if (door == NULL)
        return 0;
    int allowed = door->before(ssl, ctx, op, bits, nid, other, ex);
    if (!allowed || ssl == NULL || SSL_is_server(ssl))
        return allowed;
    return watch((SSL *)ssl, door, op);
}
