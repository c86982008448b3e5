/* lookup_server.c - the policies for a server, from the reference identifiers of the program. */
#include "lookup.h"
#include "reference.h"

#include <pinning/identity.h>

#include <string.h>

static const struct pin_identity no_identity; /* where no name and no address is known */

static enum pin_store_status walk_to_default(struct pin_lookup *lookup,
                                             const struct pin_identity *identity)
{
    enum pin_store_status status = pin_lookup_walk(lookup, identity, true);

    return status == PIN_STORE_NONE ? pin_lookup_file(lookup, "_default", false, identity, true)
                                    : status;
}

/* Looks up every name in the leaf: a peer whose certificate contains a pinned name must match that
 * pin. */
static enum pin_store_status lookup_leaf(struct pin_lookup *lookup, X509 *leaf)
{
    struct pin_names presented_ids = {0};
    const struct pin_identity *id;
    enum pin_store_status status = PIN_STORE_ERROR;

    if (pin_presented_ids(leaf, &presented_ids, &lookup->out->fault))
        status = pin_lookup_presented(lookup, &presented_ids, &id);
    pin_names_clear(&presented_ids);
    return status;
}

/* Looks up the files for a connection without a name: of the address of its socket (by_address is
 * the result of that), of the names in the leaf, _nameless and _default. */
static enum pin_store_status lookup_nameless_files(struct pin_lookup *lookup,
                                                   enum pin_store_status by_address,
                                                   const struct pin_identity *socket, X509 *leaf)
{
    const enum pin_known_by by_socket = socket->text[0] != '\0' ? PIN_KNOWN_SOCKET : PIN_KNOWN_NONE;
    enum pin_store_status status = by_address;

    lookup->known_by = PIN_KNOWN_CERTIFICATE;
    if (!pin_lookup_failed(status) && leaf != NULL)
        status = lookup_leaf(lookup, leaf);
    lookup->known_by = by_socket;
    if (!pin_lookup_failed(status) && by_address == PIN_STORE_NONE) {
        status = pin_lookup_file(lookup, "_nameless", false, socket, false);
        lookup->out->nameless = status == PIN_STORE_NONE;
    }
    if (!pin_lookup_failed(status) && lookup->out->count == 0)
        status = pin_lookup_file(lookup, "_default", false, socket, true);
    return status;
}

static enum pin_store_status lookup_nameless(struct pin_lookup *lookup,
                                             const struct pin_reference_ids *ids,
                                             const struct pin_peer *peer)
{
    struct pin_identity socket = no_identity;
    enum pin_store_status status = PIN_STORE_NONE;

    pin_trace(lookup->trace, "the program names no host");
    if (ids->socket_error != 0) {
        pin_error_set_sys(&lookup->out->fault, PIN_R_INTERNAL, ids->socket_error,
                          "cannot read the peer's address, which may be pinned");
        return PIN_STORE_ERROR;
    }
    if (ids->socket_len != 0 && pin_identity_from_address(ids->socket, ids->socket_len, &socket)) {
        lookup->known_by = PIN_KNOWN_SOCKET;
        status = pin_lookup_walk(lookup, &socket, true);
    }
    status = lookup_nameless_files(lookup, status, &socket, peer != NULL ? peer->leaf.cert : NULL);
    if (socket.text[0] == '\0' && lookup->out->count > 0) {
        lookup->out->identity = lookup->out->list[0].identity;
        lookup->out->known_by = lookup->out->list[0].known_by;
    }
    return status;
}

/* Alternatives, and names that only the certificate contains, depend on the leaf. */
static bool is_for_any_leaf(const struct pin_reference_names *names,
                            const struct pin_reference_ids *ids)
{
    return names->named.count > 0 && !ids->more_addresses &&
           (ids->host_count == 0 || (ids->host_count == 1 && ids->hosts[0][0] != '.'));
}

static enum pin_store_status lookup_names(struct pin_lookup *lookup,
                                          const struct pin_reference_names *names)
{
    const struct pin_identity *id;
    enum pin_store_status status = PIN_STORE_NONE;

    for (size_t i = 0; i < names->named.count && !pin_lookup_failed(status); i++) {
        lookup->known_by = i < names->sni_end       ? PIN_KNOWN_SNI
                           : i < names->address_end ? PIN_KNOWN_ADDRESS
                                                    : PIN_KNOWN_HOST;
        pin_trace(lookup->trace, "looking for %s", names->named.list[i].text);
        pin_trace(lookup->trace, "this name is known by: %s", pin_known_by_name(lookup->known_by));
        status = walk_to_default(lookup, &names->named.list[i]);
    }
    if (pin_lookup_failed(status) || names->presented.count == 0)
        return status;
    pin_trace(lookup->trace, "looking for the names in the certificate that the program accepts");
    lookup->known_by = PIN_KNOWN_CERTIFICATE;
    status = pin_lookup_presented(lookup, &names->presented, &id);
    if (!pin_lookup_failed(status) && id != NULL)
        status = pin_lookup_file(lookup, "_default", false, id, false);
    return status;
}

enum pin_store_status pin_lookup_server(struct pin_lookup *lookup,
                                        const struct pin_reference_ids *ids,
                                        const struct pin_peer *peer)
{
    struct pin_reference_names names = {0};
    enum pin_store_status status = PIN_STORE_ERROR;

    if (pin_reference_names_collect(&names, ids, peer != NULL ? peer->leaf.cert : NULL,
                                    &lookup->out->fault)) {
        status = names.named.count == 0 && names.presented.count == 0
                     ? lookup_nameless(lookup, ids, peer)
                     : lookup_names(lookup, &names);
        lookup->out->for_any_leaf = is_for_any_leaf(&names, ids);
    }
    pin_reference_names_clear(&names);
    return status;
}

void pin_lookup_identity(struct pin_policies *out, const struct pin_reference_ids *ids)
{
    const struct {
        const char *name;
        enum pin_known_by known_by;
    } names[] = {{ids->sni, PIN_KNOWN_SNI},
                 {ids->address, PIN_KNOWN_ADDRESS},
                 {ids->host_count > 0 ? ids->hosts[0] : NULL, PIN_KNOWN_HOST}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].name == NULL || !pin_identity_read_name(names[i].name, &out->identity))
            continue;
        out->known_by = names[i].known_by;
        return;
    }
    if (pin_identity_from_address(ids->socket, ids->socket_len, &out->identity))
        out->known_by = PIN_KNOWN_SOCKET;
}
