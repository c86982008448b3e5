/* instance.c - the provider context: made and freed. */
#include <pinning/instance.h>

bool pin_instance_open(struct pin_instance *instance)
{
    const struct pin_config *config = &instance->config;
    struct pin_error *fault = &instance->fault;

    return fault->reason == PIN_OK && pin_store_init(&instance->pins, config->pins, fault) &&
           (config->clients == NULL || pin_store_init(&instance->clients, config->clients, fault));
}

void pin_instance_clear(struct pin_instance *instance)
{
    pin_store_clear(&instance->pins);
    pin_store_clear(&instance->clients);
    pin_config_clear(&instance->config);
    *instance = (struct pin_instance){0};
}
