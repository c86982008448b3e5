#!/usr/bin/env python3
"""The commands that change a store, killed, without space, and several at once: a file is the old or the new one."""

import fcntl
import os
import resource
import signal
import subprocess

from store_fixture import A, B, OLD, Store, options, pki, run, run_tests, tap


def test_killed():
    """Kills pinctl at each call that changes files, one after the other."""
    leaf = pki.path("current.leaf.pem")
    for name, files, settings, arguments in (
            ("pin", {}, None, ["pin", "x.test", "--file", leaf, "--backup", B]),
            ("rotate", {"x.test.pins": OLD}, "", ["rotate", "x.test", "--to", B]),
            ("unpin", {"x.test.pins": OLD}, "", ["unpin", "x.test"]),
            ("suspend --end", {"x.test.pins": "mode = report # pinctl: suspended until 2020-01-01T00:00:00Z, was: \n"
                               f"key = {A}\n"}, "", ["suspend", "--end", "x.test"])):
        reference = Store(files, settings)
        reference.pinctl(*arguments)
        new, at, bad = reference.files(), 0, []
        while True:
            at += 1
            store = Store(files, settings)
            done = store.pinctl(*arguments, env={"LD_PRELOAD": options.preload, "KILL_AT": str(at)})
            found = {name: text for name, text in store.files().items() if name[0] != "."}
            for file in {*found, *files}:
                if found.get(file) not in (files.get(file), new.get(file)) and not (file == "_store" and settings == ""):
                    bad.append((at, file, found.get(file)))
            if done.status != -signal.SIGKILL:
                break
            again = store.pinctl(*arguments)  # the leftovers must not disturb it
            if any(name[0] == "." for name in store.files()) and again.status == 0 and arguments[0] != "unpin":
                bad.append((at, "a leftover file", list(store.files())))
        tap.check(f"killed at each of {at - 1} calls: {name}", at > (2 if name != "unpin" else 1) and not bad and
                  done.status == 0, f"{bad}{done}")


def test_no_room():
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    store = Store({"x.test.pins": OLD})
    done = subprocess.run([options.pinctl, "rotate", "x.test", "--to", B, "--pins", store.path, "--yes"],
                          preexec_fn=limit, capture_output=True, env={"OPENSSL_CONF": "/dev/null"}, check=False)
    tap.check("file size limit: the old file is unchanged", done.returncode != 0 and store.read("x.test.pins") == OLD, done)
    script = (f'mount -t tmpfs -o size=16k none {store.path} && cd {store.path} && : > _store && '
              f'printf "%s" "$1" > x.test.pins && chmod 755 . && {{ cat /dev/zero > fill 2>/dev/null; shift; '
              '"$@"; echo "status $?"; ls -A; cat x.test.pins; }')
    done = run("unshare", "-m", "sh", "-c", script, "sh", OLD, options.pinctl, "rotate", "x.test", "--to", B,
               "--pins", store.path, "--yes")
    if "status" not in done.out:
        print("# no private mount here: the full disk is left out")
        return
    tap.check("full disk: the old file is unchanged, and pinctl reports the error", "status 2" in done.out and done.out.endswith(OLD) and
              "No space left" in done.err and ".pinctl.tmp" not in done.out, done)


def test_two_at_once():
    pins = [f"sha256:{i:064x}" for i in range(1, 9)]
    store = Store({"x.test.pins": f"key = {A}\n"})
    children = [subprocess.Popen([options.pinctl, "rotate", "x.test", "--to", pin, "--pins", store.path, "--yes"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                 env={"OPENSSL_CONF": "/dev/null"}) for pin in pins]
    results = [(child.communicate(timeout=30)[1], child.returncode) for child in children]
    won = sum(status == 0 for _, status in results)
    lost = all("changed meanwhile" in err for err, status in results if status != 0)
    count = len(store.list()["x.test"]["pins"])
    tap.check(f"{len(pins)} at once: {won} written, the others report it, none is lost", won >= 1 and lost and count == 1 + won,
              f"{results}\n{store.files()}")
    store = Store()
    children = [subprocess.Popen([options.pinctl, "pin", "x.test", "--file", pki.path(f"{leaf}.leaf.pem"), "--pins",
                                  store.path, "--yes"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 env={"OPENSSL_CONF": "/dev/null"}) for leaf in ("current", "other")]
    statuses = sorted(child.wait(30) for child in children)
    tap.check("two pin the same host: one succeeds", statuses == [0, 2], statuses)


def wait_for_lock():
    """Starts a rotation while this process has the lock. Returns a function that checks its end, because it waits
    for seconds."""
    store = Store({"x.test.pins": OLD})
    lock = os.open(store.path, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    child = subprocess.Popen([options.pinctl, "rotate", "x.test", "--to", B, "--pins", store.path, "--yes"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                             env={"OPENSSL_CONF": "/dev/null"})

    def check():
        error = child.communicate(timeout=30)[1]
        tap.check("another process has the lock: reported after a time, nothing written", child.returncode == 2 and
                  "has been locked for" in error and store.read("x.test.pins") == OLD, error)
        os.close(lock)
    return check


run_tests(test_no_room, test_two_at_once, *([test_killed] if options.preload else []), wait_for_lock())
