#!/usr/bin/env python3
"""pinctl import tlsa: zone files, and which host a record's owner is."""

from import_fixture import A, HEX, key, run_accepted, run_refused, run_tests

REST = f"IN TLSA 3 1 1 {HEX}"
ZONE = f"""$ORIGIN example.com.
$TTL 1h
@ IN SOA ns hostmaster 1 3600 600 86400 600
  IN NS ns
  IN TXT "v=spf1 ( ; -all"
ns 2d IN AAAA 2001:db8::1
mail IN A 192.0.2.7
_25._tcp.mail {REST}
_443._tcp.www.example.com. IN TLSA ( 3 1 1 ; key
  {HEX[:30]}
  {HEX[30:]} )
$ORIGIN sub.example.com.
_443._tcp.deep {REST}
"""
RRSIG = "_25._tcp.a.example. 3600 IN RRSIG TLSA 13 5 3600 20310101000000 20300101000000 1 example. c2ln\n"
A_KEY = {"a.example": key(A)}

ACCEPTED = [
    ("zone/whole", "tlsa", ZONE, [], {host: key(A) for host in (
        "mail.example.com", "www.example.com", "deep.sub.example.com")}),
    ("zone/dnssec", "tlsa", f"_25._tcp.a.example. 3600 {REST}\n{RRSIG}", [], A_KEY),
    ("zone/ttl-unit", "tlsa", f"_25._tcp.a.example. 1h30m {REST}\n", [], A_KEY),
    ("zone/every-port", "tlsa", f"*._tcp.a.example. {REST}", [], A_KEY),
    ("zone/pkix-ee", "tlsa", f"_25._tcp.a.example. TLSA 1 1 1 {HEX}", [], A_KEY),
    ("zone/pkix-ee-certificate", "tlsa", f"_25._tcp.a.example. TLSA 1 0 1 {HEX}", [],
     {"a.example": [f"cert = sha256//{A}"]}),
    ("zone/pkix-ta", "tlsa", f"_25._tcp.a.example. TLSA 0 1 1 {HEX}", [], {"a.example": [f"ca = sha256//{A}"]}),
    ("zone/mnemonics", "tlsa", f"_25._tcp.a.example. TLSA DANE-EE SPKI SHA2-256 {HEX}", [], A_KEY),
    ("zone/origin-option", "tlsa", f"_25._tcp.a {REST}", ["--origin", "example"], A_KEY),
    ("zone/origin-option-with-dot", "tlsa", f"_25._tcp.a {REST}", ["--origin", "example."], A_KEY),
    ("zone/only-relative-are-others", "tlsa", f"www IN A 192.0.2.1\n_25._tcp.a.example. {REST}\n", [], A_KEY),
    ("zone/crlf-and-comments", "tlsa", f"; zone\r\n\r\n_25._tcp.a.example. {REST}\r\n; end", [], A_KEY),
    ("zone/two-ports", "tlsa", f"_25._tcp.a.example. {REST}\n_443._tcp.a.example. {REST}\n", [], A_KEY),
]

REFUSED = [
    ("zone/relative", "tlsa", f"; x\n_443._tcp.www {REST}", [], ":2:1: a relative name without $ORIGIN"),
    ("zone/relative-of-dots", "tlsa", f"_443._tcp.www.example.com {REST}", [], ":1:1: a relative name"),
    ("zone/relative-origin", "tlsa", f"$ORIGIN sub\n_443._tcp.www {REST}", [], ":1:9: a relative origin"),
    ("zone/at-sign", "tlsa", f"@ {REST}", [], ":1:1: a relative name"),
    ("zone/no-owner", "tlsa", f"  {REST}", [], "a relative name"),
    ("zone/wildcard-of-hosts", "tlsa", f"_443._tcp.*.example.com. {REST}", [], ":1:1: '*.example.com.' is not a host"),
    ("zone/wildcard-of-names", "tlsa", f"*.example.com. {REST}", [], ":1:1: expected _PORT._PROTOCOL.HOST or *._"),
    ("zone/include", "tlsa", f"_25._tcp.a.example. {REST}\n$INCLUDE other.zone\n", [], ":2:1: $INCLUDE is not followed"),
    ("zone/usage-0-certificate", "tlsa", f"_25._tcp.a.example. TLSA 0 0 1 {HEX}", [], ":1:26: selector 0 pins"),
    ("zone/short-of-two-words", "tlsa", f"_25._tcp.a.example. TLSA 3 1 1 {HEX[:30]} {HEX[30:60]}", [], "wrong length"),
    ("zone/not-hex", "tlsa", f"_25._tcp.a.example. TLSA 3 1 1 {HEX[:-1]}x", [], ":1:1: not a record of a zone file"),
    ("zone/zeros", "tlsa", f"_25._tcp.a.example. TLSA 3 1 1 {'0' * 64}", [], ":1:32: all bytes are zero"),
    ("zone/broken-after-good", "tlsa", f"_25._tcp.a.example. {REST}\nx y z\n", [], ":2:1: not a record of a zone file"),
    ("zone/origin-option", "tlsa", f"_25._tcp.a {REST}", ["--origin", "a..b"], "--origin a..b"),
    ("zone/long", "tlsa", f"_25._tcp.a.example. TLSA 3 1 1 {HEX * 40}", [], "wrong length"),
]


def accepted():
    run_accepted(ACCEPTED)


def refused():
    run_refused(REFUSED)


run_tests(accepted, refused)
