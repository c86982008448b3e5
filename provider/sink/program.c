/* program.c - the name of the program. */
#include "internal.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

/* Filled by pin_sink_init_program(). */
static char kept[NAME_MAX + 1];

static const char *base_name(const char *path)
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;

    return slash != NULL ? slash + 1 : path;
}

/* libc's short name of the program points into argv[0]. A program that writes a title there before
 * it loads the module changes it to a middle part of the title, such as "HLO". Then it differs from
 * the end of libc's long name, and the path that was executed is used, which titles leave alone. */
void pin_sink_init_program(void)
{
    const char *name = program_invocation_short_name;
    const char *end = base_name(program_invocation_name);

    if (name == NULL || end == NULL || strcmp(name, end) != 0)
        name = base_name((const char *)getauxval(AT_EXECFN));
    snprintf(kept, sizeof kept, "%s", name != NULL ? name : "");
}

const char *pin_sink_program(void)
{
    return kept;
}

void pin_sink_clean_program(char out[static PIN_SINK_PROGRAM_MAX + 1])
{
    size_t len = 0;

    for (; len < PIN_SINK_PROGRAM_MAX && kept[len] != '\0'; len++) {
        char c = kept[len];
        out[len] = c <= ' ' || c > '~' || strchr("[]:", c) != NULL ? '_' : c;
    }
    if (len == 0)
        out[len++] = '_';
    out[len] = '\0';
}
