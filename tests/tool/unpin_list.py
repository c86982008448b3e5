#!/usr/bin/env python3
"""pinctl unpin and list: what remains in effect, and the state of each host."""

import json
import os
import re

from store_fixture import A, B, Store, options, run, run_tests, tap, top


def test_unpin():
    parent = {"test.pins": f"key = {A}\nsubdomains = yes\n", "_default.pins": f"key = {B}\nmode = report\n"}
    for name, files, settings, host, expected in (
            ("parent", {"x.test.pins": f"key = {A}\n", **parent}, "", "x.test", "test.pins with 1 pin, enforced"),
            ("emergency switch", {"x.test.pins": f"key = {A}\n", **parent}, "mode = report\n", "x.test", "NOT ENFORCED"),
            ("_default", {"x.pins": f"key = {A}\n", **parent}, "", "x", "_default.pins with 1 pin, NOT ENFORCED"),
            ("nothing", {"x.pins": f"key = {A}\n"}, "", "x", "not pinned"),
            ("refused", {"x.pins": f"key = {A}\n"}, "unpinned = refuse\n", "x", "it is refused"),
            ("address", {"127.0.0.1.pins": f"key = {A}\n"}, "", "127.0.0.1", "not pinned"),
            ("broken", {"x.pins": "ky\n"}, "", "x", "has an error")):
        store = Store(files, settings)
        done = store.pinctl("unpin", host)
        tap.check(f"unpin/{name}", done.status == 0 and expected in done.err and f"{host}.pins" not in store.files(),
                  f"expected exit status 0, no {host}.pins and {expected!r}, got {done}")
    store = Store()
    for host in ("x.test", "../_store", "_store"):
        done = store.pinctl("unpin", host)
        tap.check(f"unpin, refused: {host}", done.status == 2 and list(store.files()) == ["_store"], done)


def test_list():
    store = Store({
        "a.test.pins": f"key = {A}\nkey = {B} until 2999-01-01\n", "b.test.pins": f"key = {A}\nmode = report\n",
        "c.test.pins": "mode = off\n", "d.test.pins": f"key = {A} until 2020-01-01\n", "e.test.pins": "ky\n",
        "f.test.pins": f"key = {A}\nreport-after = 2020-01-01\n", "UPPER.pins": "", "x:443.pins": "", "notes": "",
        "g.test.pins": f"mode = report # pinctl: suspended until 2020-01-01T00:00:00Z, was: \nkey = {A}\n",
        "h.test.pins": f"mode = report # pinctl: suspended until 2099-01-01T00:00:00Z, was: \nkey = {A}\n"})
    done = store.pinctl("list", "--json")
    found = json.loads(done.out)
    states = {host["host"][0]: host["state"] for host in found["hosts"]}
    tap.check("list: states", states == {
        "a": "enforced", "b": "report", "c": "off", "d": "lapsed", "e": "error", "f": "report",
        "g": "suspension overdue", "h": "suspended"} and found["ignored-files"] == 3 and done.status == 1, done)
    done = store.pinctl("list")
    tap.check("list: what is not enforced stands out", done.out.count("NOT ENFORCED") == 5 and
              "OVERDUE" not in done.out and "should have ended" in done.out and "EXPIRED" in done.out and
              "\x1b" not in done.out, done)
    tap.check("list: all is well", Store({"a.test.pins": f"key = {A}\n"}).pinctl("list").status == 0)
    for settings, expected in (("mode = report\n", "NOTHING IS ENFORCED"), ("ky\n", "EVERY CONNECTION IS REFUSED"),
                           (None, "EVERY CONNECTION IS REFUSED")):
        done = Store({"a.test.pins": f"key = {A}\n"}, settings).pinctl("list")
        tap.check(f"list: _store {settings!r}", expected in done.out, done)
    odd = Store({"a.test.pins": f"key = {A}\n", "x\nb.test.pins": f"key = {A}\n"})
    done = odd.pinctl("list")
    tap.check("list: a newline in a file's name adds no row", len(re.findall("^b.test", done.out, re.M)) == 0, done)
    os.rename(odd.path, f"{top}/x\nb.test  forged")
    done = run(options.pinctl, "list", "--pins", f"{top}/x\nb.test  forged")
    tap.check("list: nor does one in the store's name", "Store " in done.out and "x\\x0Ab.test  forged" in done.out and
              not re.search("^b.test", done.out, re.M), done)
    done = run(options.pinctl, "list", "--pins", f"{top}/none")
    tap.check("list: no store", done.status == 2, done)
    for command in (["list"], ["unpin", "x.test"], ["edit", "x.test"], ["suspend", "--all", "--for", "1h"],
                    ["rotate", "x.test", "--to", B]):
        for pins in ("none", "no/ne", f"{top}/none"):
            done = run(options.pinctl, *command, "--pins", pins, "--yes", cwd=top)
            tap.check(f"{command[0]}: --pins {pins.replace(top, '/...')} is not there",
                      done.status == 2 and f"--pins {pins}: there is no such directory" in done.err and
                      "openssl.cnf" not in done.err, done)
    done = run(options.pinctl, "list", "--pins", "")
    tap.check("list: --pins is empty", done.status == 2 and "--pins is empty" in done.err, done)


run_tests(test_unpin, test_list)
