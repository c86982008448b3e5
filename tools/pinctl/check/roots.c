/* The roots that programs on this host trust, as digests of their keys. */
#include "check/check.h"
#include "x509/keys.h"

#include <pinning/error.h>
#include <pinning/policy.h>
#include <stdio.h>
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

struct check_roots {
    struct pin_digest *list; /* each in all PIN_HASHES */
    size_t count;
};

static void add_file(struct check_roots *roots, const char *file)
{
    struct pin_error ignored = {.reason = PIN_OK}; /* programs cannot read it either */
    struct pinctl_keys keys;

    if (!pinctl_keys_read(file, &keys, &ignored))
        return;
    struct pin_digest *list =
        realloc(roots->list, (roots->count + keys.count * PIN_HASHES) * sizeof *list);
    if (list != NULL) {
        roots->list = list;
        for (size_t i = 0; i < keys.count; i++)
            for (int hash = 0; keys.list[i].cert != NULL && hash < PIN_HASHES; hash++)
                roots->count += pinctl_key_digest(&keys.list[i], false, (enum pin_hash)hash,
                                                  &list[roots->count], &ignored);
    }
    pinctl_keys_clear(&keys);
}

/* True for the file names that OpenSSL reads in a directory: eight digits of a hash, and a number.
 */
static bool is_hashed(const char *name)
{
    return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' &&
           isdigit((unsigned char)name[9]);
}

static void add_directory(struct check_roots *roots, const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char file[4096];
        if (is_hashed(entry->d_name) &&
            snprintf(file, sizeof file, "%s/%s", path, entry->d_name) < (int)sizeof file)
            add_file(roots, file);
    }
    if (dir != NULL)
        closedir(dir);
}

/* Reads the files that OpenSSL would read. Returns NULL when out of memory. */
static struct check_roots *collect(const struct pinctl *ctl)
{
    struct check_roots *roots = calloc(1, sizeof *roots);
    const char *file = getenv(X509_get_default_cert_file_env());
    const char *dir = getenv(X509_get_default_cert_dir_env());

    if (roots == NULL)
        return NULL;
    if (ctl->ca_file != NULL) {
        add_file(roots, ctl->ca_file);
    } else {
        add_file(roots, file != NULL ? file : X509_get_default_cert_file());
        add_directory(roots, dir != NULL ? dir : X509_get_default_cert_dir());
    }
    return roots;
}

static bool is_root(const struct check_roots *roots, const struct pin_digest *digest)
{
    for (size_t i = 0; i < roots->count; i++)
        if (pin_digest_equal(&roots->list[i], digest))
            return true;
    return false;
}

bool check_only_roots(struct check *check, const struct pin_policy *policy)
{
    for (size_t i = 0; i < policy->count; i++)
        if (policy->pins[i].until >= check->today && policy->pins[i].kind != PIN_KIND_CA)
            return false;
    if (check->roots == NULL)
        check->roots = collect(check->ctl);
    for (size_t i = 0; check->roots != NULL && i < policy->count; i++)
        if (policy->pins[i].until >= check->today &&
            !is_root(check->roots, &policy->pins[i].digest))
            return false;
    return check->roots != NULL && check->roots->count > 0;
}

void check_roots_free(struct check_roots *roots)
{
    if (roots != NULL)
        free(roots->list);
    free(roots);
}
