/* check_as.h - a check with the rights of another user. */
#ifndef PINCTL_CHECK_AS_H
#define PINCTL_CHECK_AS_H

#include "check/check.h"

/* Runs the check in a child that is check->user; returns its exit status. argc: of the hosts. */
typedef int check_run(struct check *check, int argc, char **argv);
int check_as(struct check *check, check_run *run, int argc, char **argv);

#endif
