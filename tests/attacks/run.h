/* run.h - what the files of the program share: the lines of the report and the turns of a row. */
#ifndef ATTACKS_RUN_H
#define ATTACKS_RUN_H

#include "core.h"

/* The versions and modes, in the order of the table. */
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

/* One line of the report: a row at a version and a mode, with both turns. */
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

/* The lines of the group, or of all if it is NULL, whose name has the part in it, or all if it is
 * NULL; the caller frees lines.list. And without those of a version. */
struct lines lines_make(const char *group, const char *part);
void lines_remove(struct lines *lines, size_t version);
void lines_print_one(const struct line *line);
/* The table and the sums. Returns the exit status of the program. */
int lines_report(const struct lines *lines, bool prove);

/* ---- turns.c ---- */

/* Runs all of them, with so many processes at a time, and prints each when it is done. */
bool runs_execute(const struct lines *lines, const struct run_options *options, const char *work);
/* Runs one without the module; what it is skipped for is put into the line's note. */
bool runs_try(struct line *line, const char *work);
void runs_remove_tree(const char *dir);

#endif
