/* process.c - events in the life of a process and of the store; the table is process.list. */
#include "groups.h"
#include "process_run.h"

#define IMPOSTOR PROC_REFUSE_IMPOSTOR
#define PINNED   PROC_REFUSE_PINNED
#define ALL      PROC_REFUSE_ALL

static const struct proc_case process_cases[] = {
#define PROCESS(title, before, event, restores, reason, refused, flags)                            \
    {before, event, restores, refused, flags},
#include "process.list"
#undef PROCESS
};

static void run_case(struct atk_run *run)
{
    proc_run(run, &process_cases[run->test_case->arg]);
}

/* Numbers the cases in their order. */
enum { FIRST = __COUNTER__ + 1 };

static const struct atk_case cases[] = {
#define PROCESS(title, before, event, restores, reason, refused, flags)                            \
    {title, run_case, run_case, reason, ATK_TLS12 | ATK_TLS13, 0, 0, __COUNTER__ - FIRST},
#include "process.list"
#undef PROCESS
};

const struct atk_group atk_process = {"process", cases, sizeof cases / sizeof cases[0]};
