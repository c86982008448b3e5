/* lookup_client.c - the policies for the certificate of a client. */
#include "lookup.h"

#include <pinning/identity.h>

#include <string.h>

/* A mail address has no parents, because only hosts have subdomains. */
static enum pin_store_status lookup_presented_id(struct pin_lookup *lookup,
                                                 const struct pin_identity *id)
{
    pin_trace(lookup->trace, "looking for the client %s", id->text);
    return strchr(id->text, '@') != NULL ? pin_lookup_file(lookup, id->text, false, id, false)
                                         : pin_lookup_walk(lookup, id, false);
}

enum pin_store_status pin_lookup_client(struct pin_lookup *lookup, const struct pin_peer *peer)
{
    struct pin_policies *out = lookup->out;
    struct pin_names presented_ids = {NULL, 0, 0};
    enum pin_store_status status = PIN_STORE_NONE;
    size_t i = 0;

    if (peer->leaf.cert != NULL &&
        !pin_presented_client_ids(peer->leaf.cert, &presented_ids, &out->fault))
        status = PIN_STORE_ERROR;
    while (i < presented_ids.count && !pin_lookup_failed(status))
        status = lookup_presented_id(lookup, &presented_ids.list[i++]);
    /* For the record: the first name, or the name whose file cannot be used. */
    if (presented_ids.count > 0)
        out->identity = presented_ids.list[pin_lookup_failed(status) && i > 0 ? i - 1 : 0];
    pin_names_clear(&presented_ids);
    if (!pin_lookup_failed(status) && out->count == 0)
        status = pin_lookup_file(lookup, "_default", false, &out->identity, false);
    return status;
}
