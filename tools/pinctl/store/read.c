/* Reading the files of a store for pinctl's own purposes. */
#include "store/files.h"

#include <pinning/instance.h>
#include <pinning/parse.h>
#include <stdio.h>

static bool is_usable(const struct pin_instance *module, struct pin_error *err)
{
    return module->fault.reason == PIN_OK ||
           pin_error_set(err, module->fault.reason, "%s", module->fault.text);
}

/* Reads NAME.pins, or _store if name is NULL. */
static enum pin_store_status read_text(const struct pin_instance *module, const char *name,
                                       struct pin_text *text, struct pin_error *err)
{
    struct pin_store_handle handle;
    enum pin_store_status status;

    *text = (struct pin_text){0};
    if (!is_usable(module, err))
        return PIN_STORE_ERROR;
    status = pin_store_open(&module->pins, &handle, err);
    if (status != PIN_STORE_FOUND)
        return status;
    status = name != NULL ? pin_store_read(&handle, name, text, err)
                          : pin_store_read_settings(&handle, text, err);
    pin_store_close(&handle);
    return status;
}

enum pin_store_status pinctl_read(const struct pin_instance *module, const char *name,
                                  struct pin_policy *policy, struct pin_text *text,
                                  struct pin_error *err)
{
    enum pin_store_status status = read_text(module, name, text, err);
    char file[512];

    *policy = (struct pin_policy){0};
    if (status != PIN_STORE_FOUND)
        return status;
    snprintf(file, sizeof file, "%s/%s.pins", module->pins.path, name);
    return pin_parse_policy(text->bytes, text->len, file, policy, err)
               ? PIN_STORE_FOUND
               : PIN_STORE_ERROR; /* *text stays filled, so that it can be fixed */
}

enum pin_store_status pinctl_read_store_settings(const struct pin_instance *module,
                                                 struct pin_store_settings *settings,
                                                 struct pin_text *text, struct pin_error *err)
{
    enum pin_store_status status = read_text(module, NULL, text, err);
    char file[512];

    *settings = (struct pin_store_settings){.mode = PIN_MODE_ENFORCE};
    if (status != PIN_STORE_FOUND)
        return status;
    snprintf(file, sizeof file, "%s/_store", module->pins.path);
    return pin_parse_settings(text->bytes, text->len, file, settings, err) ? PIN_STORE_FOUND
                                                                           : PIN_STORE_ERROR;
}
