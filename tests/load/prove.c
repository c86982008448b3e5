/* prove.c - the proof that wrong verdicts are found. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>

static bool expect(bool wanted, unsigned long count, const char *what, enum host host)
{
    if (wanted == (count > 0))
        return true;
    fprintf(stderr, "# %s: expected %s, got %lu\n", host_names[host], what, count);
    return false;
}

static bool expect_all(const struct tally *sum, const bool *accepted, const bool *refused)
{
    bool good = true;

    for (enum host host = 0; host < HOSTS; host++) {
        good =
            expect(accepted[host], sum->wrongly_accepted[host], "wrongly accepted", host) && good;
        good = expect(refused[host], sum->wrongly_refused[host], "wrongly refused", host) && good;
    }
    tally_print(sum);
    return good;
}

/* Without the module the peers that must be refused get through, at each host that has such. */
static bool prove_without(struct fixture *fixture, const struct options *options)
{
    static const bool accepted[HOSTS] = {
        [HOST_SWING] = true,   [HOST_BELOW] = true, [HOST_GONE] = true,
        [HOST_RENEWED] = true, [HOST_TORN] = true,  [HOST_FIXED] = true,
    };
    static const bool refused[HOSTS] = {false};
    struct tally sum;

    ATK_NEED(setenv("OPENSSL_CONF", options->without, 1) == 0);
    printf("without the module:\n");
    return churn_run(fixture, options, true, &sum) && expect_all(&sum, accepted, refused);
}

/* The history is one file late, as the answers would be with a module that keeps an old file: wrong
 * both ways. */
static bool prove_late(struct fixture *fixture, const struct options *options)
{
    static const bool swung[HOSTS] = {[HOST_SWING] = true, [HOST_BELOW] = true, [HOST_GONE] = true};
    struct tally sum;
    bool good;

    ATK_NEED(setenv("OPENSSL_CONF", options->with, 1) == 0);
    printf("with it, and a history that is one file late:\n");
    fixture->late = true;
    good = churn_run(fixture, options, true, &sum) && expect_all(&sum, swung, swung);
    fixture->late = false;
    return good;
}

int prove(struct fixture *fixture, const struct options *options)
{
    bool good = prove_without(fixture, options);

    if (options->with[0] != '\0')
        good = prove_late(fixture, options) && good;
    printf("prove: %s\n", good ? "ok" : "FAILED");
    return good ? 0 : 1;
}
