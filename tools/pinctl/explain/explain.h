/*
 * explain.h - data and output of pinctl explain.
 */
#ifndef PINCTL_EXPLAIN_H
#define PINCTL_EXPLAIN_H

#include "explain/reference.h"
#include "say/json.h"
#include "say/say.h"
#include "x509/keys.h"
#include "tls/probe.h"

#include <openssl/x509.h>
#include <pinning/judge.h>

struct explain {
    struct pinctl *ctl;
    struct pin_instance instance;
    struct pinctl_target target; /* where to connect */
    struct pin_identity host;    /* the program's reference identifier; "" for none */
    bool is_nameless;
    const char *chain_file; /* --chain */
    const char *key_file;   /* --file */
    STACK_OF(X509) * chain; /* owned; NULL: none was obtained, see fault */
    struct pin_error fault;
    X509_STORE *trust; /* owned */
    struct pin_peer peer;
    struct pin_policies policies; /* owned */
    struct pin_judgement judgement;
    struct pinctl_keys keys; /* owned; of --file */
    bool has_advice;         /* the heading was printed */
    struct pinctl_json json;
};

/* Each prints its part, as text or JSON, in this order. */
void explain_evidence(struct explain *e);
void explain_trace(struct explain *e); /* looks up and judges; fills policies and judgement */
void explain_pins(struct explain *e);
void explain_verdict(struct explain *e);
void explain_advice(struct explain *e);

#endif
