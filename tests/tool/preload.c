/* Preloaded into pinctl. KILL_AT=N kills it at the Nth call of those that change files, FAIL_AT=N
 * lets that call fail as if there were no room; a write that is hit writes half of its bytes first.
 * Not the programs that it starts. With SLEPT=0 sleep takes no time, but the clock
 * believes it, also after exec; it begins once there is a file AWAKE=PATH. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int calls, kill_at, fail_at;
static pid_t self;

__attribute__((constructor)) static void load(void)
{
    kill_at = getenv("KILL_AT") != NULL ? atoi(getenv("KILL_AT")) : 0;
    fail_at = getenv("FAIL_AT") != NULL ? atoi(getenv("FAIL_AT")) : 0;
    unsetenv("KILL_AT");
    unsetenv("FAIL_AT");
    self = getpid();
}

/* Is this the call that is to fail, or to be the last? Of a write, half is to be done first. */
static int is_hit(void)
{
    return getpid() == self && (++calls == kill_at || calls == fail_at);
}

static int end(void)
{
    if (calls == kill_at)
        kill(getpid(), SIGKILL);
    errno = ENOSPC;
    return -1;
}

static void *real(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (found == NULL)
        abort();
    return found;
}

int openat(int dir, const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    if ((flags & O_CREAT) != 0 && is_hit())
        return end();
    return ((int (*)(int, const char *, int, ...))real("openat"))(dir, path, flags, mode);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    ssize_t (*next)(int, const void *, size_t) =
        (ssize_t(*)(int, const void *, size_t))real("write");

    if (fd > 2 && is_hit()) {
        (void)!next(fd, bytes, len / 2);
        return end();
    }
    return next(fd, bytes, len);
}

int fsync(int fd)
{
    if (is_hit())
        return end();
    return ((int (*)(int))real("fsync"))(fd);
}

int fchmod(int fd, mode_t mode)
{
    if (is_hit())
        return end();
    return ((int (*)(int, mode_t))real("fchmod"))(fd, mode);
}

int mkdir(const char *path, mode_t mode)
{
    if (is_hit())
        return end();
    return ((int (*)(const char *, mode_t))real("mkdir"))(path, mode);
}

int unlinkat(int dir, const char *path, int flags)
{
    if (is_hit())
        return end();
    return ((int (*)(int, const char *, int))real("unlinkat"))(dir, path, flags);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    if (is_hit())
        return end();
    return ((int (*)(int, const char *, int, const char *))real("renameat"))(from_dir, from, to_dir,
                                                                             to);
}

int open(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    if ((flags & O_CREAT) != 0 && is_hit())
        return end();
    return ((int (*)(const char *, int, ...))real("open"))(path, flags, mode);
}

int unlink(const char *path)
{
    if (is_hit())
        return end();
    return ((int (*)(const char *))real("unlink"))(path);
}

int rename(const char *from, const char *to)
{
    if (is_hit())
        return end();
    return ((int (*)(const char *, const char *))real("rename"))(from, to);
}

/* Told, so that somebody can clean up in /tmp. */
char *mkdtemp(char *pattern)
{
    char *made = NULL;

    if (is_hit())
        (void)end();
    else
        made = ((char *(*)(char *))real("mkdtemp"))(pattern);
    if (made != NULL && (kill_at > 0 || fail_at > 0))
        fprintf(stderr, "preload: made %s\n", made);
    return made;
}

time_t time(time_t *out)
{
    const char *slept = getenv("SLEPT");
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec += slept != NULL ? atol(slept) : 0;
    if (out != NULL)
        *out = now.tv_sec;
    return now.tv_sec;
}

unsigned sleep(unsigned secs)
{
    const char *awake = getenv("AWAKE");
    char text[32];

    if (getenv("SLEPT") == NULL)
        return ((unsigned (*)(unsigned))real("sleep"))(secs);
    while (awake != NULL && access(awake, F_OK) != 0)
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    snprintf(text, sizeof text, "%ld", atol(getenv("SLEPT")) + (long)secs);
    setenv("SLEPT", text, 1);
    return 0;
}
