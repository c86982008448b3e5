/*
 * events.h - the records that log = file:PATH leaves behind, read back.
 *
 * Pure. The file may hold anything: whoever may write it is no friend of ours.
 */
#ifndef PINCTL_EVENTS_H
#define PINCTL_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

/* Texts are cut to fit, and are not yet fit for a terminal. "" is what is not there. */
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
    unsigned long long held; /* records like it that were not written before it */
};

/* Reads one line, a JSON object without its newline. False if it is not one of ours. */
bool pinctl_event_read(const char *line, size_t len, struct pinctl_event *out);

#endif
