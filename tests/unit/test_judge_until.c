/* test_judge_until.c - mode = report until MOMENT: the moment passes while one instance lives. */
#include "expect.h"
#include "suite.h"

#include "judge_fixture.h"

#define NOON     PKI_NOW /* 2030-01-01T12:00Z */
#define MIDNIGHT (PKI_NOW + 12 * 60 * 60)

/* A peer that no pin matches is reported before the end and refused from then on. */
static const struct until_case {
    const char *name;
    struct fixture fixture;
    time_t end;
    enum pin_mode_source source;
    enum pin_reason reason;
} cases[] = {
    {"until/store-minute",
     {.store = "_store: mode = report until 2030-01-01T12:00Z\na.example.com: key = $other\n",
      .sni = "a.example.com"},
     NOON,
     PIN_SOURCE_STORE,
     PIN_R_MISMATCH},
    {"until/store-date",
     {.store = "_store: mode = report until $0\na.example.com: key = $other\n",
      .sni = "a.example.com"},
     MIDNIGHT,
     PIN_SOURCE_STORE,
     PIN_R_MISMATCH},
    {"until/store-unpinned-refuse",
     {.store = "_store: mode = report until 2030-01-01T12:00Z; unpinned = refuse\n",
      .sni = "a.example.com"},
     NOON,
     PIN_SOURCE_STORE,
     PIN_R_UNPINNED},
    {"until/store-file-with-an-error",
     {.store = "_store: mode = report until 2030-01-01T12:00Z\na.example.com: nonsense\n",
      .sni = "a.example.com"},
     NOON,
     PIN_SOURCE_STORE,
     PIN_R_SYNTAX},
    {"until/file-minute",
     {.store = "a.example.com: key = $other; mode = report until 2030-01-01T12:00Z\n",
      .sni = "a.example.com"},
     NOON,
     PIN_SOURCE_FILE,
     PIN_R_MISMATCH},
    {"until/file-date",
     {.store = "a.example.com: mode = report until $0; key = $other\n", .sni = "a.example.com"},
     MIDNIGHT,
     PIN_SOURCE_FILE,
     PIN_R_MISMATCH},
    {"until/file-expired-pins",
     {.store = "a.example.com: mode = report until $0; key = $leaf until $-1\n",
      .sni = "a.example.com"},
     MIDNIGHT,
     PIN_SOURCE_FILE,
     PIN_R_EXPIRED},
    {"until/file-impostor",
     {.store = "a.example.com: mode = report until $0; ca = $int\n",
      .sni = "a.example.com",
      .peer = BY_EVIL},
     MIDNIGHT,
     PIN_SOURCE_FILE,
     PIN_R_MISMATCH},
    {"until/file-no-certificate",
     {.store = "a.example.com: mode = report until $0; ca = $int\n",
      .sni = "a.example.com",
      .peer = ANONYMOUS},
     MIDNIGHT,
     PIN_SOURCE_FILE,
     PIN_R_ANONYMOUS},
    /* The file's end is later than that of _store. */
    {"until/store-then-file",
     {.store = "_store: mode = report until 2030-01-01T11:00Z\n"
               "a.example.com: key = $other; mode = report until 2030-01-01T12:00Z\n",
      .sni = "a.example.com"},
     NOON,
     PIN_SOURCE_FILE,
     PIN_R_MISMATCH},
};

static void expect_judgement(const struct until_case *c, const struct scene *scene)
{
    const struct pin_judgement *got = &scene->judgement;
    const bool ended = scene->now >= c->end;

    expect_text(c->name, pin_action_text(ended ? PIN_REFUSE : PIN_REPORT),
                pin_action_text(got->verdict.action));
    expect_text(c->name, pin_reason_text(c->reason), pin_reason_text(got->reason));
    expect_number(c->name, ended ? 0 : c->end, got->verdict.until);
    if (!ended)
        expect_text(c->name, pin_mode_source_text(c->source),
                    pin_mode_source_text(got->verdict.source));
}

static const int seconds[] = {-60, -1, 0, 1, 60, 366 * 24 * 60 * 60};

/* Each connection looks its policies up. */
START_TEST(report_ends_for_new_connections)
{
    const struct until_case *c = &cases[_i];
    struct scene *scene = fixture_begin(&c->fixture);

    for (size_t i = 0; i < COUNT_OF(seconds); i++) {
        scene->now = c->end + seconds[i];
        fixture_judge(scene);
        expect_judgement(c, scene);
        pin_policies_clear(&scene->policies);
    }
}
END_TEST

/* The policies were looked up before the end: in a long handshake, or remembered. */
START_TEST(report_ends_for_policies_looked_up_before)
{
    const struct until_case *c = &cases[_i];
    struct scene *scene = fixture_begin(&c->fixture);

    fixture_lookup(scene);
    for (size_t i = 0; i < COUNT_OF(seconds); i++) {
        scene->now = c->end + seconds[i];
        pin_judge(&scene->instance, &scene->policies, &scene->peer, scene->now, NULL,
                  &scene->judgement);
        expect_judgement(c, scene);
    }
}
END_TEST

/* The clock is set back: the report is in force again until its end. */
START_TEST(report_follows_the_clock)
{
    const struct until_case *c = &cases[_i];
    struct scene *scene = fixture_begin(&c->fixture);
    const time_t clocks[] = {c->end, c->end - 1, c->end, c->end - 60};

    fixture_lookup(scene);
    for (size_t i = 0; i < COUNT_OF(clocks); i++) {
        scene->now = clocks[i];
        pin_judge(&scene->instance, &scene->policies, &scene->peer, scene->now, NULL,
                  &scene->judgement);
        expect_judgement(c, scene);
    }
}
END_TEST

/* The weakest mode is in force, and until names the end of that one. */
static const struct {
    const char *name, *store;
    bool report, off;
    time_t now;
    enum pin_action action;
    enum pin_mode_source source;
    time_t until;
} weakest[] = {
    {"weakest/openssl.cnf-stays-after-the-end",
     "_store: mode = report until 2030-01-01T12:00Z\na.example.com: key = $other\n", true, false,
     NOON, PIN_REPORT, PIN_SOURCE_SECTION, 0},
    {"weakest/openssl.cnf-has-no-end",
     "_store: mode = report until 2030-01-01T12:00Z\na.example.com: key = $other\n", true, false,
     NOON - 1, PIN_REPORT, PIN_SOURCE_SECTION, 0},
    {"weakest/file-report-stays-after-the-end-of-store",
     "_store: mode = report until 2030-01-01T12:00Z\na.example.com: key = $other; mode = report\n",
     false, false, NOON, PIN_REPORT, PIN_SOURCE_FILE, 0},
    {"weakest/file-off",
     "_store: mode = report until 2030-01-01T12:00Z\na.example.com: mode = off\n", false, false,
     NOON, PIN_ALLOW, PIN_SOURCE_FILE, 0},
    {"weakest/store-off",
     "_store: mode = off\na.example.com: key = $other; mode = report until $0\n", false, false,
     NOON, PIN_ALLOW, PIN_SOURCE_SECTION, 0},
    {"weakest/report-after-of-the-file-still-applies",
     "a.example.com: key = $other; mode = report until $-2; report-after = $-1\n", false, false,
     NOON, PIN_REPORT, PIN_SOURCE_FILE, 0},
    {"weakest/report-after-not-reached",
     "a.example.com: key = $other; mode = report until $-2; report-after = $0\n", false, false,
     NOON, PIN_REFUSE, PIN_SOURCE_SECTION, 0},
    {"weakest/host-that-a-pin-matches",
     "_store: mode = report until 2030-01-01T12:00Z\na.example.com: key = $leaf\n", false, false,
     NOON, PIN_ALLOW, PIN_SOURCE_SECTION, 0},
    {"weakest/host-without-a-file", "_store: mode = report until 2030-01-01T12:00Z\n", false, false,
     NOON, PIN_ALLOW, PIN_SOURCE_SECTION, 0},
};

START_TEST(weakest_mode_is_in_force)
{
    const struct fixture fixture = {.store = weakest[_i].store,
                                    .sni = "a.example.com",
                                    .report = weakest[_i].report,
                                    .off = weakest[_i].off};
    struct scene *scene = fixture_begin(&fixture);
    const struct pin_verdict *got = &scene->judgement.verdict;

    scene->now = weakest[_i].now;
    fixture_judge(scene);
    expect_text(weakest[_i].name, pin_action_text(weakest[_i].action),
                pin_action_text(got->action));
    expect_text(weakest[_i].name, pin_mode_source_text(weakest[_i].source),
                pin_mode_source_text(got->source));
    expect_number(weakest[_i].name, weakest[_i].until, got->until);
}
END_TEST

/* An end that cannot be read is an error of the file: it must not become a report without end. */
static const struct {
    const char *name, *store;
    enum pin_reason reason;
} errors[] = {
    {"error/store-without-moment", "_store: mode = report until\n", PIN_R_NO_STORE},
    {"error/store-enforce-until", "_store: mode = enforce until $9\n", PIN_R_NO_STORE},
    {"error/store-off-until", "_store: mode = off until $9\n", PIN_R_NO_STORE},
    {"error/file-without-moment", "a.example.com: key = $leaf; mode = report until\n",
     PIN_R_SYNTAX},
    {"error/file-enforce-until", "a.example.com: key = $leaf; mode = enforce until $9\n",
     PIN_R_SYNTAX},
    {"error/file-off-until", "a.example.com: mode = off until $9\n", PIN_R_SYNTAX},
};

START_TEST(wrong_end_refuses)
{
    const struct fixture fixture = {.store = errors[_i].store, .sni = "a.example.com"};
    struct scene *scene = fixture_begin(&fixture);

    fixture_judge(scene);
    expect_text(errors[_i].name, "refused", pin_action_text(scene->judgement.verdict.action));
    expect_text(errors[_i].name, pin_reason_text(errors[_i].reason),
                pin_reason_text(scene->judgement.reason));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("judge_until");
    TCase *ends = tcase_create("ends");

    fixture_open();
    tcase_add_checked_fixture(ends, NULL, fixture_end);
    SUITE_CASES(ends, report_ends_for_new_connections, cases);
    SUITE_CASES(ends, report_ends_for_policies_looked_up_before, cases);
    SUITE_CASES(ends, report_follows_the_clock, cases);
    SUITE_CASES(ends, weakest_mode_is_in_force, weakest);
    SUITE_CASES(ends, wrong_end_refuses, errors);
    suite_add_tcase(suite, ends);
    return suite_run(suite);
}
