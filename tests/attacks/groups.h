/* groups.h - the tables of cases that groups.list names. */
#ifndef ATTACKS_GROUPS_H
#define ATTACKS_GROUPS_H

#include "core.h"

#define GROUP(name) extern const struct atk_group name;
#include "groups.list"
#undef GROUP

#endif
