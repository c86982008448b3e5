/* Replacing a pin file unless it was changed meanwhile. */
#include "store/files.h"

#include "store/pinfile.h"

#include <pinning/instance.h>
#include <stdio.h>
#include <string.h>

bool pinfile_replace(const struct pin_instance *module, const char *name,
                     const struct pin_text *old, const struct pin_text *text, struct pin_error *err)
{
    char file[PINFILE_NAME + sizeof PINFILE_SUFFIX];
    struct pin_policy policy;
    struct pin_text now;
    enum pin_store_status status;
    struct pin_error ignored = {.reason = PIN_OK};
    int lock = pinctl_lock(module->pins.path, err);
    bool ok;

    if (lock < 0)
        return false;
    snprintf(file, sizeof file, "%s" PINFILE_SUFFIX, name);
    status = pinctl_read(module, name, &policy, &now, &ignored);
    ok = old->bytes == NULL ? status == PIN_STORE_NONE
                            : now.bytes != NULL && now.len == old->len &&
                                  memcmp(now.bytes, old->bytes, old->len) == 0;
    if (!ok)
        pin_error_set(err, PIN_R_UNREADABLE,
                      "%s/%s was changed meanwhile: nothing was written; try again",
                      module->pins.path, file);
    ok = ok && pinctl_write(lock, file, text->bytes, text->len, err);
    pin_policy_clear(&policy);
    pin_text_clear(&now);
    pinctl_unlock(lock);
    return ok;
}
