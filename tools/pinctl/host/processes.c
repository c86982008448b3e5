/* Running processes, and whether pinning is enforced for them. */
#include "host/processes.h"

#include "host/tls_library.h"

#include <pinning/names.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *pinctl_enforcement_name(enum pinctl_enforcement enforcement)
{
    static const char *const names[] = {
        [PINCTL_NO_TLS] = "no-tls",         [PINCTL_ENFORCED] = "held",
        [PINCTL_OLD_MODULE] = "old-module", [PINCTL_NOT_ENFORCED] = "not-held",
        [PINCTL_LINKED] = "linked-in",      [PINCTL_OTHER_TLS] = "other-tls",
        [PINCTL_UNREADABLE] = "unreadable"};
    return names[enforcement];
}

/* What a process has mapped. */
struct maps {
    bool module, module_gone;
    bool crypto; /* libcrypto, which alone does not make TLS connections */
    const char *openssl;
    const char *other; /* TLS library */
};

static void add_file(const char *path, struct maps *maps)
{
    const char *name = strrchr(path, '/');

    if (name == NULL)
        return;
    name++;
    if (strncmp(name, PIN_NAME_MODULE_FILE, strlen(PIN_NAME_MODULE_FILE)) == 0) {
        maps->module = true;
        maps->module_gone |= strstr(name, " (deleted)") != NULL;
    }
    maps->crypto |= strncmp(name, "libcrypto.so", strlen("libcrypto.so")) == 0;
    const char *library = tls_library_of_file(name);
    if (library != NULL)
        *(strcmp(library, TLS_OPENSSL) == 0 ? &maps->openssl : &maps->other) = library;
}

/* False with errno. */
static bool read_maps(pid_t pid, struct maps *maps)
{
    char path[64], *line = NULL;
    size_t size = 0;

    snprintf(path, sizeof path, "/proc/%ld/maps", (long)pid);
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return false;
    for (ssize_t len; (len = getline(&line, &size, in)) > 0;) {
        line[len - (line[len - 1] == '\n')] = '\0';
        const char *file = strchr(line, '/');
        if (file != NULL)
            add_file(file, maps);
    }
    bool ok = !ferror(in);
    free(line);
    fclose(in);
    return ok;
}

#define KNOWN 64

/* Returns the TLS library that is linked into the program of a process. Keeps the latest results,
 * because many processes run the same program. */
static const char *linked_into(pid_t pid)
{
    static struct {
        dev_t dev;
        ino_t ino; /* 0: unused */
        const char *name;
    } known[KNOWN];
    static size_t next;
    char path[64];
    struct stat st = {.st_ino = 0};
    const char *name = NULL;
    size_t i = 0;

    snprintf(path, sizeof path, "/proc/%ld/exe", (long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && st.st_ino != 0) {
        while (i < KNOWN && (known[i].ino != st.st_ino || known[i].dev != st.st_dev))
            i++;
        name = i < KNOWN ? known[i].name : tls_library_linked_into(fd);
    }
    close(fd);
    if (i == KNOWN) {
        known[next].dev = st.st_dev;
        known[next].ino = st.st_ino;
        known[next].name = name;
        next = (next + 1) % KNOWN;
    }
    return name;
}

/* Reads the value of OPENSSL_CONF with which the process was started; false if it had none. */
static bool own_configuration(pid_t pid, char *out, size_t size)
{
    char path[64], *entry = NULL;
    size_t capacity = 0;
    bool found = false;

    snprintf(path, sizeof path, "/proc/%ld/environ", (long)pid);
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return false;
    while (!found && getdelim(&entry, &capacity, '\0', in) > 0) {
        if (strncmp(entry, "OPENSSL_CONF=", strlen("OPENSSL_CONF=")) == 0) {
            snprintf(out, size, "%s", entry + strlen("OPENSSL_CONF="));
            found = true;
        }
    }
    free(entry);
    fclose(in);
    return found;
}

static void explain(const struct pinctl_host *host, struct pinctl_process *p)
{
    char path[64], own[300];
    struct stat st;

    snprintf(path, sizeof path, "/proc/%ld", (long)p->pid);
    if (own_configuration(p->pid, own, sizeof own) && strcmp(own, host->conf) != 0)
        snprintf(p->why, sizeof p->why, "reads its own configuration: OPENSSL_CONF=%s", own);
    else if (stat(path, &st) == 0 && st.st_mtime < host->since)
        snprintf(p->why, sizeof p->why, "started before openssl.cnf was changed: restart it");
    else if (p->enforcement == PINCTL_LINKED)
        snprintf(p->why, sizeof p->why, "OpenSSL is linked into it and did not load the module");
    else
        snprintf(p->why, sizeof p->why, "has not used TLS yet, or reads no openssl.cnf");
}

static void classify(const struct pinctl_host *host, const struct maps *maps,
                     struct pinctl_process *p)
{
    bool linked_only = maps->openssl == NULL && !maps->crypto && !maps->module;
    const char *linked = linked_only ? linked_into(p->pid) : NULL;
    const char *library = maps->openssl != NULL ? maps->openssl
                          : linked != NULL      ? linked
                                                : maps->other;

    if (maps->module)
        p->enforcement = maps->module_gone ? PINCTL_OLD_MODULE : PINCTL_ENFORCED;
    else if (maps->openssl != NULL)
        p->enforcement = PINCTL_NOT_ENFORCED;
    else if (linked != NULL)
        p->enforcement = strcmp(linked, TLS_OPENSSL) == 0 ? PINCTL_LINKED : PINCTL_OTHER_TLS;
    else if (maps->other != NULL)
        p->enforcement = PINCTL_OTHER_TLS;
    if (library == NULL && maps->module)
        library = TLS_OPENSSL;
    snprintf(p->library, sizeof p->library, "%s", library != NULL ? library : "");
    if (p->enforcement == PINCTL_NOT_ENFORCED || p->enforcement == PINCTL_LINKED)
        explain(host, p);
    else if (p->enforcement == PINCTL_OLD_MODULE)
        snprintf(p->why, sizeof p->why, "runs a module that has been replaced: restart it");
    else if (p->enforcement == PINCTL_OTHER_TLS)
        snprintf(p->why, sizeof p->why, "the module does not apply to %s", p->library);
    else if (p->enforcement == PINCTL_ENFORCED && maps->other != NULL)
        snprintf(p->why, sizeof p->why, "except for connections made with %s", maps->other);
}

bool pinctl_process_inspect(const struct pinctl_host *host, pid_t pid, struct pinctl_process *out)
{
    struct maps maps = {.module = false};
    char path[64];

    *out = (struct pinctl_process){.pid = pid};
    snprintf(path, sizeof path, "/proc/%ld/comm", (long)pid);
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return false;
    size_t len = fread(out->program, 1, sizeof out->program - 1, in);
    if (len > 0) /* the last byte is a newline; the name may contain more of them */
        out->program[len - 1] = '\0';
    fclose(in);
    if (!read_maps(pid, &maps)) {
        if (errno != EACCES && errno != EPERM)
            return false;
        out->enforcement = PINCTL_UNREADABLE;
        return true;
    }
    classify(host, &maps, out);
    return true;
}

static int only_pids(const struct dirent *entry)
{
    return entry->d_name[strspn(entry->d_name, "0123456789")] == '\0';
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
    long first = atol((*a)->d_name), second = atol((*b)->d_name);
    return (first > second) - (first < second);
}

bool pinctl_processes(const struct pinctl_host *host,
                      void (*each)(void *arg, const struct pinctl_process *process), void *arg)
{
    struct dirent **list = NULL;
    struct pinctl_process process;
    int count = scandir("/proc", &list, only_pids, by_number);

    for (int i = 0; i < count; i++) {
        pid_t pid = (pid_t)atol(list[i]->d_name);
        if (pid != getpid() && pinctl_process_inspect(host, pid, &process))
            each(arg, &process);
        free(list[i]);
    }
    free(list);
    return count >= 0;
}
