#include "guard.h"

#include <pinning/names.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char name[] = PIN_NAME_GUARD_GROUP;

static atomic_bool enabled;

/* Two OpenSSLs in one process share this module; one that does not need the group must not switch
 * it off for the other. */
void pin_guard_enable(const char *core_version)
{
    unsigned major = 0;
    unsigned minor = 0;

    if (core_version == NULL || sscanf(core_version, "%u.%u", &major, &minor) != 2 || major > 3 ||
        (major == 3 && minor >= 4))
        atomic_store(&enabled, true);
}

int pin_guard_capabilities(void *arg, const char *capability,
                           int (*take)(const OSSL_PARAM *, void *), void *take_arg)
{
    static unsigned int id = 0xFEFE; /* private use (RFC 8446 4.2.7) */
    static unsigned int security_bits = 256;
    static unsigned int is_kem = 1;
    static int never = -1; /* in no version of TLS or DTLS */
    const OSSL_PARAM group[] = {
        {OSSL_CAPABILITY_TLS_GROUP_NAME, OSSL_PARAM_UTF8_STRING, (void *)name, sizeof name, 0},
        {OSSL_CAPABILITY_TLS_GROUP_NAME_INTERNAL, OSSL_PARAM_UTF8_STRING, (void *)name, sizeof name,
         0},
        {OSSL_CAPABILITY_TLS_GROUP_ALG, OSSL_PARAM_UTF8_STRING, (void *)name, sizeof name, 0},
        {OSSL_CAPABILITY_TLS_GROUP_ID, OSSL_PARAM_UNSIGNED_INTEGER, &id, sizeof id, 0},
        {OSSL_CAPABILITY_TLS_GROUP_SECURITY_BITS, OSSL_PARAM_UNSIGNED_INTEGER, &security_bits,
         sizeof security_bits, 0},
        {OSSL_CAPABILITY_TLS_GROUP_IS_KEM, OSSL_PARAM_UNSIGNED_INTEGER, &is_kem, sizeof is_kem, 0},
        {OSSL_CAPABILITY_TLS_GROUP_MIN_TLS, OSSL_PARAM_INTEGER, &never, sizeof never, 0},
        {OSSL_CAPABILITY_TLS_GROUP_MAX_TLS, OSSL_PARAM_INTEGER, &never, sizeof never, 0},
        {OSSL_CAPABILITY_TLS_GROUP_MIN_DTLS, OSSL_PARAM_INTEGER, &never, sizeof never, 0},
        {OSSL_CAPABILITY_TLS_GROUP_MAX_DTLS, OSSL_PARAM_INTEGER, &never, sizeof never, 0},
        {NULL, 0, NULL, 0, 0}};

    (void)arg;
    return strcmp(capability, "TLS-GROUP") != 0 || !atomic_load(&enabled) || take(group, take_arg);
}

/* libssl takes a group only from the provider that also has its key management. It has the property
 * fips=yes because default_properties = fips=yes would otherwise hide it and end all TLS; it
 * computes nothing. */
static void *key_new(void *arg)
{
    (void)arg;
    return NULL;
}

static void key_free(void *key)
{
    (void)key;
}

static int key_has(const void *key, int selection)
{
    (void)key;
    (void)selection;
    return 0;
}

const OSSL_ALGORITHM *pin_guard_query(void *arg, int operation, int *no_cache)
{
    static const OSSL_DISPATCH functions[] = {{OSSL_FUNC_KEYMGMT_NEW, (void (*)(void))key_new},
                                              {OSSL_FUNC_KEYMGMT_FREE, (void (*)(void))key_free},
                                              {OSSL_FUNC_KEYMGMT_HAS, (void (*)(void))key_has},
                                              {0, NULL}};
    static const OSSL_ALGORITHM algorithms[] = {
        {name, "provider=pinning,fips=yes", functions, "sentinel: this module is loaded"},
        {NULL, NULL, NULL, NULL}};

    (void)arg;
    *no_cache = 0;
    return operation == OSSL_OP_KEYMGMT && atomic_load(&enabled) ? algorithms : NULL;
}
