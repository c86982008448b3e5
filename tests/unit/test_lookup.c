/* test_lookup.c - the lookup of policies: the files that apply to a peer. */
#include "expect.h"
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

START_TEST(policies_found)
{
    struct scene *scene = fixture_begin(&cases[_i].fixture);
    char found[1024];

    fixture_lookup(scene);
    const char *name = fixture_name("lookup", &cases[_i].fixture);
    const struct pin_error *fault = &scene->policies.fault;
    ck_assert_msg(fault->reason == cases[_i].fault, "%s: expected P%02d, got P%02d %s\n%s", name,
                  cases[_i].fault, fault->reason, fault->text, scene->trace);
    if (cases[_i].fault == PIN_OK) {
        describe(&scene->policies, found, sizeof found);
        expect_text(name, cases[_i].found, found);
        expect_text(name, "", fault->text);
    } else {
        ck_assert_msg(strstr(fault->text, cases[_i].word) != NULL,
                      "%s: expected \"...%s...\", got \"%s\"", name, cases[_i].word, fault->text);
        expect_text(name, cases[_i].file != NULL ? cases[_i].file : "", scene->policies.fault_name);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lookup");
    TCase *lookup = tcase_create("lookup");

    fixture_open();
    tcase_add_checked_fixture(lookup, NULL, fixture_end);
    SUITE_CASES(lookup, policies_found, cases);
    suite_add_tcase(suite, lookup);

    int result = suite_run(suite);
    pki_free_keys();
    return result;
}
