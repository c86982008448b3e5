/* test_identity.c - canonical hosts and addresses. Most cases are named by the name that is parsed.
 */
#include "expect.h"
#include "suite.h"

#include <pinning/identity.h>
#include <stdio.h>
#include <string.h>

#define BYTES(text) text, sizeof(text) - 1 /* the text may contain a NUL */

#define L16  "abcdefghijklmnop"
#define L63  L16 L16 L16 "abcdefghijklmno"
#define L64  L16 L16 L16 L16
#define L61  L16 L16 L16 "abcdefghijklm"
#define N253 L63 "." L63 "." L63 "." L61
#define N254 L63 "." L63 "." L63 "." L61 "x"

static const struct {
    const char *name;
    size_t len;
    const char *host;
} hosts[] = {
    {BYTES("example.com"), "example.com"},
    {BYTES("example.com."), "example.com"},
    {BYTES("A.B"), "a.b"},
    {BYTES("API.Example.COM."), "api.example.com"},
    {BYTES("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "abcdefghijklmnopqrstuvwxyz"},
    {BYTES("localhost"), "localhost"},
    {BYTES("x"), "x"},
    {BYTES("xn--bcher-kva.example"), "xn--bcher-kva.example"},
    {BYTES("_dmarc.example.com"), "_dmarc.example.com"},
    {BYTES("_default.example"), "_default.example"},
    {BYTES("x._default"), "x._default"},
    {BYTES("a_b"), "a_b"},
    {BYTES("-a.b-"), "-a.b-"}, /* the DNS tolerates it */
    {BYTES("1.example"), "1.example"},
    {BYTES("1.2.3.4.in-addr.arpa"), "1.2.3.4.in-addr.arpa"},
    {BYTES("0x7f.com"), "0x7f.com"},
    {BYTES("1a"), "1a"},
    {BYTES("0xfg"), "0xfg"},
    {BYTES("1.2.3.-4"), "1.2.3.-4"}, /* inet_aton(3) takes no sign */
    {BYTES("1.2.3.4_"), "1.2.3.4_"},
    {BYTES("deadbeef"), "deadbeef"},
    {BYTES(L63 ".x"), L63 ".x"},
    {BYTES(N253), N253},
    {BYTES(N253 "."), N253},
};

START_TEST(host_is_canonical)
{
    struct pin_identity id;

    memset(&id, 0x55, sizeof id);
    const char *name = case_name("host", hosts[_i].name, hosts[_i].len);
    expect_bool(name, true, pin_identity_parse(hosts[_i].name, hosts[_i].len, &id));
    expect_text(name, hosts[_i].host, id.text);
    expect_bool(name, false, id.is_address);
}
END_TEST

static const struct {
    const char *name;
    const char *address;
} addresses[] = {
    {"1.2.3.4", "1.2.3.4"},
    {"1.2.3.4.", "1.2.3.4"},
    {"127.1", "127.0.0.1"},
    {"127.0.1", "127.0.0.1"},
    {"2130706433", "127.0.0.1"},
    {"0x7f.1", "127.0.0.1"},
    {"0X7F.0X0.0x0.01", "127.0.0.1"},
    {"0x7f000001", "127.0.0.1"},
    {"017700000001", "127.0.0.1"},
    {"010.8.8.8", "8.8.8.8"},
    {"0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"4294967295", "255.255.255.255"},
    {"::1", "::1"},
    {"::", "::"},
    {"0:0:0:0:0:0:0:1", "::1"},
    {"2001:DB8:0:0:0:0:0:A", "2001:db8::a"},
    {"2001:0db8::000a", "2001:db8::a"},
    {"fe80::1%eth0", "fe80::1"},
    {"fe80::1%25eth0", "fe80::1"},
    {"fe80::1%3", "fe80::1"},
    {"::ffff:1.2.3.4", "1.2.3.4"},
    {"::FFFF:102:304", "1.2.3.4"},
    {"0:0:0:0:0:ffff:1.2.3.4", "1.2.3.4"},
    {"::ffff:1.2.3.4%eth0", "1.2.3.4"},
    {"64:ff9b::1.2.3.4", "64:ff9b::102:304"},
};

START_TEST(address_is_canonical)
{
    struct pin_identity id, again;

    memset(&id, 0x55, sizeof id);
    const char *name = addresses[_i].name;
    expect_bool(name, true, pin_identity_parse(name, strlen(name), &id));
    expect_text(name, addresses[_i].address, id.text);
    expect_bool(name, true, id.is_address);
    ck_assert(pin_identity_parse(id.text, strlen(id.text), &again));
    ck_assert(pin_identity_equal(&id, &again));
    ck_assert_ptr_null(pin_identity_parent(&id, id.text));
}
END_TEST

static const struct {
    const char *name;
    size_t len;
} no_identity[] = {
    /* Nothing, dots and lengths. */
    {BYTES("")},
    {BYTES(".")},
    {BYTES("..")},
    {BYTES("a..")},
    {BYTES("a..b")},
    {BYTES(".a")},
    {BYTES(".example.com")},
    {BYTES("a...b")},
    {BYTES("1.2.3.4..")},
    {BYTES(L64)},
    {BYTES(L64 ".x")},
    {BYTES("x." L64)},
    {BYTES(N254)},
    {BYTES(N254 ".")},
    {BYTES(N253 "..")},
    {BYTES(N253 "." N253)},
    /* Names that must never be part of a path. */
    {BYTES("/")},
    {BYTES("a/b")},
    {BYTES("../a")},
    {BYTES("../../etc/passwd")},
    {BYTES("a/../b")},
    {BYTES("a\\b")},
    {BYTES("a\0b")},
    {BYTES("\0")},
    {BYTES("a\0")},
    {BYTES("example.com\0.evil.example")},
    {BYTES("1.2.3.4\0")},
    {BYTES("::1\0")},
    {BYTES("::1%\0")},
    {BYTES("::1%eth0\0")},
    {BYTES("::1%../../x")},
    /* The names of the store's own files. */
    {BYTES("_default")},
    {BYTES("_default.")},
    {BYTES("_DEFAULT")},
    {BYTES("_nameless")},
    {BYTES("_store")},
    {BYTES("_")},
    {BYTES("_x")},
    /* Other bytes. */
    {BYTES("b\xc3\xbc"
           "cher.example")},
    {BYTES("example\xe3\x80\x82"
           "com")}, /* the ideographic full stop */
    {BYTES("a\xff")},
    {BYTES("*.x")},
    {BYTES("*")},
    {BYTES("a b")},
    {BYTES(" a")},
    {BYTES("a ")},
    {BYTES("a\n")},
    {BYTES("a\t")},
    {BYTES("a\x7f")},
    {BYTES("a%41")},
    {BYTES("a@b")},
    {BYTES("a,b")},
    {BYTES("a+b")},
    {BYTES("https://a")},
    /* Almost addresses. */
    {BYTES("a:443")},
    {BYTES("1.2.3.4:443")},
    {BYTES("[::1]")},
    {BYTES("[1.2.3.4]")},
    {BYTES("::1.")},
    {BYTES(":")},
    {BYTES(":::")},
    {BYTES("1::2::3")},
    {BYTES("::g")},
    {BYTES("::1 ")},
    {BYTES(" ::1")},
    {BYTES("::1/64")},
    {BYTES("::1%")},
    {BYTES("::1%a b")},
    {BYTES("%eth0:")},
    {BYTES("1:2:3:4:5:6:7:8:9")},
    {BYTES("0000:0000:0000:0000:0000:0000:0000:0000:0000:0001")},
    {BYTES("::ffff:1.2.3")},
    {BYTES("::ffff:1.2.3.4.5")},
    {BYTES("1.2.3.4%eth0")},
    {BYTES("1.2.3.4 ")},
    {BYTES("1.2.3.4 x")}, /* inet_aton(3) of glibc takes it */
    {BYTES("1.2.3.4\tx")},
    {BYTES("1.2.3.4\nx")},
    {BYTES("1.2.3.4/8")},
    {BYTES("1.2.3.4.5")},
    {BYTES("1.2.3.256")},
    {BYTES("256.1.1.1")},
    {BYTES("1.2.65536")},
    {BYTES("4294967296")},
    {BYTES("99999999999999999999999")},
    {BYTES("08")},
    {BYTES("1.2.3.08")},
    {BYTES("0x")},
    {BYTES("1.0x")},
    {BYTES("0x100000000")},
    {BYTES("foo.1")},
    {BYTES("foo.0x1")},
    {BYTES("foo.1.")},
    {BYTES("1..2")},
    {BYTES("\xef\xbc\x91.2.3.4")}, /* a full-width 1 */
};

START_TEST(name_is_refused)
{
    struct pin_identity id, untouched;

    memset(&id, 0x55, sizeof id);
    untouched = id;
    expect_bool(case_name("refused", no_identity[_i].name, no_identity[_i].len), false,
                pin_identity_parse(no_identity[_i].name, no_identity[_i].len, &id));
    ck_assert_int_eq(memcmp(&id, &untouched, sizeof id), 0);
}
END_TEST

/* Every byte in the middle of a host: 26 letters twice, 10 digits, '-', '_' and '.', no others;
 * and no NUL is needed behind the last byte. */
START_TEST(host_of_every_byte)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    for (int byte = 0; byte < 256; byte++) {
        struct pin_identity id;
        const char name[] = {'a', (char)byte, 'b', '/'};
        bool expected = byte != 0 && strchr(good, byte) != NULL;
        ck_assert_msg(pin_identity_parse(name, 3, &id) == expected, "byte %d", byte);
    }
}
END_TEST

static const struct {
    const char *bytes;
    size_t len;
    const char *text; /* NULL: refused */
} binary[] = {
    {BYTES("\x7f\0\0\1"), "127.0.0.1"},
    {BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"), "::1"},
    {BYTES("\0\0\0\0\0\0\0\0\0\0\xff\xff\1\2\3\4"), "1.2.3.4"},
    {BYTES("\0\0\0\0\0\0\0\0\1\0\xff\xff\1\2\3\4"), "::100:ffff:102:304"},
    {BYTES("\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1"), "fe80::1"},
    {BYTES(""), NULL},
    {BYTES("\1\2\3"), NULL},
    {BYTES("\1\2\3\4\5"), NULL},
    {BYTES("\1\2\3\4\5\6\7\0\1\2\3\4\5\6\7"), NULL},
    {BYTES("\1\2\3\4\5\6\7\0\1\2\3\4\5\6\7\0\1"), NULL},
};

START_TEST(address_of_bytes)
{
    struct pin_identity id, untouched;
    const unsigned char *bytes = (const unsigned char *)binary[_i].bytes;
    bool ok;

    memset(&id, 0x55, sizeof id);
    untouched = id;
    ok = pin_identity_from_address(bytes, binary[_i].len, &id);
    expect_bool(case_name("bytes", binary[_i].bytes, binary[_i].len), binary[_i].text != NULL, ok);
    if (!ok) {
        ck_assert_int_eq(memcmp(&id, &untouched, sizeof id), 0);
        return;
    }
    expect_text(case_name("bytes", binary[_i].bytes, binary[_i].len), binary[_i].text, id.text);
    ck_assert(id.is_address);
}
END_TEST

static struct pin_identity identity(const char *name)
{
    struct pin_identity id;
    ck_assert_msg(pin_identity_parse(name, strlen(name), &id), "%s", name);
    return id;
}

static const struct {
    const char *a, *b;
    bool equal;
} pairs[] = {
    {"a.b", "A.B.", true},
    {"127.1", "127.0.0.1", true},
    {"::ffff:1.2.3.4", "1.2.3.4", true},
    {"fe80::1%eth0", "fe80::1%eth1", true},
    {"a.b", "a.c", false},
    {"a.b", "x.a.b", false},
    {"a.b", "a.bb", false},
    {"::1", "::2", false},
    {"1.2.3.4", "4.3.2.1", false},
};

START_TEST(identities_are_equal_or_not)
{
    const struct pin_identity a = identity(pairs[_i].a), b = identity(pairs[_i].b);

    char name[64];

    snprintf(name, sizeof name, "equal/%s and %s", pairs[_i].a, pairs[_i].b);
    expect_bool(name, pairs[_i].equal, pin_identity_equal(&a, &b));
    expect_bool(name, pairs[_i].equal, pin_identity_equal(&b, &a));
}
END_TEST

static const struct {
    const char *name;
    const char *parents; /* each followed by a blank */
} walks[] = {
    {"a.b.example.com", "b.example.com example.com com "},
    {"com", ""},
    {"_dmarc.example.com", "example.com com "},
    {"a._tcp.example", "_tcp.example example "},
    {"x._default", ""}, /* not to the file for all hosts */
    {"a.x._nameless", "x._nameless "},
    {"x._store", ""},
    {"1.2.3.4", ""},
    {"::1", ""},
    {"64:ff9b::1.2.3.4", ""},
};

START_TEST(walk_to_the_parents)
{
    const struct pin_identity id = identity(walks[_i].name);
    char seen[PIN_IDENTITY_MAX] = "";

    for (const char *name = id.text; (name = pin_identity_parent(&id, name)) != NULL;) {
        size_t used = strlen(seen);
        ck_assert(name > id.text && name < id.text + sizeof id.text);
        snprintf(seen + used, sizeof seen - used, "%s ", name);
    }
    expect_text(walks[_i].name, walks[_i].parents, seen);
}
END_TEST

static const struct {
    const char *name, *suffix;
    bool below;
} suffixes[] = {
    {"a.example.com", ".example.com", true},
    {"a.b.example.com", ".example.com", true},
    {"a.example.com", ".EXAMPLE.com", true},
    {"a.example.com", ".example.com.", true},
    {"a.com", ".com", true},
    {"example.com", ".example.com", false},
    {"badexample.com", ".example.com", false},
    {"a.example.com", "example.com", false},
    {"a.example.com", "..example.com", false},
    {"a.example.com", ".ample.com", false},
    {"a.example.com", ".a.example.com", false},
    {"a.example.com", ".", false},
    {"a.example.com", "", false},
    {"a.example.com", ".example.co", false},
    {"a.example.com.org", ".example.com", false},
    {"a.example.com", ".*.com", false},
    {"x._default", "._default", false},
    {"1.2.3.4", ".3.4", false},
    {"1.2.3.4", ".4", false},
    {"::1", ".1", false},
};

START_TEST(host_is_below_a_suffix)
{
    const struct pin_identity id = identity(suffixes[_i].name);

    char name[64];

    snprintf(name, sizeof name, "below/%s of %s", suffixes[_i].name, suffixes[_i].suffix);
    expect_bool(name, suffixes[_i].below, pin_identity_is_below(&id, suffixes[_i].suffix));
}
END_TEST

START_TEST(names_are_kept_once)
{
    struct pin_names names = {0};
    char text[32];

    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 64 + 1; i++) {
            struct pin_identity id;
            snprintf(text, sizeof text, "h%d.example", i);
            id = identity(text);
            ck_assert(pin_names_add(&names, &id));
        }
        ck_assert_uint_eq(names.count, 64 + 1);
    }
    ck_assert_str_eq(names.list[0].text, "h0.example");
    ck_assert_str_eq(names.list[64].text, "h64.example");
    pin_names_clear(&names);
    ck_assert_ptr_null(names.list);
    ck_assert_uint_eq(names.count, 0);
    ck_assert_uint_eq(names.capacity, 0);
    pin_names_clear(&names);
    pin_names_clear(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("identity");
    TCase *parse = tcase_create("parse"), *relations = tcase_create("relations");

    SUITE_CASES(parse, host_is_canonical, hosts);
    SUITE_CASES(parse, address_is_canonical, addresses);
    SUITE_CASES(parse, name_is_refused, no_identity);
    SUITE_CASES(parse, address_of_bytes, binary);
    tcase_add_test(parse, host_of_every_byte);
    suite_add_tcase(suite, parse);

    SUITE_CASES(relations, identities_are_equal_or_not, pairs);
    SUITE_CASES(relations, walk_to_the_parents, walks);
    SUITE_CASES(relations, host_is_below_a_suffix, suffixes);
    tcase_add_test(relations, names_are_kept_once);
    suite_add_tcase(suite, relations);
    return suite_run(suite);
}
