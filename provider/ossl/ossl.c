#define PIN_OSSL_TABLE /* the names as they are, not as macros */
#include <pinning/ossl.h>

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct pin_ossl pin_ossl;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *crypto;      /* handle of the libcrypto that loaded us, kept for ever */
static const void *base;  /* and what tells that object from others */
static atomic_bool ready; /* every stage was resolved */

#define ROWS (sizeof pin_ossl_table / sizeof pin_ossl_table[0])

/* A loaded object. Found by its segments: dladdr(3) would also search all its symbols, and gives
 * the program's own file as argv[0], which programs rewrite. */
struct object {
    const void *address; /* in: within it */
    const void *base;    /* out: what tells it from others; NULL if there is none */
    char *name;          /* out, if wants_name: its file, "" for the program; to be freed */
    bool wants_name;
};

static int contains(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct object *object = arg;
    uintptr_t at = (uintptr_t)object->address;

    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t begin = (uintptr_t)info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD || at < begin || at - begin >= segment->p_memsz)
            continue;
        object->base = info->dlpi_phdr;
        if (object->wants_name)
            object->name = strdup(info->dlpi_name != NULL ? info->dlpi_name : "");
        return 1;
    }
    return 0;
}

static const void *object_of(const void *address)
{
    struct object object = {.address = address};
    if (address != NULL)
        dl_iterate_phdr(contains, &object);
    return object.base;
}

static bool resolve(void *library, enum pin_ossl_stage stage, struct pin_error *err)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct pin_ossl_row *row = &pin_ossl_table[i];
        if (row->stage != stage)
            continue;
        void *symbol = dlsym(library, row->name);
        if (symbol == NULL && row->need == PIN_OSSL_REQUIRED)
            return pin_error_set(err, PIN_R_UNHOOKED,
                                 "this program's OpenSSL has no function %s that we can reach",
                                 row->name);
        memcpy((char *)&pin_ossl + row->offset, &symbol, sizeof symbol);
    }
    return true;
}

/* Returns the handle of the object around the address; NULL with PIN_R_UNHOOKED. */
static void *handle_of(const void *within, struct pin_error *err)
{
    struct object object = {.address = within, .wants_name = true};
    void *handle = NULL;

    dl_iterate_phdr(contains, &object);
    if (object.name != NULL)
        handle = object.name[0] == '\0' ? dlopen(NULL, RTLD_LAZY | RTLD_LOCAL)
                                        : dlopen(object.name, RTLD_LAZY | RTLD_LOCAL | RTLD_NOLOAD);
    bool out_of_memory = object.base != NULL && object.name == NULL;
    free(object.name);
    if (handle != NULL && object_of(dlsym(handle, "CRYPTO_get_ex_new_index")) == object.base)
        return handle;
    if (handle != NULL)
        dlclose(handle);
    pin_error_set(err, PIN_R_UNHOOKED, "%s",
                  out_of_memory ? "cannot find the libcrypto that loaded this module: out of memory"
                                : "OpenSSL is linked into this program and its functions are "
                                  "hidden: pinning cannot be enforced for it");
    return NULL;
}

bool pin_ossl_open(const void *within, struct pin_error *err)
{
    bool ok = true;

    pthread_mutex_lock(&lock);
    if (crypto != NULL && object_of(within) != base) {
        ok = pin_error_set(err, PIN_R_UNHOOKED,
                           "pinning cannot be enforced for a second OpenSSL in this process: a "
                           "different one loaded this module first");
    } else if (crypto == NULL) {
        void *handle = handle_of(within, err);
        ok = handle != NULL && resolve(handle, PIN_OSSL_CORE, err);
        if (ok) {
            crypto = handle;
            base = object_of(within);
        }
    }
    pthread_mutex_unlock(&lock);
    return ok;
}

/* Names of loaded objects, collected first: dlopen() within dl_iterate_phdr() can deadlock. As many
 * as there are: large programs load more than a thousand. */
struct names {
    char **list;
    size_t count, capacity;
    bool out_of_memory;
};

static bool grow(struct names *names)
{
    size_t capacity = names->capacity > 0 ? 2 * names->capacity : 64;
    char **list = realloc(names->list, capacity * sizeof *list);

    if (list == NULL)
        return false;
    names->list = list;
    names->capacity = capacity;
    return true;
}

static int collect(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct names *names = arg;
    (void)size;
    if (info->dlpi_name == NULL || info->dlpi_name[0] == '\0')
        return 0;
    names->out_of_memory = (names->count == names->capacity && !grow(names)) ||
                           (names->list[names->count] = strdup(info->dlpi_name)) == NULL;
    names->count += !names->out_of_memory;
    return names->out_of_memory;
}

/* Does this object see an SSL_CTX_new() whose libcrypto is ours? */
static bool is_our_libssl(void *handle)
{
    return dlsym(handle, "SSL_CTX_new") != NULL &&
           object_of(dlsym(handle, "CRYPTO_new_ex_data")) == base;
}

/* libssl is libcrypto itself where both are linked into a program; else one of the loaded objects,
 * most probably one that is called so. */
static void *find_libssl(struct pin_error *err)
{
    struct names names = {0};
    void *found = NULL;

    if (is_our_libssl(crypto))
        return crypto;
    dl_iterate_phdr(collect, &names);
    for (int named_so = 1; named_so >= 0 && found == NULL; named_so--) {
        for (size_t i = 0; i < names.count && found == NULL; i++) {
            if ((strstr(names.list[i], "libssl") != NULL) != named_so)
                continue;
            void *handle = dlopen(names.list[i], RTLD_LAZY | RTLD_LOCAL | RTLD_NOLOAD);
            if (handle != NULL && is_our_libssl(handle))
                found = handle;
            else if (handle != NULL)
                dlclose(handle);
        }
    }
    if (found == NULL)
        pin_error_set(err, PIN_R_UNHOOKED, "%s",
                      names.out_of_memory ? "cannot find the program's libssl: out of memory"
                                          : "no libssl that uses the libcrypto which loaded us");
    for (size_t i = 0; i < names.count; i++)
        free(names.list[i]);
    free(names.list);
    return found;
}

static bool resolve_rest(struct pin_error *err)
{
    void *ssl = crypto != NULL ? find_libssl(err) : NULL;

    return ssl != NULL && resolve(crypto, PIN_OSSL_CRYPTO, err) && resolve(ssl, PIN_OSSL_SSL, err);
}

bool pin_ossl_use(struct pin_error *err)
{
    if (atomic_load_explicit(&ready, memory_order_acquire))
        return true;

    pthread_mutex_lock(&lock);
    /* Another thread may have done it meanwhile, and others be reading what we would write again.
     */
    bool ok = atomic_load_explicit(&ready, memory_order_relaxed) || resolve_rest(err);
    if (ok)
        atomic_store_explicit(&ready, true, memory_order_release);
    pthread_mutex_unlock(&lock);
    return ok;
}
