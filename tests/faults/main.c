/*
 * faults - whole handshakes in which one call of the module fails, for each of its calls.
 *
 *   faults --module PATH [--case PART] [--jobs N] [--brief]
 *   faults --prove [--case PART]   without the module each impostor must get through
 *   faults --list
 *
 * --brief: for sanitizers, which make each process slow: the faults that could crash, in TLS 1.3.
 */
#include "run.h"

#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINES_MAX 512

static struct line lines[LINES_MAX];
static size_t line_count;
static struct report *reports;

static struct {
    const char *module, *part;
    bool prove, list, brief;
    unsigned jobs;
} options = {.jobs = 2};

void line_name(const struct line *line, char *out, size_t size)
{
    snprintf(out, size, "%s, %s, %s, %s, %s", line->peer->name,
             line->honest ? "honest" : "impostor", line->version == ATK_TLS12 ? "tls1.2" : "tls1.3",
             line->verify == SSL_VERIFY_NONE ? "none" : "peer",
             line->loading ? "while loading" : "in the handshake");
}

static void add(struct line line)
{
    char name[160];

    line_name(&line, name, sizeof name);
    if ((options.part == NULL || strstr(name, options.part) != NULL) && line_count < LINES_MAX)
        lines[line_count++] = line;
}

/* A case with a successful connection before the one in question is not possible where loading
 * fails. How loading fails does not depend on versions, and little on the mode. */
static bool is_tried(const struct line *line)
{
    const struct peer *peer = line->peer;
    bool first = peer == &peers[0];

    if ((peer->versions & line->version) == 0 ||
        (peer->roles & (line->honest ? HONEST : IMPOSTOR)) == 0)
        return false;
    if (options.brief &&
        (line->honest || line->version != ATK_TLS13 || line->verify != SSL_VERIFY_PEER))
        return false;
    if (!line->loading)
        return line->verify == SSL_VERIFY_PEER || first || !line->honest;
    return peer->between == NULL && line->version == ATK_TLS13 &&
           (line->verify == SSL_VERIFY_PEER || first);
}

static void add_all(void)
{
    static const enum atk_version versions[] = {ATK_TLS13, ATK_TLS12};
    static const int modes[] = {SSL_VERIFY_PEER, SSL_VERIFY_NONE};

    for (unsigned i = 0; i < peer_count * 16; i++) {
        const struct line line = {.peer = &peers[i / 16],
                                  .version = versions[i / 8 % 2],
                                  .verify = modes[i / 4 % 2],
                                  .honest = i / 2 % 2 != 0,
                                  .loading = i % 2 != 0};
        if (is_tried(&line))
            add(line);
    }
}

/* ---- the processes ---- */

static pid_t start(size_t i, const char *work)
{
    static char dir[128];
    pid_t pid;

    snprintf(dir, sizeof dir, "%s/%zu", work, i);
    if (mkdir(dir, 0755) != 0)
        return -1;
    fflush(NULL);
    pid = fork();
    if (pid == 0 && signal(SIGINT, SIG_DFL) != SIG_ERR && signal(SIGTERM, SIG_DFL) != SIG_ERR)
        run_line(&lines[i], &reports[i], options.prove ? NULL : options.module, dir, options.brief);
    return pid;
}

static bool is_good(const struct line *line, const struct report *report, int status)
{
    if (options.prove && !line->honest && (line->peer->how & NEVER) == 0)
        return strstr(report->wrong, "expected no data") != NULL;
    if (options.prove && (line->peer->how & NEVER) != 0)
        return true;
    if (options.prove)
        return report->wrong[0] == '\0';
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 && report->fired > 0;
}

static bool finish(size_t i, int status, const char *work)
{
    const struct report *report = &reports[i];
    bool good = is_good(&lines[i], report, status);
    char name[160], path[160], text[512];

    line_name(&lines[i], name, sizeof name);
    printf("%s %zu - %s # %u connections, %u with a fault, %u of them accepted, %u unhooked\n",
           good ? "ok" : "not ok", i + 1, name, report->runs, report->fired, report->accepted,
           report->unhooked);
    snprintf(path, sizeof path, "%s/%zu/output", work, i);
    FILE *file = good ? NULL : fopen(path, "re");
    if (!good)
        printf("#   %s (status %d)\n", report->wrong, status);
    for (int shown = 0; file != NULL && shown < 12 && fgets(text, sizeof text, file) != NULL;
         shown++)
        printf("#   %s", text);
    if (file != NULL)
        fclose(file);
    snprintf(path, sizeof path, "%s/%zu", work, i);
    atk_remove_tree(path);
    fflush(stdout);
    return good;
}

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    stopped = number;
}

/* The children of these processes are killed with them. */
static void end_all(const pid_t *pids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pids[i] > 0)
            kill(pids[i], SIGKILL);
    while (wait(NULL) > 0)
        continue;
}

static unsigned run_all(const char *work)
{
    pid_t pids[LINES_MAX] = {0};
    unsigned running = 0, bad = 0;
    int status;

    for (size_t next = 0; !stopped && (next < line_count || running > 0);) {
        if (next < line_count && running < options.jobs) {
            if ((pids[next] = start(next, work)) < 0)
                stopped = SIGABRT;
            next++;
            running++;
            continue;
        }
        pid_t pid = wait(&status);
        for (size_t i = 0; pid > 0 && i < next; i++) {
            if (pids[i] != pid)
                continue;
            bad += !finish(i, status, work);
            pids[i] = 0;
            running--;
        }
    }
    end_all(pids, line_count);
    return stopped ? bad + 1 : bad;
}

/* ---- the program ---- */

static int report_all(unsigned bad)
{
    unsigned runs = 0, fired = 0;

    for (size_t i = 0; i < line_count; i++) {
        runs += reports[i].runs;
        fired += reports[i].fired;
    }
    if (!options.prove && !options.brief && options.part == NULL &&
        !coverage_is_complete(reports, line_count))
        bad++;
    printf("# %zu cases, %u connections, %u with a fault, %u cases failed\n1..%zu\n", line_count,
           runs, fired, bad, line_count);
    return bad > 0 || line_count == 0;
}

static bool read_options(int argc, char **argv)
{
    static char module[PATH_MAX];
    static const struct option known[] = {{"module", required_argument, NULL, 'm'},
                                          {"case", required_argument, NULL, 'c'},
                                          {"jobs", required_argument, NULL, 'j'},
                                          {"prove", no_argument, NULL, 'p'},
                                          {"list", no_argument, NULL, 'l'},
                                          {"brief", no_argument, NULL, 'b'},
                                          {NULL, 0, NULL, 0}};

    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (c == 'm')
            options.module = realpath(optarg, module);
        else if (c == 'c')
            options.part = optarg;
        else if (c == 'j')
            options.jobs = (unsigned)atoi(optarg);
        else if (c == 'p')
            options.prove = true;
        else if (c == 'l')
            options.list = true;
        else if (c == 'b')
            options.brief = true;
        else
            return false;
    }
    if (options.jobs < 1 || options.jobs > 16)
        options.jobs = 2;
    return optind == argc && (options.module != NULL || options.prove || options.list);
}

int main(int argc, char **argv)
{
    char work[] = "/tmp/faults.XXXXXX", name[160];

    if (!read_options(argc, argv)) {
        fprintf(
            stderr,
            "usage: faults --module PATH | --prove | --list  [--case PART] [--jobs N] [--brief]\n");
        return 2;
    }
    if (fault_thunk(0) == NULL) {
        printf("1..0 # SKIP calls can be replaced on x86-64 only\n");
        return 77;
    }
    add_all();
    for (size_t i = 0; options.list && i < line_count; i++) {
        line_name(&lines[i], name, sizeof name);
        puts(name);
    }
    if (options.list)
        return 0;
    reports = mmap(NULL, LINES_MAX * sizeof *reports, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (reports == MAP_FAILED || mkdtemp(work) == NULL)
        return 2;
    const struct sigaction action = {.sa_handler =
                                         stop}; /* without SA_RESTART, so that wait(2) returns */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    unsigned bad = run_all(work);
    atk_remove_tree(work);
    return report_all(bad);
}
