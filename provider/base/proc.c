/* proc.c - files of /proc. */
#include <pinning/proc.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PROC_MAGIC 0x9fa0

/* Opens a file of /proc. Returns -1 also if /proc is another file system, as it may be in a chroot.
 */
static int open_proc(const char *path)
{
    struct statfs fs;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd >= 0 && (fstatfs(fd, &fs) != 0 || fs.f_type != PROC_MAGIC)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

bool pin_proc_read(const char *path, char *buf, size_t size)
{
    int fd = open_proc(path);
    size_t len = 0;
    ssize_t got = -1;

    if (fd < 0)
        return false;
    while (len < size) {
        got = read(fd, buf + len, size - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    close(fd);
    if (got != 0 || len == size)
        return false;
    buf[len] = '\0';
    return true;
}

bool pin_proc_has_seccomp(void)
{
    char status[8 * 1024];
    const char *line;

    if (!pin_proc_read("/proc/self/status", status, sizeof(status)))
        return true;
    line = strstr(status, "\nSeccomp:");
    return line == NULL || strncmp(line, "\nSeccomp:\t0\n", 12) != 0;
}
