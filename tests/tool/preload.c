/* preload.c - library preloaded into pinctl, to end it at a chosen call and to shorten sleep.
 *
 * KILL_AT=N kills pinctl at its Nth call that changes files. FAIL_AT=N lets that call fail with
 * ENOSPC. A write at which this happens writes half of its bytes first. Programs that pinctl starts
 * are not affected. With SLEPT=0 sleep returns at once and time(2) advances by its seconds, also
 * after exec. sleep waits first until the file AWAKE=PATH exists. */
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

/* Returns whether this call must fail, or is the last. */
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

/* Prints the directory, so that the test can remove it. */
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
