/*
 * judge_look.h - what the files of judge share: looking into the store, and telling a person the
 * steps.
 */
#ifndef PINNING_JUDGE_LOOKUP_H
#define PINNING_JUDGE_LOOKUP_H

#include <pinning/judge.h>
#include <pinning/store.h>

/* Formats and hands on one step; nothing at all when nobody listens. */
__attribute__((format(printf, 2, 3))) void pin_trace(const struct pin_trace *trace, const char *fmt,
                                                     ...);

/* One look-up: a visit to a store, and what is found there. */
struct pin_lookup {
    const struct pin_store_handle *handle;
    const struct pin_trace *trace;
    struct pin_policies *out;
};

/* Adds the policy of NAME.pins, found for the subject. What goes wrong is in look->out->fault. A
 * file of a parent holds only if it says so (subdomains = yes). */
enum pin_store_status pin_lookup_file(struct pin_lookup *lookup, const char *name, bool is_parent,
                                      const struct pin_identity *subject, bool require_name_match);

/* The most specific file of a host or address: its own, or the nearest parent's. */
enum pin_store_status pin_lookup_walk(struct pin_lookup *lookup, const struct pin_identity *subject,
                                      bool require_name_match);

/* A cannot-look ends all looking: nothing that comes after could make it good. */
bool pin_lookup_failed(const struct pin_lookup *lookup);

/* The look-up for a server that was asked for, in the store of pins (judge.h); and, for records,
 * also where nothing can be looked up, the first name that was asked for. */
void pin_lookup_server(struct pin_lookup *lookup, const struct pin_reference_ids *ids,
                       const struct pin_peer *peer);
void pin_lookup_identity(struct pin_identity *subject, const struct pin_reference_ids *ids);

/* The look-up for the certificate of a client, in the store of clients (judge.h). */
void pin_lookup_client(struct pin_lookup *lookup, const struct pin_peer *peer);

#endif
