/* The chain that "pinctl pin" takes keys from. */
#include "x509/chain_source.h"

#include "tls/probe.h"
#include "x509/keys.h"

#include <pinning/judge.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

void chain_source_clear(struct chain_source *source)
{
    sk_X509_pop_free(source->presented, X509_free);
    sk_X509_pop_free(source->verified, X509_free);
    X509_STORE_free(source->trust);
    X509_free(source->key.cert);
    EVP_PKEY_free(source->key.key);
    *source = (struct chain_source){0};
}

X509 *chain_source_leaf(const struct chain_source *source)
{
    return sk_X509_num(source->presented) > 0 ? sk_X509_value(source->presented, 0) : NULL;
}

/* Returns the name that the certificate must match: that of the pin file; but that of the server if
 * the file is not for a host (_default), or covers subdomains and the server is one. */
static struct pin_identity reference(const struct chain_source *source, const char *name,
                                     bool subdomains)
{
    struct pin_identity id = source->target.host, named;
    char suffix[PIN_IDENTITY_MAX + 2];

    snprintf(suffix, sizeof suffix, ".%s", name);
    if (name[0] == '_' || (subdomains && pin_identity_is_below(&id, suffix)))
        return id;
    /* The name of a pin file always parses, except a mail address: then the server's stays. */
    return pin_identity_parse(name, strlen(name), &named) ? named : id;
}

static bool verify(struct chain_source *source, const struct pin_identity *id,
                   struct pin_error *err)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    bool ok = ctx != NULL &&
              X509_STORE_CTX_init(ctx, source->trust, chain_source_leaf(source),
                                  source->presented) == 1 &&
              X509_STORE_CTX_set_default(ctx, "ssl_server") == 1;

    if (ok) {
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
        ok = (id->is_address ? X509_VERIFY_PARAM_set1_ip_asc(param, id->text)
                             : X509_VERIFY_PARAM_set1_host(param, id->text, 0)) == 1;
    }
    if (!ok)
        pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    else if (X509_verify_cert(ctx) != 1)
        ok = pin_error_set(err, PIN_R_MISMATCH,
                           "%s:%u presents a certificate that does not verify for %s: %s; pinning "
                           "it would not make it trusted, and it may be an impostor's",
                           source->target.host.text, source->target.port, id->text,
                           X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
    if (ok && (source->verified = X509_STORE_CTX_get1_chain(ctx)) == NULL)
        ok = pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    X509_STORE_CTX_free(ctx);
    return ok;
}

bool chain_source_connect(const struct pinctl *ctl, const char *from, const char *name,
                          bool subdomains, struct chain_source *out, struct pin_error *err)
{
    struct pin_identity id;

    *out = (struct chain_source){0};
    if (!pinctl_target_parse(from, &out->target, err) ||
        !pinctl_target_starttls(&out->target, ctl->starttls, err))
        return false;
    id = reference(out, name, subdomains);
    if (!id.is_address)
        out->target.sni = id;
    if ((out->trust = pinctl_trust(ctl, err)) == NULL ||
        (out->presented = pinctl_probe_one(&out->target, err)) == NULL)
        return false;
    return verify(out, &id, err);
}

bool chain_source_read(const char *file, struct chain_source *out, struct pin_error *err)
{
    struct pinctl_keys keys;
    bool ok = true;

    *out = (struct chain_source){0};
    if (!pinctl_keys_read(file, &keys, err))
        return false;
    if (keys.list[0].cert == NULL) {
        out->key = keys.list[0]; /* takes ownership */
        keys.list[0] = (struct pinctl_key){.cert = NULL};
    } else {
        ok = (out->presented = sk_X509_new_null()) != NULL;
    }
    for (size_t i = 0; ok && out->presented != NULL && i < keys.count; i++) {
        if (keys.list[i].cert == NULL)
            continue;
        ok = sk_X509_push(out->presented, keys.list[i].cert) > 0;
        if (ok)
            keys.list[i].cert = NULL;
    }
    pinctl_keys_clear(&keys);
    return ok || pin_error_set(err, PIN_R_INTERNAL, "out of memory");
}

/* Finds the issuer of a certificate by name and key identifiers; NULL if it is not in the chain. */
static X509 *issuer_of(STACK_OF(X509) * chain, X509 *cert)
{
    for (int i = 0; i < sk_X509_num(chain); i++) {
        X509 *issuer = sk_X509_value(chain, i);
        if (issuer != cert && X509_check_issued(issuer, cert) == X509_V_OK)
            return issuer;
    }
    return NULL;
}

static X509 *find_ca(const struct chain_source *source, enum chain_pick pick)
{
    STACK_OF(X509) *chain = source->verified != NULL ? source->verified : source->presented;
    X509 *leaf = sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : NULL;
    X509 *ca = NULL;

    if (leaf == NULL)
        return NULL;
    if (source->verified != NULL) {
        int count = sk_X509_num(chain);
        return count < 2 ? NULL : sk_X509_value(chain, pick == PICK_ISSUER ? 1 : count - 1);
    }
    if ((X509_get_extension_flags(leaf) & EXFLAG_CA) != 0)
        ca = leaf; /* the file contains only CA certificates */
    else
        ca = issuer_of(chain, leaf);
    for (int i = 0; pick == PICK_ROOT && ca != NULL && i < sk_X509_num(chain); i++) {
        X509 *issuer = issuer_of(chain, ca);
        if (issuer == NULL)
            break;
        ca = issuer;
    }
    if (pick == PICK_ROOT && ca != NULL && X509_check_issued(ca, ca) != X509_V_OK)
        return NULL;
    return ca;
}

bool chain_source_pick(const struct chain_source *source, enum chain_pick pick,
                       struct pin_argument *out, struct pin_error *err)
{
    struct pinctl_key key = {.cert = pick == PICK_LEAF ? chain_source_leaf(source)
                                                       : find_ca(source, pick)};

    if (pick != PICK_LEAF && key.cert == NULL)
        return pin_error_set(err, PIN_R_SYNTAX, "no %s above the certificate was found%s",
                             pick == PICK_ROOT ? "root" : "CA",
                             source->verified == NULL ? ": the file must contain it" : "");
    if (key.cert == NULL)
        return pin_argument_from_key(&source->key, out, err);
    snprintf(key.what, sizeof key.what, "certificate");
    return pin_argument_from_key(&key, out, err);
}

bool chain_source_is_allowed(const struct chain_source *source, const struct pin_policy *policy,
                             const char *name, time_t now, struct pin_error *err)
{
    const struct pin_instance module = {.config = {.mode = PIN_MODE_ENFORCE, .pins = (char *)"."}};
    struct pin_applied_policy applied = {.policy = *policy,
                                         .require_name_match = strcmp(name, "_nameless") != 0};
    struct pin_policies policies = {.list = &applied, .count = 1, .settings_known = true};
    const struct pin_peer peer = {.leaf = {.cert = chain_source_leaf(source)},
                                  .presented = source->presented,
                                  .trust = source->trust};
    struct pin_judgement out;

    policies.settings.mode = PIN_MODE_ENFORCE;
    applied.policy.mode = PIN_MODE_ENFORCE; /* as if it were enforced today */
    applied.policy.report_after = PIN_DAY_NEVER;
    applied.identity = reference(source, name, policy->subdomains);
    snprintf(applied.name, sizeof applied.name, "%s", name);
    pin_judge(&module, &policies, &peer, now, NULL, &out);
    return out.verdict.action == PIN_ALLOW ||
           pin_error_set(err, PIN_R_MISMATCH,
                         "with this file the module would refuse this server: %s: %s",
                         pin_reason_text(out.reason), out.detail);
}
