/* The end of what pinctl explain prints: the verdict, and what mends it. */
#include "explain/explain.h"
#include "say/say.h"
#include "x509/keys.h"

#include <pinning/judge.h>
#include <stdio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- the verdict ---- */

/* Why an accepted peer is accepted. */
static void accepted(const struct explain *e, char *out, size_t size)
{
    const struct pin_verdict *verdict = &e->judgement.verdict;
    const char *where = e->module.config.mode == PIN_MODE_OFF
                            ? pin_mode_source_text(PIN_SOURCE_SECTION)
                        : e->policies.settings_known && e->policies.settings.mode == PIN_MODE_OFF
                            ? pin_mode_source_text(PIN_SOURCE_STORE)
                            : NULL;

    if (where == NULL && e->policies.count > 0 && verdict->mode == PIN_MODE_OFF)
        where = pin_mode_source_text(verdict->source);
    if (where != NULL)
        snprintf(out, size, "accepted whatever it shows: mode = off of %s", where);
    else if (e->policies.count == 0)
        snprintf(out, size, "accepted: nothing is pinned for it");
    else if (e->judgement.reason != PIN_OK)
        snprintf(out, size, "accepted (P%02d): %s: %s", e->judgement.reason,
                 pin_reason_text(e->judgement.reason), e->judgement.detail);
    else
        snprintf(out, size, "accepted: it holds a pinned key");
}

static void refused(const struct pin_judgement *j, char *out, size_t size)
{
    char why[64] = "";

    if (j->verdict.action == PIN_REPORT)
        snprintf(why, sizeof why, "; allowed by mode = %s of %s", pin_mode_name(j->verdict.mode),
                 pin_mode_source_text(j->verdict.source));
    snprintf(out, size, "%s (P%02d): %s%s%s%s", pin_action_text(j->verdict.action), j->reason,
             pin_reason_text(j->reason), j->detail[0] != '\0' ? ": " : "", j->detail, why);
}

void explain_verdict(struct explain *e)
{
    const struct pin_judgement *j = &e->judgement;
    bool ok = j->verdict.action == PIN_ALLOW;
    char words[1024], number[8] = "";

    if (e->chain == NULL)
        snprintf(words, sizeof words, "cannot say: nothing was presented");
    else if (ok)
        accepted(e, words, sizeof words);
    else
        refused(j, words, sizeof words);
    if (j->reason != PIN_OK)
        snprintf(number, sizeof number, "P%02d", j->reason);
    if (e->ctl->json) {
        pinctl_json_put(
            &e->json, "action",
            pinctl_json_text(e->chain != NULL ? pin_action_name(j->verdict.action) : NULL));
        pinctl_json_put(&e->json, "reason", json_string(number));
        pinctl_json_put(&e->json, "text", pinctl_json_text(words));
        pinctl_json_put(&e->json, "file", pinctl_json_text(j->file));
        return;
    }
    printf("\nverdict: %s", pinctl_colour(stdout, e->chain == NULL ? PINCTL_WARN
                                                  : ok             ? PINCTL_GOOD
                                                                   : PINCTL_BAD));
    pinctl_print(stdout, "%s", words);
    printf("%s\n", pinctl_colour(stdout, PINCTL_PLAIN));
    if (j->file[0] != '\0')
        pinctl_print(stdout, "  file %s\n", j->file);
    if (!ok)
        printf("  what it means: pinctl help %s\n", number);
}

/* ---- what mends it ---- */

__attribute__((format(printf, 2, 3))) static void say(struct explain *e, const char *fmt, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) < 0)
        text = NULL;
    va_end(args);
    if (e->ctl->json)
        pinctl_json_put(&e->json, NULL, pinctl_json_text(text));
    else
        pinctl_print(stdout, "%s  %s\n", e->is_mending ? "" : "\nwhat to do\n",
                     text != NULL ? text : "");
    e->is_mending = true;
    free(text);
}

/* Pins of the file that hold this peer's key, but for their date or their kind. */
static bool mend_pins(struct explain *e, const struct pin_applied_policy *applied)
{
    static const enum pin_kind kinds[] = {PIN_KIND_KEY, PIN_KIND_CERT, PIN_KIND_CA};
    bool any = false;

    for (size_t i = 0; i < applied->policy.count; i++) {
        struct pin pin = applied->policy.pins[i];
        if (ask_pin(&e->module, applied, &pin, &e->peer, e->ctl->now)) {
            say(e,
                "line %u of %s.pins names the key that is shown, but has lapsed; if it is still "
                "the "
                "right one: pinctl edit %s",
                pin.line, applied->name, applied->name);
            any = true;
        }
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            enum pin_kind was = applied->policy.pins[i].kind;
            pin.kind = kinds[k];
            if (kinds[k] == was || !ask_pin(&e->module, applied, &pin, &e->peer, e->ctl->now))
                continue;
            say(e, "line %u of %s.pins would hold as %s, not as %s: pinctl edit %s", pin.line,
                applied->name, pin_kind_name(kinds[k]), pin_kind_name(was), applied->name);
            any = true;
        }
    }
    return any;
}

/* The keys of --file: does the peer hold one of them? */
static bool mend_from_file(struct explain *e, const struct pin_applied_policy *applied)
{
    bool any = false;

    for (size_t i = 0; i < e->keys.count; i++) {
        bool is_ca = pinctl_is_ca(&e->keys.list[i]);
        struct pin pin = {.kind = is_ca ? PIN_KIND_CA : PIN_KIND_KEY, .until = PIN_DAY_NEVER};
        any |= pinctl_key_digest(&e->keys.list[i], false, PIN_SHA256, &pin.digest, NULL) &&
               ask_pin(&e->module, applied, &pin, &e->peer, e->ctl->now);
    }
    if (!any)
        say(e, "the peer holds no key of %s", e->key_file);
    else if (e->judgement.verdict.action == PIN_ALLOW)
        say(e, "the peer holds a key of %s", e->key_file);
    else if (applied->name[0] != '\0')
        say(e, "the peer holds a key of %s; to accept it: pinctl rotate %s --to %s", e->key_file,
            applied->name, e->key_file);
    else
        say(e, "the peer holds a key of %s; to pin it: pinctl pin %s --file %s", e->key_file,
            e->host.text, e->key_file);
    return any;
}

static void mend(struct explain *e)
{
    const struct pin_judgement *j = &e->judgement;
    const struct pin_applied_policy none = {.subject = e->host, .require_name_match = true};
    bool is_miss = j->reason == PIN_R_MISMATCH || j->reason == PIN_R_EXPIRED, any = false;

    if (j->verdict.action != PIN_ALLOW && is_miss)
        for (size_t i = 0; i < e->policies.count; i++)
            any |= mend_pins(e, &e->policies.list[i]);
    if (j->verdict.action != PIN_ALLOW && j->reason == PIN_R_SYNTAX &&
        e->policies.fault_name[0] != '\0')
        say(e, "pinctl edit %s", e->policies.fault_name);
    if (e->key_file != NULL)
        mend_from_file(e, e->policies.count > 0 ? &e->policies.list[0] : &none);
    else if (is_miss && j->verdict.action != PIN_ALLOW && !any)
        say(e,
            "no key of the file is shown. Whether this is a renewal or an impostor, the server's "
            "operator can say, asked by another way; with his certificate or key in PEM: "
            "pinctl explain %s --file PEM",
            e->host.text);
}

void explain_mending(struct explain *e)
{
    bool wanted =
        e->chain != NULL && (e->key_file != NULL || e->judgement.verdict.action != PIN_ALLOW);

    if (e->ctl->json)
        pinctl_json_open(&e->json, "mending", '[');
    if (wanted)
        mend(e);
    if (e->ctl->json)
        pinctl_json_close(&e->json);
}
