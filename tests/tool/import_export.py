#!/usr/bin/env python3
"""pinctl import and export: each format, its errors, and a round trip."""

import datetime
import os
import re
import time

from import_fixture import A, B, COLONS, HEX, ME, SHA1, Store, both, key, options, run, run_accepted, run_refused, run_tests, tap, top

NSC = """<?xml version="1.0" encoding="utf-8"?>
<network-security-config>
    <base-config cleartextTrafficPermitted="false"/>
    <domain-config>
        <domain includeSubdomains="true">Example.com</domain>
        <domain>other.example</domain>
        <pin-set expiration="2030-01-01">
            <pin digest="SHA-256">%s</pin>
            <!-- backup -->
            <pin digest="SHA-256"> %s </pin>
        </pin-set>
        <domain-config><domain>deep.example.com</domain></domain-config>
    </domain-config>
</network-security-config>
""" % (A, B)
OKHTTP = """CertificatePinner certificatePinner = new CertificatePinner.Builder()
    // a comment
    .add("publicobject.com", "sha256/%s",
         "sha256/%s")
    .add("**.example.com", "sha256/%s")
    .build();
""" % (A, B, A)


def public_key():
    """Returns a key in the form of GnuTLS, and its pin, computed by openssl."""
    pem = run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256").out
    der = run("openssl", "pkey", "-pubout", stdin=pem).out.split("-----")[2].replace("\n", "")
    path = os.path.join(top, "key.der")
    run("openssl", "pkey", "-pubout", "-outform", "DER", "-out", path, stdin=pem)
    digest = run("openssl", "dgst", "-sha256", path).out.split()[-1]
    return der, digest


KEY, KEY_HEX = public_key()
KEY_PIN = None
LATER = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=5184000)).date().isoformat()

# name, format, text, arguments, {host: lines}
GOOD = [
    ("curl: one", "curl", f"sha256//{A}\n", ME, {"me.example": key(A)}),
    ("curl: two, with blanks", "curl", f" sha256//{A} ; sha256//{B}\n", ME, {"me.example": key(A, B)}),
    ("curl: twice the same", "curl", f"sha256//{A};sha256//{A}", ME, {"me.example": key(A)}),
    ("curl: an address", "curl", f"sha256//{A}", ["--host", "2001:DB8::1"], {"2001:db8::1": key(A)}),
    ("okhttp: Java", "okhttp", OKHTTP, [], {"publicobject.com": both(A, B), "example.com": both(A) + ["subdomains = yes"]}),
    ("okhttp: lines", "okhttp", f"a.example sha256/{A} sha256/{B}\n# no\nb.example sha256/{B}", ["--as", "key"],
     {"a.example": key(A, B), "b.example": key(B)}),
    ("okhttp: --as ca", "okhttp", f"a.example sha256/{A}", ["--as", "ca"], {"a.example": [f"ca = sha256//{A}"]}),
    ("hpkp", "hpkp", f'Public-Key-Pins: pin-sha256="{A}"; max-age=5184000; includeSubDomains; report-uri="https://r/"; '
     f'pin-sha256="{B}"', ME, {"me.example": both(A, B) + ["subdomains = yes", f"report-after = {LATER}"]}),
    ("hpkp: without the name", "hpkp", f'max-age=5184000;pin-sha256="{A}"', ME,
     {"me.example": both(A) + [f"report-after = {LATER}"]}),
    ("hpkp: report only", "hpkp", f'Public-Key-Pins-Report-Only: pin-sha256="{A}"', ME,
     {"me.example": both(A) + ["mode = report"]}),
    ("tlsa: 3 1 1", "tlsa", f"_443._tcp.www.example.com. 3600 IN TLSA 3 1 1 {HEX}\n", [], {"www.example.com": key(A)}),
    ("tlsa: 3 0 1", "tlsa", f"_25._tcp.mx.example. TLSA 3 0 1 {HEX.upper()}", [], {"mx.example": [f"cert = sha256//{A}"]}),
    ("tlsa: 2 1 1", "tlsa", f"_25._tcp.mx.example. TLSA 2 1 1 {HEX}", [], {"mx.example": [f"ca = sha256//{A}"]}),
    ("tlsa: parentheses, comments, the same owner", "tlsa",
     f"; zone\n_443._tcp.a.example. IN TLSA ( 3 1 1 ; key\n {HEX[:32]}\n {HEX[32:]} )\n  IN TLSA 2 1 1 {HEX}\n", [],
     {"a.example": key(A) + [f"ca = sha256//{A}"]}),
    ("nsc", "nsc", NSC, ["--as", "key"],
     {"example.com": key(A, B) + ["subdomains = yes", "report-after = 2029-12-31"],
      "other.example": key(A, B) + ["report-after = 2029-12-31"],
      "deep.example.com": key(A, B) + ["report-after = 2029-12-31"]}),
    ("gnutls: a commitment", "gnutls", f"|c0|a.example|https|0|6|{HEX}\n", [], {"a.example": key(A)}),
    ("gnutls: with an end", "gnutls", f"|c0|a.example|https|1893456000|6|{HEX}\n", [],
     {"a.example": [f"key = sha256//{A} until 2030-01-01"]}),
    ("fingerprint: 3.0", "fingerprint", f"sha256 Fingerprint={COLONS}\n", ME, {"me.example": [f"cert = sha256//{A}"]}),
    ("fingerprint: 1.1", "fingerprint", f"SHA256 Fingerprint={COLONS}\n", ME, {"me.example": [f"cert = sha256//{A}"]}),
]

# name, format, text, arguments, a part of the error
BAD = [
    ("no such format", "jks", "", [], "unknown format"),
    ("curl: no host", "curl", f"sha256//{A}", [], "--host"),
    ("curl: empty", "curl", "\n", ME, ":2:1: no pin"),
    ("curl: sha1", "curl", f"sha1//{SHA1}", ME, ":1:1: expected sha256//"),
    ("curl: cut", "curl", f"sha256//{A};sha256//{B[:-2]}", ME, ":1:10"),
    ("curl: a comma", "curl", f"sha256//{A} , sha256//{B}", ME, ":1:54: expected ;"),
    ("curl: ends with ;", "curl", f"sha256//{A};", ME, ":1:54: expected sha256//"),
    ("curl: the hash of nothing", "curl", "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", ME, "hash of no data"),
    ("curl: a NUL", "curl", "sha256//\0", ME, ":1:9: a NUL"),
    ("host: none can be", "curl", f"sha256//{A}", ["--host", "a..b"], "a..b"),
    ("okhttp: sha1", "okhttp", f'.add("a.example", "sha1/{SHA1}")', [], ":1:20: a hash weaker"),
    ("okhttp: one label", "okhttp", f'.add("*.example.com", "sha256/{A}")', [], "one label"),
    ("okhttp: no pin", "okhttp", '.add("a.example")', [], ":1:17: expected , and a pin"),
    ("okhttp: unclosed", "okhttp", '.add("a.example', [], "closing quote"),
    ("okhttp: curl's form", "okhttp", f"a.example sha256//{A}", [], ":1:11: expected sha256/BASE64"),
    ("okhttp: other code", "okhttp", "val x = 1\n", [], ":1:5"),
    ("okhttp: nothing", "okhttp", "// none\n", [], "no pin in it"),
    ("hpkp: no max-age", "hpkp", f'pin-sha256="{A}"', ME, "max-age is missing"),
    ("hpkp: max-age=0", "hpkp", f'pin-sha256="{A}"; max-age=0', ME, "nothing to import"),
    ("hpkp: max-age=+5", "hpkp", f'pin-sha256="{A}"; max-age=+5', ME, "number of seconds"),
    ("hpkp: max-age=-1", "hpkp", f'pin-sha256="{A}"; max-age=-1', ME, "number of seconds"),
    ("hpkp: no pin", "hpkp", "max-age=100", ME, "pin-sha256 is missing"),
    ("hpkp: unknown directive", "hpkp", f'pin-sha512="{A}"; max-age=1', ME, ":1:1: unknown directive"),
    ("hpkp: unclosed", "hpkp", f'pin-sha256="{A}', ME, "a quote is missing"),
    ("tlsa: 2 0 1", "tlsa", f"_443._tcp.a.example. TLSA 2 0 1 {HEX}", [], "write 2 1"),
    ("tlsa: matching 0", "tlsa", f"_443._tcp.a.example. TLSA 3 1 0 {HEX}", [], "matching 0"),
    ("tlsa: matching 3", "tlsa", f"_443._tcp.a.example. TLSA 3 1 3 {HEX}", [], ":1:31: expected a number"),
    ("tlsa: usage 4", "tlsa", f"_443._tcp.a.example. TLSA 4 1 1 {HEX}", [], ":1:27: expected a number"),
    ("tlsa: short", "tlsa", f"_443._tcp.a.example. TLSA 3 1 1 {HEX[:62]}", [], "wrong length"),
    ("tlsa: no hex", "tlsa", "_443._tcp.a.example. TLSA 3 1 1", [], ":1:1: not a record of a zone file"),
    ("tlsa: another record", "tlsa", "a.example. IN A 192.0.2.1", [], "no pin in it"),
    ("tlsa: no port", "tlsa", f"a.example. TLSA 3 1 1 {HEX}", [], "_PORT._PROTOCOL.HOST"),
    ("tlsa: $ORIGIN", "tlsa", "$ORIGIN example.com.\n", [], "no pin in it"),
    ("tlsa: (", "tlsa", f"_443._tcp.a.example. TLSA ( 3 1 1 {HEX}", [], "( without )"),
    ("tlsa: )", "tlsa", "a )", [], ":1:1: not a record of a zone file"),
    ("nsc: no XML", "nsc", "pins", [], ":1:1"),
    ("nsc: cut", "nsc", NSC[:300], [], ":8:13: unclosed token"),
    ("nsc: SHA-1", "nsc", NSC.replace("SHA-256", "SHA-1", 1), [], ":8:13: expected digest"),
    ("nsc: a short pin", "nsc", NSC.replace(A, A[4:]), [], "wrong length"),
    ("nsc: a date", "nsc", NSC.replace("2030-01-01", "soon"), [], ":7:9: expiration"),
    ("nsc: an unknown element", "nsc", NSC.replace("base-config", "my-config"), [], ":3:5: unknown element"),
    ("nsc: a host", "nsc", NSC.replace("other.example", "other example!"), [], "not a host"),
    ("nsc: entities", "nsc", '<!DOCTYPE x [<!ENTITY a "b">]><x/>', [], "DOCTYPE"),
    ("nsc: no pins", "nsc", "<network-security-config/>", [], "no pin in it"),
    ("nsc: a pin outside", "nsc", f'<network-security-config><pin digest="SHA-256">{A}</pin></network-security-config>', [],
     "unknown element"),
    ("gnutls: sha1", "gnutls", "|c0|a.example|https|0|3|" + HEX[:40], [], ":1:23: a commitment with a hash weaker"),
    ("gnutls: every host", "gnutls", f"|c0|*|https|0|6|{HEX}", [], "for every host"),
    ("gnutls: no key", "gnutls", "|g0|a.example|https|0|QUJD", [], ":1:23: not a public key"),
    ("gnutls: fields", "gnutls", "|g0|a.example|https", [], "expected |g0|host"),
    ("gnutls: more fields", "gnutls", "|g0|a|b|0|c|d|e|f|g", [], ":1:"),
    ("gnutls: ssh's", "gnutls", "a.example ssh-rsa AAAA", [], ":1:1: expected |g0|"),
    ("fingerprint: sha1", "fingerprint", "sha1 Fingerprint=DA:39:A3", ME, ":1:1: expected sha256 Fingerprint"),
    ("fingerprint: two on a line", "fingerprint", f"sha256 Fingerprint={COLONS} x", ME, "expected sha256"),
    ("fingerprint: cut", "fingerprint", f"sha256 Fingerprint={COLONS[:-3]}", ME, "wrong length"),
    ("control characters", "okhttp", "\033[31mx y", [], "'?[31mx' is not a host"),
]


def imports():
    run_accepted(GOOD)
    store = Store()
    done = store.load("gnutls", f"|g0|a.example|https|0|{KEY}\n")
    exported = store.export("tlsa", "a.example")
    tap.check("import: gnutls: a key", done.status == 0 and f" 3 1 1 {KEY_HEX}\n" in exported.out, f"{done}{exported}")
    run_refused(BAD)


def files_that_are_there():
    store = Store()
    store.load("curl", f"sha256//{A}", *ME)
    before = store.read("me.example")
    done = store.load("curl", f"sha256//{B}", *ME)
    tap.check("import: a file that is there is left alone", done.status == 2 and store.read("me.example") == before
              and "--merge" in done.err, done)
    done = store.load("okhttp", f"new.example sha256/{A}\nme.example sha256/{A}")
    tap.check("import: all or nothing", done.status == 2 and store.files() == ["me.example"], done)
    done = store.load("curl", f"sha256//{B};sha256//{A}", *ME, "--merge")
    tap.check("import --merge", done.status == 0 and store.lines("me.example") == key(A, B), done)
    before = store.read("me.example")
    done = store.load("curl", f"sha256//{B}", *ME, "--merge")
    tap.check("import --merge: nothing new", done.status == 0 and store.read("me.example") == before, done)
    done = store.load("curl", f"sha256//{B}", *ME, "--yes")
    tap.check("import --yes: replaces", done.status == 0 and store.lines("me.example") == key(B), done)
    with open(os.path.join(store.path, "bad.example.pins"), "w", encoding="ascii") as out:
        out.write("ky = x\n")
    done = store.load("curl", f"sha256//{B}", "--host", "bad.example", "--merge")
    tap.check("import --merge: not into a file with an error", done.status == 2 and store.read("bad.example") == "ky = x\n", done)
    done = store.load("curl", f"sha256//{B}", "--host", "dry.example", "--dry-run")
    tap.check("import --dry-run", done.status == 0 and f"key = sha256//{B}" in done.out
              and "dry.example" not in store.files(), done)
    done = run(options.pinctl, "import", "curl", os.path.join(top, "none"), *ME)
    tap.check("import: no such file", done.status == 2 and "No such file" in done.err, done)


def exports():
    store = Store()
    with open(os.path.join(store.path, "mix.example.pins"), "w", encoding="ascii") as out:
        out.write(f"key = sha256//{A}\nkey = sha256//{B} until 2020-01-01\nca = sha256//{B}\ncert = sha256//{B}\n")
    done = store.export("curl", "mix.example")
    tap.check("export curl", done.status == 1 and done.out == f"sha256//{A}\n" and done.err.count("left out") == 3, done)
    done = store.export("tlsa", "mix.example", "--port", "25")
    tap.check("export tlsa", done.status == 1 and [line.split()[:6] for line in done.out.splitlines()] == [
        ["_25._tcp.mix.example.", "IN", "TLSA", *kind] for kind in ("311", "211", "301")], done)
    done = store.export("hpkp", "mix.example")
    tap.check("export hpkp", done.status == 1 and done.out == f'Public-Key-Pins: pin-sha256="{A}"; pin-sha256="{B}"; '
              "max-age=5184000\n", done)
    for form in ("okhttp", "nsc"):
        done = store.export(form, "mix.example")
        tap.check(f"export {form}", done.status == 1 and A in done.out and B in done.out
                  and done.err.count("left out") == 2, done)
    for name, arguments, words in [("no such host", ["curl", "none.example"], "no file"),
                                  ("no such format", ["pem", "mix.example"], "unknown format"),
                                  ("no host", ["curl"], "expected a format"),
                                  ("a port", ["tlsa", "mix.example", "--port", "0"], "65535")]:
        done = run(options.pinctl, "export", *arguments, "--pins", store.path)
        tap.check(f"export: refused: {name}", done.status == 2 and words in done.err and done.out == "", done)


TICK = 0.1  # time(2), which pinctl uses, is behind by a tick of the kernel


def day(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).date().isoformat()


def hpkp_dates(first, exported, started, exporting, imported):
    """Returns the dates that an import of exported can give, a list of one or two because max-age counts from the
    second of the call: exported names the end of the day of first, so a second later it ends on the next day. Empty if
    max-age is not the rest of that day. The times are: before and after the export, and after the import."""
    max_age = int(re.search(r"max-age=(\d+)", exported.out).group(1))
    until = set(re.findall(r"report-after = (\S+)", first))
    end = datetime.datetime.fromisoformat(max(until) + "T23:59:59+00:00").timestamp()
    if len(until) != 1 or not int(started - TICK) <= end - max_age <= exporting:
        return []
    return sorted({day(second + max_age) for second in range(int(exporting - TICK), int(imported) + 1)})


def there_and_back():
    for name, form, text, arguments in [
            ("curl", "curl", f"sha256//{A};sha256//{B}", ME),
            ("hpkp", "hpkp", f'pin-sha256="{A}"; pin-sha256="{B}"; max-age=5184000; includeSubDomains', ME),
            ("okhttp", "okhttp", f'.add("**.me.example", "sha256/{A}", "sha256/{B}")', []),
            ("okhttp: one host", "okhttp", f'.add("me.example", "sha256/{A}")', []),
            ("nsc", "nsc", NSC.replace("Example.com", "me.example"), []),
            ("tlsa", "tlsa", "".join(f"_443._tcp.me.example. IN TLSA {k} {HEX}\n" for k in ("3 1 1", "3 0 1", "2 1 1")), [])]:
        first, second = Store(), Store()
        first.load(form, text, *arguments)
        started = time.time()
        exported = first.export(form, "me.example")
        exporting = time.time()
        done = second.load(form, exported.out, *arguments)
        before, after = first.read("me.example"), second.read("me.example")
        expected = [before] if form != "hpkp" else [re.sub(r"report-after = \S+", f"report-after = {date}", before) for date in
                                                    hpkp_dates(before, exported, started, exporting, time.time())]
        tap.check(f"there and back: {name}", exported.status == done.status == 0 and after in expected,
                  f"expected one of {expected}, got {after!r}\n{exported}{done}")


run_tests(imports, files_that_are_there, exports, there_and_back)
