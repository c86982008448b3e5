/*
 * reference.h - reference identifiers and questions to judge, as a program on this host has them.
 *
 * For explain and check.
 */
#ifndef PINCTL_REFERENCE_H
#define PINCTL_REFERENCE_H

#include "tls/probe.h"

#include <openssl/x509.h>
#include <pinning/judge.h>
#include <pinning/store.h>

/* Fills *out with the reference identifiers of a program that connects to this host or address; if
 * is_nameless, of one that names no host and has a socket to that address. The caller clears *out
 * in every case. Returns false with *err when out of memory. */
bool reference_ids_for(const struct pin_identity *host, bool is_nameless,
                       struct pin_reference_ids *out, struct pin_error *err);

/* Verifies the chain (leaf first) against the trust anchors, for this host (NULL: for none). On
 * false, why is the error and the certificate it concerns; else it is "". */
#define REFERENCE_WHY 512
bool reference_verify(X509_STORE *trust, STACK_OF(X509) * chain, const struct pin_identity *host,
                      time_t now, char why[static REFERENCE_WHY]);

/* Returns true if judge would accept the peer by this pin alone, whatever its date, in mode
 * enforce. applied: the policy that the pin belongs to. */
bool reference_pin_matches(const struct pin_instance *instance,
                           const struct pin_applied_policy *applied, const struct pin *pin,
                           const struct pin_peer *peer, time_t now);

/* Reads the line probe = of a file that parse has accepted. False if there is none, or with *err if
 * it has no valid host. */
bool reference_probe_line(const struct pin_text *text, struct pinctl_target *out,
                          struct pin_error *err);

/* Chooses the server name for a connection to target on behalf of a file (name, without .pins): the
 * host of target where that is the same as name or below it, else name; for a file that is not
 * named after a host, the host of target. Sets target->sni and *host. */
void reference_choose_name(const char *name, struct pinctl_target *target,
                           struct pin_identity *host);

#endif
