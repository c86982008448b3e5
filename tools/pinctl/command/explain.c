/* pinctl explain: the reasons why a peer is accepted or refused. */
#include "explain/explain.h"
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"
#include "x509/keys.h"
#include "tls/probe.h"
#include "store/files.h"

#include <openssl/x509.h>
#include <pinning/judge.h>
#include <pinning/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cmd_explain(struct pinctl *ctl, int argc, char **argv);

static const struct pinctl_option options[] = {
    PINCTL_TEXT("chain", "PEM", struct explain, chain_file,
                "judge this chain (leaf first) instead of connecting"),
    PINCTL_TEXT("file", "PEM", struct explain, key_file,
                "compare with keys that the server's operator gave you"),
    PINCTL_FLAG("nameless", struct explain, is_nameless,
                "as for a program that tells OpenSSL no host"),
    PINCTL_OPTIONS_END,
};

static const struct pinctl_usage usage = {
    .usage = "HOST[:PORT]",
    .about = "Prints what HOST presents, what is looked up for it, whether each pin matches, and\n"
             "the verdict, as the module comes to it. Without a port it connects where probe =\n"
             "in the file of HOST says. A command that fixes the file is printed only for keys\n"
             "in the file or from --file, because the presented keys may be an impostor's. Exit\n"
             "status: 0 accepted, 1 refused or, under mode = report, would be refused; 2 failed\n"
             "or unknown.",
    .example = "pinctl explain api.example.com",
    .options = options,
};

/* Chooses the target that the host's own file names. The probe of a parent's file or of _default is
 * used only if it names this host: otherwise it leads to a different server. */
static bool target_from_file(struct explain *e, struct pin_error *err)
{
    struct pin_reference_ids ids;
    struct pin_policies policies = {.list = NULL};
    struct pin_policy policy = {.pins = NULL};
    struct pin_text text = {NULL, 0};
    struct pinctl_target target;
    bool ok = reference_ids_for(&e->host, false, &ids, err);

    if (ok)
        pin_judge_lookup(&e->instance, &ids, NULL, NULL, &policies);
    if (ok && policies.fault.reason == PIN_OK && policies.count > 0 &&
        pinctl_read(&e->instance, policies.list[0].name, &policy, &text, err) == PIN_STORE_FOUND &&
        reference_probe_line(&text, &target, err) &&
        (strcmp(policies.list[0].name, e->host.text) == 0 ||
         strcmp(target.host.text, e->host.text) == 0)) {
        target.sni = e->host;
        e->target = target;
    }
    pin_policy_clear(&policy);
    pin_text_clear(&text);
    pin_policies_clear(&policies);
    pin_reference_ids_clear(&ids);
    return ok && err->reason == PIN_OK;
}

static bool parse_host(struct explain *e, const char *text, struct pin_error *err)
{
    const char *bracket = strrchr(text, ']'), *colon = strrchr(text, ':');
    bool has_port;

    if (!pinctl_target_parse(text, &e->target, err) ||
        !pinctl_target_starttls(&e->target, e->ctl->starttls, err))
        return false;
    e->host = e->target.host;
    has_port = colon != NULL && (bracket != NULL ? colon > bracket : strchr(text, ':') == colon);
    return has_port || e->ctl->starttls != NULL || e->chain_file != NULL ||
           target_from_file(e, err);
}

/* Reads the certificates of --chain, in their order. NULL with *err. */
static STACK_OF(X509) * read_chain(const char *file, struct pin_error *err)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    struct pinctl_keys keys = {NULL, 0};
    bool ok = chain != NULL && pinctl_keys_read(file, &keys, err);

    if (chain == NULL)
        pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    for (size_t i = 0; ok && i < keys.count; i++) {
        if (keys.list[i].cert == NULL)
            continue;
        ok = sk_X509_push(chain, keys.list[i].cert) > 0 ||
             pin_error_set(err, PIN_R_INTERNAL, "out of memory");
        if (ok)
            keys.list[i].cert = NULL; /* owned by the chain */
    }
    if (chain != NULL && err->reason == PIN_OK && sk_X509_num(chain) == 0)
        ok = pin_error_set(err, PIN_R_SYNTAX,
                           "%s: expected the certificate that the server presents, then its CAs",
                           file);
    pinctl_keys_clear(&keys);
    if (ok)
        return chain;
    sk_X509_pop_free(chain, X509_free);
    return NULL;
}

static bool prepare(struct explain *e, const char *host, struct pin_error *err)
{
    if (!pinctl_settings(e->ctl, &e->instance, err) || !parse_host(e, host, err) ||
        (e->trust = pinctl_trust(e->ctl, err)) == NULL ||
        (e->key_file != NULL && !pinctl_keys_read(e->key_file, &e->keys, err)))
        return false;
    if (e->chain_file == NULL)
        e->chain = pinctl_probe_one(&e->target, &e->fault);
    else if ((e->chain = read_chain(e->chain_file, err)) == NULL)
        return false;
    e->peer = (struct pin_peer){.presented = e->chain, .trust = e->trust};
    if (e->chain != NULL)
        e->peer.leaf.cert = sk_X509_value(e->chain, 0);
    return true;
}

static int explain(struct explain *e)
{
    int status = PINCTL_FINE;

    if (e->ctl->json)
        pinctl_json_open(&e->json, NULL, '{');
    explain_evidence(e);
    explain_trace(e);
    explain_pins(e);
    explain_verdict(e);
    explain_advice(e);
    if (e->ctl->json)
        status = pinctl_json_end(e->ctl, &e->json, PINCTL_FINE);
    if (e->chain == NULL)
        return pinctl_fail(e->ctl, "%s", e->fault.text);
    return status != PINCTL_FINE || e->judgement.verdict.action == PIN_ALLOW ? status
                                                                             : PINCTL_FINDING;
}

int cmd_explain(struct pinctl *ctl, int argc, char **argv)
{
    struct explain e = {.ctl = ctl, .json.out = stdout};
    struct pin_error err = {.reason = PIN_OK};
    int status, count = pinctl_options(ctl, argc, argv, &usage, &e, &status);

    if (count < 0)
        return status;
    if (count != 1)
        return pinctl_fail(ctl, "expected one %s, got %d arguments", usage.usage, count);
    status = prepare(&e, argv[0], &err) ? explain(&e) : pinctl_fail(ctl, "%s", err.text);
    sk_X509_pop_free(e.chain, X509_free);
    X509_STORE_free(e.trust);
    pin_policies_clear(&e.policies);
    pinctl_keys_clear(&e.keys);
    pin_instance_clear(&e.instance);
    return status;
}
