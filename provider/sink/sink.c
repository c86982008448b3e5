/*
 * sink.c - log destinations.
 *
 * Logging runs in someone else's process: it may lose records but must have no side effects. So no
 * path may block (localtime_r(3) takes a lock that a fork can leave locked), end the process, or
 * change errno.
 */
#include "internal.h"

#include <pinning/str.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void make_line(struct pin_sink_line *line, const char *text)
{
    line->len = pin_str_clean(line->bytes, sizeof line->bytes, text, PIN_CLEAN_LINE);
}

static void end_line(struct pin_sink_line *line)
{
    line->bytes[line->len++] = '\n';
}

/* O_NOFOLLOW: in a directory that others may write, a link of theirs would lead the records of
 * root's processes into a file of their choice. */
static void to_file(const char *path, const struct pin_sink_line *line)
{
    struct stat st;
    int fd = open(
        path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, 0640);

    if (fd >= 0 && fd <= STDERR_FILENO) {
        /* The program closed its standard error, and what it writes there must not get into our
         * file. */
        int up = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        close(fd);
        fd = up;
    }
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        pin_sink_write_quietly(fd, line->bytes, line->len);
    close(fd);
}

void pin_sink_init(void)
{
    pin_sink_init_program();
    pin_sink_init_stderr();
}

void pin_sink_write(const struct pin_sinks *sinks, enum pin_severity severity, const char *text,
                    const char *json, const char *fields)
{
    int saved = errno;
    struct pin_sink_line line;

    if (text != NULL) {
        make_line(&line, text);
        bool to_syslog = (sinks->set & PIN_SINK_SYSLOG) != 0;
        if ((sinks->set & PIN_SINK_JOURNAL) != 0 && !pin_sink_to_journal(severity, &line, fields))
            to_syslog = true;
        if (to_syslog)
            pin_sink_to_syslog(severity, &line);
        end_line(&line);
        if ((sinks->set & PIN_SINK_STDERR) != 0 ||
            ((sinks->set & PIN_SINK_TTY) != 0 && isatty(STDERR_FILENO)))
            pin_sink_to_stderr(&line);
    }
    if ((sinks->set & PIN_SINK_FILE) != 0 && sinks->file != NULL && json != NULL &&
        strnlen(json, PIN_SINK_LINE_MAX + 1) <= PIN_SINK_LINE_MAX) {
        make_line(&line, json);
        end_line(&line);
        to_file(sinks->file, &line);
    }
    errno = saved;
}
