/*
 * session.h - the pre-handshake check of a client: sessions and pre-shared keys that must not be
 * offered.
 */
#ifndef PINNING_HOOK_SESSION_H
#define PINNING_HOOK_SESSION_H

#include "conn.h"

/* Called before the ClientHello, while SNI and parameters are still the program's own, and while a
 * session may still be dropped. Looks the peer up, drops a session whose leaf does not match, and
 * clears PSK callbacks where a peer without a certificate would be refused. Without memory no
 * session or key can be judged, so none is offered; the verify callback then tries again. */
void pin_session_check(SSL *ssl, const struct pin_binding *binding);

#endif
