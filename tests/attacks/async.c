/* async.c - SSL_MODE_ASYNC with an algorithm that pauses the job while the module uses it. */
#include "groups.h"

#include <openssl/async.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <string.h>

/* ---- a provider of SHA-256 that pauses ---- */

/* The algorithm itself comes from here. */
static EVP_MD *sha256;

/* It pauses where these bytes are hashed: the peer's SubjectPublicKeyInfo, or its whole
 * certificate, which only the module does. */
static unsigned char *watched;
static int watched_len;
static unsigned reached;

static void *md_new(void *provider)
{
    (void)provider;
    return EVP_MD_CTX_new();
}

static void md_free(void *ctx)
{
    EVP_MD_CTX_free(ctx);
}

static void *md_dup(void *ctx)
{
    EVP_MD_CTX *copy = EVP_MD_CTX_new();

    if (copy != NULL && EVP_MD_CTX_copy_ex(copy, ctx))
        return copy;
    EVP_MD_CTX_free(copy);
    return NULL;
}

static int md_init(void *ctx, const OSSL_PARAM params[])
{
    (void)params;
    return EVP_DigestInit_ex(ctx, sha256, NULL);
}

static int md_update(void *ctx, const unsigned char *bytes, size_t len)
{
    if (watched != NULL && len == (size_t)watched_len && memcmp(bytes, watched, len) == 0) {
        reached++;
        ASYNC_JOB *job = ASYNC_get_current_job();
        if (job != NULL && ASYNC_pause_job() == 0)
            return 0;
    }
    return EVP_DigestUpdate(ctx, bytes, len);
}

static int md_final(void *ctx, unsigned char *out, size_t *len, size_t size)
{
    unsigned done = 0;

    if (size < 32 || !EVP_DigestFinal_ex(ctx, out, &done))
        return 0;
    *len = done;
    return 1;
}

static int md_get_params(OSSL_PARAM params[])
{
    OSSL_PARAM *size = OSSL_PARAM_locate(params, OSSL_DIGEST_PARAM_SIZE);
    OSSL_PARAM *block = OSSL_PARAM_locate(params, OSSL_DIGEST_PARAM_BLOCK_SIZE);

    return (size == NULL || OSSL_PARAM_set_size_t(size, 32)) &&
           (block == NULL || OSSL_PARAM_set_size_t(block, 64));
}

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache)
{
    static const OSSL_DISPATCH functions[] = {
        {OSSL_FUNC_DIGEST_NEWCTX, (void (*)(void))md_new},
        {OSSL_FUNC_DIGEST_FREECTX, (void (*)(void))md_free},
        {OSSL_FUNC_DIGEST_DUPCTX, (void (*)(void))md_dup},
        {OSSL_FUNC_DIGEST_INIT, (void (*)(void))md_init},
        {OSSL_FUNC_DIGEST_UPDATE, (void (*)(void))md_update},
        {OSSL_FUNC_DIGEST_FINAL, (void (*)(void))md_final},
        {OSSL_FUNC_DIGEST_GET_PARAMS, (void (*)(void))md_get_params},
        {0, NULL}};
    static const OSSL_ALGORITHM algorithms[] = {
        {"SHA2-256:SHA-256:SHA256:2.16.840.1.101.3.4.2.1", "provider=pausing", functions, NULL},
        {NULL, NULL, NULL, NULL}};

    (void)provider;
    *no_cache = 0;
    return operation == OSSL_OP_DIGEST ? algorithms : NULL;
}

static int start(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
                 void **provider)
{
    static const OSSL_DISPATCH functions[] = {
        {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query}, {0, NULL}};

    (void)in;
    *out = functions;
    *provider = (void *)core;
    return 1;
}

/* ---- the cases ---- */

enum { KEY, CERT, REPLACED };

static int say_yes(X509_STORE_CTX *ctx, void *arg)
{
    (void)ctx;
    (void)arg;
    return 1;
}

static void set_watched(struct atk_run *run)
{
    X509 *cert = atk_peer_id(run).cert;

    watched_len = run->test_case->arg == CERT
                      ? i2d_X509(cert, &watched)
                      : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &watched);
    ATK_NEED(watched_len > 0);
}

static void expect_cancellable(struct atk_run *run)
{
    int state;

    ATK_NEED(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state) == 0);
    if (state != PTHREAD_CANCEL_ENABLE)
        atk_fail(run, "expected a thread that can be cancelled, got one that cannot");
}

/* The program's thread goes on while the job is paused, so both ends' first steps are made here. */
static void meet_certificate(struct atk_run *run, struct atk_pair *pair)
{
    ERR_clear_error();
    atk_client_result(pair, SSL_do_handshake(pair->client));
    (void)SSL_do_handshake(pair->server);
    ERR_clear_error();
    int ret = SSL_do_handshake(pair->client);
    expect_cancellable(run);
    pair->client_up = ret == 1;
    atk_client_result(pair, ret);
}

/* The pausing provider wins over the default one, wherever SHA-256 is asked for. */
static void pausing(struct atk_run *run)
{
    struct atk_pair pair;

    if (!ASYNC_is_capable())
        atk_skip("this OpenSSL has no asynchronous jobs");
    OSSL_LIB_CTX *plain = OSSL_LIB_CTX_new();
    sha256 = EVP_MD_fetch(plain, "SHA256", NULL);
    ATK_NEED(sha256 != NULL && OPENSSL_init_ssl(0, NULL));
    ATK_NEED(OSSL_PROVIDER_add_builtin(NULL, "pausing", start));
    OSSL_PROVIDER *provider = OSSL_PROVIDER_load(NULL, "pausing");
    ATK_NEED(provider != NULL && EVP_set_default_properties(NULL, "?provider=pausing"));
    if (run->test_case->arg == CERT)
        atk_store(run, ATK_HOST ".pins", "cert = %s\n", atk_cert_pin(atk_true().cert));
    else
        atk_pin(run);
    SSL_CTX *client = atk_client(run);
    if (run->test_case->arg == REPLACED)
        SSL_CTX_set_cert_verify_callback(client, say_yes, NULL);
    atk_open(run, &pair, client, atk_server(run, atk_peer_id(run)));
    SSL_set_mode(pair.client, SSL_MODE_ASYNC);
    set_watched(run);
    meet_certificate(run, &pair);
    atk_talk(&pair);
    OPENSSL_free(watched);
    watched = NULL;
    atk_expect(run, &pair);
    if (run->module != NULL && reached == 0)
        atk_fail(run, "expected the module to use the algorithm, got no call");
    expect_cancellable(run);
    atk_close(&pair);
    ATK_NEED(EVP_set_default_properties(NULL, ""));
    OSSL_PROVIDER_unload(provider);
    EVP_MD_free(sha256);
    OSSL_LIB_CTX_free(plain);
}

static const struct atk_case cases[] = {
    {"a digest that pauses, key", pausing, pausing, "P07", ATK_EACH, 0, 0, KEY},
    {"a digest that pauses, cert", pausing, pausing, "P07", ATK_EACH, 0, 0, CERT},
    {"a digest that pauses, callback replaced", pausing, pausing, "P07", ATK_EACH, 0, 0, REPLACED},
};

const struct atk_group atk_async = {"async", cases, sizeof cases / sizeof cases[0]};
