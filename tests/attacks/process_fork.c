/* The process becomes another, or several. */
#include "../unit/confine.h"
#include "process_run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void life_nothing(struct life *life)
{
    (void)life;
}

/* ---- fork ---- */

/* Both go on, the child first: they share the store and its pins. */
static void become_two(void)
{
    pid_t child = life_fork();

    if (child > 0)
        life_wait(child);
}

void life_fork_first(struct life *life)
{
    (void)life;
    become_two();
}

void life_fork_later(struct life *life)
{
    (void)life;
    become_two();
}

static void finish(struct life *life, struct atk_pair *pair)
{
    atk_talk(pair);
    if (life->b->honest)
        ATK_NEED(pair->client_got > 0 && pair->server_got > 0);
    else if (life->b->module != NULL)
        ATK_NEED(pair->client_got + pair->server_got == 0 && pair->told_reason == 7);
    atk_close(pair);
}

/* The client has said hello, and looked up what holds, in the process that forks. */
void life_fork_midway(struct life *life)
{
    struct atk_pair pair;

    atk_open(life->b, &pair, life->client,
             life->servers[life->b->honest ? LIFE_HONEST : LIFE_IMPOSTOR]);
    ATK_NEED(SSL_do_handshake(pair.client) <= 0);
    become_two();
    finish(life, &pair);
}

/* ---- fork while another thread is in the store ---- */

struct beside {
    struct life *life;
    atomic_int opens; /* descriptor that tells of each openat(2) of the thread */
};

static void *handshake(void *arg)
{
    static const int calls[] = {SYS_openat};
    struct beside *beside = arg;
    struct life *life = beside->life;
    struct atk_pair pair;

    atk_open(life->b, &pair, life->client,
             life->servers[life->b->honest ? LIFE_HONEST : LIFE_IMPOSTOR]);
    int fd = confine_calls(calls, 1, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    beside->opens = fd >= 0 ? fd : -errno;
    if (fd >= 0)
        finish(life, &pair);
    return NULL;
}

/* The thread waits in its openat(2), in the midst of the module. What it does and does not hold
 * locked is then inherited by the child. Returns false where it is in free(3), which opens a file
 * of /proc and has its lock: fork(2) itself would wait for that. */
static bool fork_now(struct beside *beside)
{
    struct seccomp_notif asked = {0};
    struct seccomp_notif_resp answer = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

    ATK_NEED(ioctl(beside->opens, SECCOMP_IOCTL_NOTIF_RECV, &asked) == 0);
    bool of_module = asked.data.args[2] != (O_RDONLY | O_CLOEXEC);
    pid_t child = of_module ? life_fork() : -1;
    if (child == 0) {
        atk_pin(beside->life->b); /* which the thread then reads */
        life_meet_all(beside->life);
        _exit(0);
    }
    if (of_module)
        life_wait(child);
    answer.id = asked.id;
    ATK_NEED(ioctl(beside->opens, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0);
    return of_module;
}

static void *fork_beside(void *arg)
{
    struct beside beside = {.life = arg};
    pthread_t thread;
    unsigned forks = 0;

    ATK_NEED(pthread_create(&thread, NULL, handshake, &beside) == 0);
    while (beside.opens == 0)
        usleep(1000);
    if (beside.opens < 0)
        errno = -beside.opens;
    life_permitted(beside.opens > 0, "seccomp(2) with a listener");
    while (pthread_tryjoin_np(thread, NULL) != 0) {
        struct pollfd ready = {.fd = beside.opens, .events = POLLIN};
        if (poll(&ready, 1, 20) == 1 && (ready.revents & POLLIN) != 0)
            forks += fork_now(&beside);
    }
    ATK_NEED(close(beside.opens) == 0);
    ATK_NEED(beside.life->b->module == NULL || forks >= 3); /* the store, its _store, a file */
    return NULL;
}

/* The thread that forks is another one, too, and becomes the child's only one. */
void life_fork_in_a_thread(struct life *life)
{
    pthread_t thread;

    ATK_NEED(pthread_create(&thread, NULL, fork_beside, life) == 0);
    ATK_NEED(pthread_join(thread, NULL) == 0);
}

/* ---- exec ---- */

/* What a program sees that this process starts. */
static void list_descriptors(const char *file)
{
    pid_t child = life_fork();

    if (child > 0) {
        life_wait(child);
        return;
    }
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ATK_NEED(fd >= 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
    execl("/bin/ls", "ls", "/proc/self/fd", (char *)NULL);
    _exit(ATK_EXIT_BROKEN);
}

void life_list_descriptors(struct life *life)
{
    list_descriptors(life_path(life, "before"));
}

static size_t read_whole(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");

    ATK_NEED(file != NULL);
    size_t len = fread(out, 1, size, file);
    fclose(file);
    ATK_NEED(len < size);
    out[len] = '\0';
    return len;
}

/* This program once more, for a row of its own. Its command line is the kernel's copy: it may have
 * been started through a loader. */
static _Noreturn void start_anew(void)
{
    static char words[1 << 14], option[] = "--case", row[] = "process/nothing happens";
    char *argv[64];
    int argc = 0;
    size_t len = read_whole("/proc/self/cmdline", words, sizeof words);

    for (size_t at = 0; at < len && argc < 58; at += strlen(words + at) + 1)
        argv[argc++] = words + at;
    argv[argc++] = option;
    argv[argc++] = row;
    argv[argc] = NULL;
    execv("/proc/self/exe", argv);
    _exit(ATK_EXIT_BROKEN);
}

/* No descriptor of ours gets into a new program, and that is held anew. */
void life_exec(struct life *life)
{
    char before[1024], after[1024];

    ATK_NEED(life->clone < 0 || fcntl(life->clone, F_GETFD) == FD_CLOEXEC);
    list_descriptors(life_path(life, "after"));
    (void)read_whole(life_path(life, "before"), before, sizeof before);
    (void)read_whole(life_path(life, "after"), after, sizeof after);
    ATK_NEED(strcmp(before, after) == 0);
    pid_t child = life_fork();
    if (child == 0)
        start_anew();
    life_wait(child);
}

/* ---- a daemon ---- */

static void leave_parent(void)
{
    if (life_fork() > 0)
        _exit(0);
}

void life_daemonise(struct life *life)
{
    (void)life;
    leave_parent();
    ATK_NEED(setsid() > 0);
    leave_parent();
    ATK_NEED(chdir("/") == 0);
    umask(0);
    closefrom(0);
}

/* What it opens gets the numbers that were free, the clone's among them. */
void life_daemonise_and_open(struct life *life)
{
    life_daemonise(life);
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    ATK_NEED(fd == 0);
    while (fd <= life->clone || fd < 8)
        ATK_NEED((fd = dup(fd)) > 0);
    life_meet_all(life);
    for (int i = 0; i <= fd; i++) /* and they stay its own */
        ATK_NEED(fcntl(i, F_GETFD) >= 0);
}
