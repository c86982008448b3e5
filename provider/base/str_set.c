/* str_set.c - a set of strings. */
#include <pinning/str_set.h>

#include <pinning/str.h>

#include <stdlib.h>
#include <string.h>

#define SIZE_MIN 16

/* The slot of an equal string, or the free one where it belongs. There is always a free one. */
static const char **find_slot(const struct pin_str_set *set, const char *text)
{
    const uint64_t hash = pin_hash64_str(set->seed, text);

    for (size_t at = (size_t)(hash ^ hash >> 32);; at++) {
        const char **slot = &set->slots[at & (set->size - 1)];
        if (*slot == NULL || strcmp(*slot, text) == 0)
            return slot;
    }
}

static bool grow(struct pin_str_set *set)
{
    struct pin_str_set larger = {
        .size = set->size > 0 ? 2 * set->size : SIZE_MIN, .count = set->count, .seed = set->seed};

    larger.slots = calloc(larger.size, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    if (set->size == 0) { /* addresses are random and unknown to a peer */
        const void *const addresses[] = {set, larger.slots};
        larger.seed = pin_hash64_bytes(PIN_HASH64_START, addresses, sizeof addresses);
    }
    for (size_t i = 0; i < set->size; i++)
        if (set->slots[i] != NULL)
            *find_slot(&larger, set->slots[i]) = set->slots[i];
    free(set->slots);
    *set = larger;
    return true;
}

bool pin_str_set_has(const struct pin_str_set *set, const char *text)
{
    return set->count > 0 && *find_slot(set, text) != NULL;
}

bool pin_str_set_add(struct pin_str_set *set, const char *text)
{
    const char **slot;

    if (2 * set->count >= set->size && !grow(set))
        return false;
    slot = find_slot(set, text);
    if (*slot == NULL) {
        *slot = text;
        set->count++;
    }
    return true;
}

void pin_str_set_clear(struct pin_str_set *set)
{
    free(set->slots);
    *set = (struct pin_str_set){0};
}
