#!/usr/bin/env python3
"""pinctl pin, rotate, unpin, suspend, edit and list: what they write, and above all what they refuse."""

import argparse
import fcntl
import json
import os
import pty
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from tap import Tap, run

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from pki import Pki, openssl  # noqa: E402

options = argparse.ArgumentParser()
options.add_argument("--pinctl", required=True)
options.add_argument("--module", help="the module, to see that programs are held")
options.add_argument("--preload", nargs="?", help="the library that kills and sleeps")
options = options.parse_args([word for word in sys.argv[1:] if word])
tap = Tap()
top = tempfile.mkdtemp(prefix="pinctl-write-")
os.chmod(top, 0o755)
os.mkdir(f"{top}/pki")
pki = Pki(f"{top}/pki")
A, B, C = (pki.pin(key) for key in ("current", "other", "spare"))
ROOT, INTERMEDIATE = pki.pin("root"), pki.pin("intermediate")
CERT = pki.certificate_pin("current")
waiters = []  # processes that suspend left behind


class Store:
    count = 0

    def __init__(self, files=None, head=""):
        Store.count += 1
        self.path = f"{top}/{Store.count}.d"
        os.mkdir(self.path)
        os.chmod(self.path, 0o755)
        for name, text in {**({"_store": head} if head is not None else {}), **(files or {})}.items():
            self.write(name, text)

    def write(self, name, text):
        with open(f"{self.path}/{name}", "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(f"{self.path}/{name}", 0o644)

    def read(self, name):
        try:
            with open(f"{self.path}/{name}", encoding="utf-8") as data:
                return data.read()
        except FileNotFoundError:
            return None

    def files(self):
        return {name: self.read(name) for name in os.listdir(self.path)}

    def pinctl(self, *arguments, yes=True, **how):
        done = run(options.pinctl, *arguments, "--pins", self.path, "--ca-file", pki.trusted,
                   *(["--yes"] if yes else []), **how)
        waiters.extend(int(pid) for pid in re.findall(r"\(process (\d+)\)", done.out))
        return done

    def list(self):
        done = self.pinctl("list", "--json")
        return {host["host"]: host for host in json.loads(done.out)["hosts"]}


def lines(text):
    """What a file says, without comments."""
    stripped = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return [line for line in stripped if line]


def serve(leaf):
    chain, key = pki.served(leaf)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", chain, "-cert_chain", chain,
         "-key", key, "-quiet"], env={"PATH": os.environ["PATH"], "OPENSSL_CONF": "/dev/null"},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.02)
    return server, f"127.0.0.1:{port}"


def with_answers(answers, *command, env=None):
    """The command with a terminal as its standard input, on which the answers are typed."""
    master, slave = pty.openpty()
    child = subprocess.Popen(command, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             env={"PATH": os.environ["PATH"], "OPENSSL_CONF": "/dev/null", **(env or {})})
    os.close(slave)
    os.write(master, answers.encode())
    out, err = child.communicate(timeout=30)
    os.close(master)
    return child.returncode, out, err


# ---- pin ----

def pin_rows(good, bad):
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
        ("nobody listens", ["pinned.test", "--from", "127.0.0.1:1"], "127.0.0.1"),
        ("bad port", ["pinned.test", "--from", "127.0.0.1:0"], "127.0.0.1:0"),
        ("no file", ["x.test", "--file", f"{top}/none"], f"{top}/none"),
        ("no root in the file", ["x.test", "--file", leaf, "--ca"], "no root above"),
        ("no CA in the file", ["x.test", "--file", public, "--ca=issuer"], "no CA above"),
        ("kind of CA", ["x.test", "--file", leaf, "--ca=leaf"], "expected root or issuer"),
        ("backup is the pin", ["x.test", "--file", leaf, "--backup", A], "very key"),
        ("backup twice", ["x.test", "--file", leaf, "--backup", B, "--backup", B], "already on line"),
        ("backup is weak", ["x.test", "--file", leaf, "--backup", "sha1//2jmj7l5rSw0yVb/vlWAYkK/YBwk="], "weaker"),
        ("backup is no pin", ["x.test", "--file", leaf, "--backup", "sha256//AAAA"], "wrong length"),
        ("past", ["x.test", "--file", leaf, "--until", "2020-01-01"], "has passed"),
        ("no day", ["x.test", "--file", leaf, "--until", "2027-02-31"], "expected a day"),
        ("no mode", ["x.test", "--file", leaf, "--mode", "reprot"], "expected enforce"),
        ("unknown option", ["x.test", "--file", leaf, "--force"], "--help"),
    ]


def test_pin():
    good_server, good = serve("current")
    bad_server, bad = serve("untrusted")
    for name, arguments, expected in pin_rows(good, bad):
        store = Store()
        done = store.pinctl("pin", *arguments)
        written = {name: text for name, text in store.files().items() if name != "_store"}
        if isinstance(expected, str):
            tap.check(f"pin, refused: {name}",
                      done.status == 2 and not written and expected in done.err, f"{done}{written}")
        else:
            host = arguments[0].lower().rstrip(".") + ".pins"
            tap.check(f"pin: {name}", done.status == 0 and list(written) == [host] and
                      lines(written[host]) == expected, f"{done}{written}")
    for text in (f"key = {B}\n", "nonsense\n", ""):
        store = Store({"x.test.pins": text})
        done = store.pinctl("pin", "x.test", "--file", pki.path("current.leaf.pem"))
        tap.check("pin, refused: a file is there", done.status == 2 and "there already" in done.err and
                  store.read("x.test.pins") == text, done)
    store = Store()
    os.symlink("nowhere", f"{store.path}/x.test.pins")
    done = store.pinctl("pin", "x.test", "--file", pki.path("current.leaf.pem"))
    tap.check("pin, refused: a link is there", done.status == 2 and "there already" in done.err, done)
    done = Store().pinctl("pin", "pinned.test", "--from", good)
    tap.check("pin: a leaf that is renewed, a missing backup and who is held are told",
              "is renewed automatically" in done.err and "outage waiting" in done.err and
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
    store = Store({"passwd": ""}, head=None)
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


# ---- rotate ----

OLD = f"# head\nx-note = hi\n\tkey =  {A}   # old one \n\nmode = enforce\n# end"


def test_rotate():
    leaf, root = pki.path("other.leaf.pem"), pki.path("root.pem")
    until = f"key = {A} until 2999-01-01"
    rest = ["x-note = hi", "mode = enforce"]
    rows = [  # name, text, arguments, pins or a part of the refusal
        ("beside", OLD, [leaf], [f"key =  {A}", f"key = {B}"]),
        ("a pin", OLD, [B], [f"key =  {A}", f"key = {B}"]),
        ("until", OLD, [leaf, "--until", "2999-01-01"], [f"key =  {A} until 2999-01-01", f"key = {B}"]),
        ("ends sooner already", f"key = {A} until 2998-01-01", [B, "--until", "2999-01-01"],
         [f"key = {A} until 2998-01-01", f"key = {B}"]),
        ("ends later", f"key = {A}  until  2999-12-31 # x", [B, "--until", "2999-01-01"], [until, f"key = {B}"]),
        ("lapsed stays", f"key = {A} until 2020-01-01\nkey = {C}", [B, "--until", "2999-01-01"],
         [f"key = {A} until 2020-01-01", f"key = {C} until 2999-01-01", f"key = {B}"]),
        ("to the backup", f"key={A}\nkey={C} until 2998-01-01", [C, "--until", "2999-01-01"],
         [f"key={A} until 2999-01-01", f"key={C}"]),
        ("there already", OLD, [A], [f"key =  {A}"]),
        ("CA beside a CA", f"ca = {INTERMEDIATE}", [root], [f"ca = {INTERMEDIATE}", f"ca = {ROOT}"]),
        ("a pin of a CA", f"ca = {INTERMEDIATE}", [ROOT], [f"ca = {INTERMEDIATE}", f"ca = {ROOT}"]),
        ("to a CA", OLD, [root, "--as", "ca"], [f"key =  {A}", f"ca = {ROOT}"]),
        ("to a certificate", OLD, [pki.path("current.leaf.pem"), "--as", "cert"], [f"key =  {A}", f"cert = {CERT}"]),
        ("mode off, no pin", "mode = off", [B], ["mode = off", f"key = {B}"]),

        ("no file", None, [B], "pinctl pin makes it"),
        ("broken file", "ky = 1\n", [B], "unknown name"),
        ("a CA for a key", OLD, [root], "--as ca"),
        ("a leaf for a CA", f"ca = {ROOT}", [leaf], "--as key"),
        ("a leaf for a certificate", f"cert = {CERT}", [leaf], "--as cert"),
        ("a bare pin, several kinds", f"key = {A}\nca = {ROOT}", [B], "several kinds"),
        ("a leaf as ca", f"ca = {ROOT}", [leaf, "--as", "ca"], "no CA"),
        ("a key as cert", f"cert = {CERT}", [pki.path("other.key"), "--as", "cert"], "no certificate"),
        ("unknown kind", OLD, [B, "--as", "root"], "expected key, cert or ca"),
        ("past", OLD, [B, "--until", "2020-01-01"], "has passed"),
        ("no pin", OLD, ["sha256//AAAA"], "wrong length"),
        ("empty file", OLD, ["/dev/null"], "/dev/null"),
    ]
    for name, text, arguments, expected in rows:
        store = Store({"x.test.pins": text} if text is not None else {})
        done = store.pinctl("rotate", "x.test", "--to", *arguments)
        after = store.read("x.test.pins")
        if isinstance(expected, str):
            tap.check(f"rotate, refused: {name}", done.status == 2 and after == text and expected in done.err,
                      f"{done}{after}")
        else:
            got = [line for line in lines(after or "") if line not in rest]
            tap.check(f"rotate: {name}", done.status == 0 and got == expected, f"{done}{after}")
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


# ---- unpin, list ----

def test_unpin():
    parent = {"test.pins": f"key = {A}\nsubdomains = yes\n", "_default.pins": f"key = {B}\nmode = report\n"}
    for name, files, head, host, expected in (
            ("parent", {"x.test.pins": f"key = {A}\n", **parent}, "", "x.test", "test.pins with 1 pin, enforced"),
            ("brake", {"x.test.pins": f"key = {A}\n", **parent}, "mode = report\n", "x.test", "NOT ENFORCED"),
            ("_default", {"x.pins": f"key = {A}\n", **parent}, "", "x", "_default.pins with 1 pin, NOT ENFORCED"),
            ("nothing", {"x.pins": f"key = {A}\n"}, "", "x", "not pinned"),
            ("refused", {"x.pins": f"key = {A}\n"}, "unpinned = refuse\n", "x", "it is refused"),
            ("address", {"127.0.0.1.pins": f"key = {A}\n"}, "", "127.0.0.1", "not pinned"),
            ("broken", {"x.pins": "ky\n"}, "", "x", "has an error")):
        store = Store(files, head)
        done = store.pinctl("unpin", host)
        tap.check(f"unpin: {name}", done.status == 0 and expected in done.err and f"{host}.pins" not in store.files(),
                  done)
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
              "OVERDUE" not in done.out and "should have ended" in done.out and "LAPSED" in done.out and
              "\x1b" not in done.out, done)
    tap.check("list: all is well", Store({"a.test.pins": f"key = {A}\n"}).pinctl("list").status == 0)
    for head, expected in (("mode = report\n", "NOTHING IS ENFORCED"), ("ky\n", "EVERY CONNECTION IS REFUSED"),
                           (None, "EVERY CONNECTION IS REFUSED")):
        done = Store({"a.test.pins": f"key = {A}\n"}, head).pinctl("list")
        tap.check(f"list: _store {head!r}", expected in done.out, done)
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


# ---- suspend ----

def test_suspend():
    texts = {"a.test.pins": f"key = {A}\n", "b.test.pins": OLD.replace("enforce", "enforce # ä"),
             "c.test.pins": f"mode=enforce\nkey = {A}", "_store": "# head\nunpinned = refuse\n"}
    store = Store(texts)
    for what in ("a.test", "b.test", "c.test", "--all"):
        done = store.pinctl("suspend", what, "--for", "4h")
        tap.check(f"suspend {what}", done.status == 0 and "NOT ENFORCED" in done.out, done)
    tap.check("suspend: list says so", {h["state"] for h in store.list().values()} == {"suspended"}, store.list())
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
            ("for and end", ["ok.test", "--for", "4h", "--end"], "--end"), ("no file", ["x.test", "--for", "4h"], "not there"),
            ("broken", ["broken.test", "--for", "4h"], "missing '='"), ("off", ["off.test", "--for", "4h"], "mode = off")):
        store = Store(files)
        done = store.pinctl("suspend", *arguments)
        tap.check(f"suspend, refused: {name}", done.status == 2 and expected in done.err and
                  store.files() == {"_store": "", **files}, done)
    done = Store({}, None).pinctl("suspend", "--all", "--for", "4h")
    tap.check("suspend, refused: no _store", done.status == 2 and "_store" in done.err, done)
    done = Store({}, "ky\n").pinctl("suspend", "--all", "--for", "4h")
    tap.check("suspend, refused: broken _store", done.status == 2 and "_store:1" in done.err, done)


def test_suspend_ends():
    store = Store({"a.test.pins": f"key = {A}\n"})
    done = store.pinctl("suspend", "a.test", "--for", "1m")
    pid = waiters[-1]
    fds = sorted(os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd"))
    tap.check("suspend: who waits keeps nothing open", fds == ["/dev/null"] * len(fds) and
              os.readlink(f"/proc/{pid}/cwd") == "/", f"{done}{fds}")
    if not options.preload:
        return
    texts = {"a.test.pins": f"key = {A}\n", "_store": "unpinned = refuse\n"}
    store = Store(texts)
    # Those who wait are there before the files say that they are suspended.
    awake = f"{store.path}.awake"
    for what in ("a.test", "--all"):
        store.pinctl("suspend", what, "--for", "31d",
                     env={"LD_PRELOAD": options.preload, "SLEPT": "0", "AWAKE": awake})
    tap.check("suspend: until then it holds", store.read("_store").startswith("mode = report"), store.files())
    with open(awake, "w", encoding="utf-8"):
        pass
    for _ in range(100):
        if store.files() == texts:
            break
        time.sleep(0.1)
    tap.check("suspend: ends by itself", store.files() == texts, store.files())


# ---- edit ----

def test_edit():
    editor = f"{top}/editor"

    def edit(text, store, host="x.test", answers="", script=None):
        with open(f"{top}/wanted", "w", encoding="utf-8") as out:
            out.write(text)
        with open(editor, "w", encoding="ascii") as out:
            out.write("#!/bin/sh\n" + (script or f'cat {top}/wanted > "$2"\n'))
        os.chmod(editor, 0o755)
        return with_answers(answers, options.pinctl, "edit", host, "--pins", store.path,
                            env={"EDITOR": f"{editor} -x"})

    for name, before, text, status in (
            ("changed", f"key = {A}\n", f"key = {B}\n", 0), ("new", None, f"key = {B}\n", 0),
            ("mended", "ky\n", f"key = {B}\n", 0), ("same", f"key = {A}\n", f"key = {A}\n", 0),
            ("broken", f"key = {A}\n", "ky\n", 2), ("emptied", f"key = {A}\n", "", 2),
            ("NUL", f"key = {A}\n", f"key = {B}\n\0", 2), ("too large", f"key = {A}\n", "# x\n" * 300000, 2)):
        store = Store({"x.test.pins": before} if before is not None else {})
        got = edit(text, store, answers="n\n")
        wanted = text if status == 0 else before
        tap.check(f"edit: {name}", got[0] == status and store.read("x.test.pins") == wanted, got)
    store = Store({"x.test.pins": f"key = {A}\n"})
    again = f'if [ -e {top}/once ]; then echo "key = {B}" > "$2"; else : > {top}/once; echo ky > "$2"; fi\n'
    got = edit("", store, answers="y\n", script=again)
    tap.check("edit: an error, edited again", got[0] == 0 and store.read("x.test.pins") == f"key = {B}\n" and
              "missing '='" in got[2], got)
    got = edit("", store, script="exit 3\n")
    tap.check("edit: the editor failed", got[0] == 2 and "status 3" in got[2], got)
    got = edit("", store, script=f'echo "key = {C}" > "$2"; echo "key = {A}" > {store.path}/x.test.pins\n')
    tap.check("edit: changed meanwhile", got[0] == 2 and store.read("x.test.pins") == f"key = {A}\n" and
              "changed meanwhile" in got[2], got)
    kept = re.search(r"is in (/tmp/pinctl-\S+)\.\n", got[2])
    tap.check("edit: what was written is not lost", kept and os.path.exists(kept.group(1)), got)
    if kept:
        os.unlink(kept.group(1))
    got = edit("unpinned = refuse\n", store, host="_store")
    tap.check("edit: _store", got[0] == 0 and store.read("_store") == "unpinned = refuse\n", got)
    got = edit("unpinned = maybe\n", store, host="_store", answers="n\n")
    tap.check("edit, refused: _store", got[0] == 2 and store.read("_store") == "unpinned = refuse\n", got)
    leftovers = [name for name in os.listdir("/tmp") if name.startswith("pinctl-") and name.endswith(".pins")
                 and os.stat(f"/tmp/{name}").st_mtime >= started]
    tap.check("edit: no copy is left", not leftovers, leftovers)


# ---- what is written holds ----

def test_held():
    """From the pin over a new key of the server to the brake, with a program that knows nothing of it."""
    store = Store()
    conf = f"{top}/openssl.cnf"
    with open(conf, "w", encoding="ascii") as out:
        out.write("openssl_conf = init\n[init]\nproviders = sect\n[sect]\ndefault = on\npinning = ours\n[on]\n"
                  f"activate = 1\n[ours]\nmodule = {options.module}\nactivate = 1\npins = {store.path}\n"
                  f"log = file:{top}/log\n")
    old, old_at = serve("current")
    new, new_at = serve("other")

    def pinctl(*arguments):
        done = run(options.pinctl, *arguments, "--conf", conf, "--ca-file", pki.trusted, "--yes")
        waiters.extend(int(pid) for pid in re.findall(r"\(process (\d+)\)", done.out))
        return done

    def gets_through(server):
        return run("openssl", "s_client", "-connect", server, "-servername", "pinned.test", "-verify_hostname",
                   "pinned.test", "-CAfile", pki.trusted, "-verify_return_error",
                   env={"OPENSSL_CONF": conf}).status == 0

    tap.check("held: nothing is pinned", gets_through(old_at) and gets_through(new_at))
    done = pinctl("pin", "pinned.test", "--from", old_at)
    tap.check("held: pinned, and who is held is told", done.status == 0 and gets_through(old_at) and
              not gets_through(new_at) and "Held to it" in done.out, done)
    pinctl("suspend", "pinned.test", "--for", "1h")
    tap.check("held: suspended", gets_through(new_at))
    pinctl("suspend", "--end", "pinned.test")
    tap.check("held: no more", not gets_through(new_at))
    pinctl("suspend", "--all", "--for", "1h")
    tap.check("held: all suspended", gets_through(new_at))
    pinctl("suspend", "--end", "--all")
    done = pinctl("rotate", "pinned.test", "--to", pki.path("other.leaf.pem"), "--until", "2999-01-01")
    tap.check("held: rotated, old and new", gets_through(old_at) and gets_through(new_at), done)
    pinctl("unpin", "pinned.test")
    pinctl("pin", "pinned.test", "--from", old_at, "--ca=issuer")
    tap.check("held: by the CA", gets_through(old_at) and gets_through(new_at))
    old.kill()
    new.kill()


# ---- whole or not at all ----

def test_killed():
    """Killed at each call in turn until nothing is left to be killed at."""
    leaf = pki.path("current.leaf.pem")
    for name, files, head, arguments in (
            ("pin", {}, None, ["pin", "x.test", "--file", leaf, "--backup", B]),
            ("rotate", {"x.test.pins": OLD}, "", ["rotate", "x.test", "--to", B]),
            ("unpin", {"x.test.pins": OLD}, "", ["unpin", "x.test"]),
            ("suspend --end", {"x.test.pins": "mode = report # pinctl: suspended until 2020-01-01T00:00:00Z, was: \n"
                               f"key = {A}\n"}, "", ["suspend", "--end", "x.test"])):
        reference = Store(files, head)
        reference.pinctl(*arguments)
        new, at, bad = reference.files(), 0, []
        while True:
            at += 1
            store = Store(files, head)
            done = store.pinctl(*arguments, env={"LD_PRELOAD": options.preload, "KILL_AT": str(at)})
            found = {name: text for name, text in store.files().items() if name[0] != "."}
            for file in {*found, *files}:
                if found.get(file) not in (files.get(file), new.get(file)) and not (file == "_store" and head == ""):
                    bad.append((at, file, found.get(file)))
            if done.status != -signal.SIGKILL:
                break
            again = store.pinctl(*arguments)  # what was left lies in nobody's way
            if any(name[0] == "." for name in store.files()) and again.status == 0 and arguments[0] != "unpin":
                bad.append((at, "left over", list(store.files())))
        tap.check(f"killed at each of {at - 1} calls: {name}", at > (2 if name != "unpin" else 1) and not bad and
                  done.status == 0, f"{bad}{done}")


def test_no_room():
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    store = Store({"x.test.pins": OLD})
    done = subprocess.run([options.pinctl, "rotate", "x.test", "--to", B, "--pins", store.path, "--yes"],
                          preexec_fn=limit, capture_output=True, env={"OPENSSL_CONF": "/dev/null"}, check=False)
    tap.check("file size limit: the old file stands", done.returncode != 0 and store.read("x.test.pins") == OLD, done)
    script = (f'mount -t tmpfs -o size=16k none {store.path} && cd {store.path} && : > _store && '
              f'printf "%s" "$1" > x.test.pins && chmod 755 . && {{ cat /dev/zero > fill 2>/dev/null; shift; '
              '"$@"; echo "status $?"; ls -A; cat x.test.pins; }')
    done = run("unshare", "-m", "sh", "-c", script, "sh", OLD, options.pinctl, "rotate", "x.test", "--to", B,
               "--pins", store.path, "--yes")
    if "status" not in done.out:
        print("# no private mount here: a full disk is not tried")
        return
    tap.check("full disk: the old file stands, and it is said", "status 2" in done.out and done.out.endswith(OLD) and
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
    tap.check(f"{len(pins)} at once: {won} written, the others told, none lost", won >= 1 and lost and count == 1 + won,
              f"{results}\n{store.files()}")
    store = Store()
    children = [subprocess.Popen([options.pinctl, "pin", "x.test", "--file", pki.path(f"{leaf}.leaf.pem"), "--pins",
                                  store.path, "--yes"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 env={"OPENSSL_CONF": "/dev/null"}) for leaf in ("current", "other")]
    statuses = sorted(child.wait(30) for child in children)
    tap.check("two pin the same host: one does", statuses == [0, 2], statuses)


def hold_lock():
    """Somebody holds the lock; the answer is looked at when all the rest is done."""
    store = Store({"x.test.pins": OLD})
    lock = os.open(store.path, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    child = subprocess.Popen([options.pinctl, "rotate", "x.test", "--to", B, "--pins", store.path, "--yes"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                             env={"OPENSSL_CONF": "/dev/null"})
    return lock, child, store


started = time.time() - 1
os.umask(0o022)
lock, held, held_store = hold_lock()
try:
    for test in (test_pin, test_questions, test_store_from_nothing, test_hostile, test_rotate, test_unpin, test_list,
                 test_suspend, test_suspend_ends, test_edit, test_no_room, test_two_at_once):
        test()
    if options.module:
        test_held()
    if options.preload:
        test_killed()
    error = held.communicate(timeout=30)[1]
    tap.check("the lock is held: said after a while, nothing written", held.returncode == 2 and "has been locked for" in error and
              held_store.read("x.test.pins") == OLD, error)
finally:
    for pid in waiters:
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
    shutil.rmtree(top)
tap.end()
