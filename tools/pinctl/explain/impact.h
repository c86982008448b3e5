/* impact.h - what a change of the store means, asked of judge, in a few lines for people. */
#ifndef PINCTL_IMPACT_H
#define PINCTL_IMPACT_H

#include "pinctl.h"

#include <pinning/instance.h>
#include <stdio.h>

/* Prints what holds for a host or address: the files, their pins and modes, or that nothing does.
 */
void effect_print(FILE *out, const struct pin_instance *module, const char *host, time_t now);

/* A host that has no file and the same parents as name (an address that has none for an address):
 * what holds for it is what would hold for name without its file. False if there is none such. */
#define EFFECT_STAND_IN 300
bool effect_stand_in(const char *name, char out[static EFFECT_STAND_IN]);

/* Prints who on this host looks at the store, and who does not. */
void effect_tell_who(FILE *out, const struct pinctl *ctl, const char *store);

#endif
