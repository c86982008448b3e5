/*
 * core.h - one row of the battery: an application that holds both ends of a connection.
 *
 * Every row runs in a process of its own, with a store, a log and an openssl.cnf of its own; the
 * module comes into it through OPENSSL_CONF, as into any program, and knows nothing of the test.
 * The client is the program that is to be protected, the server the one that tries to get past.
 *
 * Whatever must work for a row to mean anything ends the process if it does not (BAT_NEED).
 * Everything made here is freed when the process ends, SSLs by bat_close().
 */
#ifndef BATTERY_CORE_H
#define BATTERY_CORE_H

#include "../unit/pki.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

enum bat_version {
    BAT_TLS11 = 1, /* at security level 0 */
    BAT_TLS12 = 2,
    BAT_TLS13 = 4,
    BAT_DTLS12 = 8,
    BAT_QUIC = 16,
    BAT_TLS = BAT_TLS11 | BAT_TLS12 | BAT_TLS13,
    BAT_EACH = BAT_TLS | BAT_DTLS12
};

enum bat_modes { BAT_PEER = 1, BAT_NONE = 2, BAT_BOTH = BAT_PEER | BAT_NONE };

struct bat;
typedef void bat_fn(struct bat *b);

struct bat_row {
    const char *name;
    bat_fn *impostor;   /* NULL: the row is about an honest program only */
    bat_fn *twin;       /* may be the same function: bat->honest says whose turn it is */
    const char *reason; /* that the record of the refusal names: "P07" */
    unsigned versions;  /* of enum bat_version */
    unsigned modes;     /* 0: both */
    unsigned anyway;    /* modes in which OpenSSL itself ends it: no record is asked for */
    unsigned arg;       /* for the function, as bat->row->arg */
};

struct bat_group {
    const char *name;
    const struct bat_row *rows;
    size_t count;
};

/* One turn of one row. */
struct bat {
    const struct bat_row *row;
    enum bat_version version;
    int verify; /* SSL_VERIFY_PEER or SSL_VERIFY_NONE, for the clients made here */
    bool honest;
    const char *module; /* path, NULL: none is loaded */
    const char *dir;    /* for what the row may want to write; holds pins/, log, openssl.cnf */
    const char *gap;
    const char *reason; /* row's; a function may ask for another, or for none with NULL */
    unsigned met, refused, passed;
    bool failed, leaked;
};

/* ---- the outcome ---- */

/* The row fails, for this reason. */
__attribute__((format(printf, 2, 3))) void bat_fail(struct bat *b, const char *fmt, ...);

/* An impostor gets through here, and the manual says so, with the reason: the row fails once he
 * does not. To be called by the impostor's function. */
void bat_gap(struct bat *b, const char *why);

/* What the row needs cannot be had in this OpenSSL: it is skipped. Does not return. */
_Noreturn void bat_skip(const char *why);

#define BAT_NEED(good) bat_need((good), #good, __FILE__, __LINE__)
void bat_need(bool good, const char *what, const char *file, int line);

/* ---- the store and the log ---- */

#define BAT_HOST "host.test"

/* Writes a file of the store, all at once; and takes one away. */
__attribute__((format(printf, 3, 4))) void bat_store(struct bat *b, const char *file,
                                                     const char *fmt, ...);
void bat_store_remove(struct bat *b, const char *file);

/* BAT_HOST.pins with the key of bat_true(). */
void bat_pin(struct bat *b);

/* "sha256//…", good until eight calls later. */
const char *bat_key_pin(X509 *cert);
const char *bat_cert_pin(X509 *cert);

/* How many records the log has with this reason and action ("refused", "would be refused",
 * "notice"); NULL: any. */
unsigned bat_log(struct bat *b, const char *reason, const char *action);

/* How many records contain the text. */
unsigned bat_log_text(struct bat *b, const char *text);

/* Adds BAT_CONF to the environment: a configuration like the one of the process, with these lines
 * in the section of the provider instead of "pins = …". Returns its path, to be freed. */
char *bat_conf(struct bat *b, const char *name, const char *lines);

/* ---- keys and certificates ---- */

/* Who somebody is. */
struct bat_id {
    X509 *cert;
    EVP_PKEY *key;
    STACK_OF(X509) * above; /* sent after it; or NULL */
};

/* Validity in days from today; pki.h's own certificates are of another time. */
int bat_day(int from_today);
#define BAT_CERT(...)                                                                              \
    pki_cert(&(const struct pki_spec){.from = bat_day(-20), .to = bat_day(20), __VA_ARGS__})

enum { BAT_ROOT_KEY, BAT_TRUE_KEY, BAT_FALSE_KEY, BAT_FREE_KEY /* and all above */ };

X509 *bat_root(void);          /* trusted by every client */
struct bat_id bat_true(void);  /* BAT_HOST, whose key bat_pin() pins */
struct bat_id bat_false(void); /* BAT_HOST too, by the same root, with a key of his own */
struct bat_id bat_who(const struct bat *b); /* whose turn it is */
/* A certificate of the root for these subject alternative names ("DNS:…"), with key number key. */
struct bat_id bat_named(const char *san, unsigned key);

/* ---- the two ends ---- */

SSL_CTX *bat_client(struct bat *b);
SSL_CTX *bat_server(struct bat *b, struct bat_id id);
/* By a method of the one version, TLSv1_2_client_method(3) or the like. */
SSL_CTX *bat_client_fixed(struct bat *b);
/* The same in a library context; the caller frees it. */
SSL_CTX *bat_client_in(struct bat *b, OSSL_LIB_CTX *libctx);
SSL_CTX *bat_server_in(struct bat *b, OSSL_LIB_CTX *libctx, struct bat_id id);

struct bat_pair {
    struct bat *b;
    SSL *client, *server;
    bool early; /* to be set by the row: the client begins with early data */
    bool client_up, server_up, client_dead, server_dead;
    size_t client_got, server_got, early_got; /* application data, in bytes */
    int client_error;                         /* of SSL_get_error(3), when it died */
    unsigned long first_error;                /* of the queue, then; 0: it was empty */
    bool told;                                /* an error of the provider's own was among them */
    unsigned told_reason;                     /* its number: 7 for P07 */
    bool stray;                               /* a success left an error in the queue */
    bool early_sent;
    unsigned server_early; /* state of the pump */
};

/* Makes both SSLs, joined by memory (DTLS: by a socket without an address). The client names the
 * host as server name and, where it verifies, as host; NULL: it names none. */
void bat_open(struct bat *b, struct bat_pair *pair, SSL_CTX *client, SSL_CTX *server);
void bat_open_to(struct bat *b, struct bat_pair *pair, SSL_CTX *client, SSL_CTX *server,
                 const char *host);
/* Joins two SSLs that a row made or changed itself. */
void bat_join(struct bat_pair *pair);

/* Handshake, a question and an answer, as far as it goes: see what they got. */
void bat_talk(struct bat_pair *pair);
/* The handshake alone. True if the client holds it for complete. */
bool bat_shake(struct bat_pair *pair);
/* For other pumps: takes in what came of a call at the client's end. */
void bat_note_client(struct bat_pair *pair, int ret);
/* Both SSLs are shut down properly, so that their sessions may be resumed, and freed. */
void bat_close(struct bat_pair *pair);

/* Nothing flowed; or all of it did. bat_expect: by whose turn it is. */
void bat_expect_refusal(struct bat *b, const struct bat_pair *pair);
void bat_expect_data(struct bat *b, const struct bat_pair *pair);
void bat_expect(struct bat *b, const struct bat_pair *pair);

/* All in one: opens, talks, expects by whose turn it is, closes. */
void bat_meet(struct bat *b, SSL_CTX *client, SSL_CTX *server);
void bat_meet_at(struct bat *b, SSL_CTX *client, SSL_CTX *server, const char *host);

/* ---- for main.c ---- */

/* Prepares a process for its turn, and says what came of it: 0 as it must be, 1 failed. */
void bat_begin(struct bat *b);
int bat_end(struct bat *b);
void bat_own_ctx(SSL_CTX *ctx); /* to be freed at the end */
void bat_free_ctxs(void);

/* What bat_skip() and BAT_NEED exit with, and a turn in which data leaked. */
enum {
    BAT_EXIT_FAILED = 1,
    BAT_EXIT_BROKEN = 2,
    BAT_EXIT_LEAKED = 3,
    BAT_EXIT_GAP = 4,
    BAT_EXIT_SKIPPED = 77
};

#endif
