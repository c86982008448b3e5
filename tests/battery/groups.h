/* groups.h - the tables of rows, as groups.list names them. */
#ifndef BATTERY_GROUPS_H
#define BATTERY_GROUPS_H

#include "core.h"

#define GROUP(name) extern const struct bat_group name;
#include "groups.list"
#undef GROUP

#endif
