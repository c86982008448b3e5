/* What happens to a process and to the store while it runs: the table is process.list. */
#include "groups.h"
#include "process_run.h"

#define IMPOSTOR PROC_REFUSE_IMPOSTOR
#define PINNED   PROC_REFUSE_PINNED
#define ALL      PROC_REFUSE_ALL

static const struct proc_case process_cases[] = {
#define PROCESS(title, before, happens, restores, reason, refused, flags)                          \
    {before, happens, restores, refused, flags},
#include "process.list"
#undef PROCESS
};

static void run_case(struct atk_run *run)
{
    proc_run(run, &process_cases[run->test_case->arg]);
}

/* The rows are numbered in their order. */
enum { FIRST = __COUNTER__ + 1 };

static const struct atk_case cases[] = {
#define PROCESS(title, before, happens, restores, reason, refused, flags)                          \
    {title, run_case, run_case, reason, ATK_TLS12 | ATK_TLS13, 0, 0, __COUNTER__ - FIRST},
#include "process.list"
#undef PROCESS
};

const struct atk_group atk_process = {"process", cases, sizeof cases / sizeof cases[0]};
