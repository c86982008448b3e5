/* The check of servers (pinctl check --live): the verdict of today on each host of the store. */
#include "check/check.h"
#include "x509/keys.h"
#include "tls/probe.h"

#include <openssl/x509.h>
#include <pinning/judge.h>
#include <pinning/store.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BATCH         512 /* hosts kept in memory */
#define SOON_IN_DAYS  30
#define SHORT_IN_DAYS 100 /* a certificate of an automated CA lives less than this */

struct subject {
    char name[PINFILE_NAME]; /* of the file, without .pins; or a host named by the user */
    struct pin_identity host;
};

struct live {
    struct check *check;
    X509_STORE *trust;
    size_t total, done, count; /* to check; checked; in the batch */
    bool has_progress;         /* a progress bar is printed */
    struct pinctl_target targets[BATCH];
    struct subject subjects[BATCH];
    struct pin_error *err;
};

static void print_progress(const struct live *live)
{
    static const char bar[] = "########################################";
    size_t width = sizeof bar - 1;
    size_t filled = live->total > 0 ? live->done * width / live->total : width;

    if (!live->has_progress)
        return;
    filled = filled < width ? filled : width;
    fprintf(stderr, "\r[%-*.*s] %zu/%zu", (int)width, (int)filled, bar, live->done, live->total);
    if (live->done >= live->total)
        fprintf(stderr, "\r%*s\r", (int)width + 24, "");
    fflush(stderr);
}

static void erase_progress(const struct live *live)
{
    if (live->has_progress)
        fprintf(stderr, "\r%64s\r", "");
}

/* True if a policy has no CA pin: then each renewal must keep the key. */
static bool is_pinned_by_leaf(const struct pin_policies *policies, pin_day today)
{
    for (size_t i = 0; i < policies->count; i++)
        if (policies->list[i].policy.count > 0 &&
            !pin_match_has_ca(&policies->list[i].policy, today))
            return true;
    return false;
}

static void check_days(const struct live *live, const char *name, X509 *leaf,
                       const struct pin_policies *policies)
{
    struct check *check = live->check;
    pin_day first, last;
    char day[PIN_DAY_TEXT];

    pinctl_validity(leaf, &first, &last);
    pin_day_format(last, day);
    if (last - check->today <= SOON_IN_DAYS)
        check_report(check, CHECK_WARNING, name, PIN_OK, "its certificate %s on %s",
                     last < check->today ? "expired" : "expires", day);
    if (last - first <= SHORT_IN_DAYS && is_pinned_by_leaf(policies, check->today))
        check_report(check, CHECK_WARNING, name, PIN_OK,

                     "its certificates are valid for %d days and no CA is pinned: make sure that "
                     "each renewal keeps the key, or pin a CA too",
                     (int)(last - first));
}

static void judge(const struct live *live, const struct subject *subject, STACK_OF(X509) * chain)
{
    struct check *check = live->check;
    const struct pin_peer peer = {
        .leaf.cert = sk_X509_value(chain, 0), .presented = chain, .trust = live->trust};
    struct pin_policies policies = {.list = NULL};
    struct pin_judgement judgement;
    struct pin_error err = {.reason = PIN_OK};
    struct pin_reference_ids ids;

    if (!reference_ids_for(&subject->host, strcmp(subject->name, "_nameless") == 0, &ids, &err)) {
        check_report(check, CHECK_UNKNOWN, subject->name, err.reason, "%s", err.text);
        return;
    }
    pin_judge_lookup(&check->instance, &ids, &peer, NULL, &policies);
    pin_judge(&check->instance, &policies, &peer, check->ctl->now, NULL, &judgement);
    if (judgement.verdict.action != PIN_ALLOW)
        check_report(check, judgement.verdict.action == PIN_REFUSE ? CHECK_ERROR : CHECK_WARNING,
                     subject->name, judgement.reason, "%s today: %s%s%s; see: pinctl explain %s",
                     judgement.verdict.action == PIN_REFUSE ? "refused"
                                                            : "would be refused under enforce",
                     pin_reason_text(judgement.reason), judgement.detail[0] != '\0' ? ": " : "",
                     judgement.detail, subject->host.text);
    check_days(live, subject->name, peer.leaf.cert, &policies);
    pin_policies_clear(&policies);
    pin_reference_ids_clear(&ids);
}

static void finish_host(void *arg, size_t index, STACK_OF(X509) * chain,
                        const struct pin_error *err)
{
    struct live *live = arg;
    const struct subject *subject = &live->subjects[index];
    const struct pinctl_target *target = &live->targets[index];

    erase_progress(live);
    live->check->hosts++;
    live->done++;
    if (chain != NULL)
        judge(live, subject, chain);
    else
        check_report(live->check, CHECK_UNKNOWN, subject->name, PIN_OK,
                     "%s:%u presents no certificate: %s", target->host.text, target->port,
                     err->text);
    print_progress(live);
}

static bool flush(struct live *live)
{
    size_t count = live->count;

    live->count = 0;
    return count == 0 || pinctl_probe(live->targets, count, live->check->parallel,
                                      live->check->timeout_in_secs, finish_host, live, live->err);
}

/* Connects where the line probe = of the file says, else to the name itself. False: neither is a
 * host. */
static bool find_target(struct live *live, const char *name, const struct pin_text *text,
                        struct pinctl_target *target, struct pin_identity *host)
{
    struct pin_error err = {.reason = PIN_OK};

    if (reference_probe_line(text, target, &err)) {
        reference_choose_name(name, target, host);
        return true;
    }
    if (err.reason != PIN_OK) {
        check_report(live->check, CHECK_ERROR, name, err.reason, "probe: %s", err.text);
        return false;
    }
    *target = (struct pinctl_target){.port = 443};
    if (!pin_identity_parse(name, strlen(name), &target->host))
        return false;
    *host = target->host;
    return pinctl_target_starttls(target, live->check->ctl->starttls, live->err);
}

/* Adds one file of the store to the batch, or a host to which the file of another name applies. */
static bool add(struct live *live, const char *name)
{
    struct check *check = live->check;
    struct pin_error ignored = {.reason = PIN_OK}; /* check_read() reported it */
    struct pin_text text = {NULL, 0};
    struct subject *subject = &live->subjects[live->count];
    enum pin_store_status status = pin_store_read(&check->handle, name, &text, &ignored);

    if (status == PIN_STORE_FOUND || status == PIN_STORE_NONE) {
        snprintf(subject->name, sizeof subject->name, "%s", name);
        if (find_target(live, name, &text, &live->targets[live->count], &subject->host))
            live->count++;
        else
            live->done++;
    }
    pin_text_clear(&text);
    return live->err->reason == PIN_OK && (live->count < BATCH || flush(live));
}

static bool each_file(void *arg, const char *file)
{
    struct live *live = arg;
    char name[PINFILE_NAME];

    return !pinfile_is_name(file, name) || add(live, name);
}

bool check_live(struct check *check, char **hosts, int count, struct pin_error *err)
{
    static struct live live; /* too large for a stack; zeroed, since it is used once */
    bool ok = true;

    live.check = check;
    live.total = count > 0 ? (size_t)count : check->files;
    live.has_progress = isatty(STDERR_FILENO) == 1;
    live.err = err;
    if ((live.trust = pinctl_trust(check->ctl, err)) == NULL)
        return false;
    for (int i = 0; i < count && ok; i++) {
        char name[PINFILE_NAME];
        ok = pinfile_name(hosts[i], name, err) && add(&live, name);
    }
    if (count == 0)
        ok = check_walk(check, each_file, &live, err) && err->reason == PIN_OK;
    ok = ok && flush(&live);
    live.done = live.total;
    print_progress(&live);
    X509_STORE_free(live.trust);
    return ok;
}
