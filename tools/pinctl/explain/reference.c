/* Reference identifiers and questions to judge, as a program on this host has them. */
#include "explain/reference.h"
#include "store/pinfile.h"
#include "x509/keys.h"
#include "tls/probe.h"

#include <openssl/x509.h>
#include <pinning/judge.h>
#include <pinning/store.h>
#include <stdio.h>
#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

bool reference_ids_for(const struct pin_identity *host, bool is_nameless,
                       struct pin_reference_ids *out, struct pin_error *err)
{
    char **name = host->is_address ? &out->address : &out->sni;

    *out = (struct pin_reference_ids){.sni = NULL};
    if (host->is_address) {
        bool is_v6 = strchr(host->text, ':') != NULL;
        if (inet_pton(is_v6 ? AF_INET6 : AF_INET, host->text, out->socket) == 1)
            out->socket_len = is_v6 ? 16 : 4;
    }
    if (is_nameless || host->text[0] == '\0')
        return true;
    *name = strdup(host->text);
    return *name != NULL || pin_error_set(err, PIN_R_INTERNAL, "out of memory");
}

static bool set_params(X509_STORE_CTX *ctx, const struct pin_identity *host, time_t now)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

    X509_VERIFY_PARAM_set_time(param, now);
    if (X509_STORE_CTX_set_default(ctx, "ssl_server") != 1)
        return false;
    if (host == NULL || host->text[0] == '\0')
        return true;
    return host->is_address ? X509_VERIFY_PARAM_set1_ip_asc(param, host->text) == 1
                            : X509_VERIFY_PARAM_set1_host(param, host->text, 0) == 1;
}

static void describe_error(X509_STORE_CTX *ctx, char why[static REFERENCE_WHY])
{
    X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
    const struct pinctl_key key = {.cert = cert};
    char subject[256] = "";

    if (cert != NULL)
        pinctl_subject(&key, subject, sizeof subject);
    snprintf(why, REFERENCE_WHY, "%s%s%s%s",
             X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)),
             subject[0] != '\0' ? " (" : "", subject, subject[0] != '\0' ? ")" : "");
}

bool reference_verify(X509_STORE *trust, STACK_OF(X509) * chain, const struct pin_identity *host,
                      time_t now, char why[static REFERENCE_WHY])
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    bool ok = false;

    why[0] = '\0';
    ERR_set_mark();
    if (ctx == NULL || X509_STORE_CTX_init(ctx, trust, sk_X509_value(chain, 0), chain) != 1 ||
        !set_params(ctx, host, now))
        snprintf(why, REFERENCE_WHY, "out of memory");
    else if (X509_verify_cert(ctx) == 1)
        ok = true;
    else
        describe_error(ctx, why);
    ERR_pop_to_mark();
    X509_STORE_CTX_free(ctx);
    return ok;
}

bool reference_pin_matches(const struct pin_instance *instance,
                           const struct pin_applied_policy *applied, const struct pin *pin,
                           const struct pin_peer *peer, time_t now)
{
    struct pin one = *pin;
    struct pin_applied_policy alone = *applied;
    struct pin_policies policies = {.list = &alone,
                                    .count = 1,
                                    .settings = {.mode = PIN_MODE_ENFORCE},
                                    .settings_known = true,
                                    .identity = applied->identity};
    struct pin_instance enforcing = *instance;
    struct pin_judgement judgement;

    one.until = PIN_DAY_NEVER;
    alone.policy = (struct pin_policy){
        .pins = &one, .count = 1, .mode = PIN_MODE_ENFORCE, .report_after = PIN_DAY_NEVER};
    enforcing.config.mode = PIN_MODE_ENFORCE;
    pin_judge(&enforcing, &policies, peer, now, NULL, &judgement);
    return judgement.verdict.action == PIN_ALLOW;
}

bool reference_probe_line(const struct pin_text *text, struct pinctl_target *out,
                          struct pin_error *err)
{
    struct pinfile_line line;
    char copy[PIN_IDENTITY_MAX + 128];
    const char *equals;
    char *save = NULL;

    if (!pinfile_find(text, "probe", &line))
        return false;
    equals = memchr(text->bytes + line.begin, '=', line.end - line.begin);
    if (equals == NULL)
        return false;
    snprintf(copy, sizeof copy, "%.*s", (int)(text->bytes + line.end - equals - 1), equals + 1);
    const char *where = strtok_r(copy, " \t\r", &save);
    const char *protocol = strtok_r(NULL, " \t\r", &save);
    if (protocol != NULL && protocol[0] == '#')
        protocol = NULL;
    return where != NULL && pinctl_target_parse(where, out, err) &&
           pinctl_target_starttls(out, protocol, err);
}

static bool is_or_below(const struct pin_identity *id, const struct pin_identity *host)
{
    char suffix[PIN_IDENTITY_MAX + 2];

    snprintf(suffix, sizeof suffix, ".%s", host->text);
    return pin_identity_equal(id, host) || (!host->is_address && pin_identity_is_below(id, suffix));
}

void reference_choose_name(const char *name, struct pinctl_target *target,
                           struct pin_identity *host)
{
    if (!pin_identity_parse(name, strlen(name), host) || is_or_below(&target->host, host))
        *host = target->host;
    target->sni = *host;
}
