/* explain.h - what pinctl explain found out, and how it is shown. */
#ifndef PINCTL_EXPLAIN_H
#define PINCTL_EXPLAIN_H

#include "explain/ask.h"
#include "say/json.h"
#include "say/say.h"
#include "x509/keys.h"
#include "tls/probe.h"

#include <openssl/x509.h>
#include <pinning/judge.h>

struct explain {
    struct pinctl *ctl;
    struct pin_instance module;
    struct pinctl_target target; /* where to connect */
    struct pin_identity host;    /* whom a program asks for; "" for nobody */
    bool is_nameless;
    const char *chain_file; /* --chain */
    const char *key_file;   /* --file */
    STACK_OF(X509) * chain; /* owned; NULL: could not be had, and fault says why */
    struct pin_error fault;
    X509_STORE *trust; /* owned */
    struct pin_peer peer;
    struct pin_policies policies; /* owned */
    struct pin_judgement judgement;
    struct pinctl_keys keys; /* owned; of --file */
    bool is_mending;         /* something to do was printed */
    struct pinctl_json json;
};

/* Each prints its part, as text or JSON. */
void explain_evidence(struct explain *e);
void explain_trace(struct explain *e); /* looks up and judges */
void explain_pins(struct explain *e);
void explain_verdict(struct explain *e);
void explain_mending(struct explain *e);

#endif
