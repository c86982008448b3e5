/* parallel.c - a process with many threads, and processes with one. */
#include "load.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WARM 16 /* handshakes after which a thread has allocated all that it keeps */

static struct worker worker_of(const struct parallel *parallel, unsigned number, struct ends *ends)
{
    return (struct worker){.fixture = parallel->fixture,
                           .ends = ends,
                           .sessions = &ends->sessions,
                           .tally = &parallel->tallies[number],
                           .random = 0x9e3779b97f4a7c15u * (number + 1),
                           .quiet = parallel->quiet};
}

static void warm_up(struct worker *worker)
{
    for (unsigned i = 0; i < WARM; i++)
        exchange(worker);
}

static void go_on(struct worker *worker)
{
    while (!atomic_load(&worker->fixture->stop))
        exchange(worker);
}

_Noreturn void parallel_run_alone(const struct parallel *parallel, unsigned number)
{
    struct ends ends;
    struct worker worker = worker_of(parallel, number, &ends);

    ends_open(&ends, parallel->fixture);
    warm_up(&worker);
    sessions_clear(&ends.sessions);
    const struct measure before = measure_now();
    go_on(&worker);
    sessions_clear(&ends.sessions);
    measure_growth(worker.tally, &before);
    ends_close(&ends);
    worker.tally->over = true;
    exit(0);
}

/* ---- with threads ---- */

struct barriers {
    sem_t early, opened;
    pthread_barrier_t rest;
};

struct thread {
    pthread_t id;
    const struct parallel *parallel;
    unsigned number;
    struct ends *ends;
    struct barriers *barriers;
};

static void *handshake(void *arg)
{
    struct thread *thread = arg;
    struct worker worker = worker_of(thread->parallel, thread->number, thread->ends);
    struct sessions own;

    sessions_init(&own);
    if (thread->parallel->apart)
        worker.sessions = &own;
    warm_up(&worker);
    pthread_barrier_wait(&thread->barriers->rest);
    pthread_barrier_wait(&thread->barriers->rest);
    go_on(&worker);
    sessions_clear(&own);
    pthread_mutex_destroy(&own.lock);
    worker.tally->over = true;
    return NULL;
}

static void fork_some(const struct parallel *parallel, unsigned first, unsigned count,
                      pid_t *children)
{
    pid_t parent = getpid();

    for (unsigned i = 0; i < count; i++) {
        children[i] = fork();
        ATK_NEED(children[i] >= 0);
        if (children[i] == 0) {
            churn_bind(parent);
            parallel_run_alone(parallel, first + i);
        }
    }
}

static bool reap_all(const struct parallel *parallel, const pid_t *children)
{
    bool good = true;

    for (unsigned i = 0; i < parallel->early + parallel->late; i++)
        good = churn_reap(parallel->fixture, children[i],
                          i < parallel->early ? "a process forked before init"
                                              : "a process forked after init") &&
               good;
    return good;
}

/* Forks in a second thread, twice, and waits for the children. The second time the other threads
 * pause between two handshakes: during one OpenSSL 3.0 locks its random generators, and a child
 * that inherits such a lock hangs, with or without the module. */
static void *fork_all(void *arg)
{
    const struct thread *thread = arg;
    const struct parallel *parallel = thread->parallel;
    unsigned first = parallel->threads + 1;
    pid_t children[64];

    fork_some(parallel, first, parallel->early, children);
    sem_post(&thread->barriers->early);
    sem_wait(&thread->barriers->opened);
    struct worker worker = worker_of(parallel, thread->number, thread->ends);
    warm_up(&worker);
    pthread_barrier_wait(&thread->barriers->rest);
    fork_some(parallel, first + parallel->early, parallel->late, children + parallel->early);
    pthread_barrier_wait(&thread->barriers->rest);
    atomic_store(&parallel->fixture->warm, true);
    worker.tally->over = true;
    return reap_all(parallel, children) ? NULL : arg;
}

static void run_threads(struct parallel *parallel, struct ends *ends, struct barriers *barriers)
{
    struct thread *threads = calloc(parallel->threads, sizeof *threads);

    ATK_NEED(threads != NULL);
    for (unsigned i = 0; i < parallel->threads; i++) {
        threads[i] =
            (struct thread){.parallel = parallel, .number = i, .ends = ends, .barriers = barriers};
        ATK_NEED(pthread_create(&threads[i].id, NULL, handshake, &threads[i]) == 0);
    }
    for (unsigned i = 0; i < parallel->threads; i++)
        ATK_NEED(pthread_join(threads[i].id, NULL) == 0);
    free(threads);
}

_Noreturn void parallel_run(struct parallel *parallel)
{
    struct barriers barriers;
    struct ends ends;
    struct thread forker = {
        .parallel = parallel, .number = parallel->threads, .ends = &ends, .barriers = &barriers};
    struct worker worker = worker_of(parallel, 0, &ends);
    void *failed;

    ATK_NEED(sem_init(&barriers.early, 0, 0) == 0 && sem_init(&barriers.opened, 0, 0) == 0 &&
             pthread_barrier_init(&barriers.rest, NULL, parallel->threads + 1) == 0);
    ATK_NEED(pthread_create(&forker.id, NULL, fork_all, &forker) == 0);
    sem_wait(&barriers.early);
    ends_open(&ends, parallel->fixture);
    warm_up(&worker);
    sessions_clear(&ends.sessions);
    const struct measure before = measure_now();
    sem_post(&barriers.opened);
    run_threads(parallel, &ends, &barriers);
    ATK_NEED(pthread_join(forker.id, &failed) == 0);
    sessions_clear(&ends.sessions);
    measure_growth(worker.tally, &before);
    ends_close(&ends);
    exit(failed != NULL);
}
