/* lookup_presented.c - the policies for names that the certificate presents. */
#include "lookup.h"

#include <pinning/identity.h>
#include <pinning/str_set.h>

/* What was read. A peer chooses the names and their number, so each file is read once, however many
 * names share it. Its policy then applies once, because nothing in it depends on the name. The
 * strings belong to the names. */
struct files {
    struct pin_str_set read;
    struct pin_str_set own; /* names that have a file */
    struct pin_str_set for_subdomains;
};

static void clear(struct files *files)
{
    pin_str_set_clear(&files->read);
    pin_str_set_clear(&files->own);
    pin_str_set_clear(&files->for_subdomains);
}

static enum pin_store_status out_of_memory(struct pin_lookup *lookup)
{
    pin_error_set(&lookup->out->fault, PIN_R_INTERNAL, "out of memory");
    return PIN_STORE_ERROR;
}

static enum pin_store_status read_own(struct pin_lookup *lookup, struct files *files,
                                      const struct pin_identity *id)
{
    const struct pin_policies *out = lookup->out;
    enum pin_store_status status = pin_lookup_file(lookup, id->text, false, id, false);

    if (pin_lookup_failed(status))
        return status;
    if (!pin_str_set_add(&files->read, id->text) ||
        (status == PIN_STORE_FOUND && (!pin_str_set_add(&files->own, id->text) ||
                                       (out->list[out->count - 1].policy.subdomains &&
                                        !pin_str_set_add(&files->for_subdomains, id->text)))))
        return out_of_memory(lookup);
    return status;
}

static enum pin_store_status read_parent(struct pin_lookup *lookup, struct files *files,
                                         const struct pin_identity *id, const char *parent)
{
    enum pin_store_status status;

    if (pin_str_set_has(&files->read, parent))
        return pin_str_set_has(&files->for_subdomains, parent) ? PIN_STORE_FOUND : PIN_STORE_NONE;
    status = pin_lookup_file(lookup, parent, true, id, false);
    if (pin_lookup_failed(status))
        return status;
    if (!pin_str_set_add(&files->read, parent) ||
        (status == PIN_STORE_FOUND && !pin_str_set_add(&files->for_subdomains, parent)))
        return out_of_memory(lookup);
    return status;
}

/* Returns FOUND also for a file that an earlier name led to. */
static enum pin_store_status walk_parents(struct pin_lookup *lookup, struct files *files,
                                          const struct pin_identity *id)
{
    enum pin_store_status status = PIN_STORE_NONE;

    for (const char *parent = pin_identity_parent(id, id->text);
         parent != NULL && status == PIN_STORE_NONE; parent = pin_identity_parent(id, parent))
        status = read_parent(lookup, files, id, parent);
    return status;
}

/* The names come before their parents, because the file of a name applies to it with and without
 * subdomains = yes. */
static enum pin_store_status walk_all(struct pin_lookup *lookup, struct files *files,
                                      const struct pin_names *ids, const struct pin_identity **id)
{
    const struct pin_identity *without_file = NULL;
    enum pin_store_status status = PIN_STORE_NONE;

    for (size_t i = 0; i < ids->count && !pin_lookup_failed(status); i++) {
        *id = &ids->list[i];
        status = read_own(lookup, files, *id);
    }
    for (size_t i = 0; i < ids->count && !pin_lookup_failed(status); i++) {
        *id = &ids->list[i];
        if (pin_str_set_has(&files->own, (*id)->text))
            continue;
        status = walk_parents(lookup, files, *id);
        if (status == PIN_STORE_NONE && without_file == NULL)
            without_file = *id;
    }
    if (!pin_lookup_failed(status))
        *id = without_file;
    return status;
}

enum pin_store_status pin_lookup_presented(struct pin_lookup *lookup, const struct pin_names *ids,
                                           const struct pin_identity **id)
{
    struct files files = {0};
    enum pin_store_status status;

    *id = NULL;
    status = walk_all(lookup, &files, ids, id);
    clear(&files);
    return status;
}
