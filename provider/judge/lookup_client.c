/* lookup_client.c - the policies for the certificate of a client. */
#include "lookup.h"

#include <pinning/identity.h>

static void trace_names(const struct pin_lookup *lookup, const struct pin_names *ids)
{
    for (size_t i = 0; lookup->trace != NULL && i < ids->count; i++)
        pin_trace(lookup->trace, "looking for the client %s", ids->list[i].text);
}

enum pin_store_status pin_lookup_client(struct pin_lookup *lookup, const struct pin_peer *peer)
{
    struct pin_policies *out = lookup->out;
    struct pin_names presented_ids = {0};
    const struct pin_identity *id = NULL;
    enum pin_store_status status = PIN_STORE_NONE;

    if (peer->leaf.cert != NULL &&
        !pin_presented_client_ids(peer->leaf.cert, &presented_ids, &out->fault))
        status = PIN_STORE_ERROR;
    if (presented_ids.count > 0)
        out->known_by = lookup->known_by = PIN_KNOWN_CERTIFICATE;
    trace_names(lookup, &presented_ids);
    if (!pin_lookup_failed(status))
        status = pin_lookup_presented(lookup, &presented_ids, &id);
    /* For the record: the first name, or the name whose file cannot be used. */
    if (presented_ids.count > 0)
        out->identity = pin_lookup_failed(status) && id != NULL ? *id : presented_ids.list[0];
    pin_names_clear(&presented_ids);
    if (!pin_lookup_failed(status) && out->count == 0)
        status = pin_lookup_file(lookup, "_default", false, &out->identity, false);
    return status;
}
