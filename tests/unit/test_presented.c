/*
 * test_presented.c - presented identifiers of a certificate, and names that are none.
 *
 * A case is named by the first name of the certificate, or its common name.
 */
#include "expect.h"
#include "suite.h"

#include "open_ossl.h"
#include "pki.h"

#include <pinning/identity.h>
#include <stdio.h>
#include <string.h>

#define DNS(text)                                                                                  \
    {                                                                                              \
        GEN_DNS, text, sizeof text - 1                                                             \
    }
#define IP(text)                                                                                   \
    {                                                                                              \
        GEN_IPADD, text, sizeof text - 1                                                           \
    }
#define LONG_LABEL "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk" /* 63 */
#define LONG_HOST  LONG_LABEL "." LONG_LABEL "." LONG_LABEL "." LONG_LABEL           /* 255 */

static const struct {
    struct pki_name names[4];
    const char *cn; /* with cn_len, NULs and all */
    size_t cn_len;
    int cn_type;
    const char *cn2;
    const char *presented_ids; /* in order, with blanks between them */
} cases[] = {
    {.presented_ids = ""},
    {{DNS("a.example.com")}, .presented_ids = "a.example.com"},
    {{DNS("a.example.com"), DNS("b.example.com")}, .presented_ids = "a.example.com b.example.com"},
    {{DNS("A.Example.COM"), DNS("b.example.com.")}, .presented_ids = "a.example.com b.example.com"},
    {{DNS("a.example.com"), DNS("A.EXAMPLE.COM"), DNS("a.example.com.")},
     .presented_ids = "a.example.com"},
    {{DNS("xn--bcher-kva.example")}, .presented_ids = "xn--bcher-kva.example"},
    {{DNS("localhost")}, .presented_ids = "localhost"},
    {{DNS("a_b.example.com")}, .presented_ids = "a_b.example.com"},
    /* A wildcard counts as its parent. */
    {{DNS("*.example.com")}, .presented_ids = "example.com"},
    {{DNS("*.example.com"), DNS("example.com")}, .presented_ids = "example.com"},
    {{DNS("*.com")}, .presented_ids = "com"},
    {{DNS("*.EXAMPLE.com.")}, .presented_ids = "example.com"},
    {{DNS("*"), DNS("*."), DNS("*..com"), DNS("*.*.example.com")}, .presented_ids = ""},
    {{DNS("f*.example.com"), DNS("a.*.example.com"), DNS("**.example.com")}, .presented_ids = ""},
    {{DNS("*a.example.com"), DNS("*.*")}, .presented_ids = ""},
    /* Addresses, also where a host should stand. */
    {{IP("\xc0\x00\x02\x01")}, .presented_ids = "192.0.2.1"},
    {{IP("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01")}, .presented_ids = "2001:db8::1"},
    {{IP("\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01")}, .presented_ids = "192.0.2.1"},
    {{IP("\xc0\x00\x02\x01"), DNS("192.0.2.1")}, .presented_ids = "192.0.2.1"},
    {{DNS("192.0.2.1")}, .presented_ids = "192.0.2.1"},
    {{DNS("*.0.2.1")}, .presented_ids = "0.2.0.1"}, /* all forms of inet_aton(3) */
    {{IP(""), IP("\xc0\x00\x02"), IP("\xc0\x00\x02\x01\xff\xff\xff\xff"),
      IP("\xc0\x00\x02\x01\0\0\0\0\0\0\0\0\0\0\0\0\0")},
     .presented_ids = ""},
    /* Names that cannot be the name of a file. */
    {{DNS("a.example.com\0.evil.com")}, .presented_ids = ""},
    {{DNS("\0a.example.com"), DNS("a.example.com\0")}, .presented_ids = ""},
    {{DNS(""), DNS("."), DNS(".."), DNS(".example.com")}, .presented_ids = ""},
    {{DNS("a..example.com"), DNS("a.example.com.."), DNS("a b"), DNS(" a.example.com")},
     .presented_ids = ""},
    {{DNS("../a"), DNS("a/b"), DNS("/etc/passwd"), DNS("a\\b")}, .presented_ids = ""},
    {{DNS("_default"), DNS("_nameless"), DNS("_store"), DNS("*._default")}, .presented_ids = ""},
    {{DNS("_DEFAULT"), DNS("_default."), DNS("*._nameless.")}, .presented_ids = ""},
    {{DNS("a\n"), DNS("\xc3\xa4.example.com"), DNS("a:b"), DNS("a@example.com")},
     .presented_ids = ""},
    {{DNS(LONG_HOST), DNS("x" LONG_LABEL ".com")}, .presented_ids = ""},
    {{DNS(LONG_LABEL ".com")}, .presented_ids = LONG_LABEL ".com"},
    {{{GEN_URI, "https://a.example.com", 21}, {GEN_EMAIL, "x@a.example.com", 15}},
     .presented_ids = ""},
    {{DNS("a\0b"), DNS("b.example.com")},
     .presented_ids = "b.example.com"}, /* the others still count */
    /* The common name counts too, with and without other names. */
    {.cn = "a.example.com", .presented_ids = "a.example.com"},
    {.cn = "*.example.com", .presented_ids = "example.com"},
    {.cn = "192.0.2.1", .presented_ids = "192.0.2.1"},
    {{DNS("b.example.com")}, .cn = "a.example.com", .presented_ids = "b.example.com a.example.com"},
    {{DNS("a.example.com")}, .cn = "A.EXAMPLE.com", .presented_ids = "a.example.com"},
    {.cn = "a.example.com", .cn2 = "b.example.com", .presented_ids = "a.example.com b.example.com"},
    {.cn = "A Company, Inc.", .presented_ids = ""},
    {.cn = "a.example.com\0.evil.com", .cn_len = 23, .presented_ids = ""},
    {.cn = "a.example.com\0", .cn_len = 14, .presented_ids = ""},
    {.cn = "_default", .presented_ids = ""},
    {.cn = "\xc3\xa4.example.com", .presented_ids = ""},
    {.cn = "\0a\0.\0b", .cn_len = 6, .cn_type = V_ASN1_BMPSTRING, .presented_ids = "a.b"},
    {.cn = "\0a\1a\0b", .cn_len = 6, .cn_type = V_ASN1_BMPSTRING, .presented_ids = ""},
    {.cn = "\0\0\0a\0\0\0.\0\0\0b",
     .cn_len = 12,
     .cn_type = V_ASN1_UNIVERSALSTRING,
     .presented_ids = "a.b"},
    {.cn = "a.example.com", .cn_type = V_ASN1_PRINTABLESTRING, .presented_ids = "a.example.com"},
    {.cn = "a.example.com", .cn_type = V_ASN1_T61STRING, .presented_ids = "a.example.com"},
    {.cn = "a.example.com", .cn_type = V_ASN1_IA5STRING, .presented_ids = "a.example.com"},
};

static const char *name_of(const struct pki_name *first, const char *cn)
{
    return first->type != 0
               ? case_name("presented", first->bytes, first->len)
               : case_name("presented/cn", cn != NULL ? cn : "", cn != NULL ? strlen(cn) : 0);
}

static void join(const struct pin_names *names, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < names->count; i++) {
        used += (size_t)snprintf(out + used, size - used, "%s%s", i == 0 ? "" : " ",
                                 names->list[i].text);
        ck_assert_uint_lt(used, size);
    }
}

START_TEST(leaf_presents_exactly_these_ids)
{
    size_t count = 0;
    while (count < 4 && cases[_i].names[count].type != 0)
        count++;
    X509 *cert =
        PKI_CERT(.cn = cases[_i].cn, .cn_len = cases[_i].cn_len, .cn_type = cases[_i].cn_type,
                 .cn2 = cases[_i].cn2, .names = cases[_i].names, .name_count = count);
    struct pin_names names = {0};
    struct pin_error err = {0};
    char presented_ids[1024];

    const char *name = name_of(cases[_i].names, cases[_i].cn);

    expect_bool(name, true, pin_presented_ids(cert, &names, &err));
    expect_text(name, "no error", pin_reason_text(err.reason));
    join(&names, presented_ids, sizeof presented_ids);
    expect_text(name, cases[_i].presented_ids, presented_ids);
    for (size_t i = 0; i < names.count; i++) {
        char family = names.list[i].text[0]; /* no host of the table begins so */
        ck_assert_int_eq(names.list[i].is_address, (family >= '0' && family <= '9'));
    }
    pin_names_clear(&names);
}
END_TEST

/* So many DNS names of a form, and a common name. */
static const struct {
    unsigned count;
    const char *form, *cn;
    size_t presented;
} many[] = {
    {64, "n%u.example.com", NULL, 64},
    {65, "n%u.example.com", NULL, 65},
    {3000, "n%u.example.com", NULL, 3000},
    {3000, "n%u.example.com", "a.example.com", 3001},
    {3000, "n%u.example.com", "n7.example.com", 3000},
    {3000, "n%u.example.com", "no host", 3000},
    {3000, "*.n%u.example.com", NULL, 3000},
    {200, "192.0.2.%u", NULL, 200},
    {3000, "a.example.com", NULL, 1},
    {3000, "no host %u", "a.example.com", 1},
};

START_TEST(every_name_of_a_leaf_counts)
{
    static char texts[3000][40];
    char name[80];
    static struct pki_name list[3000];
    struct pin_names names = {0};
    struct pin_error err = {0};

    for (unsigned i = 0; i < many[_i].count; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(texts[i], sizeof texts[i], many[_i].form, i);
#pragma GCC diagnostic pop
        list[i] = (struct pki_name){GEN_DNS, texts[i], strlen(texts[i])};
    }
    X509 *cert = PKI_CERT(.cn = many[_i].cn, .names = list, .name_count = many[_i].count);
    snprintf(name, sizeof name, "presented/%u of %s, cn %s", many[_i].count, many[_i].form,
             many[_i].cn != NULL ? many[_i].cn : "-");
    expect_bool(name, true, pin_presented_ids(cert, &names, &err));
    expect_number(name, (long long)many[_i].presented, (long long)names.count);
    pin_names_clear(&names);
}
END_TEST

/* Addresses count like hosts. */
START_TEST(every_address_of_a_leaf_counts)
{
    static char bytes[65][4];
    static struct pki_name list[65];
    struct pin_names names = {0};
    struct pin_error err = {0};

    for (unsigned i = 0; i < COUNT_OF(list); i++) {
        memcpy(bytes[i], (char[]){10, 0, 0, (char)i}, 4);
        list[i] = (struct pki_name){GEN_IPADD, bytes[i], 4};
    }
    ck_assert(pin_presented_ids(PKI_CERT(.names = list, .name_count = 65), &names, &err));
    ck_assert_uint_eq(names.count, 65);
    pin_names_clear(&names);
}
END_TEST

/* An extension that cannot be read could contain any name. */
#define RAW(text) text, sizeof text - 1
static const struct {
    const char *bytes;
    size_t len;
    bool twice, refused;
} raws[] = {
    {RAW("\x30\x03\x82\x01"
         "a"),
     false, false},
    {RAW("\x30\x00"), false, false}, /* no name at all is not malformed */
    {RAW(""), false, true},
    {RAW("\x30"), false, true},
    {RAW("\x30\x7f\x82\x01"
         "a"),
     false, true},
    {RAW("\x30\x03\x82\x05"
         "a"),
     false, true},
    {RAW("\x30\x02\x82"), false, true},
    {RAW("\x31\x03\x82\x01"
         "a"),
     false, true},
    {RAW("\x82\x01"
         "a"),
     false, true},
    {RAW("\x04\x03"
         "abc"),
     false, true},
    {RAW("\x30\x03\x9e\x01"
         "a"),
     false, true}, /* a type of name that does not exist */
    {RAW("a.example.com"), false, true},
    {RAW("\xff\xff\xff\xff\xff\xff\xff\xff"), false, true},
    {RAW("\x30\x03\x82\x01"
         "a"),
     true, true}, /* which of the two? */
};

START_TEST(leaf_of_malformed_names_is_refused)
{
    X509 *cert = PKI_CERT(.cn = "b", .raw_san = raws[_i].bytes, .raw_san_len = raws[_i].len,
                          .san_twice = raws[_i].twice);
    struct pin_names names = {0};
    struct pin_error err = {0};

    const char *name = case_name("presented/extension", raws[_i].bytes, raws[_i].len);

    expect_bool(name, !raws[_i].refused, pin_presented_ids(cert, &names, &err));
    if (raws[_i].refused) {
        expect_text(name, pin_reason_text(PIN_R_NAMES), pin_reason_text(err.reason));
        ck_assert_ptr_nonnull(strstr(err.text, "malformed"));
    } else {
        ck_assert_str_eq(names.list[names.count - 1].text, "b");
    }
    pin_names_clear(&names);
}
END_TEST

static const struct {
    const char *san, *cn, *id;
    bool is_address, matches;
} leaves[] = {
    {"DNS:a.example.com", NULL, "a.example.com", false, true},
    {"DNS:A.EXAMPLE.COM", NULL, "a.example.com", false, true},
    {"DNS:b.example.com,DNS:a.example.com", NULL, "a.example.com", false, true},
    {"DNS:*.example.com", NULL, "a.example.com", false, true},
    {NULL, "a.example.com", "a.example.com", false, true},
    {"IP:192.0.2.1", NULL, "192.0.2.1", true, true},
    {"IP:2001:db8::1", NULL, "2001:db8::1", true, true},
    {"DNS:a.example.com", NULL, "b.example.com", false, false},
    {"DNS:a.example.com", NULL, "example.com", false, false},
    {"DNS:a.example.com", NULL, "x.a.example.com", false, false},
    {"DNS:example.com", NULL, "a.example.com", false, false},
    {"DNS:*.example.com", NULL, "example.com", false, false},
    {"DNS:*.example.com", NULL, "a.b.example.com", false, false},
    {"DNS:b.example.com", "a.example.com", "a.example.com", false, false},
    {NULL, "b.example.com", "a.example.com", false, false},
    {NULL, NULL, "a.example.com", false, false},
    {"IP:192.0.2.1", NULL, "192.0.2.2", true, false},
    {"DNS:192.0.2.1", NULL, "192.0.2.1", true, false},
    {NULL, "192.0.2.1", "192.0.2.1", true, false},
    {"IP:192.0.2.1", NULL, "a.example.com", false, false},
    {"IP:192.0.2.1", NULL, "2001:db8::1", true, false},
    {"email:x@a.example.com", NULL, "a.example.com", false, false},
};

START_TEST(leaf_matches_as_openssl_decides)
{
    X509 *cert = PKI_CERT(.cn = leaves[_i].cn, .san = leaves[_i].san);
    struct pin_identity id = {.is_address = leaves[_i].is_address};

    snprintf(id.text, sizeof id.text, "%s", leaves[_i].id);
    char name[120];

    snprintf(name, sizeof name, "matches/%s in san %s, cn %s", leaves[_i].id,
             leaves[_i].san != NULL ? leaves[_i].san : "-",
             leaves[_i].cn != NULL ? leaves[_i].cn : "-");
    expect_bool(name, leaves[_i].matches, pin_leaf_matches(cert, &id));
}
END_TEST

#define MAIL(text)                                                                                 \
    {                                                                                              \
        GEN_EMAIL, text, sizeof text - 1                                                           \
    }
#define LOCAL_190 "x" LONG_LABEL LONG_LABEL LONG_LABEL

/* A client may present mail addresses, but no addresses of machines. */
static const struct {
    struct pki_name names[4];
    const char *cn;
    const char *presented_ids;
} client_rows[] = {
    {{DNS("a.example.com"), MAIL("alice@example.com")}, NULL, "a.example.com alice@example.com"},
    {{MAIL("Alice@Example.COM"), MAIL("AZ@example.com.")},
     NULL,
     "alice@example.com az@example.com"},
    {{MAIL("a.b_c%d+e-9@example.com")}, NULL, "a.b_c%d+e-9@example.com"},
    {{MAIL("09azAZ@127.1")}, NULL, "09azaz@127.0.0.1"},
    {{MAIL(LOCAL_190 "@" LONG_LABEL)}, NULL, ""},
    {{MAIL(LONG_LABEL LONG_LABEL LONG_LABEL "@" LONG_LABEL)},
     NULL,
     LONG_LABEL LONG_LABEL LONG_LABEL "@" LONG_LABEL},
    {{MAIL("alice@example.com"), MAIL("ALICE@example.com")}, NULL, "alice@example.com"},
    {{MAIL("a@b@example.com"), MAIL("@example.com"), MAIL("alice@"), MAIL("@")}, NULL, ""},
    {{MAIL("../a@example.com"), MAIL("a/b@example.com"), MAIL(".a@example.com"), MAIL("a@../b")},
     NULL,
     ""},
    {{MAIL("a b@example.com"), MAIL("a\0@example.com"), MAIL("alice@example.com\0.evil.com"),
      MAIL("\xc3\xa4@example.com")},
     NULL,
     ""},
    {{MAIL("\"a\"@example.com"), MAIL("a:b@example.com"), MAIL("a@ex ample.com"), MAIL("a@_x")},
     NULL,
     ""},
    {{MAIL("a`b@x"), MAIL("a{b@x"), MAIL("a\nb@x"), MAIL("a;b@x")}, NULL, ""},
    {{MAIL("a.example.com"), MAIL("*@example.com"), MAIL("")}, NULL, ""},
    {{DNS("alice@example.com")}, NULL, ""},
    {.cn = "alice@example.com", .presented_ids = "alice@example.com"},
    {.cn = "a.example.com", .presented_ids = "a.example.com"},
    {.cn = "Alice", .presented_ids = "alice"},
    {.cn = "Alice Smith", .presented_ids = ""},
    {{MAIL("alice@example.com")}, "bob@example.com", "alice@example.com bob@example.com"},
    {{DNS("*.example.com")}, NULL, "example.com"},
};

START_TEST(leaf_of_a_client_presents_exactly_these_ids)
{
    size_t count = 0;
    while (count < 4 && client_rows[_i].names[count].type != 0)
        count++;
    X509 *cert =
        PKI_CERT(.cn = client_rows[_i].cn, .names = client_rows[_i].names, .name_count = count);
    struct pin_names names = {0};
    struct pin_error err = {0};
    char presented_ids[1024];

    const char *name = name_of(client_rows[_i].names, client_rows[_i].cn);

    expect_bool(name, true, pin_presented_client_ids(cert, &names, &err));
    join(&names, presented_ids, sizeof presented_ids);
    expect_text(name, client_rows[_i].presented_ids, presented_ids);
    for (size_t i = 0; i < names.count; i++)
        ck_assert(!names.list[i].is_address);
    pin_names_clear(&names);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("presented");
    TCase *names = tcase_create("names"), *matches = tcase_create("matches");

    open_ossl();
    pki_key(0);
    tcase_add_checked_fixture(names, NULL, pki_clear);
    SUITE_CASES(names, leaf_presents_exactly_these_ids, cases);
    SUITE_CASES(names, every_name_of_a_leaf_counts, many);
    tcase_add_test(names, every_address_of_a_leaf_counts);
    SUITE_CASES(names, leaf_of_malformed_names_is_refused, raws);
    SUITE_CASES(names, leaf_of_a_client_presents_exactly_these_ids, client_rows);
    suite_add_tcase(suite, names);

    tcase_add_checked_fixture(matches, NULL, pki_clear);
    SUITE_CASES(matches, leaf_matches_as_openssl_decides, leaves);
    suite_add_tcase(suite, matches);

    int result = suite_run(suite);
    pki_free_keys();
    return result;
}
