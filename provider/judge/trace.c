/* trace.c - the steps of an evaluation as text. */
#include "lookup.h"

#include <stdarg.h>
#include <stdio.h>

void pin_trace(const struct pin_trace *trace, const char *fmt, ...)
{
    char line[1024];
    va_list args;

    if (trace == NULL)
        return;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    trace->line(trace->arg, line);
}
