/*
 * judge.h - evaluation of a peer: lookup of the policies for its names, comparison, verdict.
 *
 * The only component that calls identity, store, parse, chain, match and verdict. It works in two
 * steps, because some questions must be answered before the peer has presented anything: names and
 * clock to policies, then policies and peer to a judgement. It calls nothing of libssl. Any number
 * of threads may use one instance.
 */
#ifndef PINNING_JUDGE_H
#define PINNING_JUDGE_H

#include <pinning/identity.h>
#include <pinning/match.h>
#include <pinning/instance.h>
#include <pinning/ossl.h>
#include <pinning/policy.h>
#include <pinning/verdict.h>

/* Reference identifiers (RFC 9525): the names under which a program asked for its peer, as the
 * program wrote them. All may be absent. */
struct pin_reference_ids {
    char *sni;           /* owned: server name indication (RFC 6066 3) */
    char *address;       /* owned: address in the verification parameters */
    bool more_addresses; /* there may be others, for which OpenSSL 4.0 has no getter */
    char **hosts;        /* owned: hosts there, which are alternatives */
    size_t host_count;
    unsigned char socket[16]; /* the peer's address, network order, where a socket is visible */
    size_t socket_len;        /* 0, 4 or 16 */
    int socket_error;         /* errno, if there is a socket and its address cannot be read */
};
/* Frees the identifiers and zeroes *ids. */
void pin_reference_ids_clear(struct pin_reference_ids *ids);

/* How the host of a judgement is known. */
enum pin_known_by {
    PIN_KNOWN_NO_PEER, /* the record is not about a peer */
    PIN_KNOWN_NONE,    /* the program gives no name, and its socket cannot be seen */
    PIN_KNOWN_SNI,
    PIN_KNOWN_HOST,       /* in the verification parameters */
    PIN_KNOWN_ADDRESS,    /* there */
    PIN_KNOWN_SOCKET,     /* the peer's address */
    PIN_KNOWN_CERTIFICATE /* the peer's own word */
};
/* Returns the member "known-by" of a record ("sni"; "" for NO_PEER; do not change). Static storage.
 */
const char *pin_known_by_name(enum pin_known_by known_by);

/* The peer of a connection. Everything in it is borrowed for the call. A peer with neither a
 * certificate nor a raw key misses every policy, with PIN_R_ANONYMOUS. */
struct pin_peer {
    struct pin_leaf leaf;
    STACK_OF(X509) * presented; /* or NULL */
    X509_STORE *trust;          /* or NULL */
    X509_VERIFY_PARAM *param;   /* or NULL */
    bool is_client;             /* this process is the server */
};

/* A policy that the peer must satisfy, and the identity under which it was found. */
struct pin_applied_policy {
    struct pin_policy policy;
    struct pin_identity identity;    /* the host or address that was looked up; "" for none */
    enum pin_known_by known_by;      /* how the identity is known */
    bool require_name_match;         /* a ca pin matches only if the leaf matches the identity */
    char name[PIN_IDENTITY_MAX + 1]; /* its file, without .pins */
};

/* The result of a lookup. Zeroed it is empty. */
struct pin_policies {
    struct pin_applied_policy *list; /* owned */
    size_t count;
    struct pin_store_settings settings;
    bool settings_known;
    bool for_any_leaf; /* the reference identifiers alone decided: the same policies apply
                          whatever the peer presents */
    struct pin_identity identity; /* the first name looked up, for records */
    enum pin_known_by known_by;   /* how it is known */
    bool nameless;                /* neither a name nor an address file nor _nameless applies */
    struct pin_error fault;       /* why the lookup failed; PIN_OK: it did not */
    char fault_name[PIN_IDENTITY_MAX + 1]; /* the file that failed, without .pins; "": none did */
};
/* Frees the policies and zeroes *policies. */
void pin_policies_clear(struct pin_policies *policies);

/* Receives one line of text for each step of an evaluation. */
struct pin_trace {
    void (*line)(void *arg, const char *text);
    void *arg;
};

/* Looks up the policies for a peer. Without a leaf (peer NULL, or without a certificate) it returns
 * what the reference identifiers alone decide. If they name no host, it looks up, in this order,
 * the address of the socket, the names in the leaf, _nameless and _default (pins(5)).
 *
 * The policies for a client (peer->is_client) come from the store of clients, and ids is ignored,
 * because it names ourselves. Every DNS name and mail address of the certificate, then those in its
 * subject (CN, emailAddress), is looked up, and the peer must satisfy every file that is found:
 * applications identify a client by either. A DNS name may have the file of a parent with
 * subdomains = yes, a mail address only its own (alice@example.com.pins). If none has a file,
 * _default.pins applies, and without that file "unpinned" of _store. A ca pin requires no name
 * match, because the file was found under a name in the certificate.
 *
 * The caller clears *out in every case. Errors are stored in out->fault; pin_judge() then refuses.
 * trace may be NULL. */
void pin_judge_lookup(const struct pin_instance *instance, const struct pin_reference_ids *ids,
                      const struct pin_peer *peer, const struct pin_trace *trace,
                      struct pin_policies *out);

/* A presented key, for people. */
#define PIN_PRESENTED_MAX 8
#define PIN_SUBJECT_MAX   160
struct pin_presented_key {
    char pin[PIN_DIGEST_TEXT];
    char subject[PIN_SUBJECT_MAX]; /* as in the certificate: not cleaned for a terminal */
};

/* The keys that a refused peer presented and the pins that its file contains, for the record. */
struct pin_compared {
    struct pin_presented_key presented[PIN_PRESENTED_MAX];
    size_t presented_count, presented_more; /* more: in addition, for which there was no space */
    struct pin expected[PIN_PRESENTED_MAX]; /* only pins in force */
    size_t expected_count, expected_more;
};

struct pin_judgement {
    struct pin_verdict verdict;
    enum pin_reason reason; /* PIN_OK: allowed, and there is nothing to report */
    char detail[512];       /* explains the reason; may be "" */

    /* For the record. */
    bool of_client;                  /* the peer is a client; this process is the server */
    char host[PIN_IDENTITY_MAX + 1]; /* the peer's name; of a client, a name in its certificate */
    enum pin_known_by known_by;      /* how it is known */
    char file[512];                  /* the file that decided, "" for none */
    char peer_address[48];           /* of the socket; set by hook; "": not seen */
    unsigned peer_port;
    struct pin_compared compared;
};

/* Judges the peer by the policies. Always fills *out; any failure on the way is a refusal with its
 * reason. trace may be NULL. */
void pin_judge(const struct pin_instance *instance, const struct pin_policies *policies,
               const struct pin_peer *peer, time_t now, const struct pin_trace *trace,
               struct pin_judgement *out);

/* Returns whether a must be reported in place of b, another judgement on the same peer: it is more
 * severe, or on a tie, it alone has a reason. */
bool pin_judgement_is_worse(const struct pin_judgement *a, const struct pin_judgement *b);

#endif
