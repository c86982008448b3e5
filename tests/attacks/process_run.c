/* process_run.c - the child with its handshakes, and the check of their results. */
#include "process_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FREE_HOST     "free.test"
#define EXCHANGES_MAX 256
#define CHILD_SECS    300 /* ends what hangs */
#define HIGHEST_FD    1024

static const char *const names[PROC_PEERS] = {"the honest peer", "the impostor",
                                              "the unpinned host"};

/* The result of a handshake, and the expected one. */
struct exchange {
    enum proc_peer peer;
    bool happened, over; /* after the event of the case; false in over: the process died in it */
    unsigned expected;   /* number of the reason of a refusal; 0: accepted */
    unsigned reason;
    size_t client_got, server_got;
    bool believes, stray, unclosed; /* descriptors are left open */
};

struct proc_shared {
    unsigned count;
    bool happened;
    struct exchange list[EXCHANGES_MAX];
};

/* ---- in the child ---- */

static unsigned number_of(const char *reason)
{
    return reason != NULL ? (unsigned)atoi(reason + 1) : 0;
}

static unsigned count_descriptors(void)
{
    unsigned count = 0;

    for (int fd = 0; fd < HIGHEST_FD; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void exchange_once(struct proc *proc, SSL_CTX *client, enum proc_peer peer,
                          const char *reason)
{
    struct proc_shared *shared = proc->shared;
    unsigned open = count_descriptors();
    struct atk_pair pair;

    ATK_NEED(shared->count < EXCHANGES_MAX);
    struct exchange *exchange = &shared->list[shared->count++];
    *exchange = (struct exchange){
        .peer = peer, .happened = shared->happened, .expected = number_of(reason)};
    atk_open_to(proc->run, &pair, client, proc->servers[peer],
                peer == PROC_UNPINNED ? FREE_HOST : ATK_HOST);
    atk_talk(&pair);
    exchange->reason = pair.provider_reason;
    exchange->client_got = pair.client_got;
    exchange->server_got = pair.server_got;
    exchange->believes = pair.client_up && !pair.client_dead;
    exchange->stray = pair.stray;
    atk_close(&pair);
    exchange->unclosed = count_descriptors() != open;
    exchange->over = true;
}

void proc_exchange(struct proc *proc, enum proc_peer peer, const char *reason)
{
    SSL_CTX *fresh = atk_client_in(proc->run, NULL);

    exchange_once(proc, proc->client, peer, reason);
    exchange_once(proc, fresh, peer, reason);
    SSL_CTX_free(fresh);
}

static bool is_refused(const struct proc *proc, enum proc_peer peer)
{
    return peer == PROC_IMPOSTOR || proc->test_case->refused == PROC_REFUSE_ALL ||
           (proc->test_case->refused == PROC_REFUSE_PINNED && peer == PROC_HONEST);
}

/* The impostor's run has the peers that must be refused, the control's run all others. */
void proc_exchange_all(struct proc *proc)
{
    const struct atk_run *run = proc->run;

    for (enum proc_peer peer = 0; peer < PROC_PEERS; peer++)
        if (is_refused(proc, peer) != run->honest)
            proc_exchange(proc, peer, run->honest ? NULL : run->test_case->reason);
}

static void exchange_restored(struct proc *proc)
{
    proc->test_case->restores(proc);
    if (!proc->run->honest) {
        proc_exchange(proc, PROC_IMPOSTOR, "P07");
        return;
    }
    proc_exchange(proc, PROC_HONEST, NULL);
    proc_exchange(proc, PROC_UNPINNED, NULL);
}

/* The detached mount is the descriptor that OpenSSL's init left open. */
static void start(struct proc *proc)
{
    bool open[HIGHEST_FD];

    for (int fd = 0; fd < HIGHEST_FD; fd++)
        open[fd] = fcntl(fd, F_GETFD) >= 0;
    atk_pin(proc->run);
    proc->client = atk_client(proc->run);
    proc->mount_fd = -1;
    for (int fd = 0; fd < HIGHEST_FD; fd++)
        if (!open[fd] && fcntl(fd, F_GETFD) >= 0)
            proc->mount_fd = fd;
    proc->servers[PROC_HONEST] = atk_server(proc->run, atk_true());
    proc->servers[PROC_IMPOSTOR] = atk_server(proc->run, atk_false());
    proc->servers[PROC_UNPINNED] = atk_server(proc->run, atk_named("DNS:" FREE_HOST, ATK_FREE_KEY));
}

static _Noreturn void live_on(struct proc *proc)
{
    if (proc->test_case->before != NULL)
        proc->test_case->before(proc);
    start(proc);
    proc_exchange(proc, PROC_HONEST, NULL);
    proc_exchange(proc, PROC_UNPINNED, NULL);
    proc->shared->happened = true;
    proc->test_case->event(proc);
    proc_exchange_all(proc);
    if (proc->test_case->restores != NULL)
        exchange_restored(proc);
    _exit(0);
}

/* ---- for the events ---- */

pid_t proc_fork(void)
{
    fflush(NULL);
    pid_t child = fork();

    ATK_NEED(child >= 0);
    if (child == 0)
        alarm(CHILD_SECS);
    return child;
}

void proc_wait(pid_t child)
{
    int status;

    ATK_NEED(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == ATK_EXIT_SKIPPED)
        _exit(ATK_EXIT_SKIPPED);
    ATK_NEED(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

const char *proc_path(const struct proc *proc, const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];

    ATK_NEED((size_t)snprintf(path, sizeof paths[0], "%s/%s", proc->run->dir, name) <
             sizeof paths[0]);
    return path;
}

void proc_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    ATK_NEED(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

void proc_make_path(const char *path)
{
    char part[512];

    ATK_NEED(strlen(path) < sizeof part);
    for (size_t i = 1; i <= strlen(path); i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        ATK_NEED(mkdir(part, 0755) == 0 || errno == EEXIST);
    }
}

void proc_make_store(struct proc *proc, const char *name, X509 *cert)
{
    char file[256];

    proc_make_path(proc_path(proc, name));
    snprintf(file, sizeof file, "../%s/_store", name);
    atk_store(proc->run, file, "# empty\n");
    if (cert == NULL)
        return;
    snprintf(file, sizeof file, "../%s/" ATK_HOST ".pins", name);
    atk_store(proc->run, file, "key = %s\n", atk_key_pin(cert));
}

void proc_skip_unless(bool done, const char *what)
{
    char why[128];

    if (done)
        return;
    snprintf(why, sizeof why, "%s: %s", what, strerror(errno));
    atk_skip(why);
}

/* ---- the check ---- */

static void check_exchange(struct atk_run *run, const struct exchange *exchange)
{
    const char *name = names[exchange->peer];
    size_t flowed = exchange->client_got + exchange->server_got;

    run->exchanges++;
    if (exchange->unclosed)
        atk_fail(run, "expected no open descriptor after %s, got one", name);
    if (!exchange->over) {
        atk_fail(run, "expected an answer for %s, got the end of the process", name);
    } else if (exchange->expected == 0) {
        run->passed++;
        if (exchange->client_got == 0 || exchange->server_got == 0)
            atk_fail(run, "expected %s to be accepted %s, got a refusal, P%02u", name,
                     exchange->happened ? "after the event" : "before the event", exchange->reason);
        if (exchange->stray)
            atk_fail(run, "expected an empty error queue after a success, got an error");
    } else {
        run->refused += flowed == 0;
        run->leaked = run->leaked || flowed > 0;
        if (flowed > 0 || exchange->believes)
            atk_fail(run, "expected %s to be refused, got data", name);
        else if (run->module != NULL && exchange->reason != exchange->expected)
            atk_fail(run, "expected a refusal of %s with P%02u, got P%02u", name,
                     exchange->expected, exchange->reason);
    }
}

/* Waits for all descendants, because the end of the child is not the end of those it forked. */
static void wait_for_all(struct atk_run *run)
{
    int status;

    while (wait(&status) > 0 || errno == EINTR) {
        if (WIFEXITED(status) && WEXITSTATUS(status) == ATK_EXIT_SKIPPED)
            _exit(ATK_EXIT_SKIPPED);
        if (WIFSIGNALED(status))
            atk_fail(run, "expected exit status 0, got signal %d", WTERMSIG(status));
        else if (WEXITSTATUS(status) != 0)
            atk_fail(run, "expected exit status 0, got %d", WEXITSTATUS(status));
    }
}

void proc_run(struct atk_run *run, const struct proc_case *test_case)
{
    struct proc proc = {.run = run, .test_case = test_case};

    if ((test_case->flags & PROC_ROOT) != 0 && geteuid() != 0)
        atk_skip("needs root");
    if ((test_case->flags & PROC_LOGGED) == 0)
        run->reason = NULL;
    proc.shared =
        mmap(NULL, sizeof *proc.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ATK_NEED(proc.shared != MAP_FAILED && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
    proc_write(proc_path(&proc, "log"), "");
    ATK_NEED(chmod(proc_path(&proc, "log"), 0666) == 0); /* the process may change its user */
    if (proc_fork() == 0)
        live_on(&proc);
    wait_for_all(run);
    for (unsigned i = 0; i < proc.shared->count; i++)
        check_exchange(run, &proc.shared->list[i]);
    if (!proc.shared->happened)
        atk_fail(run, "expected the event of the case, got none");
}
