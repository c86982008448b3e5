/*
 * lookup.h - the lookup of policies, and the trace. Internal to judge/.
 */
#ifndef PINNING_JUDGE_LOOKUP_H
#define PINNING_JUDGE_LOOKUP_H

#include <pinning/judge.h>
#include <pinning/store.h>

/* Formats one step and passes it on. Does nothing if trace is NULL. */
__attribute__((format(printf, 2, 3))) void pin_trace(const struct pin_trace *trace, const char *fmt,
                                                     ...);

/* Lookup context: an open store, and what is found in it. */
struct pin_lookup {
    const struct pin_store_handle *handle;
    const struct pin_trace *trace;
    struct pin_policies *out;
    enum pin_known_by known_by; /* how the identities that are looked up now are known */
};

/* The lookup functions return UNSAFE or ERROR if they fail, with lookup->out->fault set; otherwise
 * FOUND or NONE, of several files for the last. After a failure no further lookup is made, because
 * the peer is refused anyway. */
#define PIN_LOOKUP_STATUS __attribute__((warn_unused_result)) enum pin_store_status

/* Returns whether a lookup failed: the status is UNSAFE or ERROR. */
bool pin_lookup_failed(enum pin_store_status status);

/* Adds the policy of NAME.pins, found under the identity. The file of a parent applies only if it
 * has subdomains = yes. */
PIN_LOOKUP_STATUS pin_lookup_file(struct pin_lookup *lookup, const char *name, bool is_parent,
                                  const struct pin_identity *identity, bool require_name_match);

/* Adds the policy of the most specific file of a host or address: its own, or the nearest parent's.
 */
PIN_LOOKUP_STATUS pin_lookup_walk(struct pin_lookup *lookup, const struct pin_identity *identity,
                                  bool require_name_match);

/* Adds the policies of the most specific file of each name in a certificate, each file once. *id is
 * then the first name to which no file applies, NULL if there is none; after a failure, the name
 * whose file could not be used. */
PIN_LOOKUP_STATUS pin_lookup_presented(struct pin_lookup *lookup, const struct pin_names *ids,
                                       const struct pin_identity **id);

/* Adds the policies for a server, or for a client (judge.h). */
PIN_LOOKUP_STATUS pin_lookup_server(struct pin_lookup *lookup, const struct pin_reference_ids *ids,
                                    const struct pin_peer *peer);
PIN_LOOKUP_STATUS pin_lookup_client(struct pin_lookup *lookup, const struct pin_peer *peer);

/* Sets identity and known_by of *out, which is zeroed, to the first reference identifier, for
 * records. Leaves them as they are if there is none. */
void pin_lookup_identity(struct pin_policies *out, const struct pin_reference_ids *ids);

#endif
