/* expect.h - assertions that print the name of the case, what was expected and what came, as words.
 */
#ifndef EXPECT_H
#define EXPECT_H

#include <check.h>
#include <stdbool.h>
#include <string.h>

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
