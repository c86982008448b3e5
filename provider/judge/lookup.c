/* lookup.c - the lookup of the policies for a peer, in one of the two stores. */
#include <pinning/judge.h>

#include <pinning/identity.h>
#include <pinning/parse.h>
#include <pinning/store.h>
#include <pinning/verdict.h>
#include <pinning/str.h>

#include "lookup.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

void pin_reference_ids_clear(struct pin_reference_ids *ids)
{
    free(ids->sni);
    free(ids->address);
    for (size_t i = 0; i < ids->host_count; i++)
        free(ids->hosts[i]);
    free(ids->hosts);
    *ids = (struct pin_reference_ids){0};
}

void pin_policies_clear(struct pin_policies *policies)
{
    for (size_t i = 0; i < policies->count; i++)
        pin_policy_clear(&policies->list[i].policy);
    free(policies->list);
    *policies = (struct pin_policies){0};
}

static bool read_settings(const struct pin_store_handle *handle, struct pin_policies *out)
{
    struct pin_text text = {NULL, 0};

    if (pin_store_read_settings(handle, &text, &out->fault) == PIN_STORE_FOUND) {
        /* The whole path, because a process may have two stores, each with a _store. */
        char file[PATH_MAX];
        pin_str_join(file, sizeof file, handle->store->path, "/_store");
        out->settings_known =
            pin_parse_settings(text.bytes, text.len, file, &out->settings, &out->fault);
    }
    pin_text_clear(&text);
    return out->settings_known;
}

/* Looks up the policies in an open store. */
static enum pin_store_status lookup_in_store(struct pin_lookup *lookup, struct pin_modes modes,
                                             const struct pin_reference_ids *ids,
                                             const struct pin_peer *peer)
{
    if (!read_settings(lookup->handle, lookup->out))
        return PIN_STORE_ERROR;
    modes.store = lookup->out->settings.mode; /* off has no end, so no clock is needed */
    if (!pin_modes_enabled(&modes))
        return PIN_STORE_NONE;
    return peer != NULL && peer->is_client ? pin_lookup_client(lookup, peer)
                                           : pin_lookup_server(lookup, ids, peer);
}

void pin_judge_lookup(const struct pin_instance *instance, const struct pin_reference_ids *ids,
                      const struct pin_peer *peer, const struct pin_trace *trace,
                      struct pin_policies *out)
{
    const struct pin_modes modes = {
        .section = instance->config.mode, .store = PIN_MODE_ENFORCE, .file = PIN_MODE_ENFORCE};
    const bool of_client = peer != NULL && peer->is_client;
    struct pin_store_handle handle;
    struct pin_lookup lookup = {&handle, trace, out, PIN_KNOWN_NONE};
    enum pin_store_status status;

    *out = (struct pin_policies){0};
    if (!pin_modes_enabled(&modes))
        return;
    if (!of_client)
        pin_lookup_identity(out, ids);
    if (instance->fault.reason != PIN_OK) {
        out->fault = instance->fault;
        return;
    }
    status = pin_store_open(of_client ? &instance->clients : &instance->pins, &handle, &out->fault);
    if (status == PIN_STORE_FOUND) {
        status = lookup_in_store(&lookup, modes, ids, peer);
        pin_store_close(&handle);
    }
    if (pin_lookup_failed(status)) /* has an effect only if no function before set the fault */
        pin_error_set(&out->fault, PIN_R_INTERNAL, "the lookup failed");
}
