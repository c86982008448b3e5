/*
 * impact.h - the impact of a change of the store, as judge sees it.
 */
#ifndef PINCTL_IMPACT_H
#define PINCTL_IMPACT_H

#include <pinning/instance.h>
#include <stdbool.h>
#include <stdio.h>

/* Prints what applies to a host or address: the files, their pins and modes, or that there is none.
 */
void impact_print(FILE *out, const struct pin_instance *instance, const char *host, time_t now);

/* Makes up a host that has no file and the parents of name (an address for an address): what
 * applies to it would apply to name without its file. False if name is not a host or address. */
#define IMPACT_STAND_IN 300
bool impact_stand_in(const char *name, char out[static IMPACT_STAND_IN]);

#endif
