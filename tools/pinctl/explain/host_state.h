/*
 * host_state.h - the state of a pin file: enforced or not, and why.
 */
#ifndef PINCTL_HOST_STATE_H
#define PINCTL_HOST_STATE_H

#include "say/json.h"
#include "say/say.h"
#include "store/pinfile.h"

#include <pinning/instance.h>
#include <pinning/verdict.h>

struct host_state {
    char name[PINFILE_NAME]; /* of the file, without .pins */
    struct pin_policy policy;
    struct pin_error err; /* why the file could not be read or parsed */
    struct pinfile_suspension suspension;
    bool suspended, overdue, expired; /* expired: every pin is */
    pin_day next_expiry;              /* the first until that has not passed, or PIN_DAY_NEVER */
    struct pin_verdict verdict;       /* on a peer that matches no pin */
};

/* Reads the file of state->name and fills the rest. The caller clears state->policy. */
void host_state_read(const struct pin_instance *instance, const struct pin_store_settings *settings,
                     time_t now, struct host_state *state);

/* Writes the state for people. Returns the colour that fits it. */
enum pinctl_colour host_state_describe(const struct host_state *state, pin_day today, char *out,
                                       size_t size);

/* Returns a new object; NULL when out of memory. */
json_t *host_state_to_json(const struct host_state *state);

#endif
