/* Names and clock to policies. */
#include <pinning/judge.h>

#include <pinning/identity.h>
#include <pinning/parse.h>
#include <pinning/store.h>
#include <pinning/verdict.h>

#include "judge_look.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(PIN_FILE_MAX == PIN_STORE_FILE_MAX, "parse takes what store reads");

void pin_judge_open(struct pin_module *module)
{
    const struct pin_config *config = &module->config;

    if (module->fault.reason == PIN_OK)
        (void)!pin_store_init(&module->pins, config->pins, &module->fault);
    if (module->fault.reason == PIN_OK && config->clients != NULL)
        (void)!pin_store_init(&module->clients, config->clients, &module->fault);
}

void pin_asked_clear(struct pin_asked *asked)
{
    free(asked->sni);
    free(asked->address);
    for (size_t i = 0; i < asked->host_count; i++)
        free(asked->hosts[i]);
    free(asked->hosts);
    *asked = (struct pin_asked){0};
}

void pin_policies_clear(struct pin_policies *policies)
{
    for (size_t i = 0; i < policies->count; i++)
        pin_policy_clear(&policies->list[i].policy);
    free(policies->list);
    *policies = (struct pin_policies){0};
}

void pin_join(char *out, size_t size, const char *first, const char *second)
{
    size_t a = strnlen(first, size - 1), b = strnlen(second, size - 1 - a);

    memcpy(out, first, a);
    memcpy(out + a, second, b);
    out[a + b] = '\0';
}

/* Adds the policy, which then belongs to the list. */
static enum pin_answer keep(struct pin_look *look, const struct pin_holding *holding)
{
    struct pin_policies *out = look->out;
    struct pin_holding *list = realloc(out->list, (out->count + 1) * sizeof *list);

    if (list == NULL) {
        pin_error_set(&out->fault, PIN_R_INTERNAL, "out of memory");
        return PIN_STORE_ERROR;
    }
    out->list = list;
    out->list[out->count++] = *holding;
    return PIN_STORE_FOUND;
}

/* Opens NAME.pins. On FOUND the caller has the policy. */
static enum pin_answer read_policy(struct pin_look *look, const char *name,
                                   struct pin_policy *policy)
{
    struct pin_text text = {NULL, 0};
    enum pin_answer answer = pin_store_read(look->visit, name, &text, &look->out->fault);

    if (answer == PIN_STORE_NONE) {
        pin_trace(look->trace, "%s.pins: not there", name);
        return answer;
    }
    if (answer == PIN_STORE_FOUND) {
        char file[PIN_IDENTITY_MAX + sizeof ".pins"];
        pin_join(file, sizeof file, name, ".pins");
        if (!pin_parse_policy(text.bytes, text.len, file, policy, &look->out->fault))
            answer = PIN_STORE_ERROR;
    }
    pin_text_clear(&text);
    if (answer == PIN_STORE_FOUND) {
        pin_trace(look->trace, "%s.pins: found", name);
        return answer;
    }
    pin_trace(look->trace, "%s", look->out->fault.text);
    if (look->out->fault_name[0] == '\0')
        pin_join(look->out->fault_name, sizeof look->out->fault_name, name, "");
    return answer;
}

enum pin_answer pin_look_file(struct pin_look *look, const char *name, bool is_parent,
                              const struct pin_identity *subject, bool must_bear)
{
    struct pin_holding holding = {.subject = *subject, .must_bear = must_bear};
    enum pin_answer answer = read_policy(look, name, &holding.policy);

    if (answer != PIN_STORE_FOUND)
        return answer;
    if (is_parent && !holding.policy.subdomains) {
        pin_trace(look->trace, "%s.pins: does not say subdomains = yes", name);
        answer = PIN_STORE_NONE;
    } else {
        pin_join(holding.name, sizeof holding.name, name, "");
        answer = keep(look, &holding);
    }
    if (answer != PIN_STORE_FOUND)
        pin_policy_clear(&holding.policy);
    return answer;
}

enum pin_answer pin_look_walk(struct pin_look *look, const struct pin_identity *subject,
                              bool must_bear)
{
    enum pin_answer answer = PIN_STORE_NONE;

    for (const char *name = subject->text; name != NULL && answer == PIN_STORE_NONE;
         name = pin_identity_parent(subject, name))
        answer = pin_look_file(look, name, name != subject->text, subject, must_bear);
    return answer;
}

bool pin_look_failed(const struct pin_look *look)
{
    return look->out->fault.reason != PIN_OK;
}

static bool read_head(const struct pin_visit *visit, struct pin_policies *out)
{
    struct pin_text text = {NULL, 0};

    if (pin_store_read_head(visit, &text, &out->fault) == PIN_STORE_FOUND) {
        char file[PATH_MAX]; /* whole: a process may have two stores, and each a _store */
        pin_join(file, sizeof file, visit->store->path, "/_store");
        out->head_known = pin_parse_head(text.bytes, text.len, file, &out->head, &out->fault);
    }
    pin_text_clear(&text);
    return out->head_known;
}

void pin_judge_look(const struct pin_module *module, const struct pin_asked *asked,
                    const struct pin_peer *peer, const struct pin_trace *trace,
                    struct pin_policies *out)
{
    struct pin_modes modes = {module->config.mode, PIN_MODE_ENFORCE, PIN_MODE_ENFORCE};
    const bool of_client = peer != NULL && peer->is_client;
    struct pin_visit visit;
    struct pin_look look = {&visit, trace, out};

    *out = (struct pin_policies){0};
    if (!pin_verdict_asks(&modes))
        return;
    if (!of_client)
        pin_look_subject(&out->subject, asked);
    if (module->fault.reason != PIN_OK) {
        out->fault = module->fault;
        return;
    }
    if (pin_store_enter(of_client ? &module->clients : &module->pins, &visit, &out->fault) !=
        PIN_STORE_FOUND)
        return;
    if (read_head(&visit, out)) {
        modes.store = out->head.mode;
        if (pin_verdict_asks(&modes) && of_client)
            pin_look_client(&look, peer);
        else if (pin_verdict_asks(&modes))
            pin_look_server(&look, asked, peer);
    }
    pin_store_leave(&visit);
}
