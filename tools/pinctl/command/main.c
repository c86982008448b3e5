/* The entry point of pinctl: chooses the command. */
#include "say/say.h"
#include "command/command.h"

#include "host/sandbox.h"

#include <pinning/error.h>
#include <stdio.h>
#include <openssl/ssl.h>
#include <pinning/ossl.h>
#include <string.h>

#define X(name, summary) int cmd_##name(struct pinctl *ctl, int argc, char **argv);
#include "command/commands.list"
#undef X

#define X(name, summary) {#name, cmd_##name, summary},
const struct pinctl_command pinctl_commands[] = {
#include "command/commands.list"
    {NULL, NULL, NULL}};
#undef X

static void overview(FILE *out)
{
    fputs("usage: pinctl COMMAND [OPTION]... [ARGUMENT]...\n\n", out);
    for (const struct pinctl_command *c = pinctl_commands; c->name != NULL; c++)
        fprintf(out, "  %-9s %s\n", c->name, c->summary);
    fputs("\nTry 'pinctl COMMAND --help'. Exit status: 0 done, 1 a finding, 2 failed or unknown.\n",
          out);
}

/* The components of the module call OpenSSL through pointers: set them to pinctl's own OpenSSL. Do
 * not load openssl.cnf: the module in it would enforce pins on pinctl's own connections. */
static bool find_openssl(struct pin_error *err)
{
    return OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1 &&
           pin_ossl_open((const void *)(size_t)OPENSSL_LH_free, err) && pin_ossl_use(err);
}

static int run(struct pinctl *ctl, int argc, char **argv)
{
    struct pin_error err = {0};

    for (const struct pinctl_command *c = pinctl_commands; c->name != NULL; c++) {
        if (strcmp(argv[0], c->name) == 0)
            return find_openssl(&err) ? c->run(ctl, argc, argv) : pinctl_fail(ctl, "%s", err.text);
    }
    pinctl_print(stderr, "pinctl: unknown command \"%s\"\n\n", argv[0]);
    overview(stderr);
    return PINCTL_CANNOT_SAY;
}

int main(int argc, char **argv)
{
    struct pinctl ctl = {.command = argc > 1 ? argv[1] : "", .now = time(NULL)};
    int status = PINCTL_FINE;

    if (argc > 1 && strcmp(argv[1], PINCTL_SANDBOX) == 0)
        return pinctl_sandbox_child();
    if (argc < 2) {
        overview(stderr);
        return PINCTL_CANNOT_SAY;
    }
    if (strcmp(argv[1], "--help") == 0)
        overview(stdout);
    else if (strcmp(argv[1], "--version") == 0)
        printf("pinctl %s\n", PINNING_VERSION);
    else
        status = run(&ctl, argc - 1, argv + 1);
    /* Output may be lost, on a full disk for instance. */
    if (fflush(stdout) != 0 || ferror(stdout))
        return pinctl_fail(&ctl, "cannot write to standard output");
    return status;
}
