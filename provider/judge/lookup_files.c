/* lookup_files.c - pin files to applied policies. */
#include "lookup.h"

#include <pinning/identity.h>
#include <pinning/parse.h>
#include <pinning/store.h>
#include <pinning/str.h>

#include <stdlib.h>
#include <string.h>

/* Adds a policy, which then belongs to the list. */
static enum pin_store_status keep(struct pin_lookup *lookup,
                                  const struct pin_applied_policy *applied)
{
    struct pin_policies *out = lookup->out;
    struct pin_applied_policy *list = realloc(out->list, (out->count + 1) * sizeof *list);

    if (list == NULL) {
        pin_error_set(&out->fault, PIN_R_INTERNAL, "out of memory");
        return PIN_STORE_ERROR;
    }
    out->list = list;
    out->list[out->count++] = *applied;
    return PIN_STORE_FOUND;
}

/* Reads NAME.pins. On FOUND the caller owns the policy. */
static enum pin_store_status read_policy(struct pin_lookup *lookup, const char *name,
                                         struct pin_policy *policy)
{
    struct pin_text text = {NULL, 0};
    enum pin_store_status status = pin_store_read(lookup->handle, name, &text, &lookup->out->fault);

    if (status == PIN_STORE_NONE) {
        pin_trace(lookup->trace, "%s.pins: not there", name);
        return status;
    }
    if (status == PIN_STORE_FOUND) {
        char file[PIN_IDENTITY_MAX + sizeof ".pins"];
        pin_str_join(file, sizeof file, name, ".pins");
        if (!pin_parse_policy(text.bytes, text.len, file, policy, &lookup->out->fault))
            status = PIN_STORE_ERROR;
    }
    pin_text_clear(&text);
    if (status == PIN_STORE_FOUND) {
        pin_trace(lookup->trace, "%s.pins: found", name);
        return status;
    }
    pin_trace(lookup->trace, "%s", lookup->out->fault.text);
    if (lookup->out->fault_name[0] == '\0')
        pin_str_join(lookup->out->fault_name, sizeof lookup->out->fault_name, name, "");
    return status;
}

enum pin_store_status pin_lookup_file(struct pin_lookup *lookup, const char *name, bool is_parent,
                                      const struct pin_identity *identity, bool require_name_match)
{
    struct pin_applied_policy applied = {.identity = *identity,
                                         .known_by = lookup->known_by,
                                         .require_name_match = require_name_match};
    enum pin_store_status status = read_policy(lookup, name, &applied.policy);

    if (status != PIN_STORE_FOUND)
        return status;
    if (is_parent && !applied.policy.subdomains) {
        pin_trace(lookup->trace, "%s.pins: does not say subdomains = yes", name);
        status = PIN_STORE_NONE;
    } else {
        pin_str_join(applied.name, sizeof applied.name, name, "");
        status = keep(lookup, &applied);
    }
    if (status != PIN_STORE_FOUND)
        pin_policy_clear(&applied.policy);
    return status;
}

enum pin_store_status pin_lookup_walk(struct pin_lookup *lookup,
                                      const struct pin_identity *identity, bool require_name_match)
{
    enum pin_store_status status = PIN_STORE_NONE;

    for (const char *name = identity->text; name != NULL && status == PIN_STORE_NONE;
         name = pin_identity_parent(identity, name))
        status =
            pin_lookup_file(lookup, name, name != identity->text, identity, require_name_match);
    return status;
}

bool pin_lookup_failed(enum pin_store_status status)
{
    return status == PIN_STORE_UNSAFE || status == PIN_STORE_ERROR;
}
