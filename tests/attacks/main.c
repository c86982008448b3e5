/*
 * attacks - ways around the check, tried with real handshakes.
 *
 *   attacks --module PATH [--group NAME] [--case PART] [--jobs N] [--keep]
 *   attacks --prove [--group NAME] [--case PART]
 *   attacks --list
 *
 * --prove: without the module each impostor must get through.
 *
 * Each run of a case (a version, a verify mode, the impostor or the control) is a process of its
 * own, so that a crash fails one run and no state of the module is inherited. OpenSSL is not called
 * before the fork, so each process initialises it again.
 */
#include "run.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const struct run_version run_versions[VERSIONS] = {{ATK_TLS11, "tls1.1"},
                                                   {ATK_TLS12, "tls1.2"},
                                                   {ATK_TLS13, "tls1.3"},
                                                   {ATK_DTLS12, "dtls1.2"},
                                                   {ATK_QUIC, "quic"}};

const struct run_mode run_modes[MODES] = {{ATK_PEER, SSL_VERIFY_PEER, "peer"},
                                          {ATK_NONE, SSL_VERIFY_NONE, "none"}};

static void greet(struct atk_run *run)
{
    SSL_CTX *client = atk_client(run);
    struct atk_pair pair;

    atk_open(run, &pair, client, atk_server(run, atk_true()));
    atk_talk(&pair);
    if (pair.server_got == 0 || pair.client_got == 0)
        atk_skip(pair.first_error != 0 ? ERR_reason_error_string(pair.first_error)
                                       : "no handshake is possible");
    run->exchanges++;
    atk_close(&pair);
}

/* Removes the versions that this OpenSSL cannot do, and prints them. Cases of QUIC check for
 * themselves. */
static bool remove_missing(struct lines *lines, const char *work)
{
    static const struct atk_case test_case = {.name = "greet", .control = greet};

    for (size_t v = 0; v < VERSIONS; v++) {
        struct line line = {.test_case = &test_case, .version = v, .mode = 1};
        if (run_versions[v].version == ATK_QUIC)
            continue;
        if (!runs_try(&line, work))
            return false;
        if (line.outcome == OK)
            continue;
        printf("# no %s here: %s\n", run_versions[v].name, line.remark);
        lines_remove(lines, v);
    }
    return true;
}

static bool read_options(int argc, char **argv, struct run_options *options)
{
    static char module[PATH_MAX];
    static const struct option known[] = {
        {"module", required_argument, NULL, 'm'}, {"group", required_argument, NULL, 'g'},
        {"case", required_argument, NULL, 'c'},   {"jobs", required_argument, NULL, 'j'},
        {"prove", no_argument, NULL, 'p'},        {"keep", no_argument, NULL, 'k'},
        {"list", no_argument, NULL, 'l'},         {NULL, 0, NULL, 0}};

    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (c == 'm')
            options->module = realpath(optarg, module); /* OpenSSL would look elsewhere */
        else if (c == 'g')
            options->group = optarg;
        else if (c == 'c')
            options->part = optarg;
        else if (c == 'j')
            options->jobs = (unsigned)atoi(optarg);
        else if (c == 'p')
            options->prove = true;
        else if (c == 'k')
            options->keep = true;
        else if (c == 'l')
            options->list = true;
        else
            return false;
    }
    if (options->jobs < 1 || options->jobs > 16)
        options->jobs = 2;
    return optind == argc && (options->module != NULL || options->prove || options->list);
}

int main(int argc, char **argv)
{
    struct run_options options = {.jobs = 2};
    char work[] = "/tmp/attacks.XXXXXX";

    if (!read_options(argc, argv, &options)) {
        fprintf(stderr,
                "usage: attacks --module PATH | --prove | --list  [--group NAME] [--case PART] "
                "[--jobs N] [--keep]\n");
        return 2;
    }
    struct lines lines = lines_make(options.group, options.part);
    int status = 0;
    for (size_t i = 0; options.list && i < lines.count; i++)
        printf("%s/%s %s %s\n", lines.list[i].group->name, lines.list[i].test_case->name,
               run_versions[lines.list[i].version].name, run_modes[lines.list[i].mode].name);
    if (!options.list) {
        status = mkdtemp(work) != NULL && chmod(work, 0755) == 0 && remove_missing(&lines, work) &&
                         runs_execute(&lines, &options, work)
                     ? lines_report(&lines, options.prove)
                     : 2;
        if (!options.keep)
            atk_remove_tree(work);
    }
    free(lines.list);
    return status;
}
