/*
 * load - the module under load.
 *
 *   load --module PATH churn [--seconds N] [--threads N] [--processes N] [--rewrites N] [--apart]
 *   load --module PATH soak [--handshakes N]
 *   load --prove [--module PATH] [--seconds N] [--threads N] [--processes N]
 *
 * Runs both if neither is named. --rewrites: per second. --apart: threads do not offer each other's
 * sessions. --prove: without the module impostors must get through, and with it a history that is
 * one file late must be found.
 */
#include "load.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct request {
    char module[PATH_MAX];
    bool churn, soak, prove;
};

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static bool read_number(const char *text, unsigned long max, unsigned *out)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    *out = (unsigned)number;
    return *text != '\0' && *end == '\0' && number > 0 && number <= max;
}

static bool read_word(const char *word, struct request *request)
{
    request->churn = request->churn || strcmp(word, "churn") == 0;
    request->soak = request->soak || strcmp(word, "soak") == 0;
    return strcmp(word, "churn") == 0 || strcmp(word, "soak") == 0;
}

static bool read_option(int letter, struct options *options, struct request *request)
{
    switch (letter) {
    case 'm':
        return realpath(optarg, request->module) != NULL; /* OpenSSL would look elsewhere */
    case 's':
        return read_number(optarg, 86400, &options->seconds);
    case 't':
        return read_number(optarg, 64, &options->threads);
    case 'p':
        return read_number(optarg, 64, &options->processes);
    case 'r':
        return read_number(optarg, 1000, &options->rewrites);
    case 'h':
        return read_number(optarg, 1000000000, &options->handshakes);
    case 'a':
        options->apart = true;
        return true;
    case 'P':
        request->prove = true;
        return true;
    default:
        return false;
    }
}

static bool read_options(int argc, char **argv, struct options *options, struct request *request)
{
    static const struct option known[] = {{"module", required_argument, NULL, 'm'},
                                          {"seconds", required_argument, NULL, 's'},
                                          {"threads", required_argument, NULL, 't'},
                                          {"processes", required_argument, NULL, 'p'},
                                          {"rewrites", required_argument, NULL, 'r'},
                                          {"handshakes", required_argument, NULL, 'h'},
                                          {"apart", no_argument, NULL, 'a'},
                                          {"prove", no_argument, NULL, 'P'},
                                          {NULL, 0, NULL, 0}};
    bool good = true;

    for (int letter; (letter = getopt_long(argc, argv, "", known, NULL)) != -1;)
        good = read_option(letter, options, request) && good;
    for (; optind < argc; optind++)
        good = read_word(argv[optind], request) && good;
    return good && (request->module[0] != '\0' || request->prove);
}

/* The paths are copied, because children that are forked in a thread do not have our stack. */
static void write_confs(struct atk_run *run, struct options *options)
{
    atk_begin(run);
    if (run->module != NULL)
        strcpy(options->with, getenv("OPENSSL_CONF"));
    run->module = NULL;
    char *without = atk_conf(run, "bare.cnf", "");
    strcpy(options->without, without);
    free(without);
}

static int run(struct fixture *fixture, struct options *options, const struct request *request)
{
    struct atk_run run = {.module = request->module[0] != '\0' ? request->module : NULL,
                          .dir = fixture->dir};
    int status = 0;

    write_confs(&run, options);
    peers_make(fixture);
    if (request->prove)
        status = prove(fixture, options);
    if (!request->prove && (request->churn || !request->soak))
        status = churn(fixture, options);
    if (!request->prove && (request->soak || !request->churn) && !interrupted)
        status = soak(fixture, options) != 0 ? 1 : status;
    return status;
}

int main(int argc, char **argv)
{
    struct options options = {
        .seconds = 20, .threads = 16, .processes = 8, .rewrites = 100, .handshakes = 200000};
    struct request request = {0};
    const struct sigaction action = {.sa_handler = on_signal};

    if (!read_options(argc, argv, &options, &request)) {
        fprintf(stderr, "usage: load --module PATH [churn|soak] | --prove [--module PATH]  "
                        "[--seconds N] [--threads N] [--processes N] [--handshakes N] [--rewrites "
                        "N] [--apart]\n");
        return 2;
    }
    struct fixture *fixture =
        mmap(NULL, sizeof *fixture, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fixture == MAP_FAILED)
        return 2;
    strcpy(fixture->dir, "/tmp/load.XXXXXX");
    if (mkdtemp(fixture->dir) == NULL)
        return 2;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    int status = run(fixture, &options, &request);
    atk_remove_tree(fixture->dir);
    return status;
}
