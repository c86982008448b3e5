/*
 * judge.h - what holds for these names, and does this peer satisfy it?
 *
 * The one conductor: it alone calls identity, store, parse, chain, match and verdict. In two
 * steps, since some answers are needed before a peer has shown anything: names and clock to
 * policies, policies and peer to a judgement. Calls nothing of libssl. Any number of threads may
 * judge with one module.
 */
#ifndef PINNING_JUDGE_H
#define PINNING_JUDGE_H

#include <pinning/identity.h>
#include <pinning/match.h>
#include <pinning/instance.h>
#include <pinning/ossl.h>
#include <pinning/policy.h>
#include <pinning/verdict.h>

/* Makes the stores of a module whose configuration has been read, if that is usable. What goes
 * wrong becomes the module's fault. To be called once, before anybody judges with it. */
void pin_judge_open(struct pin_instance *instance);

/* The names under which a program asked for its peer, as it wrote them. All may be absent. */
struct pin_reference_ids {
    char *sni;     /* owned: server name indication (RFC 6066 3) */
    char *address; /* owned: address in the verification parameters */
    char **hosts;  /* owned: hosts there, which are alternatives */
    size_t host_count;
    unsigned char socket[16]; /* the peer's address, network order, where a socket is visible */
    size_t socket_len;        /* 0, 4 or 16 */
    int socket_error;         /* an errno, where there is one and its address cannot be known */
};
void pin_reference_ids_clear(struct pin_reference_ids *ids);

/* What the peer showed. Borrowed for the call. With neither a certificate nor a raw key it is one
 * that shows nothing: it misses every policy, with PIN_R_ANONYMOUS. */
struct pin_peer {
    struct pin_leaf leaf;
    STACK_OF(X509) * presented; /* or NULL */
    X509_STORE *trust;          /* or NULL */
    X509_VERIFY_PARAM *param;   /* or NULL */
    bool is_client;             /* we are the server */
};

/* One policy that must hold, and whom it was found for. */
struct pin_applied_policy {
    struct pin_policy policy;
    struct pin_identity subject;     /* the host or address that was looked up; "" for none */
    bool require_name_match;         /* a CA counts only above a leaf that bears the subject */
    char name[PIN_IDENTITY_MAX + 1]; /* its file, without .pins */
};

/* What holds. Zeroed it is empty. */
struct pin_policies {
    struct pin_applied_policy *list; /* owned */
    size_t count;
    struct pin_store_settings settings;
    bool settings_known;
    bool for_any_leaf;           /* the names alone decided: whatever the peer shows, these hold */
    struct pin_identity subject; /* the first name looked up, for records */
    struct pin_error fault;      /* what could not be looked up */
    char fault_name[PIN_IDENTITY_MAX + 1];
};
void pin_policies_clear(struct pin_policies *policies);

/* Told each step of a judgement as a line of text; for a person who asks why. */
struct pin_trace {
    void (*line)(void *arg, const char *text);
    void *arg;
};

/* What is written for the names. With the leaf known, a nameless connection is looked
 * up as design demands (socket address, names of the certificate, _nameless, _default); without it
 * (NULL) only what the names alone decide.
 *
 * A client (peer->is_client) is looked up in the store of clients, and nothing that was asked for
 * plays a part: our own name least of all. Every DNS name and mail address of its certificate, then
 * those in its subject (CN, emailAddress), that has a file must hold: who claims a pinned name must
 * hold its pin, and applications go by either. A DNS name may have the file of a parent with
 * subdomains = yes, a mail address only its own (alice@example.com.pins). If none has a file,
 * _default.pins holds, and without it what _store says of the unpinned. A ca pin need not bear any
 * name: the file was found under one that the certificate bears.
 *
 * The caller clears *out in every case; what went wrong is in out->fault and leads to a refusal by
 * pin_judge(). trace may be NULL. */
void pin_judge_lookup(const struct pin_instance *instance, const struct pin_reference_ids *ids,
                      const struct pin_peer *peer, const struct pin_trace *trace,
                      struct pin_policies *out);

/* A certificate or key as it is shown to people: its key as a pin, its subject. */
#define PIN_PRESENTED_MAX 8
#define PIN_SUBJECT_MAX   160
struct pin_presented_key {
    char pin[PIN_DIGEST_TEXT];
    char subject[PIN_SUBJECT_MAX]; /* as the certificate has it: not yet fit for a terminal */
};

struct pin_judgement {
    struct pin_verdict verdict;
    enum pin_reason reason; /* PIN_OK: allowed, and nothing to tell */
    bool of_client;         /* it is about the certificate of a client; we are the server */
    char host[PIN_IDENTITY_MAX + 1]; /* whom it is about: of a client the name in its certificate */
    char file[512];                  /* the file that decided, "" for none */
    char detail[512];
    struct pin_presented_key presented[PIN_PRESENTED_MAX];
    size_t presented_count, presented_more;
    struct pin expected[PIN_PRESENTED_MAX];
    size_t expected_count, expected_more;
};

/* Judges the peer by the policies. Always fills *out; when anything fails on the way that is a
 * refusal with its reason. trace may be NULL. */
void pin_judge(const struct pin_instance *instance, const struct pin_policies *policies,
               const struct pin_peer *peer, time_t now, const struct pin_trace *trace,
               struct pin_judgement *out);

/* Of two judgements on one peer the more severe is reported; on a tie, the one with a reason. */
bool pin_judgement_is_worse(const struct pin_judgement *a, const struct pin_judgement *b);

#endif
