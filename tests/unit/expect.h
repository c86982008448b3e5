/* expect.h - assertions that print the name of the case, what was expected and what came, as words.
 */
#ifndef EXPECT_H
#define EXPECT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Names a case by its input: COMPONENT/BYTES, with \xHH for what is not printable; a long input is
 * cut. Static storage, reused by the next call. */
static inline const char *case_name(const char *component, const char *bytes, size_t len)
{
    static char name[160];
    size_t used = (size_t)snprintf(name, sizeof name, "%s/", component);

    for (size_t i = 0; i < len && used + 8 < sizeof name; i++) {
        unsigned char c = (unsigned char)bytes[i];
        const char *form = c == '\n' ? "\\n" : c < 0x20 || c > 0x7e ? "\\x%02x" : "%c";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        used += (size_t)snprintf(name + used, sizeof name - used, form, c);
#pragma GCC diagnostic pop
    }
    return name;
}

static inline void expect_text(const char *name, const char *expected, const char *got)
{
    ck_assert_msg(got != NULL && strcmp(expected, got) == 0, "%s: expected \"%s\", got \"%s\"",
                  name, expected, got != NULL ? got : "(null)");
}

static inline void expect_number(const char *name, long long expected, long long got)
{
    ck_assert_msg(expected == got, "%s: expected %lld, got %lld", name, expected, got);
}

static inline void expect_bool(const char *name, bool expected, bool got)
{
    ck_assert_msg(expected == got, "%s: expected %s, got %s", name, expected ? "true" : "false",
                  got ? "true" : "false");
}

#endif
