/*
 * mode.h - the three modes.
 *
 * Pure, thread-safe.
 */
#ifndef PINNING_MODE_H
#define PINNING_MODE_H

#include <pinning/date.h>
#include <stdbool.h>

/* Ordered from weak to strong: of several modes the smallest applies. */
enum pin_mode { PIN_MODE_OFF, PIN_MODE_REPORT, PIN_MODE_ENFORCE };

/* Returns the word of a mode as it is written in files. Static storage. */
const char *pin_mode_name(enum pin_mode mode);

/* Reads "enforce", "report" or "off" (exactly). Returns false, *out untouched, on anything else. */
bool pin_mode_parse(const char *word, enum pin_mode *out);

/* Writes "report until YYYY-MM-DDTHH:MMZ", or the word of the mode alone if until is 0. */
#define PIN_MODE_TEXT 32
void pin_mode_format(enum pin_mode mode, pin_instant until, char out[static PIN_MODE_TEXT]);

#endif
