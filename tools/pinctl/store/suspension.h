/* resume.h - the return from a suspension, by itself. */
#ifndef PINCTL_SUSPENSION_H
#define PINCTL_SUSPENSION_H

#include "pinctl.h"

#include <pinning/error.h>

/* Has "pinctl suspend --end --due WHAT" run at that time: by a transient timer of systemd where
 * that runs and we are root, else by a child that outlives us. WHAT is a host's file name without
 * .pins, or NULL for --all. Writes into how, for people, what will do it. False with *err: nobody
 * will. */
bool suspension_schedule_end(const struct pinctl *ctl, const char *store, const char *what,
                             time_t when, char *how, size_t size, struct pin_error *err);

#endif
