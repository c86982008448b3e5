/* test_judge.c - policies and peer to a judgement. */
#include "expect.h"
#include "suite.h"

#include "judge_fixture.h"
#include "test_judge_cases.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void check_file(const char *case_is, const struct pin_judgement *is, const char *name)
{
    char path[512] = "";

    if (is->reason == PIN_R_UNPINNED) /* then _store decided */
        snprintf(path, sizeof path, "%s/_store", fixture_dir());
    else if (name != NULL)
        snprintf(path, sizeof path, "%s/%s.pins", fixture_dir(), name);
    expect_text(case_is, path, is->file);
}

static void expect_verdict(const char *name, enum pin_action action, enum pin_reason reason,
                           const struct scene *scene)
{
    const struct pin_judgement *got = &scene->judgement;

    ck_assert_msg(got->verdict.action == action && got->reason == reason,
                  "%s: expected %s P%02d, got %s P%02d %s\n%s", name, pin_action_name(action),
                  reason, pin_action_name(got->verdict.action), got->reason, got->detail,
                  scene->trace);
}

START_TEST(verdict_by_fixture)
{
    const struct judge_case *test_case = &cases[_i];
    struct scene *scene = fixture_begin(&test_case->fixture);

    fixture_judge(scene);
    const struct pin_judgement *is = &scene->judgement;
    const char *name = fixture_name("judge", &test_case->fixture);
    expect_verdict(name, test_case->action, test_case->reason, scene);
    ck_assert_msg(strstr(is->detail, test_case->word != NULL ? test_case->word : "") != NULL,
                  "%s: expected \"...%s...\", got \"%s\"", name, test_case->word, is->detail);
    if (test_case->reason == PIN_OK)
        expect_text(name, "", is->detail);
    else
        check_file(name, is, test_case->file);
    if (test_case->host != NULL)
        expect_text(name, test_case->host, is->host);
    if (test_case->action == PIN_REPORT)
        expect_text(name, pin_mode_source_name(test_case->source),
                    pin_mode_source_name(is->verdict.source));
}
END_TEST

/* A fault of the instance, by the mode of the section. */
static const struct {
    bool report, off;
    enum pin_action action;
} faults[] = {
    {false, false, PIN_REFUSE},
    {true, false, PIN_REPORT},
    {false, true, PIN_ALLOW},
};

START_TEST(instance_fault_refused)
{
    const struct fixture fixture = {.store = "a.example.com: key = $leaf\n",
                                    .sni = "a.example.com",
                                    .report = faults[_i].report,
                                    .off = faults[_i].off};
    struct scene *scene = fixture_begin(&fixture);

    pin_error_set(&scene->instance.fault, PIN_R_CONFIG, "pins = x: why");
    fixture_judge(scene);
    expect_verdict(faults[_i].off      ? "judge/fault-in-off-mode"
                   : faults[_i].report ? "judge/fault-in-report-mode"
                                       : "judge/fault-in-enforce-mode",
                   faults[_i].action, faults[_i].off ? PIN_OK : PIN_R_CONFIG, scene);
    ck_assert_str_eq(scene->judgement.detail, faults[_i].off ? "" : "pins = x: why");
    ck_assert_str_eq(scene->judgement.file, "");
}
END_TEST

/* The store and its files with other modes, or moved away. */
static const struct {
    const char *file; /* "": the directory */
    mode_t mode;      /* 0: it is moved away */
    enum pin_reason reason;
} damages[] = {
    {"", 0777, PIN_R_UNSAFE},
    {"", 0775, PIN_R_UNSAFE},
    {"", 0, PIN_R_STORE},
    {"_store", 0666, PIN_R_UNSAFE},
    {"_store", 0, PIN_R_NO_STORE},
    {"a.example.com.pins", 0666, PIN_R_UNSAFE},
    {"a.example.com.pins", 0664, PIN_R_UNSAFE},
};

START_TEST(unsafe_store_refused)
{
    const struct fixture fixture = {.store = "a.example.com: key = $leaf\n",
                                    .sni = "a.example.com"};
    struct scene *scene = fixture_begin(&fixture);
    char path[256], aside[256];

    snprintf(path, sizeof path, "%s/%s", fixture_dir(), damages[_i].file);
    snprintf(aside, sizeof aside, "%s.aside", fixture_dir());
    if (damages[_i].mode != 0)
        ck_assert_int_eq(chmod(path, damages[_i].mode), 0);
    else
        ck_assert_int_eq(rename(path, aside), 0);
    fixture_judge(scene);
    char name[64];
    snprintf(name, sizeof name, "judge/store/%s of mode %04o", damages[_i].file,
             (unsigned)damages[_i].mode);
    expect_verdict(name, PIN_REFUSE, damages[_i].reason, scene);
    ck_assert_ptr_nonnull(strstr(scene->judgement.detail, fixture_dir()));
    ck_assert_str_eq(scene->judgement.host, "a.example.com");
    if (damages[_i].mode == 0)
        ck_assert_int_eq(rename(aside, path), 0);
}
END_TEST

static bool trace_has(const struct scene *scene, const char *line)
{
    ck_assert_msg(strstr(scene->trace, line) != NULL, "no \"%s\" in:\n%s", line, scene->trace);
    return true;
}

START_TEST(keys_and_pins_compared)
{
    const struct fixture fixture = {
        .store = "a.example.com: key = $other; ca = $evil; cert = $root until $0; key = $int until "
                 "$-1\n",
        .sni = "a.example.com"};
    struct scene *scene = fixture_begin(&fixture);
    const struct pin_judgement *is = &scene->judgement;
    char expected[PIN_DIGEST_TEXT];
    struct pin_digest digest = {.hash = PIN_SHA256};

    fixture_judge(scene);
    ck_assert_int_eq(is->reason, PIN_R_MISMATCH);
    ck_assert_uint_eq(is->compared.presented_count,
                      2); /* the leaf once, though it is also among the presented */
    ck_assert_uint_eq(is->compared.presented_more, 0);
    pki_spki_digest(scene->peer.leaf.cert, EVP_sha256(), digest.bytes);
    pin_digest_format(&digest, expected);
    ck_assert_str_eq(is->compared.presented[0].pin, expected);
    ck_assert_str_eq(is->compared.presented[0].subject, "");
    pki_spki_digest(fixture_int(), EVP_sha256(), digest.bytes);
    pin_digest_format(&digest, expected);
    ck_assert_str_eq(is->compared.presented[1].pin, expected);
    ck_assert_str_eq(is->compared.presented[1].subject, "CN=int");
    ck_assert_uint_eq(is->compared.expected_count, 3); /* without the expired one */
    ck_assert_uint_eq(is->compared.expected_more, 0);
    ck_assert_int_eq(is->compared.expected[0].kind, PIN_KIND_KEY);
    ck_assert_int_eq(is->compared.expected[1].kind, PIN_KIND_CA);
    ck_assert_int_eq(is->compared.expected[2].until, PKI_TODAY);
    ck_assert_uint_eq(is->compared.expected[2].line, 3);
}
END_TEST

START_TEST(further_keys_counted)
{
    const struct fixture fixture = {
        .store = "a.example.com: key = $pad0; key = $pad1; key = $pad2; key = $pad3; key = $pad4; "
                 "key = $pad5; key = $pad6; key = $pad7; key = $pad8; key = $pad9\n",
        .sni = "a.example.com",
        .cn = "\x1b[2J\n\xc3\xa4;, a name that is so long that it does not fit into the record of "
              "any peer"};
    struct scene *scene = fixture_begin(&fixture);
    const struct pin_judgement *is = &scene->judgement;

    for (int i = 0; i < 10; i++)
        sk_X509_push(scene->peer.presented, fixture_root());
    fixture_judge(scene);
    ck_assert_uint_eq(is->compared.presented_count, PIN_PRESENTED_MAX);
    ck_assert_uint_eq(is->compared.presented_more, 2 + 10 - PIN_PRESENTED_MAX);
    ck_assert_uint_eq(is->compared.expected_count, PIN_PRESENTED_MAX);
    ck_assert_uint_eq(is->compared.expected_more, 10 - PIN_PRESENTED_MAX);
    ck_assert_int_eq(strncmp(is->compared.presented[0].subject, "CN=\\1B[2J\\0A", 11), 0);
    ck_assert_uint_lt(strlen(is->compared.presented[0].subject), PIN_SUBJECT_MAX);
}
END_TEST

START_TEST(raw_key_compared)
{
    const struct fixture fixture = {
        .store = "a.example.com: key = $other\n", .sni = "a.example.com", .peer = RAW};
    struct scene *scene = fixture_begin(&fixture);

    fixture_judge(scene);
    ck_assert_int_eq(scene->judgement.reason, PIN_R_MISMATCH);
    ck_assert_uint_eq(scene->judgement.compared.presented_count, 1);
    ck_assert_str_eq(scene->judgement.compared.presented[0].subject, "a raw public key");
}
END_TEST

/* Without a trace, and twice, because nothing may be kept. */
START_TEST(no_trace_and_no_state)
{
    const struct fixture fixture = {.store = "a.example.com: key = $leaf\n",
                                    .sni = "a.example.com"};
    struct scene *scene = fixture_begin(&fixture);
    char path[256];

    for (int i = 0; i < 2; i++) {
        pin_judge_lookup(&scene->instance, &scene->ids, &scene->peer, NULL, &scene->policies);
        pin_judge(&scene->instance, &scene->policies, &scene->peer, scene->now, NULL,
                  &scene->judgement);
        ck_assert_int_eq(scene->judgement.verdict.action, PIN_ALLOW);
        ck_assert_int_eq(scene->policies.count, 1);
        pin_policies_clear(&scene->policies);
        ck_assert_ptr_null(scene->policies.list);
    }
    snprintf(path, sizeof path, "%s/a.example.com.pins", fixture_dir());
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    fputs("nonsense\n", file);
    fclose(file);
    fixture_judge(scene);
    ck_assert_int_eq(scene->judgement.reason, PIN_R_SYNTAX); /* a change has its effect at once */
}
END_TEST

START_TEST(steps_traced)
{
    const struct fixture fixture = {
        .store =
            "b.example.com: key = $other\ncom: mode = off; subdomains = yes\nexample.com: key = "
            "$leaf\n",
        .sni = "a.example.com",
        .hosts = "b.example.com"};
    struct scene *scene = fixture_begin(&fixture);

    fixture_judge(scene);
    ck_assert(trace_has(scene, "looking for a.example.com\n"));
    ck_assert(trace_has(scene, "a.example.com.pins: not there\n"));
    ck_assert(trace_has(scene, "example.com.pins: found\n"));
    ck_assert(trace_has(scene, "example.com.pins: does not say subdomains = yes\n"));
    ck_assert(trace_has(scene, "com.pins: found\n"));
    ck_assert(trace_has(scene, "looking for b.example.com\n"));
    ck_assert(trace_has(scene, "com.pins: mode = off\n"));
    ck_assert(trace_has(scene, "b.example.com.pins line 1 does not match: key sha256//"));
    ck_assert(trace_has(scene, "no pinned key\n"));
    ck_assert_ptr_null(strstr(scene->trace, "_default"));
}
END_TEST

/* Each refusal has a step with its result, also one without a policy. */
static const struct {
    struct fixture fixture;
    enum pin_reason fault; /* of the instance */
    const char *step;
} results[] = {
    {{.store = "a.example.com: key = $other until $-1; cert = $cert\n", .sni = "a.example.com"},
     PIN_OK,
     "a.example.com.pins line 2 matches: cert sha256//"},
    {{.store = "a.example.com: key = $other until $-1; cert = $leaf\n", .sni = "a.example.com"},
     PIN_OK,
     "a.example.com.pins line 1 has expired: key sha256//"},
    {{.store = "a.example.com: key = $leaf\n", .sni = "a.example.com", .peer = ANONYMOUS},
     PIN_OK,
     "without a certificate\n"},
    {{.store = "_store: unpinned = refuse\n", .sni = "a.example.com"},
     PIN_OK,
     "no file applies to it, and _store has unpinned = refuse\n"},
    {{.store = "a.example.com: nonsense\n", .sni = "a.example.com"},
     PIN_OK,
     "a.example.com.pins:1:1"},
    {{.store = "-_store", .sni = "a.example.com"}, PIN_OK, "does not contain _store"},
    {{.store = "", .sni = "a.example.com"}, PIN_R_CONFIG, "pins = x: why\n"},
};

START_TEST(result_traced)
{
    struct scene *scene = fixture_begin(&results[_i].fixture);
    unsigned count = 0;

    if (results[_i].fault != PIN_OK)
        pin_error_set(&scene->instance.fault, results[_i].fault, "pins = x: why");
    fixture_judge(scene);
    for (const char *at = scene->trace; (at = strstr(at, results[_i].step)) != NULL; at++)
        count++;
    ck_assert_msg(count == 1, "%s: expected \"%s\" once, got it %u times in:\n%s",
                  fixture_name("judge", &results[_i].fixture), results[_i].step, count,
                  scene->trace);
}
END_TEST

/* A peer that presents nothing is allowed only if no policy applies. */
static const struct {
    struct fixture fixture;
    bool allowed;
} bare[] = {
    {{.store = "", .sni = "a.example.com"}, true},
    {{.store = ""}, true},
    {{.store = "a.example.com: key = $leaf\n", .sni = "b.example.com"}, true},
    {{.store = "_store: mode = off\na.example.com: key = $leaf\n", .sni = "a.example.com"}, true},
    {{.store = "_store: mode = off; unpinned = refuse\n", .sni = "a.example.com"}, true},
    {{.store = "_store: unpinned = refuse\n", .sni = "a.example.com", .off = true}, true},
    {{.store = "-_store", .sni = "a.example.com", .off = true}, true},
    {{.store = "a.example.com: mode = off\n", .sni = "a.example.com"}, true},
    {{.store = "_store: unpinned = refuse\na.example.com: mode = off\n", .sni = "a.example.com"},
     true},
    {{.store = "a.example.com: key = $leaf\n", .sni = "a.example.com"}, false},
    {{.store = "a.example.com: key = $leaf; mode = report\n", .sni = "a.example.com"}, false},
    {{.store = "a.example.com: mode = off\nb.example.com: key = $leaf\n",
      .sni = "a.example.com",
      .hosts = "b.example.com"},
     false},
    {{.store = "_store: unpinned = refuse\n", .sni = "a.example.com"}, false},
    {{.store = "_store: unpinned = refuse; mode = report\n", .sni = "a.example.com"}, false},
    {{.store = "a.example.com: nonsense\n", .sni = "a.example.com"}, false},
    {{.store = "-_store", .sni = "a.example.com"}, false},
};

START_TEST(judge_allows_a_peer_that_anonymous_only_unpinned)
{
    struct scene *scene = fixture_begin(&bare[_i].fixture);
    const struct pin_peer anonymous = {.leaf = {NULL, NULL}};

    pin_judge_lookup(&scene->instance, &scene->ids, NULL, NULL, &scene->policies);
    pin_judge(&scene->instance, &scene->policies, &anonymous, scene->now, NULL, &scene->judgement);
    expect_bool(fixture_name("judge, anonymous", &bare[_i].fixture), bare[_i].allowed,
                scene->judgement.verdict.action == PIN_ALLOW);
}
END_TEST

static void *nothing(void)
{
    return NULL;
}

/* OpenSSL functions that fail: the peer is refused. */
static const char *const failures[] = {"EVP_Digest", "i2d_X509_PUBKEY", "X509_STORE_CTX_new",
                                       "X509_STORE_new", "OPENSSL_sk_new_null"};

static void judge_without_openssl(const char *function, const char *store, enum pin_action action)
{
    const struct fixture fixture = {.store = store, .sni = "a.example.com"};
    struct scene *scene = fixture_begin(&fixture);

    /* The second way to a digest. */
    open_ossl_any *query =
        open_ossl_swap("OSSL_PROVIDER_query_operation", (open_ossl_any *)nothing);
    open_ossl_any *was = open_ossl_swap(function, (open_ossl_any *)nothing);
    fixture_judge(scene);
    open_ossl_swap(function, was);
    open_ossl_swap("OSSL_PROVIDER_query_operation", query);
    ck_assert_int_eq(scene->judgement.reason, PIN_R_INTERNAL);
    ck_assert_int_eq(scene->judgement.verdict.action, action);
    ck_assert_str_ne(scene->judgement.detail, "");
    if (action == PIN_REPORT)
        ck_assert_int_eq(scene->judgement.verdict.source, PIN_SOURCE_FILE);
    fixture_end();
}

START_TEST(openssl_failure_refused)
{
    judge_without_openssl(failures[_i], "a.example.com: key = $other; ca = $root\n", PIN_REFUSE);
}
END_TEST

/* The file was read, so its mode is known. */
START_TEST(openssl_failure_obeys_the_mode_of_the_file)
{
    judge_without_openssl(failures[_i], "a.example.com: key = $other; ca = $root; mode = report\n",
                          PIN_REPORT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("judge");
    TCase *table = tcase_create("table"), *faulty = tcase_create("faulty");
    TCase *contents = tcase_create("contents");

    fixture_open();
    tcase_add_checked_fixture(table, NULL, fixture_end);
    SUITE_CASES(table, verdict_by_fixture, cases);
    SUITE_CASES(table, judge_allows_a_peer_that_anonymous_only_unpinned, bare);
    suite_add_tcase(suite, table);

    tcase_add_checked_fixture(faulty, NULL, fixture_end);
    SUITE_CASES(faulty, instance_fault_refused, faults);
    SUITE_CASES(faulty, unsafe_store_refused, damages);
    SUITE_CASES(faulty, openssl_failure_refused, failures);
    SUITE_CASES(faulty, openssl_failure_obeys_the_mode_of_the_file, failures);
    suite_add_tcase(suite, faulty);

    tcase_add_checked_fixture(contents, NULL, fixture_end);
    tcase_add_test(contents, keys_and_pins_compared);
    tcase_add_test(contents, further_keys_counted);
    tcase_add_test(contents, raw_key_compared);
    tcase_add_test(contents, no_trace_and_no_state);
    tcase_add_test(contents, steps_traced);
    SUITE_CASES(contents, result_traced, results);
    suite_add_tcase(suite, contents);

    int result = suite_run(suite);
    pki_free_keys();
    return result;
}
