/* reference.c - reference identifiers to names that can be looked up. */
#include "reference.h"

void pin_reference_names_clear(struct pin_reference_names *names)
{
    pin_names_clear(&names->named);
    pin_names_clear(&names->presented);
}

static bool add(struct pin_names *names, const struct pin_identity *id, struct pin_error *err)
{
    return pin_names_add(names, id) || pin_error_set(err, PIN_R_INTERNAL, "out of memory");
}

/* What is read while names are collected. */
struct collection {
    struct pin_reference_names *names;
    X509 *leaf;
    struct pin_names in_leaf; /* its presented identifiers */
    bool in_leaf_known;
    struct pin_names matching, others; /* hosts that the leaf matches, and that it does not */
    struct pin_error *err;
};

static bool read_leaf(struct collection *c)
{
    if (c->leaf == NULL || c->in_leaf_known)
        return true;
    c->in_leaf_known = true;
    return pin_presented_ids(c->leaf, &c->in_leaf, c->err);
}

/* A resolver may know more forms of a name than we do. So a name that cannot be read may be that
 * of a pinned host. */
static bool read_name(struct collection *c, const char *name, struct pin_identity *out)
{
    return pin_identity_read_name(name, out) ||
           pin_error_set(c->err, PIN_R_NAME,
                         "the program named \"%s\", expected a host name or an address", name);
}

static bool add_name(struct collection *c, const char *name)
{
    struct pin_identity id;

    return name == NULL || name[0] == '\0' ||
           (read_name(c, name, &id) && add(&c->names->named, &id, c->err));
}

/* Addresses are alternatives, and only the first is known. A leaf that does not present that one
 * can have been accepted only for one of the others, so each of its addresses counts. */
static bool add_address(struct collection *c, const struct pin_reference_ids *ids)
{
    struct pin_identity id;

    if (ids->address == NULL || !ids->more_addresses || c->leaf == NULL)
        return add_name(c, ids->address);
    if (!read_name(c, ids->address, &id) || !add(&c->names->named, &id, c->err))
        return false;
    if (pin_leaf_matches(c->leaf, &id))
        return true;
    if (!read_leaf(c))
        return false;
    for (size_t i = 0; i < c->in_leaf.count; i++)
        if (c->in_leaf.list[i].is_address &&
            !add(&c->names->presented, &c->in_leaf.list[i], c->err))
            return false;
    return true;
}

/* A host with a leading dot accepts every host below it. Adds those that the leaf presents, or the
 * parent if it presents none. */
static bool add_below(struct collection *c, const char *suffix)
{
    struct pin_identity parent;
    bool any = false;

    if (!read_leaf(c))
        return false;
    for (size_t i = 0; i < c->in_leaf.count; i++) {
        if (!pin_identity_is_below(&c->in_leaf.list[i], suffix))
            continue;
        if (!add(&c->names->presented, &c->in_leaf.list[i], c->err))
            return false;
        any = true;
    }
    return any || (read_name(c, suffix + 1, &parent) && add(&c->others, &parent, c->err));
}

static bool add_host(struct collection *c, const char *host, bool is_alternative)
{
    struct pin_identity id;

    if (host[0] == '.')
        return add_below(c, host);
    if (!read_name(c, host, &id))
        return false;
    return add(is_alternative && c->leaf != NULL && pin_leaf_matches(c->leaf, &id) ? &c->matching
                                                                                   : &c->others,
               &id, c->err);
}

static bool add_hosts(struct collection *c, const struct pin_reference_ids *ids)
{
    const struct pin_names *hosts = &c->matching;
    const size_t addresses = c->names->presented.count;

    for (size_t i = 0; i < ids->host_count; i++)
        if (!add_host(c, ids->hosts[i], ids->host_count > 1))
            return false;
    if (c->matching.count == 0 && c->names->presented.count == addresses)
        hosts = &c->others;
    for (size_t i = 0; i < hosts->count; i++)
        if (!add(&c->names->named, &hosts->list[i], c->err))
            return false;
    return true;
}

bool pin_reference_names_collect(struct pin_reference_names *names,
                                 const struct pin_reference_ids *ids, X509 *leaf,
                                 struct pin_error *err)
{
    struct collection c = {.names = names, .leaf = leaf, .err = err};
    bool ok = add_name(&c, ids->sni);

    names->sni_end = names->named.count;
    ok = ok && add_address(&c, ids);
    names->address_end = names->named.count;
    ok = ok && add_hosts(&c, ids);

    pin_names_clear(&c.in_leaf);
    pin_names_clear(&c.matching);
    pin_names_clear(&c.others);
    return ok;
}
