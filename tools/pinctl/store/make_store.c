/* Creation of a store: its directory and its _store. */
#include "say/say.h"

#include "store/files.h"
#include "store/pinfile.h"

#include <pinning/error.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char settings_text[] =
    "# This directory is a store of pins: see pins(5). Without this file every connection is "
    "refused.\n"
    "# The emergency switch for all hosts is a line: mode = report\n"
    "# (or: pinctl suspend --all --for 4h)\n";

static bool make_directory(const char *store, struct pin_error *err)
{
    int dir;
    bool ok;

    if (mkdir(store, 0700) != 0)
        return errno == EEXIST ||
               pin_error_set_sys(err, PIN_R_STORE, errno, "%s: cannot make the directory", store);
    dir = open(store, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    ok = dir >= 0 && fchmod(dir, 0755) == 0;
    if (!ok)
        pin_error_set_sys(err, PIN_R_STORE, errno, "%s: cannot make it readable", store);
    else
        pinctl_print(stderr, "pinctl: made the directory %s (mode 0755)\n", store);
    if (dir >= 0)
        close(dir);
    return ok;
}

static bool is_foreign(void *arg, const char *name)
{
    size_t len = strlen(name);
    char *first = arg;

    if (name[0] == '.' || (len > strlen(PINFILE_SUFFIX) &&
                           strcmp(name + len - strlen(PINFILE_SUFFIX), PINFILE_SUFFIX) == 0))
        return true;
    snprintf(first, 64, "%s", name);
    return false;
}

bool pinctl_make_store(const char *store, struct pin_error *err)
{
    struct stat st;
    char foreign[64] = "";
    int lock;
    bool ok = true;

    if (!make_directory(store, err) || (lock = pinctl_lock(store, err)) < 0)
        return false;
    if (fstatat(lock, "_store", &st, AT_SYMLINK_NOFOLLOW) != 0) {
        ok = errno == ENOENT ||
             pin_error_set_sys(err, PIN_R_STORE, errno, "%s/_store: cannot inspect it", store);
        ok = ok && pinctl_walk(store, false, is_foreign, foreign, err);
        if (ok && foreign[0] != '\0')
            ok = pin_error_set(err, PIN_R_NO_STORE,
                               "%s contains no _store, but \"%s\": is it the store? If it is: "
                               "touch %s/_store",
                               store, foreign, store);
        ok = ok && pinctl_write(lock, "_store", settings_text, sizeof settings_text - 1, err);
        if (ok)
            pinctl_print(stderr, "pinctl: made %s/_store\n", store);
    }
    pinctl_unlock(lock);
    return ok;
}
