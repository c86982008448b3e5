/*
 * audience.h - the programs that read a store.
 */
#ifndef PINCTL_AUDIENCE_H
#define PINCTL_AUDIENCE_H

#include "pinctl.h"

#include <stdio.h>

/* Prints for which programs on this host the pins of the store are enforced, and for which not. */
void audience_print(FILE *out, const struct pinctl *ctl, const char *store);

#endif
