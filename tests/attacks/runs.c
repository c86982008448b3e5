/* runs.c - the runs of a case, each in a process of its own, so that a crash fails one run and no
 * state of the module is inherited. */
#include "run.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends what hangs. A run takes a second, or a minute with sanitizers on a busy machine. */
#define RUN_LIMIT_IN_SECS 600

static _Noreturn void play(const struct run_child *child, const char *module)
{
    const struct atk_case *test_case = child->line->test_case;
    char log[96];
    struct atk_run run = {.test_case = test_case,
                          .version = run_versions[child->line->version].version,
                          .verify = run_modes[child->line->mode].verify,
                          .honest = child->honest,
                          .module = module,
                          .dir = child->dir,
                          .reason = test_case->reason};

    snprintf(log, sizeof log, "%s/output", child->dir);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        _exit(ATK_EXIT_BROKEN);
    alarm(RUN_LIMIT_IN_SECS);
    atk_begin(&run);
    (child->honest ? test_case->control : test_case->impostor)(&run);
    exit(atk_end(&run));
}

static bool start(struct run_child *child, const char *work, const char *module)
{
    static unsigned number;

    snprintf(child->dir, sizeof child->dir, "%s/%u", work, number++);
    if (mkdir(child->dir, 0755) != 0)
        return false;
    fflush(NULL);
    child->pid = fork();
    if (child->pid == 0)
        play(child, module);
    return child->pid > 0;
}

/* Prints the output of a run, or copies the reason why it was skipped. */
static void read_output(const struct run_child *child, char *skip, size_t size)
{
    char path[96], text[1024];

    snprintf(path, sizeof path, "%s/output", child->dir);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(text, sizeof text, file) != NULL) {
        text[strcspn(text, "\n")] = '\0';
        if (skip != NULL && strncmp(text, "skip: ", 6) == 0)
            snprintf(skip, size, "%s", text + 6);
        else if (skip == NULL)
            printf("#   %s\n", text[0] == '#' ? text + 2 : text);
    }
    if (file != NULL)
        fclose(file);
}

/* Without the module the impostor must get through, unless OpenSSL itself refuses him. */
static bool is_good(const struct run_child *child, int status, bool prove)
{
    const struct atk_case *test_case = child->line->test_case;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

    if (!prove || child->honest)
        return code == 0;
    bool anyway = (test_case->anyway & run_modes[child->line->mode].mode) != 0;
    return anyway ? code == 0 : code == ATK_EXIT_LEAKED;
}

static void finish(const struct run_child *child, int status, const struct run_options *options)
{
    struct line *line = child->line;

    line->pending--;
    if (WIFEXITED(status) && WEXITSTATUS(status) == ATK_EXIT_SKIPPED) {
        if (line->outcome == UNTRIED)
            line->outcome = SKIPPED;
        read_output(child, line->remark, sizeof line->remark);
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == ATK_EXIT_LIMITATION) {
        if (line->outcome != FAILED)
            line->outcome = LIMITATION;
        read_output(child, line->remark, sizeof line->remark);
    } else if (is_good(child, status, options->prove)) {
        if (line->outcome == UNTRIED)
            line->outcome = OK;
    } else {
        line->outcome = FAILED;
        snprintf(line->remark, sizeof line->remark, "%s, %s %d",
                 child->honest ? "control" : "impostor", WIFSIGNALED(status) ? "signal" : "status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        printf("# %s/%s, the %s at %s, %s:\n", line->group->name, line->test_case->name,
               child->honest ? "control" : "impostor", run_versions[line->version].name,
               run_modes[line->mode].name);
        read_output(child, NULL, 0);
    }
    if (!options->keep)
        atk_remove_tree(child->dir);
}

static void reap(struct run_child *running, unsigned *count, const struct run_options *options)
{
    int status;
    pid_t pid = wait(&status);

    for (unsigned i = 0; i < *count; i++) {
        if (running[i].pid != pid)
            continue;
        finish(&running[i], status, options);
        if (running[i].line->pending == 0)
            lines_print_one(running[i].line);
        running[i] = running[--*count];
    }
}

bool runs_execute(const struct lines *lines, const struct run_options *options, const char *work)
{
    struct run_child running[16];
    unsigned count = 0;

    for (size_t i = 0; i < lines->count; i++) {
        for (int honest = 0; honest < 2; honest++) {
            struct run_child child = {.line = &lines->list[i], .honest = honest};
            if ((honest ? lines->list[i].test_case->control : lines->list[i].test_case->impostor) ==
                NULL)
                continue;
            while (count >= options->jobs)
                reap(running, &count, options);
            if (!start(&child, work, options->prove ? NULL : options->module))
                return false;
            running[count++] = child;
        }
    }
    while (count > 0)
        reap(running, &count, options);
    return true;
}

bool runs_try(struct line *line, const char *work)
{
    struct run_child child = {.line = line, .honest = true};
    int status;

    if (!start(&child, work, NULL) || waitpid(child.pid, &status, 0) != child.pid)
        return false;
    line->outcome = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? OK : SKIPPED;
    read_output(&child, line->remark, sizeof line->remark);
    atk_remove_tree(child.dir);
    return true;
}
