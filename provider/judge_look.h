/*
 * judge_look.h - what the files of judge share: looking into the store, and telling a person the
 * steps.
 */
#ifndef PINNING_JUDGE_LOOK_H
#define PINNING_JUDGE_LOOK_H

#include <pinning/judge.h>
#include <pinning/store.h>

/* Formats and hands on one step; nothing at all when nobody listens. */
__attribute__((format(printf, 2, 3))) void pin_trace(const struct pin_trace *trace, const char *fmt,
                                                     ...);

/* Two texts to one; what does not fit is cut. Every judgement passes here: snprintf() would cost as
 * much as opening a file. */
void pin_join(char *out, size_t size, const char *first, const char *second);

/* One look-up: a visit to a store, and what is found there. */
struct pin_look {
    const struct pin_visit *visit;
    const struct pin_trace *trace;
    struct pin_policies *out;
};

/* Adds the policy of NAME.pins, found for the subject. What goes wrong is in look->out->fault. A
 * file of a parent holds only if it says so (subdomains = yes). */
enum pin_answer pin_look_file(struct pin_look *look, const char *name, bool is_parent,
                              const struct pin_identity *subject, bool must_bear);

/* The most specific file of a host or address: its own, or the nearest parent's. */
enum pin_answer pin_look_walk(struct pin_look *look, const struct pin_identity *subject,
                              bool must_bear);

/* A cannot-look ends all looking: nothing that comes after could make it good. */
bool pin_look_failed(const struct pin_look *look);

/* The look-up for a server that was asked for, in the store of pins (judge.h); and, for records,
 * also where nothing can be looked up, the first name that was asked for. */
void pin_look_server(struct pin_look *look, const struct pin_asked *asked,
                     const struct pin_peer *peer);
void pin_look_subject(struct pin_identity *subject, const struct pin_asked *asked);

/* The look-up for the certificate of a client, in the store of clients (judge.h). */
void pin_look_client(struct pin_look *look, const struct pin_peer *peer);

#endif
