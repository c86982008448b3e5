#!/usr/bin/env python3
"""pinctl suspend: report mode for a time, and its end."""

import os
import time

from store_fixture import A, OLD, Store, options, run_tests, tap, waiters


def test_suspend():
    texts = {"a.test.pins": f"key = {A}\n", "b.test.pins": OLD.replace("enforce", "enforce # ä"),
             "c.test.pins": f"mode=enforce\nkey = {A}", "_store": "# head\nunpinned = refuse\n"}
    store = Store(texts)
    for what in ("a.test", "b.test", "c.test", "--all"):
        done = store.pinctl("suspend", what, "--for", "4h")
        tap.check(f"suspend {what}", done.status == 0 and "NOT ENFORCED" in done.out, done)
    tap.check("suspend: list shows it", {h["state"] for h in store.list().values()} == {"suspended"}, store.list())
    done = store.pinctl("suspend", "a.test", "--for", "2d")
    tap.check("suspend again: extended", done.status == 0 and "already" in done.out, done)
    done = store.pinctl("suspend", "--end", "--due", "a.test")
    tap.check("suspend --end --due: not yet", done.status == 0 and "not ended yet" in done.out, done)
    for what in ("a.test", "b.test", "c.test", "--all"):
        store.pinctl("suspend", "--end", what)
    tap.check("suspend --end gives back every byte", store.files() == texts, store.files())
    done = store.pinctl("suspend", "--end", "a.test")
    tap.check("suspend --end: nothing to end", done.status == 0 and "not suspended" in done.out, done)
    store.write("o.test.pins", f"mode = report # pinctl: suspended until 2020-01-01T00:00:00Z, was: \nkey = {A}\n")
    done = store.pinctl("suspend", "--end", "--due", "o.test")
    tap.check("suspend --end --due: overdue", done.status == 0 and store.read("o.test.pins") == f"key = {A}\n", done)
    files = {"off.test.pins": "mode = off\n", "broken.test.pins": "ky\n", "ok.test.pins": f"key = {A}\n"}
    for name, arguments, expected in (
            ("no time", ["ok.test"], "--for"), ("no unit", ["ok.test", "--for", "4"], "30m"),
            ("nothing", ["ok.test", "--for", "0h"], "30m"), ("too long", ["ok.test", "--for", "32d"], "31d"),
            ("overflow", ["ok.test", "--for", "99999999999999999999h"], "31d"), ("minus", ["ok.test", "--for=-4h"], "30m"),
            ("host and all", ["ok.test", "--all", "--for", "4h"], "one HOST"), ("no host", ["--for", "4h"], "one HOST"),
            ("for and end", ["ok.test", "--for", "4h", "--end"], "--end"), ("no file", ["x.test", "--for", "4h"], "does not exist"),
            ("broken", ["broken.test", "--for", "4h"], "missing '='"), ("off", ["off.test", "--for", "4h"], "mode = off")):
        store = Store(files)
        done = store.pinctl("suspend", *arguments)
        tap.check(f"suspend/{name}-refused", done.status == 2 and expected in done.err and
                  store.files() == {"_store": "", **files},
                  f"expected exit status 2, no change and {expected!r}, got {done}")
    done = Store({}, None).pinctl("suspend", "--all", "--for", "4h")
    tap.check("suspend, refused: no _store", done.status == 2 and "_store" in done.err, done)
    done = Store({}, "ky\n").pinctl("suspend", "--all", "--for", "4h")
    tap.check("suspend, refused: broken _store", done.status == 2 and "_store:1" in done.err, done)


def test_suspend_ends():
    store = Store({"a.test.pins": f"key = {A}\n"})
    done = store.pinctl("suspend", "a.test", "--for", "1m")
    pid = waiters[-1]
    fds = sorted(os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd"))
    tap.check("suspend: the waiting process keeps nothing open", fds == ["/dev/null"] * len(fds) and
              os.readlink(f"/proc/{pid}/cwd") == "/", f"{done}{fds}")
    if not options.preload:
        return
    texts = {"a.test.pins": f"key = {A}\n", "_store": "unpinned = refuse\n"}
    store = Store(texts)
    # The waiting processes are started before the files are changed.
    awake = f"{store.path}.awake"
    for what in ("a.test", "--all"):
        store.pinctl("suspend", what, "--for", "31d",
                     env={"LD_PRELOAD": options.preload, "SLEPT": "0", "AWAKE": awake})
    tap.check("suspend: until its end it is in force", store.read("_store").startswith("mode = report"), store.files())
    with open(awake, "w", encoding="utf-8"):
        pass
    for _ in range(100):
        if store.files() == texts:
            break
        time.sleep(0.1)
    tap.check("suspend: ends by itself", store.files() == texts, store.files())


run_tests(test_suspend, test_suspend_ends)
