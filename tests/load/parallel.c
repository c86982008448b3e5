/* A process with many threads, and processes with one. */
#include "load.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WARM 16 /* handshakes after which a thread has all that it will have */

static struct worker worker_of(const struct crowd *crowd, unsigned number, struct ends *ends)
{
    return (struct worker){.world = crowd->world,
                           .ends = ends,
                           .sessions = &ends->sessions,
                           .tally = &crowd->tallies[number],
                           .random = 0x9e3779b97f4a7c15u * (number + 1),
                           .quiet = crowd->quiet};
}

static void warm_up(struct worker *worker)
{
    for (unsigned i = 0; i < WARM; i++)
        meet(worker);
}

static void go_on(struct worker *worker)
{
    while (!atomic_load(&worker->world->stop))
        meet(worker);
}

_Noreturn void crowd_run_alone(const struct crowd *crowd, unsigned number)
{
    struct ends ends;
    struct worker worker = worker_of(crowd, number, &ends);

    people_open(&ends, crowd->world);
    warm_up(&worker);
    people_forget(&ends.sessions);
    const struct measure before = measure_now();
    go_on(&worker);
    people_forget(&ends.sessions);
    measure_growth(worker.tally, &before);
    people_close(&ends);
    worker.tally->over = true;
    exit(0);
}

/* ---- with threads ---- */

struct gates {
    sem_t early, opened;
    pthread_barrier_t rest;
};

struct thread {
    pthread_t id;
    const struct crowd *crowd;
    unsigned number;
    struct ends *ends;
    struct gates *gates;
};

static void *handshake(void *arg)
{
    struct thread *thread = arg;
    struct worker worker = worker_of(thread->crowd, thread->number, thread->ends);
    struct sessions own;

    people_begin(&own);
    if (thread->crowd->apart)
        worker.sessions = &own;
    warm_up(&worker);
    pthread_barrier_wait(&thread->gates->rest);
    pthread_barrier_wait(&thread->gates->rest);
    go_on(&worker);
    people_forget(&own);
    pthread_mutex_destroy(&own.lock);
    worker.tally->over = true;
    return NULL;
}

static void fork_some(const struct crowd *crowd, unsigned first, unsigned count, pid_t *children)
{
    pid_t parent = getpid();

    for (unsigned i = 0; i < count; i++) {
        children[i] = fork();
        ATK_NEED(children[i] >= 0);
        if (children[i] == 0) {
            storm_bind(parent);
            crowd_run_alone(crowd, first + i);
        }
    }
}

static bool reap_all(const struct crowd *crowd, const pid_t *children)
{
    bool good = true;

    for (unsigned i = 0; i < crowd->early + crowd->late; i++)
        good = storm_reap(crowd->world, children[i],
                          i < crowd->early ? "a process forked before init"
                                           : "a process forked after init") &&
               good;
    return good;
}

/* Forks in a thread that is not the first, twice, and stays until its children have ended. The
 * second time the others rest between two handshakes: in each OpenSSL 3.0 locks its random
 * generators, and a child for which one of them is locked for ever hangs without any help of ours.
 */
static void *fork_all(void *arg)
{
    const struct thread *thread = arg;
    const struct crowd *crowd = thread->crowd;
    unsigned first = crowd->threads + 1;
    pid_t children[64];

    fork_some(crowd, first, crowd->early, children);
    sem_post(&thread->gates->early);
    sem_wait(&thread->gates->opened);
    struct worker worker = worker_of(crowd, thread->number, thread->ends);
    warm_up(&worker);
    pthread_barrier_wait(&thread->gates->rest);
    fork_some(crowd, first + crowd->early, crowd->late, children + crowd->early);
    pthread_barrier_wait(&thread->gates->rest);
    atomic_store(&crowd->world->warm, true);
    worker.tally->over = true;
    return reap_all(crowd, children) ? NULL : arg;
}

static void run_threads(struct crowd *crowd, struct ends *ends, struct gates *gates)
{
    struct thread *threads = calloc(crowd->threads, sizeof *threads);

    ATK_NEED(threads != NULL);
    for (unsigned i = 0; i < crowd->threads; i++) {
        threads[i] = (struct thread){.crowd = crowd, .number = i, .ends = ends, .gates = gates};
        ATK_NEED(pthread_create(&threads[i].id, NULL, handshake, &threads[i]) == 0);
    }
    for (unsigned i = 0; i < crowd->threads; i++)
        ATK_NEED(pthread_join(threads[i].id, NULL) == 0);
    free(threads);
}

_Noreturn void crowd_run(struct crowd *crowd)
{
    struct gates gates;
    struct ends ends;
    struct thread forker = {
        .crowd = crowd, .number = crowd->threads, .ends = &ends, .gates = &gates};
    struct worker worker = worker_of(crowd, 0, &ends);
    void *failed;

    ATK_NEED(sem_init(&gates.early, 0, 0) == 0 && sem_init(&gates.opened, 0, 0) == 0 &&
             pthread_barrier_init(&gates.rest, NULL, crowd->threads + 1) == 0);
    ATK_NEED(pthread_create(&forker.id, NULL, fork_all, &forker) == 0);
    sem_wait(&gates.early);
    people_open(&ends, crowd->world);
    warm_up(&worker);
    people_forget(&ends.sessions);
    const struct measure before = measure_now();
    sem_post(&gates.opened);
    run_threads(crowd, &ends, &gates);
    ATK_NEED(pthread_join(forker.id, &failed) == 0);
    people_forget(&ends.sessions);
    measure_growth(worker.tally, &before);
    people_close(&ends);
    exit(failed != NULL);
}
