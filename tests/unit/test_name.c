/* test_name.c - names as programs write them: A-labels, brackets, and what is refused. */
#include "expect.h"
#include "suite.h"

#include <pinning/identity.h>
#include <string.h>

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10

/* NULL: refused. */
static const struct {
    const char *name, *written, *identity;
} names[] = {
    /* As pin_identity_parse(). */
    {"name/host", "API.Example.com.", "api.example.com"},
    {"name/address", "127.1", "127.0.0.1"},
    {"name/a-label-stays", "XN--bcher-kva.example", "xn--bcher-kva.example"},
    {"name/v6", "2001:DB8::1", "2001:db8::1"},
    /* As in a URL. */
    {"name/v6-in-brackets", "[2001:DB8::1]", "2001:db8::1"},
    {"name/v6-in-brackets-with-zone", "[fe80::1%eth0]", "fe80::1"},
    {"name/v4-mapped-in-brackets", "[::ffff:192.0.2.1]", "192.0.2.1"},
    {"name/v4-in-brackets-refused", "[192.0.2.1]", NULL},
    {"name/host-in-brackets-refused", "[a.example.com]", NULL},
    {"name/one-bracket-refused", "[2001:db8::1", NULL},
    {"name/port-behind-brackets-refused", "[2001:db8::1]:443", NULL},
    {"name/empty-brackets-refused", "[]", NULL},
    {"name/colon-in-brackets-refused", "[:]", NULL},
    /* No host name at all. */
    {"name/empty-refused", "", NULL},
    {"name/escape-of-a-resolver-refused", "ap\\105.example.com", NULL},
    {"name/blank-refused", "a b", NULL},
    {"name/port-refused", "host:443", NULL},
    {"name/wildcard-refused", "*.x", NULL},
    {"name/url-refused", "https://host", NULL},
    {"name/reserved-refused", "_default", NULL},
    {"name/long-label-refused", A60 A10 ".example", NULL},
    {"name/over-long-refused", A60 "." A60 "." A60 "." A60 "." A60, NULL},
    /* UTF-8. */
    {"name/umlaut",
     "b\xc3\xbc"
     "cher.example.com",
     "xn--bcher-kva.example.com"},
    {"name/umlaut-in-upper-case",
     "B\xc3\x9c"
     "CHER.Example.COM.",
     "xn--bcher-kva.example.com"},
    {"name/umlaut-alone", "\xc3\xbc", "xn--tda"},
    {"name/umlauts-in-two-labels", "\xc3\xa4.\xc3\xb6", "xn--4ca.xn--nda"},
    {"name/latin-extended",
     "\xc5\x81\xc3\xb3"
     "d\xc5\xba.example",
     "xn--d-uga0v4h.example"},
    {"name/long-a-label-refused", A60 "\xc3\xbc.example", NULL},
    {"name/umlaut-in-a-number-refused", "127.0.0.\xc3\xbc\xc2\xb9", NULL},
    {"name/number-behind-umlaut-refused", "\xc3\xbc.1", NULL},
    {"name/slash-beside-umlaut-refused", "\xc3\xbc/..", NULL},
    {"name/blank-beside-umlaut-refused", "\xc3\xbc a", NULL},
    {"name/empty-label-beside-umlaut-refused", "\xc3\xbc..a", NULL},
    /* The result depends on the version of IDNA, on normalisation, or on tables of Unicode. */
    {"name/sharp-s-refused",
     "stra\xc3\x9f"
     "e.example",
     NULL},
    {"name/final-sigma-refused", "\xcf\x82.example", NULL},
    {"name/decomposed-refused",
     "bu\xcc\x88"
     "cher.example",
     NULL},
    {"name/fullwidth-refused", "\xef\xbd\x81.example", NULL},
    {"name/ideographic-full-stop-refused",
     "a\xe3\x80\x82"
     "example",
     NULL},
    {"name/zero-width-joiner-refused",
     "a\xe2\x80\x8d"
     "b.example",
     NULL},
    {"name/soft-hyphen-refused",
     "a\xc2\xad"
     "b.example",
     NULL},
    {"name/dotted-capital-i-refused", "\xc4\xb0.example", NULL},
    {"name/emoji-refused", "\xf0\x9f\x98\x80.example", NULL},
    {"name/multiplication-sign-refused", "\xc3\x97.example", NULL},
    /* Not UTF-8. */
    {"name/latin-1-refused",
     "b\xfc"
     "cher.example",
     NULL},
    {"name/cut-character-refused", "b\xc3", NULL},
    {"name/over-long-form-refused", "\xc0\xaf.example", NULL},
    {"name/over-long-form-of-three-refused", "\xe0\x83\xbc.example", NULL},
    {"name/surrogate-refused", "\xed\xa0\x80.example", NULL},
    {"name/stray-byte-refused", "\x80.example", NULL},
    /* RFC 3492 section 7.1, in lower case. */
    {"rfc3492/A",
     "\xd9\x84\xd9\x8a\xd9\x87\xd9\x85\xd8\xa7\xd8\xa8\xd8\xaa\xd9\x83\xd9\x84\xd9\x85\xd9\x88\xd8"
     "\xb4\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a\xd8\x9f",
     NULL}, /* a question mark */
    {"rfc3492/A-without-question-mark",
     "\xd9\x84\xd9\x8a\xd9\x87\xd9\x85\xd8\xa7\xd8\xa8\xd8\xaa\xd9\x83\xd9\x84\xd9\x85\xd9\x88\xd8"
     "\xb4\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a",
     "xn--mgbcah9ar9a4efegftvvn"},
    {"rfc3492/B",
     "\xe4\xbb\x96\xe4\xbb\xac\xe4\xb8\xba\xe4\xbb\x80\xe4\xb9\x88\xe4\xb8\x8d\xe8\xaf\xb4\xe4\xb8"
     "\xad\xe6\x96\x87",
     "xn--ihqwcrb4cv8a8dqg056pqjye"},
    {"rfc3492/D",
     "Pro\xc4\x8dprost\xc4\x9bnemluv\xc3\xad\xc4\x8d"
     "esky",
     "xn--proprostnemluvesky-uyb24dma41a"},
    {"rfc3492/E",
     "\xd7\x9c\xd7\x9e\xd7\x94\xd7\x94\xd7\x9d\xd7\xa4\xd7\xa9\xd7\x95\xd7\x98\xd7\x9c\xd7\x90\xd7"
     "\x9e\xd7\x93\xd7\x91\xd7\xa8\xd7\x99\xd7\x9d\xd7\xa2\xd7\x91\xd7\xa8\xd7\x99\xd7\xaa",
     "xn--4dbcagdahymbxekheh6e0a7fei0b"},
    {"rfc3492/I",
     "\xd0\xbf\xd0\xbe\xd1\x87\xd0\xb5\xd0\xbc\xd1\x83\xd0\xb6\xd0\xb5\xd0\xbe\xd0\xbd\xd0\xb8\xd0"
     "\xbd\xd0\xb5\xd0\xb3\xd0\xbe\xd0\xb2\xd0\xbe\xd1\x80\xd1\x8f\xd1\x82\xd0\xbf\xd0\xbe\xd1\x80"
     "\xd1\x83\xd1\x81\xd1\x81\xd0\xba\xd0\xb8",
     "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l"},
    {"rfc3492/J", "Porqu\xc3\xa9nopuedensimplementehablarenEspa\xc3\xb1ol",
     "xn--porqunopuedensimplementehablarenespaol-fmd56a"},
    {"rfc3492/L",
     "3\xe5\xb9\xb4"
     "B\xe7\xb5\x84\xe9\x87\x91\xe5\x85\xab\xe5\x85\x88\xe7\x94\x9f",
     "xn--3b-ww4c5e180e575a65lsy2b"},
    {"rfc3492/M", "\xe5\xae\x89\xe5\xae\xa4\xe5\xa5\x88\xe7\xbe\x8e\xe6\x81\xb5-with-SUPER-MONKEYS",
     "xn---with-super-monkeys-pc58ag80a8qai00g7n9n"},
    {"rfc3492/P",
     "Maji\xe3\x81\xa7Koi\xe3\x81\x99\xe3\x82\x8b"
     "5\xe7\xa7\x92\xe5\x89\x8d",
     "xn--majikoi5-783gue6qz075azm5e"},
};

START_TEST(name_is_read)
{
    struct pin_identity id = {.text = "untouched"};
    const char *identity = names[_i].identity;

    expect_bool(names[_i].name, identity != NULL, pin_identity_read_name(names[_i].written, &id));
    expect_text(names[_i].name, identity != NULL ? identity : "untouched", id.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("name");
    TCase *tcase = tcase_create("name");

    SUITE_CASES(tcase, name_is_read, names);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
