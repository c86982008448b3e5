/*
 * reference.h - reference identifiers to names that can be looked up. Internal to judge/.
 */
#ifndef PINNING_JUDGE_REFERENCE_H
#define PINNING_JUDGE_REFERENCE_H

#include <pinning/judge.h>

/* The peer must satisfy the policies of all of these names. Zeroed it is empty. */
struct pin_reference_names {
    struct pin_names named;      /* by the program: the server name, the address, the hosts */
    size_t sni_end, address_end; /* where the first two end; each may be missing */
    struct pin_names presented;  /* by the leaf, out of many that the program accepts */
};
void pin_reference_names_clear(struct pin_reference_names *names);

/* Collects the names. The hosts of the parameters are alternatives: those that the leaf matches
 * count, or all if it matches none. The leaf may be NULL. Returns false with PIN_R_NAME,
 * PIN_R_INTERNAL, or like pin_presented_ids(). The caller clears *names in either case. */
__attribute__((warn_unused_result)) bool
pin_reference_names_collect(struct pin_reference_names *names, const struct pin_reference_ids *ids,
                            X509 *leaf, struct pin_error *err);

#endif
