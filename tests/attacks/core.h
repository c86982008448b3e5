/*
 * core.h - one row of the battery: an application that holds both ends of a connection.
 *
 * Every row runs in a process of its own, with a store, a log and an openssl.cnf of its own; the
 * module comes into it through OPENSSL_CONF, as into any program, and knows nothing of the test.
 * The client is the program that is to be protected, the server the one that tries to get past.
 *
 * Whatever must work for a row to mean anything ends the process if it does not (ATK_NEED).
 * Everything made here is freed when the process ends, SSLs by atk_close().
 */
#ifndef ATTACKS_CORE_H
#define ATTACKS_CORE_H

#include "../unit/pki.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

enum atk_version {
    ATK_TLS11 = 1, /* at security level 0 */
    ATK_TLS12 = 2,
    ATK_TLS13 = 4,
    ATK_DTLS12 = 8,
    ATK_QUIC = 16,
    ATK_TLS = ATK_TLS11 | ATK_TLS12 | ATK_TLS13,
    ATK_EACH = ATK_TLS | ATK_DTLS12
};

enum atk_modes { ATK_PEER = 1, ATK_NONE = 2, ATK_BOTH = ATK_PEER | ATK_NONE };

struct atk_run;
typedef void atk_fn(struct atk_run *run);

struct atk_case {
    const char *name;
    atk_fn *impostor;   /* NULL: the row is about an honest program only */
    atk_fn *control;    /* may be the same function: bat->honest says whose turn it is */
    const char *reason; /* that the record of the refusal names: "P07" */
    unsigned versions;  /* of enum atk_version */
    unsigned modes;     /* 0: both */
    unsigned anyway;    /* modes in which OpenSSL itself ends it: no record is asked for */
    unsigned arg;       /* for the function, as bat->row->arg */
};

struct atk_group {
    const char *name;
    const struct atk_case *cases;
    size_t count;
};

/* One turn of one row. */
struct atk_run {
    const struct atk_case *test_case;
    enum atk_version version;
    int verify; /* SSL_VERIFY_PEER or SSL_VERIFY_NONE, for the clients made here */
    bool honest;
    const char *module; /* path, NULL: none is loaded */
    const char *dir;    /* for what the row may want to write; holds pins/, log, openssl.cnf */
    const char *limitation;
    const char *reason; /* row's; a function may ask for another, or for none with NULL */
    unsigned exchanges, refused, passed;
    bool failed, leaked;
};

/* ---- the outcome ---- */

/* The row fails, for this reason. */
__attribute__((format(printf, 2, 3))) void atk_fail(struct atk_run *run, const char *fmt, ...);

/* An impostor gets through here, and the manual says so, with the reason: the row fails once he
 * does not. To be called by the impostor's function. */
void atk_known_limitation(struct atk_run *run, const char *why);

/* What the row needs cannot be had in this OpenSSL: it is skipped. Does not return. */
_Noreturn void atk_skip(const char *why);

#define ATK_NEED(good) atk_need((good), #good, __FILE__, __LINE__)
void atk_need(bool good, const char *what, const char *file, int line);

/* ---- the store and the log ---- */

#define ATK_HOST "host.test"

/* Writes a file of the store, all at once; and takes one away. */
__attribute__((format(printf, 3, 4))) void atk_store(struct atk_run *run, const char *file,
                                                     const char *fmt, ...);
void atk_store_remove(struct atk_run *run, const char *file);

/* ATK_HOST.pins with the key of atk_true(). */
void atk_pin(struct atk_run *run);

/* "sha256//…", good until eight calls later. */
const char *atk_key_pin(X509 *cert);
const char *atk_cert_pin(X509 *cert);

/* How many records the log has with this reason and action ("refused", "would be refused",
 * "notice"); NULL: any. */
unsigned atk_log(struct atk_run *run, const char *reason, const char *action);

/* How many records contain the text. */
unsigned atk_log_text(struct atk_run *run, const char *text);

/* Adds ATK_CONF to the environment: a configuration like the one of the process, with these lines
 * in the section of the provider instead of "pins = …". Returns its path, to be freed. */
char *atk_conf(struct atk_run *run, const char *name, const char *lines);

/* ---- keys and certificates ---- */

/* Who somebody is. */
struct atk_id {
    X509 *cert;
    EVP_PKEY *key;
    STACK_OF(X509) * above; /* sent after it; or NULL */
};

/* Validity in days from today; pki.h's own certificates are of another time. */
int atk_day(int from_today);
#define ATK_CERT(...)                                                                              \
    pki_cert(&(const struct pki_spec){.from = atk_day(-20), .to = atk_day(20), __VA_ARGS__})

enum { ATK_ROOT_KEY, ATK_TRUE_KEY, ATK_FALSE_KEY, ATK_FREE_KEY /* and all above */ };

X509 *atk_root(void);          /* trusted by every client */
struct atk_id atk_true(void);  /* ATK_HOST, whose key atk_pin() pins */
struct atk_id atk_false(void); /* ATK_HOST too, by the same root, with a key of his own */
struct atk_id atk_peer_id(const struct atk_run *run); /* whose turn it is */
/* A certificate of the root for these subject alternative names ("DNS:…"), with key number key. */
struct atk_id atk_named(const char *san, unsigned key);

/* ---- the two ends ---- */

SSL_CTX *atk_client(struct atk_run *run);
SSL_CTX *atk_server(struct atk_run *run, struct atk_id id);
/* By a method of the one version, TLSv1_2_client_method(3) or the like. */
SSL_CTX *atk_client_fixed(struct atk_run *run);
/* The same in a library context; the caller frees it. */
SSL_CTX *atk_client_in(struct atk_run *run, OSSL_LIB_CTX *libctx);
SSL_CTX *atk_server_in(struct atk_run *run, OSSL_LIB_CTX *libctx, struct atk_id id);

struct atk_pair {
    struct atk_run *run;
    SSL *client, *server;
    bool early; /* to be set by the row: the client begins with early data */
    bool client_up, server_up, client_dead, server_dead;
    size_t client_got, server_got, early_got; /* application data, in bytes */
    int client_error;                         /* of SSL_get_error(3), when it died */
    unsigned long first_error;                /* of the queue, then; 0: it was empty */
    bool provider_error;                      /* an error of the provider's own was among them */
    unsigned provider_reason;                 /* its number: 7 for P07 */
    bool stray;                               /* a success left an error in the queue */
    bool early_sent;
    unsigned server_early; /* state of the pump */
};

/* Makes both SSLs, joined by memory (DTLS: by a socket without an address). The client names the
 * host as server name and, where it verifies, as host; NULL: it names none. */
void atk_open(struct atk_run *run, struct atk_pair *pair, SSL_CTX *client, SSL_CTX *server);
void atk_open_to(struct atk_run *run, struct atk_pair *pair, SSL_CTX *client, SSL_CTX *server,
                 const char *host);
/* Joins two SSLs that a row made or changed itself. */
void atk_join(struct atk_pair *pair);

/* Handshake, a question and an answer, as far as it goes: see what they got. */
void atk_talk(struct atk_pair *pair);
/* The handshake alone. True if the client holds it for complete. */
bool atk_shake(struct atk_pair *pair);
/* For other pumps: takes in what came of a call at the client's end. */
void atk_client_result(struct atk_pair *pair, int ret);
/* Both SSLs are shut down properly, so that their sessions may be resumed, and freed. */
void atk_close(struct atk_pair *pair);

/* Nothing flowed; or all of it did. atk_expect: by whose turn it is. */
void atk_expect_refusal(struct atk_run *run, const struct atk_pair *pair);
void atk_expect_data(struct atk_run *run, const struct atk_pair *pair);
void atk_expect(struct atk_run *run, const struct atk_pair *pair);

/* All in one: opens, talks, expects by whose turn it is, closes. */
void atk_exchange(struct atk_run *run, SSL_CTX *client, SSL_CTX *server);
void atk_exchange_at(struct atk_run *run, SSL_CTX *client, SSL_CTX *server, const char *host);

/* ---- for main.c ---- */

/* Prepares a process for its turn, and says what came of it: 0 as it must be, 1 failed. */
void atk_begin(struct atk_run *run);
int atk_end(struct atk_run *run);
void atk_own_ctx(SSL_CTX *ctx); /* to be freed at the end */
void atk_free_ctxs(void);

/* What atk_skip() and ATK_NEED exit with, and a turn in which data leaked. */
enum {
    ATK_EXIT_FAILED = 1,
    ATK_EXIT_BROKEN = 2,
    ATK_EXIT_LEAKED = 3,
    ATK_EXIT_LIMITATION = 4,
    ATK_EXIT_SKIPPED = 77
};

#endif
