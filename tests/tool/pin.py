#!/usr/bin/env python3
"""pinctl pin: the files it writes, and what it refuses."""

import os
import re
import shutil

from store_fixture import (A, B, C, INTERMEDIATE, ROOT, Store, lines, openssl, options, pki, run, run_tests, serve,
                           tap, top, with_answers)


def pin_cases(good, bad):
    leaf, spare = pki.path("current.leaf.pem"), pki.path("spare.key")
    public = f"{top}/public.pem"
    openssl("pkey", "-in", spare, "-pubout", "-out", public)
    # name, arguments, the lines of the file or (a string) a part of the refusal
    return [
        ("leaf", ["pinned.test", "--from", good], [f"key = {A}", f"probe = {good}"]),
        ("CA", ["pinned.test", "--from", good, "--ca"], [f"ca = {ROOT}", f"probe = {good}"]),
        ("root", ["pinned.test", "--from", good, "--ca=root"], [f"ca = {ROOT}", f"probe = {good}"]),
        ("issuer", ["pinned.test", "--from", good, "--ca=issuer"], [f"ca = {INTERMEDIATE}", f"probe = {good}"]),
        ("address", ["127.0.0.1", "--from", good], [f"key = {A}", f"probe = {good}"]),
        ("_default", ["_default", "--from", good], [f"key = {A}", f"probe = {good}"]),
        ("_nameless with a CA", ["_nameless", "--from", good, "--ca"], [f"ca = {ROOT}", f"probe = {good}"]),
        ("upper case is lowered", ["PINNED.test.", "--from", good], [f"key = {A}", f"probe = {good}"]),
        ("everything", ["pinned.test", "--file", leaf, "--backup", spare, "--backup", B, "--subdomains",
                        "--until", "2999-01-01", "--report-after", "2998-01-01", "--mode", "report"],
         [f"key = {A} until 2999-01-01", f"key = {C}", f"key = {B}", "subdomains = yes", "mode = report",
          "report-after = 2998-01-01"]),
        ("backup is a CA", ["x.test", "--file", leaf, "--backup", pki.path("root.pem")],
         [f"key = {A}", f"ca = {ROOT}"]),
        ("public key", ["x.test", "--file", public], [f"key = {C}"]),
        ("CA of a file", ["x.test", "--file", pki.path("whole.chain.pem"), "--ca"], [f"ca = {ROOT}"]),
        ("issuer of a file", ["x.test", "--file", pki.path("whole.chain.pem"), "--ca=issuer"],
         [f"ca = {INTERMEDIATE}"]),
        ("file of a CA", ["x.test", "--file", pki.path("root.pem"), "--ca"], [f"ca = {ROOT}"]),

        ("no source", ["x.test"], "--from"),
        ("two sources", ["x.test", "--from", good, "--file", leaf], "--from"),
        ("no host", ["--file", leaf], "expected one HOST"),
        ("port in the host", ["x.test:443", "--file", leaf], "is not a host"),
        ("wildcard", ["*.x.test", "--file", leaf], "is not a host"),
        ("way out", ["../x", "--file", leaf], "is not a host"),
        ("store as host", ["_store", "--file", leaf], "is not a host"),
        ("U-label", ["bücher.test", "--file", leaf], "is not a host"),
        ("too long", [".".join(["a" * 60] * 4) + ".abcdefghi", "--file", leaf], "can have no file"),
        ("other host", ["other.test", "--from", good], "hostname mismatch"),
        ("other address", ["127.0.0.2", "--from", good], "IP address mismatch"),
        ("untrusted", ["pinned.test", "--from", bad], "does not verify"),
        ("untrusted with a CA", ["pinned.test", "--from", bad, "--ca"], "does not verify"),
        ("no server", ["pinned.test", "--from", "127.0.0.1:1"], "127.0.0.1"),
        ("bad port", ["pinned.test", "--from", "127.0.0.1:0"], "127.0.0.1:0"),
        ("no file", ["x.test", "--file", f"{top}/none"], f"{top}/none"),
        ("no root in the file", ["x.test", "--file", leaf, "--ca"], "no root above"),
        ("no CA in the file", ["x.test", "--file", public, "--ca=issuer"], "no CA above"),
        ("kind of CA", ["x.test", "--file", leaf, "--ca=leaf"], "expected root or issuer"),
        ("backup is the pin", ["x.test", "--file", leaf, "--backup", A], "is the key that is pinned"),
        ("backup twice", ["x.test", "--file", leaf, "--backup", B, "--backup", B], "already on line"),
        ("backup is weak", ["x.test", "--file", leaf, "--backup", "sha1//2jmj7l5rSw0yVb/vlWAYkK/YBwk="], "weaker"),
        ("backup is not a pin", ["x.test", "--file", leaf, "--backup", "sha256//AAAA"], "wrong length"),
        ("past", ["x.test", "--file", leaf, "--until", "2020-01-01"], "has passed"),
        ("no day", ["x.test", "--file", leaf, "--until", "2027-02-31"], "expected a date"),
        ("no mode", ["x.test", "--file", leaf, "--mode", "reprot"], "expected enforce"),
        ("unknown option", ["x.test", "--file", leaf, "--force"], "--help"),
    ]


def test_pin():
    good_server, good = serve("current")
    bad_server, bad = serve("untrusted")
    for name, arguments, expected in pin_cases(good, bad):
        store = Store()
        done = store.pinctl("pin", *arguments)
        written = {name: text for name, text in store.files().items() if name != "_store"}
        if isinstance(expected, str):
            tap.check(f"pin/{name}-refused", done.status == 2 and not written and expected in done.err,
                      f"expected exit status 2, no file and {expected!r}, got {done}{written}")
        else:
            host = arguments[0].lower().rstrip(".") + ".pins"
            tap.check(f"pin/{name}-written", done.status == 0 and list(written) == [host] and
                      lines(written[host]) == expected, f"expected {host} with {expected}, got {done}{written}")
    for text in (f"key = {B}\n", "nonsense\n", ""):
        store = Store({"x.test.pins": text})
        done = store.pinctl("pin", "x.test", "--file", pki.path("current.leaf.pem"))
        tap.check("pin, refused: a file is there", done.status == 2 and "exists" in done.err and
                  store.read("x.test.pins") == text, done)
    store = Store()
    os.symlink("nowhere", f"{store.path}/x.test.pins")
    done = store.pinctl("pin", "x.test", "--file", pki.path("current.leaf.pem"))
    tap.check("pin, refused: a link is there", done.status == 2 and "exists" in done.err, done)
    done = Store().pinctl("pin", "pinned.test", "--from", good)
    tap.check("pin: prints a leaf that is renewed, a missing backup and the programs concerned",
              "is renewed automatically" in done.err and "causes an outage" in done.err and
              "pinctl enable" in done.out, done)
    good_server.kill()
    bad_server.kill()


def test_questions():
    leaf = pki.path("current.leaf.pem")
    store = Store()
    done = store.pinctl("pin", "x.test", "--file", leaf, yes=False)
    tap.check("pin: no terminal, no answer, nothing written",
              done.status == 2 and list(store.files()) == ["_store"] and "--yes" in done.err, done)
    command = [options.pinctl, "pin", "x.test", "--file", leaf, "--pins", store.path]
    for answers, written in (("n\n", False), ("y\nn\n", False), ("\n", False), ("y\ny\n", True)):
        status, out, err = with_answers(answers, *command)
        tap.check(f"pin: asked twice, answered {answers!r}",
                  (status == 0) == written and (store.read("x.test.pins") is not None) == written, out + err)
    status, out, err = with_answers("n\n", options.pinctl, "unpin", "x.test", "--pins", store.path)
    tap.check("unpin: asks", status == 2 and store.read("x.test.pins") is not None, out + err)


def test_store_from_nothing():
    for umask in (0o077, 0o002, 0o777):
        store = Store()
        shutil.rmtree(store.path)
        done = run("sh", "-c", f'umask {umask:o}; exec "$@"', "sh", options.pinctl, "pin", "x.test", "--yes",
                   "--file", pki.path("current.leaf.pem"), "--pins", store.path)
        modes = {name: os.stat(f"{store.path}/{name}").st_mode & 0o7777 for name in (".", "_store", "x.test.pins")}
        tap.check(f"a store from nothing, umask {umask:03o}", done.status == 0 and "made the directory" in done.err and
                  modes == {".": 0o755, "_store": 0o644, "x.test.pins": 0o644}, f"{done}{modes}")
    store = Store({"passwd": ""}, settings=None)
    done = store.pinctl("pin", "x.test", "--file", pki.path("current.leaf.pem"))
    tap.check("a directory with other files becomes no store", done.status == 2 and "is it the store?" in done.err and
              list(store.files()) == ["passwd"], done)
    store = Store()
    os.chmod(store.path, 0o777)
    done = store.pinctl("pin", "x.test", "--file", pki.path("current.leaf.pem"))
    tap.check("nothing is written where others may write", done.status == 2 and "chmod" in done.err and
              list(store.files()) == ["_store"], done)


def test_hostile():
    name = "\x1b]0;owned\x07\r\n2J" + "x" * 200
    openssl("req", "-x509", "-new", "-key", pki.path("other.key"), "-utf8", "-subj", f"/CN={name[:50]}/O=é\x1b[2J",
            "-config", pki.path("root.cnf"), "-out", f"{top}/hostile.pem", "-days", "1")
    store = Store()
    done = store.pinctl("pin", "x.test", "--file", f"{top}/hostile.pem")
    text = store.read("x.test.pins") or ""
    tap.check("a hostile subject is escaped, on the terminal and in the file",
              done.status == 0 and not re.search(r"[^\n -~]", done.out + done.err + text) and
              lines(text) == [f"key = {B}"], f"{done}{text!r}")
    names = ",".join(f"DNS:host{i}.example.com" for i in range(5000))
    with open(f"{top}/big.cnf", "w", encoding="ascii") as out:
        out.write("[req]\ndistinguished_name=dn\nx509_extensions=x\n[dn]\n[x]\nsubjectAltName=@n\n[n]\n")
        out.write("\n".join(f"DNS.{i}={n[4:]}" for i, n in enumerate(names.split(","))))
    openssl("req", "-x509", "-new", "-key", pki.path("other.key"), "-subj", "/CN=big", "-config",
            f"{top}/big.cnf", "-out", f"{top}/big.pem", "-days", "1")
    store = Store()
    done = store.pinctl("pin", "x.test", "--file", f"{top}/big.pem")
    tap.check("100 KiB of names", done.status == 0 and lines(store.read("x.test.pins")) == [f"key = {B}"], done)


run_tests(test_pin, test_questions, test_store_from_nothing, test_hostile)
