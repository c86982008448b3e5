#!/usr/bin/env python3
"""pinctl enable and disable, killed, without space, or two at once: openssl.cnf is the old or the new one, and the
next call works."""

import argparse
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile

from tap import Tap, run

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "data", "openssl-conf", "debian.cnf")

options = argparse.ArgumentParser()
options.add_argument("--pinctl", required=True)
options.add_argument("--module", required=True)
options.add_argument("--preload", required=True, help="the library that kills")
options = options.parse_args()
for name in ("pinctl", "module", "preload"):
    setattr(options, name, os.path.abspath(getattr(options, name)))
tap = Tap()
ALONE = {"OPENSSL_CONF": "/dev/null", "PATH": os.environ["PATH"]}
calls = {}  # command -> number of its calls that change files
top = tempfile.mkdtemp(prefix="pinctl-whole-")
with open(DATA, encoding="ascii") as data:
    STOCK = data.read()


def read(path):
    try:
        with open(path, encoding="utf-8") as text:
            return text.read()
    except FileNotFoundError:
        return None


def clean_up(output):
    """Removes the files of a killed pinctl in /tmp."""
    for left in re.findall(r"^preload: made (/tmp/pinctl-\w{6})$", output, re.M):
        shutil.rmtree(left, ignore_errors=True)


class Host:
    """DIR/openssl.cnf, always at the same path so that pinctl writes the same text; the store is beside DIR."""

    directory, pins = os.path.join(top, "ssl"), os.path.join(top, "pins.d")
    conf, own = os.path.join(directory, "openssl.cnf"), os.path.join(directory, "pinning.cnf")

    def __init__(self, files):
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.pins, exist_ok=True)
        os.makedirs(self.directory)
        for path, text in ((os.path.join(self.pins, "_store"), ""),
                           *((os.path.join(self.directory, name), text) for name, text in files.items())):
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)

    def files(self):
        return {name: read(os.path.join(self.directory, name)) for name in os.listdir(self.directory)}

    @classmethod
    def command(cls, command, *more):
        return [options.pinctl, command, "--conf", cls.conf,
                *(["--module", options.module, "--pins", cls.pins] if command == "enable" else []), *more]

    def pinctl(self, *arguments, at=None):
        env = {"LD_PRELOAD": options.preload, at[0]: str(at[1])} if at else {}
        done = run(*self.command(*arguments), env=env)
        clean_up(done.err)
        return done


def enabled(*more):
    host = Host({"openssl.cnf": STOCK})
    done = host.pinctl("enable", *more)
    tap.check(f"enable {' '.join(more)}: it works here", done.status == 0, done)
    return host.files()


def includes(files):
    return f"\n.include {Host.own}" in files["openssl.cnf"]


def wrong(files, old, new):
    """Returns the fault in the files that a program would read, None if there is none."""
    if files.get("openssl.cnf") not in (old["openssl.cnf"], new["openssl.cnf"]):
        return "openssl.cnf is neither the old nor the new one"
    if includes(files) and files.get("pinning.cnf") not in (
            [text for text in (old.get("pinning.cnf"), new.get("pinning.cnf")) if text]):
        return "what openssl.cnf includes is not whole"
    return None


def then_works(host, plain):
    """Runs disable and enable on the files that were left. Returns the fault, None if both work."""
    left = host.files()
    done = host.pinctl("disable")
    if done.status != 0 or host.files()["openssl.cnf"] != STOCK:
        return f"then disable: {done}"
    host = Host(left)
    done = host.pinctl("enable")
    now = host.files()
    if done.status != 0 or now["openssl.cnf"] != plain["openssl.cnf"] or "module = " not in now["pinning.cnf"]:
        return f"then enable: {done}"
    if "pinning.cnf.unconfirmed" in now and not includes(left):
        return "then enable: the unconfirmed file is still there"
    # The leftover of a file stays until that file is written again.
    for name in ("openssl.cnf", "pinning.cnf"):
        if name + ".pinctl-tmp" in now and left.get(name) != now[name]:
            return f"then enable: a leftover file: {sorted(now)}"
    return None


def test_each_call(what):
    """Kills pinctl, or lets it fail, at each call that changes files, one after the other."""
    kind = {"KILL_AT": "killed", "FAIL_AT": "no space"}[what]
    plain, strict, stock = enabled(), enabled("--strict"), {"openssl.cnf": STOCK}
    for name, files, arguments, new, at_least in (
            ("enable", stock, ["enable"], plain, 30),
            ("enable --strict, enabled already", plain, ["enable", "--strict"], strict, 30),
            ("enable --confirm", stock, ["enable", "--confirm", "1h"], plain, 35),
            ("disable", plain, ["disable"], stock, 5)):
        at, bad, seen = 0, [], []
        while True:
            at += 1
            host = Host(files)
            done = host.pinctl(*arguments, at=(what, at))
            found = host.files()
            fault = wrong(found, files, new)
            if what == "FAIL_AT" and done.status == 2 and "nothing was changed" in done.err:
                kept = {n: found.get(n) for n in ("openssl.cnf", "pinning.cnf")}
                if kept != {n: files.get(n) for n in kept}:
                    fault = fault or f"something was changed: {sorted(found)}"
            # The token differs each time, but not its effect.
            state = {n: n if n.startswith("pinning.cnf.unconfirmed") else text for n, text in found.items()}
            if not fault and state not in seen:
                seen.append(state)
                fault = then_works(host, plain)
            if fault:
                bad.append((at, fault, str(done)))
            if what == "KILL_AT" and done.status != -signal.SIGKILL:
                break
            if at > 200 or (what == "FAIL_AT" and at >= calls[name]):
                break
        if what == "KILL_AT":
            calls[name] = at - 1
            bad += [] if done.status == 0 else [(at, "not killed, and", str(done))]
        tap.check(f"{kind} at each of {calls[name]} calls: {name}; {len(seen)} states",
                  calls[name] >= at_least and not bad, "\n".join(map(str, bad[:3])))
    shutil.rmtree(Host.directory)  # the processes that wait for a confirmation end when there is nothing to confirm


def test_confirm_killed():
    """Kills pinctl when openssl.cnf is in place: nobody can confirm a change that was not printed, so it is reverted."""
    plain = enabled()
    host, at = None, calls["enable --confirm"]
    while at > 0:
        host = Host({"openssl.cnf": STOCK})
        done = host.pinctl("enable", "--confirm", "1s", at=("KILL_AT", at))
        if done.status == -signal.SIGKILL and host.files()["openssl.cnf"] == plain["openssl.cnf"]:
            break
        at -= 1
    subprocess.run(["sleep", "2.5"], check=True)
    tap.check("killed when it waits for --confirmed: the change is reverted",
              at > 0 and host.files()["openssl.cnf"] == STOCK, f"{at} {host.files()}")


def test_size_limit():
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    plain = enabled()
    for name, files, command in (("enable", {"openssl.cnf": STOCK}, "enable"), ("disable", plain, "disable")):
        for ignored in (False, True):  # SIGXFSZ, which otherwise ends it
            host = Host(files)
            done = subprocess.run(host.command(command), preexec_fn=limit, restore_signals=not ignored,
                                  capture_output=True, text=True, check=False,
                                  env={**ALONE, "LD_PRELOAD": options.preload, "KILL_AT": "100000"})
            clean_up(done.stderr)
            tap.check(f"file size limit{', signal ignored' if ignored else ''}: {name}: openssl.cnf is unchanged",
                      done.returncode not in (0, 1) and host.files()["openssl.cnf"] == files["openssl.cnf"] and
                      (not ignored or "File too large" in done.stderr), done)
            tap.check("file size limit: then it works", then_works(host, plain) is None)


def test_full_disk():
    plain = enabled()
    script = ('mount -t tmpfs -o size=40k none "$1" && cp "$2"/* "$1" && cd "$1" && echo mounted && pages="$3" && '
              'shift 3 && cat /dev/zero > fill 2>/dev/null; truncate -s -$((4096 * pages)) fill; '
              '"$@" >&2; echo "status $?"; ls -A; echo "--own"; cat pinning.cnf; echo "--conf"; cat openssl.cnf; '
              'echo "--end"; rm fill; "$@" >&2; echo "again $?"')
    kept = os.path.join(top, "kept")
    full = 0
    for name, files, pages in (*(("enable", {"openssl.cnf": STOCK}, pages) for pages in range(4)),
                               ("disable", plain, 0)):
        host = Host(files)
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(host.directory, kept)
        done = run("unshare", "-m", "sh", "-c", script, "sh", host.directory, kept, str(pages), *host.command(name))
        if "mounted" not in done.out:
            print("# no private mount here: the full disk is left out")
            return
        own, conf = re.search(r"^--own\n(.*)--conf\n(.*)--end$", done.out, re.M | re.S).groups()
        if "status 2" in done.out:
            full += 1
            tap.check(f"full disk, {pages} pages left: {name}: nothing is changed, and pinctl reports the error",
                      conf == files["openssl.cnf"] and own == files.get("pinning.cnf", "") and
                      "No space left" in done.err and ".pinctl-tmp" not in done.out, done)
        else:
            tap.check(f"full disk, {pages} pages left: {name}: complete",
                      wrong({"openssl.cnf": conf, "pinning.cnf": own}, files, plain) is None, done)
        tap.check(f"full disk, {pages} pages left: {name}: then it works", "again 0" in done.out, done)
    tap.check("full disk: at least 3 times", full >= 3, full)


def read_files(host, stock, plain):
    """Reads the files as a program does, openssl.cnf first. Returns the fault. None if openssl.cnf changes meanwhile,
    because the old one may include a file that disable has removed."""
    first, own, again = (read(path) for path in (host.conf, host.own, host.conf))
    return wrong({"openssl.cnf": first, "pinning.cnf": own}, stock, plain) if first == again else None


def test_at_once():
    plain, stock = enabled(), {"openssl.cnf": STOCK}
    for name, files, commands in (("enable", stock, ["enable"] * 4), ("disable", plain, ["disable"] * 4),
                                  ("one each", stock, ["enable", "disable"] * 2)):
        bad = []
        for _ in range(3):
            host = Host(files)
            children = [subprocess.Popen(host.command(command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                         text=True, env=ALONE)
                        for command in commands]
            faults = set()
            while any(child.poll() is None for child in children):
                faults.add(read_files(host, stock, plain))
            results = [(child.communicate()[1], child.returncode) for child in children]
            reported = all("another pinctl is working" in err for err, status in results if status != 0)
            fault = wrong(host.files(), stock, plain) or then_works(host, plain)
            if fault or not reported or all(status for _, status in results) or faults - {None}:
                bad.append((fault, results, faults))
        tap.check(f"{len(commands)} at once: {name}: one after the other, or reported", not bad, bad)


try:
    for test in (lambda: test_each_call("KILL_AT"), lambda: test_each_call("FAIL_AT"), test_confirm_killed,
                 test_size_limit, test_full_disk, test_at_once):
        test()
finally:
    shutil.rmtree(top)
tap.end()
