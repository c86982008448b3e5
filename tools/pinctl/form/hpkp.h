/*
 * hpkp.h - the place of an HPKP header in other text, for its reader only.
 */
#ifndef PINCTL_HPKP_H
#define PINCTL_HPKP_H

#include "form/form.h"

/* Finds the value of the header in bytes, a copy of in->bytes: alone, behind its name, among the
 * other headers of a response, or in a line of nginx's or Apache's configuration. Ends it with a
 * NUL and replaces escapes by blanks. False with the error. */
bool hpkp_find(struct imports *in, char *bytes, const char **value, bool *report_only);

#endif
