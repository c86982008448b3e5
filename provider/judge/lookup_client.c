/* The certificate of a client to policies: we are the server, and it has shown one. */
#include "lookup.h"

#include <pinning/identity.h>

#include <string.h>

/* A mail address has no parents: only hosts stand below hosts. */
static void look_claim(struct pin_lookup *lookup, const struct pin_identity *claim)
{
    pin_trace(lookup->trace, "looking for the client %s", claim->text);
    if (strchr(claim->text, '@') != NULL)
        pin_lookup_file(lookup, claim->text, false, claim, false);
    else
        pin_lookup_walk(lookup, claim, false);
}

void pin_lookup_client(struct pin_lookup *lookup, const struct pin_peer *peer)
{
    struct pin_policies *out = lookup->out;
    struct pin_names presented_ids = {NULL, 0, 0};
    size_t i = 0;

    if (peer->leaf.cert == NULL ||
        pin_presented_client_ids(peer->leaf.cert, &presented_ids, &out->fault)) {
        while (i < presented_ids.count && !pin_lookup_failed(lookup))
            look_claim(lookup, &presented_ids.list[i++]);
    }
    /* For the record: the first name, or that whose file cannot be used. */
    if (presented_ids.count > 0)
        out->subject = presented_ids.list[pin_lookup_failed(lookup) && i > 0 ? i - 1 : 0];
    pin_names_clear(&presented_ids);
    if (!pin_lookup_failed(lookup) && out->count == 0)
        pin_lookup_file(lookup, "_default", false, &out->subject, false);
}
