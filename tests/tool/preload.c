/* Preloaded into pinctl. KILL_AT=N kills it at the Nth call of those that change files; a write
 * that is hit writes half of its bytes first. With SLEPT=0 sleep takes no time, but the clock
 * believes it, also after exec. */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int calls;

static int is_hit(void)
{
    const char *at = getenv("KILL_AT");
    return at != NULL && ++calls == atoi(at);
}

static void die(void)
{
    kill(getpid(), SIGKILL);
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
        die();
    return ((int (*)(int, const char *, int, ...))real("openat"))(dir, path, flags, mode);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    ssize_t (*next)(int, const void *, size_t) =
        (ssize_t(*)(int, const void *, size_t))real("write");

    if (fd > 2 && is_hit()) {
        (void)!next(fd, bytes, len / 2);
        die();
    }
    return next(fd, bytes, len);
}

int fsync(int fd)
{
    if (is_hit())
        die();
    return ((int (*)(int))real("fsync"))(fd);
}

int fchmod(int fd, mode_t mode)
{
    if (is_hit())
        die();
    return ((int (*)(int, mode_t))real("fchmod"))(fd, mode);
}

int mkdir(const char *path, mode_t mode)
{
    if (is_hit())
        die();
    return ((int (*)(const char *, mode_t))real("mkdir"))(path, mode);
}

int unlinkat(int dir, const char *path, int flags)
{
    if (is_hit())
        die();
    return ((int (*)(int, const char *, int))real("unlinkat"))(dir, path, flags);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    if (is_hit())
        die();
    return ((int (*)(int, const char *, int, const char *))real("renameat"))(from_dir, from, to_dir,
                                                                             to);
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
    char text[32];

    if (getenv("SLEPT") == NULL)
        return ((unsigned (*)(unsigned))real("sleep"))(secs);
    snprintf(text, sizeof text, "%ld", atol(getenv("SLEPT")) + (long)secs);
    setenv("SLEPT", text, 1);
    return 0;
}
