/* calls.c - the functions that the module calls, and how each of them fails. */
#define PIN_OSSL_TABLE
#include "inject.h"

#include <openssl/x509.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- how they fail ---- */

static void *no_pointer(void)
{
    return NULL;
}

static int zero(void)
{
    return 0;
}

static int minus_one(void)
{
    return -1;
}

static int minus_two(void) /* an error of X509_cmp(3) */
{
    return -2;
}

static long system_fails(void)
{
    errno = fault_armed.error;
    return -1;
}

static int number(void) /* an errno as result */
{
    return fault_armed.error;
}

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

/* The descriptor is closed even if close(2) fails. */
static int close_fails(int fd)
{
    close(fd);
    errno = fault_armed.error;
    return -1;
}

static ssize_t read_fails(int fd, void *bytes, size_t size)
{
    if (fault_armed.how == FAULT_ONE_BYTE)
        return read(fd, bytes, size > 0 ? 1 : 0);
    if (fault_armed.how == FAULT_ENDS)
        return 0;
    return system_fails();
}

/* As for an extension that cannot be decoded; out of memory is reported alike. */
static void *no_extension(const X509 *cert, int nid, int *found, int *idx)
{
    (void)cert;
    (void)nid;
    (void)idx;
    if (found != NULL)
        *found = 0;
    return NULL;
}

/* Keeps what would go to the machine's log. */
static ssize_t keep_datagram(int fd, const void *bytes, size_t len, int flags,
                             const struct sockaddr *to, socklen_t to_len)
{
    (void)fd;
    (void)flags;
    (void)to;
    (void)to_len;
    snprintf(fault_seen->last_logged, sizeof fault_seen->last_logged, "%.*s", (int)len,
             (const char *)bytes);
    if (strstr(fault_seen->last_logged, "pinning[P14]") != NULL)
        fault_seen->unhooked = true;
    return (ssize_t)len;
}

/* ---- the list ---- */

/* A function pointer as data, as dlsym(3) returns it. */
#define F(function)            ((void *)(function))
#define C(name, kind, failure) {#name, kind, F(failure), NULL, NULL, false},
#define O(name, failure)       {#name, FAULT_OPENSSL, F(failure), NULL, NULL, true},
#define SAFE(name)             {#name, FAULT_SAFE, NULL, NULL, NULL, false},
#define O_SAFE(name)           {#name, FAULT_SAFE, NULL, NULL, NULL, true},

struct fault_call fault_calls[] = {
#include "calls.list"
    {"sendto", FAULT_SYSTEM, F(system_fails), F(keep_datagram), NULL, false},
    {"CRYPTO_malloc", FAULT_OPENSSL_MEMORY, NULL, NULL, NULL,
     false}, /* not called through a table */
};
const size_t fault_call_count = sizeof fault_calls / sizeof fault_calls[0];

_Static_assert(sizeof fault_calls / sizeof fault_calls[0] <= FAULT_CALLS_MAX,
               "one thunk for each call");

struct fault_call *fault_call_named(const char *name)
{
    for (size_t i = 0; i < fault_call_count; i++)
        if (strcmp(fault_calls[i].name, name) == 0)
            return &fault_calls[i];
    return NULL;
}
