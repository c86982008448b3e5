/* test_lookup_cases.h - the table of test_lookup.c. */
#ifndef TEST_LOOKUP_CASES_H
#define TEST_LOOKUP_CASES_H

#include "judge_fixture.h"

#define PIN                  "key = $leaf"
#define BOTH_PARENTS         "example.com: " PIN "; subdomains = yes\ncom: " PIN "; subdomains = yes\n"
#define DEFAULT_AND_NAMELESS "_default: " PIN "\n_nameless: " PIN "\n"

/*
 * found  the applied policies, in order: FILE<IDENTITY for each, and a '+' if a ca pin requires a
 * name match
 *
 * fault  otherwise: the reason, a word of its text, and the name of the file
 */
struct lookup_case {
    struct fixture fixture;
    const char *found;
    enum pin_reason fault;
    const char *word, *file;
};

static const struct lookup_case cases[] = {
    /* With a name: the file of the host, of a parent with subdomains = yes, the default. */
    {{.store = "a.example.com: " PIN "\n", .sni = "a.example.com"},
     .found = "a.example.com<a.example.com+"},
    {{.store = "a.example.com: " PIN "\n", .hosts = "a.example.com"},
     .found = "a.example.com<a.example.com+"},
    {{.store = "a.example.com: " PIN "\n", .sni = "A.Example.COM."},
     .found = "a.example.com<a.example.com+"},
    {{.store = "b.example.com: " PIN "\n", .sni = "a.example.com"}, .found = ""},
    {{.store = "", .sni = "a.example.com"}, .found = ""},
    {{.store = "example.com: " PIN "\n", .sni = "a.example.com"}, .found = ""},
    {{.store = "example.com: " PIN "; subdomains = yes\n", .sni = "a.example.com"},
     .found = "example.com<a.example.com+"},
    {{.store = "com: " PIN "; subdomains = yes\n", .sni = "a.example.com"},
     .found = "com<a.example.com+"},
    {{.store = "example.com: " PIN "; subdomains = no\ncom: " PIN "; subdomains = yes\n",
      .sni = "a.example.com"},
     .found = "com<a.example.com+"},
    {{.store = BOTH_PARENTS, .sni = "a.example.com"}, .found = "example.com<a.example.com+"},
    {{.store = BOTH_PARENTS DEFAULT_AND_NAMELESS "a.example.com: " PIN "\n",
      .sni = "a.example.com"},
     .found = "a.example.com<a.example.com+"},
    {{.store = "a.example.com: " PIN "\n"
               "_default: " PIN "\n",
      .sni = "b.example.com"},
     .found = "_default<b.example.com+"},
    {{.store = BOTH_PARENTS DEFAULT_AND_NAMELESS, .sni = "a.example.com"},
     .found = "example.com<a.example.com+"},
    {{.store = DEFAULT_AND_NAMELESS, .sni = "a.example.com"}, .found = "_default<a.example.com+"},
    {{.store = "example.com: " PIN "\n" DEFAULT_AND_NAMELESS, .sni = "a.example.com"},
     .found = "_default<a.example.com+"},
    {{.store = "a.example.com: " PIN "\n", .sni = "x.a.example.com"}, .found = ""},
    {{.store = "example.com.: " PIN "\n", .sni = "example.com"}, .found = ""},
    {{.store = "EXAMPLE.com: " PIN "\n", .sni = "example.com"}, .found = ""},
    /* A file with mode = off needs no pin and ends the walk. */
    {{.store = "a.example.com: mode = off\n" BOTH_PARENTS DEFAULT_AND_NAMELESS,
      .sni = "a.example.com"},
     .found = "a.example.com<a.example.com+"},
    {{.store = "example.com: mode = off; subdomains = yes\ncom: " PIN
               "; subdomains = yes\n" DEFAULT_AND_NAMELESS,
      .sni = "a.example.com"},
     .found = "example.com<a.example.com+"},
    {{.store = "example.com: mode = off\ncom: " PIN "; subdomains = yes\n", .sni = "a.example.com"},
     .found = "com<a.example.com+"},
    /* _default and _nameless are not hosts, and have no subdomains. */
    {{.store = DEFAULT_AND_NAMELESS "com: " PIN "; subdomains = yes\n", .sni = "x._default"},
     .found = "_default<x._default+"},
    /* A name that cannot have a file. */
    {{.store = "_default: " PIN "\n",
      .sni = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
     .found = "_default<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa+"},
    /* Reference identifiers of different kinds all count. */
    {{.store = "a.example.com: " PIN "\n"
               "b.example.com: " PIN "\n",
      .sni = "a.example.com",
      .hosts = "b.example.com"},
     .found = "a.example.com<a.example.com+ b.example.com<b.example.com+"},
    {{.store = "a.example.com: " PIN "\n"
               "b.example.com: " PIN "\n",
      .sni = "a.example.com",
      .hosts = "A.EXAMPLE.COM"},
     .found = "a.example.com<a.example.com+"},
    {{.store = "a.example.com: " PIN "\n"
               "192.0.2.1: " PIN "\n",
      .sni = "a.example.com",
      .address = "192.0.2.1"},
     .found = "a.example.com<a.example.com+ 192.0.2.1<192.0.2.1+"},
    {{.store = "a.example.com: " PIN "\n"
               "192.0.2.1: " PIN "\n"
               "b.example.com: " PIN "\n",
      .sni = "a.example.com",
      .address = "192.0.2.1",
      .hosts = "b.example.com"},
     .found = "a.example.com<a.example.com+ 192.0.2.1<192.0.2.1+ b.example.com<b.example.com+"},
    {{.store = "b.example.com: " PIN "\n", .sni = "a.example.com", .hosts = "b.example.com"},
     .found = "b.example.com<b.example.com+"},
    {{.store = "a.example.com: " PIN "\n", .sni = "a.example.com", .hosts = "b.example.com"},
     .found = "a.example.com<a.example.com+"},
    /* A connection with a name is looked up under nothing else. */
    {{.store = "192.0.2.1: " PIN "\n"
               "b.example.com: " PIN "\n"
               "_nameless: " PIN "\n",
      .sni = "a.example.com",
      .socket = "192.0.2.1",
      .san = "DNS:b.example.com"},
     .found = ""},
    /* Hosts of the parameters are alternatives: those that the leaf matches, or all. */
    {{.store = "a.example.com: " PIN "\n"
               "b.example.com: " PIN "\n",
      .hosts = "a.example.com b.example.com"},
     .found = "a.example.com<a.example.com+"},
    {{.store = "a.example.com: " PIN "\n"
               "b.example.com: " PIN "\n",
      .hosts = "a.example.com b.example.com",
      .san = "DNS:b.example.com"},
     .found = "b.example.com<b.example.com+"},
    {{.store = "a.example.com: " PIN "\n"
               "b.example.com: " PIN "\n",
      .hosts = "a.example.com b.example.com",
      .san = "DNS:*.example.com"},
     .found = "a.example.com<a.example.com+ b.example.com<b.example.com+"},
    {{.store = "a.example.com: " PIN "\n"
               "b.example.com: " PIN "\n",
      .hosts = "a.example.com b.example.com",
      .san = "DNS:c.example.com"},
     .found = "a.example.com<a.example.com+ b.example.com<b.example.com+"},
    {{.store = "a.example.com: " PIN "\n"
               "b.example.com: " PIN "\n",
      .hosts = "a.example.com b.example.com",
      .peer = RAW},
     .found = "a.example.com<a.example.com+ b.example.com<b.example.com+"},
    {{.store = "a.example.com: " PIN "\n"
               "b.example.com: " PIN "\n",
      .hosts = "a.example.com b.example.com",
      .peer = ANONYMOUS},
     .found = "a.example.com<a.example.com+ b.example.com<b.example.com+"},
    {{.store = "b.example.com: " PIN "\n", .hosts = "a.example.com b.example.com"}, .found = ""},
    {{.store = "a.example.com: " PIN "\n"
               "b.example.com: " PIN "\n",
      .sni = "b.example.com",
      .hosts = "a.example.com c.example.com"},
     .found = "b.example.com<b.example.com+ a.example.com<a.example.com+"},
    /* A host with a leading dot is any host below it that the leaf claims. */
    {{.store = "a.example.com: " PIN "\n", .hosts = ".example.com"},
     .found = "a.example.com<a.example.com"},
    {{.store = "a.example.com: " PIN "\n"
               "example.com: " PIN "\n",
      .hosts = ".example.com"},
     .found = "a.example.com<a.example.com"},
    {{.store = "a.example.com: " PIN "\n"
               "b.example.com: " PIN "\n",
      .hosts = ".example.com",
      .san = "DNS:a.example.com,DNS:b.example.com"},
     .found = "a.example.com<a.example.com b.example.com<b.example.com"},
    {{.store = "example.com: " PIN "\n", .hosts = ".example.com", .san = "DNS:a.example.org"},
     .found = "example.com<example.com+"},
    {{.store = "example.com: " PIN "; subdomains = yes\n", .hosts = ".example.com"},
     .found = "example.com<a.example.com"},
    {{.store = "a.example.org: " PIN "\n"
               "example.com: " PIN "\n",
      .hosts = ".example.com",
      .san = "DNS:a.example.org"},
     .found = "example.com<example.com+"},
    {{.store = "example.com: " PIN "\n", .hosts = ".example.com", .peer = ANONYMOUS},
     .found = "example.com<example.com+"},
    {{.store = "example.com: " PIN "; subdomains = yes\n"
               "b.example.com: " PIN "\n",
      .hosts = ".example.com",
      .san = "DNS:a.example.com,DNS:b.example.com,DNS:x.b.example.com,DNS:c.example.com"},
     .found = "b.example.com<b.example.com example.com<a.example.com"},
    {{.store = "b.example.com: " PIN "\n"
               "_default: " PIN "\n",
      .hosts = ".example.com",
      .san = "DNS:a.example.com,DNS:b.example.com,DNS:c.example.com"},
     .found = "b.example.com<b.example.com _default<a.example.com"},
    {{.store = "", .hosts = ".example.com"}, .found = ""},
    /* Addresses, in all the forms in which a program may write them. */
    {{.store = "192.0.2.1: " PIN "\n", .address = "192.0.2.1"}, .found = "192.0.2.1<192.0.2.1+"},
    {{.store = "127.0.0.1: " PIN "\n", .sni = "127.1"}, .found = "127.0.0.1<127.0.0.1+"},
    {{.store = "127.0.0.1: " PIN "\n", .sni = "2130706433"}, .found = "127.0.0.1<127.0.0.1+"},
    {{.store = "127.0.0.1: " PIN "\n", .hosts = "0x7f.0.0.1"}, .found = "127.0.0.1<127.0.0.1+"},
    {{.store = "192.0.2.1: " PIN "\n", .address = "::ffff:192.0.2.1"},
     .found = "192.0.2.1<192.0.2.1+"},
    {{.store = "2001:db8::1: " PIN "\n", .address = "2001:0DB8:0:0::0001"},
     .found = "2001:db8::1<2001:db8::1+"},
    {{.store = "fe80::1: " PIN "\n", .sni = "fe80::1%eth0"}, .found = "fe80::1<fe80::1+"},
    {{.store = "192.0.2.1: " PIN "\n", .address = "192.0.2.2"}, .found = ""},
    {{.store = "0.2.1: " PIN "; subdomains = yes\n", .address = "192.0.2.1"}, .found = ""},
    {{.store = DEFAULT_AND_NAMELESS, .address = "192.0.2.1"}, .found = "_default<192.0.2.1+"},
    /* Further addresses may be alternatives to the first. */
    {{.store = "192.0.2.1: " PIN "\n"
               "192.0.2.2: " PIN "\n",
      .address = "192.0.2.1",
      .more_addresses = true,
      .san = "IP:192.0.2.2"},
     .found = "192.0.2.1<192.0.2.1+ 192.0.2.2<192.0.2.2"},
    {{.store = "192.0.2.2: " PIN "\n",
      .address = "192.0.2.1",
      .more_addresses = true,
      .san = "IP:192.0.2.2,IP:192.0.2.3,DNS:a.example.com"},
     .found = "192.0.2.2<192.0.2.2"},
    {{.store = "192.0.2.2: " PIN "\n",
      .address = "192.0.2.1",
      .more_addresses = true,
      .san = "IP:192.0.2.1,IP:192.0.2.2"},
     .found = ""},
    {{.store = "192.0.2.2: " PIN "\n", .address = "192.0.2.1", .san = "IP:192.0.2.2"}, .found = ""},
    {{.store = "192.0.2.1: " PIN "\n"
               "a.example.com: " PIN "\n",
      .address = "192.0.2.1",
      .more_addresses = true},
     .found = "192.0.2.1<192.0.2.1+"},
    {{.store = "192.0.2.2: " PIN "\n"
               "_default: " PIN "\n",
      .address = "192.0.2.1",
      .more_addresses = true,
      .san = "IP:192.0.2.2"},
     .found = "_default<192.0.2.1+ 192.0.2.2<192.0.2.2"},
    {{.store = "192.0.2.2: " PIN "\n"
               "h.example.com: " PIN "\n",
      .address = "192.0.2.1",
      .hosts = "g.example.com h.example.com",
      .more_addresses = true,
      .san = "IP:192.0.2.2"},
     .found = "h.example.com<h.example.com+ 192.0.2.2<192.0.2.2"},
    /* A name that cannot be read may be that of a pinned host. */
    {{.store = "_nameless: " PIN "\n", .sni = "a/b"},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n", .sni = "../a"},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n", .sni = "a.example.com.."},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n", .sni = "_default"},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n", .sni = "_nameless."},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n", .sni = "."},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n", .sni = "a b"},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n", .sni = "a..b"},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n", .sni = "host:443"},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n", .sni = "*.example.com"},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n", .sni = "ap\\105.example.com"},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n", .sni = "[a.example.com]"},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n", .sni = "[192.0.2.1]"},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n", .sni = "a.example.com,"},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n",
      .sni = "b\xfc"
             "cher.example.com"},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n", .sni = "u\xcc\x88.example.com"},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_nameless: " PIN "\n", .sni = "\xef\xbd\x81.example.com"},
     .fault = PIN_R_NAME,
     .word = "the program named"},
    {{.store = "_default: " PIN "\n", .sni = "_default"}, .fault = PIN_R_NAME, .word = "named"},
    {{.store = "b.example.com: " PIN "\n", .sni = "a/b", .hosts = "b.example.com"},
     .fault = PIN_R_NAME,
     .word = "a/b"},
    {{.store = "b.example.com: " PIN "\n", .sni = "b.example.com", .hosts = "b.example.com a/b"},
     .fault = PIN_R_NAME,
     .word = "a/b"},
    {{.store = "", .hosts = ".a/b"}, .fault = PIN_R_NAME, .word = "a/b"},
    {{.store = "", .address = "a/b"}, .fault = PIN_R_NAME, .word = "a/b"},
    /* An empty name is none. */
    {{.store = "a.example.com: " PIN "\n"
               "_nameless: " PIN "\n",
      .sni = ""},
     .found = "a.example.com<a.example.com _nameless<"},
    /* A name in UTF-8 is looked up under its A-labels. */
    {{.store = "xn--bcher-kva.example.com: " PIN "\n",
      .sni = "b\xc3\xbc"
             "cher.example.com"},
     .found = "xn--bcher-kva.example.com<xn--bcher-kva.example.com+"},
    {{.store = "xn--bcher-kva.example.com: " PIN "\n",
      .sni = "B\xc3\x9c"
             "CHER.Example.com."},
     .found = "xn--bcher-kva.example.com<xn--bcher-kva.example.com+"},
    {{.store = "xn--bcher-kva.example.com: " PIN "\n",
      .hosts = "b\xc3\xbc"
               "cher.example.com"},
     .found = "xn--bcher-kva.example.com<xn--bcher-kva.example.com+"},
    {{.store = "example.com: " PIN "; subdomains = yes\n",
      .sni = "b\xc3\xbc"
             "cher.example.com"},
     .found = "example.com<xn--bcher-kva.example.com+"},
    {{.store = "2001:db8::1: " PIN "\n", .sni = "[2001:DB8::1]"},
     .found = "2001:db8::1<2001:db8::1+"},
    /* Without a name: the address, the presented names, _nameless unless the address has a file,
     * _default. */
    {{.store = "", .socket = "192.0.2.1"}, .found = ""},
    {{.store = ""}, .found = ""},
    {{.store = "_default: " PIN "\n", .socket = "192.0.2.1"}, .found = "_default<192.0.2.1+"},
    {{.store = "_default: " PIN "\n"}, .found = "_default<+"},
    {{.store = "_nameless: " PIN "\n", .socket = "192.0.2.1"}, .found = "_nameless<192.0.2.1"},
    {{.store = "_nameless: " PIN "\n"}, .found = "_nameless<"},
    {{.store = "_nameless: " PIN "\n"
               "_default: " PIN "\n",
      .socket = "192.0.2.1"},
     .found = "_nameless<192.0.2.1"},
    {{.store = "_nameless: " PIN "\n"
               "_default: " PIN "\n"},
     .found = "_nameless<"},
    {{.store = "a.example.com: " PIN "\n", .socket = "192.0.2.1"},
     .found = "a.example.com<a.example.com"},
    {{.store = "a.example.com: " PIN "\n"}, .found = "a.example.com<a.example.com"},
    {{.store = "a.example.com: " PIN "\n"
               "_default: " PIN "\n",
      .socket = "192.0.2.1"},
     .found = "a.example.com<a.example.com"},
    {{.store = "a.example.com: " PIN "\n"
               "_default: " PIN "\n"},
     .found = "a.example.com<a.example.com"},
    {{.store = "a.example.com: " PIN "\n"
               "_nameless: " PIN "\n",
      .socket = "192.0.2.1"},
     .found = "a.example.com<a.example.com _nameless<192.0.2.1"},
    {{.store = "a.example.com: " PIN "\n"
               "_nameless: " PIN "\n"},
     .found = "a.example.com<a.example.com _nameless<"},
    {{.store = "a.example.com: " PIN "\n"
               "_nameless: " PIN "\n"
               "_default: " PIN "\n",
      .socket = "192.0.2.1"},
     .found = "a.example.com<a.example.com _nameless<192.0.2.1"},
    {{.store = "a.example.com: " PIN "\n"
               "_nameless: " PIN "\n"
               "_default: " PIN "\n"},
     .found = "a.example.com<a.example.com _nameless<"},
    {{.store = "192.0.2.1: " PIN "\n", .socket = "192.0.2.1"}, .found = "192.0.2.1<192.0.2.1+"},
    {{.store = "192.0.2.1: " PIN "\n"
               "_default: " PIN "\n",
      .socket = "192.0.2.1"},
     .found = "192.0.2.1<192.0.2.1+"},
    {{.store = "192.0.2.1: " PIN "\n"
               "_nameless: " PIN "\n",
      .socket = "192.0.2.1"},
     .found = "192.0.2.1<192.0.2.1+"},
    {{.store = "192.0.2.1: " PIN "\n"
               "_nameless: " PIN "\n"
               "_default: " PIN "\n",
      .socket = "192.0.2.1"},
     .found = "192.0.2.1<192.0.2.1+"},
    {{.store = "192.0.2.1: " PIN "\n"
               "a.example.com: " PIN "\n",
      .socket = "192.0.2.1"},
     .found = "192.0.2.1<192.0.2.1+ a.example.com<a.example.com"},
    {{.store = "192.0.2.1: " PIN "\n"
               "a.example.com: " PIN "\n"
               "_default: " PIN "\n",
      .socket = "192.0.2.1"},
     .found = "192.0.2.1<192.0.2.1+ a.example.com<a.example.com"},
    {{.store = "192.0.2.1: " PIN "\n"
               "a.example.com: " PIN "\n"
               "_nameless: " PIN "\n",
      .socket = "192.0.2.1"},
     .found = "192.0.2.1<192.0.2.1+ a.example.com<a.example.com"},
    {{.store = "192.0.2.1: " PIN "\n"
               "a.example.com: " PIN "\n"
               "_nameless: " PIN "\n"
               "_default: " PIN "\n",
      .socket = "192.0.2.1"},
     .found = "192.0.2.1<192.0.2.1+ a.example.com<a.example.com"},
    /* The file of an address does not apply to a different address. */
    {{.store = "192.0.2.2: " PIN "\n"
               "_nameless: " PIN "\n",
      .socket = "192.0.2.1"},
     .found = "_nameless<192.0.2.1"},
    {{.store = "2001:db8::1: " PIN "\n", .socket = "2001:db8::1"},
     .found = "2001:db8::1<2001:db8::1+"},
    {{.store = "192.0.2.1: " PIN "\n", .socket = "::ffff:192.0.2.1"},
     .found = "192.0.2.1<192.0.2.1+"},
    /* An address file with mode = off is a file. */
    {{.store = "192.0.2.1: mode = off\n_nameless: " PIN "\n", .socket = "192.0.2.1"},
     .found = "192.0.2.1<192.0.2.1+"},
    /* Every presented name counts. */
    {{.store = "a.example.com: " PIN "\n"
               "b.example.com: " PIN "\n",
      .san = "DNS:a.example.com,DNS:b.example.com"},
     .found = "a.example.com<a.example.com b.example.com<b.example.com"},
    {{.store = "a.example.com: " PIN "\n", .san = "DNS:b.example.com", .cn = "a.example.com"},
     .found = "a.example.com<a.example.com"},
    {{.store = "example.com: " PIN "\n", .san = "DNS:*.example.com"},
     .found = "example.com<example.com"},
    /* A file that several names share applies once. */
    {{.store = "example.com: " PIN "; subdomains = yes\n",
      .san = "DNS:a.example.com,DNS:b.example.com"},
     .found = "example.com<a.example.com"},
    {{.store = "example.com: " PIN "; subdomains = yes\n",
      .san = "DNS:a.example.com,DNS:example.com,DNS:b.example.com"},
     .found = "example.com<example.com"},
    {{.store = "example.com: " PIN "\ncom: " PIN "; subdomains = yes\n",
      .san = "DNS:a.example.com,DNS:example.com"},
     .found = "example.com<example.com com<a.example.com"},
    {{.store = "com: " PIN "; subdomains = yes\n", .san = "DNS:*.example.com"},
     .found = "com<example.com"},
    {{.store = "example.com: " PIN "\n"}, .found = ""},
    {{.store = "example.com: " PIN "; subdomains = yes\n"}, .found = "example.com<a.example.com"},
    {{.store = "192.0.2.7: " PIN "\n", .san = "IP:192.0.2.7"}, .found = "192.0.2.7<192.0.2.7"},
    {{.store = "a.example.com: " PIN "\n", .san = "DNS:c.example.com"}, .found = ""},
    {{.store = "a.example.com: " PIN "\n"
               "_nameless: " PIN "\n",
      .peer = RAW},
     .found = "_nameless<"},
    {{.store = "a.example.com: " PIN "\n"
               "_default: " PIN "\n",
      .peer = ANONYMOUS},
     .found = "_default<+"},
    {{.store = "a.example.com: " PIN "\n"
               "192.0.2.1: " PIN "\n",
      .peer = ANONYMOUS,
      .socket = "192.0.2.1"},
     .found = "192.0.2.1<192.0.2.1+"},
    {{.store = "a.example.com: mode = off\n_default: " PIN "\n"},
     .found = "a.example.com<a.example.com"},
#include "test_lookup_faults.list"
};

#endif
