/* test_judge_look.c - names and clock to policies: which files hold for whom. */
#include "suite.h"

#include "judge_fixture.h"
#include "test_lookup_cases.h"

#include <stdio.h>
#include <string.h>

static void describe(const struct pin_policies *policies, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < policies->count; i++) {
        const struct pin_applied_policy *applied = &policies->list[i];
        used +=
            (size_t)snprintf(out + used, size - used, "%s%s<%s%s", i == 0 ? "" : " ", applied->name,
                             applied->identity.text, applied->require_name_match ? "+" : "");
        ck_assert_uint_lt(used, size);
    }
}

START_TEST(judge_finds_what_holds)
{
    struct scene *scene = fixture_begin(&rows[_i].world);
    char found[1024];

    fixture_look(scene);
    const struct pin_error *fault = &scene->policies.fault;
    ck_assert_msg(fault->reason == rows[_i].fault, "P%02d %s\n%s", fault->reason, fault->text,
                  scene->trace);
    if (rows[_i].fault == PIN_OK) {
        describe(&scene->policies, found, sizeof found);
        ck_assert_msg(strcmp(found, rows[_i].found) == 0, "%s\n%s", found, scene->trace);
        ck_assert_str_eq(fault->text, "");
    } else {
        ck_assert_msg(strstr(fault->text, rows[_i].word) != NULL, "%s", fault->text);
        ck_assert_str_eq(scene->policies.fault_name, rows[_i].file != NULL ? rows[_i].file : "");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("judge: look");
    TCase *lookup = tcase_create("look");

    fixture_open();
    tcase_add_checked_fixture(lookup, NULL, fixture_end);
    SUITE_ROWS(lookup, judge_finds_what_holds, rows);
    suite_add_tcase(suite, lookup);

    int result = suite_run(suite);
    pki_free_keys();
    return result;
}
