/* binding.c - the table of bindings. */
#include "binding.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* A process has one binding, or one for each library context that loads a configuration of its own.
 * Contexts that come and go get the same indices, so their bindings are shared. A list of any
 * length: a full table would leave an SSL_CTX without pins. Entries live for ever. */
struct entry {
    struct pin_binding binding;
    struct entry *next;
};
static _Atomic(struct entry *) first;
_Atomic(const struct pin_binding *) pin_single_binding;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const struct pin_binding *find_equal(const struct pin_binding *wanted)
{
    struct entry *entry = atomic_load_explicit(&first, memory_order_acquire);

    for (; entry != NULL; entry = entry->next)
        if (entry->binding.instance == wanted->instance &&
            entry->binding.ctx_index == wanted->ctx_index &&
            entry->binding.ssl_index == wanted->ssl_index &&
            entry->binding.prev_security_cb == wanted->prev_security_cb)
            return &entry->binding;
    return NULL;
}

/* Under the lock. */
static const struct pin_binding *add(const struct pin_binding *wanted)
{
    struct entry *entry = malloc(sizeof *entry);

    if (entry == NULL)
        return NULL;
    entry->binding = *wanted;
    entry->next = atomic_load_explicit(&first, memory_order_relaxed);
    atomic_store_explicit(&pin_single_binding, entry->next == NULL ? &entry->binding : NULL,
                          memory_order_release);
    atomic_store_explicit(&first, entry, memory_order_release);
    return &entry->binding;
}

const struct pin_binding *pin_binding_add(const struct pin_binding *wanted)
{
    const struct pin_binding *binding = find_equal(wanted);

    if (binding != NULL)
        return binding;
    pthread_mutex_lock(&lock);
    binding = find_equal(wanted);
    if (binding == NULL)
        binding = add(wanted);
    pthread_mutex_unlock(&lock);
    return binding;
}

const struct pin_binding *pin_binding_find(const SSL *ssl, const SSL_CTX *ctx)
{
    struct entry *entry = atomic_load_explicit(&first, memory_order_acquire);

    if (ctx == NULL)
        ctx = SSL_get_SSL_CTX(ssl);
    for (; entry != NULL; entry = entry->next) {
        /* The value at an index of another table may be anybody's pointer: only compare it. */
        const void *tag = SSL_CTX_get_ex_data(ctx, entry->binding.ctx_index);
        if (tag == &entry->binding)
            return &entry->binding;
    }
    return NULL;
}
