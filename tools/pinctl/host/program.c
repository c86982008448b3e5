/* The likely reason why pinning is not enforced for a program. */
#include "host/program.h"

#include "host/run.h"
#include "host/tls_library.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Finds the file that execvp(3) would run. */
static bool find(const char *command, char *out, size_t size)
{
    const char *path = getenv("PATH");
    char *copy, *rest, *directory;
    bool found = false;

    if (strchr(command, '/') != NULL)
        return (size_t)snprintf(out, size, "%s", command) < size;
    copy = rest = strdup(path != NULL ? path : "/bin:/usr/bin");
    while (rest != NULL && !found && (directory = strsep(&rest, ":")) != NULL)
        found = (size_t)snprintf(out, size, "%s/%s", directory, command) < size &&
                access(out, X_OK) == 0;
    free(copy);
    return found;
}

/* Replaces the path of a script by that of its interpreter. */
static void follow_script(char *path, size_t size)
{
    char line[256] = "";
    FILE *in = fopen(path, "re");

    if (in == NULL)
        return;
    if (fgets(line, sizeof line, in) != NULL && strncmp(line, "#!", 2) == 0) {
        char *at = line + 2 + strspn(line + 2, " \t");
        at[strcspn(at, " \t\n")] = '\0';
        if (*at == '/')
            snprintf(path, size, "%s", at);
    }
    fclose(in);
}

static const char *linked_into(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    const char *name = fd >= 0 ? tls_library_linked_into(fd) : NULL;

    if (fd >= 0)
        close(fd);
    return name;
}

/* ldd(1) may run the program, which pinctl does anyway. */
static const char *needs(const char *path)
{
    const char *const argv[] = {"ldd", path, NULL};
    char output[16384];
    const struct pinctl_run run = {
        .argv = argv, .secs = 10, .output = output, .size = sizeof output, .no_input = true};

    return pinctl_run(&run, NULL) == 0 ? tls_library_of_ldd(output) : NULL;
}

void program_why_not(const char *command, bool unreached, char *out, size_t size)
{
    char path[512];
    struct stat st;
    const char *linked, *needed;

    snprintf(out, size, "did it open a TLS connection to that host at all?");
    if (unreached) {
        snprintf(out, size,
                 "the module cannot reach its OpenSSL, which is linked in and hidden (P14)");
        return;
    }
    if (!find(command, path, sizeof path) || stat(path, &st) != 0)
        return;
    if ((st.st_mode & (S_ISUID | S_ISGID)) != 0) {
        snprintf(out, size,
                 "%s is a set-id program, and therefore ignored the OPENSSL_CONF of this proof",
                 path);
        return;
    }
    follow_script(path, sizeof path);
    needed = needs(path);
    linked = needed == NULL ? linked_into(path) : NULL;
    if (linked != NULL && strcmp(linked, TLS_GO) == 0)
        snprintf(out, size, "%s is written in Go, which has its own TLS", path);
    else if (linked != NULL)
        snprintf(out, size, "OpenSSL is linked into %s, and reads no openssl.cnf, or its own",
                 path);
    else if (needed != NULL && strcmp(needed, TLS_OPENSSL) != 0)
        snprintf(out, size, "%s uses %s, not OpenSSL", path, needed);
    else if (needed != NULL)
        snprintf(out, size,
                 "%s uses OpenSSL, but reads no openssl.cnf, or its own; or did it not open a TLS "
                 "connection to that host?",
                 path);
    else
        snprintf(out, size,
                 "%s is not linked to any TLS library that pinctl knows; did it open a TLS "
                 "connection to "
                 "that host?",
                 path);
}
