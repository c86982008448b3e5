/*
 * command.h - the options and usage of a command.
 *
 * Each command is one file, command/NAME.c, with one function cmd_NAME().
 */
#ifndef PINCTL_COMMAND_H
#define PINCTL_COMMAND_H

#include "pinctl.h"

#include <stddef.h>

/* An option of a command, beside those that all commands have. */
struct pinctl_option {
    const char *name;  /* without the dashes */
    const char *value; /* its value in --help ("DATE"); NULL: none; "[KIND]": optional */
    const char *help;
    /* Called for each occurrence; value is NULL if there is none. Returns NULL, or what is wrong
     * with the value ("expected a date as 2027-01-31"). */
    const char *(*parse)(void *arg, const char *value);
    size_t member; /* where parse is NULL: offset in *arg of the bool or const char * to set */
};
#define PINCTL_FLAG(name, type, member, help)                                                      \
    {                                                                                              \
        name, NULL, help, NULL, offsetof(type, member)                                             \
    }
#define PINCTL_TEXT(name, value, type, member, help)                                               \
    {                                                                                              \
        name, value, help, NULL, offsetof(type, member)                                            \
    }
#define PINCTL_PARSED(name, value, parse, help)                                                    \
    {                                                                                              \
        name, value, help, parse, 0                                                                \
    }
#define PINCTL_OPTIONS_END                                                                         \
    {                                                                                              \
        NULL, NULL, NULL, NULL, 0                                                                  \
    }

/* A command in the list of all. */
struct pinctl_command {
    const char *name;
    int (*run)(struct pinctl *ctl, int argc, char **argv); /* argv[0] is the command's name */
    const char *summary;
};
extern const struct pinctl_command pinctl_commands[]; /* ends with a NULL name; main.c */

/* What --help prints: what follows the command's name ("HOST [--until DATE]"), a paragraph and a
 * line that works. */
struct pinctl_usage {
    const char *usage;
    const char *about;
    const char *example;
    const struct pinctl_option *options; /* ends with PINCTL_OPTIONS_END; NULL for none */
    bool ends_options; /* the first argument ends the options: another command follows */
};

/* Parses the options and moves the arguments to argv[0 .. result-1]. arg: for the options' members
 * and functions. Returns the number of arguments; -1 if the command must end at once with *status,
 * after --help or a message about a wrong option. */
int pinctl_options(struct pinctl *ctl, int argc, char **argv, const struct pinctl_usage *usage,
                   void *arg, int *status);

#endif
