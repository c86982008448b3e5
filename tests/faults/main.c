/*
 * faults - whole handshakes in which one call of the module fails, each of them in turn.
 *
 *   faults --module PATH [--row PART] [--jobs N] [--brief]
 *   faults --prove [--row PART]   without the module each impostor must get through
 *   faults --list
 *
 * Brief: for sanitizers, with which each process costs much. What could crash, of one version.
 */
#include "turn.h"

#include <ftw.h>
#include <getopt.h>
#include <limits.h>
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
    const char *module, *row;
    bool prove, list, brief;
    unsigned jobs;
} options = {.jobs = 2};

void line_name(const struct line *line, char *out, size_t size)
{
    snprintf(out, size, "%s, %s, %s, %s, %s", line->peer->name,
             line->honest ? "honest" : "impostor", line->version == BAT_TLS12 ? "tls1.2" : "tls1.3",
             line->verify == SSL_VERIFY_NONE ? "none" : "peer",
             line->loading ? "while loading" : "in the handshake");
}

static void add(struct line line)
{
    char name[160];

    line_name(&line, name, sizeof name);
    if ((options.row == NULL || strstr(name, options.row) != NULL) && line_count < LINES_MAX)
        lines[line_count++] = line;
}

/* What needs a connection before it that went well has none where loading failed; and how it fails
 * has nothing to do with versions, and little with the mode. */
static bool is_tried(const struct line *line)
{
    const struct peer *peer = line->peer;
    bool first = peer == &peers[0];

    if ((peer->versions & line->version) == 0 ||
        (peer->who & (line->honest ? HONEST : IMPOSTOR)) == 0)
        return false;
    if (options.brief &&
        (line->honest || line->version != BAT_TLS13 || line->verify != SSL_VERIFY_PEER))
        return false;
    if (!line->loading)
        return line->verify == SSL_VERIFY_PEER || first || !line->honest;
    return peer->between == NULL && line->version == BAT_TLS13 &&
           (line->verify == SSL_VERIFY_PEER || first);
}

static void add_all(void)
{
    static const enum bat_version versions[] = {BAT_TLS13, BAT_TLS12};
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

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static pid_t start(size_t i, const char *work)
{
    static char dir[128];
    pid_t pid;

    snprintf(dir, sizeof dir, "%s/%zu", work, i);
    if (mkdir(dir, 0755) != 0)
        return -1;
    fflush(NULL);
    pid = fork();
    if (pid == 0)
        turn_play(&lines[i], &reports[i], options.prove ? NULL : options.module, dir,
                  options.brief);
    return pid;
}

static bool is_good(const struct line *line, const struct report *report, int status)
{
    if (options.prove && !line->honest && (line->peer->how & NEVER) == 0)
        return strstr(report->wrong, "let through") != NULL;
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
    nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    fflush(stdout);
    return good;
}

static unsigned run_all(const char *work)
{
    pid_t pids[LINES_MAX] = {0};
    unsigned running = 0, bad = 0;
    int status;

    for (size_t next = 0; next < line_count || running > 0;) {
        if (next < line_count && running < options.jobs) {
            if ((pids[next] = start(next, work)) < 0)
                return bad + 1;
            next++;
            running++;
            continue;
        }
        pid_t pid = wait(&status);
        running--;
        for (size_t i = 0; i < next; i++)
            if (pids[i] == pid)
                bad += !finish(i, status, work);
    }
    return bad;
}

/* ---- what was covered ---- */

/* Those which need not be called on every machine. */
static const struct {
    const char *name, *why;
} not_everywhere[] = {
    {"syscall", "open_tree: root alone, and without a seccomp filter"},
    {"fcntl", "as open_tree"},
    {"getrlimit", "as open_tree"},
    {"EVP_PKEY_up_ref", "raw keys: OpenSSL 3.2"},
    {"i2d_PUBKEY", "raw keys: OpenSSL 3.2"},
};

static const char *excuse(const char *name)
{
    for (size_t i = 0; i < sizeof not_everywhere / sizeof not_everywhere[0]; i++)
        if (strcmp(not_everywhere[i].name, name) == 0)
            return not_everywhere[i].why;
    return NULL;
}

static bool is_whole(void)
{
    bool whole = true;

    for (size_t c = 0; c < fault_call_count; c++) {
        const struct fault_call *call = &fault_calls[c];
        unsigned failed = 0;
        for (size_t i = 0; i < line_count; i++)
            failed += reports[i].seen.failed[c];
        if (call->kind == FAULT_SAFE || (failed == 0 && !reports[0].seen.present[c]))
            continue;
        printf("# %s failed %u times%s%s\n", call->name, failed,
               failed == 0 && excuse(call->name) != NULL ? ": " : "",
               failed == 0 && excuse(call->name) != NULL ? excuse(call->name) : "");
        whole = whole && (failed > 0 || excuse(call->name) != NULL);
    }
    if (!whole)
        printf("not ok - a call was never made to fail\n");
    return whole;
}

static int report_all(unsigned bad)
{
    unsigned runs = 0, fired = 0;

    for (size_t i = 0; i < line_count; i++) {
        runs += reports[i].runs;
        fired += reports[i].fired;
    }
    if (!options.prove && !options.brief && options.row == NULL && !is_whole())
        bad++;
    printf("# %zu rows, %u connections, %u with a fault, %u rows failed\n1..%zu\n", line_count,
           runs, fired, bad, line_count);
    return bad > 0 || line_count == 0;
}

static bool read_options(int argc, char **argv)
{
    static char module[PATH_MAX];
    static const struct option known[] = {{"module", required_argument, NULL, 'm'},
                                          {"row", required_argument, NULL, 'r'},
                                          {"jobs", required_argument, NULL, 'j'},
                                          {"prove", no_argument, NULL, 'p'},
                                          {"list", no_argument, NULL, 'l'},
                                          {"brief", no_argument, NULL, 'b'},
                                          {NULL, 0, NULL, 0}};

    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (c == 'm')
            options.module = realpath(optarg, module);
        else if (c == 'r')
            options.row = optarg;
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
            "usage: faults --module PATH | --prove | --list  [--row PART] [--jobs N] [--brief]\n");
        return 2;
    }
    if (fault_thunk(0) == NULL) {
        printf("1..0 # SKIP calls can be taken on x86-64 only\n");
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
    unsigned bad = run_all(work);
    nftw(work, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return report_all(bad);
}
