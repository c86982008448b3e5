/* How the two callbacks come into every SSL_CTX. */
#include <pinning/hook.h>

#include "hook_conn.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

/* A process has one door, or one for each library context that loads a configuration of its own.
 * Contexts that come and go get the same indices, so their doors are shared. */
#define DOORS_MAX 64
static struct pin_door doors[DOORS_MAX];
static atomic_size_t door_count;
_Atomic(const struct pin_door *) pin_only_door;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct pin_door *known_door(const struct pin_door *wanted)
{
    size_t count = atomic_load_explicit(&door_count, memory_order_acquire);

    for (size_t i = 0; i < count; i++)
        if (doors[i].module == wanted->module && doors[i].ctx_index == wanted->ctx_index &&
            doors[i].ssl_index == wanted->ssl_index && doors[i].before == wanted->before)
            return &doors[i];
    return NULL;
}

/* The lock is for a new door alone: a child that was forked while another thread held it must still
 * be able to make an SSL_CTX. */
static struct pin_door *open_door(const struct pin_door *wanted)
{
    struct pin_door *door = known_door(wanted);

    if (door != NULL)
        return door;
    pthread_mutex_lock(&lock);
    size_t count = atomic_load_explicit(&door_count, memory_order_relaxed);
    door = known_door(wanted);
    if (door == NULL && count < DOORS_MAX) {
        door = &doors[count];
        *door = *wanted;
        atomic_store_explicit(&pin_only_door, count == 0 ? door : NULL, memory_order_release);
        atomic_store_explicit(&door_count, count + 1, memory_order_release);
    }
    pthread_mutex_unlock(&lock);
    return door;
}

const struct pin_door *pin_door_find(const SSL *ssl, const SSL_CTX *ctx)
{
    size_t count = atomic_load_explicit(&door_count, memory_order_acquire);

    if (ctx == NULL)
        ctx = SSL_get_SSL_CTX(ssl);
    for (size_t i = 0; i < count; i++) {
        /* The mark at an index of another table may be anybody's pointer: only compare it. */
        const char *mark = SSL_CTX_get_ex_data(ctx, doors[i].ctx_index);
        if (mark == (const char *)&doors[i])
            return &doors[i];
    }
    return NULL;
}

/* Here the log is known, and there (hook_verify.c) it no longer is. */
static void note_no_mark(const struct pin_module *module)
{
    struct pin_error what = {0};

    pin_error_set(&what, PIN_R_INTERNAL,
                  "an SSL_CTX cannot be given our mark (out of memory?): each of its connections is "
                  "refused");
    pin_hook_notice(module, &what);
}

/* Called by OpenSSL while an SSL_CTX is made. Nothing can be returned: what goes wrong is logged. */
static void enter(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long ssl_index, void *arg)
{
    const struct pin_module *module = arg;
    struct pin_error err = {0};
    int saved = errno;
    SSL_CTX *ctx = parent;

    (void)ptr;
    (void)ad;
    if (!pin_ossl_use(&err)) {
        pin_hook_notice(module, &err);
    } else {
        pin_hook_name_errors();
        const struct pin_door wanted = {module, index, (int)ssl_index,
                                        SSL_CTX_get_security_callback(ctx)};
        struct pin_door *door = open_door(&wanted);
        /* Without a door, or without its mark, verify refuses everything; and gate whatever it finds
         * no door for, since the program may replace verify. */
        if (door != NULL && !SSL_CTX_set_ex_data(ctx, index, door))
            door = NULL;
        SSL_CTX_set_cert_verify_callback(ctx, pin_hook_verify, door);
        SSL_CTX_set_security_callback(ctx, pin_hook_gate);
        if (door == NULL)
            note_no_mark(module);
    }
    errno = saved;
}

/* Whether we are in a table already cannot be known by its library context: one that was freed
 * leaves its address to the next. So the table is asked, by a constructor of a class of ex_data that
 * OpenSSL itself uses no more and that does nothing but raise this flag. Guarded by the lock. */
static char probe;
static bool probe_answered;

static void answer(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *arg)
{
    (void)ptr;
    (void)ad;
    (void)index;
    (void)argl;
    (void)arg;
    if (parent == &probe)
        probe_answered = true;
}

static bool is_registered(void)
{
    CRYPTO_EX_DATA ad;

    probe_answered = false;
    if (CRYPTO_new_ex_data(CRYPTO_EX_INDEX_RAND_DRBG, &probe, &ad))
        CRYPTO_free_ex_data(CRYPTO_EX_INDEX_RAND_DRBG, &probe, &ad);
    return probe_answered;
}

/* Into the table of the thread's default library context, as it stands at the moment. */
static bool register_here(const struct pin_module *module)
{
    if (is_registered())
        return true;
    int ssl_index = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, NULL, NULL, pin_conn_dup,
                                            pin_conn_free);
    return ssl_index >= 0 &&
           CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, ssl_index, (void *)module, enter, NULL,
                                   NULL) >= 0 &&
           CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_RAND_DRBG, 0, NULL, answer, NULL, NULL) >= 0;
}

/* Into that of another one. What OSSL_LIB_CTX_set0_default(3) returns does not tell whether it could,
 * for want of memory: only asking it once more does. */
static bool register_in(OSSL_LIB_CTX *libctx, const struct pin_module *module)
{
    OSSL_LIB_CTX *before = OSSL_LIB_CTX_set0_default(libctx);
    bool ok = OSSL_LIB_CTX_set0_default(libctx) == libctx && register_here(module);

    if (before != NULL)
        OSSL_LIB_CTX_set0_default(before);
    return ok;
}

bool pin_hook_register(const struct pin_module *module, OSSL_LIB_CTX *core, struct pin_error *err)
{
    static pthread_mutex_t registering = PTHREAD_MUTEX_INITIALIZER;
    OSSL_LIB_CTX *contexts[] = {
        core, pin_ossl_has(OSSL_LIB_CTX_get0_global_default) ? OSSL_LIB_CTX_get0_global_default() : NULL};
    bool ok;

    pthread_mutex_lock(&registering);
    ok = register_here(module);
    for (size_t i = 0; i < sizeof contexts / sizeof contexts[0]; i++)
        ok = (contexts[i] == NULL || register_in(contexts[i], module)) && ok;
    pthread_mutex_unlock(&registering);
    return ok || pin_error_set(err, PIN_R_UNHOOKED,
                               "OpenSSL did not take our constructor: out of memory?");
}
