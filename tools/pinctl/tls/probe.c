/*
 * Probing servers with "openssl s_client", many at once.
 *
 * s_client implements the protocols, and reads no openssl.cnf, so that the module is not loaded.
 *
 * A chain is used even if the handshake fails later, because a server that requires a client
 * certificate ends it that way in TLS 1.2. Callers do not trust a chain because it was presented.
 */
#include "tls/probe.h"

#include "tls/probe_output.h"

#include <pinning/identity.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX (1024 * 1024) /* bytes; s_client itself ends at 100 KiB of certificates */
#define PROBE_SECS 15

enum { OUT, ERR, STREAMS };

/* A running s_client; pid 0: unused. */
struct child {
    pid_t pid;
    size_t index;
    const char *protocol; /* STARTTLS protocol of the target */
    time_t deadline;      /* CLOCK_MONOTONIC */
    int fds[STREAMS];     /* -1: closed */
    char *text[STREAMS];
    size_t len[STREAMS];
};

static time_t seconds(void)
{
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* ---- starting ---- */

/* Returns the environment with an empty OPENSSL_CONF; the caller frees only the list. NULL when out
 * of memory. */
static char **make_environment(void)
{
    static char conf[] = "OPENSSL_CONF=/dev/null";
    size_t count = 0, kept = 0;

    while (environ[count] != NULL)
        count++;
    char **list = calloc(count + 2, sizeof *list);
    for (size_t i = 0; list != NULL && i < count; i++)
        if (strncmp(environ[i], conf, strlen("OPENSSL_CONF=")) != 0)
            list[kept++] = environ[i];
    if (list != NULL)
        list[kept] = conf;
    return list;
}

static int spawn(const struct pinctl_target *target, int out, int err_fd, pid_t *pid)
{
    const struct pin_identity *sni = target->sni.text[0] != '\0' ? &target->sni : &target->host;
    char where[PIN_IDENTITY_MAX + 16];
    const char *args[16] = {"openssl",    "s_client",    "-showcerts", "-no-CAfile",
                            "-no-CApath", "-no-CAstore", "-connect",   where};
    size_t count = 8;
    char **env = make_environment();
    posix_spawn_file_actions_t actions;
    int sys = ENOMEM;

    snprintf(where, sizeof where, strchr(target->host.text, ':') != NULL ? "[%s]:%u" : "%s:%u",
             target->host.text, target->port);
    args[count++] = sni->is_address ? "-noservername" : "-servername";
    if (!sni->is_address)
        args[count++] = sni->text;
    if (target->starttls[0] != '\0') {
        args[count++] = "-starttls";
        args[count++] = target->starttls;
    }
    if (env != NULL && (sys = posix_spawn_file_actions_init(&actions)) == 0) {
        if ((sys = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
            (sys = posix_spawn_file_actions_adddup2(&actions, out, 1)) == 0 &&
            (sys = posix_spawn_file_actions_adddup2(&actions, err_fd, 2)) == 0)
            sys = posix_spawnp(pid, "openssl", &actions, NULL, (char **)args, env);
        posix_spawn_file_actions_destroy(&actions);
    }
    free(env);
    return sys;
}

static bool start(struct child *child, const struct pinctl_target *target, size_t index,
                  unsigned timeout_in_secs, struct pin_error *err)
{
    int out[2] = {-1, -1}, err_pipe[2] = {-1, -1}, sys = 0;

    *child = (struct child){.index = index,
                            .protocol = target->starttls,
                            .deadline = seconds() + (time_t)timeout_in_secs};
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err_pipe, O_CLOEXEC) != 0)
        sys = errno;
    else
        sys = spawn(target, out[1], err_pipe[1], &child->pid);
    if (out[1] >= 0)
        close(out[1]);
    if (err_pipe[1] >= 0)
        close(err_pipe[1]);
    child->fds[OUT] = out[0];
    child->fds[ERR] = err_pipe[0];
    if (sys == 0)
        return true;
    for (int i = 0; i < STREAMS; i++)
        if (child->fds[i] >= 0)
            close(child->fds[i]);
    child->pid = 0;
    return pin_error_set_sys(err, PIN_R_INTERNAL, sys, "cannot run openssl s_client");
}

/* ---- reading ---- */

/* Appends what the child printed. False if it is too much, or when out of memory. */
static bool read_output(struct child *child, int stream)
{
    char buf[16384];
    ssize_t got = read(child->fds[stream], buf, sizeof buf);
    size_t had = child->len[stream];

    if (got < 0 && errno == EINTR)
        return true;
    if (got <= 0) {
        close(child->fds[stream]);
        child->fds[stream] = -1;
        return true;
    }
    char *text =
        had + (size_t)got > OUTPUT_MAX ? NULL : realloc(child->text[stream], had + (size_t)got + 1);
    if (text == NULL)
        return false;
    memcpy(text + had, buf, (size_t)got);
    text[had + (size_t)got] = '\0';
    child->text[stream] = text;
    child->len[stream] = had + (size_t)got;
    return true;
}

/* ---- a batch ---- */

struct batch {
    struct child *children;
    struct pollfd *polls; /* STREAMS a child */
    unsigned parallel;
    pinctl_probe_done *done;
    void *arg;
};

/* Ends the child and reports its result. why: NULL, or why it is ended before it finished. */
static void child_finish(const struct batch *batch, struct child *child, const char *why)
{
    struct pin_error err = {.reason = PIN_OK};
    STACK_OF(X509) * chain;

    /* It has closed its output or must be ended. Its id stays reserved until waitpid(). */
    kill(child->pid, SIGKILL);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    chain = pinctl_probe_chain(child->text[OUT]);
    if (chain == NULL && why != NULL)
        pin_error_set(&err, PIN_R_INTERNAL, "%s", why);
    else if (chain == NULL)
        pinctl_probe_why(child->text[ERR], child->protocol, &err);
    for (int i = 0; i < STREAMS; i++) {
        if (child->fds[i] >= 0)
            close(child->fds[i]);
        free(child->text[i]);
    }
    child->pid = 0;
    if (batch->done != NULL)
        batch->done(batch->arg, child->index, chain, chain == NULL ? &err : NULL);
    sk_X509_pop_free(chain, X509_free);
}

/* Waits at most a second for output, and handles it. */
static void batch_step(const struct batch *batch)
{
    for (unsigned i = 0; i < batch->parallel; i++)
        for (int s = 0; s < STREAMS; s++)
            batch->polls[i * STREAMS + s] = (struct pollfd){
                batch->children[i].pid != 0 ? batch->children[i].fds[s] : -1, POLLIN, 0};
    if (poll(batch->polls, batch->parallel * STREAMS, 1000) < 0)
        return;
    for (unsigned i = 0; i < batch->parallel; i++) {
        struct child *child = &batch->children[i];
        bool ok = true;
        if (child->pid == 0)
            continue;
        for (int s = 0; ok && s < STREAMS; s++)
            if (batch->polls[i * STREAMS + s].revents != 0)
                ok = read_output(child, s);
        if (!ok)
            child_finish(batch, child, "it sent more than a chain of certificates can contain");
        else if (child->fds[OUT] < 0 && child->fds[ERR] < 0)
            child_finish(batch, child, NULL);
        else if (seconds() >= child->deadline)
            child_finish(batch, child, "no answer in time");
    }
}

static unsigned running(const struct batch *batch)
{
    unsigned count = 0;
    for (unsigned i = 0; i < batch->parallel; i++)
        count += batch->children[i].pid != 0;
    return count;
}

bool pinctl_probe(const struct pinctl_target *targets, size_t count, unsigned parallel,
                  unsigned timeout_in_secs, pinctl_probe_done *done, void *arg,
                  struct pin_error *err)
{
    struct batch batch = {.parallel = parallel > 0 ? parallel : 1, .done = done, .arg = arg};
    size_t next = 0;
    bool ok = true;

    batch.children = calloc(batch.parallel, sizeof *batch.children);
    batch.polls = calloc((size_t)batch.parallel * STREAMS, sizeof *batch.polls);
    if (batch.children == NULL || batch.polls == NULL)
        ok = pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    while (ok && (next < count || running(&batch) > 0)) {
        for (unsigned i = 0; ok && i < batch.parallel && next < count; i++)
            if (batch.children[i].pid == 0)
                ok = start(&batch.children[i], &targets[next], next, timeout_in_secs, err) &&
                     ++next > 0;
        if (ok && running(&batch) > 0)
            batch_step(&batch);
    }
    for (unsigned i = 0; batch.children != NULL && i < batch.parallel; i++)
        if (batch.children[i].pid != 0)
            child_finish(&batch, &batch.children[i],
                         "ended, because another probe could not be started");
    free(batch.children);
    free(batch.polls);
    return ok;
}

/* ---- a single target ---- */

struct single {
    STACK_OF(X509) * chain;
    struct pin_error err;
};

static void keep(void *arg, size_t index, STACK_OF(X509) * chain, const struct pin_error *err)
{
    struct single *single = arg;

    (void)index;
    if (chain != NULL && (single->chain = X509_chain_up_ref(chain)) == NULL)
        pin_error_set(&single->err, PIN_R_INTERNAL, "out of memory");
    if (err != NULL)
        single->err = *err;
}

STACK_OF(X509) * pinctl_probe_one(const struct pinctl_target *target, struct pin_error *err)
{
    struct single single = {.chain = NULL};

    if (pinctl_probe(target, 1, 1, PROBE_SECS, keep, &single, err) && single.chain == NULL)
        pin_error_set(err, single.err.reason, "%s:%u: %s", target->host.text, target->port,
                      single.err.text);
    return single.chain;
}
