/* The options of the command line. */
#include "say/say.h"
#include "command/command.h"

#include <stdio.h>
#include <getopt.h>
#include <string.h>

/* The shared options, in the order in which --help prints them. */
enum shared {
    OPT_CONF,
    OPT_PINS,
    OPT_MODULE,
    OPT_CA_FILE,
    OPT_STARTTLS,
    OPT_YES,
    OPT_JSON,
    OPT_HELP,
    SHARED
};
static const struct {
    const char *name;
    const char *value;
    const char *help;
} shared[SHARED] = {
    [OPT_CONF] = {"conf", "FILE", "openssl.cnf to read instead of the one programs here use"},
    [OPT_PINS] = {"pins", "DIR", "store to use instead of the one that openssl.cnf names"},
    [OPT_MODULE] = {"module", "FILE", "pinning.so to use instead of the installed one"},
    [OPT_CA_FILE] = {"ca-file", "FILE", "trust anchors to use instead of OpenSSL's default"},
    [OPT_STARTTLS] = {"starttls", "PROTOCOL",
                      "as openssl s_client -starttls: smtp, imap, postgres, ..."},
    [OPT_YES] = {"yes", NULL, "assume yes as the answer to every question"},
    [OPT_JSON] = {"json", NULL, "print JSON, for programs"},
    [OPT_HELP] = {"help", NULL, "print this"},
};

#define OPTIONS_MAX 48

static void print_option(const char *name, const char *value, const char *help)
{
    char left[64];
    const char *equals = value == NULL || value[0] == '[' ? "" : " ";
    snprintf(left, sizeof left, "--%s%s%s", name, equals, value != NULL ? value : "");
    printf("  %-26s %s\n", left, help);
}

static void print_help(const struct pinctl *ctl, const struct pinctl_usage *usage)
{
    printf("usage: pinctl %s %s\n\n%s\n\n", ctl->command, usage->usage, usage->about);
    for (const struct pinctl_option *o = usage->options; o != NULL && o->name != NULL; o++)
        print_option(o->name, o->value, o->help);
    for (size_t i = 0; i < SHARED; i++)
        print_option(shared[i].name, shared[i].value, shared[i].help);
    printf("\nexample:\n  %s\n", usage->example);
}

static void take_shared(struct pinctl *ctl, enum shared which, const char *value)
{
    const char **const texts[SHARED] = {[OPT_CONF] = &ctl->conf,
                                        [OPT_PINS] = &ctl->pins,
                                        [OPT_MODULE] = &ctl->module,
                                        [OPT_CA_FILE] = &ctl->ca_file,
                                        [OPT_STARTTLS] = &ctl->starttls};
    if (texts[which] != NULL)
        *texts[which] = value;
    ctl->yes |= which == OPT_YES;
    ctl->json |= which == OPT_JSON;
}

static int argument_of(const char *value)
{
    return value == NULL ? no_argument : value[0] == '[' ? optional_argument : required_argument;
}

/* One table for getopt_long(3): the command's own options first, then the shared ones. */
static int fill(struct option table[static OPTIONS_MAX], const struct pinctl_option *own)
{
    int count = 0, own_count;

    for (; own != NULL && own[count].name != NULL && count < OPTIONS_MAX - SHARED - 1; count++)
        table[count] =
            (struct option){own[count].name, argument_of(own[count].value), NULL, count + 1};
    own_count = count;
    for (int i = 0; i < SHARED; i++, count++)
        table[count] =
            (struct option){shared[i].name, argument_of(shared[i].value), NULL, count + 1};
    table[count] = (struct option){NULL, 0, NULL, 0};
    return own_count;
}

/* Returns NULL, or what is wrong with the value. */
static const char *take_own(const struct pinctl_option *option, void *arg, const char *value)
{
    void *member = (char *)arg + option->member;

    if (option->parse != NULL)
        return option->parse(arg, value);
    if (option->value == NULL)
        *(bool *)member = true;
    else
        *(const char **)member = value;
    return NULL;
}

int pinctl_options(struct pinctl *ctl, int argc, char **argv, const struct pinctl_usage *usage,
                   void *arg, int *status)
{
    struct option table[OPTIONS_MAX];
    int own_count = fill(table, usage->options), found;

    *status = PINCTL_CANNOT_SAY;
    optind = 0; /* getopt_long(3) keeps its place there; 0 starts again, with this "+" or without */
    while ((found = getopt_long(argc, argv, usage->ends_options ? "+" : "", table, NULL)) != -1) {
        if (found == '?') {
            fprintf(stderr, "Try 'pinctl %s --help'.\n", ctl->command);
            return -1;
        }
        if (found - 1 >= own_count) {
            enum shared which = (enum shared)(found - 1 - own_count);
            take_shared(ctl, which, optarg);
            if (which != OPT_HELP)
                continue;
            print_help(ctl, usage);
            *status = PINCTL_FINE;
            return -1;
        }
        const struct pinctl_option *option = &usage->options[found - 1];
        const char *wrong = take_own(option, arg, optarg);
        if (wrong != NULL) {
            pinctl_fail(ctl, "--%s %s: %s", option->name, optarg != NULL ? optarg : "", wrong);
            return -1;
        }
    }
    memmove(argv, argv + optind, (size_t)(argc - optind) * sizeof *argv);
    return argc - optind;
}
