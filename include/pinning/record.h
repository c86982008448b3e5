/*
 * record.h - a judgement as a line of text, a JSON object and fields of the journal.
 *
 * All are free of control characters, whatever a certificate contains. Pure, thread-safe.
 */
#ifndef PINNING_RECORD_H
#define PINNING_RECORD_H

#include <pinning/judge.h>
#include <pinning/sink.h>
#include <stdint.h>
#include <sys/types.h>

struct pin_record {
    enum pin_severity severity;
    uint64_t key; /* equal for records with the same statement on the same peer */
    char text[PIN_SINK_LINE_MAX + 1];
    char json[PIN_SINK_LINE_MAX + 1];
    char fields[PIN_SINK_FIELDS_MAX + 1]; /* as pin_sink_write() takes them */
};

/* The process in which the module runs. */
struct pin_process {
    const char *program;
    pid_t pid;
};

/* Makes the record of a judgement; suppressed is how many like it were not written since the last
 * one. */
void pin_record_make(const struct pin_judgement *judgement, const struct pin_process *process,
                     time_t now, uint64_t suppressed, struct pin_record *out);

/* Makes the text that is raised for a refusal: the record's text without the program and the number
 * of suppressed records. It is at most PIN_RECORD_ERROR_MAX bytes long, because OpenSSL drops error
 * data of 1,024 bytes or more. What is left out is, in this order: presented keys, expected pins
 * but one, the ends of the detail and of the file's name. */
#define PIN_RECORD_ERROR_MAX 999
void pin_record_make_error(const struct pin_judgement *judgement,
                           char out[static PIN_RECORD_ERROR_MAX + 1]);

/* Makes the record of one step of the evaluation that led to the judgement, with its severity and
 * key. A long step is cut. */
void pin_record_make_step(const struct pin_judgement *judgement, const struct pin_process *process,
                          time_t now, const char *step, struct pin_record *out);

/* Returns the key alone, to decide whether the record is written at all. */
uint64_t pin_record_key(const struct pin_judgement *judgement);

#endif
