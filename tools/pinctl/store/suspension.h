/* suspension.h - the scheduled end of a suspension. */
#ifndef PINCTL_SUSPENSION_H
#define PINCTL_SUSPENSION_H

#include "pinctl.h"

#include <pinning/error.h>

/* Schedules "pinctl suspend --end --due WHAT" for that time: by a transient timer of systemd if it
 * runs and we are root, else by a child process that survives us. WHAT is the name of a pin file
 * without .pins, or NULL for --all. Writes into how, for people, which of them it is. False with
 * *err: nothing is scheduled. */
bool suspension_schedule_end(const struct pinctl *ctl, const char *store, const char *what,
                             time_t when, char *how, size_t size, struct pin_error *err);

#endif
