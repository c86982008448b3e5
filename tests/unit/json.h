/* json.h - is this one JSON object (RFC 8259), and what does it say? Strict, for tests. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

/* Is text exactly one object, without a name that comes twice in it? */
bool json_is_object(const char *text);

/* The decoded string, or the bytes of the number, that the outermost object has under name, into
 * out. False if there is none, if it is something else, or longer. */
bool json_get(const char *text, const char *name, char *out, size_t size);

/* How many elements the array has that stands under name; -1 if there is none. */
int json_count(const char *text, const char *name);

#endif
