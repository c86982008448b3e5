/* groups.h - the tables of rows, one for each paragraph of attacks. */
#ifndef BATTERY_GROUPS_H
#define BATTERY_GROUPS_H

#include "core.h"

extern const struct bat_group bat_unverified;

#endif
