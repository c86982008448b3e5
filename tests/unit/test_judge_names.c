/* test_judge_names.c - how the host is known, and connections that name none. */
#include "expect.h"
#include "suite.h"

#include "judge_fixture.h"

#include <stdio.h>
#include <string.h>

/* Gives the peer a certificate with count DNS names. */
static void give_names(struct scene *scene, unsigned count)
{
    static char texts[3000][24];
    static struct pki_name list[3000];

    for (unsigned i = 0; i < count; i++) {
        snprintf(texts[i], sizeof texts[i], "n%u.example.com", i);
        list[i] = (struct pki_name){GEN_DNS, texts[i], strlen(texts[i])};
    }
    scene->peer.leaf.cert = PKI_CERT(.key = pki_key(2), .names = list, .name_count = count,
                                     .issuer = fixture_int(), .issuer_key = pki_key(1));
}

/* Every name of the certificate is looked up, and the pinned one is the last. */
static const struct {
    const char *name, *hosts;
    unsigned names;
    const char *store;
    bool refused;
} name_counts[] = {
    {"names/65-none-pinned-ALLOW", NULL, 65, "", false},
    {"names/3000-none-pinned-ALLOW", NULL, 3000, "", false},
    {"names/3000-last-pinned-REFUSE", NULL, 3000, "n2999.example.com: key = $other\n", true},
    {"names/3000-last-matches-ALLOW", NULL, 3000, "n2999.example.com: key = $leaf\n", false},
    {"names/3000-parent-pinned-REFUSE", NULL, 3000, "example.com: key = $other; subdomains = yes\n",
     true},
    {"names/3000-parent-matches-ALLOW", NULL, 3000, "example.com: key = $leaf; subdomains = yes\n",
     false},
    {"names/3000-off-ALLOW", NULL, 3000, "n2999.example.com: mode = off\n", false},
    {"names/3000-below-none-pinned-ALLOW", ".example.com", 3000, "", false},
    {"names/3000-below-last-pinned-REFUSE", ".example.com", 3000,
     "n2999.example.com: key = $other\n", true},
    {"names/3000-one-named-ALLOW", "a.example.com", 3000, "n2999.example.com: key = $other\n",
     false},
};

START_TEST(every_name_looked_up)
{
    const struct fixture fixture = {.store = name_counts[_i].store, .hosts = name_counts[_i].hosts};
    struct scene *scene = fixture_begin(&fixture);

    give_names(scene, name_counts[_i].names);
    fixture_judge(scene);
    expect_number(name_counts[_i].name, name_counts[_i].refused ? PIN_REFUSE : PIN_ALLOW,
                  scene->judgement.verdict.action);
    expect_text(name_counts[_i].name,
                pin_reason_text(name_counts[_i].refused         ? PIN_R_MISMATCH
                                : name_counts[_i].hosts == NULL ? PIN_R_NAMELESS
                                                                : PIN_OK),
                pin_reason_text(scene->judgement.reason));
    ck_assert_uint_le(scene->policies.count, 1);
}
END_TEST

static const struct {
    struct fixture fixture;
    enum pin_known_by known_by;
} known[] = {
    {{.store = "_default: key = $other\n", .sni = "a.example.com"}, PIN_KNOWN_SNI},
    {{.store = "_default: key = $other\n", .hosts = "a.example.com"}, PIN_KNOWN_HOST},
    {{.store = "a.example.com: key = $other\n", .hosts = ".example.com"}, PIN_KNOWN_CERTIFICATE},
    {{.store = "_default: key = $other\n", .address = "192.0.2.1"}, PIN_KNOWN_ADDRESS},
    {{.store = "b.example.com: key = $other\n",
      .sni = "a.example.com",
      .address = "192.0.2.1",
      .hosts = "b.example.com"},
     PIN_KNOWN_HOST},
    {{.store = "192.0.2.1: key = $other\n", .socket = "192.0.2.1"}, PIN_KNOWN_SOCKET},
    {{.store = "_nameless: key = $other\n", .socket = "192.0.2.1"}, PIN_KNOWN_SOCKET},
    {{.store = "a.example.com: key = $other\n", .socket = "192.0.2.1"}, PIN_KNOWN_CERTIFICATE},
    {{.store = "a.example.com: nonsense\n", .sni = "a.example.com"}, PIN_KNOWN_SNI},
    {{.store = "_store: unpinned = refuse\n", .socket = "192.0.2.1"}, PIN_KNOWN_SOCKET},
    {{.store = "_store: unpinned = refuse\n"}, PIN_KNOWN_NONE},
    {{.store = "_nameless: key = $other\n"}, PIN_KNOWN_NONE},
};

START_TEST(known_by_reported)
{
    struct scene *scene = fixture_begin(&known[_i].fixture);

    fixture_judge(scene);
    expect_number(known[_i].fixture.store, PIN_REFUSE, scene->judgement.verdict.action);
    expect_text(known[_i].fixture.store, pin_known_by_name(known[_i].known_by),
                pin_known_by_name(scene->judgement.known_by));
}
END_TEST

static const struct {
    struct fixture fixture;
    enum pin_action action;
    enum pin_reason reason;
} nameless[] = {
    {{.store = ""}, PIN_ALLOW, PIN_R_NAMELESS},
    {{.store = "", .socket = "192.0.2.1"}, PIN_ALLOW, PIN_R_NAMELESS},
    {{.store = "a.example.com: key = $leaf\n"}, PIN_ALLOW, PIN_R_NAMELESS},
    {{.store = "_default: key = $leaf\n"}, PIN_ALLOW, PIN_R_NAMELESS},
    {{.store = "_default: key = $other\n"}, PIN_REFUSE, PIN_R_MISMATCH},
    {{.store = "a.example.com: key = $other\n"}, PIN_REFUSE, PIN_R_MISMATCH},
    {{.store = "_nameless: key = $leaf\n"}, PIN_ALLOW, PIN_OK},
    {{.store = "_nameless: mode = off\n"}, PIN_ALLOW, PIN_OK},
    {{.store = "192.0.2.1: key = $leaf\n", .socket = "192.0.2.1"}, PIN_ALLOW, PIN_OK},
    {{.store = "192.0.2.1: key = $leaf\n", .socket = "192.0.2.2"}, PIN_ALLOW, PIN_R_NAMELESS},
    {{.store = "", .sni = "a.example.com"}, PIN_ALLOW, PIN_OK},
    {{.store = "", .address = "192.0.2.1"}, PIN_ALLOW, PIN_OK},
    {{.store = "_store: mode = off\n"}, PIN_ALLOW, PIN_OK},
    {{.store = "_store: nameless = allow\n"}, PIN_ALLOW, PIN_R_NAMELESS},
    {{.store = "_store: nameless = refuse\n"}, PIN_REFUSE, PIN_R_NAMELESS},
    {{.store = "_store: nameless = refuse\n", .peer = ANONYMOUS}, PIN_REFUSE, PIN_R_NAMELESS},
    {{.store = "_store: nameless = refuse\n_default: key = $leaf\n"}, PIN_REFUSE, PIN_R_NAMELESS},
    {{.store = "_store: nameless = refuse\na.example.com: key = $leaf\n"},
     PIN_REFUSE,
     PIN_R_NAMELESS},
    {{.store = "_store: nameless = refuse; mode = report\n"}, PIN_REPORT, PIN_R_NAMELESS},
    {{.store = "_store: nameless = refuse\n", .report = true}, PIN_REPORT, PIN_R_NAMELESS},
    {{.store = "_store: nameless = refuse\n_nameless: key = $leaf\n"}, PIN_ALLOW, PIN_OK},
    {{.store = "_store: nameless = refuse\n192.0.2.1: key = $leaf\n", .socket = "192.0.2.1"},
     PIN_ALLOW,
     PIN_OK},
    {{.store = "_store: nameless = refuse\n", .sni = "a.example.com"}, PIN_ALLOW, PIN_OK},
};

START_TEST(nameless_connection_reported)
{
    const char *name = nameless[_i].fixture.store;
    struct scene *scene = fixture_begin(&nameless[_i].fixture);

    fixture_judge(scene);
    expect_text(name, pin_action_text(nameless[_i].action),
                pin_action_text(scene->judgement.verdict.action));
    expect_text(name, pin_reason_text(nameless[_i].reason),
                pin_reason_text(scene->judgement.reason));
}
END_TEST

static void count_lookup(void *arg, const char *line)
{
    *(unsigned *)arg += strstr(line, ".pins: not there") != NULL;
}

/* The cost grows with the names: each file is looked for once, however many names share it. */
START_TEST(file_shared_by_names_looked_up_once)
{
    const struct fixture fixture = {.store = ""};
    struct scene *scene = fixture_begin(&fixture);
    struct pin_policies policies;
    unsigned lookups = 0;
    const struct pin_trace trace = {count_lookup, &lookups};

    give_names(scene, 3000);
    pin_judge_lookup(&scene->instance, &scene->ids, &scene->peer, &trace, &policies);
    pin_policies_clear(&policies);
    /* Beside the names example.com, com, _nameless and _default. */
    expect_number("names/3000-share-parents", 3000 + 4, lookups);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("judge: names");
    TCase *names = tcase_create("names");

    fixture_open();
    tcase_add_checked_fixture(names, NULL, fixture_end);
    SUITE_CASES(names, every_name_looked_up, name_counts);
    tcase_add_test(names, file_shared_by_names_looked_up_once);
    SUITE_CASES(names, known_by_reported, known);
    SUITE_CASES(names, nameless_connection_reported, nameless);
    suite_add_tcase(suite, names);

    int result = suite_run(suite);
    pki_free_keys();
    return result;
}
