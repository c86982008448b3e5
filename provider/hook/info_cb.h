/*
 * info_cb.h - our info callback, which stands in for the program's own until a handshake ends.
 */
#ifndef PINNING_HOOK_INFO_CB_H
#define PINNING_HOOK_INFO_CB_H

#include "conn.h"

/* What to do when the handshake ends with an alert of ours. */
#define PIN_WATCH_EARLY_DATA  1u /* report that early data was lost with a dropped session (P13) */
#define PIN_WATCH_VERIFY_MODE 2u /* give the SSL back conn->verify_mode */

/* Replaces the info callback of ssl (SSL_set_info_callback(3)) by ours, which calls the program's
 * own as well. Without a conn (out of memory) there is nowhere to keep a callback of the program's
 * own: that one then stays, and nothing is watched. */
void pin_info_watch(SSL *ssl, struct pin_conn *conn, unsigned what);

/* Ends that; the program's callback is put back when nothing else is watched. conn may be NULL. */
void pin_info_unwatch(SSL *ssl, struct pin_conn *conn, unsigned what);

#endif
