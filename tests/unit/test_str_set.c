/* test_str_set.c - a set of strings. */
#include "expect.h"
#include "suite.h"

#include <pinning/str_set.h>

START_TEST(set_has_what_was_added)
{
    static char texts[5000][24];
    struct pin_str_set set = {0};

    ck_assert(!pin_str_set_has(&set, "0"));
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT_OF(texts); i++) {
            snprintf(texts[i], sizeof texts[i], "%zu", i);
            expect_bool(texts[i], round == 1, pin_str_set_has(&set, texts[i]));
            ck_assert(pin_str_set_add(&set, texts[i]));
            expect_bool(texts[i], true, pin_str_set_has(&set, texts[i]));
        }
        expect_number("set/each-once", (long long)COUNT_OF(texts), (long long)set.count);
    }
    expect_bool("set/others-not", false, pin_str_set_has(&set, "5000"));
    expect_bool("set/empty-string-not", false, pin_str_set_has(&set, ""));
    ck_assert(pin_str_set_add(&set, ""));
    expect_bool("set/empty-string", true, pin_str_set_has(&set, ""));
    pin_str_set_clear(&set);
    expect_bool("set/cleared", false, pin_str_set_has(&set, "0"));
    expect_number("set/cleared", 0, (long long)set.count);
    pin_str_set_clear(&set);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("str_set");
    TCase *tcase = tcase_create("str_set");

    tcase_add_test(tcase, set_has_what_was_added);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
