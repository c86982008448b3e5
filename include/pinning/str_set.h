/*
 * str_set.h - a set of strings.
 *
 * Thread-safe as long as one thread at a time uses a set.
 */
#ifndef PINNING_STR_SET_H
#define PINNING_STR_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed it is empty, and may be cleared. */
struct pin_str_set {
    const char **slots; /* open addressing, at most half of them in use; the strings are borrowed */
    size_t size;        /* 0 or a power of two */
    size_t count;
    uint64_t seed; /* of the hash: otherwise a peer could choose names that all collide */
};

/* Returns whether the set contains an equal string. */
bool pin_str_set_has(const struct pin_str_set *set, const char *text);

/* Adds text, which must outlive the set, unless an equal string is in it. Returns false when out of
 * memory; the set is then unchanged. */
__attribute__((warn_unused_result)) bool pin_str_set_add(struct pin_str_set *set, const char *text);

/* Frees the set, not the strings, and zeroes it. */
void pin_str_set_clear(struct pin_str_set *set);

#endif
