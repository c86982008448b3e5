/*
 * command.h - what a command is: its options and usage.
 *
 * A command is one file, command/NAME.c, with one function cmd_NAME().
 */
#ifndef PINCTL_COMMAND_H
#define PINCTL_COMMAND_H

#include "pinctl.h"

/* One option of a command beyond the shared ones. */
struct pinctl_option {
    const char *name;  /* without the dashes */
    const char *value; /* what it takes, for --help ("DATE"); NULL: nothing; "[KIND]": optional */
    const char *help;
    /* Called for each occurrence, value NULL if there is none. Returns NULL, or what is wrong with
     * the value ("expected a date as 2027-01-31"). */
    const char *(*take)(void *arg, const char *value);
};

/* Everything about a command but its code. */
struct pinctl_command {
    const char *name;
    int (*run)(struct pinctl *ctl, int argc, char **argv); /* argv[0] is the command's name */
    const char *summary;
};
extern const struct pinctl_command pinctl_commands[]; /* ends with a NULL name; pinctl.c */

/* Reads the options; what is left stands in argv[0 .. result-1]. usage is what follows the
 * command's name ("HOST [--until DATE]"), about a paragraph, example a line that works; all three
 * are printed by --help. Returns the count of arguments left; -1 if the call is to end at once with
 * *status (help was asked for, or the call was wrong and that was said). options may be NULL. */
struct pinctl_usage {
    const char *usage;
    const char *about;
    const char *example;
    const struct pinctl_option *options; /* ends with a NULL name */
};
int pinctl_options(struct pinctl *ctl, int argc, char **argv, const struct pinctl_usage *usage,
                   void *arg, int *status);

#endif
