/* register.c - giving every SSL_CTX our two callbacks. */
#include <pinning/hook.h>

#include "callbacks.h"
#include "conn.h"
#include "report.h"

#include <errno.h>
#include <pthread.h>

/* Logged here because verify_cb.c knows no log for such an SSL_CTX. */
static void notice_no_tag(const struct pin_instance *instance)
{
    struct pin_error what = {0};

    pin_error_set(
        &what, PIN_R_INTERNAL,
        "an SSL_CTX cannot be tagged (out of memory?): each of its connections is refused");
    pin_hook_notice(instance, &what);
}

/* Called by OpenSSL while an SSL_CTX is made. It cannot return an error, so it logs it. */
static void ssl_ctx_constructor(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index,
                                long ssl_index, void *arg)
{
    const struct pin_instance *instance = arg;
    struct pin_error err = {0};
    int saved = errno;
    SSL_CTX *ctx = parent;

    (void)ptr;
    (void)ad;
    if (!pin_ossl_use(&err)) {
        pin_hook_notice(instance, &err);
    } else if (SSL_CTX_get_security_callback(ctx) != pin_hook_security_cb) {
        /* Otherwise we are registered twice here, because the probe could not be registered. Our
         * callback as its own previous one would call itself for ever. */
        pin_hook_load_error_strings();
        const struct pin_binding wanted = {.instance = instance,
                                           .ctx_index = index,
                                           .ssl_index = (int)ssl_index,
                                           .security_cb = pin_hook_security_cb,
                                           .prev_security_cb = SSL_CTX_get_security_callback(ctx)};
        const struct pin_binding *binding = pin_binding_add(&wanted);
        /* Without a binding or its tag the verify callback refuses every peer. So does the security
         * callback, because the program may replace the verify callback. */
        if (binding != NULL && !SSL_CTX_set_ex_data(ctx, index, (void *)binding))
            binding = NULL;
        SSL_CTX_set_cert_verify_callback(ctx, pin_hook_verify_cb, (void *)binding);
        SSL_CTX_set_security_callback(ctx, pin_hook_security_cb);
        if (binding == NULL)
            notice_no_tag(instance);
    }
    errno = saved;
}

/* Is our constructor in a table already? The address of its library context does not tell, because
 * one that was freed leaves its address to the next. So the table is asked: a constructor for a
 * class of ex_data that OpenSSL no longer uses sets this flag. Guarded by the lock. */
static char registration_probe;
static bool probe_called;

static void probe_constructor(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl,
                              void *arg)
{
    (void)ptr;
    (void)ad;
    (void)index;
    (void)argl;
    (void)arg;
    if (parent == &registration_probe)
        probe_called = true;
}

static bool is_registered(void)
{
    CRYPTO_EX_DATA ad;

    probe_called = false;
    if (CRYPTO_new_ex_data(CRYPTO_EX_INDEX_RAND_DRBG, &registration_probe, &ad))
        CRYPTO_free_ex_data(CRYPTO_EX_INDEX_RAND_DRBG, &registration_probe, &ad);
    return probe_called;
}

/* Registers in the ex_data table of the thread's present default library context. */
static bool register_here(const struct pin_instance *instance)
{
    if (is_registered())
        return true;
    int ssl_index =
        CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, NULL, NULL, pin_conn_dup, pin_conn_free);
    return ssl_index >= 0 &&
           CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, ssl_index, (void *)instance,
                                   ssl_ctx_constructor, NULL, NULL) >= 0 &&
           CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_RAND_DRBG, 0, NULL, probe_constructor, NULL,
                                   NULL) >= 0;
}

/* Registers in that of libctx. OSSL_LIB_CTX_set0_default(3) does not report a lack of memory; a
 * second call shows whether the first one worked. */
static bool register_in(OSSL_LIB_CTX *libctx, const struct pin_instance *instance)
{
    OSSL_LIB_CTX *previous = OSSL_LIB_CTX_set0_default(libctx);
    bool ok = OSSL_LIB_CTX_set0_default(libctx) == libctx && register_here(instance);

    if (previous != NULL)
        OSSL_LIB_CTX_set0_default(previous);
    return ok;
}

bool pin_hook_register(const struct pin_instance *instance, OSSL_LIB_CTX *core,
                       struct pin_error *err)
{
    static pthread_mutex_t registering = PTHREAD_MUTEX_INITIALIZER;
    OSSL_LIB_CTX *contexts[] = {core, pin_ossl_has(OSSL_LIB_CTX_get0_global_default)
                                          ? OSSL_LIB_CTX_get0_global_default()
                                          : NULL};
    bool ok;

    pthread_mutex_lock(&registering);
    ok = register_here(instance);
    for (size_t i = 0; i < sizeof contexts / sizeof contexts[0]; i++)
        ok = (contexts[i] == NULL || register_in(contexts[i], instance)) && ok;
    pthread_mutex_unlock(&registering);
    return ok || pin_error_set(err, PIN_R_UNHOOKED,
                               "OpenSSL did not take our constructor: out of memory?");
}
