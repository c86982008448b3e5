/* pinctl hash: certificates and keys as lines for a pin file. */
#include "explain/certificate.h"
#include "say/json.h"
#include "say/say.h"
#include "command/command.h"
#include "x509/keys.h"
#include "tls/probe.h"

#include <openssl/x509.h>
#include <pinning/error.h>
#include <pinning/policy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cmd_hash(struct pinctl *ctl, int argc, char **argv);

struct hash {
    const struct pinctl *ctl;
    enum pin_hash hash;
    bool cert; /* also print the pin of each whole leaf */
    bool any;  /* something was printed */
    struct pinctl_json json;
};

static const char *parse_hash(void *arg, const char *value)
{
    struct hash *hash = arg;

    for (int i = 0; i < PIN_HASHES; i++) {
        if (strcmp(value, pin_hash_name((enum pin_hash)i)) == 0) {
            hash->hash = (enum pin_hash)i;
            return NULL;
        }
    }
    return "expected sha256, sha384 or sha512";
}

static const struct pinctl_option options[] = {
    PINCTL_PARSED("hash", "NAME", parse_hash, "sha256 (the default), sha384 or sha512"),
    PINCTL_FLAG("cert", struct hash, cert,
                "also print pins of whole leaf certificates; each renewal ends them"),
    PINCTL_OPTIONS_END,
};

static const struct pinctl_usage usage = {
    .usage = "FILE...|HOST[:PORT]...",
    .about = "Prints each certificate or key (PEM, DER, chain, public or private key,\n"
             "certificate request) as lines for a pin file: ca for a CA, key for all others. For\n"
             "a host it prints all that the host presents, unverified: compare it with what the\n"
             "operator of the host says.",
    .example = "pinctl hash server.pem >>/etc/ssl/pins.d/api.example.com.pins",
    .options = options,
};

/* A CA is pinned as ca, except where the server presents it as its own certificate. */
static bool as_ca(const struct pinctl_key *key, bool is_presented_leaf)
{
    return pinctl_is_ca(key) && !is_presented_leaf;
}

static void print_text(const struct hash *hash, const struct pinctl_key *key, bool is_ca,
                       const char *pin, const char *cert_pin)
{
    struct certificate_text text;

    if (hash->any)
        putchar('\n');
    if (key->cert == NULL) {
        printf("# a %s\n", key->what);
    } else {
        certificate_describe(key, &text);
        pinctl_print(stdout, "# %s of %s\n", is_ca ? "CA" : "certificate",
                     text.subject[0] != '\0' ? text.subject : "(an empty subject)");
        pinctl_print(stdout, "# issued by %s, valid from %s to %s\n",
                     text.is_self_issued ? "itself" : text.issuer, text.first, text.last);
        if (is_ca && text.is_self_issued)
            printf("# (where a server presents this certificate as its own, write key)\n");
    }
    printf("%s = %s\n", pin_kind_name(is_ca ? PIN_KIND_CA : PIN_KIND_KEY), pin);
    if (cert_pin[0] != '\0')
        printf("%s = %s\n", pin_kind_name(PIN_KIND_CERT), cert_pin);
}

static void print_json(struct hash *hash, const struct pinctl_key *key, bool is_ca, const char *pin,
                       const char *cert_pin)
{
    json_t *object = json_pack("{s:s, s:s}", "kind",
                               pin_kind_name(is_ca ? PIN_KIND_CA : PIN_KIND_KEY), "pin", pin);
    struct certificate_text text;

    if (cert_pin[0] != '\0')
        pinctl_json_set(&object, "cert", json_string(cert_pin));
    pinctl_json_set(&object, "what", json_string(key->what));
    if (key->cert != NULL) {
        certificate_describe(key, &text);
        certificate_to_json(&object, &text);
    }
    pinctl_json_put(&hash->json, NULL, object);
}

static bool print_key(struct hash *hash, const struct pinctl_key *key, bool is_presented_leaf,
                      struct pin_error *err)
{
    bool is_ca = as_ca(key, is_presented_leaf);
    char pin[PIN_DIGEST_TEXT], cert_pin[PIN_DIGEST_TEXT] = "";
    struct pin_digest digest;

    if (!pinctl_key_digest(key, false, hash->hash, &digest, err))
        return false;
    pin_digest_format(&digest, pin);
    if (hash->cert && key->cert != NULL && !is_ca) {
        if (!pinctl_key_digest(key, true, hash->hash, &digest, err))
            return false;
        pin_digest_format(&digest, cert_pin);
    }
    if (hash->ctl->json)
        print_json(hash, key, is_ca, pin, cert_pin);
    else
        print_text(hash, key, is_ca, pin, cert_pin);
    hash->any = true;
    return true;
}

static bool hash_file(struct hash *hash, const char *file, struct pin_error *err)
{
    struct pinctl_keys keys;
    bool ok = pinctl_keys_read(file, &keys, err);

    for (size_t i = 0; ok && i < keys.count; i++)
        ok = print_key(hash, &keys.list[i], false, err);
    pinctl_keys_clear(&keys);
    return ok;
}

static bool hash_host(struct hash *hash, const char *text, struct pin_error *err)
{
    struct pinctl_target target;
    STACK_OF(X509) *chain = NULL;
    bool ok = pinctl_target_parse(text, &target, err) &&
              pinctl_target_starttls(&target, hash->ctl->starttls, err) &&
              (chain = pinctl_probe_one(&target, err)) != NULL;

    for (int i = 0; ok && i < sk_X509_num(chain); i++) {
        const struct pinctl_key key = {.cert = sk_X509_value(chain, i), .what = "certificate"};
        ok = print_key(hash, &key, i == 0, err);
    }
    sk_X509_pop_free(chain, X509_free);
    return ok;
}

/* True for an existing file, and for what cannot be a host. */
static bool is_file(const char *text)
{
    if (strstr(text, "://") != NULL)
        return false;
    return strcmp(text, "-") == 0 || strchr(text, '/') != NULL || access(text, F_OK) == 0;
}

int cmd_hash(struct pinctl *ctl, int argc, char **argv)
{
    struct hash hash = {.ctl = ctl, .json = {.out = stdout}};
    int status, count = pinctl_options(ctl, argc, argv, &usage, &hash, &status);

    if (count < 0)
        return status;
    if (count == 0)
        return pinctl_fail(ctl, "nothing to hash: expected %s", usage.usage);
    status = PINCTL_FINE;
    if (ctl->json)
        pinctl_json_open(&hash.json, NULL, '[');
    for (int i = 0; i < count; i++) {
        struct pin_error err = {.reason = PIN_OK};
        bool ok =
            is_file(argv[i]) ? hash_file(&hash, argv[i], &err) : hash_host(&hash, argv[i], &err);
        if (!ok)
            status = pinctl_fail(ctl, "%s%s", err.text,
                                 is_file(argv[i]) || strchr(argv[i], ':') != NULL
                                     ? ""
                                     : " (and no file has that name)");
    }
    if (ctl->json)
        status = pinctl_json_end(ctl, &hash.json, status);
    return status;
}
