/* run.h - the lines of the report and the runs of a case, for the files of this program. */
#ifndef ATTACKS_RUN_H
#define ATTACKS_RUN_H

#include "core.h"

/* In the order of the table's columns. */
#define VERSIONS 5
#define MODES    2
struct run_version {
    enum atk_version version;
    const char *name;
};
struct run_mode {
    unsigned mode;
    int verify;
    const char *name;
};
extern const struct run_version run_versions[VERSIONS];
extern const struct run_mode run_modes[MODES];

struct run_options {
    const char *module, *group, *part; /* part of a name; NULL: all */
    bool prove, keep, list;
    unsigned jobs;
};

enum outcome { UNTRIED, OK, FAILED, SKIPPED, LIMITATION, OUTCOMES };

/* One line of the report: a case at a version and a mode, with the runs of its impostor and its
 * control. */
struct line {
    const struct atk_group *group;
    const struct atk_case *test_case;
    size_t version, mode;
    enum outcome outcome;
    unsigned pending;
    char remark[160];
};

struct run_child {
    struct line *line;
    bool honest;
    pid_t pid;
    char dir[64];
};

/* ---- lines.c ---- */

struct lines {
    struct line *list;
    size_t count;
};

/* Returns the lines of the group (NULL: of all) whose name contains part (NULL: any). The caller
 * frees lines.list. */
struct lines lines_make(const char *group, const char *part);
/* Removes the lines of a version. */
void lines_remove(struct lines *lines, size_t version);
void lines_print_one(const struct line *line);
/* Prints the table and the sums. Returns the exit status of the program. */
int lines_report(const struct lines *lines, bool prove);

/* ---- runs.c ---- */

/* Runs all lines, options->jobs processes at a time, and prints each line when its runs are over.
 * False if no process can be made. */
bool runs_execute(const struct lines *lines, const struct run_options *options, const char *work);
/* Runs the control of one line without the module; the reason of a skip is put into its remark.
 * False if no process can be made. */
bool runs_try(struct line *line, const char *work);

#endif
