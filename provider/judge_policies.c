/* Names and clock to policies. */
#include <pinning/judge.h>

#include <pinning/identity.h>
#include <pinning/leaf.h>
#include <pinning/parse.h>
#include <pinning/store.h>

#include "judge_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(PIN_FILE_MAX == PIN_STORE_FILE_MAX, "parse takes what store reads");

static const struct pin_identity nobody; /* where no name and no address is known */

void pin_judge_open(struct pin_module *module)
{
    const struct pin_config *config = &module->config;

    if (module->fault.reason == PIN_OK)
        (void)!pin_store_init(&module->pins, config->pins, &module->fault);
    if (module->fault.reason == PIN_OK && config->clients != NULL)
        (void)!pin_store_init(&module->clients, config->clients, &module->fault);
}

void pin_asked_clear(struct pin_asked *asked)
{
    free(asked->sni);
    free(asked->address);
    for (size_t i = 0; i < asked->host_count; i++)
        free(asked->hosts[i]);
    free(asked->hosts);
    *asked = (struct pin_asked){0};
}

void pin_policies_clear(struct pin_policies *policies)
{
    for (size_t i = 0; i < policies->count; i++)
        pin_policy_clear(&policies->list[i].policy);
    free(policies->list);
    *policies = (struct pin_policies){0};
}

bool pin_policies_empty(const struct pin_policies *policies)
{
    return policies->count == 0 && policies->fault.reason == PIN_OK &&
           !(policies->head_known && policies->head.refuse_unpinned);
}

/* Adds the policy, which then belongs to the list. */
static enum pin_answer keep(struct pin_look *look, const struct pin_holding *holding)
{
    struct pin_policies *out = look->out;
    struct pin_holding *list = realloc(out->list, (out->count + 1) * sizeof *list);

    if (list == NULL) {
        pin_error_set(&out->fault, PIN_R_INTERNAL, "out of memory");
        return PIN_STORE_ERROR;
    }
    out->list = list;
    out->list[out->count++] = *holding;
    return PIN_STORE_FOUND;
}

/* Opens NAME.pins. On FOUND the caller has the policy. */
static enum pin_answer read_policy(struct pin_look *look, const char *name,
                                   struct pin_policy *policy)
{
    struct pin_text text = {NULL, 0};
    enum pin_answer answer = pin_store_read(look->visit, name, &text, &look->out->fault);

    if (answer == PIN_STORE_NONE) {
        pin_trace(look->trace, "%s.pins: not there", name);
        return answer;
    }
    if (answer == PIN_STORE_FOUND) {
        char file[PIN_IDENTITY_MAX + sizeof ".pins"];
        snprintf(file, sizeof file, "%s.pins", name);
        if (!pin_parse_policy(text.bytes, text.len, file, policy, &look->out->fault))
            answer = PIN_STORE_ERROR;
    }
    pin_text_clear(&text);
    if (answer == PIN_STORE_FOUND) {
        pin_trace(look->trace, "%s.pins: found", name);
        return answer;
    }
    pin_trace(look->trace, "%s", look->out->fault.text);
    if (look->out->fault_name[0] == '\0')
        snprintf(look->out->fault_name, sizeof look->out->fault_name, "%s", name);
    return answer;
}

enum pin_answer pin_look_file(struct pin_look *look, const char *name, bool is_parent,
                              const struct pin_identity *subject, bool must_bear)
{
    struct pin_holding holding = {.subject = *subject, .must_bear = must_bear};
    enum pin_answer answer = read_policy(look, name, &holding.policy);

    if (answer != PIN_STORE_FOUND)
        return answer;
    if (is_parent && !holding.policy.subdomains) {
        pin_trace(look->trace, "%s.pins: does not say subdomains = yes", name);
        answer = PIN_STORE_NONE;
    } else {
        snprintf(holding.name, sizeof holding.name, "%s", name);
        answer = keep(look, &holding);
    }
    if (answer != PIN_STORE_FOUND)
        pin_policy_clear(&holding.policy);
    return answer;
}

enum pin_answer pin_look_walk(struct pin_look *look, const struct pin_identity *subject,
                              bool must_bear)
{
    enum pin_answer answer = PIN_STORE_NONE;

    for (const char *name = subject->text; name != NULL && answer == PIN_STORE_NONE;
         name = pin_identity_parent(subject, name))
        answer = pin_look_file(look, name, name != subject->text, subject, must_bear);
    return answer;
}

static enum pin_answer walk_to_default(struct pin_look *look, const struct pin_identity *subject)
{
    enum pin_answer answer = pin_look_walk(look, subject, true);
    return answer == PIN_STORE_NONE ? pin_look_file(look, "_default", false, subject, true)
                                    : answer;
}

bool pin_look_failed(const struct pin_look *look)
{
    return look->out->fault.reason != PIN_OK;
}

static void look_nameless(struct pin_look *look, const struct pin_asked *asked,
                          const struct pin_peer *peer)
{
    struct pin_identity socket = nobody;
    struct pin_names claims = {NULL, 0, 0};
    enum pin_answer by_address = PIN_STORE_NONE;

    pin_trace(look->trace, "the program names no host");
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

static void look_names(struct pin_look *look, const struct pin_asked *asked,
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
    }
    pin_names_clear(&names);
}

/* For the record, also where nothing can be looked up: the first name that was asked for. */
static void name_subject(struct pin_identity *subject, const struct pin_asked *asked)
{
    const char *host = asked->host_count > 0 ? asked->hosts[0] : NULL;
    const char *const names[] = {asked->sni, asked->address, host};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i] != NULL && pin_identity_parse(names[i], strlen(names[i]), subject))
            return;
    (void)pin_identity_from_address(asked->socket, asked->socket_len, subject);
}

static bool read_head(const struct pin_visit *visit, struct pin_policies *out)
{
    struct pin_text text = {NULL, 0};

    if (pin_store_read_head(visit, &text, &out->fault) == PIN_STORE_FOUND)
        out->head_known = pin_parse_head(text.bytes, text.len, "_store", &out->head, &out->fault);
    pin_text_clear(&text);
    return out->head_known;
}

void pin_judge_look(const struct pin_module *module, const struct pin_asked *asked,
                    const struct pin_peer *peer, time_t now, const struct pin_trace *trace,
                    struct pin_policies *out)
{
    struct pin_modes modes = {module->config.mode, PIN_MODE_ENFORCE, PIN_MODE_ENFORCE};
    const bool of_client = peer != NULL && peer->is_client;
    struct pin_visit visit;
    struct pin_look look = {&visit, trace, out};

    (void)now;
    *out = (struct pin_policies){0};
    if (!pin_verdict_asks(&modes))
        return;
    if (!of_client)
        name_subject(&out->subject, asked);
    if (module->fault.reason != PIN_OK) {
        out->fault = module->fault;
        return;
    }
    if (pin_store_enter(of_client ? &module->clients : &module->pins, &visit, &out->fault) !=
        PIN_STORE_FOUND)
        return;
    if (read_head(&visit, out)) {
        modes.store = out->head.mode;
        if (pin_verdict_asks(&modes) && of_client)
            pin_look_client(&look, peer);
        else if (pin_verdict_asks(&modes))
            look_names(&look, asked, peer);
    }
    pin_store_leave(&visit);
}
