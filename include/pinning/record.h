/*
 * record.h - a judgement in words.
 *
 * Pure: one line of text for people, one JSON object for programs, both free of control
 * characters whatever a certificate contains. Thread-safe.
 */
#ifndef PINNING_RECORD_H
#define PINNING_RECORD_H

#include <pinning/judge.h>
#include <pinning/sink.h>
#include <stdint.h>
#include <sys/types.h>

struct pin_record {
    enum pin_severity severity;
    uint64_t key; /* equal for records that say the same of the same host */
    char text[PIN_SINK_LINE_MAX + 1];
    char json[PIN_SINK_LINE_MAX + 1];
};

/* Who is speaking. */
struct pin_process {
    const char *program;
    pid_t pid;
};

/* Puts the judgement into words; held is how many like it were not written since the last one. */
void pin_record_make(const struct pin_judgement *judgement, const struct pin_process *process,
                     time_t now, uint64_t suppressed, struct pin_record *out);

/* The key alone, to ask first whether the record is wanted at all. */
uint64_t pin_record_key(const struct pin_judgement *judgement);

#endif
