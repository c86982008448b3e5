/* ends.c - certificates of the peers and the SSL_CTXs of both ends. */
#define OPENSSL_SUPPRESS_DEPRECATED /* for methods of one version */
#undef OPENSSL_NO_DEPRECATED
#include "core.h"

static SSL_CTX *owned[512];
static size_t owned_count;

/* ---- keys and certificates ---- */

int atk_day(int from_today)
{
    return (int)(time(NULL) / PKI_DAY_IN_SECS) - PKI_TODAY + from_today;
}

X509 *atk_root(void)
{
    static X509 *root;

    if (root == NULL)
        root = ATK_CERT(.cn = "the root", .key = pki_key(ATK_ROOT_KEY), .ca = true);
    return root;
}

struct atk_id atk_named(const char *san, unsigned key)
{
    return (struct atk_id){.cert =
                               ATK_CERT(.cn = "a server", .key = pki_key(key), .san = san,
                                        .issuer = atk_root(), .issuer_key = pki_key(ATK_ROOT_KEY)),
                           .key = pki_key(key)};
}

struct atk_id atk_true(void)
{
    static struct atk_id id;

    if (id.cert == NULL)
        id = atk_named("DNS:" ATK_HOST, ATK_TRUE_KEY);
    return id;
}

struct atk_id atk_false(void)
{
    static struct atk_id id;

    if (id.cert == NULL)
        id = atk_named("DNS:" ATK_HOST, ATK_FALSE_KEY);
    return id;
}

struct atk_id atk_peer_id(const struct atk_run *run)
{
    return run->honest ? atk_true() : atk_false();
}

/* ---- the two ends ---- */

static SSL_CTX *new_ctx(struct atk_run *run, OSSL_LIB_CTX *libctx, const SSL_METHOD *method)
{
    static const struct {
        enum atk_version version;
        int number;
    } numbers[] = {{ATK_TLS11, TLS1_1_VERSION},
                   {ATK_TLS12, TLS1_2_VERSION},
                   {ATK_TLS13, TLS1_3_VERSION},
                   {ATK_DTLS12, DTLS1_2_VERSION}};
    SSL_CTX *ctx = SSL_CTX_new_ex(libctx, NULL, method);

    ATK_NEED(ctx != NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i].version == run->version)
            ATK_NEED(SSL_CTX_set_min_proto_version(ctx, numbers[i].number) &&
                     SSL_CTX_set_max_proto_version(ctx, numbers[i].number));
    if (run->version == ATK_TLS11)
        ATK_NEED(SSL_CTX_set_cipher_list(ctx, "DEFAULT:@SECLEVEL=0"));
    return ctx;
}

/* Returns a copy. A key keeps references to the contexts in which it was used, so a context that is
 * freed needs its own copy. */
static X509 *copy_in(OSSL_LIB_CTX *libctx, X509 *cert)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    const unsigned char *at = der;
    X509 *copy = X509_new_ex(libctx, NULL);

    ATK_NEED(len > 0 && copy != NULL && d2i_X509(&copy, &at, len) != NULL);
    OPENSSL_free(der);
    return copy;
}

static SSL_CTX *client_of(struct atk_run *run, OSSL_LIB_CTX *libctx, const SSL_METHOD *method)
{
    SSL_CTX *ctx = new_ctx(run, libctx, method);
    X509 *root = copy_in(libctx, atk_root());

    ATK_NEED(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), root));
    X509_free(root);
    SSL_CTX_set_verify(ctx, run->verify, NULL);
    return ctx;
}

SSL_CTX *atk_client_in(struct atk_run *run, OSSL_LIB_CTX *libctx)
{
    return client_of(run, libctx, run->version == ATK_DTLS12 ? DTLS_method() : TLS_method());
}

SSL_CTX *atk_server_in(struct atk_run *run, OSSL_LIB_CTX *libctx, struct atk_id id)
{
    SSL_CTX *ctx = new_ctx(run, libctx, run->version == ATK_DTLS12 ? DTLS_method() : TLS_method());

    SSL_CTX_set_dh_auto(ctx, 1);
    ATK_NEED(SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"attacks", 7));
    if (id.cert != NULL)
        ATK_NEED(SSL_CTX_use_cert_and_key(ctx, id.cert, id.key, id.above, 1) == 1);
    return ctx;
}

void atk_own_ctx(SSL_CTX *ctx)
{
    ATK_NEED(owned_count < sizeof owned / sizeof owned[0]);
    owned[owned_count++] = ctx;
}

SSL_CTX *atk_client(struct atk_run *run)
{
    SSL_CTX *ctx = atk_client_in(run, NULL);

    atk_own_ctx(ctx);
    return ctx;
}

SSL_CTX *atk_server(struct atk_run *run, struct atk_id id)
{
    SSL_CTX *ctx = atk_server_in(run, NULL, id);

    atk_own_ctx(ctx);
    return ctx;
}

SSL_CTX *atk_client_fixed(struct atk_run *run)
{
#if OPENSSL_VERSION_NUMBER < 0x40000000L
    const SSL_METHOD *method = run->version == ATK_TLS11   ? TLSv1_1_client_method()
                               : run->version == ATK_TLS12 ? TLSv1_2_client_method()
                                                           : DTLSv1_2_client_method();
    SSL_CTX *ctx = client_of(run, NULL, method);

    atk_own_ctx(ctx);
    return ctx;
#else
    (void)run;
    atk_skip("this OpenSSL has no methods of one version");
#endif
}

void atk_free_ctxs(void)
{
    while (owned_count > 0)
        SSL_CTX_free(owned[--owned_count]);
}

int atk_allow_all(const SSL *s, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
                  void *ex)
{
    (void)s;
    (void)ctx;
    (void)op;
    (void)bits;
    (void)nid;
    (void)other;
    (void)ex;
    return 1;
}
