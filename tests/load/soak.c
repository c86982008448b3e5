/* soak.c - many handshakes in one process, whose memory and descriptors must not grow. */
#include "load.h"

#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define TURN_EVERY 16 /* handshakes */

/* A leak of 32 bytes a handshake takes 48 in malloc(3). */
#define HEAP_PER_ONE 4
#define HEAP_SLACK   (32 * 1024)
#define RSS_PER_ONE  16
#define RSS_SLACK    (256 * 1024) /* measured in pages */

static double seconds_since(const struct timespec *start)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

/* Makes handshakes until so many are done, then drops all sessions, so that each measurement is
 * made in the same state. */
static struct measure run_leg(struct worker *worker, unsigned long *done, unsigned long until)
{
    static uint64_t random = 1;

    for (; *done < until && !atomic_load(&worker->fixture->stop); ++*done) {
        if (*done % TURN_EVERY == 0)
            history_step(worker->fixture, &random);
        exchange(worker);
    }
    sessions_clear(worker->sessions);
    return measure_now();
}

static void print_leg(const char *what, unsigned long done, double secs, const struct measure *m)
{
    printf("%-8s %8lu handshakes, %6.1f s: resident %ld KiB, heap %zu bytes, descriptors %ld\n",
           what, done, secs, m->rss_kib, m->heap, m->descriptors);
    fflush(stdout);
}

static bool is_flat(const struct measure *from, const struct measure *to, unsigned long handshakes)
{
    long heap = (long)to->heap - (long)from->heap;
    long rss = (to->rss_kib - from->rss_kib) * 1024;

    printf("growth in %lu: resident %+ld KiB, heap %+ld bytes, descriptors %+ld\n", handshakes,
           rss / 1024, heap, to->descriptors - from->descriptors);
    return to->descriptors == from->descriptors &&
           heap <= HEAP_SLACK + (long)handshakes * HEAP_PER_ONE &&
           (measure_is_sanitized() || rss <= RSS_SLACK + (long)handshakes * RSS_PER_ONE);
}

static bool run(struct fixture *fixture, unsigned long all, struct tally *tally)
{
    struct ends ends;
    struct worker worker = {
        .fixture = fixture, .ends = &ends, .sessions = &ends.sessions, .tally = tally, .random = 1};
    unsigned long done = 0, warm = all / 10, half = all / 2;
    struct timespec start;

    history_begin(fixture);
    clock_gettime(CLOCK_MONOTONIC, &start);
    ends_open(&ends, fixture);
    const struct measure first = run_leg(&worker, &done, warm);
    print_leg("warm", done, seconds_since(&start), &first);
    const struct measure second = run_leg(&worker, &done, half);
    print_leg("half", done, seconds_since(&start), &second);
    const struct measure third = run_leg(&worker, &done, all);
    print_leg("end", done, seconds_since(&start), &third);
    ends_close(&ends);
    bool flat = is_flat(&first, &second, half - warm);
    flat = is_flat(&second, &third, all - half) && flat;
    return is_flat(&first, &third, all - warm) && flat && done == all;
}

int soak(struct fixture *fixture, const struct options *options)
{
    fflush(NULL);
    pid_t parent = getpid(), runner = fork();

    ATK_NEED(runner >= 0);
    if (runner == 0) {
        struct tally tally = {0};
        churn_bind(parent);
        bool flat = run(fixture, options->handshakes, &tally);
        tally_print(&tally);
        bool good = flat && tally_wrong(&tally) == 0;
        printf("soak: %s, %lu wrong verdicts, %s\n", good ? "ok" : "FAILED", tally_wrong(&tally),
               flat ? "no growth" : "growth");
        exit(good ? 0 : 1);
    }
    return churn_reap(fixture, runner, "the soak test") ? 0 : 1;
}
