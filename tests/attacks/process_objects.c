/* process_objects.c - more shared objects than a fixed table holds, loaded before libssl. */
#include "process_run.h"

#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OBJECTS 520

/* The smallest shared object that a loader takes. */
struct object {
    ElfW(Ehdr) header;
    ElfW(Phdr) segments[3];
    ElfW(Dyn) dynamic[5];
    ElfW(Sym) symbol;
    char strings[8];
};

/* What depends on the machine is that of this program. */
static void read_machine(ElfW(Ehdr) * header)
{
    FILE *file = fopen("/proc/self/exe", "re");

    ATK_NEED(file != NULL && fread(header, sizeof *header, 1, file) == 1);
    fclose(file);
}

static struct object make_object(void)
{
    struct object out = {
        .segments = {{.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_align = 1 << 16},
                     {.p_type = PT_DYNAMIC, .p_flags = PF_R | PF_W, .p_align = 8},
                     {.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W, .p_align = 16}},
        .dynamic = {{DT_STRTAB, {offsetof(struct object, strings)}},
                    {DT_SYMTAB, {offsetof(struct object, symbol)}},
                    {DT_STRSZ, {sizeof out.strings}},
                    {DT_SYMENT, {sizeof out.symbol}},
                    {DT_NULL, {0}}}};

    read_machine(&out.header);
    out.header.e_type = ET_DYN;
    out.header.e_entry = out.header.e_shoff = 0;
    out.header.e_phoff = offsetof(struct object, segments);
    out.header.e_phnum = 3;
    out.header.e_shnum = out.header.e_shstrndx = 0;
    out.segments[0].p_filesz = out.segments[0].p_memsz = sizeof out;
    out.segments[1].p_offset = out.segments[1].p_vaddr = out.segments[1].p_paddr =
        offsetof(struct object, dynamic);
    out.segments[1].p_filesz = out.segments[1].p_memsz = sizeof out.dynamic;
    return out;
}

/* Writes the objects and returns their names, with ':' between them. */
static char *write_objects(struct proc *proc)
{
    const struct object object = make_object();
    char *names = malloc(OBJECTS * 128), *at = names;
    char name[32];

    ATK_NEED(names != NULL);
    for (int i = 0; i < OBJECTS; i++) {
        snprintf(name, sizeof name, "object%d.so", i);
        const char *path = proc_path(proc, name);
        FILE *file = fopen(path, "we");
        ATK_NEED(file != NULL && fwrite(&object, sizeof object, 1, file) == 1);
        ATK_NEED(fclose(file) == 0 && strlen(path) < 127);
        at += sprintf(at, "%s%s", i > 0 ? ":" : "", path);
    }
    return names;
}

/* AddressSanitizer insists on being loaded first. */
static void permit_order(void)
{
    const char *options = getenv("ASAN_OPTIONS");
    char more[1024];

    snprintf(more, sizeof more, "%s%sverify_asan_link_order=0", options != NULL ? options : "",
             options != NULL ? ":" : "");
    ATK_NEED(setenv("ASAN_OPTIONS", more, 1) == 0);
}

static int count(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)info;
    (void)size;
    ++*(int *)arg;
    return 0;
}

/* Preloaded objects come before the libraries that a program is linked to. */
void proc_exec_crowded(struct proc *proc)
{
    char *names = write_objects(proc);
    pid_t child = proc_fork();

    if (child == 0) {
        permit_order();
        ATK_NEED(setenv("LD_PRELOAD", names, 1) == 0);
        proc_exec_again("process/many objects are loaded");
    }
    free(names);
    proc_wait(child);
}

/* In the process that was executed; elsewhere nothing happens. */
void proc_count_objects(struct proc *proc)
{
    int objects = 0;

    (void)proc;
    dl_iterate_phdr(count, &objects);
    ATK_NEED(getenv("LD_PRELOAD") == NULL || objects > OBJECTS);
}
