/*
 * a_label.h - internationalised host names as A-labels (RFC 5890 section 2.3.2.1).
 */
#ifndef PINNING_IDENTITY_A_LABEL_H
#define PINNING_IDENTITY_A_LABEL_H

#include <pinning/identity.h>

/* Writes the host name of len bytes of UTF-8 with each label that is not ASCII as its A-label
 * (Punycode, RFC 3492), and a NUL. Only characters are accepted whose form in UTS #46 is known
 * here without tables of Unicode: lower-case letters of common scripts, which stand for themselves,
 * and their upper-case forms. Returns false, *out unspecified, for any other character, for bytes
 * that are not UTF-8, and for a result of more than PIN_IDENTITY_MAX bytes or a label of more
 * than 63. ASCII is copied as it is, so the result still has to be parsed as a host. Pure,
 * thread-safe. */
bool pin_a_label_name(const char *name, size_t len, char out[static PIN_IDENTITY_MAX + 1]);

#endif
