/* Which running processes are held to pins? */
#include "host/processes.h"

#include "host/program.h"

#include <pinning/names.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const char *pinctl_enforcement_name(enum pinctl_enforcement hold)
{
    static const char *const names[] = {"no-tls",    "held",      "old-module", "not-held",
                                        "linked-in", "other-tls", "unreadable"};
    return names[hold];
}

/* By the beginning of the file's name. NSS calls its own libssl3.so. */
static const struct {
    const char *prefix;
    const char *name;
    bool openssl;
} libraries[] = {{"libssl.so", "OpenSSL", true},      {"libgnutls.so", "GnuTLS", false},
                 {"libssl3.so", "NSS", false},        {"libmbedtls.so", "mbed TLS", false},
                 {"libwolfssl.so", "wolfSSL", false}, {"libs2n.so", "s2n", false},
                 {"libtls.so", "LibreSSL", false}};

struct maps {
    bool module, module_gone;
    bool crypto; /* OpenSSL's other library, which alone talks no TLS */
    const char *openssl;
    const char *other;
};

static void see_file(const char *path, struct maps *maps)
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
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        if (strncmp(name, libraries[i].prefix, strlen(libraries[i].prefix)) == 0)
            *(libraries[i].openssl ? &maps->openssl : &maps->other) = libraries[i].name;
    }
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
            see_file(file, maps);
    }
    bool ok = !ferror(in);
    free(line);
    fclose(in);
    return ok;
}

#define EXECUTABLE_MAX (256 * 1024 * 1024)

/* What TLS is linked into the program of a process; the last ones are remembered, since many
 * processes run one program. */
static const char *linked_into(pid_t pid)
{
    static struct {
        dev_t dev;
        ino_t ino;
        const char *what;
    } known[64];
    static size_t next;
    char path[64];
    struct stat st;
    const char *what = NULL;

    snprintf(path, sizeof path, "/proc/%ld/exe", (long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) != 0 || st.st_size <= 0 || st.st_size > EXECUTABLE_MAX) {
        close(fd);
        return NULL;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].ino == st.st_ino && known[i].dev == st.st_dev && st.st_ino != 0) {
            close(fd);
            return known[i].what;
        }
    }
    void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes != MAP_FAILED) {
        what = program_linked_in(bytes, (size_t)st.st_size);
        munmap(bytes, (size_t)st.st_size);
    }
    known[next].dev = st.st_dev;
    known[next].ino = st.st_ino;
    known[next].what = what;
    next = (next + 1) % (sizeof known / sizeof known[0]);
    return what;
}

/* The value of OPENSSL_CONF with which the process was started; false if it had none. */
static bool own_configuration(pid_t pid, char *out, size_t size)
{
    char path[64], *entry = NULL;
    size_t room = 0;
    bool found = false;

    snprintf(path, sizeof path, "/proc/%ld/environ", (long)pid);
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return false;
    while (!found && getdelim(&entry, &room, '\0', in) > 0) {
        if (strncmp(entry, "OPENSSL_CONF=", strlen("OPENSSL_CONF=")) == 0) {
            snprintf(out, size, "%s", entry + strlen("OPENSSL_CONF="));
            found = true;
        }
    }
    free(entry);
    fclose(in);
    return found;
}

static void say_why(const struct pinctl_host *host, struct pinctl_process *p)
{
    char path[64], own[300];
    struct stat st;

    snprintf(path, sizeof path, "/proc/%ld", (long)p->pid);
    if (own_configuration(p->pid, own, sizeof own) && strcmp(own, host->conf) != 0)
        snprintf(p->why, sizeof p->why, "reads its own configuration: OPENSSL_CONF=%s", own);
    else if (stat(path, &st) == 0 && st.st_mtime < host->since)
        snprintf(p->why, sizeof p->why, "started before openssl.cnf was changed: restart it");
    else if (p->hold == PINCTL_LINKED)
        snprintf(p->why, sizeof p->why, "OpenSSL is linked into it, and did not load the module");
    else
        snprintf(p->why, sizeof p->why, "has not used TLS yet, or reads no openssl.cnf");
}

static void judge(const struct pinctl_host *host, const struct maps *maps, struct pinctl_process *p)
{
    bool linked_only = maps->openssl == NULL && !maps->crypto && !maps->module;
    const char *linked = linked_only ? linked_into(p->pid) : NULL;
    const char *library = maps->openssl != NULL ? maps->openssl
                          : linked != NULL      ? linked
                                                : maps->other;

    if (maps->module)
        p->hold = maps->module_gone ? PINCTL_OLD_MODULE : PINCTL_ENFORCED;
    else if (maps->openssl != NULL)
        p->hold = PINCTL_NOT_ENFORCED;
    else if (linked != NULL)
        p->hold = strcmp(linked, "OpenSSL") == 0 ? PINCTL_LINKED : PINCTL_OTHER_TLS;
    else if (maps->other != NULL)
        p->hold = PINCTL_OTHER_TLS;
    if (library == NULL && maps->module)
        library = "OpenSSL";
    snprintf(p->library, sizeof p->library, "%s", library != NULL ? library : "");
    if (p->hold == PINCTL_NOT_ENFORCED || p->hold == PINCTL_LINKED)
        say_why(host, p);
    else if (p->hold == PINCTL_OLD_MODULE)
        snprintf(p->why, sizeof p->why, "runs a module that was replaced since: restart it");
    else if (p->hold == PINCTL_OTHER_TLS)
        snprintf(p->why, sizeof p->why, "%s is not reached by the module", p->library);
    else if (p->hold == PINCTL_ENFORCED && maps->other != NULL)
        snprintf(p->why, sizeof p->why, "but not what it does by %s", maps->other);
}

bool pinctl_process_look(const struct pinctl_host *host, pid_t pid, struct pinctl_process *out)
{
    struct maps maps = {.module = false};
    char path[64];

    *out = (struct pinctl_process){.pid = pid};
    snprintf(path, sizeof path, "/proc/%ld/comm", (long)pid);
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return false;
    if (fgets(out->program, sizeof out->program, in) != NULL)
        out->program[strcspn(out->program, "\n")] = '\0';
    fclose(in);
    if (!read_maps(pid, &maps)) {
        if (errno != EACCES && errno != EPERM)
            return false;
        out->hold = PINCTL_UNREADABLE;
        return true;
    }
    judge(host, &maps, out);
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
        if (pid != getpid() && pinctl_process_look(host, pid, &process))
            each(arg, &process);
        free(list[i]);
    }
    free(list);
    return count >= 0;
}
