/* test_chain.c - validated paths to a pinned CA, mostly paths that are not valid. */
#include "expect.h"
#include "suite.h"

#include "open_ossl.h"
#include "pki.h"
#include "test_chain_cases.h"

#include <pinning/chain.h>
#include <pinning/identity.h>
#include <stdio.h>
#include <string.h>

static X509 *made[COUNT_OF(parts)];

static void clear(void)
{
    memset(made, 0, sizeof made);
    pki_clear();
}

static size_t index_of(const char *name)
{
    size_t i = 0;
    while (i < COUNT_OF(parts) && strcmp(parts[i].name, name) != 0)
        i++;
    ck_assert_msg(i < COUNT_OF(parts), "no part %s", name);
    return i;
}

static X509 *part(const char *name)
{
    size_t i = index_of(name);
    struct pki_spec spec = parts[i].spec;

    if (made[i] != NULL)
        return made[i];
    spec.key = pki_key(parts[i].key);
    if (parts[i].issuer != NULL) {
        spec.issuer = part(parts[i].issuer);
        spec.issuer_key = pki_key(parts[index_of(parts[i].issuer)].key);
    }
    if (parts[i].signer != 0)
        spec.issuer_key = pki_key((unsigned)parts[i].signer - 1);
    return made[i] = pki_cert(&spec);
}

/* Takes the next of some words, which are cut off in place; NULL at the end. */
static char *next_word(char **words)
{
    char *word = *words + strspn(*words, " ");

    *words = word + strcspn(word, " ");
    if (**words != '\0')
        *(*words)++ = '\0';
    return *word != '\0' ? word : NULL;
}

static X509 *const *certs_of(const char *words)
{
    static X509 *lists[4][8];
    static unsigned turn;
    X509 **list = lists[turn++ % 4];
    char copy[128], *at = copy, *word;
    size_t count = 0;

    snprintf(copy, sizeof copy, "%s", words);
    while ((word = next_word(&at)) != NULL) {
        ck_assert_uint_lt(count, 7);
        list[count++] = part(word);
    }
    list[count] = NULL;
    return list;
}

static bool is_pinned(void *arg, X509 *ca)
{
    for (X509 *const *pinned = arg; *pinned != NULL; pinned++)
        if (EVP_PKEY_eq(X509_get0_pubkey(*pinned), X509_get0_pubkey(ca)) == 1)
            return true;
    return false;
}

/* "ISSUER:REVOKED" or "ISSUER:" */
static void add_crls(X509_STORE *store, const char *words)
{
    char copy[128], *at = copy, *word;

    snprintf(copy, sizeof copy, "%s", words);
    while ((word = next_word(&at)) != NULL) {
        char *revoked = strchr(word, ':');
        *revoked++ = '\0';
        X509_CRL *crl = pki_crl(part(word), pki_key(parts[index_of(word)].key),
                                *revoked != '\0' ? part(revoked) : NULL);
        ck_assert(X509_STORE_add_crl(store, crl) == 1);
    }
}

static int say_yes(int ok, X509_STORE_CTX *ctx)
{
    (void)ok;
    X509_STORE_CTX_set_error(ctx, X509_V_OK);
    return 1;
}

static X509 *validate(const struct test_case *test_case, X509_STORE *trust,
                      STACK_OF(X509) * presented, struct pin_error *err)
{
    struct pin_identity id = {.is_address = (test_case->how & IP) != 0};
    X509_VERIFY_PARAM *param = pki_param(test_case->flags);

    snprintf(id.text, sizeof id.text, "%s",
             test_case->host != NULL ? test_case->host : "a.example.com");
    if ((test_case->how & LEVEL_2) != 0)
        X509_VERIFY_PARAM_set_auth_level(param, 2);
    if ((test_case->how & LEVEL_4) != 0)
        X509_VERIFY_PARAM_set_auth_level(param, 4);
    if ((test_case->how & PARAM_AT_OLD) != 0)
        X509_VERIFY_PARAM_set_time(param, PKI_NOW - 5 * PKI_DAY_IN_SECS);

    const struct pin_chain chain = {
        .leaf = part(test_case->leaf),
        .presented = presented,
        .trust = trust,
        .param = (test_case->how & NO_PARAM) != 0 ? NULL : param,
        .reference = id.text[0] != '\0' ? id.text : NULL,
        .reference_is_address = id.is_address,
        .of_client = (test_case->how & OF_CLIENT) != 0,
        .now = PKI_NOW,
    };
    return pin_chain_validate(&chain, is_pinned, (void *)certs_of(test_case->pinned), err);
}

/* Names a case by its input. */
static const char *name_of(const struct test_case *test_case)
{
    static char name[300];

    snprintf(name, sizeof name, "chain/%s presented: %s; trusted: %s; pinned: %s", test_case->leaf,
             test_case->presented != NULL ? test_case->presented : "-",
             test_case->trust != NULL ? test_case->trust : "-", test_case->pinned);
    return name;
}

static const char *part_name(const X509 *cert)
{
    if (cert == NULL)
        return "none";
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (made[i] != NULL && X509_cmp(made[i], cert) == 0)
            return parts[i].name;
    return "another certificate";
}

static void check(const struct test_case *test_case, X509 *found, const struct pin_error *err)
{
    const char *name = name_of(test_case);

    expect_text(name, test_case->validated != NULL ? test_case->validated : "none",
                part_name(found));
    if (test_case->validated == NULL) {
        expect_text(name, pin_reason_text(PIN_R_MISMATCH), pin_reason_text(err->reason));
        ck_assert_ptr_nonnull(test_case->word);
        ck_assert_msg(strstr(err->text, test_case->word) != NULL, "%s: expected ...%s..., got %s",
                      name, test_case->word, err->text);
    }
    X509_free(found);
}

START_TEST(chain_validates_issuers_only)
{
    const struct test_case *test_case = &cases[_i];
    X509_STORE *trust = test_case->trust != NULL ? pki_store(certs_of(test_case->trust)) : NULL;
    STACK_OF(X509) *presented =
        test_case->presented != NULL ? pki_stack(certs_of(test_case->presented)) : NULL;
    struct pin_error err = {0};

    if (test_case->crls != NULL)
        add_crls(trust, test_case->crls);
    if ((test_case->how & LENIENT) != 0)
        X509_STORE_set_verify_cb(trust, say_yes);
    check(test_case, validate(test_case, trust, presented, &err), &err);
}
END_TEST

/* Fills a list with unrelated certificates of one name. */
static void make_junk(X509 **list, size_t count, const char *cn)
{
    X509 *issuer = PKI_CERT(.cn = cn, .key = pki_key(10), .ca = true);

    for (size_t i = 0; i < count; i++)
        list[i] = PKI_CERT(.cn = cn, .key = pki_key(10), .ca = true, .issuer = issuer);
}

/* A peer may send any number of certificates. */
static const struct {
    int junk, at; /* the position of the CA among them */
    bool validated;
} floods[] = {
    {0, 0, true},    {100, 0, true},   {62, 62, true},
    {100, 63, true}, {100, 64, false}, {100, 100, false},
};

START_TEST(chain_is_found_among_junk_up_to_a_limit)
{
    const struct test_case test_case = VALIDATES("leaf", NULL, "root", "root", "root");
    char name[64];
    X509 *junk[100];
    STACK_OF(X509) *presented = pki_stack(PKI_CERTS(NULL));
    struct pin_error err = {0};

    make_junk(junk, COUNT_OF(junk), "junk");
    for (int i = 0; i < floods[_i].junk; i++)
        sk_X509_push(presented, junk[i]);
    sk_X509_insert(presented, part("int"), floods[_i].at);
    X509 *found = validate(&test_case, pki_store(certs_of("root")), presented, &err);
    snprintf(name, sizeof name, "chain/%d-junk-ca-at-%d", floods[_i].junk, floods[_i].at);
    expect_bool(name, floods[_i].validated, found != NULL);
    expect_text(name, pin_reason_text(floods[_i].validated ? PIN_OK : PIN_R_MISMATCH),
                pin_reason_text(err.reason));
    X509_free(found);
}
END_TEST

/* Issuers of one name, of which one has signed. */
START_TEST(chain_with_junk_of_the_name_of_the_issuer)
{
    const struct test_case test_case = VALIDATES("leaf", NULL, "root", "root", "root");
    X509 *junk[60];
    STACK_OF(X509) *presented = pki_stack(PKI_CERTS(NULL));
    struct pin_error err = {0};

    make_junk(junk, COUNT_OF(junk), "int");
    for (size_t i = 0; i < COUNT_OF(junk); i++)
        sk_X509_push(presented, junk[i]);
    sk_X509_push(presented, part("int"));
    X509 *found = validate(&test_case, pki_store(certs_of("root")), presented, &err);
    ck_assert_msg(found != NULL, "%s", err.text); /* their key identifiers differ */
    X509_free(found);
}
END_TEST

/* The trusted certificate of the pinned key has expired; the peer presents one of its own
 * with the same name, key and better dates. It must not be accepted because the peer named so many
 * other issuers that the trusted one is not among the candidates. */
START_TEST(chain_flooded_candidates_refused)
{
    const struct test_case test_case = MISSES("oldrootleaf", NULL, NULL, "oldroot", "");
    X509 *trusted[70 + 2], *presented[6] = {NULL};
    struct pin_error err = {0};

    make_junk(trusted, 70, "junk");
    trusted[70] = part("oldroot");
    trusted[71] = NULL;
    presented[0] = part("oldrootleaf");
    presented[1] = trusted[0];
    presented[2] = part("oldrootint");
    presented[3] = PKI_CERT(.cn = "oldroot", .key = pki_key(8), .ca = true,
                            .issuer_key = pki_key(5), .issuer = part("oldroot"));
    X509 *found = validate(&test_case, pki_store(trusted), pki_stack(presented), &err);
    ck_assert_ptr_null(found);
    ck_assert_int_eq(err.reason, PIN_R_MISMATCH);
}
END_TEST

/* OpenSSL reads from a directory only what is looked up by name. */
static const char *const hashed[][5] = {
    /* leaf, presented, in the directory, pinned, validated */
    {"leaf", "leaf int", "root", "root", "root"},
    {"leaf", "leaf", "root int", "root", "root"},
    {"subleaf", "subleaf", "root int sub evil", "int", "int"},
    {"leaf", "leaf int", "falseroot root", "root", "root"},
    {"evilleaf", "evilleaf evil root", "root evil", "root", NULL},
    {"leaf", "leaf int", "evil", "root", NULL},
    {"falserootleaf", "falserootleaf falseroot", "falseroot root", "root", NULL},
    {"oldrootleaf", "oldrootleaf oldrootint oldrootbyother", "oldroot other", "oldroot",
     "oldrootbyother"},
};

START_TEST(chain_finds_its_anchor_in_a_directory)
{
    const struct test_case test_case = {
        .leaf = hashed[_i][0], .pinned = hashed[_i][3], .validated = hashed[_i][4], .word = ""};
    char dir[] = "/tmp/test_chain.XXXXXX", command[64];
    struct pin_error err = {0};

    ck_assert_ptr_nonnull(mkdtemp(dir));
    X509_STORE *trust = pki_hashed_store(dir, certs_of(hashed[_i][2]));
    X509 *found = validate(&test_case, trust, pki_stack(certs_of(hashed[_i][1])), &err);
    snprintf(command, sizeof command, "rm -r %s", dir);
    ck_assert_int_eq(system(command), 0);
    check(&test_case, found, &err);
}
END_TEST

START_TEST(chain_of_a_raw_key_is_a_mismatch)
{
    const struct pin_chain chain = {.now = PKI_NOW};
    struct pin_error err = {0};

    ck_assert_ptr_null(pin_chain_validate(&chain, is_pinned, (void *)certs_of("root"), &err));
    ck_assert_int_eq(err.reason, PIN_R_MISMATCH);
    ck_assert_ptr_nonnull(strstr(err.text, "raw public key"));
}
END_TEST

/* A fault is neither a validated path nor a mismatch of the peer. */
static void *nothing(void)
{
    return NULL;
}

static const char *const failures[] = {
    "OPENSSL_sk_new_null",
    "OPENSSL_sk_push",
    "X509_up_ref",
    "X509_STORE_new",
    "X509_STORE_add_cert",
    "X509_STORE_add_crl",
    "X509_STORE_CTX_new",
    "X509_STORE_CTX_init",
    "X509_VERIFY_PARAM_set_flags",
    "X509_VERIFY_PARAM_set_purpose",
    "X509_VERIFY_PARAM_set1_host",
};

START_TEST(chain_fault_is_an_error)
{
    const struct test_case test_case = {
        .leaf = "leaf", .pinned = "root", .flags = X509_V_FLAG_CRL_CHECK};
    X509_STORE *trust = pki_store(certs_of("root"));
    STACK_OF(X509) *presented = pki_stack(certs_of("leaf int"));
    struct pin_error err = {0};

    add_crls(trust, "int: root:");
    open_ossl_any *was = open_ossl_swap(failures[_i], (open_ossl_any *)nothing);
    X509 *found = validate(&test_case, trust, presented, &err);
    open_ossl_swap(failures[_i], was);
    ck_assert_ptr_null(found);
    ck_assert_int_eq(err.reason, PIN_R_INTERNAL);
    ck_assert_ptr_nonnull(strstr(err.text, "out of memory"));
    found = validate(&test_case, trust, presented, &(struct pin_error){0});
    ck_assert_ptr_nonnull(found);
    X509_free(found);
}
END_TEST

/* The same for each call in turn. */
static int (*real_push)(OPENSSL_STACK *, const void *);
static X509_STORE_CTX *(*real_new)(void);
static int calls_left;

static int failing_push(OPENSSL_STACK *stack, const void *data)
{
    return calls_left-- == 0 ? 0 : real_push(stack, data);
}

static X509_STORE_CTX *failing_new(void)
{
    return calls_left-- == 0 ? NULL : real_new();
}

static int fail_each(const char *function, open_ossl_any *failing,
                     const struct test_case *test_case, X509_STORE *trust,
                     STACK_OF(X509) * presented)
{
    for (int i = 0; i < 100; i++) {
        struct pin_error err = {0};
        calls_left = i;
        open_ossl_any *was = open_ossl_swap(function, failing);
        X509 *found = validate(test_case, trust, presented, &err);
        open_ossl_swap(function, was);
        ck_assert_int_eq(err.reason, found != NULL ? PIN_OK : PIN_R_INTERNAL);
        X509_free(found);
        if (calls_left >= 0)
            return i;
    }
    ck_abort_msg("%s is called without end", function);
    return 0;
}

START_TEST(chain_fault_at_any_call_is_not_a_mismatch)
{
    const struct test_case test_case = {
        .leaf = "leaf", .pinned = _i == 0 ? "root" : "int", .flags = X509_V_FLAG_CRL_CHECK};
    X509_STORE *trust = pki_store(certs_of("root"));
    STACK_OF(X509) *presented = pki_stack(certs_of("leaf int rootbyother"));

    add_crls(trust, "int: root:");
    open_ossl_any *push = open_ossl_swap("OPENSSL_sk_push", (open_ossl_any *)failing_push);
    open_ossl_swap("OPENSSL_sk_push", push);
    real_push = (int (*)(OPENSSL_STACK *, const void *))push;
    open_ossl_any *new = open_ossl_swap("X509_STORE_CTX_new", (open_ossl_any *)failing_new);
    open_ossl_swap("X509_STORE_CTX_new", new);
    real_new = (X509_STORE_CTX * (*)(void)) new;
    ck_assert_int_gt(
        fail_each("OPENSSL_sk_push", (open_ossl_any *)failing_push, &test_case, trust, presented),
        5);
    ck_assert_int_gt(
        fail_each("X509_STORE_CTX_new", (open_ossl_any *)failing_new, &test_case, trust, presented),
        1);
}
END_TEST

/* A root stored as TRUSTED CERTIFICATE says for what it is trusted, or rejected. */
static const struct {
    const char *name;
    int trusted, rejected; /* NIDs, or 0 */
    bool of_client, validates;
} purposes[] = {
    {"chain/trusted-for-servers-validates", NID_server_auth, 0, false, true},
    {"chain/trusted-for-any-validates", NID_anyExtendedKeyUsage, 0, false, true},
    {"chain/trusted-for-mail-misses", NID_email_protect, 0, false, false},
    {"chain/trusted-for-clients-misses-a-server", NID_client_auth, 0, false, false},
    {"chain/rejected-for-servers-misses", 0, NID_server_auth, false, false},
    {"chain/rejected-for-clients-validates-a-server", 0, NID_client_auth, false, true},
    {"chain/trusted-for-clients-validates-a-client", NID_client_auth, 0, true, true},
    {"chain/trusted-for-servers-misses-a-client", NID_server_auth, 0, true, false},
    {"chain/rejected-for-clients-misses", 0, NID_client_auth, true, false},
};

START_TEST(chain_follows_the_purposes_of_a_trusted_certificate)
{
    const struct test_case test_case = {
        .leaf = "leaf", .pinned = "root", .how = purposes[_i].of_client ? OF_CLIENT : 0};
    X509 *root = X509_dup(part("root"));
    struct pin_error err = {0};

    if (purposes[_i].trusted != 0)
        X509_add1_trust_object(root, OBJ_nid2obj(purposes[_i].trusted));
    if (purposes[_i].rejected != 0)
        X509_add1_reject_object(root, OBJ_nid2obj(purposes[_i].rejected));
    X509 *found = validate(&test_case, pki_store((X509 *[]){root, NULL}),
                           pki_stack(certs_of("leaf int")), &err);
    ck_assert_msg((found != NULL) == purposes[_i].validates, "%s: got %s", purposes[_i].name,
                  found != NULL ? "a path" : err.text);
    if (found == NULL)
        ck_assert_int_eq(err.reason, PIN_R_MISMATCH);
    X509_free(found);
    X509_free(root);
}
END_TEST

/* The input is not changed. */
START_TEST(chain_input_is_unchanged)
{
    const struct test_case test_case = VALIDATES("leaf", NULL, "root", "root", "root");
    X509_STORE *trust = pki_store(certs_of("root"));
    STACK_OF(X509) *presented = pki_stack(certs_of("leaf int"));
    struct pin_error err = {0};

    X509_free(validate(&test_case, trust, presented, &err));
    ck_assert_int_eq(sk_X509_num(presented), 2);
    ck_assert_int_eq(sk_X509_OBJECT_num(X509_STORE_get0_objects(trust)), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chain");
    TCase *table = tcase_create("table"), *other = tcase_create("other");

    open_ossl();
    for (unsigned i = 0; i < 12; i++)
        pki_key(i);
    tcase_add_checked_fixture(table, NULL, clear);
    SUITE_CASES(table, chain_validates_issuers_only, cases);
    suite_add_tcase(suite, table);

    tcase_add_checked_fixture(other, NULL, clear);
    SUITE_CASES(other, chain_is_found_among_junk_up_to_a_limit, floods);
    tcase_add_test(other, chain_with_junk_of_the_name_of_the_issuer);
    tcase_add_test(other, chain_flooded_candidates_refused);
    SUITE_CASES(other, chain_finds_its_anchor_in_a_directory, hashed);
    tcase_add_test(other, chain_of_a_raw_key_is_a_mismatch);
    SUITE_CASES(other, chain_fault_is_an_error, failures);
    tcase_add_loop_test(other, chain_fault_at_any_call_is_not_a_mismatch, 0, 2);
    SUITE_CASES(other, chain_follows_the_purposes_of_a_trusted_certificate, purposes);
    tcase_add_test(other, chain_input_is_unchanged);
    suite_add_tcase(suite, other);

    int result = suite_run(suite);
    pki_free_keys();
    return result;
}
