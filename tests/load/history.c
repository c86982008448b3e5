/* history.c - the rewriting of the store, and the record of it in shared memory. */
#include "load.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void path_of(char *out, size_t size, const struct fixture *fixture, const char *file)
{
    ATK_NEED((size_t)snprintf(out, size, "%s/pins/%s", fixture->dir, file) < size);
}

static const char *first_line(enum host host)
{
    return host == HOST_BELOW ? "subdomains = yes\n" : "";
}

static void write_whole(int fd, const char *bytes, size_t len)
{
    ATK_NEED(write(fd, bytes, len) == (ssize_t)len);
}

/* Writes a file beside the store and renames it into place. */
static void put(const struct fixture *fixture, const char *file, const struct state *state,
                const char *first)
{
    char path[128], fresh[128], bytes[512];
    mode_t mode = state->mode != 0 ? state->mode : 0644;

    path_of(path, sizeof path, fixture, file);
    ATK_NEED((size_t)snprintf(fresh, sizeof fresh, "%s/new", fixture->dir) < sizeof fresh);
    if (state->is_link) {
        ATK_NEED(symlink(state->text, fresh) == 0);
    } else {
        int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        ATK_NEED(fd >= 0);
        write_whole(fd, bytes, state_write(state, &fixture->pins, first, bytes, sizeof bytes));
        ATK_NEED(fchmod(fd, mode) == 0 && close(fd) == 0);
    }
    ATK_NEED(rename(fresh, path) == 0);
}

static void remove_from_store(const struct fixture *fixture, const char *file)
{
    char path[128];

    path_of(path, sizeof path, fixture, file);
    ATK_NEED(unlink(path) == 0);
}

/* Leaves half a file for a millisecond. */
static void tear(const struct fixture *fixture, const char *file, const struct state *state)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    char path[128], bytes[512];
    size_t len = state_write(state, &fixture->pins, "", bytes, sizeof bytes), half = len / 2;

    path_of(path, sizeof path, fixture, file);
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    ATK_NEED(fd >= 0);
    write_whole(fd, bytes, half);
    nanosleep(&pause, NULL);
    write_whole(fd, bytes + half, len - half);
    ATK_NEED(close(fd) == 0);
}

/* A new state is recorded as begun before it can be seen, and as done after the old one is gone. */
static void rewrite(struct fixture *fixture, enum host host, unsigned next, bool in_place)
{
    static unsigned before[HOSTS]; /* the true state, for a history that is one file late */
    struct history *history = &fixture->histories[host];
    uint64_t number = atomic_load(&history->done) + 1;

    atomic_store(&history->ring[number % HISTORY_RING], fixture->late ? before[host] : next);
    atomic_store(&history->begun, number);
    if (in_place)
        tear(fixture, host_files[host], &states[next]);
    else if (states[next].text != NULL)
        put(fixture, host_files[host], &states[next], first_line(host));
    else if (states[before[host]].text != NULL)
        remove_from_store(fixture, host_files[host]);
    atomic_store(&history->done, number);
    before[host] = next;
}

void history_begin(struct fixture *fixture)
{
    static const struct state head = {.name = "", .text = "# empty\n"};

    memset(fixture->histories, 0, sizeof fixture->histories);
    put(fixture, "_store", &head, "");
    for (unsigned host = 0; host < HOSTS; host++) {
        unsigned state = state_of(host_files[host] != NULL ? SAYS_A : SAYS_NOTHING, 0);
        atomic_store(&fixture->histories[host].ring[0], state);
        if (host_files[host] != NULL)
            put(fixture, host_files[host], &states[state], first_line(host));
    }
}

/* Every second state is a broken file. */
static enum kind draw_kind(enum host host, uint64_t *random, uint64_t number)
{
    static const enum kind good[] = {SAYS_A, SAYS_B, SAYS_NOTHING};

    if (number % 2 == 1)
        return BROKEN;
    return good[draw(random) % (host == HOST_GONE ? 3 : 2)];
}

static void swing(struct fixture *fixture, uint64_t *random, uint64_t step)
{
    enum host host = HOST_SWING + step % 3;
    uint64_t number = atomic_load(&fixture->histories[host].done);
    enum kind kind = draw_kind(host, random, number);

    rewrite(fixture, host, state_of(kind, draw(random)), false);
    fixture->totals.rewrites++;
    fixture->totals.broken += kind == BROKEN;
}

/* Rewrites what must not change any answer, and the file that is torn. */
static void disturb(struct fixture *fixture, uint64_t *random, uint64_t step)
{
    static const struct state heads[] = {
        {.text = "# empty\n"}, {.text = ""}, {.text = "mode = enforce\nunpinned = allow\n"}};
    uint64_t number = draw(random);

    if (step % 4 == 0)
        put(fixture, "_store", &heads[number % 3], "");
    else if (step % 4 == 2)
        rewrite(fixture, HOST_RENEWED, state_of(SAYS_A, number), false);
    else
        rewrite(fixture, HOST_TORN, state_of(SAYS_A, number), true);
    if (step % 2 == 0)
        fixture->totals.others++;
    else
        fixture->totals.torn++;
}

void history_step(struct fixture *fixture, uint64_t *random)
{
    static uint64_t step;

    swing(fixture, random, step);
    disturb(fixture, random, step);
    step++;
}

void history_churn(struct fixture *fixture, unsigned a_second)
{
    struct timespec next;
    uint64_t random = 1;

    /* With a higher priority than the handshakes, if allowed, because there are more threads than
     * processors. */
    (void)setpriority(PRIO_PROCESS, 0, -10);
    clock_gettime(CLOCK_MONOTONIC, &next);
    while (!atomic_load(&fixture->stop)) {
        history_step(fixture, &random);
        next.tv_nsec += 1000000000 / a_second;
        if (next.tv_nsec >= 1000000000) {
            next.tv_nsec -= 1000000000;
            next.tv_sec++;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
}
