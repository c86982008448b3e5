/* lookup_server.c - the policies for a server, from the reference identifiers of the program. */
#include "lookup.h"

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
static enum pin_store_status lookup_presented_ids(struct pin_lookup *lookup, X509 *leaf)
{
    struct pin_names presented_ids = {NULL, 0, 0};
    enum pin_store_status status = PIN_STORE_NONE;

    if (!pin_presented_ids(leaf, &presented_ids, &lookup->out->fault))
        status = PIN_STORE_ERROR;
    for (size_t i = 0; i < presented_ids.count && !pin_lookup_failed(status); i++)
        status = pin_lookup_walk(lookup, &presented_ids.list[i], false);
    pin_names_clear(&presented_ids);
    return status;
}

/* Looks up the files for a connection without a name: of the address of its socket (by_address is
 * the result of that), of the names in the leaf, _nameless and _default. */
static enum pin_store_status lookup_nameless_files(struct pin_lookup *lookup,
                                                   enum pin_store_status by_address,
                                                   const struct pin_identity *socket, X509 *leaf)
{
    enum pin_store_status status = by_address;

    if (!pin_lookup_failed(status) && leaf != NULL)
        status = lookup_presented_ids(lookup, leaf);
    if (!pin_lookup_failed(status) && by_address == PIN_STORE_NONE)
        status = pin_lookup_file(lookup, "_nameless", false, socket, false);
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
    if (ids->socket_len != 0 && pin_identity_from_address(ids->socket, ids->socket_len, &socket))
        status = pin_lookup_walk(lookup, &socket, true);
    status = lookup_nameless_files(lookup, status, &socket, peer != NULL ? peer->leaf.cert : NULL);
    if (socket.text[0] == '\0' && lookup->out->count > 0)
        lookup->out->identity = lookup->out->list[0].identity;
    return status;
}

/* A host in the parameters with a leading dot accepts every host below it. Adds those that the leaf
 * presents, or the parent if it presents none. */
static bool add_below(struct pin_names *names, const char *suffix,
                      const struct pin_names *presented_ids)
{
    struct pin_identity parent;
    bool any = false;

    for (size_t i = 0; i < presented_ids->count; i++) {
        if (!pin_identity_is_below(&presented_ids->list[i], suffix))
            continue;
        if (!pin_names_add(names, &presented_ids->list[i]))
            return false;
        any = true;
    }
    return any || !pin_identity_parse(suffix + 1, strlen(suffix + 1), &parent) ||
           pin_names_add(names, &parent);
}

/* Collects every host that the parameters accept. Fails like pin_presented_ids(), or without an
 * error when out of memory. */
static bool collect_hosts(struct pin_names *all, const struct pin_reference_ids *ids, X509 *leaf,
                          struct pin_error *err)
{
    struct pin_names presented_ids = {NULL, 0, 0};
    struct pin_identity id;
    bool ok = true;

    for (size_t i = 0; ok && i < ids->host_count; i++) {
        const char *host = ids->hosts[i];
        if (host[0] == '.')
            ok = (leaf == NULL || presented_ids.count > 0 ||
                  pin_presented_ids(leaf, &presented_ids, err)) &&
                 add_below(all, host, &presented_ids);
        else if (pin_identity_parse(host, strlen(host), &id))
            ok = pin_names_add(all, &id);
    }
    pin_names_clear(&presented_ids);
    return ok;
}

/* Adds the hosts in the parameters. They are alternatives: those that the leaf matches count, or
 * all if it matches none. */
static bool add_hosts(struct pin_names *names, const struct pin_reference_ids *ids, X509 *leaf,
                      struct pin_error *err)
{
    struct pin_names all = {NULL, 0, 0};
    bool ok = collect_hosts(&all, ids, leaf, err), any = false;

    for (size_t i = 0; ok && leaf != NULL && all.count > 1 && i < all.count; i++) {
        if (pin_leaf_matches(leaf, &all.list[i])) {
            ok = pin_names_add(names, &all.list[i]);
            any = true;
        }
    }
    for (size_t i = 0; ok && !any && i < all.count; i++)
        ok = pin_names_add(names, &all.list[i]);
    pin_names_clear(&all);
    return ok || pin_error_set(err, PIN_R_INTERNAL, "out of memory");
}

static bool add_name(struct pin_names *names, const char *name, struct pin_error *err)
{
    struct pin_identity id;
    /* A name that is not a host name cannot have a file: then the connection is without a name. */
    return name == NULL || !pin_identity_parse(name, strlen(name), &id) ||
           pin_names_add(names, &id) || pin_error_set(err, PIN_R_INTERNAL, "out of memory");
}

/* Hosts that are alternatives, and names that only the certificate contains, depend on the leaf. */
static bool is_for_any_leaf(const struct pin_names *names, const struct pin_reference_ids *ids)
{
    return names->count > 0 &&
           (ids->host_count == 0 || (ids->host_count == 1 && ids->hosts[0][0] != '.'));
}

static enum pin_store_status lookup_names(struct pin_lookup *lookup, const struct pin_names *names)
{
    enum pin_store_status status = PIN_STORE_NONE;

    for (size_t i = 0; i < names->count && !pin_lookup_failed(status); i++) {
        pin_trace(lookup->trace, "looking for %s", names->list[i].text);
        status = walk_to_default(lookup, &names->list[i]);
    }
    return status;
}

enum pin_store_status pin_lookup_server(struct pin_lookup *lookup,
                                        const struct pin_reference_ids *ids,
                                        const struct pin_peer *peer)
{
    struct pin_error *err = &lookup->out->fault;
    struct pin_names names = {NULL, 0, 0};
    enum pin_store_status status = PIN_STORE_ERROR;

    if (add_name(&names, ids->sni, err) && add_name(&names, ids->address, err) &&
        add_hosts(&names, ids, peer != NULL ? peer->leaf.cert : NULL, err)) {
        status =
            names.count == 0 ? lookup_nameless(lookup, ids, peer) : lookup_names(lookup, &names);
        lookup->out->for_any_leaf = is_for_any_leaf(&names, ids);
    }
    pin_names_clear(&names);
    return status;
}

void pin_lookup_identity(struct pin_identity *identity, const struct pin_reference_ids *ids)
{
    const char *host = ids->host_count > 0 ? ids->hosts[0] : NULL;
    const char *const names[] = {ids->sni, ids->address, host};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i] != NULL && pin_identity_parse(names[i], strlen(names[i]), identity))
            return;
    (void)pin_identity_from_address(ids->socket, ids->socket_len, identity);
}
