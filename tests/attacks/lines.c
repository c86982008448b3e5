/* lines.c - the lines of the report. */
#include "groups.h"
#include "run.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct atk_group *const groups[] = {
#define GROUP(name) &name,
#include "groups.list"
#undef GROUP
};
#define GROUPS (sizeof groups / sizeof groups[0])

void lines_print_one(const struct line *line)
{
    static const char *const tails[OUTCOMES] = {"", "", " # ", " # SKIP ", " # known limitation: "};
    static unsigned number;

    printf("%s %u - %s/%s %s %s%s%s\n", line->outcome == FAILED ? "not ok" : "ok", ++number,
           line->group->name, line->test_case->name, run_versions[line->version].name,
           run_modes[line->mode].name, tails[line->outcome], line->remark);
}

static bool has_part(const struct atk_group *group, const struct atk_case *test_case,
                     const char *part)
{
    char name[128];

    snprintf(name, sizeof name, "%s/%s", group->name, test_case->name);
    return part == NULL || strstr(name, part) != NULL;
}

static void add(struct lines *lines, const struct atk_group *group,
                const struct atk_case *test_case)
{
    for (size_t v = 0; v < VERSIONS; v++) {
        for (size_t m = 0; m < MODES; m++) {
            if ((test_case->versions & run_versions[v].version) == 0 ||
                (test_case->modes != 0 && (test_case->modes & run_modes[m].mode) == 0))
                continue;
            struct line *line = &lines->list[lines->count++];
            *line = (struct line){.group = group, .test_case = test_case, .version = v, .mode = m};
            line->pending = (test_case->impostor != NULL) + (test_case->control != NULL);
        }
    }
}

struct lines lines_make(const char *group, const char *part)
{
    struct lines lines = {NULL, 0};
    size_t cases = 0;

    for (size_t g = 0; g < GROUPS; g++)
        cases += groups[g]->count;
    lines.list = calloc(cases * VERSIONS * MODES, sizeof *lines.list);
    for (size_t g = 0; lines.list != NULL && g < GROUPS; g++)
        for (size_t r = 0; r < groups[g]->count; r++)
            if ((group == NULL || strcmp(groups[g]->name, group) == 0) &&
                has_part(groups[g], &groups[g]->cases[r], part))
                add(&lines, groups[g], &groups[g]->cases[r]);
    return lines;
}

void lines_remove(struct lines *lines, size_t version)
{
    size_t kept = 0;

    for (size_t i = 0; i < lines->count; i++)
        if (lines->list[i].version != version)
            lines->list[kept++] = lines->list[i];
    lines->count = kept;
}

/* Returns the worst outcome of a case at a version. */
static enum outcome worst(const struct lines *lines, const struct atk_case *test_case,
                          size_t version)
{
    enum outcome out = UNTRIED;

    for (size_t i = 0; i < lines->count; i++) {
        if (lines->list[i].test_case != test_case || lines->list[i].version != version)
            continue;
        if (lines->list[i].outcome == FAILED || out == UNTRIED ||
            (lines->list[i].outcome == OK && out == SKIPPED))
            out = lines->list[i].outcome;
    }
    return out;
}

static void print_table(const struct lines *lines, bool prove)
{
    static const char *const words[] = {[UNTRIED] = "",
                                        [OK] = "ok",
                                        [FAILED] = "FAILED",
                                        [SKIPPED] = "skip",
                                        [LIMITATION] = "limit"};
    const struct atk_case *last = NULL;

    printf("# %s%s\n# %-48s", OpenSSL_version(OPENSSL_VERSION), prove ? ", without the module" : "",
           "case");
    for (size_t v = 0; v < VERSIONS; v++)
        printf(" %-7s", run_versions[v].name);
    putchar('\n');
    for (size_t i = 0; i < lines->count; i++) {
        char name[128];
        if (lines->list[i].test_case == last)
            continue;
        last = lines->list[i].test_case;
        snprintf(name, sizeof name, "%s/%s", lines->list[i].group->name, last->name);
        printf("# %-48s", name);
        for (size_t v = 0; v < VERSIONS; v++)
            printf(" %-7s", words[worst(lines, last, v)]);
        putchar('\n');
    }
}

int lines_report(const struct lines *lines, bool prove)
{
    unsigned count[OUTCOMES] = {0};

    for (size_t i = 0; i < lines->count; i++)
        count[lines->list[i].outcome]++;
    print_table(lines, prove);
    printf("# %u passed, %u failed, %u skipped, %u known limitations\n1..%zu\n", count[OK],
           count[FAILED] + count[UNTRIED], count[SKIPPED], count[LIMITATION], lines->count);
    return count[FAILED] + count[UNTRIED] > 0 || lines->count == 0;
}
