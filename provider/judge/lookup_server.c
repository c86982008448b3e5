/* Whom a program asked for, to the files that hold for it. */
#include "lookup.h"

#include <pinning/identity.h>

#include <string.h>

static const struct pin_identity no_identity; /* where no name and no address is known */

static enum pin_store_status walk_to_default(struct pin_lookup *lookup,
                                             const struct pin_identity *subject)
{
    enum pin_store_status status = pin_lookup_walk(lookup, subject, true);
    return status == PIN_STORE_NONE ? pin_lookup_file(lookup, "_default", false, subject, true)
                                    : status;
}

static void look_nameless(struct pin_lookup *lookup, const struct pin_reference_ids *ids,
                          const struct pin_peer *peer)
{
    struct pin_identity socket = no_identity;
    struct pin_names presented_ids = {NULL, 0, 0};
    enum pin_store_status by_address = PIN_STORE_NONE;

    pin_trace(lookup->trace, "the program names no host");
    if (ids->socket_error != 0)
        pin_error_set_sys(&lookup->out->fault, PIN_R_INTERNAL, ids->socket_error,
                          "cannot learn the peer's address, which may be pinned");
    if (ids->socket_len != 0 && pin_identity_from_address(ids->socket, ids->socket_len, &socket))
        by_address = pin_lookup_walk(lookup, &socket, true);
    if (!pin_lookup_failed(lookup) && peer != NULL && peer->leaf.cert != NULL &&
        pin_presented_ids(peer->leaf.cert, &presented_ids, &lookup->out->fault)) {
        /* Who claims a pinned name must hold its pin. */
        for (size_t i = 0; i < presented_ids.count && !pin_lookup_failed(lookup); i++)
            pin_lookup_walk(lookup, &presented_ids.list[i], false);
    }
    pin_names_clear(&presented_ids);
    if (!pin_lookup_failed(lookup) && by_address == PIN_STORE_NONE)
        pin_lookup_file(lookup, "_nameless", false, &socket, false);
    if (!pin_lookup_failed(lookup) && lookup->out->count == 0)
        pin_lookup_file(lookup, "_default", false, &socket, true);
    if (socket.text[0] == '\0' && lookup->out->count > 0)
        lookup->out->subject = lookup->out->list[0].subject;
}

/* A host in the parameters with a leading dot accepts every host below: then those that the leaf
 * claims count, or the parent if it claims none. */
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

/* Every host that the parameters accept. */
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

/* They are alternatives: those that the leaf bears count, or all if it bears none. */
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
    /* What is no host name can have no file: the connection is then looked up as a nameless one. */
    return name == NULL || !pin_identity_parse(name, strlen(name), &id) ||
           pin_names_add(names, &id) || pin_error_set(err, PIN_R_INTERNAL, "out of memory");
}

/* Hosts that are alternatives, and names that only the certificate tells, depend on it. */
static bool is_for_any_leaf(const struct pin_names *names, const struct pin_reference_ids *ids)
{
    return names->count > 0 &&
           (ids->host_count == 0 || (ids->host_count == 1 && ids->hosts[0][0] != '.'));
}

void pin_lookup_server(struct pin_lookup *lookup, const struct pin_reference_ids *ids,
                       const struct pin_peer *peer)
{
    struct pin_error *err = &lookup->out->fault;
    struct pin_names names = {NULL, 0, 0};

    if (add_name(&names, ids->sni, err) && add_name(&names, ids->address, err) &&
        add_hosts(&names, ids, peer != NULL ? peer->leaf.cert : NULL, err)) {
        if (names.count == 0)
            look_nameless(lookup, ids, peer);
        for (size_t i = 0; i < names.count && !pin_lookup_failed(lookup); i++) {
            pin_trace(lookup->trace, "looking for %s", names.list[i].text);
            walk_to_default(lookup, &names.list[i]);
        }
        lookup->out->for_any_leaf = is_for_any_leaf(&names, ids);
    }
    pin_names_clear(&names);
}

/* For the record, also where nothing can be looked up: the first name that was asked for. */
void pin_lookup_identity(struct pin_identity *subject, const struct pin_reference_ids *ids)
{
    const char *host = ids->host_count > 0 ? ids->hosts[0] : NULL;
    const char *const names[] = {ids->sni, ids->address, host};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i] != NULL && pin_identity_parse(names[i], strlen(names[i]), subject))
            return;
    (void)pin_identity_from_address(ids->socket, ids->socket_len, subject);
}
