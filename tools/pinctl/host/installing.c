/* Putting in place what pinctl enable made, or nothing of it. */
#include "host/installing.h"

#include "host/disabling.h"
#include "host/selftest.h"

#include <pinning/store.h>
#include <string.h>
#include <unistd.h>

static bool has(const char *path, const char *text)
{
    struct pin_error err = {.reason = PIN_OK};
    struct pin_text there;
    bool same = pinctl_conffile_read(path, &there, &err) && strcmp(there.bytes, text) == 0;

    pin_text_clear(&there);
    return same;
}

bool pinctl_is_installed(const struct pinctl_install *in)
{
    return has(in->files->own, in->own) && has(in->files->conf, in->conf);
}

/* In this order no program ever finds an .include of a file that is not there. */
static bool write_all(const struct pinctl_install *in, struct pin_error *err)
{
    if (!in->ours &&
        !pinctl_conffile_write(in->files->backup, in->stock->bytes, in->stock->len, err))
        return false;
    if (!pinctl_conffile_write(in->files->own, in->own, strlen(in->own), err))
        return false;
    /* One that an earlier call left, which came no further, would take back what this one does. */
    if (!in->ours)
        unlink(in->files->pending);
    if (in->confirm_in_secs > 0 && !pinctl_disable_later(in->files, in->confirm_in_secs, err))
        return false;
    return has(in->files->conf, in->conf) ||
           pinctl_conffile_write(in->files->conf, in->conf, strlen(in->conf), err);
}

/* openssl.cnf stands as it was; what else was written goes, or is again what it was. */
static void take_back(const struct pinctl_install *in, const struct pin_text *before)
{
    struct pin_error none = {.reason = PIN_OK};

    if (in->confirm_in_secs > 0)
        unlink(in->files->pending);
    if (before->bytes != NULL)
        pinctl_conffile_write(in->files->own, before->bytes, before->len, &none);
    else if (!in->ours) {
        unlink(in->files->own);
        unlink(in->files->backup);
    }
}

bool pinctl_install(const struct pinctl_install *in, struct pin_error *err)
{
    struct pin_error none = {.reason = PIN_OK};
    struct pin_text before = {.bytes = NULL};
    bool changed, ok;

    if (in->ours)
        pinctl_conffile_read(in->files->own, &before, &none);
    ok = write_all(in, err);
    if (!ok)
        take_back(in, &before);
    pin_text_clear(&before);
    if (!ok)
        return false;
    if (pinctl_selftest_of(in->name, in->module, err))
        return true;
    struct pin_error back = {.reason = PIN_OK};
    pinctl_disable(in->files, &changed, &back);
    return false;
}
