/*
 * provider.c - the provider's entry point (provider(7)), the only exported symbol.
 *
 * It reads the configuration, registers the hooks, and succeeds whenever it can run. OpenSSL drops
 * a provider that fails silently, and a host whose administrator wrongly believes that pinning is
 * on is the worst outcome. So an error is kept, and every verdict is then a refusal that reports
 * it.
 */
#include <pinning/names.h>
#include <pinning/config.h>
#include <pinning/hook.h>
#include <pinning/judge.h>
#include <pinning/instance.h>
#include <pinning/ossl.h>
#include <pinning/sink.h>

#include "guard.h"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

extern __attribute__((visibility("default"))) OSSL_provider_init_fn OSSL_provider_init;

#ifdef PINNING_BYPASS
#define BUILDINFO PINNING_VERSION " PINNING_BYPASS=ON (insecure: PINNING_MODE is obeyed)"
#else
#define BUILDINFO PINNING_VERSION
#endif

/* What the core gave us, and what it gets back as our context. */
struct core {
    const OSSL_CORE_HANDLE *handle;
    OSSL_FUNC_core_get_params_fn *get_params;
    OSSL_FUNC_core_get_libctx_fn *get_libctx;
};

static void read_dispatch(struct core *core, const OSSL_DISPATCH *in)
{
    for (; in->function_id != 0; in++) {
        switch (in->function_id) {
        case OSSL_FUNC_CORE_GET_PARAMS:
            core->get_params = OSSL_FUNC_core_get_params(in);
            break;
        case OSSL_FUNC_CORE_GET_LIBCTX:
            core->get_libctx = OSSL_FUNC_core_get_libctx(in);
            break;
        default:
            break;
        }
    }
}

/* A key of our section of openssl.cnf, which the core knows by its exact name only; also one of the
 * core's own parameters. */
static const char *section_value(void *arg, const char *key)
{
    const struct core *core = arg;
    char *value = NULL;
    OSSL_PARAM params[] = {{key, OSSL_PARAM_UTF8_PTR, &value, 0, 0}, {NULL, 0, NULL, 0, 0}};

    return core->get_params != NULL && core->get_params(core->handle, params) ? value : NULL;
}

/* Used when there is no memory for an instance: every peer is refused with this reason. */
static const struct pin_instance no_memory = {
    .config = {.mode = PIN_MODE_ENFORCE,
               .clients_wanted = true,
               .sinks = {PIN_SINK_SYSLOG | PIN_SINK_TTY, NULL}},
    .fault = {PIN_R_INTERNAL, 0, "out of memory while the provider was loaded"}};

/* A process has one instance for each configuration that differs, mostly a single one. They live
 * for ever, because callbacks point to them. A list of any length: a full table would leave a
 * library context without its configuration. */
struct known_instance {
    struct pin_instance instance; /* first: a pointer to it is a pointer to the entry */
    struct known_instance *next;
};

static struct pin_instance *new_instance(const struct core *core)
{
    struct known_instance *entry = calloc(1, sizeof *entry);

    if (entry == NULL)
        return NULL;
    if (!pin_config_read(&entry->instance.config, section_value, (void *)core))
        entry->instance.fault = entry->instance.config.error;
    return &entry->instance;
}

static const struct pin_instance *instance_for(const struct core *core)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct known_instance *first;
    struct pin_instance *instance = new_instance(core);
    struct known_instance *known;

    if (instance == NULL)
        return &no_memory;
    pthread_mutex_lock(&lock);
    for (known = first; known != NULL; known = known->next)
        if (pin_config_equal(&known->instance.config, &instance->config))
            break;
    if (known == NULL) {
        pin_instance_open(instance);
        ((struct known_instance *)instance)->next = first;
        first = (struct known_instance *)instance;
    }
    pthread_mutex_unlock(&lock);
    if (known == NULL)
        return instance;
    pin_config_clear(&instance->config);
    free(instance);
    return &known->instance;
}

/* Strict: openssl.cnf activates us alone, and we bring the algorithms. Without the module there is
 * then no cryptography in the process, and so nothing unpinned. */
static void load_others(const struct pin_instance *instance, OSSL_LIB_CTX *libctx)
{
    static const char *const by_strict[][3] = {
        [PIN_STRICT_NO] = {NULL},
        [PIN_STRICT_YES] = {"default", NULL},
        [PIN_STRICT_WITH_FIPS] = {"fips", "base", NULL},
    };
    struct pin_error err = {0};

    for (const char *const *name = by_strict[instance->config.strict]; *name != NULL; name++)
        if (!pin_ossl_has(OSSL_PROVIDER_load) || OSSL_PROVIDER_load(libctx, *name) == NULL)
            pin_error_set(
                &err, PIN_R_CONFIG,
                "openssl.cnf: strict: OpenSSL cannot load its provider %s, and this process "
                "lacks the algorithms in it",
                *name);
    if (err.reason != PIN_OK)
        pin_hook_notice(instance, &err);
}

static void note_bypass(const struct pin_instance *instance)
{
    struct pin_error err = {0};

    if (!instance->config.bypass)
        return;
    pin_error_set(&err, PIN_R_BYPASS, "PINNING_MODE=report is obeyed: nothing is refused");
    pin_hook_notice(instance, &err);
}

static const OSSL_PARAM *gettable_params(void *arg)
{
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_DEFN(OSSL_PROV_PARAM_NAME, OSSL_PARAM_UTF8_PTR, NULL, 0),
        OSSL_PARAM_DEFN(OSSL_PROV_PARAM_VERSION, OSSL_PARAM_UTF8_PTR, NULL, 0),
        OSSL_PARAM_DEFN(OSSL_PROV_PARAM_BUILDINFO, OSSL_PARAM_UTF8_PTR, NULL, 0),
        OSSL_PARAM_DEFN(OSSL_PROV_PARAM_STATUS, OSSL_PARAM_INTEGER, NULL, 0), OSSL_PARAM_END};

    (void)arg;
    return params;
}

/* Written by hand: OSSL_PARAM_set_utf8_ptr(3) may be out of reach, and this must answer even then.
 */
static int get_params(void *arg, OSSL_PARAM params[])
{
    static const struct {
        const char *key;
        const char *value;
    } texts[] = {{OSSL_PROV_PARAM_NAME, PIN_NAME_PROVIDER},
                 {OSSL_PROV_PARAM_VERSION, PINNING_VERSION},
                 {OSSL_PROV_PARAM_BUILDINFO, BUILDINFO}};

    (void)arg;
    for (OSSL_PARAM *p = params; p != NULL && p->key != NULL; p++) {
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            if (strcmp(p->key, texts[i].key) == 0 && p->data_type == OSSL_PARAM_UTF8_PTR &&
                p->data != NULL) {
                *(const char **)p->data = texts[i].value;
                p->return_size = strlen(texts[i].value);
            }
        }
        if (strcmp(p->key, OSSL_PROV_PARAM_STATUS) == 0 && p->data_type == OSSL_PARAM_INTEGER &&
            p->data != NULL && p->data_size == sizeof(int)) {
            *(int *)p->data = 1;
            p->return_size = sizeof(int);
        }
    }
    return 1;
}

static const OSSL_DISPATCH dispatch[] = {
    {OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, (void (*)(void))gettable_params},
    {OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))get_params},
    {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))pin_guard_capabilities},
    {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))pin_guard_query},
    {0, NULL}};

int OSSL_provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
                       const OSSL_DISPATCH **out, void **provctx)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct core core = {.handle = handle};
    OSSL_LIB_CTX *libctx = NULL;
    struct pin_error err = {0};

    pthread_once(&once, pin_sink_init);
    *out = dispatch;
    *provctx = (void *)handle;
    read_dispatch(&core, in);
    pin_guard_enable(section_value(&core, OSSL_PROV_PARAM_CORE_VERSION));
    const struct pin_instance *instance = instance_for(&core);
    if (core.get_libctx != NULL)
        libctx = (OSSL_LIB_CTX *)core.get_libctx(handle);
    if (!pin_ossl_open((const void *)(size_t)core.get_params, &err)) {
        /* Without memory each start is logged, because OpenSSL may be reached the next time. */
        if (instance->fault.reason == PIN_R_INTERNAL)
            pin_hook_notice(instance, &err);
        else
            pin_hook_notice_unreached(instance, &err);
    } else if (pin_hook_register(instance, libctx, &err)) {
        load_others(instance, libctx);
        note_bypass(instance);
    } else {
        pin_hook_notice(instance, &err);
    }
    return 1;
}
