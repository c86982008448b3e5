/*
 * mode.h - the three modes.
 *
 * Pure, thread-safe.
 */
#ifndef PINNING_MODE_H
#define PINNING_MODE_H

#include <stdbool.h>

/* Ordered from weak to strong: of several modes the smallest applies. */
enum pin_mode { PIN_MODE_OFF, PIN_MODE_REPORT, PIN_MODE_ENFORCE };

/* Returns the word of a mode as it is written in files. Static storage. */
const char *pin_mode_name(enum pin_mode mode);

/* Reads "enforce", "report" or "off" (exactly). Returns false, *out untouched, on anything else. */
bool pin_mode_parse(const char *word, enum pin_mode *out);

#endif
