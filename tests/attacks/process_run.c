/* The child, and the judgement over it. */
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

#define FREE_HOST  "free.test"
#define MEETINGS   256
#define CHILD_SECS 300 /* ends what hangs */
#define HIGHEST_FD 1024

static const char *const names[LIFE_WHO] = {"the honest peer", "the impostor", "the unpinned host"};

/* What came of a handshake, and what should have. */
struct meeting {
    enum life_who who;
    bool happened, over; /* after what happens in the row; not died in */
    unsigned expected;   /* number of the reason; 0: accepted */
    unsigned reason;
    size_t client_got, server_got;
    bool believes, stray, unclosed; /* descriptors are left over */
};

struct life_shared {
    unsigned count;
    bool happened;
    struct meeting list[MEETINGS];
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

static void meet_once(struct life *life, SSL_CTX *client, enum life_who who, const char *reason)
{
    struct life_shared *shared = life->shared;
    unsigned open = count_descriptors();
    struct atk_pair pair;

    ATK_NEED(shared->count < MEETINGS);
    struct meeting *meeting = &shared->list[shared->count++];
    *meeting =
        (struct meeting){.who = who, .happened = shared->happened, .expected = number_of(reason)};
    atk_open_to(life->b, &pair, client, life->servers[who],
                who == LIFE_UNPINNED ? FREE_HOST : ATK_HOST);
    atk_talk(&pair);
    meeting->reason = pair.told_reason;
    meeting->client_got = pair.client_got;
    meeting->server_got = pair.server_got;
    meeting->believes = pair.client_up && !pair.client_dead;
    meeting->stray = pair.stray;
    atk_close(&pair);
    meeting->unclosed = count_descriptors() != open;
    meeting->over = true;
}

void life_meet(struct life *life, enum life_who who, const char *reason)
{
    SSL_CTX *fresh = atk_client_in(life->b, NULL);

    meet_once(life, life->client, who, reason);
    meet_once(life, fresh, who, reason);
    SSL_CTX_free(fresh);
}

static bool is_refused(const struct life *life, enum life_who who)
{
    return who == LIFE_IMPOSTOR || life->row->refused == LIFE_REFUSE_ALL ||
           (life->row->refused == LIFE_REFUSE_PINNED && who == LIFE_HONEST);
}

/* In the impostor's turn all who are refused, with him; in the other all who are not. */
void life_meet_all(struct life *life)
{
    const struct bat *b = life->b;

    for (enum life_who who = 0; who < LIFE_WHO; who++)
        if (is_refused(life, who) != b->honest)
            life_meet(life, who, b->honest ? NULL : b->row->reason);
}

static void meet_mended(struct life *life)
{
    life->row->mends(life);
    if (!life->b->honest) {
        life_meet(life, LIFE_IMPOSTOR, "P07");
        return;
    }
    life_meet(life, LIFE_HONEST, NULL);
    life_meet(life, LIFE_UNPINNED, NULL);
}

/* The clone is what OpenSSL's init left open. */
static void start(struct life *life)
{
    bool open[HIGHEST_FD];

    for (int fd = 0; fd < HIGHEST_FD; fd++)
        open[fd] = fcntl(fd, F_GETFD) >= 0;
    atk_pin(life->b);
    life->client = atk_client(life->b);
    life->clone = -1;
    for (int fd = 0; fd < HIGHEST_FD; fd++)
        if (!open[fd] && fcntl(fd, F_GETFD) >= 0)
            life->clone = fd;
    life->servers[LIFE_HONEST] = atk_server(life->b, atk_true());
    life->servers[LIFE_IMPOSTOR] = atk_server(life->b, atk_false());
    life->servers[LIFE_UNPINNED] = atk_server(life->b, atk_named("DNS:" FREE_HOST, ATK_FREE_KEY));
}

static _Noreturn void live(struct life *life)
{
    if (life->row->before != NULL)
        life->row->before(life);
    start(life);
    life_meet(life, LIFE_HONEST, NULL);
    life_meet(life, LIFE_UNPINNED, NULL);
    life->shared->happened = true;
    life->row->happens(life);
    life_meet_all(life);
    if (life->row->mends != NULL)
        meet_mended(life);
    _exit(0);
}

/* ---- for what happens ---- */

pid_t life_fork(void)
{
    fflush(NULL);
    pid_t child = fork();

    ATK_NEED(child >= 0);
    if (child == 0)
        alarm(CHILD_SECS);
    return child;
}

void life_wait(pid_t child)
{
    int status;

    ATK_NEED(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == ATK_EXIT_SKIPPED)
        _exit(ATK_EXIT_SKIPPED);
    ATK_NEED(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

const char *life_path(const struct life *life, const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];

    ATK_NEED((size_t)snprintf(path, sizeof paths[0], "%s/%s", life->b->dir, name) <
             sizeof paths[0]);
    return path;
}

void life_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    ATK_NEED(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

void life_make_path(const char *path)
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

void life_make_store(struct life *life, const char *name, X509 *cert)
{
    char file[256];

    life_make_path(life_path(life, name));
    snprintf(file, sizeof file, "../%s/_store", name);
    atk_store(life->b, file, "# empty\n");
    if (cert == NULL)
        return;
    snprintf(file, sizeof file, "../%s/" ATK_HOST ".pins", name);
    atk_store(life->b, file, "key = %s\n", atk_key_pin(cert));
}

void life_permitted(bool done, const char *what)
{
    char why[128];

    if (done)
        return;
    snprintf(why, sizeof why, "%s: %s", what, strerror(errno));
    atk_skip(why);
}

/* ---- the judgement ---- */

static void judge(struct bat *b, const struct meeting *meeting)
{
    const char *name = names[meeting->who];
    size_t flowed = meeting->client_got + meeting->server_got;

    b->met++;
    if (meeting->unclosed)
        atk_fail(b, "after %s descriptors are left over", name);
    if (!meeting->over) {
        atk_fail(b, "the process did not come back from %s", name);
    } else if (meeting->expected == 0) {
        b->passed++;
        if (meeting->client_got == 0 || meeting->server_got == 0)
            atk_fail(b, "%s was refused %s, reason P%02u", name,
                     meeting->happened ? "afterwards" : "before", meeting->reason);
        if (meeting->stray)
            atk_fail(b, "a success left an error in the queue");
    } else {
        b->refused += flowed == 0;
        b->leaked = b->leaked || flowed > 0;
        if (flowed > 0 || meeting->believes)
            atk_fail(b, "%s was accepted", name);
        else if (b->module != NULL && meeting->reason != meeting->expected)
            atk_fail(b, "%s was refused for P%02u, not for P%02u", name, meeting->reason,
                     meeting->expected);
    }
}

/* The process may have become several, and its end does not mean theirs. */
static void wait_for_all(struct bat *b)
{
    int status;

    while (wait(&status) > 0 || errno == EINTR) {
        if (WIFEXITED(status) && WEXITSTATUS(status) == ATK_EXIT_SKIPPED)
            _exit(ATK_EXIT_SKIPPED);
        if (WIFSIGNALED(status))
            atk_fail(b, "a process died of signal %d", WTERMSIG(status));
        else if (WEXITSTATUS(status) != 0)
            atk_fail(b, "a process ended with status %d", WEXITSTATUS(status));
    }
}

void life_turn(struct bat *b, const struct life_row *row)
{
    struct life life = {.b = b, .row = row};

    if ((row->flags & LIFE_ROOT) != 0 && geteuid() != 0)
        atk_skip("needs root");
    if ((row->flags & LIFE_LOGGED) == 0)
        b->reason = NULL;
    life.shared =
        mmap(NULL, sizeof *life.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ATK_NEED(life.shared != MAP_FAILED && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
    life_write(life_path(&life, "log"), "");
    ATK_NEED(chmod(life_path(&life, "log"), 0666) == 0); /* the user may become another */
    if (life_fork() == 0)
        live(&life);
    wait_for_all(b);
    for (unsigned i = 0; i < life.shared->count; i++)
        judge(b, &life.shared->list[i]);
    if (!life.shared->happened)
        atk_fail(b, "nothing happened");
}
