/* test_match.c - peers and pins, mostly pins that almost match. */
#include "expect.h"
#include "suite.h"

#include "open_ossl.h"
#include "pki.h"

#include <pinning/match.h>
#include <string.h>

/* The certificates: leaf below ca below root, and a stranger. */
static X509 *root, *ca, *leaf, *stranger;

static void set_up(void)
{
    root = pki_root("root", 0);
    ca = pki_ca("ca", 1, root, 0);
    leaf = pki_server("DNS:a.example.com", 2, ca, 1);
    stranger = pki_server("DNS:b.example.com", 3, ca, 1);
}

enum thing {
    NONE,
    LEAF_KEY,
    LEAF_CERT,
    CA_KEY,
    CA_CERT,
    ROOT_KEY,
    ROOT_CERT,
    OTHER_KEY,
    OTHER_CERT
};

static X509 *cert_of(enum thing thing)
{
    X509 *const certs[] = {
        [LEAF_KEY] = leaf, [LEAF_CERT] = leaf, [CA_KEY] = ca,          [CA_CERT] = ca,
        [ROOT_KEY] = root, [ROOT_CERT] = root, [OTHER_KEY] = stranger, [OTHER_CERT] = stranger};
    return certs[thing];
}

static bool is_key(enum thing thing)
{
    return thing == LEAF_KEY || thing == CA_KEY || thing == ROOT_KEY || thing == OTHER_KEY;
}

static const EVP_MD *md_of(enum pin_hash hash)
{
    return hash == PIN_SHA256 ? EVP_sha256() : hash == PIN_SHA384 ? EVP_sha384() : EVP_sha512();
}

/* A digest made without the component under test. */
static struct pin_digest digest_of(enum thing thing, enum pin_hash hash)
{
    struct pin_digest digest = {.hash = hash};

    if (is_key(thing))
        pki_spki_digest(cert_of(thing), md_of(hash), digest.bytes);
    else
        pki_cert_digest(cert_of(thing), md_of(hash), digest.bytes);
    return digest;
}

/* A pin as the cases have it: kind, of what, which hash, and the days from today to until. */
struct short_pin {
    enum pin_kind kind;
    enum thing of; /* NONE: no more pins */
    enum pin_hash hash;
    int until;
};
#define EVER     1000000
#define PINS_MAX 3
#define KEY(...)                                                                                   \
    {                                                                                              \
        PIN_KIND_KEY, __VA_ARGS__                                                                  \
    }
#define CERT(...)                                                                                  \
    {                                                                                              \
        PIN_KIND_CERT, __VA_ARGS__                                                                 \
    }
#define CA(...)                                                                                    \
    {                                                                                              \
        PIN_KIND_CA, __VA_ARGS__                                                                   \
    }

static struct pin_policy policy_of(const struct short_pin *pins, struct pin storage[PINS_MAX])
{
    struct pin_policy policy = {
        .pins = storage, .mode = PIN_MODE_ENFORCE, .report_after = PIN_DAY_NEVER};

    for (; policy.count < PINS_MAX && pins[policy.count].of != NONE; policy.count++) {
        const struct short_pin *from = &pins[policy.count];
        storage[policy.count] = (struct pin){
            .kind = from->kind,
            .digest = digest_of(from->of, from->hash),
            .until = from->until == EVER ? PIN_DAY_NEVER : PKI_TODAY + from->until,
            .line = (unsigned)policy.count + 1,
        };
    }
    return policy;
}

static const struct {
    const char *name;
    struct short_pin pins[PINS_MAX];
    enum thing ca; /* the validated issuer */
    enum pin_match match;
    unsigned line; /* of the pin that hit */
} cases[] = {
    {"match/key-sha256-hit", {KEY(LEAF_KEY, PIN_SHA256, EVER)}, NONE, PIN_MATCH_HIT, 1},
    {"match/key-sha384-hit", {KEY(LEAF_KEY, PIN_SHA384, EVER)}, NONE, PIN_MATCH_HIT, 1},
    {"match/key-sha512-hit", {KEY(LEAF_KEY, PIN_SHA512, EVER)}, NONE, PIN_MATCH_HIT, 1},
    {"match/cert-sha256-hit", {CERT(LEAF_CERT, PIN_SHA256, EVER)}, NONE, PIN_MATCH_HIT, 1},
    {"match/cert-sha384-hit", {CERT(LEAF_CERT, PIN_SHA384, EVER)}, NONE, PIN_MATCH_HIT, 1},
    {"match/cert-sha512-hit", {CERT(LEAF_CERT, PIN_SHA512, EVER)}, NONE, PIN_MATCH_HIT, 1},
    {"match/ca-sha256-hit", {CA(CA_KEY, PIN_SHA256, EVER)}, CA_KEY, PIN_MATCH_HIT, 1},
    {"match/ca-sha384-hit", {CA(CA_KEY, PIN_SHA384, EVER)}, CA_KEY, PIN_MATCH_HIT, 1},
    {"match/ca-sha512-hit", {CA(CA_KEY, PIN_SHA512, EVER)}, CA_KEY, PIN_MATCH_HIT, 1},
    /* Another peer. */
    {"match/key-of-other-sha256-miss", {KEY(OTHER_KEY, PIN_SHA256, EVER)}, NONE, PIN_MATCH_MISS, 0},
    {"match/key-of-other-sha384-miss", {KEY(OTHER_KEY, PIN_SHA384, EVER)}, NONE, PIN_MATCH_MISS, 0},
    {"match/key-of-other-sha512-miss", {KEY(OTHER_KEY, PIN_SHA512, EVER)}, NONE, PIN_MATCH_MISS, 0},
    {"match/cert-of-other-sha256-miss",
     {CERT(OTHER_CERT, PIN_SHA256, EVER)},
     NONE,
     PIN_MATCH_MISS,
     0},
    {"match/cert-of-other-sha512-miss",
     {CERT(OTHER_CERT, PIN_SHA512, EVER)},
     NONE,
     PIN_MATCH_MISS,
     0},
    {"match/ca-of-root-sha256-miss", {CA(ROOT_KEY, PIN_SHA256, EVER)}, CA_KEY, PIN_MATCH_MISS, 0},
    {"match/ca-of-root-sha512-miss", {CA(ROOT_KEY, PIN_SHA512, EVER)}, CA_KEY, PIN_MATCH_MISS, 0},
    /* The right digest of the wrong kind. */
    {"match/key-with-digest-of-cert-miss",
     {KEY(LEAF_CERT, PIN_SHA256, EVER)},
     NONE,
     PIN_MATCH_MISS,
     0},
    {"match/cert-with-digest-of-key-miss",
     {CERT(LEAF_KEY, PIN_SHA256, EVER)},
     NONE,
     PIN_MATCH_MISS,
     0},
    {"match/ca-with-key-of-leaf-miss", {CA(LEAF_KEY, PIN_SHA256, EVER)}, NONE, PIN_MATCH_MISS, 0},
    {"match/ca-with-key-of-leaf-and-validated-ca-miss",
     {CA(LEAF_KEY, PIN_SHA256, EVER)},
     CA_KEY,
     PIN_MATCH_MISS,
     0},
    {"match/ca-with-digest-of-leaf-cert-miss",
     {CA(LEAF_CERT, PIN_SHA256, EVER)},
     CA_KEY,
     PIN_MATCH_MISS,
     0},
    {"match/ca-with-digest-of-ca-cert-miss",
     {CA(CA_CERT, PIN_SHA256, EVER)},
     CA_KEY,
     PIN_MATCH_MISS,
     0},
    {"match/key-with-key-of-ca-miss", {KEY(CA_KEY, PIN_SHA256, EVER)}, CA_KEY, PIN_MATCH_MISS, 0},
    {"match/cert-with-ca-cert-miss", {CERT(CA_CERT, PIN_SHA256, EVER)}, CA_KEY, PIN_MATCH_MISS, 0},
    /* A CA that was not validated. */
    {"match/ca-not-validated-miss", {CA(CA_KEY, PIN_SHA256, EVER)}, NONE, PIN_MATCH_MISS, 0},
    /* One of several is enough, and the first that matches is reported. */
    {"match/third-pin-matches-hit",
     {KEY(OTHER_KEY, PIN_SHA256, EVER), CERT(OTHER_CERT, PIN_SHA256, EVER),
      KEY(LEAF_KEY, PIN_SHA512, EVER)},
     NONE,
     PIN_MATCH_HIT,
     3},
    {"match/first-pin-matches-hit",
     {KEY(LEAF_KEY, PIN_SHA256, EVER), KEY(OTHER_KEY, PIN_SHA256, EVER)},
     NONE,
     PIN_MATCH_HIT,
     1},
    {"match/second-pin-matches-without-ca-hit",
     {CA(CA_KEY, PIN_SHA256, EVER), KEY(LEAF_KEY, PIN_SHA256, EVER)},
     NONE,
     PIN_MATCH_HIT,
     2},
    {"match/three-hashes-of-other-miss",
     {KEY(OTHER_KEY, PIN_SHA256, EVER), KEY(OTHER_KEY, PIN_SHA384, EVER),
      KEY(OTHER_KEY, PIN_SHA512, EVER)},
     NONE,
     PIN_MATCH_MISS,
     0},
    /* Dates last to the end of their day. */
    {"match/until-today-hit", {KEY(LEAF_KEY, PIN_SHA256, 0)}, NONE, PIN_MATCH_HIT, 1},
    {"match/until-tomorrow-hit", {KEY(LEAF_KEY, PIN_SHA256, 1)}, NONE, PIN_MATCH_HIT, 1},
    {"match/until-yesterday-expired", {KEY(LEAF_KEY, PIN_SHA256, -1)}, NONE, PIN_MATCH_EXPIRED, 0},
    {"match/cert-until-yesterday-expired",
     {CERT(LEAF_CERT, PIN_SHA256, -1)},
     NONE,
     PIN_MATCH_EXPIRED,
     0},
    {"match/ca-until-today-hit", {CA(CA_KEY, PIN_SHA256, 0)}, CA_KEY, PIN_MATCH_HIT, 1},
    {"match/ca-until-yesterday-expired",
     {CA(CA_KEY, PIN_SHA256, -1)},
     CA_KEY,
     PIN_MATCH_EXPIRED,
     0},
    {"match/both-expired-expired",
     {KEY(LEAF_KEY, PIN_SHA256, -1), KEY(LEAF_KEY, PIN_SHA256, -1000)},
     NONE,
     PIN_MATCH_EXPIRED,
     0},
    {"match/expired-beside-other-miss",
     {KEY(LEAF_KEY, PIN_SHA256, -1), KEY(OTHER_KEY, PIN_SHA256, 0)},
     NONE,
     PIN_MATCH_MISS,
     0},
    {"match/expired-beside-in-force-hit",
     {KEY(LEAF_KEY, PIN_SHA256, -1), KEY(LEAF_KEY, PIN_SHA256, 0)},
     NONE,
     PIN_MATCH_HIT,
     2},
    {"match/no-pin-expired", {{PIN_KIND_KEY, NONE, PIN_SHA256, 0}}, NONE, PIN_MATCH_EXPIRED, 0},
};

static void expect_match(const char *name, enum pin_match expected, enum pin_match got)
{
    expect_text(name, pin_match_name(expected), pin_match_name(got));
}

START_TEST(match_finds_exactly_what_is_pinned)
{
    struct pin storage[PINS_MAX];
    const struct pin_policy policy = policy_of(cases[_i].pins, storage);
    const struct pin_leaf peer = {.cert = leaf};
    X509 *issuer = cases[_i].ca != NONE ? cert_of(cases[_i].ca) : NULL;
    const struct pin *hit = NULL;
    struct pin_error err = {0};

    expect_match(cases[_i].name, cases[_i].match,
                 pin_match(&policy, PKI_TODAY, &peer, issuer, &hit, &err));
    expect_text(cases[_i].name, "no error", pin_reason_text(err.reason));
    expect_number(cases[_i].name, cases[_i].line, hit != NULL ? hit->line : 0);
}
END_TEST

/* The first and the last bit count. */
START_TEST(match_compares_every_bit)
{
    struct pin pin = {.digest = digest_of(LEAF_KEY, (enum pin_hash)_i), .until = PIN_DAY_NEVER};
    const struct pin_policy policy = {.pins = &pin, .count = 1};
    const struct pin_leaf peer = {.cert = leaf};
    const struct pin *hit = NULL;
    struct pin_error err = {0};
    size_t size = pin_hash_size((enum pin_hash)_i);

    for (size_t bit = 0; bit < 8 * size; bit++) {
        pin.digest.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        expect_match("match/bit-flipped-miss", PIN_MATCH_MISS,
                     pin_match(&policy, PKI_TODAY, &peer, NULL, &hit, &err));
        pin.digest.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    expect_match("match/bit-restored-hit", PIN_MATCH_HIT,
                 pin_match(&policy, PKI_TODAY, &peer, NULL, &hit, &err));
}
END_TEST

static const struct {
    const char *name;
    struct short_pin pin;
    enum pin_match match;
} raw_rows[] = {
    {"match/raw/key-sha256-hit", KEY(LEAF_KEY, PIN_SHA256, EVER), PIN_MATCH_HIT},
    {"match/raw/key-sha512-hit", KEY(LEAF_KEY, PIN_SHA512, EVER), PIN_MATCH_HIT},
    {"match/raw/key-of-other-miss", KEY(OTHER_KEY, PIN_SHA256, EVER), PIN_MATCH_MISS},
    {"match/raw/key-with-digest-of-cert-miss", KEY(LEAF_CERT, PIN_SHA256, EVER), PIN_MATCH_MISS},
    {"match/raw/cert-miss", CERT(LEAF_CERT, PIN_SHA256, EVER), PIN_MATCH_MISS},
    {"match/raw/cert-with-digest-of-key-miss", CERT(LEAF_KEY, PIN_SHA256, EVER), PIN_MATCH_MISS},
    {"match/raw/ca-with-key-of-peer-miss", CA(LEAF_KEY, PIN_SHA256, EVER), PIN_MATCH_MISS},
    {"match/raw/ca-miss", CA(CA_KEY, PIN_SHA256, EVER), PIN_MATCH_MISS},
    {"match/raw/key-until-yesterday-expired", KEY(LEAF_KEY, PIN_SHA256, -1), PIN_MATCH_EXPIRED},
};

START_TEST(match_of_a_raw_key_is_by_key_only)
{
    struct pin storage[PINS_MAX];
    const struct short_pin pins[PINS_MAX] = {raw_rows[_i].pin};
    const struct pin_policy policy = policy_of(pins, storage);
    const struct pin_leaf peer = {.raw_key = pki_key(2)};
    const struct pin *hit = NULL;
    struct pin_error err = {0};
    char advice[PIN_ADVICE_MAX];

    expect_match(raw_rows[_i].name, raw_rows[_i].match,
                 pin_match(&policy, PKI_TODAY, &peer, NULL, &hit, &err));
    pin_match_advise(&policy, PKI_TODAY, &peer, NULL, advice); /* must not look at a certificate */
}
END_TEST

static const struct {
    const char *name;
    struct short_pin pins[PINS_MAX];
    bool has_ca, is_ca;
} ca_rows[] = {
    {"match/ca/sha256-both", {CA(CA_KEY, PIN_SHA256, EVER)}, true, true},
    {"match/ca/sha384-until-today-both", {CA(CA_KEY, PIN_SHA384, 0)}, true, true},
    {"match/ca/second-pin-both",
     {KEY(LEAF_KEY, PIN_SHA256, EVER), CA(CA_KEY, PIN_SHA512, 1)},
     true,
     true},
    {"match/ca/until-yesterday-neither", {CA(CA_KEY, PIN_SHA256, -1)}, false, false},
    {"match/ca/expired-beside-root-has-ca",
     {CA(CA_KEY, PIN_SHA256, -1), CA(ROOT_KEY, PIN_SHA256, 0)},
     true,
     false},
    {"match/ca/digest-of-cert-has-ca", {CA(CA_CERT, PIN_SHA256, EVER)}, true, false},
    {"match/ca/other-ca-has-ca", {CA(ROOT_KEY, PIN_SHA256, EVER)}, true, false},
    {"match/ca/key-kind-neither", {KEY(CA_KEY, PIN_SHA256, EVER)}, false, false},
    {"match/ca/cert-kind-neither", {CERT(CA_CERT, PIN_SHA256, EVER)}, false, false},
    {"match/ca/key-kind-beside-root-has-ca",
     {KEY(CA_KEY, PIN_SHA256, EVER), CA(ROOT_KEY, PIN_SHA256, EVER)},
     true,
     false},
};

START_TEST(match_recognises_the_certificate_of_a_pinned_ca)
{
    struct pin storage[PINS_MAX];
    const struct pin_policy policy = policy_of(ca_rows[_i].pins, storage);

    expect_bool(ca_rows[_i].name, ca_rows[_i].has_ca, pin_match_has_ca(&policy, PKI_TODAY));
    expect_bool(ca_rows[_i].name, ca_rows[_i].is_ca, pin_match_is_ca(&policy, PKI_TODAY, ca));
}
END_TEST

static const struct {
    const char *name;
    struct short_pin pins[PINS_MAX];
    const char *presented; /* l: the leaf, c: the CA, r: the root, s: a stranger, no CA */
    const char *words;     /* NULL: nothing fits */
} advices[] = {
    {"match/advice/key-of-leaf-cert", {KEY(LEAF_CERT, PIN_SHA256, EVER)}, "lc", "write it as cert"},
    {"match/advice/ca-of-leaf-cert", {CA(LEAF_CERT, PIN_SHA384, EVER)}, "lc", "write it as cert"},
    {"match/advice/cert-of-leaf-key", {CERT(LEAF_KEY, PIN_SHA256, EVER)}, "lc", "write it as key"},
    {"match/advice/ca-of-leaf-key-nothing-presented",
     {CA(LEAF_KEY, PIN_SHA512, EVER)},
     "",
     "write it as key"},
    {"match/advice/key-of-ca-key", {KEY(CA_KEY, PIN_SHA256, EVER)}, "lc", "a CA is pinned as ca"},
    {"match/advice/key-of-root-key",
     {KEY(ROOT_KEY, PIN_SHA256, EVER)},
     "lcr",
     "a CA is pinned as ca"},
    {"match/advice/cert-of-ca-key", {CERT(CA_KEY, PIN_SHA256, EVER)}, "c", "a CA is pinned as ca"},
    {"match/advice/key-of-ca-cert",
     {KEY(CA_CERT, PIN_SHA256, EVER)},
     "lc",
     "pin the CA's key, as ca"},
    {"match/advice/cert-of-ca-cert",
     {CERT(CA_CERT, PIN_SHA256, EVER)},
     "lc",
     "pin the CA's key, as ca"},
    {"match/advice/ca-of-root-cert",
     {CA(ROOT_CERT, PIN_SHA256, EVER)},
     "lcr",
     "pin the CA's key, as ca"},
    {"match/advice/second-pin",
     {KEY(OTHER_KEY, PIN_SHA256, EVER), CERT(LEAF_KEY, PIN_SHA256, 0)},
     "lc",
     "write it as key"},
    /* Nothing fits. */
    {"match/advice/other-key-none", {KEY(OTHER_KEY, PIN_SHA256, EVER)}, "lcr", NULL},
    {"match/advice/other-cert-none",
     {CERT(OTHER_CERT, PIN_SHA256, EVER), CA(OTHER_KEY, PIN_SHA256, EVER)},
     "lcr",
     NULL},
    {"match/advice/ca-not-presented-none", {KEY(ROOT_KEY, PIN_SHA256, EVER)}, "lc", NULL},
    {"match/advice/only-leaf-presented-none", {KEY(CA_KEY, PIN_SHA256, EVER)}, "l", NULL},
    {"match/advice/nothing-presented-none", {KEY(CA_KEY, PIN_SHA256, EVER)}, "", NULL},
    /* The pinned leaf, appended by an impostor: no CA. */
    {"match/advice/stranger-appended-none", {KEY(OTHER_KEY, PIN_SHA256, EVER)}, "ls", NULL},
    {"match/advice/stranger-cert-appended-none", {KEY(OTHER_CERT, PIN_SHA256, EVER)}, "ls", NULL},
    /* A correct ca pin that was not validated: chain reports why. */
    {"match/advice/ca-not-validated-none", {CA(CA_KEY, PIN_SHA256, EVER)}, "lc", NULL},
    /* An expired pin of another kind would not match either. */
    {"match/advice/expired-none", {KEY(LEAF_CERT, PIN_SHA256, -1)}, "lc", NULL},
    {"match/advice/expired-beside-other-none",
     {KEY(CA_KEY, PIN_SHA256, -1), KEY(OTHER_KEY, PIN_SHA256, EVER)},
     "lc",
     NULL},
};

START_TEST(match_advises_the_kind_that_would_match)
{
    struct pin storage[PINS_MAX];
    const struct pin_policy policy = policy_of(advices[_i].pins, storage);
    const struct pin_leaf peer = {.cert = leaf};
    STACK_OF(X509) *presented = pki_stack(PKI_CERTS(NULL));
    char advice[PIN_ADVICE_MAX] = "text of an earlier call";

    for (const char *c = advices[_i].presented; *c != '\0'; c++)
        sk_X509_push(presented, *c == 'l' ? leaf : *c == 'c' ? ca : *c == 's' ? stranger : root);
    pin_match_advise(&policy, PKI_TODAY, &peer, advices[_i].presented[0] != '\0' ? presented : NULL,
                     advice);
    if (advices[_i].words == NULL)
        expect_text(advices[_i].name, "", advice);
    else
        ck_assert_msg(strstr(advice, advices[_i].words) != NULL, "%s: expected ...%s, got \"%s\"",
                      advices[_i].name, advices[_i].words, advice);
    /* The advice must not contain a key that was just presented. */
    ck_assert_ptr_null(strstr(advice, "sha"));
}
END_TEST

static void *nothing(void)
{
    return NULL;
}

/* Without a digest the result is neither hit nor miss. */
static const struct {
    const char *name;
    const char *function;
    struct short_pin pin;
    bool raw;
} failures[] = {
    {"match/fault/digest-of-key", "EVP_Digest", KEY(LEAF_KEY, PIN_SHA256, EVER), false},
    {"match/fault/digest-of-cert", "EVP_Digest", CERT(LEAF_CERT, PIN_SHA512, EVER), false},
    {"match/fault/digest-of-ca", "EVP_Digest", CA(CA_KEY, PIN_SHA384, EVER), false},
    {"match/fault/encoding-of-key", "i2d_X509_PUBKEY", KEY(LEAF_KEY, PIN_SHA256, EVER), false},
    {"match/fault/encoding-of-cert", "i2d_X509", CERT(LEAF_CERT, PIN_SHA256, EVER), false},
    {"match/fault/encoding-of-raw-key", "i2d_PUBKEY", KEY(LEAF_KEY, PIN_SHA256, EVER), true},
};

START_TEST(match_that_cannot_be_made_is_an_error)
{
    struct pin storage[PINS_MAX];
    const struct short_pin pins[PINS_MAX] = {failures[_i].pin};
    const struct pin_policy policy = policy_of(pins, storage);
    const struct pin_leaf cert = {.cert = leaf}, raw = {.raw_key = pki_key(2)};
    const struct pin *hit = NULL;
    struct pin_error err = {0};

    open_ossl_any *query =
        open_ossl_swap("OSSL_PROVIDER_query_operation", (open_ossl_any *)nothing);
    open_ossl_any *was = open_ossl_swap(failures[_i].function, (open_ossl_any *)nothing);
    enum pin_match match =
        pin_match(&policy, PKI_TODAY, failures[_i].raw ? &raw : &cert, ca, &hit, &err);
    bool is_ca = pin_match_is_ca(&policy, PKI_TODAY, ca);
    open_ossl_swap(failures[_i].function, was);
    open_ossl_swap("OSSL_PROVIDER_query_operation", query);
    expect_match(failures[_i].name, PIN_MATCH_ERROR, match);
    expect_text(failures[_i].name, "internal error", pin_reason_text(err.reason));
    ck_assert_ptr_nonnull(strstr(err.text, "digest"));
    ck_assert_ptr_null(hit);
    ck_assert(!is_ca);
}
END_TEST

/* Keys are made once, before a test forks. */
static void make_keys(void)
{
    for (unsigned i = 0; i < 4; i++)
        pki_key(i);
}

int main(void)
{
    Suite *suite = suite_create("match");
    TCase *match = tcase_create("match");
    TCase *advice = tcase_create("advice");

    open_ossl();
    make_keys();
    tcase_add_checked_fixture(match, set_up, pki_clear);
    SUITE_CASES(match, match_finds_exactly_what_is_pinned, cases);
    tcase_add_loop_test(match, match_compares_every_bit, 0, PIN_HASHES);
    SUITE_CASES(match, match_of_a_raw_key_is_by_key_only, raw_rows);
    SUITE_CASES(match, match_recognises_the_certificate_of_a_pinned_ca, ca_rows);
    SUITE_CASES(match, match_that_cannot_be_made_is_an_error, failures);
    suite_add_tcase(suite, match);

    tcase_add_checked_fixture(advice, set_up, pki_clear);
    SUITE_CASES(advice, match_advises_the_kind_that_would_match, advices);
    suite_add_tcase(suite, advice);

    int result = suite_run(suite);
    pki_free_keys();
    return result;
}
