/* binding.c - the table of bindings. */
#include "binding.h"

#include <pthread.h>
#include <stdatomic.h>

/* A process has one binding, or one for each library context that loads a configuration of its own.
 * Contexts that come and go get the same indices, so their bindings are shared. */
#define BINDINGS_MAX 64
static struct pin_binding bindings[BINDINGS_MAX];
static atomic_size_t binding_count;
_Atomic(const struct pin_binding *) pin_single_binding;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const struct pin_binding *find_equal(const struct pin_binding *wanted)
{
    size_t count = atomic_load_explicit(&binding_count, memory_order_acquire);

    for (size_t i = 0; i < count; i++)
        if (bindings[i].instance == wanted->instance &&
            bindings[i].ctx_index == wanted->ctx_index &&
            bindings[i].ssl_index == wanted->ssl_index &&
            bindings[i].prev_security_cb == wanted->prev_security_cb)
            return &bindings[i];
    return NULL;
}

const struct pin_binding *pin_binding_add(const struct pin_binding *wanted)
{
    const struct pin_binding *binding = find_equal(wanted);

    if (binding != NULL)
        return binding;
    pthread_mutex_lock(&lock);
    size_t count = atomic_load_explicit(&binding_count, memory_order_relaxed);
    binding = find_equal(wanted);
    if (binding == NULL && count < BINDINGS_MAX) {
        bindings[count] = *wanted;
        binding = &bindings[count];
        atomic_store_explicit(&pin_single_binding, count == 0 ? binding : NULL,
                              memory_order_release);
        atomic_store_explicit(&binding_count, count + 1, memory_order_release);
    }
    pthread_mutex_unlock(&lock);
    return binding;
}

const struct pin_binding *pin_binding_find(const SSL *ssl, const SSL_CTX *ctx)
{
    size_t count = atomic_load_explicit(&binding_count, memory_order_acquire);

    if (ctx == NULL)
        ctx = SSL_get_SSL_CTX(ssl);
    for (size_t i = 0; i < count; i++) {
        /* The value at an index of another table may be anybody's pointer: only compare it. */
        const void *tag = SSL_CTX_get_ex_data(ctx, bindings[i].ctx_index);
        if (tag == &bindings[i])
            return &bindings[i];
    }
    return NULL;
}
