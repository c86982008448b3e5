/*
 * core.h - one run of a case: an application that holds both ends of a connection.
 *
 * Each run is a process of its own, with its own store, log and openssl.cnf. The module is loaded
 * through OPENSSL_CONF, as into any program, and does not know of the test. The client is the
 * program to be protected, the server is the impostor.
 *
 * A condition without which the case would mean nothing ends the process if it fails (ATK_NEED).
 * What is made here is freed when the process ends, SSLs by atk_close().
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
    atk_fn *impostor;   /* NULL: the case is about an honest program only */
    atk_fn *control;    /* may be the same function: run->honest tells which */
    const char *reason; /* which the record of the refusal must name: "P07" */
    unsigned versions;  /* of enum atk_version */
    unsigned modes;     /* 0: both */
    unsigned anyway;    /* modes in which OpenSSL itself refuses: no record is expected */
    unsigned arg;       /* for the function, as run->test_case->arg */
};

struct atk_group {
    const char *name;
    const struct atk_case *cases;
    size_t count;
};

/* One run of one case. */
struct atk_run {
    const struct atk_case *test_case;
    enum atk_version version;
    int verify; /* SSL_VERIFY_PEER or SSL_VERIFY_NONE, for the clients made here */
    bool honest;
    const char *module; /* path; NULL: it is not loaded */
    const char *dir;    /* the run's own directory; holds pins/, log, openssl.cnf */
    const char *limitation;
    const char *reason; /* the case's; a function may set another, or NULL for none */
    unsigned exchanges, refused, passed;
    bool failed, leaked;
};

/* ---- the outcome ---- */

/* Fails the run, for this reason: what was expected and what was got. */
__attribute__((format(printf, 2, 3))) void atk_fail(struct atk_run *run, const char *fmt, ...);

/* Marks a known limitation, which the manual explains: an impostor gets through. The case fails
 * once he is refused. Called by the impostor's function. */
void atk_known_limitation(struct atk_run *run, const char *why);

/* Skips the case, because this OpenSSL lacks what it needs. Does not return. */
_Noreturn void atk_skip(const char *why);

#define ATK_NEED(good) atk_need((good), #good, __FILE__, __LINE__)
void atk_need(bool good, const char *what, const char *file, int line);

/* ---- the store and the log ---- */

#define ATK_HOST "host.test"

/* Writes a file of the store, by rename; removes one. */
__attribute__((format(printf, 3, 4))) void atk_store(struct atk_run *run, const char *file,
                                                     const char *fmt, ...);
void atk_store_remove(struct atk_run *run, const char *file);

/* Writes ATK_HOST.pins with the key of atk_true(). */
void atk_pin(struct atk_run *run);

/* Returns "sha256//…" in a static buffer, reused after 8 calls. */
const char *atk_key_pin(X509 *cert);
const char *atk_cert_pin(X509 *cert);

/* Returns how many records of the log have this reason and action ("refused", "would be refused",
 * "notice"); NULL: any. */
unsigned atk_log(struct atk_run *run, const char *reason, const char *action);

/* Returns how many records contain the text. */
unsigned atk_log_text(struct atk_run *run, const char *text);

/* Writes a configuration like the one of the process, with these lines in the provider's section
 * instead of "pins = …". Returns its path, which the caller frees. */
char *atk_conf(struct atk_run *run, const char *name, const char *lines);

/* ---- keys and certificates ---- */

/* A certificate with its key. */
struct atk_id {
    X509 *cert;
    EVP_PKEY *key;
    STACK_OF(X509) * above; /* sent after cert; or NULL */
};

/* Returns a day for pki.h, counted from today; the certificates of pki.h alone are valid at another
 * time. */
int atk_day(int from_today);
#define ATK_CERT(...)                                                                              \
    pki_cert(&(const struct pki_spec){.from = atk_day(-20), .to = atk_day(20), __VA_ARGS__})

enum { ATK_ROOT_KEY, ATK_TRUE_KEY, ATK_FALSE_KEY, ATK_FREE_KEY /* and any number above */ };

X509 *atk_root(void);          /* trusted by every client */
struct atk_id atk_true(void);  /* for ATK_HOST, with the key that atk_pin() pins */
struct atk_id atk_false(void); /* for ATK_HOST too, by the same root, with a key of its own */
struct atk_id atk_peer_id(
    const struct atk_run *run); /* atk_true() for the control, atk_false() for the impostor */
/* Returns a certificate of the root for these subject alternative names ("DNS:…"), with key number
 * key. */
struct atk_id atk_named(const char *san, unsigned key);

/* ---- the two ends ---- */

SSL_CTX *atk_client(struct atk_run *run);
SSL_CTX *atk_server(struct atk_run *run, struct atk_id id);
/* Uses a method of one version, TLSv1_2_client_method(3) or the like. */
SSL_CTX *atk_client_fixed(struct atk_run *run);
/* The same in a library context; the caller frees them. */
SSL_CTX *atk_client_in(struct atk_run *run, OSSL_LIB_CTX *libctx);
SSL_CTX *atk_server_in(struct atk_run *run, OSSL_LIB_CTX *libctx, struct atk_id id);

struct atk_pair {
    struct atk_run *run;
    SSL *client, *server;
    bool early; /* set by the case: the client begins with early data */
    bool client_up, server_up, client_dead, server_dead;
    size_t client_got, server_got, early_got; /* application data, in bytes */
    int client_error;                         /* from SSL_get_error(3), when it failed */
    unsigned long first_error;                /* of the error queue, then; 0: it was empty */
    bool provider_error;                      /* the queue had an error of the provider */
    bool refusal_text;                        /* … and the text of the refusal */
    unsigned provider_reason;                 /* its number: 7 for P07 */
    bool stray;                               /* a success left an error in the queue */
    bool early_sent;
    unsigned server_early; /* state of the pump */
};

/* Makes both SSLs, joined by memory (DTLS: by unnamed sockets). The client sets the host as server
 * name and, if it verifies, as expected host; NULL: it names no host. */
void atk_open(struct atk_run *run, struct atk_pair *pair, SSL_CTX *client, SSL_CTX *server);
void atk_open_to(struct atk_run *run, struct atk_pair *pair, SSL_CTX *client, SSL_CTX *server,
                 const char *host);
/* Joins two SSLs that a case made or changed itself. */
void atk_join(struct atk_pair *pair);

/* Runs the handshake, a question and an answer, as far as it goes; pair counts the bytes. */
void atk_talk(struct atk_pair *pair);
/* Runs the handshake alone. True if it is complete for the client. */
bool atk_shake(struct atk_pair *pair);
/* For other loops: empties the error queue, and records what it had of the provider. */
void atk_read_errors(struct atk_pair *pair);
/* For other loops: records the result of a call at the client's end. */
void atk_client_result(struct atk_pair *pair, int ret);
/* Shuts both SSLs down properly, so that their sessions can be resumed, and frees them. */
void atk_close(struct atk_pair *pair);

/* Fail the run unless no data arrived; or unless all did. atk_expect(): the one or the other, as
 * run->honest says. */
void atk_expect_refusal(struct atk_run *run, const struct atk_pair *pair);
void atk_expect_data(struct atk_run *run, const struct atk_pair *pair);
void atk_expect(struct atk_run *run, const struct atk_pair *pair);

/* Opens, talks, expects as run->honest says, and closes. */
void atk_exchange(struct atk_run *run, SSL_CTX *client, SSL_CTX *server);
void atk_exchange_at(struct atk_run *run, SSL_CTX *client, SSL_CTX *server, const char *host);

/* ---- helpers ---- */

/* A verify callback that verifies nothing and accepts (SSL_CTX_set_cert_verify_callback(3)). */
int atk_accept_all(X509_STORE_CTX *ctx, void *arg);
/* Removes a directory with all that is in it. */
void atk_remove_tree(const char *dir);

/* ---- for main.c ---- */

/* Prepares the process of a run; returns its exit status: 0 as expected, otherwise of the enum
 * below. */
void atk_begin(struct atk_run *run);
int atk_end(struct atk_run *run);
void atk_own_ctx(SSL_CTX *ctx); /* to be freed at the end */
void atk_free_ctxs(void);

/* A security callback (SSL_CTX_set_security_callback(3)) by which a program replaces ours. */
int atk_allow_all(const SSL *s, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
                  void *ex);

/* Exit statuses; LEAKED: data arrived in spite of what was expected. */
enum {
    ATK_EXIT_FAILED = 1,
    ATK_EXIT_BROKEN = 2,
    ATK_EXIT_LEAKED = 3,
    ATK_EXIT_LIMITATION = 4,
    ATK_EXIT_SKIPPED = 77
};

#endif
