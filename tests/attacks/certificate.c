/* certificate.c - wrong certificates: what is pinned is present, but not in the validated path. */
#include "groups.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

enum {
    SAYS_YES = 1, /* the program's callback accepts every error … */
    RESETS = 2,   /* … and sets the result to X509_V_OK */
    NO_HOST = 4,  /* the program checks no name */
    PARTIAL = 8,  /* X509_V_FLAG_PARTIAL_CHAIN */
    LEVEL_0 = 16, /* security level of the program */
    LEVEL_1 = 128,
    LISTS = 32,   /* the program checks a revocation list */
    OLD_TIME = 64 /* the program verifies as of ten days ago */
};

#define NEW (ATK_TLS12 | ATK_TLS13 | ATK_DTLS12)
#define OLD (ATK_TLS11 | ATK_TLS12 | ATK_DTLS12)
/* OpenSSL has no such signatures in DTLS. */
#define SIGALGS      (ATK_TLS12 | ATK_TLS13)
#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* ---- the certificates ---- */

enum {
    ROOT = ATK_ROOT_KEY,
    TRUE = ATK_TRUE_KEY,
    FALSE = ATK_FALSE_KEY,
    INT,
    SECOND,
    EVILINT,
    SUB,
    LONE
};

/* Algorithms that pki.h lacks: the RSA key of the same number, under another algorithm identifier.
 */
enum { PSS_BITS = PKI_ALGORITHMS, PSS_PARS, NAMED };

#define HOST "DNS:" ATK_HOST
/* As long as X.520 permits. */
#define LONG_CN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct cert_def {
    const char *name;
    const char *issuer; /* NULL: self-signed */
    unsigned key, algorithm;
    int signer; /* if not the issuer's key signs: 1 more than the number of the key that does */
    struct pki_spec spec;
} cert_defs[] = {
    {"root", NULL, ROOT, 0, 0, {.cn = "root", .ca = true}},
    {"int", "root", INT, 0, 0, {.cn = "int", .ca = true}},
    {"leaf", "int", TRUE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"other", "int", FALSE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"lone", NULL, LONE, 0, 0, {.cn = "lone", .ca = true}},
    {"self", NULL, TRUE, 0, 0, {.cn = "self", .san = HOST}},
    {"rootleaf", NULL, ROOT, 0, 0, {.cn = "rootleaf", .san = HOST}},
    /* The attacker owns a different CA that is trusted as well. */
    {"second", NULL, SECOND, 0, 0, {.cn = "second", .ca = true}},
    {"evilint", "second", EVILINT, 0, 0, {.cn = "evilint", .ca = true}},
    {"evil", "evilint", FALSE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"selfevil", NULL, FALSE, 0, 0, {.cn = "root", .san = HOST}},
    /* Signed by the attacker under the names of other CAs. */
    {"forged", "int", FALSE, 0, 1 + EVILINT, {.cn = "leaf", .san = HOST}},
    {"forgedint", "root", SUB, 0, 1 + EVILINT, {.cn = "int", .ca = true}},
    {"byforgedint", "forgedint", FALSE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"falseroot", NULL, SUB, 0, 0, {.cn = "root", .ca = true, .no_ids = true}},
    {"byfalseroot", "falseroot", FALSE, 0, 0, {.cn = "leaf", .san = HOST, .no_ids = true}},
    /* Names. */
    {"othername", "int", FALSE, 0, 0, {.cn = "leaf", .san = "DNS:other.test,DNS:x." ATK_HOST}},
    {"toowild", "int", FALSE, 0, 0, {.cn = "leaf", .san = "DNS:*." ATK_HOST ",DNS:*"}},
    {"othercn", "int", FALSE, 0, 0, {.cn = ATK_HOST, .san = "DNS:other.test"}},
    /* Paths. */
    {"end", "int", SUB, 0, 0, {.cn = "end", .basic = "CA:FALSE"}},
    {"belowend", "end", FALSE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"plain", "int", SUB, 0, 0, {.cn = "plain"}},
    {"belowplain", "plain", FALSE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"nosign", "root", SUB, 0, 0, {.cn = "nosign", .ca = true, .usage = "digitalSignature"}},
    {"belownosign", "nosign", FALSE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"short", "root", INT, 0, 0, {.cn = "short", .basic = "critical,CA:TRUE,pathlen:0"}},
    {"shortleaf", "short", TRUE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"toolong", "short", SUB, 0, 0, {.cn = "toolong", .ca = true}},
    {"toolongleaf", "toolong", FALSE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"test", "root", INT, 0, 0, {.cn = "t", .ca = true, .constraints = "permitted;DNS:test"}},
    {"bytest", "test", TRUE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"org", "root", INT, 0, 0, {.cn = "o", .ca = true, .constraints = "permitted;DNS:org"}},
    {"byorg", "org", FALSE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"notest", "root", INT, 0, 0, {.cn = "n", .ca = true, .constraints = "excluded;DNS:test"}},
    {"bynotest", "notest", FALSE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"clientonly", "int", FALSE, 0, 0, {.cn = "leaf", .san = HOST, .eku = "clientAuth"}},
    {"serveronly", "int", TRUE, 0, 0, {.cn = "leaf", .san = HOST, .eku = "serverAuth"}},
    {"mail", "root", SUB, 0, 0, {.cn = "mail", .ca = true, .eku = "emailProtection"}},
    {"bymail", "mail", FALSE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"oldleaf", "int", FALSE, 0, 0, {.cn = "leaf", .san = HOST, .from = -9, .to = -2}},
    {"newleaf", "int", FALSE, 0, 0, {.cn = "leaf", .san = HOST, .from = 2, .to = 9}},
    {"oldint", "root", SUB, 0, 0, {.cn = "oldint", .ca = true, .from = -9, .to = -2}},
    {"byoldint", "oldint", FALSE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"revoked", "int", FALSE, 0, 0, {.cn = "leaf", .san = HOST, .serial = 666}},
    {"rsamid", "root", INT, PKI_RSA, 0, {.cn = "rsamid", .ca = true}},
    {"byrsamid", "rsamid", TRUE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"md5leaf", "rsamid", FALSE, 0, 0, {.cn = "leaf", .san = HOST, .digest = "MD5"}},
    {"md5int", "rsaca", SUB, 0, 0, {.cn = "md5int", .ca = true, .digest = "MD5"}},
    {"bymd5int", "md5int", FALSE, 0, 0, {.cn = "leaf", .san = HOST}},
    /* Cross-signed. */
    {"rootbysecond", "second", ROOT, 0, 0, {.cn = "root", .ca = true}},
    {"secondbyroot", "root", SECOND, 0, 0, {.cn = "second", .ca = true}},
    /* Keys of all kinds. */
    {"rsa", "root", TRUE, PKI_RSA, 0, {.cn = "leaf", .san = HOST}},
    {"rsa2", "root", FALSE, PKI_RSA, 0, {.cn = "leaf", .san = HOST}},
    {"pss", "root", TRUE, PKI_RSA_PSS, 0, {.cn = "leaf", .san = HOST}},
    {"pss2", "root", FALSE, PKI_RSA_PSS, 0, {.cn = "leaf", .san = HOST}},
    {"pssbits", "root", TRUE, PSS_BITS, 0, {.cn = "leaf", .san = HOST}},
    {"psspars", "root", TRUE, PSS_PARS, 0, {.cn = "leaf", .san = HOST}},
    {"ed", "root", TRUE, PKI_ED25519, 0, {.cn = "leaf", .san = HOST}},
    {"edagain", "root", TRUE, PKI_ED25519, 0, {.cn = "leaf", .san = HOST}},
    {"ed2", "root", FALSE, PKI_ED25519, 0, {.cn = "leaf", .san = HOST}},
    {"p521", "root", TRUE, PKI_P521, 0, {.cn = "leaf", .san = HOST}},
    {"p521b", "root", FALSE, PKI_P521, 0, {.cn = "leaf", .san = HOST}},
    {"explicit", "root", TRUE, PKI_EC_EXPLICIT, 0, {.cn = "leaf", .san = HOST}},
    {"explicit2", "root", FALSE, PKI_EC_EXPLICIT, 0, {.cn = "leaf", .san = HOST}},
    {"named", "root", TRUE, NAMED, 0, {.cn = "leaf", .san = HOST}},
    {"pssca", NULL, LONE, PKI_RSA_PSS, 0, {.cn = "pssca", .ca = true}},
    {"bypssca", "pssca", TRUE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"edca", NULL, LONE, PKI_ED25519, 0, {.cn = "edca", .ca = true}},
    {"byedca", "edca", TRUE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"rsaca", NULL, LONE, PKI_RSA, 0, {.cn = "rsaca", .ca = true}},
    {"byrsaca", "rsaca", TRUE, 0, 0, {.cn = "leaf", .san = HOST}},
    {"pssbitsca", NULL, LONE, PSS_BITS, 0, {.cn = "pssbitsca", .ca = true}},
    {"bypssbitsca", "pssbitsca", TRUE, 0, 0, {.cn = "leaf", .san = HOST}},
    /* Long subjects. */
    {"longca", NULL, LONE, 0, 0, {.cn = LONG_CN, .ca = true}},
    {"longint", "longca", INT, 0, 0, {.cn = LONG_CN, .ca = true}},
    {"longleaf", "longint", TRUE, 0, 0, {.cn = LONG_CN, .san = HOST}},
    {"longevil", "longint", FALSE, 0, 0, {.cn = LONG_CN, .san = HOST}},
};

static X509 *made[COUNT(cert_defs)];

/* Returns the same key under another algorithm identifier. */
static EVP_PKEY *renamed(EVP_PKEY *key, const char *type, OSSL_PARAM *extra)
{
    OSSL_PARAM *params = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *again = NULL;

    ATK_NEED(EVP_PKEY_todata(key, EVP_PKEY_KEYPAIR, &params) && EVP_PKEY_fromdata_init(ctx) > 0);
    OSSL_PARAM *all = OSSL_PARAM_merge(params, extra);
    ATK_NEED(all != NULL && EVP_PKEY_fromdata(ctx, &again, EVP_PKEY_KEYPAIR, all) > 0);
    OSSL_PARAM_free(all);
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(ctx);
    return again;
}

static EVP_PKEY *make_key(unsigned algorithm, unsigned number)
{
    int salt_len = 32;
    OSSL_PARAM none[] = {OSSL_PARAM_END};
    OSSL_PARAM pars[] = {
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_RSA_DIGEST, (char[]){"SHA256"}, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_RSA_MASKGENFUNC, (char[]){"MGF1"}, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_RSA_MGF1_DIGEST, (char[]){"SHA256"}, 0),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_RSA_PSS_SALTLEN, &salt_len), OSSL_PARAM_END};
    OSSL_PARAM named[] = {
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, (char[]){"named_curve"}, 0),
        OSSL_PARAM_END};

    switch (algorithm) {
    case PSS_BITS:
        return renamed(pki_key_of(PKI_RSA, number), "RSA-PSS", none);
    case PSS_PARS:
        return renamed(pki_key_of(PKI_RSA, number), "RSA-PSS", pars);
    case NAMED:
        return renamed(pki_key_of(PKI_EC_EXPLICIT, number), "EC", named);
    default:
        return pki_key_of((enum pki_algorithm)algorithm, number);
    }
}

/* The process ends after two or three of these, so they are not freed. */
static EVP_PKEY *key_of(unsigned algorithm, unsigned number)
{
    static EVP_PKEY *others[NAMED + 1 - PKI_ALGORITHMS][PKI_KEYS];

    if (algorithm < PKI_ALGORITHMS)
        return make_key(algorithm, number);
    EVP_PKEY **key = &others[algorithm - PKI_ALGORITHMS][number];
    if (*key == NULL)
        *key = make_key(algorithm, number);
    return *key;
}

static size_t index_of(const char *name)
{
    size_t i = 0;

    while (i < COUNT(cert_defs) && strcmp(cert_defs[i].name, name) != 0)
        i++;
    atk_need(i < COUNT(cert_defs), name, __FILE__, __LINE__);
    return i;
}

static EVP_PKEY *key_named(const char *name)
{
    const struct cert_def *def = &cert_defs[index_of(name)];
    return key_of(def->algorithm, def->key);
}

static X509 *cert_named(const char *name)
{
    size_t i = index_of(name);
    struct pki_spec spec = cert_defs[i].spec;
    bool preset = spec.from == 0 && spec.to == 0;

    if (made[i] != NULL)
        return made[i];
    spec.from = atk_day(preset ? -20 : spec.from);
    spec.to = atk_day(preset ? 20 : spec.to);
    spec.key = key_named(name);
    if (cert_defs[i].issuer != NULL) {
        spec.issuer = cert_named(cert_defs[i].issuer);
        spec.issuer_key = key_named(cert_defs[i].issuer);
    }
    if (cert_defs[i].signer != 0)
        spec.issuer_key = pki_key((unsigned)cert_defs[i].signer - 1);
    return made[i] = pki_cert(&spec);
}

/* ---- the attacks ---- */

static const struct attack {
    const char *title;
    unsigned how;
    const char *pins, *trusted;
    const char *leaf[2], *above[2]; /* the impostor's, the control's */
} attacks[] = {
#define ATTACK(title, versions, how, pins, trusted, leaf, above, honest_leaf, honest_above)        \
    {title, how, pins, trusted, {leaf, honest_leaf}, {above, honest_above}},
#include "certificate.list"
#undef ATTACK
};

/* Copies the next word of the text to out; false at its end. */
static bool next_word(const char **text, char out[static 64])
{
    size_t len;

    *text += strspn(*text, " ;");
    len = strcspn(*text, " ;");
    ATK_NEED(len < 64);
    memcpy(out, *text, len);
    out[len] = '\0';
    *text += len;
    return len > 0;
}

static void write_pins(struct atk_run *run, const char *pins)
{
    char kind[64], of[64], text[1024] = "";
    size_t used = 0;

    while (next_word(&pins, kind) && next_word(&pins, of)) {
        X509 *cert = cert_named(of);
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s = %s\n", kind,
                             strcmp(kind, "cert") == 0 ? atk_cert_pin(cert) : atk_key_pin(cert));
    }
    atk_store(run, ATK_HOST ".pins", "%s", text);
}

static STACK_OF(X509) * stack_of(const char *words)
{
    STACK_OF(X509) *stack = pki_stack(PKI_CERTS(NULL));
    char name[64];

    while (words != NULL && next_word(&words, name))
        ATK_NEED(sk_X509_push(stack, cert_named(name)) > 0);
    return stack;
}

static int says_yes(int ok, X509_STORE_CTX *ctx)
{
    (void)ok;
    (void)ctx;
    return 1;
}

static int says_yes_and_resets(int ok, X509_STORE_CTX *ctx)
{
    (void)ok;
    X509_STORE_CTX_set_error(ctx, X509_V_OK);
    return 1;
}

/* Returns a list that is valid today; those of pki.h are valid on another day. */
static X509_CRL *make_list(X509 *issuer, EVP_PKEY *key, X509 *revoked)
{
    X509_CRL *crl = X509_CRL_new();
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *from = X509_gmtime_adj(NULL, -3600), *to = X509_gmtime_adj(NULL, 3600);

    ATK_NEED(crl != NULL && entry != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2));
    ATK_NEED(X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)));
    ATK_NEED(X509_CRL_set1_lastUpdate(crl, from) && X509_CRL_set1_nextUpdate(crl, to));
    ATK_NEED(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked)));
    ATK_NEED(X509_REVOKED_set_revocationDate(entry, from) && X509_CRL_add0_revoked(crl, entry));
    ATK_NEED(X509_CRL_sort(crl) && X509_CRL_sign(crl, key, EVP_sha256()));
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return crl;
}

static void set_up_lists(SSL_CTX *client)
{
    X509_STORE *store = SSL_CTX_get_cert_store(client);
    X509_CRL *crl = make_list(cert_named("int"), pki_key(INT), cert_named("revoked"));

    ATK_NEED(X509_STORE_add_crl(store, crl));
    X509_CRL_free(crl);
    ATK_NEED(X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(client), X509_V_FLAG_CRL_CHECK));
}

static SSL_CTX *new_client(struct atk_run *run, const struct attack *attack)
{
    SSL_CTX *client = atk_client(run);
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(client);
    X509_STORE *store = X509_STORE_new();
    const char *words = attack->trusted;
    char name[64];

    ATK_NEED(store != NULL);
    SSL_CTX_set_cert_store(client, store);
    while (next_word(&words, name))
        ATK_NEED(X509_STORE_add_cert(store, cert_named(name)));
    if ((attack->how & (SAYS_YES | RESETS)) != 0)
        SSL_CTX_set_verify(client, run->verify,
                           (attack->how & RESETS) != 0 ? says_yes_and_resets : says_yes);
    if ((attack->how & PARTIAL) != 0)
        ATK_NEED(X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN));
    if ((attack->how & OLD_TIME) != 0)
        X509_VERIFY_PARAM_set_time(param, time(NULL) - 10 * PKI_DAY_IN_SECS);
    if ((attack->how & LISTS) != 0)
        set_up_lists(client);
    if ((attack->how & LEVEL_0) != 0)
        SSL_CTX_set_security_level(client, 0);
    if ((attack->how & LEVEL_1) != 0 && run->version != ATK_TLS11)
        SSL_CTX_set_security_level(client, 1);
    return client;
}

static void play(struct atk_run *run)
{
    const struct attack *attack = attacks;
    while (strcmp(attack->title, run->test_case->name) != 0)
        attack++;
    const char *leaf = attack->leaf[run->honest], *above = attack->above[run->honest];
    struct atk_pair pair;

    write_pins(run, attack->pins);
    SSL_CTX *client = new_client(run, attack), *server = atk_server(run, (struct atk_id){0});
    SSL_CTX_set_security_level(server, 0); /* so that it can present any certificate */
    ATK_NEED(
        SSL_CTX_use_cert_and_key(server, cert_named(leaf), key_named(leaf), stack_of(above), 1));
    atk_open(run, &pair, client, server);
    if ((attack->how & NO_HOST) != 0)
        ATK_NEED(SSL_set1_host(pair.client, NULL));
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

static const struct atk_case cases[] = {
#define ATTACK(title, versions, how, pins, trusted, leaf, above, honest_leaf, honest_above)        \
    {title, play, play, "P07", versions, 0, 0, 0},
#include "certificate.list"
#undef ATTACK
};

const struct atk_group atk_certificate = {"certificate", cases, COUNT(cases)};
