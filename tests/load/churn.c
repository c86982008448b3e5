/* churn.c - threads and processes that make handshakes, while one process rewrites the store. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long a child may take after the end; under valgrind a handshake may take seconds. */
#define LIMIT_IN_SECS 120

/* OpenSSL and malloc(3) have all the memory they keep after some thousand handshakes. A leak in
 * each handshake exceeds this in the process with threads, and in the soak test. */
#define HEAP_SLACK   (256 * 1024)
#define HEAP_PER_ONE 4

volatile sig_atomic_t interrupted;

void churn_bind(pid_t parent)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(1);
}

static void doze(unsigned msecs)
{
    const struct timespec pause = {.tv_sec = msecs / 1000, .tv_nsec = msecs % 1000 * 1000000L};

    nanosleep(&pause, NULL);
}

bool churn_reap(struct fixture *fixture, pid_t child, const char *what)
{
    int status;

    for (unsigned late = 0; late < LIMIT_IN_SECS * 20; late += atomic_load(&fixture->stop)) {
        pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child && status == 0)
            return true;
        if (ended != 0) {
            fprintf(stderr, "# %s: expected exit status 0, got wait status %#x\n", what,
                    (unsigned)status);
            return false;
        }
        if (interrupted)
            atomic_store(&fixture->stop, true);
        doze(50);
    }
    fprintf(stderr, "# %s (%d): expected its end, got none\n", what, (int)child);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return false;
}

/* The processes that the main process forks. */
struct processes {
    struct parallel parallel;
    unsigned alone, rewrites;
    pid_t writer, first, others[64];
};

static pid_t fork_bound(void)
{
    fflush(NULL);
    pid_t parent = getpid(), child = fork();
    ATK_NEED(child >= 0);
    if (child == 0)
        churn_bind(parent);
    return child;
}

static void start(struct processes *processes)
{
    struct fixture *fixture = processes->parallel.fixture;

    atomic_store(&fixture->warm, false);
    atomic_store(&fixture->stop, false);
    history_begin(fixture);
    if ((processes->writer = fork_bound()) == 0) {
        history_churn(fixture, processes->rewrites);
        _exit(0);
    }
    if ((processes->first = fork_bound()) == 0)
        parallel_run(&processes->parallel);
    for (unsigned i = 0; i < processes->alone; i++) {
        unsigned number = processes->parallel.threads + 1 + processes->parallel.early +
                          processes->parallel.late + i;
        if ((processes->others[i] = fork_bound()) == 0)
            parallel_run_alone(&processes->parallel, number);
    }
}

static bool finish(struct processes *processes)
{
    struct fixture *fixture = processes->parallel.fixture;
    bool good;

    atomic_store(&fixture->stop, true);
    good = churn_reap(fixture, processes->first, "the process with threads");
    for (unsigned i = 0; i < processes->alone; i++)
        good = churn_reap(fixture, processes->others[i], "a process with one thread") && good;
    return churn_reap(fixture, processes->writer, "the process that rewrites the store") && good;
}

/* Handshakes of threads are counted together in the process with threads. */
static bool measure_process(const char *what, const struct tally *measured,
                            unsigned long handshakes)
{
    printf("%s: %lu handshakes, descriptors %+ld, heap %+ld bytes, resident %+ld KiB\n", what,
           handshakes, measured->descriptors, measured->heap, measured->rss_kib);
    return measured->descriptors == 0 &&
           measured->heap <= HEAP_SLACK + (long)handshakes * HEAP_PER_ONE;
}

static bool add_up(const struct processes *processes, bool quiet, struct tally *sum)
{
    const struct parallel *parallel = &processes->parallel;
    unsigned threads = parallel->threads + 1, middle = threads + parallel->early;
    unsigned alone = middle + parallel->late, all = alone + processes->alone;
    bool good = true;

    *sum = (struct tally){0};
    for (unsigned i = 0; i < all; i++) {
        const struct tally *one = &parallel->tallies[i];
        const char *what = i < middle  ? "forked before init"
                           : i < alone ? "forked after init"
                                       : "of its own";
        tally_add(sum, one);
        good = good && one->over;
        if (i + 1 == threads && !quiet)
            good = measure_process("threads", &parallel->tallies[0], tally_handshakes(sum)) && good;
        if (i >= threads && !quiet)
            good = measure_process(what, one, tally_handshakes(one)) && good;
    }
    return good;
}

/* Waits for so many seconds after all threads are warm, or until the process with threads ends
 * early. */
static void last(const struct fixture *fixture, unsigned seconds, pid_t first)
{
    siginfo_t info;

    for (unsigned i = 0; i < seconds * 10 && !interrupted; i += atomic_load(&fixture->warm)) {
        info.si_pid = 0;
        if (waitid(P_PID, (id_t)first, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0)
            break;
        doze(100);
    }
}

bool churn_run(struct fixture *fixture, const struct options *options, bool quiet,
               struct tally *sum)
{
    /* A child that is forked after init could wait for ever for a lock of the sanitizer. */
    unsigned late = measure_is_sanitized() ? 0 : options->processes / 2;
    unsigned early = (options->processes - late) / 2;
    size_t size = (options->threads + 1 + options->processes) * sizeof(struct tally);
    struct processes processes = {
        .parallel = {fixture, NULL, options->threads, early, late, quiet, options->apart},
        .alone = options->processes - late - early,
        .rewrites = options->rewrites};
    void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool good;

    ATK_NEED(shared != MAP_FAILED);
    processes.parallel.tallies = shared;
    memset(&fixture->totals, 0, sizeof fixture->totals);
    start(&processes);
    last(fixture, options->seconds, processes.first);
    good = finish(&processes);
    good = add_up(&processes, quiet, sum) && good && !interrupted;
    munmap(shared, size);
    return good;
}

/* Each kind of answer must have occurred, otherwise nothing was shown. */
static bool is_enough(const struct fixture *fixture, const struct tally *sum)
{
    unsigned long accepted = 0, refused = 0, decided = 0;

    for (enum host host = HOST_SWING; host <= HOST_GONE; host++) {
        for (unsigned p = 0; p < PEERS; p++) {
            accepted += sum->accepted[host][p];
            refused += sum->refused[host][p];
            decided += sum->decided[host][p];
        }
    }
    return accepted > 0 && refused > 0 && decided > 0 && sum->resumed > 0 &&
           sum->accepted[HOST_FIXED][PEER_A] > 0 && sum->refused[HOST_FIXED][PEER_B] > 0 &&
           fixture->totals.rewrites > 0 && fixture->totals.torn > 0;
}

int churn(struct fixture *fixture, const struct options *options)
{
    struct tally sum;
    bool good = churn_run(fixture, options, false, &sum);

    tally_print(&sum);
    printf("in %u s: %lu handshakes in %u threads and %u processes; %lu files replaced or removed, "
           "%lu of them by broken ones; beside them %lu replaced, %lu torn\n",
           options->seconds, tally_handshakes(&sum), options->threads, options->processes,
           fixture->totals.rewrites, fixture->totals.broken, fixture->totals.others,
           fixture->totals.torn);
    if (!is_enough(fixture, &sum)) {
        fprintf(stderr, "# expected answers of every kind, got too few\n");
        good = false;
    }
    good = good && tally_wrong(&sum) == 0;
    printf("churn: %s, %lu wrong verdicts\n", good ? "ok" : "FAILED", tally_wrong(&sum));
    return good ? 0 : 1;
}
