/* The advice of pinctl explain: what would make the peer accepted. */
#include "explain/explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((format(printf, 2, 3))) static void advise(struct explain *e, const char *fmt, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) < 0)
        text = NULL;
    va_end(args);
    if (e->ctl->json)
        pinctl_json_put(&e->json, NULL, pinctl_json_text(text));
    else if (e->has_advice)
        pinctl_print(stdout, "  %s\n", text != NULL ? text : "");
    else
        pinctl_print(stdout, "\nwhat to do\n  %s\n", text != NULL ? text : "");
    e->has_advice = true;
    free(text);
}

/* Finds pins of the file that would match but for their date or kind. */
static bool advise_from_pins(struct explain *e, const struct pin_applied_policy *applied)
{
    static const enum pin_kind kinds[] = {PIN_KIND_KEY, PIN_KIND_CERT, PIN_KIND_CA};
    bool any = false;

    for (size_t i = 0; i < applied->policy.count; i++) {
        struct pin pin = applied->policy.pins[i];
        if (reference_pin_matches(&e->instance, applied, &pin, &e->peer, e->ctl->now)) {
            advise(e,
                   "line %u of %s.pins has the presented key, but has expired; if the key is still "
                   "right: pinctl edit %s",
                   pin.line, applied->name, applied->name);
            any = true;
        }
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            enum pin_kind was = applied->policy.pins[i].kind;
            pin.kind = kinds[k];
            if (kinds[k] == was ||
                !reference_pin_matches(&e->instance, applied, &pin, &e->peer, e->ctl->now))
                continue;
            advise(e, "line %u of %s.pins would match as %s, not as %s: pinctl edit %s", pin.line,
                   applied->name, pin_kind_name(kinds[k]), pin_kind_name(was), applied->name);
            any = true;
        }
    }
    return any;
}

/* Compares the peer with the keys of --file. */
static void advise_from_file(struct explain *e, const struct pin_applied_policy *applied)
{
    bool any = false;

    for (size_t i = 0; i < e->keys.count; i++) {
        bool is_ca = pinctl_is_ca(&e->keys.list[i]);
        struct pin pin = {.kind = is_ca ? PIN_KIND_CA : PIN_KIND_KEY, .until = PIN_DAY_NEVER};
        any |= pinctl_key_digest(&e->keys.list[i], false, PIN_SHA256, &pin.digest, NULL) &&
               reference_pin_matches(&e->instance, applied, &pin, &e->peer, e->ctl->now);
    }
    if (!any)
        advise(e, "the peer matches no key of %s", e->key_file);
    else if (e->judgement.verdict.action == PIN_ALLOW)
        advise(e, "the peer matches a key of %s", e->key_file);
    else if (applied->name[0] != '\0')
        advise(e, "the peer matches a key of %s; to accept it: pinctl rotate %s --to %s",
               e->key_file, applied->name, e->key_file);
    else
        advise(e, "the peer matches a key of %s; to pin it: pinctl pin %s --file %s", e->key_file,
               e->host.text, e->key_file);
}

static void advise_all(struct explain *e)
{
    const struct pin_judgement *j = &e->judgement;
    const struct pin_applied_policy none = {.identity = e->host, .require_name_match = true};
    bool is_miss = j->reason == PIN_R_MISMATCH || j->reason == PIN_R_EXPIRED, any = false;

    if (j->verdict.action != PIN_ALLOW && is_miss)
        for (size_t i = 0; i < e->policies.count; i++)
            any |= advise_from_pins(e, &e->policies.list[i]);
    if (j->verdict.action != PIN_ALLOW && j->reason == PIN_R_SYNTAX &&
        e->policies.fault_name[0] != '\0')
        advise(e, "pinctl edit %s", e->policies.fault_name);
    if (e->key_file != NULL)
        advise_from_file(e, e->policies.count > 0 ? &e->policies.list[0] : &none);
    else if (is_miss && j->verdict.action != PIN_ALLOW && !any)
        advise(e,
               "the peer presents no key of the file. Ask the server's operator, not over this "
               "connection, whether this is a renewal or an impostor; with the operator's "
               "certificate or key in PEM: pinctl explain %s --file PEM",
               e->host.text);
}

void explain_advice(struct explain *e)
{
    bool has_question =
        e->chain != NULL && (e->key_file != NULL || e->judgement.verdict.action != PIN_ALLOW);

    if (e->ctl->json)
        pinctl_json_open(&e->json, "mending", '[');
    if (has_question)
        advise_all(e);
    if (e->ctl->json)
        pinctl_json_close(&e->json);
}
