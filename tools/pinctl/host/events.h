/*
 * events.h - parsing of log records, as log = file:PATH writes them.
 *
 * Pure. The file is untrusted: programs of every user may be allowed to write it.
 */
#ifndef PINCTL_EVENTS_H
#define PINCTL_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

/* Texts are cut to fit and not yet escaped. A member that the record lacks is "". */
struct pinctl_event {
    char time[24];
    char reason[4];  /* "P07" */
    char action[24]; /* PIN_ACTION_NAME_... */
    char host[256];  /* or the name of a client */
    char program[64];
    char file[512];
    char text[64]; /* the reason in words */
    char mode_of[32];
    bool of_client;
    unsigned long long suppressed; /* equal records that the rate limit left out before this one */
};

/* Parses one line, a JSON object without its newline. Returns false, with *out undefined, if the
 * line is not a record of the module. */
bool pinctl_event_parse(const char *line, size_t len, struct pinctl_event *out);

#endif
