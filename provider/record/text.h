/*
 * text.h - a judgement as a line of text. Internal to record/.
 */
#ifndef PINNING_RECORD_TEXT_H
#define PINNING_RECORD_TEXT_H

#include "line.h"

#include <pinning/record.h>

void pin_record_write_text(const struct pin_judgement *judgement, const struct pin_process *process,
                           uint64_t suppressed, struct pin_line *line);

/* Writes a pin as a pin file has it. */
void pin_record_put_expected(struct pin_line *line, const struct pin *pin);

#endif
