/*
 * as.h - a check with the rights of another user.
 */
#ifndef PINCTL_CHECK_AS_H
#define PINCTL_CHECK_AS_H

#include "check/check.h"

/* Runs the check in a child process that has the rights of check->user. argc and argv: the hosts.
 * Returns the exit status of the child, or PINCTL_CANNOT_SAY after a message. */
typedef int check_run(struct check *check, int argc, char **argv);
int check_as(struct check *check, check_run *run, int argc, char **argv);

#endif
