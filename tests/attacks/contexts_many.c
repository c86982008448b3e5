/* contexts_many.c - many library contexts and configurations in one process, and contexts without
 * algorithms. */
#include "groups.h"

#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static SSL_CTX *client_as_default(struct atk_run *run, OSSL_LIB_CTX *libctx)
{
    OSSL_LIB_CTX *before = OSSL_LIB_CTX_set0_default(libctx);
    SSL_CTX *client = atk_client_in(run, libctx);

    OSSL_LIB_CTX_set0_default(before);
    return client;
}

/* ---- many contexts at a time ---- */

#define CONTEXTS 70

/* Each context has an ex_data index of its own, as where other libraries register some first, so
 * that the contexts cannot share what the module keeps for a context. */
static OSSL_LIB_CTX *context_with_own_index(int number)
{
    OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new(), *before = OSSL_LIB_CTX_set0_default(libctx);

    ATK_NEED(libctx != NULL);
    for (int i = 0; i < number; i++)
        ATK_NEED(CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, NULL, NULL, NULL, NULL) >= 0);
    OSSL_LIB_CTX_set0_default(before);
    ATK_NEED(OSSL_LIB_CTX_load_config(libctx, getenv("OPENSSL_CONF")));
    return libctx;
}

static void many_indices(struct atk_run *run)
{
    SSL_CTX *server = atk_server(run, atk_peer_id(run));

    atk_pin(run);
    for (int i = 0; i < CONTEXTS && !run->failed; i++) {
        OSSL_LIB_CTX *libctx = context_with_own_index(i);
        SSL_CTX *client = client_as_default(run, libctx);
        atk_exchange(run, client, server);
        SSL_CTX_free(client);
        OSSL_LIB_CTX_free(libctx);
    }
    atk_exchange(run, atk_client(run), server);
}

/* ---- many configurations ---- */

#define CONFIGURATIONS 20

static char *configuration(struct atk_run *run, int number)
{
    char name[32], path[256], file[64], lines[300];

    snprintf(name, sizeof name, "conf%d", number);
    snprintf(path, sizeof path, "%s/%s", run->dir, name);
    snprintf(lines, sizeof lines, "pins = %s\n", path);
    ATK_NEED(mkdir(path, 0755) == 0);
    snprintf(file, sizeof file, "../%s/_store", name);
    atk_store(run, file, "# empty\n");
    snprintf(file, sizeof file, "../%s/" ATK_HOST ".pins", name);
    atk_store(run, file, "key = %s\n", atk_key_pin(atk_true().cert));
    snprintf(name, sizeof name, "conf%d.cnf", number);
    return atk_conf(run, name, lines);
}

static void many_configurations(struct atk_run *run)
{
    SSL_CTX *server = atk_server(run, atk_peer_id(run));
    OSSL_LIB_CTX *contexts[CONFIGURATIONS];

    atk_pin(run);
    for (int i = 0; i < CONFIGURATIONS; i++) {
        char *conf = configuration(run, i);
        contexts[i] = OSSL_LIB_CTX_new();
        ATK_NEED(contexts[i] != NULL && OSSL_LIB_CTX_load_config(contexts[i], conf));
        free(conf);
        SSL_CTX *client = client_as_default(run, contexts[i]);
        atk_exchange(run, client, server);
        SSL_CTX_free(client);
    }
    atk_exchange(run, atk_client(run), server);
    for (int i = 0; i < CONFIGURATIONS; i++)
        OSSL_LIB_CTX_free(contexts[i]);
}

/* ---- no algorithms in the default context ---- */

enum pinned { KEY, CERT, CA, KEY_SHA512 };

/* A key from DER, with the algorithms of libctx. */
static struct atk_id id_in(OSSL_LIB_CTX *libctx, struct atk_id id)
{
    unsigned char *der = NULL, *key = NULL;
    int len = i2d_X509(id.cert, &der), key_len = i2d_PrivateKey(id.key, &key);
    const unsigned char *at = der, *key_at = key;
    struct atk_id out = {.cert = X509_new_ex(libctx, NULL)};

    ATK_NEED(len > 0 && key_len > 0 && d2i_X509(&out.cert, &at, len) != NULL);
    out.key = d2i_AutoPrivateKey_ex(NULL, &key_at, key_len, libctx, NULL);
    ATK_NEED(out.key != NULL);
    OPENSSL_free(der);
    OPENSSL_free(key);
    return out;
}

static void free_id(struct atk_id id)
{
    X509_free(id.cert);
    EVP_PKEY_free(id.key);
}

static struct atk_id foreign(void)
{
    X509 *second = ATK_CERT(.cn = "second root", .key = pki_key(ATK_FREE_KEY), .ca = true);

    return (struct atk_id){.cert = ATK_CERT(.cn = "leaf", .san = "DNS:" ATK_HOST,
                                            .key = pki_key(ATK_FALSE_KEY), .issuer = second,
                                            .issuer_key = pki_key(ATK_FREE_KEY)),
                           .key = pki_key(ATK_FALSE_KEY),
                           .above = pki_stack(PKI_CERTS(second))};
}

static const char *key_sha512(X509 *cert)
{
    static char text[128] = "sha512//";
    unsigned char digest[EVP_MAX_MD_SIZE];

    pki_spki_digest(cert, EVP_sha512(), digest);
    EVP_EncodeBlock((unsigned char *)text + 8, digest, 64);
    return text;
}

/* What needs a digest is made while a context with algorithms is the thread's default. Returns the
 * server's identity; *second: a root beside the usual one, for the impostor of a pinned CA. */
static struct atk_id prepare(struct atk_run *run, OSSL_LIB_CTX *libctx, X509 **second)
{
    const enum pinned pinned = (enum pinned)run->test_case->arg;
    X509 *cert = atk_true().cert;
    struct atk_id id = pinned == CA && !run->honest ? foreign() : atk_peer_id(run);

    *second = id.above != NULL ? sk_X509_value(id.above, 0) : NULL;
    atk_store(run, ATK_HOST ".pins", "%s = %s\n",
              pinned == CA     ? "ca"
              : pinned == CERT ? "cert"
                               : "key",
              pinned == CA           ? atk_key_pin(atk_root())
              : pinned == CERT       ? atk_cert_pin(cert)
              : pinned == KEY_SHA512 ? key_sha512(cert)
                                     : atk_key_pin(cert));
    return id_in(libctx, id);
}

/* The program works in a context of its own. The default one has the null provider alone, in which
 * not even a digest can be made. */
static void null_default(struct atk_run *run)
{
    X509 *second;

    ATK_NEED(OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL));
    OSSL_LIB_CTX *plain = OSSL_LIB_CTX_new(), *libctx = OSSL_LIB_CTX_new();
    OSSL_LIB_CTX *before = OSSL_LIB_CTX_set0_default(plain);
    ATK_NEED(OSSL_LIB_CTX_load_config(libctx, getenv("OPENSSL_CONF")));
    struct atk_id id = prepare(run, libctx, &second);
    OSSL_LIB_CTX_set0_default(before);
    OSSL_PROVIDER *null = OSSL_PROVIDER_load(NULL, "null");
    ATK_NEED(null != NULL && EVP_MD_fetch(NULL, "SHA256", NULL) == NULL);
    SSL_CTX *client = atk_client_in(run, libctx), *server = atk_server_in(run, libctx, id);
    if (second != NULL)
        ATK_NEED(X509_STORE_add_cert(SSL_CTX_get_cert_store(client), second));
    atk_exchange(run, client, server);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
    free_id(id);
    pki_clear();
    pki_free_keys();
    OSSL_PROVIDER_unload(null);
    OSSL_LIB_CTX_free(libctx);
    OSSL_LIB_CTX_free(plain);
}

#define CASE(name, function, arg)                                                                  \
    {                                                                                              \
        name, function, function, "P07", ATK_TLS12 | ATK_TLS13 | ATK_DTLS12, 0, 0, arg             \
    }

static const struct atk_case cases[] = {
    CASE("70 contexts, each with an index of its own", many_indices, 0),
    CASE("20 configurations", many_configurations, 0),
    CASE("null provider in the default context, key", null_default, KEY),
    CASE("null provider in the default context, key, SHA-512", null_default, KEY_SHA512),
    CASE("null provider in the default context, cert", null_default, CERT),
    CASE("null provider in the default context, ca", null_default, CA),
};

const struct atk_group atk_contexts_many = {"contexts_many", cases, sizeof cases / sizeof cases[0]};
