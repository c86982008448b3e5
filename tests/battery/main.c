/*
 * battery - every way around the check, tried with real handshakes.
 *
 *   battery --module PATH [--row PART] [--jobs N] [--keep]
 *   battery --prove [--row PART]    without the module each impostor must get through
 *   battery --list
 *
 * Each turn of a row (a version, a verify mode, the impostor or his honest twin) is a process of
 * its own: what crashes fails, and no state of the module is inherited. OpenSSL itself is not
 * called before the fork, so each process loads it afresh.
 */
#include "groups.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct bat_group *const groups[] = {
#define GROUP(name) &name,
#include "groups.list"
#undef GROUP
};
#define GROUPS (sizeof groups / sizeof groups[0])

static const struct {
    enum bat_version version;
    const char *name;
} versions[] = {{BAT_TLS11, "tls1.1"},
                {BAT_TLS12, "tls1.2"},
                {BAT_TLS13, "tls1.3"},
                {BAT_DTLS12, "dtls1.2"},
                {BAT_QUIC, "quic"}};
#define VERSIONS (sizeof versions / sizeof versions[0])

static const struct {
    unsigned mode;
    int verify;
    const char *name;
} modes[] = {{BAT_PEER, SSL_VERIFY_PEER, "peer"}, {BAT_NONE, SSL_VERIFY_NONE, "none"}};

static struct {
    const char *module, *row;
    bool prove, keep, list;
    unsigned jobs;
} options = {.jobs = 2};

static char work[] = "/tmp/battery.XXXXXX";

enum outcome { UNTRIED, OK, FAILED, SKIPPED, GAP, OUTCOMES };

/* One line of the report: a row at a version and a mode, with both turns. */
struct line {
    const struct bat_group *group;
    const struct bat_row *row;
    size_t version, mode;
    enum outcome outcome;
    unsigned pending;
    char note[160];
};
static struct line *lines;
static size_t line_count;

struct turn {
    struct line *line;
    bool honest;
    pid_t pid;
    char dir[64];
};

/* The versions that this OpenSSL does not have, with the reason. */
static char missing[VERSIONS][160];

static void run_turn(const struct turn *turn, const struct bat_row *row)
{
    char log[96];
    struct bat b = {.row = row,
                    .version = versions[turn->line->version].version,
                    .verify = modes[turn->line->mode].verify,
                    .honest = turn->honest,
                    .module = options.prove ? NULL : options.module,
                    .dir = turn->dir,
                    .reason = row->reason};

    snprintf(log, sizeof log, "%s/output", turn->dir);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        _exit(BAT_EXIT_BROKEN);
    alarm(120);
    bat_begin(&b);
    (turn->honest ? row->twin : row->impostor)(&b);
    exit(bat_end(&b));
}

static bool start(struct turn *turn)
{
    static unsigned number;

    snprintf(turn->dir, sizeof turn->dir, "%s/%u", work, number++);
    if (mkdir(turn->dir, 0755) != 0)
        return false;
    fflush(NULL);
    turn->pid = fork();
    if (turn->pid == 0)
        run_turn(turn, turn->line->row);
    return turn->pid > 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void remove_tree(const char *dir)
{
    if (!options.keep)
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
static bool is_good(const struct turn *turn, int status)
{
    const struct bat_row *row = turn->line->row;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

    if (!options.prove || turn->honest)
        return code == 0;
    bool anyway = (row->anyway & modes[turn->line->mode].mode) != 0;
    return anyway ? code == 0 : code == BAT_EXIT_LEAKED;
}

static void finish(const struct turn *turn, int status)
{
    struct line *line = turn->line;

    line->pending--;
    if (WIFEXITED(status) && WEXITSTATUS(status) == BAT_EXIT_SKIPPED) {
        if (line->outcome == UNTRIED)
            line->outcome = SKIPPED;
        read_output(turn, line->note, sizeof line->note);
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == BAT_EXIT_GAP) {
        if (line->outcome != FAILED)
            line->outcome = GAP;
        read_output(turn, line->note, sizeof line->note);
    } else if (is_good(turn, status)) {
        if (line->outcome == UNTRIED)
            line->outcome = OK;
    } else {
        line->outcome = FAILED;
        snprintf(line->note, sizeof line->note, "%s, %s %d", turn->honest ? "twin" : "impostor",
                 WIFSIGNALED(status) ? "signal" : "status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        printf("# %s/%s, the %s at %s, %s:\n", line->group->name, line->row->name,
               turn->honest ? "honest twin" : "impostor", versions[line->version].name,
               modes[line->mode].name);
        read_output(turn, NULL, 0);
    }
    remove_tree(turn->dir);
}

static void print_line(const struct line *line)
{
    static const char *const tails[OUTCOMES] = {"", "", " # ", " # SKIP ", " # stays open: "};
    static unsigned number;

    printf("%s %u - %s/%s %s %s%s%s\n", line->outcome == FAILED ? "not ok" : "ok", ++number,
           line->group->name, line->row->name, versions[line->version].name, modes[line->mode].name,
           tails[line->outcome], line->note);
}

static void reap(struct turn *running, unsigned *count)
{
    int status;
    pid_t pid = wait(&status);

    for (unsigned i = 0; i < *count; i++) {
        if (running[i].pid != pid)
            continue;
        finish(&running[i], status);
        if (running[i].line->pending == 0)
            print_line(running[i].line);
        running[i] = running[--*count];
    }
}

static bool run_all(void)
{
    struct turn running[16];
    unsigned count = 0;

    for (size_t i = 0; i < line_count; i++) {
        for (int honest = 0; honest < 2; honest++) {
            struct turn turn = {.line = &lines[i], .honest = honest};
            if ((honest ? lines[i].row->twin : lines[i].row->impostor) == NULL)
                continue;
            while (count >= options.jobs)
                reap(running, &count);
            if (!start(&turn))
                return false;
            running[count++] = turn;
        }
    }
    while (count > 0)
        reap(running, &count);
    return true;
}

/* ---- which versions there are ---- */

static void greet(struct bat *b)
{
    SSL_CTX *client = bat_client(b);
    struct bat_pair pair;

    bat_open(b, &pair, client, bat_server(b, bat_true()));
    bat_talk(&pair);
    if (pair.server_got == 0 || pair.client_got == 0)
        bat_skip(pair.first_error != 0 ? ERR_reason_error_string(pair.first_error)
                                       : "no handshake is possible");
    b->met++;
    bat_close(&pair);
}

static bool probe_versions(void)
{
    static const struct bat_row row = {.name = "greet", .twin = greet};
    const char *module = options.module;

    options.module = NULL;
    for (size_t i = 0; i < VERSIONS; i++) {
        struct line line = {.row = &row, .version = i, .mode = 1, .pending = 1};
        struct turn turn = {.line = &line, .honest = true};
        int status;
        if (versions[i].version == BAT_QUIC)
            continue;
        if (!start(&turn) || waitpid(turn.pid, &status, 0) != turn.pid)
            return false;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            snprintf(missing[i], sizeof missing[i], "not possible with this OpenSSL");
            read_output(&turn, missing[i], sizeof missing[i]);
        }
        remove_tree(turn.dir);
    }
    options.module = module;
    return true;
}

/* ---- the list and the table ---- */

static bool wanted(const struct bat_group *group, const struct bat_row *row)
{
    char name[128];

    snprintf(name, sizeof name, "%s/%s", group->name, row->name);
    return options.row == NULL || strstr(name, options.row) != NULL;
}

static void add_lines(const struct bat_group *group, const struct bat_row *row)
{
    for (size_t v = 0; v < VERSIONS; v++) {
        for (size_t m = 0; m < 2; m++) {
            if ((row->versions & versions[v].version) == 0 ||
                (row->modes != 0 && (row->modes & modes[m].mode) == 0))
                continue;
            struct line *line = &lines[line_count++];
            *line = (struct line){.group = group, .row = row, .version = v, .mode = m};
            line->pending = (row->impostor != NULL) + (row->twin != NULL);
        }
    }
}

static void list_rows(void)
{
    size_t rows = 0;

    for (size_t g = 0; g < GROUPS; g++)
        rows += groups[g]->count;
    lines = calloc(rows * VERSIONS * 2, sizeof *lines);
    for (size_t g = 0; lines != NULL && g < GROUPS; g++)
        for (size_t r = 0; r < groups[g]->count; r++)
            if (wanted(groups[g], &groups[g]->rows[r]))
                add_lines(groups[g], &groups[g]->rows[r]);
}

/* The worst outcome of a row at a version. */
static enum outcome worst(const struct bat_row *row, size_t version)
{
    enum outcome out = UNTRIED;

    for (size_t i = 0; i < line_count; i++) {
        if (lines[i].row != row || lines[i].version != version)
            continue;
        if (lines[i].outcome == FAILED || out == UNTRIED ||
            (lines[i].outcome == OK && out == SKIPPED))
            out = lines[i].outcome;
    }
    return out;
}

static void print_table(void)
{
    static const char *const words[] = {
        [UNTRIED] = "", [OK] = "ok", [FAILED] = "FAILED", [SKIPPED] = "skip", [GAP] = "open"};
    const struct bat_row *last = NULL;

    printf("# %s%s\n# %-48s", OpenSSL_version(OPENSSL_VERSION),
           options.prove ? ", without the module" : "", "row");
    for (size_t v = 0; v < VERSIONS; v++)
        printf(" %-7s", versions[v].name);
    putchar('\n');
    for (size_t i = 0; i < line_count; i++) {
        char name[128];
        if (lines[i].row == last)
            continue;
        last = lines[i].row;
        snprintf(name, sizeof name, "%s/%s", lines[i].group->name, last->name);
        printf("# %-48s", name);
        for (size_t v = 0; v < VERSIONS; v++)
            printf(" %-7s", words[worst(last, v)]);
        putchar('\n');
    }
}

/* Lines of a version that is not there need not be tried. */
static void skip_missing(void)
{
    size_t kept = 0;

    for (size_t i = 0; i < line_count; i++)
        if (missing[lines[i].version][0] == '\0')
            lines[kept++] = lines[i];
    line_count = kept;
    for (size_t v = 0; v < VERSIONS; v++)
        if (missing[v][0] != '\0')
            printf("# no %s here: %s\n", versions[v].name, missing[v]);
}

static int report(void)
{
    unsigned count[OUTCOMES] = {0};

    for (size_t i = 0; i < line_count; i++)
        count[lines[i].outcome]++;
    print_table();
    printf("# %u passed, %u failed, %u skipped, %u known to be open\n1..%zu\n", count[OK],
           count[FAILED] + count[UNTRIED], count[SKIPPED], count[GAP], line_count);
    return count[FAILED] + count[UNTRIED] > 0 || line_count == 0;
}

static bool read_options(int argc, char **argv)
{
    static const struct option known[] = {{"module", required_argument, NULL, 'm'},
                                          {"row", required_argument, NULL, 'r'},
                                          {"jobs", required_argument, NULL, 'j'},
                                          {"prove", no_argument, NULL, 'p'},
                                          {"keep", no_argument, NULL, 'k'},
                                          {"list", no_argument, NULL, 'l'},
                                          {NULL, 0, NULL, 0}};

    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (c == 'm')
            options.module = optarg;
        else if (c == 'r')
            options.row = optarg;
        else if (c == 'j')
            options.jobs = (unsigned)atoi(optarg);
        else if (c == 'p')
            options.prove = true;
        else if (c == 'k')
            options.keep = true;
        else if (c == 'l')
            options.list = true;
        else
            return false;
    }
    if (options.jobs < 1 || options.jobs > 16)
        options.jobs = 2;
    return optind == argc && (options.module != NULL || options.prove || options.list);
}

int main(int argc, char **argv)
{
    if (!read_options(argc, argv)) {
        fprintf(stderr, "usage: battery --module PATH | --prove | --list  [--row PART] [--jobs N] "
                        "[--keep]\n");
        return 2;
    }
    list_rows();
    for (size_t i = 0; options.list && i < line_count; i++)
        printf("%s/%s %s %s\n", lines[i].group->name, lines[i].row->name,
               versions[lines[i].version].name, modes[lines[i].mode].name);
    if (options.list)
        return 0;
    if (mkdtemp(work) == NULL || !probe_versions())
        return 2;
    skip_missing();
    int status = run_all() ? report() : 2;
    remove_tree(work);
    free(lines);
    return status;
}
