/* Why would a program not be held to pins? */
#include "host/program.h"

#include "host/run.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const char *program_linked_in(const char *bytes, size_t len)
{
    static const char *const marks[][2] = {
        {"OpenSSL 3.", "OpenSSL"}, {"OpenSSL 4.", "OpenSSL"}, {"\xff Go buildinf:", "Go"}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const char *end = bytes + len;
        for (const char *at = bytes; at < end; at++) {
            at = memmem(at, (size_t)(end - at), marks[i][0], strlen(marks[i][0]));
            if (at == NULL)
                break;
            const char *next = at + strlen(marks[i][0]);
            if (marks[i][1][0] == 'G' || (next < end && *next >= '0' && *next <= '9'))
                return marks[i][1];
        }
    }
    return NULL;
}

/* The file that execvp(3) would take. */
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

/* Of a script, its interpreter. */
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
    const char *what = NULL;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
        void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED) {
            what = program_linked_in(bytes, (size_t)st.st_size);
            munmap(bytes, (size_t)st.st_size);
        }
    }
    if (fd >= 0)
        close(fd);
    return what;
}

/* The libraries of a program, by ldd(1): it is about to be run anyway. */
static const char *needs(const char *path)
{
    static const char *const libraries[][2] = {{"libssl.so", "OpenSSL"},
                                               {"libgnutls.so", "GnuTLS"},
                                               {"libssl3.so", "NSS"},
                                               {"libmbedtls.so", "mbed TLS"},
                                               {"libwolfssl.so", "wolfSSL"}};
    const char *const argv[] = {"ldd", path, NULL};
    char said[16384];
    const struct pinctl_run run = {
        .argv = argv, .secs = 10, .said = said, .size = sizeof said, .no_input = true};

    if (pinctl_run(&run, NULL) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        if (strstr(said, libraries[i][0]) != NULL)
            return libraries[i][1];
    }
    return NULL;
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
        snprintf(out, size, "%s is a set-id program, and so ignored the OPENSSL_CONF of this proof",
                 path);
        return;
    }
    follow_script(path, sizeof path);
    needed = needs(path);
    linked = needed == NULL ? linked_into(path) : NULL;
    if (linked != NULL && strcmp(linked, "Go") == 0)
        snprintf(out, size, "%s is written in Go, which has TLS of its own", path);
    else if (linked != NULL)
        snprintf(out, size, "OpenSSL is linked into %s, and reads no openssl.cnf, or its own",
                 path);
    else if (needed != NULL && strcmp(needed, "OpenSSL") != 0)
        snprintf(out, size, "%s uses %s, not OpenSSL", path, needed);
    else if (needed != NULL)
        snprintf(out, size,
                 "%s uses OpenSSL, but reads no openssl.cnf, or its own; or did it not open a TLS "
                 "connection to that host?",
                 path);
    else
        snprintf(
            out, size,
            "%s is linked to no TLS library that is known here; did it open a TLS connection to "
            "that host?",
            path);
}
