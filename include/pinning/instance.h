/*
 * instance.h - the provider context: one configuration and its stores.
 *
 * The module makes an instance while it is loaded, and then neither changes nor frees it, because
 * OpenSSL keeps callbacks that point to it for longer than it keeps the provider.
 */
#ifndef PINNING_INSTANCE_H
#define PINNING_INSTANCE_H

#include <pinning/config.h>
#include <pinning/store.h>

/* Zeroed it is empty, and may be cleared. */
struct pin_instance {
    struct pin_config config;
    struct pin_error fault; /* if set, every lookup fails with it */
    struct pin_store pins;
    struct pin_store clients; /* path NULL: no client certificates are pinned */
};

/* Makes the stores of an instance whose configuration has been read. Call it once, before the
 * instance is used. Returns false if instance->fault was set already, or sets it on an error; the
 * instance can be used in any case, because the fault makes it refuse. */
bool pin_instance_open(struct pin_instance *instance);

/* Frees the configuration and the stores, and zeroes the instance. For tools and tests only: no
 * SSL_CTX may have a callback that points to the instance. */
void pin_instance_clear(struct pin_instance *instance);

#endif
