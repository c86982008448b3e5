/* process_fork.c - fork, exec and daemons. */
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

void proc_nothing(struct proc *proc)
{
    (void)proc;
}

/* ---- fork ---- */

/* Both processes go on, the child first; they share the store. */
static void become_two(void)
{
    pid_t child = proc_fork();

    if (child > 0)
        proc_wait(child);
}

void proc_fork_first(struct proc *proc)
{
    (void)proc;
    become_two();
}

void proc_fork_later(struct proc *proc)
{
    (void)proc;
    become_two();
}

static void finish(struct proc *proc, struct atk_pair *pair)
{
    atk_talk(pair);
    if (proc->run->honest)
        ATK_NEED(pair->client_got > 0 && pair->server_got > 0);
    else if (proc->run->module != NULL)
        ATK_NEED(pair->client_got + pair->server_got == 0 && pair->provider_reason == 7);
    atk_close(pair);
}

/* Forks after the ClientHello and the pre-handshake check. */
void proc_fork_midway(struct proc *proc)
{
    struct atk_pair pair;

    atk_open(proc->run, &pair, proc->client,
             proc->servers[proc->run->honest ? PROC_HONEST : PROC_IMPOSTOR]);
    ATK_NEED(SSL_do_handshake(pair.client) <= 0);
    become_two();
    finish(proc, &pair);
}

/* ---- fork while another thread is in the store ---- */

struct beside {
    struct proc *proc;
    atomic_int opens; /* descriptor of the seccomp listener for openat(2) of the thread; below 0: an
                         errno */
};

static void *handshake(void *arg)
{
    static const int calls[] = {SYS_openat};
    struct beside *beside = arg;
    struct proc *proc = beside->proc;
    struct atk_pair pair;

    atk_open(proc->run, &pair, proc->client,
             proc->servers[proc->run->honest ? PROC_HONEST : PROC_IMPOSTOR]);
    int fd = confine_calls(calls, 1, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    beside->opens = fd >= 0 ? fd : -errno;
    if (fd >= 0)
        finish(proc, &pair);
    return NULL;
}

/* Forks while the thread waits in openat(2) within the module, so that the child inherits the locks
 * held there. Returns false if the thread is in free(3), which opens a file of /proc with its lock
 * held: fork(2) would wait for that lock. */
static bool fork_now(struct beside *beside)
{
    struct seccomp_notif asked = {0};
    struct seccomp_notif_resp answer = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

    ATK_NEED(ioctl(beside->opens, SECCOMP_IOCTL_NOTIF_RECV, &asked) == 0);
    bool of_module = asked.data.args[2] != (O_RDONLY | O_CLOEXEC);
    pid_t child = of_module ? proc_fork() : -1;
    if (child == 0) {
        atk_pin(beside->proc->run); /* read by the waiting thread */
        proc_exchange_all(beside->proc);
        _exit(0);
    }
    if (of_module)
        proc_wait(child);
    answer.id = asked.id;
    ATK_NEED(ioctl(beside->opens, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0);
    return of_module;
}

static void *fork_beside(void *arg)
{
    struct beside beside = {.proc = arg};
    pthread_t thread;
    unsigned forks = 0;

    ATK_NEED(pthread_create(&thread, NULL, handshake, &beside) == 0);
    while (beside.opens == 0)
        usleep(1000);
    if (beside.opens < 0)
        errno = -beside.opens;
    proc_skip_unless(beside.opens > 0, "seccomp(2) with a listener");
    while (pthread_tryjoin_np(thread, NULL) != 0) {
        struct pollfd ready = {.fd = beside.opens, .events = POLLIN};
        if (poll(&ready, 1, 20) == 1 && (ready.revents & POLLIN) != 0)
            forks += fork_now(&beside);
    }
    ATK_NEED(close(beside.opens) == 0);
    ATK_NEED(beside.proc->run->module == NULL ||
             forks >= 3); /* opened: the store, its _store, a pin file */
    return NULL;
}

/* Forks in a second thread, which becomes the only one of the child. */
void proc_fork_in_a_thread(struct proc *proc)
{
    pthread_t thread;

    ATK_NEED(pthread_create(&thread, NULL, fork_beside, proc) == 0);
    ATK_NEED(pthread_join(thread, NULL) == 0);
}

/* ---- exec ---- */

/* Lists the descriptors that a program inherits. */
static void list_descriptors(const char *file)
{
    pid_t child = proc_fork();

    if (child > 0) {
        proc_wait(child);
        return;
    }
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ATK_NEED(fd >= 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
    execl("/bin/ls", "ls", "/proc/self/fd", (char *)NULL);
    _exit(ATK_EXIT_BROKEN);
}

void proc_list_descriptors(struct proc *proc)
{
    list_descriptors(proc_path(proc, "before"));
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

/* The command line is read from the kernel, because the program may have been started through a
 * loader. */
_Noreturn void proc_exec_again(const char *name)
{
    static char words[1 << 14], option[] = "--case";
    char *argv[64];
    int argc = 0;
    size_t len = read_whole("/proc/self/cmdline", words, sizeof words);

    for (size_t at = 0; at < len && argc < 58; at += strlen(words + at) + 1)
        argv[argc++] = words + at;
    argv[argc++] = option;
    argv[argc++] = (char *)name;
    argv[argc] = NULL;
    execv("/proc/self/exe", argv);
    _exit(ATK_EXIT_BROKEN);
}

/* A new program inherits no descriptor of the module, and enforces the pins too. */
void proc_exec(struct proc *proc)
{
    char before[1024], after[1024];

    ATK_NEED(proc->mount_fd < 0 || fcntl(proc->mount_fd, F_GETFD) == FD_CLOEXEC);
    list_descriptors(proc_path(proc, "after"));
    (void)read_whole(proc_path(proc, "before"), before, sizeof before);
    (void)read_whole(proc_path(proc, "after"), after, sizeof after);
    ATK_NEED(strcmp(before, after) == 0);
    pid_t child = proc_fork();
    if (child == 0)
        proc_exec_again("process/nothing happens");
    proc_wait(child);
}

/* ---- a daemon ---- */

static void leave_parent(void)
{
    if (proc_fork() > 0)
        _exit(0);
}

void proc_daemonise(struct proc *proc)
{
    (void)proc;
    leave_parent();
    ATK_NEED(setsid() > 0);
    leave_parent();
    ATK_NEED(chdir("/") == 0);
    umask(0);
    closefrom(0);
}

/* The daemon's own files get the numbers that were free, that of the clone among them. */
void proc_daemonise_and_open(struct proc *proc)
{
    proc_daemonise(proc);
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    ATK_NEED(fd == 0);
    while (fd <= proc->mount_fd || fd < 8)
        ATK_NEED((fd = dup(fd)) > 0);
    proc_exchange_all(proc);
    for (int i = 0; i <= fd; i++) /* the module closed none of them */
        ATK_NEED(fcntl(i, F_GETFD) >= 0);
}
