/*
 * json.h - JSON output by jansson.
 *
 * The outer object or list, and a list in it, are printed as they grow, so that memory does not
 * grow with the store. Each value in them is a json_t, printed and freed at once.
 */
#ifndef PINCTL_JSON_H
#define PINCTL_JSON_H

#include "pinctl.h"

#include <jansson.h>
#include <stdio.h>

/* A new string value: bytes that are not UTF-8, and C1 controls, become the text \xHH. NULL gives
 * null. Returns NULL when out of memory. */
json_t *pinctl_json_text(const char *text);

/* Adds a member and takes value. When value is NULL or memory runs out, the object is freed and
 * *object is NULL from then on, which pinctl_json_put() remembers. */
void pinctl_json_set(json_t **object, const char *name, json_t *value);

#define PINCTL_JSON_DEPTH 2
struct pinctl_json {
    FILE *out;
    unsigned depth;
    char ends[PINCTL_JSON_DEPTH];
    bool has_value; /* the open object or list has one already */
    bool failed;    /* a value could not be made or printed */
};

/* Opens an object ('{') or a list ('['). name: NULL for the outermost and in a list; it needs no
 * escapes. */
void pinctl_json_open(struct pinctl_json *json, const char *name, char bracket);

/* Prints a value and frees it; NULL is a value that could not be made. */
void pinctl_json_put(struct pinctl_json *json, const char *name, json_t *value);

void pinctl_json_close(struct pinctl_json *json);

/* Closes the outermost object or list. Returns status, or PINCTL_CANNOT_SAY if a value is missing,
 * which is printed to standard error. */
int pinctl_json_end(const struct pinctl *ctl, struct pinctl_json *json, int status);

#endif
