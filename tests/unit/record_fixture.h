/* record_fixture.h - a judgement to be recorded, and checks of its record. */
#ifndef RECORD_FIXTURE_H
#define RECORD_FIXTURE_H

#include "expect.h"
#include "suite.h"

#include <pinning/record.h>

#define NOW 1893499445 /* 2030-01-01T12:04:05Z */

extern const struct pin_process us; /* curl[4711] */

/* An ordinary refusal, which the cases change. */
struct pin_judgement refusal(void);
struct pin pin_of(enum pin_kind kind, unsigned char fill, pin_day until);

/* Returns the record of a judgement, at NOW. */
struct pin_record record_of(const struct pin_judgement *j, const struct pin_process *process,
                            uint64_t suppressed);

/* Returns whether text is exactly one JSON object (RFC 8259), in ASCII, without a name that occurs
 * twice. */
bool record_is_object(const char *text);
/* Copies the string, or the number (exact to 53 bits), that the object has under name. False if
 * there is none, if it is something else, or longer. */
bool record_copy(const char *text, const char *name, char *out, size_t size);
/* Returns the number of elements of the array under name; -1 if there is none. */
int record_count(const char *text, const char *name);

/* Fails unless the record has this member. */
void check_member(const struct pin_record *record, const char *name, const char *value);
/* Checks what is true of every record: one harmless line, one object, "pinning[PNN]" and end, the
 * text that follows. */
void check_harmless(const struct pin_record *record, const char *end);
bool ends_with(const char *text, const char *end);

#endif
