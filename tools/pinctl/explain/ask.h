/*
 * ask.h - questions to the rooms as a program on this host would put them; for explain and check.
 */
#ifndef PINCTL_ASK_H
#define PINCTL_ASK_H

#include "tls/probe.h"

#include <openssl/x509.h>
#include <pinning/judge.h>
#include <pinning/store.h>

/* What a program says that wants this host or address; or, nameless, one that says nothing but
 * whose socket leads to that address. The caller clears *out in either case. False when out of
 * memory. */
bool ask_for(const struct pin_identity *host, bool is_nameless, struct pin_reference_ids *out,
             struct pin_error *err);

/* Does the chain (leaf first) verify against the trust anchors, for this host (NULL: for none)? why
 * is then empty, or says what is wrong with which certificate. */
#define ASK_WHY 512
bool ask_verifies(X509_STORE *trust, STACK_OF(X509) * chain, const struct pin_identity *host,
                  time_t now, char why[static ASK_WHY]);

/* Would this pin alone, whatever its date and under enforce, accept the peer? holding: the file it
 * stands in and for whom that was found. */
bool ask_pin(const struct pin_instance *module, const struct pin_applied_policy *applied,
             const struct pin *pin, const struct pin_peer *peer, time_t now);

/* The line probe = of a file that the parse room has accepted. False if there is none, or (*err) it
 * holds no host. */
bool ask_probe_line(const struct pin_text *text, struct pinctl_target *out, struct pin_error *err);

/* Lets the probe line say where to connect, while name (a file's, without .pins) says for whom: the
 * server name is the probe's host where that is the same or below, else name. For a file of no host
 * it is the probe's. */
void ask_for_whom(const char *name, struct pinctl_target *target, struct pin_identity *host);

#endif
