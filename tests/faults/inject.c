/* inject.c - replaces the functions in the tables of the loaded module. */
#define PIN_OSSL_TABLE /* the names themselves, not the macros */
#include "inject.h"

#include <pinning/ossl.h>

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <openssl/crypto.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct fault_seen *fault_seen;
struct fault_plan fault_armed;
static unsigned count; /* calls of the armed kind */

/* Return addresses of the calls into OpenSSL that are in progress. */
static void *returns[64];
static size_t depth;

static struct link_map *module;
static char *table; /* the module's struct pin_ossl */

#define ROWS (sizeof pin_ossl_table / sizeof pin_ossl_table[0])

/* ---- when ---- */

void fault_arm(const struct fault_plan *plan)
{
    count = 0;
    fault_armed = *plan;
}

void fault_disarm(void)
{
    fault_armed = (struct fault_plan){.at = 0};
}

/* Counts a call of the armed kind. True if it must fail. */
static bool is_due(struct fault_call *call)
{
    count++;
    if (fault_armed.at == 0 || count < fault_armed.at ||
        (count > fault_armed.at && !fault_armed.for_ever))
        return false;
    if (fault_seen->fired++ == 0)
        snprintf(fault_seen->name, sizeof fault_seen->name, "%s", call->name);
    fault_seen->failed[call - fault_calls]++;
    fault_seen->now[call - fault_calls] = true;
    return true;
}

static bool is_of_kind(const struct fault_call *call)
{
    return call->kind != FAULT_SAFE &&
           (call->kind == fault_armed.kind ||
            (call->kind == FAULT_READ && fault_armed.kind == FAULT_SYSTEM));
}

/* ---- OpenSSL's functions ---- */

/* Reads between variables, which sanitizers forbid. */
__attribute__((no_sanitize("address"))) static bool is_table(const char *at)
{
    for (size_t i = 0; i < ROWS; i++)
        if (pin_ossl_table[i].stage == PIN_OSSL_CORE &&
            *(void *const *)(at + pin_ossl_table[i].offset) !=
                fault_call_named(pin_ossl_table[i].name)->real)
            return false;
    return true;
}

/* The module looks the functions up step by step and compares some addresses, so dlsym(3) must give
 * it the true ones. Its table is changed after it was filled: before the module unlocks. */
static void find_table(void)
{
    const ElfW(Ehdr) *head = (const ElfW(Ehdr) *)module->l_addr;
    const ElfW(Phdr) *segment = (const ElfW(Phdr) *)(module->l_addr + head->e_phoff);

    for (unsigned i = 0; i < head->e_phnum && table == NULL; i++, segment++) {
        char *at = (char *)module->l_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) == 0 ||
            segment->p_memsz < sizeof(struct pin_ossl))
            continue;
        char *end = at + segment->p_memsz - sizeof(struct pin_ossl);
        for (; at <= end && table == NULL; at += sizeof(void *))
            if (is_table(at))
                table = at;
    }
}

static void take_table(void)
{
    if (table == NULL)
        find_table();
    for (size_t i = 0; table != NULL && i < ROWS; i++) {
        struct fault_call *call = fault_call_named(pin_ossl_table[i].name);
        void *value, *thunk = fault_thunk((size_t)(call - fault_calls));
        memcpy(&value, table + pin_ossl_table[i].offset, sizeof value);
        if (value != NULL && value == call->real) {
            memcpy(table + pin_ossl_table[i].offset, &thunk, sizeof thunk);
            fault_seen->present[call - fault_calls] = true;
        }
    }
}

bool fault_lists_are_complete(void)
{
    bool complete = true;
    size_t listed = 0;

    for (size_t i = 0; i < ROWS; i++) {
        struct fault_call *call = fault_call_named(pin_ossl_table[i].name);
        if (call == NULL || !call->is_openssl) {
            fprintf(stderr, "# %s of provider/ossl/ossl.list is not in calls.list\n",
                    pin_ossl_table[i].name);
            complete = false;
        } else {
            call->real = dlsym(RTLD_DEFAULT, call->name);
        }
    }
    for (size_t i = 0; i < fault_call_count; i++)
        listed += fault_calls[i].is_openssl;
    if (listed > ROWS)
        fprintf(stderr, "# calls.list has %zu functions of OpenSSL, provider/ossl/ossl.list %zu\n",
                listed, ROWS);
    return complete && listed == ROWS;
}

/* ---- calls in progress ---- */

void *fault_enter(size_t index, void **return_to)
{
    struct fault_call *call = &fault_calls[index];
    int saved = errno;
    void *target = call->instead != NULL ? call->instead : call->real;

    if (strcmp(call->name, "pthread_mutex_unlock") == 0)
        take_table();
    if (is_of_kind(call) && is_due(call)) {
        target = call->failure;
    } else if (call->is_openssl && depth < sizeof returns / sizeof returns[0]) {
        returns[depth++] = *return_to;
        *return_to = fault_landing;
    }
    errno = saved;
    return target;
}

void *fault_leave(void)
{
    return returns[--depth];
}

static bool memory_fails(void)
{
    return depth > 0 && fault_armed.kind == FAULT_OPENSSL_MEMORY &&
           is_due(fault_call_named("CRYPTO_malloc"));
}

static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return memory_fails() ? NULL : malloc(size);
}

static void *take_again(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return memory_fails() ? NULL : realloc(old, size);
}

static void give_back(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    free(old);
}

bool fault_hook_allocator(void)
{
    return CRYPTO_set_mem_functions(take, take_again, give_back) == 1;
}

/* ---- the imports ---- */

/* Functions of sanitizers and of program start. */
static bool is_of_the_compiler(const char *name)
{
    static const char *const begins[] = {"__asan_", "__ubsan_", "__sanitizer_",
                                         "__lsan_", "_ITM_",    "__gmon_start__"};

    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
        if (strncmp(name, begins[i], strlen(begins[i])) == 0)
            return true;
    return false;
}

static bool take_import(const ElfW(Rela) * rela, const ElfW(Sym) * symbol, const char *name)
{
    void **slot = (void **)(module->l_addr + rela->r_offset);
    uintptr_t page = (uintptr_t)slot & ~(uintptr_t)(sysconf(_SC_PAGESIZE) - 1);
    struct fault_call *call = fault_call_named(name);

    if (symbol->st_shndx != SHN_UNDEF || ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT ||
        is_of_the_compiler(name))
        return true;
    if (call == NULL || call->is_openssl) {
        fprintf(stderr, "# the module calls %s, which is not in calls.list\n", name);
        return false;
    }
    if (mprotect((void *)page, sizeof(void *) + (uintptr_t)slot - page, PROT_READ | PROT_WRITE) !=
        0)
        return false;
    if (*slot != fault_thunk((size_t)(call - fault_calls)))
        call->real = *slot;
    *slot = fault_thunk((size_t)(call - fault_calls));
    fault_seen->present[call - fault_calls] = true;
    return true;
}

struct tables {
    const ElfW(Rela) * lists[2];
    size_t sizes[2];
    const ElfW(Sym) * symbols;
    const char *strings;
};

static struct tables read_dynamic(void)
{
    struct tables out = {.sizes = {0}};

    for (const ElfW(Dyn) *entry = module->l_ld; entry->d_tag != DT_NULL; entry++) {
        switch (entry->d_tag) {
        case DT_JMPREL:
            out.lists[0] = (const void *)entry->d_un.d_ptr;
            break;
        case DT_PLTRELSZ:
            out.sizes[0] = entry->d_un.d_val;
            break;
        case DT_RELA:
            out.lists[1] = (const void *)entry->d_un.d_ptr;
            break;
        case DT_RELASZ:
            out.sizes[1] = entry->d_un.d_val;
            break;
        case DT_SYMTAB:
            out.symbols = (const void *)entry->d_un.d_ptr;
            break;
        case DT_STRTAB:
            out.strings = (const void *)entry->d_un.d_ptr;
            break;
        default:
            break;
        }
    }
    return out;
}

bool fault_install(const char *path)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    bool good = true;

    if (handle == NULL || dlinfo(handle, RTLD_DI_LINKMAP, &module) != 0) {
        fprintf(stderr, "# %s: cannot be loaded: %s\n", path, dlerror());
        return false;
    }
    const struct tables tables = read_dynamic();
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < tables.sizes[t] / sizeof(ElfW(Rela)); i++) {
            const ElfW(Rela) *rela = &tables.lists[t][i];
            const ElfW(Sym) *symbol = &tables.symbols[ELF64_R_SYM(rela->r_info)];
            if (ELF64_R_SYM(rela->r_info) != 0)
                good = take_import(rela, symbol, tables.strings + symbol->st_name) && good;
        }
    }
    return good;
}
