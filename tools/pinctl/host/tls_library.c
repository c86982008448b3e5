/* TLS libraries, recognised by file names and by marks in an executable. */
#include "host/tls_library.h"

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define EXECUTABLE_MAX (256 * 1024 * 1024) /* bytes */

/* By the beginning of a file's name. NSS has a libssl3.so of its own. */
static const struct {
    const char *prefix;
    const char *name;
} libraries[] = {{"libssl.so", TLS_OPENSSL},    {"libgnutls.so", "GnuTLS"},   {"libssl3.so", "NSS"},
                 {"libmbedtls.so", "mbed TLS"}, {"libwolfssl.so", "wolfSSL"}, {"libs2n.so", "s2n"},
                 {"libtls.so", "LibreSSL"}};
#define LIBRARIES (sizeof libraries / sizeof libraries[0])

const char *tls_library_of_file(const char *name)
{
    for (size_t i = 0; i < LIBRARIES; i++)
        if (strncmp(name, libraries[i].prefix, strlen(libraries[i].prefix)) == 0)
            return libraries[i].name;
    return NULL;
}

const char *tls_library_of_ldd(const char *output)
{
    for (size_t i = 0; i < LIBRARIES; i++)
        if (strstr(output, libraries[i].prefix) != NULL)
            return libraries[i].name;
    return NULL;
}

static const struct mark {
    const char *text;
    bool digit_follows;
    const char *name;
} marks[] = {{"OpenSSL 3.", true, TLS_OPENSSL},
             {"OpenSSL 4.", true, TLS_OPENSSL},
             {"\xff Go buildinf:", false, TLS_GO}};

static bool contains(const char *bytes, size_t len, const struct mark *mark)
{
    const char *end = bytes + len, *at = bytes;

    while ((at = memmem(at, (size_t)(end - at), mark->text, strlen(mark->text))) != NULL) {
        at += strlen(mark->text);
        if (!mark->digit_follows || (at < end && *at >= '0' && *at <= '9'))
            return true;
    }
    return false;
}

const char *tls_library_linked_into(int fd)
{
    const char *name = NULL;
    struct stat st;

    if (fstat(fd, &st) != 0 || st.st_size <= 0 || st.st_size > EXECUTABLE_MAX)
        return NULL;
    char *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return NULL;
    for (size_t i = 0; name == NULL && i < sizeof marks / sizeof marks[0]; i++)
        name = contains(bytes, (size_t)st.st_size, &marks[i]) ? marks[i].name : NULL;
    munmap(bytes, (size_t)st.st_size);
    return name;
}
