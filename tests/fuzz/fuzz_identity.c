/*
 * fuzz_identity.c - libFuzzer harness for names
 *
 * An accepted name is canonical, parses to itself, and neither it nor a parent is a path or one of
 * the store's own files.
 */
#include <pinning/identity.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition, const char *what, const char *name)
{
    if (condition)
        return;
    fprintf(stderr, "violated: %s (%s)\n", what, name);
    abort();
}

static void check_text(const struct pin_identity *id)
{
    const char *text = id->text;

    must(text[0] != '\0' && memchr(text, '\0', sizeof id->text) != NULL, "1 to 253 bytes", text);
    must(text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.:-")] == '\0', "bytes", text);
    must(id->is_address || strchr(text, ':') == NULL, "a colon in addresses only", text);
    if (strchr(text, ':') == NULL)
        must(text[0] != '.' && text[strlen(text) - 1] != '.' && strstr(text, "..") == NULL,
             "no empty label", text);
}

static void check_name(const char *name)
{
    must(name[0] != '_' || strchr(name, '.') != NULL, "not a file of the store's own", name);
}

static void check_walk(const struct pin_identity *id)
{
    struct pin_identity parent;
    char suffix[PIN_IDENTITY_MAX + 2];

    check_name(id->text);
    for (const char *name = id->text; (name = pin_identity_parent(id, name)) != NULL;) {
        must(!id->is_address, "addresses have no parents", id->text);
        check_name(name);
        must(pin_identity_parse(name, strlen(name), &parent) && !parent.is_address &&
                 strcmp(parent.text, name) == 0,
             "parents are hosts", name);
        snprintf(suffix, sizeof suffix, ".%s", name);
        must(pin_identity_is_below(id, suffix), "below each parent", name);
        must(!pin_identity_is_below(&parent, suffix), "not below itself", name);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pin_identity id, again;
    struct pin_names names = {0};

    if (pin_identity_from_address(data, size, &id)) {
        must(id.is_address, "addresses are addresses", id.text);
        check_text(&id);
    }
    if (!pin_identity_parse((const char *)data, size, &id))
        return 0;
    check_text(&id);
    check_walk(&id);
    must(pin_identity_parse(id.text, strlen(id.text), &again) && pin_identity_equal(&id, &again),
         "idempotent", id.text);
    must(pin_names_add(&names, &id) && pin_names_add(&names, &again) && names.count == 1,
         "added once", id.text);
    pin_names_clear(&names);
    return 0;
}
