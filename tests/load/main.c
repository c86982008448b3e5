/*
 * load - the module under load.
 *
 *   load --module PATH storm [--seconds N] [--threads N] [--processes N] [--rewrites N] [--apart]
 *   load --module PATH marathon [--handshakes N]
 *   load --prove [--module PATH] [--seconds N] [--threads N] [--processes N]
 *
 * Without a word, both. --rewrites: in a second. --apart: threads do not offer each
 * other's sessions. --prove: without the
 * module impostors must get through, and with it a ledger that lies must be caught.
 */
#include "load.h"

#include <ftw.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct wish {
    char module[PATH_MAX];
    bool storm, marathon, prove;
};

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static bool read_number(const char *text, unsigned long max, unsigned *out)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    *out = (unsigned)number;
    return *text != '\0' && *end == '\0' && number > 0 && number <= max;
}

static bool read_word(const char *word, struct wish *wish)
{
    wish->storm = wish->storm || strcmp(word, "storm") == 0;
    wish->marathon = wish->marathon || strcmp(word, "marathon") == 0;
    return strcmp(word, "storm") == 0 || strcmp(word, "marathon") == 0;
}

static bool read_option(int letter, struct options *options, struct wish *wish)
{
    switch (letter) {
    case 'm':
        return realpath(optarg, wish->module) != NULL; /* OpenSSL would look elsewhere */
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
        wish->prove = true;
        return true;
    default:
        return false;
    }
}

static bool read_options(int argc, char **argv, struct options *options, struct wish *wish)
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
        good = read_option(letter, options, wish) && good;
    for (; optind < argc; optind++)
        good = read_word(argv[optind], wish) && good;
    return good && (wish->module[0] != '\0' || wish->prove);
}

/* Kept by value: children that are forked in a thread do not have our stack any more. */
static void write_confs(struct bat *b, struct options *options)
{
    atk_begin(b);
    if (b->module != NULL)
        strcpy(options->with, getenv("OPENSSL_CONF"));
    b->module = NULL;
    char *without = atk_conf(b, "bare.cnf", "");
    strcpy(options->without, without);
    free(without);
}

static int run(struct world *world, struct options *options, const struct wish *wish)
{
    struct bat b = {.module = wish->module[0] != '\0' ? wish->module : NULL, .dir = world->dir};
    int status = 0;

    write_confs(&b, options);
    people_make(world);
    if (wish->prove)
        status = prove(world, options);
    if (!wish->prove && (wish->storm || !wish->marathon))
        status = storm(world, options);
    if (!wish->prove && (wish->marathon || !wish->storm) && !interrupted)
        status = marathon(world, options) != 0 ? 1 : status;
    return status;
}

int main(int argc, char **argv)
{
    struct options options = {
        .seconds = 20, .threads = 16, .processes = 8, .rewrites = 100, .handshakes = 200000};
    struct wish wish = {0};
    const struct sigaction action = {.sa_handler = on_signal};

    if (!read_options(argc, argv, &options, &wish)) {
        fprintf(stderr, "usage: load --module PATH [storm|marathon] | --prove [--module PATH]  "
                        "[--seconds N] [--threads N] [--processes N] [--handshakes N] [--rewrites "
                        "N] [--apart]\n");
        return 2;
    }
    struct world *world =
        mmap(NULL, sizeof *world, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (world == MAP_FAILED)
        return 2;
    strcpy(world->dir, "/tmp/load.XXXXXX");
    if (mkdtemp(world->dir) == NULL)
        return 2;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    int status = run(world, &options, &wish);
    nftw(world->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return status;
}
