/* Paths of openssl.cnf and the files beside it, and their lock. */
#include "opensslcnf/conffile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static bool name_all(struct pinctl_conffile *files)
{
    char *copy = strdup(files->conf);
    bool ok = copy != NULL && asprintf(&files->own, "%s/pinning.cnf", dirname(copy)) > 0 &&
              asprintf(&files->off, "%s.disabled", files->own) > 0 &&
              asprintf(&files->pending, "%s.unconfirmed", files->own) > 0 &&
              asprintf(&files->backup, "%s.before-pinning", files->conf) > 0;

    free(copy);
    return ok;
}

static bool lock_directory(struct pinctl_conffile *files, struct pin_error *err)
{
    char *copy = strdup(files->conf);

    files->lock = copy != NULL ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(copy);
    if (files->lock < 0)
        return pin_error_set_sys(err, PIN_R_CONFIG, errno, "%s: cannot open its directory",
                                 files->conf);
    if (flock(files->lock, LOCK_EX | LOCK_NB) != 0)
        return pin_error_set(err, PIN_R_CONFIG,
                             "%s: another pinctl is working there; try again later", files->conf);
    return true;
}

bool pinctl_conffile_open(const char *conf, struct pinctl_conffile *out, struct pin_error *err)
{
    *out = (struct pinctl_conffile){.conf = realpath(conf, NULL), .lock = -1};
    if (out->conf == NULL)
        return pin_error_set_sys(err, PIN_R_CONFIG, errno, "%s", conf);
    if (!name_all(out))
        return pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    return lock_directory(out, err);
}

void pinctl_conffile_clear(struct pinctl_conffile *files)
{
    free(files->conf);
    free(files->own);
    free(files->off);
    free(files->backup);
    free(files->pending);
    if (files->lock >= 0)
        close(files->lock);
    *files = (struct pinctl_conffile){.lock = -1};
}
