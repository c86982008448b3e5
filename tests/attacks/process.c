/* What happens to a process and to the store while it runs: the table is process.list. */
#include "groups.h"
#include "process_run.h"

#define IMPOSTOR LIFE_REFUSE_IMPOSTOR
#define PINNED   LIFE_REFUSE_PINNED
#define ALL      LIFE_REFUSE_ALL

static const struct life_row lives[] = {
#define LIFE(title, before, happens, mends, reason, refused, flags)                                \
    {before, happens, mends, refused, flags},
#include "process.list"
#undef LIFE
};

static void turn(struct bat *b)
{
    life_turn(b, &lives[b->row->arg]);
}

/* The rows are numbered in their order. */
enum { FIRST = __COUNTER__ + 1 };

static const struct atk_row rows[] = {
#define LIFE(title, before, happens, mends, reason, refused, flags)                                \
    {title, turn, turn, reason, ATK_TLS12 | ATK_TLS13, 0, 0, __COUNTER__ - FIRST},
#include "process.list"
#undef LIFE
};

const struct atk_group atk_process = {"process", rows, sizeof rows / sizeof rows[0]};
