/* Shared by the two halves of judge: telling a person the steps. */
#ifndef PINNING_JUDGE_TRACE_H
#define PINNING_JUDGE_TRACE_H

#include <pinning/judge.h>

/* Formats and hands on one step; nothing at all when nobody listens. */
__attribute__((format(printf, 2, 3))) void pin_trace(const struct pin_trace *trace,
                                                     const char *fmt, ...);

#endif
