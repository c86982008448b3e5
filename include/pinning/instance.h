/*
 * module.h - what a process has: one configuration and its stores.
 *
 * Made once while the provider is loaded, never changed and never freed afterwards: OpenSSL keeps
 * callbacks that point here for longer than it keeps the provider.
 */
#ifndef PINNING_INSTANCE_H
#define PINNING_INSTANCE_H

#include <pinning/config.h>
#include <pinning/store.h>

struct pin_instance {
    struct pin_config config;
    struct pin_error fault; /* set: nothing can be looked up, and this is why */
    struct pin_store pins;
    struct pin_store clients; /* path NULL: no client certificates are pinned */
};

#endif
