/* The walk over the files of a store. */
#include "store/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_ignored(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "_store") == 0 ||
           strcmp(name, STORE_TEMPORARY) == 0;
}

struct names {
    char **list;
    size_t count, capacity;
};

static bool keep_name(void *arg, const char *name)
{
    struct names *names = arg;

    if (names->count == names->capacity) {
        size_t capacity = names->capacity > 0 ? 2 * names->capacity : 64;
        char **list = realloc(names->list, capacity * sizeof *list);
        if (list == NULL)
            return false;
        names->list = list;
        names->capacity = capacity;
    }
    names->list[names->count] = strdup(name);
    return names->list[names->count] != NULL && ++names->count > 0;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* *ended: each() returned false. */
static bool walk_unsorted(const char *store, pinctl_each_file *each, void *arg, bool *ended,
                          struct pin_error *err)
{
    DIR *dir = opendir(store);
    const struct dirent *entry = NULL;
    bool ok = true;

    if (dir == NULL)
        return pin_error_set_sys(err, PIN_R_STORE, errno, "%s: cannot open the pin store", store);
    while (!*ended && (errno = 0, entry = readdir(dir)) != NULL)
        *ended = !is_ignored(entry->d_name) && !each(arg, entry->d_name);
    if (!*ended && errno != 0)
        ok = pin_error_set_sys(err, PIN_R_STORE, errno, "%s: cannot read the directory", store);
    closedir(dir);
    return ok;
}

bool pinctl_walk(const char *store, bool sorted, pinctl_each_file *each, void *arg,
                 struct pin_error *err)
{
    struct names names = {0};
    bool ended = false;
    bool ok;

    if (!sorted)
        return walk_unsorted(store, each, arg, &ended, err);
    ok = walk_unsorted(store, keep_name, &names, &ended, err);
    if (ok && ended)
        ok = pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    if (ok && names.count > 0)
        qsort(names.list, names.count, sizeof *names.list, by_bytes);
    for (size_t i = 0; ok && i < names.count && each(arg, names.list[i]);)
        i++;
    for (size_t i = 0; i < names.count; i++)
        free(names.list[i]);
    free(names.list);
    return ok;
}
