/* The verdict of pinctl explain. */
#include "explain/explain.h"

#include <stdio.h>

/* Writes why the peer is accepted. */
static void describe_accepted(const struct explain *e, char *out, size_t size)
{
    const struct pin_verdict *verdict = &e->judgement.verdict;
    const char *off_in = e->instance.config.mode == PIN_MODE_OFF
                             ? pin_mode_source_text(PIN_SOURCE_SECTION)
                         : e->policies.settings_known && e->policies.settings.mode == PIN_MODE_OFF
                             ? pin_mode_source_text(PIN_SOURCE_STORE)
                             : NULL;

    if (off_in == NULL && e->policies.count > 0 && verdict->mode == PIN_MODE_OFF)
        off_in = pin_mode_source_text(verdict->source);
    if (off_in != NULL)
        snprintf(out, size, "accepted whatever it presents: mode = off of %s", off_in);
    else if (e->policies.count == 0)
        snprintf(out, size, "accepted: nothing is pinned for it");
    else if (e->judgement.reason != PIN_OK)
        snprintf(out, size, "accepted (P%02d): %s: %s", e->judgement.reason,
                 pin_reason_text(e->judgement.reason), e->judgement.detail);
    else
        snprintf(out, size, "accepted: it matches a pin");
}

static void describe_refused(const struct pin_judgement *j, char *out, size_t size)
{
    char why[96] = "", mode[PIN_MODE_TEXT];

    pin_mode_format(j->verdict.mode, j->verdict.until, mode);
    if (j->verdict.action == PIN_REPORT)
        snprintf(why, sizeof why, "; allowed by mode = %s of %s", mode,
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
        snprintf(words, sizeof words, "unknown: no certificate was obtained");
    else if (ok)
        describe_accepted(e, words, sizeof words);
    else
        describe_refused(j, words, sizeof words);
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
        printf("  meaning: pinctl help %s\n", number);
}
