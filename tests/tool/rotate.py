#!/usr/bin/env python3
"""pinctl rotate: how it changes a file, and what it refuses."""

import os

from store_fixture import A, B, C, CERT, INTERMEDIATE, OLD, ROOT, Store, lines, pki, run_tests, tap, top


def test_rotate():
    leaf, root = pki.path("other.leaf.pem"), pki.path("root.pem")
    until = f"key = {A} until 2999-01-01"
    rest = ["x-note = hi", "mode = enforce"]
    cases = [  # name, text, arguments, pins or a part of the refusal
        ("beside", OLD, [leaf], [f"key =  {A}", f"key = {B}"]),
        ("a pin", OLD, [B], [f"key =  {A}", f"key = {B}"]),
        ("until", OLD, [leaf, "--until", "2999-01-01"], [f"key =  {A} until 2999-01-01", f"key = {B}"]),
        ("ends sooner already", f"key = {A} until 2998-01-01", [B, "--until", "2999-01-01"],
         [f"key = {A} until 2998-01-01", f"key = {B}"]),
        ("ends later", f"key = {A}  until  2999-12-31 # x", [B, "--until", "2999-01-01"], [until, f"key = {B}"]),
        ("expired stays", f"key = {A} until 2020-01-01\nkey = {C}", [B, "--until", "2999-01-01"],
         [f"key = {A} until 2020-01-01", f"key = {C} until 2999-01-01", f"key = {B}"]),
        ("to the backup", f"key={A}\nkey={C} until 2998-01-01", [C, "--until", "2999-01-01"],
         [f"key={A} until 2999-01-01", f"key={C}"]),
        ("there already", OLD, [A], [f"key =  {A}"]),
        ("CA beside a CA", f"ca = {INTERMEDIATE}", [root], [f"ca = {INTERMEDIATE}", f"ca = {ROOT}"]),
        ("a pin of a CA", f"ca = {INTERMEDIATE}", [ROOT], [f"ca = {INTERMEDIATE}", f"ca = {ROOT}"]),
        ("to a CA", OLD, [root, "--as", "ca"], [f"key =  {A}", f"ca = {ROOT}"]),
        ("to a certificate", OLD, [pki.path("current.leaf.pem"), "--as", "cert"], [f"key =  {A}", f"cert = {CERT}"]),
        ("mode off, no pin", "mode = off", [B], ["mode = off", f"key = {B}"]),

        ("no file", None, [B], "use pinctl pin"),
        ("broken file", "ky = 1\n", [B], "unknown name"),
        ("a CA for a key", OLD, [root], "--as ca"),
        ("a leaf for a CA", f"ca = {ROOT}", [leaf], "--as key"),
        ("a leaf for a certificate", f"cert = {CERT}", [leaf], "--as cert"),
        ("a bare pin, several kinds", f"key = {A}\nca = {ROOT}", [B], "several kinds"),
        ("a leaf as ca", f"ca = {ROOT}", [leaf, "--as", "ca"], "not a CA"),
        ("a key as cert", f"cert = {CERT}", [pki.path("other.key"), "--as", "cert"], "not a certificate"),
        ("unknown kind", OLD, [B, "--as", "root"], "expected key, cert or ca"),
        ("past", OLD, [B, "--until", "2020-01-01"], "has passed"),
        ("no pin", OLD, ["sha256//AAAA"], "wrong length"),
        ("empty file", OLD, ["/dev/null"], "/dev/null"),
    ]
    for name, text, arguments, expected in cases:
        store = Store({"x.test.pins": text} if text is not None else {})
        done = store.pinctl("rotate", "x.test", "--to", *arguments)
        after = store.read("x.test.pins")
        if isinstance(expected, str):
            tap.check(f"rotate/{name}-refused", done.status == 2 and after == text and expected in done.err,
                      f"expected exit status 2, no change and {expected!r}, got {done}{after}")
        else:
            got = [line for line in lines(after or "") if line not in rest]
            tap.check(f"rotate/{name}-written", done.status == 0 and got == expected,
                      f"expected {expected}, got {got}\n{done}{after}")
    store = Store({"x.test.pins": OLD})
    store.pinctl("rotate", "x.test", "--to", B, "--until", "2999-01-01")
    tap.check("rotate: comments, order and blanks stay", store.read("x.test.pins") ==
              f"# head\nx-note = hi\n\tkey =  {A} until 2999-01-01   # old one \nkey = {B} # added by pinctl rotate\n"
              "\nmode = enforce\n# end", store.read("x.test.pins"))
    store = Store()
    os.symlink(f"{top}/elsewhere", f"{store.path}/x.test.pins")
    with open(f"{top}/elsewhere", "w", encoding="ascii") as out:
        out.write(f"key = {A}\n")
    done = store.pinctl("rotate", "x.test", "--to", B)
    tap.check("rotate, refused: a link", done.status == 2 and "is a link" in done.err and
              os.path.islink(f"{store.path}/x.test.pins"), done)


run_tests(test_rotate)
