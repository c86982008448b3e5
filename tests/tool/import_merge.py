#!/usr/bin/env python3
"""pinctl import --merge: what it adds, and that it names what it leaves."""

import os

from import_fixture import A, B, ME, Store, key, run_tests, tap


def with_file(text):
    store = Store()
    with open(os.path.join(store.path, "me.example.pins"), "w", encoding="ascii") as out:
        out.write(text)
    return store


PIN = '<pin digest="SHA-256">%s</pin>' % A
NSC = ('<network-security-config><domain-config><domain includeSubdomains="true">me.example</domain>'
       f'<pin-set expiration="2031-01-01">{PIN}</pin-set></domain-config></network-security-config>')
OFF = (f'<network-security-config><domain-config><domain includeSubdomains="true">example</domain><pin-set>{PIN}</pin-set>'
       '</domain-config><domain-config><domain>me.example</domain></domain-config></network-security-config>')
REPORT = f'Public-Key-Pins-Report-Only: pin-sha256="{A}"'
UNTIL = f"|c0|me.example|https|1893456000|6|{'2f5465433' + '00e81cc8e6c8fd9fdc2fb0a175f6a81a12477a10445498f67b9e67c'}\n"

# name, the file, format, text, arguments, the differences that are named
CASES = [
    ("none", key(B), "curl", f"sha256//{A}", ME, None),
    ("subdomains-and-date-of-import", key(B), "nsc", NSC, ["--as", "key"],
     "subdomains (import: yes, file: no), report-after (import: 2030-12-31, file: never)"),
    ("subdomains-of-file", key(B) + ["subdomains = yes"], "curl", f"sha256//{A}", ME, "subdomains (import: no, file: yes)"),
    ("mode-of-import", key(B), "hpkp", REPORT, ME + ["--as", "key"], "mode (import: report, file: enforce)"),
    ("mode-of-file", key(B) + ["mode = off"], "curl", f"sha256//{A}", ME, "mode (import: enforce, file: off)"),
    ("same-settings", key(B) + ["subdomains = yes", "report-after = 2030-12-31"], "nsc", NSC, ["--as", "key"], None),
    ("until-of-import", key(A), "gnutls", UNTIL, [], f"until of key = sha256//{A} (import: 2030-01-01, file: never)"),
    ("until-of-file", [f"key = sha256//{A} until 2030-01-02"], "curl", f"sha256//{A}", ME,
     f"until of key = sha256//{A} (import: never, file: 2030-01-02)"),
    ("exemption", key(B), "nsc", OFF, ["--as", "key"], "mode (import: off, file: enforce)"),
]


def merges():
    for name, lines, form, text, arguments, differences in CASES:
        store = with_file("\n".join(lines) + "\n")
        done = store.load(form, text, *arguments, "--merge")
        merged = store.lines("me.example")
        has_pins = set(lines) <= set(merged) and (name == "exemption" or any(A in line for line in merged))
        named = f"me.example.pins: --merge adds pins and leaves the rest: {differences};"
        tap.check(f"merge/{name}", has_pins and done.status == (1 if differences else 0)
                  and (named in done.err if differences else "--merge" not in done.err), f"{done}{merged}")


run_tests(merges)
