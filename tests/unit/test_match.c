/* test_match.c - does this peer hold a pinned key? Mostly: what looks like one and is none. */
#include "suite.h"

#include "open_ossl.h"
#include "pki.h"

#include <pinning/match.h>
#include <string.h>

/* The cast: leaf below ca below root, and a stranger. */
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

/* A digest made without the room under test. */
static struct pin_digest digest_of(enum thing thing, enum pin_hash hash)
{
    struct pin_digest digest = {.hash = hash};

    if (is_key(thing))
        pki_spki_digest(cert_of(thing), md_of(hash), digest.bytes);
    else
        pki_cert_digest(cert_of(thing), md_of(hash), digest.bytes);
    return digest;
}

/* A pin as the rows have it: kind, of what, which hash, and the days from today to its end. */
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

static struct pin_policy policy_of(const struct short_pin *pins, struct pin room[PINS_MAX])
{
    struct pin_policy policy = {
        .pins = room, .mode = PIN_MODE_ENFORCE, .report_after = PIN_DAY_NEVER};

    for (; policy.count < PINS_MAX && pins[policy.count].of != NONE; policy.count++) {
        const struct short_pin *from = &pins[policy.count];
        room[policy.count] = (struct pin){
            .kind = from->kind,
            .digest = digest_of(from->of, from->hash),
            .until = from->until == EVER ? PIN_DAY_NEVER : PKI_TODAY + from->until,
            .line = (unsigned)policy.count + 1,
        };
    }
    return policy;
}

static const struct {
    struct short_pin pins[PINS_MAX];
    enum thing proven;
    enum pin_match match;
    unsigned line; /* of the pin that hit */
} rows[] = {
    {{KEY(LEAF_KEY, PIN_SHA256, EVER)}, NONE, PIN_MATCH_HIT, 1},
    {{KEY(LEAF_KEY, PIN_SHA384, EVER)}, NONE, PIN_MATCH_HIT, 1},
    {{KEY(LEAF_KEY, PIN_SHA512, EVER)}, NONE, PIN_MATCH_HIT, 1},
    {{CERT(LEAF_CERT, PIN_SHA256, EVER)}, NONE, PIN_MATCH_HIT, 1},
    {{CERT(LEAF_CERT, PIN_SHA384, EVER)}, NONE, PIN_MATCH_HIT, 1},
    {{CERT(LEAF_CERT, PIN_SHA512, EVER)}, NONE, PIN_MATCH_HIT, 1},
    {{CA(CA_KEY, PIN_SHA256, EVER)}, CA_KEY, PIN_MATCH_HIT, 1},
    {{CA(CA_KEY, PIN_SHA384, EVER)}, CA_KEY, PIN_MATCH_HIT, 1},
    {{CA(CA_KEY, PIN_SHA512, EVER)}, CA_KEY, PIN_MATCH_HIT, 1},
    /* Another peer. */
    {{KEY(OTHER_KEY, PIN_SHA256, EVER)}, NONE, PIN_MATCH_MISS, 0},
    {{KEY(OTHER_KEY, PIN_SHA384, EVER)}, NONE, PIN_MATCH_MISS, 0},
    {{KEY(OTHER_KEY, PIN_SHA512, EVER)}, NONE, PIN_MATCH_MISS, 0},
    {{CERT(OTHER_CERT, PIN_SHA256, EVER)}, NONE, PIN_MATCH_MISS, 0},
    {{CERT(OTHER_CERT, PIN_SHA512, EVER)}, NONE, PIN_MATCH_MISS, 0},
    {{CA(ROOT_KEY, PIN_SHA256, EVER)}, CA_KEY, PIN_MATCH_MISS, 0},
    {{CA(ROOT_KEY, PIN_SHA512, EVER)}, CA_KEY, PIN_MATCH_MISS, 0},
    /* The right digest of the wrong kind. */
    {{KEY(LEAF_CERT, PIN_SHA256, EVER)}, NONE, PIN_MATCH_MISS, 0},
    {{CERT(LEAF_KEY, PIN_SHA256, EVER)}, NONE, PIN_MATCH_MISS, 0},
    {{CA(LEAF_KEY, PIN_SHA256, EVER)}, NONE, PIN_MATCH_MISS, 0},
    {{CA(LEAF_KEY, PIN_SHA256, EVER)}, CA_KEY, PIN_MATCH_MISS, 0},
    {{CA(LEAF_CERT, PIN_SHA256, EVER)}, CA_KEY, PIN_MATCH_MISS, 0},
    {{CA(CA_CERT, PIN_SHA256, EVER)}, CA_KEY, PIN_MATCH_MISS, 0},
    {{KEY(CA_KEY, PIN_SHA256, EVER)}, CA_KEY, PIN_MATCH_MISS, 0},
    {{CERT(CA_CERT, PIN_SHA256, EVER)}, CA_KEY, PIN_MATCH_MISS, 0},
    /* A CA that was not proven. */
    {{CA(CA_KEY, PIN_SHA256, EVER)}, NONE, PIN_MATCH_MISS, 0},
    /* One of several is enough, and the first that hits is told. */
    {{KEY(OTHER_KEY, PIN_SHA256, EVER), CERT(OTHER_CERT, PIN_SHA256, EVER),
      KEY(LEAF_KEY, PIN_SHA512, EVER)},
     NONE,
     PIN_MATCH_HIT,
     3},
    {{KEY(LEAF_KEY, PIN_SHA256, EVER), KEY(OTHER_KEY, PIN_SHA256, EVER)}, NONE, PIN_MATCH_HIT, 1},
    {{CA(CA_KEY, PIN_SHA256, EVER), KEY(LEAF_KEY, PIN_SHA256, EVER)}, NONE, PIN_MATCH_HIT, 2},
    {{KEY(OTHER_KEY, PIN_SHA256, EVER), KEY(OTHER_KEY, PIN_SHA384, EVER),
      KEY(OTHER_KEY, PIN_SHA512, EVER)},
     NONE,
     PIN_MATCH_MISS,
     0},
    /* Dates last to the end of their day. */
    {{KEY(LEAF_KEY, PIN_SHA256, 0)}, NONE, PIN_MATCH_HIT, 1},
    {{KEY(LEAF_KEY, PIN_SHA256, 1)}, NONE, PIN_MATCH_HIT, 1},
    {{KEY(LEAF_KEY, PIN_SHA256, -1)}, NONE, PIN_MATCH_EXPIRED, 0},
    {{CERT(LEAF_CERT, PIN_SHA256, -1)}, NONE, PIN_MATCH_EXPIRED, 0},
    {{CA(CA_KEY, PIN_SHA256, 0)}, CA_KEY, PIN_MATCH_HIT, 1},
    {{CA(CA_KEY, PIN_SHA256, -1)}, CA_KEY, PIN_MATCH_EXPIRED, 0},
    {{KEY(LEAF_KEY, PIN_SHA256, -1), KEY(LEAF_KEY, PIN_SHA256, -1000)}, NONE, PIN_MATCH_EXPIRED, 0},
    {{KEY(LEAF_KEY, PIN_SHA256, -1), KEY(OTHER_KEY, PIN_SHA256, 0)}, NONE, PIN_MATCH_MISS, 0},
    {{KEY(LEAF_KEY, PIN_SHA256, -1), KEY(LEAF_KEY, PIN_SHA256, 0)}, NONE, PIN_MATCH_HIT, 2},
    {{{PIN_KIND_KEY, NONE, PIN_SHA256, 0}}, NONE, PIN_MATCH_EXPIRED, 0},
};

START_TEST(match_finds_what_is_pinned_and_no_more)
{
    struct pin room[PINS_MAX];
    const struct pin_policy policy = policy_of(rows[_i].pins, room);
    const struct pin_leaf peer = {.cert = leaf};
    X509 *proven = rows[_i].proven != NONE ? cert_of(rows[_i].proven) : NULL;
    const struct pin *hit = NULL;
    struct pin_error err = {0};

    ck_assert_int_eq(pin_match(&policy, PKI_TODAY, &peer, proven, &hit, &err), rows[_i].match);
    ck_assert_int_eq(err.reason, PIN_OK);
    if (rows[_i].match == PIN_MATCH_HIT)
        ck_assert_uint_eq(hit->line, rows[_i].line);
    else
        ck_assert_ptr_null(hit);
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
        ck_assert_int_eq(pin_match(&policy, PKI_TODAY, &peer, NULL, &hit, &err), PIN_MATCH_MISS);
        pin.digest.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    ck_assert_int_eq(pin_match(&policy, PKI_TODAY, &peer, NULL, &hit, &err), PIN_MATCH_HIT);
}
END_TEST

static const struct {
    struct short_pin pin;
    enum pin_match match;
} raw_rows[] = {
    {KEY(LEAF_KEY, PIN_SHA256, EVER), PIN_MATCH_HIT},
    {KEY(LEAF_KEY, PIN_SHA512, EVER), PIN_MATCH_HIT},
    {KEY(OTHER_KEY, PIN_SHA256, EVER), PIN_MATCH_MISS},
    {KEY(LEAF_CERT, PIN_SHA256, EVER), PIN_MATCH_MISS},
    {CERT(LEAF_CERT, PIN_SHA256, EVER), PIN_MATCH_MISS},
    {CERT(LEAF_KEY, PIN_SHA256, EVER), PIN_MATCH_MISS},
    {CA(LEAF_KEY, PIN_SHA256, EVER), PIN_MATCH_MISS},
    {CA(CA_KEY, PIN_SHA256, EVER), PIN_MATCH_MISS},
    {KEY(LEAF_KEY, PIN_SHA256, -1), PIN_MATCH_EXPIRED},
};

START_TEST(match_of_a_raw_key_is_by_key_only)
{
    struct pin room[PINS_MAX];
    const struct short_pin pins[PINS_MAX] = {raw_rows[_i].pin};
    const struct pin_policy policy = policy_of(pins, room);
    const struct pin_leaf peer = {.raw_key = pki_key(2)};
    const struct pin *hit = NULL;
    struct pin_error err = {0};
    char advice[PIN_ADVICE_MAX];

    ck_assert_int_eq(pin_match(&policy, PKI_TODAY, &peer, NULL, &hit, &err), raw_rows[_i].match);
    pin_match_advise(&policy, PKI_TODAY, &peer, NULL, advice); /* must not look at a certificate */
}
END_TEST

/* Keys as they stand in the certificate. */
static const struct {
    enum pki_algorithm algorithm;
    int key_nid;
} shapes[] = {
    {PKI_EC, 0},
    {PKI_EC_EXPLICIT, 0},
    {PKI_P521, 0},
    {PKI_RSA, 0},
    {PKI_RSA_PSS, 0},
    {PKI_ED25519, 0},
    {PKI_RSA, NID_rsassaPss},
    {PKI_RSA, NID_rsaesOaep},
    {PKI_ED25519, NID_X25519},
    {PKI_EC, NID_id_GostR3410_2012_256}, /* one that OpenSSL cannot read */
};

START_TEST(match_digests_are_those_of_the_bytes)
{
    X509 *cert = PKI_CERT(.cn = "x", .key = pki_key_of(shapes[_i].algorithm, 0), .no_ids = true,
                          .key_nid = shapes[_i].key_nid);
    const struct pin_leaf peer = {.cert = cert};
    struct pin_error err = {0};

    for (enum pin_hash hash = PIN_SHA256; hash <= PIN_SHA512; hash++) {
        struct pin_digest as = {.hash = hash}, is;
        pki_spki_digest(cert, md_of(hash), as.bytes);
        ck_assert(pin_match_key_digest(&peer, hash, &is, &err));
        ck_assert_mem_eq(&is, &as, sizeof is);
        pki_cert_digest(cert, md_of(hash), as.bytes);
        ck_assert(pin_match_cert_digest(cert, hash, &is, &err));
        ck_assert_mem_eq(is.bytes, as.bytes, sizeof is.bytes);
    }
    ck_assert_int_eq(err.reason, PIN_OK);
}
END_TEST

/* The bits of a pinned key in another costume are not that key. */
static const struct {
    enum pki_algorithm algorithm;
    int pinned_nid, shown_nid;
    enum pin_match match;
} costumes[] = {
    {PKI_RSA, 0, 0, PIN_MATCH_HIT},
    {PKI_RSA, 0, NID_rsassaPss, PIN_MATCH_MISS},
    {PKI_RSA, NID_rsassaPss, 0, PIN_MATCH_MISS},
    {PKI_RSA, NID_rsassaPss, NID_rsassaPss, PIN_MATCH_HIT},
    {PKI_RSA, 0, NID_rsaesOaep, PIN_MATCH_MISS},
    {PKI_RSA_PSS, 0, 0, PIN_MATCH_HIT},
    {PKI_RSA_PSS, 0, NID_rsassaPss, PIN_MATCH_MISS}, /* without its parameters */
    {PKI_RSA_PSS, 0, NID_rsaEncryption, PIN_MATCH_MISS},
    {PKI_EC, 0, NID_X9_62_id_ecPublicKey, PIN_MATCH_MISS}, /* without its curve */
    {PKI_EC_EXPLICIT, 0, 0, PIN_MATCH_HIT},
    {PKI_EC_EXPLICIT, 0, NID_X9_62_id_ecPublicKey, PIN_MATCH_MISS},
    {PKI_ED25519, 0, NID_X25519, PIN_MATCH_MISS},
};

START_TEST(match_sees_through_other_algorithm_identifiers)
{
    EVP_PKEY *key = pki_key_of(costumes[_i].algorithm, 0);
    X509 *pinned =
        PKI_CERT(.cn = "x", .key = key, .no_ids = true, .key_nid = costumes[_i].pinned_nid);
    X509 *presented =
        PKI_CERT(.cn = "x", .key = key, .no_ids = true, .key_nid = costumes[_i].shown_nid);
    struct pin pin = {.kind = PIN_KIND_KEY, .until = PIN_DAY_NEVER};
    const struct pin_policy policy = {.pins = &pin, .count = 1};
    const struct pin_leaf peer = {.cert = presented};
    const struct pin *hit = NULL;
    struct pin_error err = {0};

    pki_spki_digest(pinned, EVP_sha256(), pin.digest.bytes);
    ck_assert_int_eq(pin_match(&policy, PKI_TODAY, &peer, NULL, &hit, &err), costumes[_i].match);
    pin.kind = PIN_KIND_CA;
    ck_assert_int_eq(pin_match_is_ca(&policy, PKI_TODAY, presented),
                     costumes[_i].match == PIN_MATCH_HIT);
}
END_TEST

static const struct {
    struct short_pin pins[PINS_MAX];
    bool has_ca, is_ca;
} ca_rows[] = {
    {{CA(CA_KEY, PIN_SHA256, EVER)}, true, true},
    {{CA(CA_KEY, PIN_SHA384, 0)}, true, true},
    {{KEY(LEAF_KEY, PIN_SHA256, EVER), CA(CA_KEY, PIN_SHA512, 1)}, true, true},
    {{CA(CA_KEY, PIN_SHA256, -1)}, false, false},
    {{CA(CA_KEY, PIN_SHA256, -1), CA(ROOT_KEY, PIN_SHA256, 0)}, true, false},
    {{CA(CA_CERT, PIN_SHA256, EVER)}, true, false},
    {{CA(ROOT_KEY, PIN_SHA256, EVER)}, true, false},
    {{KEY(CA_KEY, PIN_SHA256, EVER)}, false, false},
    {{CERT(CA_CERT, PIN_SHA256, EVER)}, false, false},
    {{KEY(CA_KEY, PIN_SHA256, EVER), CA(ROOT_KEY, PIN_SHA256, EVER)}, true, false},
};

START_TEST(match_knows_the_certificate_of_a_pinned_ca)
{
    struct pin room[PINS_MAX];
    const struct pin_policy policy = policy_of(ca_rows[_i].pins, room);

    ck_assert_int_eq(pin_match_has_ca(&policy, PKI_TODAY), ca_rows[_i].has_ca);
    ck_assert_int_eq(pin_match_is_ca(&policy, PKI_TODAY, ca), ca_rows[_i].is_ca);
}
END_TEST

static const struct {
    struct short_pin pins[PINS_MAX];
    const char *presented; /* l: the leaf, c: the CA, r: the root, s: a stranger, no CA */
    const char *words;     /* NULL: nothing fits */
} advices[] = {
    {{KEY(LEAF_CERT, PIN_SHA256, EVER)}, "lc", "write it as cert"},
    {{CA(LEAF_CERT, PIN_SHA384, EVER)}, "lc", "write it as cert"},
    {{CERT(LEAF_KEY, PIN_SHA256, EVER)}, "lc", "write it as key"},
    {{CA(LEAF_KEY, PIN_SHA512, EVER)}, "", "write it as key"},
    {{KEY(CA_KEY, PIN_SHA256, EVER)}, "lc", "a CA is pinned as ca"},
    {{KEY(ROOT_KEY, PIN_SHA256, EVER)}, "lcr", "a CA is pinned as ca"},
    {{CERT(CA_KEY, PIN_SHA256, EVER)}, "c", "a CA is pinned as ca"},
    {{KEY(CA_CERT, PIN_SHA256, EVER)}, "lc", "pin the CA's key, as ca"},
    {{CERT(CA_CERT, PIN_SHA256, EVER)}, "lc", "pin the CA's key, as ca"},
    {{CA(ROOT_CERT, PIN_SHA256, EVER)}, "lcr", "pin the CA's key, as ca"},
    {{KEY(OTHER_KEY, PIN_SHA256, EVER), CERT(LEAF_KEY, PIN_SHA256, 0)}, "lc", "write it as key"},
    /* Nothing fits. */
    {{KEY(OTHER_KEY, PIN_SHA256, EVER)}, "lcr", NULL},
    {{CERT(OTHER_CERT, PIN_SHA256, EVER), CA(OTHER_KEY, PIN_SHA256, EVER)}, "lcr", NULL},
    {{KEY(ROOT_KEY, PIN_SHA256, EVER)}, "lc", NULL},
    {{KEY(CA_KEY, PIN_SHA256, EVER)}, "l", NULL},
    {{KEY(CA_KEY, PIN_SHA256, EVER)}, "", NULL},
    /* The pinned leaf, appended by an impostor: no CA. */
    {{KEY(OTHER_KEY, PIN_SHA256, EVER)}, "ls", NULL},
    {{KEY(OTHER_CERT, PIN_SHA256, EVER)}, "ls", NULL},
    /* A CA that is pinned as it should be and was not proven: chain says why. */
    {{CA(CA_KEY, PIN_SHA256, EVER)}, "lc", NULL},
    /* Writing a lapsed pin otherwise would not help. */
    {{KEY(LEAF_CERT, PIN_SHA256, -1)}, "lc", NULL},
    {{KEY(CA_KEY, PIN_SHA256, -1), KEY(OTHER_KEY, PIN_SHA256, EVER)}, "lc", NULL},
};

START_TEST(match_advises_what_would_have_hit)
{
    struct pin room[PINS_MAX];
    const struct pin_policy policy = policy_of(advices[_i].pins, room);
    const struct pin_leaf peer = {.cert = leaf};
    STACK_OF(X509) *presented = pki_stack(PKI_CERTS(NULL));
    char advice[PIN_ADVICE_MAX] = "something from before";

    for (const char *c = advices[_i].presented; *c != '\0'; c++)
        sk_X509_push(presented, *c == 'l' ? leaf : *c == 'c' ? ca : *c == 's' ? stranger : root);
    pin_match_advise(&policy, PKI_TODAY, &peer, advices[_i].presented[0] != '\0' ? presented : NULL,
                     advice);
    if (advices[_i].words == NULL)
        ck_assert_str_eq(advice, "");
    else
        ck_assert_msg(strstr(advice, advices[_i].words) != NULL, "%s", advice);
    /* It must not help anybody to pin what was just presented. */
    ck_assert_ptr_null(strstr(advice, "sha"));
}
END_TEST

static void *nothing(void)
{
    return NULL;
}

/* Whoever cannot make a digest cannot say that it differs. */
static const struct {
    const char *function;
    struct short_pin pin;
    bool raw;
} failures[] = {
    {"EVP_Digest", KEY(LEAF_KEY, PIN_SHA256, EVER), false},
    {"EVP_Digest", CERT(LEAF_CERT, PIN_SHA512, EVER), false},
    {"EVP_Digest", CA(CA_KEY, PIN_SHA384, EVER), false},
    {"i2d_X509_PUBKEY", KEY(LEAF_KEY, PIN_SHA256, EVER), false},
    {"i2d_X509", CERT(LEAF_CERT, PIN_SHA256, EVER), false},
    {"i2d_PUBKEY", KEY(LEAF_KEY, PIN_SHA256, EVER), true},
};

START_TEST(match_that_cannot_be_made_is_an_error)
{
    struct pin room[PINS_MAX];
    const struct short_pin pins[PINS_MAX] = {failures[_i].pin};
    const struct pin_policy policy = policy_of(pins, room);
    const struct pin_leaf cert = {.cert = leaf}, raw = {.raw_key = pki_key(2)};
    const struct pin *hit = NULL;
    struct pin_error err = {0};

    open_ossl_any *was = open_ossl_swap(failures[_i].function, (open_ossl_any *)nothing);
    enum pin_match match =
        pin_match(&policy, PKI_TODAY, failures[_i].raw ? &raw : &cert, ca, &hit, &err);
    bool is_ca = pin_match_is_ca(&policy, PKI_TODAY, ca);
    open_ossl_swap(failures[_i].function, was);
    ck_assert_int_eq(match, PIN_MATCH_ERROR);
    ck_assert_int_eq(err.reason, PIN_R_INTERNAL);
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
    for (size_t i = 0; i < ROWS(shapes); i++)
        pki_key_of(shapes[i].algorithm, 0);
}

int main(void)
{
    Suite *suite = suite_create("match");
    TCase *match = tcase_create("match"), *digests = tcase_create("digests");
    TCase *advice = tcase_create("advice");

    open_ossl();
    make_keys();
    tcase_add_checked_fixture(match, set_up, pki_clear);
    SUITE_ROWS(match, match_finds_what_is_pinned_and_no_more, rows);
    tcase_add_loop_test(match, match_compares_every_bit, 0, PIN_HASHES);
    SUITE_ROWS(match, match_of_a_raw_key_is_by_key_only, raw_rows);
    SUITE_ROWS(match, match_knows_the_certificate_of_a_pinned_ca, ca_rows);
    SUITE_ROWS(match, match_that_cannot_be_made_is_an_error, failures);
    suite_add_tcase(suite, match);

    tcase_add_checked_fixture(digests, NULL, pki_clear);
    SUITE_ROWS(digests, match_digests_are_those_of_the_bytes, shapes);
    SUITE_ROWS(digests, match_sees_through_other_algorithm_identifiers, costumes);
    suite_add_tcase(suite, digests);

    tcase_add_checked_fixture(advice, set_up, pki_clear);
    SUITE_ROWS(advice, match_advises_what_would_have_hit, advices);
    suite_add_tcase(suite, advice);

    int result = suite_run(suite);
    pki_free_keys();
    return result;
}
