/* Whom a program asked for, to the files that hold for it. */
#include "judge_look.h"

#include <pinning/identity.h>
#include <pinning/leaf.h>

#include <string.h>

static const struct pin_identity nobody; /* where no name and no address is known */

static enum pin_answer walk_to_default(struct pin_look *look, const struct pin_identity *subject)
{
    enum pin_answer answer = pin_look_walk(look, subject, true);
    return answer == PIN_STORE_NONE ? pin_look_file(look, "_default", false, subject, true)
                                    : answer;
}

static void look_nameless(struct pin_look *look, const struct pin_asked *asked,
                          const struct pin_peer *peer)
{
    struct pin_identity socket = nobody;
    struct pin_names claims = {NULL, 0, 0};
    enum pin_answer by_address = PIN_STORE_NONE;

    pin_trace(look->trace, "the program names no host");
    if (asked->socket_error != 0)
        pin_error_set_sys(&look->out->fault, PIN_R_INTERNAL, asked->socket_error,
                          "cannot learn the peer's address, which may be pinned");
    if (asked->socket_len != 0 &&
        pin_identity_from_address(asked->socket, asked->socket_len, &socket))
        by_address = pin_look_walk(look, &socket, true);
    if (!pin_look_failed(look) && peer != NULL && peer->leaf.cert != NULL &&
        pin_leaf_names(peer->leaf.cert, &claims, &look->out->fault)) {
        /* Who claims a pinned name must hold its pin. */
        for (size_t i = 0; i < claims.count && !pin_look_failed(look); i++)
            pin_look_walk(look, &claims.list[i], false);
    }
    pin_names_clear(&claims);
    if (!pin_look_failed(look) && by_address == PIN_STORE_NONE)
        pin_look_file(look, "_nameless", false, &socket, false);
    if (!pin_look_failed(look) && look->out->count == 0)
        pin_look_file(look, "_default", false, &socket, true);
    if (socket.text[0] == '\0' && look->out->count > 0)
        look->out->subject = look->out->list[0].subject;
}

/* A host in the parameters with a leading dot accepts every host below: then those that the leaf
 * claims count, or the parent if it claims none. */
static bool add_below(struct pin_names *names, const char *suffix, const struct pin_names *claims)
{
    struct pin_identity parent;
    bool any = false;

    for (size_t i = 0; i < claims->count; i++) {
        if (!pin_identity_is_below(&claims->list[i], suffix))
            continue;
        if (!pin_names_add(names, &claims->list[i]))
            return false;
        any = true;
    }
    return any || !pin_identity_parse(suffix + 1, strlen(suffix + 1), &parent) ||
           pin_names_add(names, &parent);
}

/* Every host that the parameters accept. */
static bool collect_hosts(struct pin_names *all, const struct pin_asked *asked, X509 *leaf,
                          struct pin_error *err)
{
    struct pin_names claims = {NULL, 0, 0};
    struct pin_identity id;
    bool ok = true;

    for (size_t i = 0; ok && i < asked->host_count; i++) {
        const char *host = asked->hosts[i];
        if (host[0] == '.')
            ok = (leaf == NULL || claims.count > 0 || pin_leaf_names(leaf, &claims, err)) &&
                 add_below(all, host, &claims);
        else if (pin_identity_parse(host, strlen(host), &id))
            ok = pin_names_add(all, &id);
    }
    pin_names_clear(&claims);
    return ok;
}

/* They are alternatives: those that the leaf bears count, or all if it bears none. */
static bool add_hosts(struct pin_names *names, const struct pin_asked *asked, X509 *leaf,
                      struct pin_error *err)
{
    struct pin_names all = {NULL, 0, 0};
    bool ok = collect_hosts(&all, asked, leaf, err), any = false;

    for (size_t i = 0; ok && leaf != NULL && all.count > 1 && i < all.count; i++) {
        if (pin_leaf_bears(leaf, &all.list[i])) {
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
static bool is_for_any_leaf(const struct pin_names *names, const struct pin_asked *asked)
{
    return names->count > 0 && (asked->host_count == 0 ||
                                (asked->host_count == 1 && asked->hosts[0][0] != '.'));
}

void pin_look_server(struct pin_look *look, const struct pin_asked *asked,
                     const struct pin_peer *peer)
{
    struct pin_error *err = &look->out->fault;
    struct pin_names names = {NULL, 0, 0};

    if (add_name(&names, asked->sni, err) && add_name(&names, asked->address, err) &&
        add_hosts(&names, asked, peer != NULL ? peer->leaf.cert : NULL, err)) {
        if (names.count == 0)
            look_nameless(look, asked, peer);
        for (size_t i = 0; i < names.count && !pin_look_failed(look); i++) {
            pin_trace(look->trace, "looking for %s", names.list[i].text);
            walk_to_default(look, &names.list[i]);
        }
        look->out->for_any_leaf = is_for_any_leaf(&names, asked);
    }
    pin_names_clear(&names);
}

/* For the record, also where nothing can be looked up: the first name that was asked for. */
void pin_look_subject(struct pin_identity *subject, const struct pin_asked *asked)
{
    const char *host = asked->host_count > 0 ? asked->hosts[0] : NULL;
    const char *const names[] = {asked->sni, asked->address, host};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i] != NULL && pin_identity_parse(names[i], strlen(names[i]), subject))
            return;
    (void)pin_identity_from_address(asked->socket, asked->socket_len, subject);
}
