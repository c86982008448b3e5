/* test_match_digest.c - digests of the DER of keys and certificates. */
#include "expect.h"
#include "suite.h"

#include "open_ossl.h"
#include "pki.h"

#include <pinning/match.h>
#include <string.h>

static const EVP_MD *md_of(enum pin_hash hash)
{
    return hash == PIN_SHA256 ? EVP_sha256() : hash == PIN_SHA384 ? EVP_sha384() : EVP_sha512();
}

static void expect_match(const char *name, enum pin_match expected, enum pin_match got)
{
    expect_text(name, pin_match_name(expected), pin_match_name(got));
}

/* Algorithms of keys. */
static const struct {
    const char *name;
    enum pki_algorithm algorithm;
    int key_nid;
} shapes[] = {
    {"match/digest/ec", PKI_EC, 0},
    {"match/digest/ec-explicit-curve", PKI_EC_EXPLICIT, 0},
    {"match/digest/p521", PKI_P521, 0},
    {"match/digest/rsa", PKI_RSA, 0},
    {"match/digest/rsa-pss", PKI_RSA_PSS, 0},
    {"match/digest/ed25519", PKI_ED25519, 0},
    {"match/digest/rsa-named-pss", PKI_RSA, NID_rsassaPss},
    {"match/digest/rsa-named-oaep", PKI_RSA, NID_rsaesOaep},
    {"match/digest/ed25519-named-x25519", PKI_ED25519, NID_X25519},
    {"match/digest/ec-named-gost", PKI_EC,
     NID_id_GostR3410_2012_256}, /* one that OpenSSL cannot read */
};

START_TEST(match_digests_are_those_of_the_bytes)
{
    X509 *cert = PKI_CERT(.cn = "x", .key = pki_key_of(shapes[_i].algorithm, 0), .no_ids = true,
                          .key_nid = shapes[_i].key_nid);
    const struct pin_leaf peer = {.cert = cert};
    struct pin_error err = {0};

    for (enum pin_hash hash = PIN_SHA256; hash <= PIN_SHA512; hash++) {
        struct pin_digest expected = {.hash = hash}, got;
        pki_spki_digest(cert, md_of(hash), expected.bytes);
        ck_assert(pin_match_key_digest(&peer, hash, &got, &err));
        expect_bool(shapes[_i].name, true, memcmp(&got, &expected, sizeof got) == 0);
        pki_cert_digest(cert, md_of(hash), expected.bytes);
        ck_assert(pin_match_cert_digest(cert, hash, &got, &err));
        expect_bool(shapes[_i].name, true,
                    memcmp(got.bytes, expected.bytes, sizeof got.bytes) == 0);
    }
    ck_assert_int_eq(err.reason, PIN_OK);
}
END_TEST

static void *nothing(void)
{
    return NULL;
}

/* As in a program whose default library context has no algorithms. Without a key that OpenSSL can
 * read there is no provider to ask, and no digest. */
START_TEST(match_digests_come_from_the_provider_of_the_key)
{
    X509 *cert = PKI_CERT(.cn = "x", .key = pki_key_of(shapes[_i].algorithm, 0), .no_ids = true,
                          .key_nid = shapes[_i].key_nid);
    const struct pin_leaf peer = {.cert = cert};
    struct pin_error err = {0};

    for (enum pin_hash hash = PIN_SHA256; hash <= PIN_SHA512; hash++) {
        struct pin_digest expected = {.hash = hash}, got;
        bool readable = X509_get0_pubkey(cert) != NULL;
        pki_spki_digest(cert, md_of(hash), expected.bytes);
        open_ossl_any *was = open_ossl_swap("EVP_Digest", (open_ossl_any *)nothing);
        bool made = pin_match_key_digest(&peer, hash, &got, &err);
        open_ossl_swap("EVP_Digest", was);
        expect_bool(shapes[_i].name, readable, made);
        if (made)
            expect_bool(shapes[_i].name, true, memcmp(&got, &expected, sizeof got) == 0);
    }
}
END_TEST

/* The same key under another algorithm identifier is not the pinned key. */
static const struct {
    const char *name;
    enum pki_algorithm algorithm;
    int pinned_nid, presented_nid;
    enum pin_match match;
} identifiers[] = {
    {"match/identifier/rsa-same-hit", PKI_RSA, 0, 0, PIN_MATCH_HIT},
    {"match/identifier/rsa-as-pss-miss", PKI_RSA, 0, NID_rsassaPss, PIN_MATCH_MISS},
    {"match/identifier/pss-as-rsa-miss", PKI_RSA, NID_rsassaPss, 0, PIN_MATCH_MISS},
    {"match/identifier/named-pss-same-hit", PKI_RSA, NID_rsassaPss, NID_rsassaPss, PIN_MATCH_HIT},
    {"match/identifier/rsa-as-oaep-miss", PKI_RSA, 0, NID_rsaesOaep, PIN_MATCH_MISS},
    {"match/identifier/pss-same-hit", PKI_RSA_PSS, 0, 0, PIN_MATCH_HIT},
    {"match/identifier/pss-without-parameters-miss", PKI_RSA_PSS, 0, NID_rsassaPss,
     PIN_MATCH_MISS}, /* without its parameters */
    {"match/identifier/pss-as-rsa-encryption-miss", PKI_RSA_PSS, 0, NID_rsaEncryption,
     PIN_MATCH_MISS},
    {"match/identifier/ec-without-curve-miss", PKI_EC, 0, NID_X9_62_id_ecPublicKey,
     PIN_MATCH_MISS}, /* without its curve */
    {"match/identifier/explicit-curve-same-hit", PKI_EC_EXPLICIT, 0, 0, PIN_MATCH_HIT},
    {"match/identifier/explicit-curve-without-curve-miss", PKI_EC_EXPLICIT, 0,
     NID_X9_62_id_ecPublicKey, PIN_MATCH_MISS},
    {"match/identifier/ed25519-as-x25519-miss", PKI_ED25519, 0, NID_X25519, PIN_MATCH_MISS},
};

START_TEST(match_compares_the_algorithm_identifier)
{
    EVP_PKEY *key = pki_key_of(identifiers[_i].algorithm, 0);
    X509 *pinned =
        PKI_CERT(.cn = "x", .key = key, .no_ids = true, .key_nid = identifiers[_i].pinned_nid);
    X509 *presented =
        PKI_CERT(.cn = "x", .key = key, .no_ids = true, .key_nid = identifiers[_i].presented_nid);
    struct pin pin = {.kind = PIN_KIND_KEY, .until = PIN_DAY_NEVER};
    const struct pin_policy policy = {.pins = &pin, .count = 1};
    const struct pin_leaf peer = {.cert = presented};
    const struct pin *hit = NULL;
    struct pin_error err = {0};

    pki_spki_digest(pinned, EVP_sha256(), pin.digest.bytes);
    expect_match(identifiers[_i].name, identifiers[_i].match,
                 pin_match(&policy, PKI_TODAY, &peer, NULL, &hit, &err));
    pin.kind = PIN_KIND_CA;
    expect_bool(identifiers[_i].name, identifiers[_i].match == PIN_MATCH_HIT,
                pin_match_is_ca(&policy, PKI_TODAY, presented));
}
END_TEST

/* Keys are made once, before a test forks. */
static void make_keys(void)
{
    for (size_t i = 0; i < COUNT_OF(shapes); i++)
        pki_key_of(shapes[i].algorithm, 0);
}

int main(void)
{
    Suite *suite = suite_create("match_digest");
    TCase *digests = tcase_create("digests");

    open_ossl();
    make_keys();
    tcase_add_checked_fixture(digests, NULL, pki_clear);
    SUITE_CASES(digests, match_digests_are_those_of_the_bytes, shapes);
    SUITE_CASES(digests, match_digests_come_from_the_provider_of_the_key, shapes);
    SUITE_CASES(digests, match_compares_the_algorithm_identifier, identifiers);
    suite_add_tcase(suite, digests);

    int result = suite_run(suite);
    pki_free_keys();
    return result;
}
