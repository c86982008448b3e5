/* The turns of a row, each in a process of its own: what crashes fails, and no state of the module
 * is inherited. */
#include "run.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends what hangs. A run takes a second, or a minute with sanitizers on a busy machine. */
#define RUN_LIMIT_IN_SECS 600

static _Noreturn void play(const struct turn *turn, const char *module)
{
    const struct atk_row *row = turn->line->row;
    char log[96];
    struct bat b = {.row = row,
                    .version = run_versions[turn->line->version].version,
                    .verify = run_modes[turn->line->mode].verify,
                    .honest = turn->honest,
                    .module = module,
                    .dir = turn->dir,
                    .reason = row->reason};

    snprintf(log, sizeof log, "%s/output", turn->dir);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        _exit(ATK_EXIT_BROKEN);
    alarm(RUN_LIMIT_IN_SECS);
    atk_begin(&b);
    (turn->honest ? row->twin : row->impostor)(&b);
    exit(atk_end(&b));
}

static bool start(struct turn *turn, const char *work, const char *module)
{
    static unsigned number;

    snprintf(turn->dir, sizeof turn->dir, "%s/%u", work, number++);
    if (mkdir(turn->dir, 0755) != 0)
        return false;
    fflush(NULL);
    turn->pid = fork();
    if (turn->pid == 0)
        play(turn, module);
    return turn->pid > 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void turns_remove_tree(const char *dir)
{
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Shows what a turn wrote, or takes the reason why it was skipped. */
static void read_output(const struct turn *turn, char *skip, size_t size)
{
    char path[96], text[1024];

    snprintf(path, sizeof path, "%s/output", turn->dir);
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

/* Without the module the impostor must get through, unless OpenSSL itself is in his way. */
static bool is_good(const struct turn *turn, int status, bool prove)
{
    const struct atk_row *row = turn->line->row;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

    if (!prove || turn->honest)
        return code == 0;
    bool anyway = (row->anyway & run_modes[turn->line->mode].mode) != 0;
    return anyway ? code == 0 : code == ATK_EXIT_LEAKED;
}

static void finish(const struct turn *turn, int status, const struct run_options *options)
{
    struct line *line = turn->line;

    line->pending--;
    if (WIFEXITED(status) && WEXITSTATUS(status) == ATK_EXIT_SKIPPED) {
        if (line->outcome == UNTRIED)
            line->outcome = SKIPPED;
        read_output(turn, line->note, sizeof line->note);
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == ATK_EXIT_GAP) {
        if (line->outcome != FAILED)
            line->outcome = GAP;
        read_output(turn, line->note, sizeof line->note);
    } else if (is_good(turn, status, options->prove)) {
        if (line->outcome == UNTRIED)
            line->outcome = OK;
    } else {
        line->outcome = FAILED;
        snprintf(line->note, sizeof line->note, "%s, %s %d", turn->honest ? "twin" : "impostor",
                 WIFSIGNALED(status) ? "signal" : "status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        printf("# %s/%s, the %s at %s, %s:\n", line->group->name, line->row->name,
               turn->honest ? "honest twin" : "impostor", run_versions[line->version].name,
               run_modes[line->mode].name);
        read_output(turn, NULL, 0);
    }
    if (!options->keep)
        turns_remove_tree(turn->dir);
}

static void reap(struct turn *running, unsigned *count, const struct run_options *options)
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

bool turns_run(const struct lines *lines, const struct run_options *options, const char *work)
{
    struct turn running[16];
    unsigned count = 0;

    for (size_t i = 0; i < lines->count; i++) {
        for (int honest = 0; honest < 2; honest++) {
            struct turn turn = {.line = &lines->list[i], .honest = honest};
            if ((honest ? lines->list[i].row->twin : lines->list[i].row->impostor) == NULL)
                continue;
            while (count >= options->jobs)
                reap(running, &count, options);
            if (!start(&turn, work, options->prove ? NULL : options->module))
                return false;
            running[count++] = turn;
        }
    }
    while (count > 0)
        reap(running, &count, options);
    return true;
}

bool turns_try(struct line *line, const char *work)
{
    struct turn turn = {.line = line, .honest = true};
    int status;

    if (!start(&turn, work, NULL) || waitpid(turn.pid, &status, 0) != turn.pid)
        return false;
    line->outcome = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? OK : SKIPPED;
    read_output(&turn, line->note, sizeof line->note);
    turns_remove_tree(turn.dir);
    return true;
}
