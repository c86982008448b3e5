/*
 * threads.c - a client of 16 threads for the bench, with its servers.
 *
 *     threads CERT KEY CA NAME
 *
 * Each line of standard input is a number of handshakes, which the threads share. For each line the
 * program prints, in nanoseconds, the wall-clock time, the CPU time of the process, and the
 * clients' part of it. Between two lines the process does nothing.
 */
#include "ends.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 16

struct job {
    SSL_CTX *client, *server;
    const char *name;
    pthread_barrier_t begin, end;
    atomic_long left;
    atomic_uint_fast64_t client_in_ns;
};

static void *work(void *arg)
{
    struct job *job = arg;

    for (;;) {
        uint64_t client_in_ns = 0;
        pthread_barrier_wait(&job->begin);
        while (atomic_fetch_sub(&job->left, 1) > 0)
            bench_handshake(job->client, job->server, job->name, &client_in_ns);
        atomic_fetch_add(&job->client_in_ns, client_in_ns);
        pthread_barrier_wait(&job->end);
    }
    return NULL;
}

static void start(struct job *job)
{
    pthread_barrier_init(&job->begin, NULL, THREADS + 1);
    pthread_barrier_init(&job->end, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, work, job) != 0)
            bench_die("pthread_create");
    }
}

static void run(struct job *job, long count)
{
    atomic_store(&job->left, count);
    atomic_store(&job->client_in_ns, 0);
    uint64_t wall = bench_clock_in_ns(CLOCK_MONOTONIC);
    uint64_t computed = bench_clock_in_ns(CLOCK_PROCESS_CPUTIME_ID);
    pthread_barrier_wait(&job->begin);
    pthread_barrier_wait(&job->end);
    computed = bench_clock_in_ns(CLOCK_PROCESS_CPUTIME_ID) - computed;
    wall = bench_clock_in_ns(CLOCK_MONOTONIC) - wall;
    printf("%llu %llu %llu\n", (unsigned long long)wall, (unsigned long long)computed,
           (unsigned long long)atomic_load(&job->client_in_ns));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct job job = {0};
    char line[32];

    if (argc != 5)
        bench_die("usage: threads CERT KEY CA NAME; this call");
    job.server = bench_server(argv[1], argv[2]);
    job.client = bench_client(argv[3]);
    job.name = argv[4];
    start(&job);
    while (fgets(line, sizeof line, stdin) != NULL)
        run(&job, atol(line));
    return 0; /* exit(3) ends the waiting threads */
}
