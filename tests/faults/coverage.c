/* coverage.c - the check that each call was made to fail. */
#include "run.h"

#include <stdio.h>
#include <string.h>

/* Calls that are not made on every machine, or of which none may fail here. */
static const struct {
    const char *name, *why;
} not_everywhere[] = {
    {"syscall", "open_tree: root alone, and without a seccomp filter"},
    {"fcntl", "as open_tree"},
    {"getrlimit", "as open_tree"},
    {"EVP_PKEY_up_ref", "raw keys: OpenSSL 3.2"},
    {"i2d_PUBKEY", "raw keys: OpenSSL 3.2"},
    /* One call fails, or all from one on: then X509_get0_pubkey() fails before these. */
    {"EVP_PKEY_get0_provider", "called after a failure of EVP_Digest() only"},
    {"OSSL_PROVIDER_query_operation", "the same; unit.match makes it fail"},
};

static const char *excuse(const char *name)
{
    for (size_t i = 0; i < sizeof not_everywhere / sizeof not_everywhere[0]; i++)
        if (strcmp(not_everywhere[i].name, name) == 0)
            return not_everywhere[i].why;
    return NULL;
}

bool coverage_is_complete(const struct report *reports, size_t count)
{
    bool complete = true;

    for (size_t c = 0; c < fault_call_count; c++) {
        const struct fault_call *call = &fault_calls[c];
        unsigned failed = 0;
        for (size_t i = 0; i < count; i++)
            failed += reports[i].seen.failed[c];
        if (call->kind == FAULT_SAFE || (failed == 0 && !reports[0].seen.present[c]))
            continue;
        printf("# %s failed %u times%s%s\n", call->name, failed,
               failed == 0 && excuse(call->name) != NULL ? ": " : "",
               failed == 0 && excuse(call->name) != NULL ? excuse(call->name) : "");
        complete = complete && (failed > 0 || excuse(call->name) != NULL);
    }
    if (!complete)
        printf("not ok - a call was never made to fail\n");
    return complete;
}
