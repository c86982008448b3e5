/* Installation of the files of pinctl enable. */
#include "host/installing.h"

#include "host/disabling.h"
#include "host/selftest.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool has(const char *path, const char *text)
{
    return pinctl_textfile_equals(path, text, strlen(text));
}

bool pinctl_is_installed(const struct pinctl_install *in)
{
    return has(in->files->own, in->own) && has(in->files->conf, in->conf);
}

/* In this order, no program finds an .include of a file that does not exist. */
static bool write_all(const struct pinctl_install *in, struct pin_error *err)
{
    if (!in->enabled_before &&
        !pinctl_textfile_write(in->files->backup, in->stock->bytes, in->stock->len, err))
        return false;
    if (!pinctl_textfile_write(in->files->own, in->own, strlen(in->own), err))
        return false;
    /* A process left by an earlier call that failed would revert this one. */
    if (!in->enabled_before)
        unlink(in->files->pending);
    if (in->confirm_in_secs > 0 && !pinctl_disable_later(in->files, in->confirm_in_secs, err))
        return false;
    return has(in->files->conf, in->conf) ||
           pinctl_textfile_write(in->files->conf, in->conf, strlen(in->conf), err);
}

/* Reverts write_all() after a failure: openssl.cnf, which is written last, is unchanged. */
static bool revert(const struct pinctl_install *in, const struct pinctl_textfile *before,
                   struct pin_error *err)
{
    if (in->confirm_in_secs > 0)
        unlink(in->files->pending);
    if (before->bytes != NULL)
        return pinctl_textfile_write(in->files->own, before->bytes, before->len, err);
    if (!in->enabled_before) {
        unlink(in->files->own);
        unlink(in->files->backup);
    }
    return true;
}

/* Adds to *err that reverting failed too. */
static void add_failure(struct pin_error *err, const struct pin_error *more)
{
    const struct pin_error first = *err;

    *err = (struct pin_error){.reason = PIN_OK};
    pin_error_set(err, first.reason, "%.200s; and reverting failed: %.200s", first.text,
                  more->text);
}

bool pinctl_install(struct pinctl_install *in, struct pin_error *err)
{
    struct pin_error more = {.reason = PIN_OK};
    struct pinctl_textfile before = {.bytes = NULL};
    bool changed, ok, reverted;

    /* Our lines without a pinning.cnf: it was removed by hand, and there is nothing to restore. */
    if (in->enabled_before && !pinctl_textfile_read(in->files->own, &before, &more) &&
        more.sys != ENOENT) {
        *err = more;
        return false;
    }
    more = (struct pin_error){.reason = PIN_OK};
    ok = write_all(in, err);
    reverted = ok || revert(in, &before, &more);
    pinctl_textfile_clear(&before);
    if (ok && pinctl_selftest_of(in->name, in->module, err))
        return true;
    if (ok)
        reverted = pinctl_disable(in->files, &changed, &more) != PINCTL_NOT_DISABLED;
    in->incomplete = !reverted;
    if (!reverted)
        add_failure(err, &more);
    return false;
}
