#!/usr/bin/env python3
"""pinctl enable, disable and status, on configurations in a temporary directory."""

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

from tap import Tap, run  # before the modules of tests/e2e, which it adds to the path
from store import write_pin_file

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "data", "openssl-conf")
STOCK = ["debian", "alpine", "fedora"]

options = argparse.ArgumentParser()
options.add_argument("--pinctl", required=True)
options.add_argument("--module", required=True)
options = options.parse_args()
tap = Tap()
NEW = tuple(map(int, run("openssl", "version").out.split()[1].split(".")[:2])) >= (3, 5)


class Host:
    """Configuration of a host in a directory: DIR/openssl.cnf and a store."""

    def __init__(self, directory, stock=None, text=None):
        self.directory = directory
        self.conf = self.path("openssl.cnf")
        self.own = self.path("pinning.cnf")
        self.pins = self.path("pins.d")
        os.makedirs(self.pins)
        write_pin_file(self.pins, "_store", "")
        os.makedirs(self.path("pki/tls/openssl.d"))
        os.makedirs(self.path("crypto-policies/back-ends"))
        shutil.copy(os.path.join(DATA, "fedora-policy.cnf"),
                    self.path("crypto-policies/back-ends/opensslcnf.config"))
        shutil.copy(os.path.join(DATA, "fips-module.cnf"), self.path("fips_local.cnf"))
        if stock:
            with open(os.path.join(DATA, f"{stock}.cnf"), encoding="ascii") as data:
                text = data.read()
        self.write("openssl.cnf", text.replace("@DIR@", directory))
        self.stock = self.read("openssl.cnf")

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as data:
            return data.read()

    def files(self):
        return sorted(os.listdir(self.directory))

    def pinctl(self, command, *arguments, **how):
        return run(options.pinctl, command, "--conf", self.conf, *arguments, **how)

    def enable(self, *arguments, **how):
        return self.pinctl("enable", "--module", options.module, "--pins", self.pins, *arguments, **how)

    def providers(self):
        return run("openssl", "list", "-providers", env={"OPENSSL_CONF": self.conf}).out


hosts = 0


def host(stock=None, text=None):
    global hosts
    hosts += 1
    return Host(os.path.join(top, str(hosts)), stock, text)


# ---- enable and disable ----

def enable_stock(stock):
    h = host(stock)
    done = h.enable()
    listed = h.providers()
    tap.check(f"enable: {stock}: done", done.status == 0, done)
    tap.check(f"enable: {stock}: both providers are active",
              re.search(r"^  default$", listed, re.M) and re.search(r"^  pinning$", listed, re.M), listed)
    tap.check(f"enable: {stock}: openssl.cnf only grew", h.read("openssl.cnf").startswith(h.stock))
    tap.check(f"enable: {stock}: mode of the new file", os.stat(h.own).st_mode & 0o777 == 0o644)
    node = re.findall(r"^nodejs_conf\s*=\s*(\w+)", h.read("pinning.cnf"), re.M)
    tap.check(f"enable: {stock}: node too", node == ["openssl_init"], node)
    before = {name: h.read(name) for name in ("openssl.cnf", "pinning.cnf")}
    again = h.enable()
    tap.check(f"enable: {stock}: again changes nothing",
              again.status == 0 and before == {name: h.read(name) for name in before}, again)
    status = h.pinctl("status", "--json", "--pid", str(os.getpid()))
    output = json.loads(status.out)
    tap.check(f"status: {stock}: active", output["active"] and output["algorithms"], status)
    done = h.pinctl("disable")
    tap.check(f"disable: {stock}: byte for byte", done.status == 0 and h.read("openssl.cnf") == h.stock, done)
    tap.check(f"disable: {stock}: no provider is left", "pinning" not in h.providers())
    again = h.pinctl("disable")
    tap.check(f"disable: {stock}: again is fine", again.status == 0 and "nothing to do" in again.err, again)


def enable_odd_texts():
    for name, text in [("empty", ""), ("no line end", "HOME = ."), ("no openssl_conf", "[req]\na = b\n"),
                       ("last line is a section", "openssl_conf = x\n[x]\n[y]")]:
        h = host(text=text)
        done = h.enable()
        tap.check(f"enable: {name}", done.status == 0 and "  pinning\n" in h.providers(), done)
        done = h.pinctl("disable")
        tap.check(f"disable: {name}: byte for byte", h.read("openssl.cnf") == text, done)


def enable_keeps():
    h = host("debian")
    os.chmod(h.conf, 0o640)
    link = h.path("link.cnf")
    os.symlink(h.conf, link)
    done = run(options.pinctl, "enable", "--conf", link, "--module", options.module, "--pins", h.pins)
    tap.check("enable: through a link, which stays one",
              done.status == 0 and os.path.islink(link) and h.read("openssl.cnf") != h.stock, done)
    tap.check("enable: the mode stays", os.stat(h.conf).st_mode & 0o777 == 0o640)
    tap.check("enable: a backup", h.read("openssl.cnf.before-pinning") == h.stock)
    with open(h.own, "a", encoding="ascii") as own:
        own.write("mode = report\nlog = file:/nonexistent/log  # ours\n")
    done = h.enable("--strict")
    tap.check("enable: what was added to our file stays",
              done.status == 0 and "\nmode = report\nlog = file:/nonexistent/log  # ours\n" in h.read("pinning.cnf"),
              done)
    h.write("openssl.cnf", h.read("openssl.cnf") + "[later]\na = b\n")
    done = h.pinctl("disable")
    tap.check("disable: what was added to openssl.cnf since stays",
              done.status == 0 and h.read("openssl.cnf") == h.stock + "[later]\na = b\n", done)
    tap.check("disable: then the backup stays too", os.path.exists(h.path("openssl.cnf.before-pinning")))


def enable_strict():
    for stock in STOCK:
        h = host(stock)
        done = h.enable("--strict")
        listed = h.providers()
        tap.check(f"enable --strict: {stock}", done.status == 0 and "  pinning\n" in listed, f"{done}{listed}")
        tap.check(f"enable --strict: {stock}: a digest can be had",
                  run("openssl", "dgst", "-sha256", "/dev/null", env={"OPENSSL_CONF": h.conf}).status == 0)
        h.write("pinning.cnf", h.read("pinning.cnf").replace(os.path.realpath(options.module), "/nonexistent.so"))
        tap.check(f"enable --strict: {stock}: and none without the module",
                  run("openssl", "dgst", "-sha256", "/dev/null", env={"OPENSSL_CONF": h.conf}).status != 0)
    h = host("fips")
    done = h.enable("--strict")
    tap.check("enable --strict: not beside other providers",
              done.status == 2 and "--strict" in done.err and h.files() == FRESH, done)


def enable_guard():
    h = host("debian")
    done = h.enable("--guard")
    if not NEW:
        tap.check("enable --guard: not before OpenSSL 3.5",
                  done.status == 2 and "3.5" in done.err and h.files() == FRESH, done)
    done = h.enable("--guard", "--dry-run")
    text = done.out
    tap.check("enable --guard: debian", done.status == 0 and "\nGroups = DEFAULT:pinguard\n" in text, done)
    tap.check("enable --guard: ssl_conf stands before providers",
              0 < text.find("\nssl_conf = ") < text.find("\nproviders = "), text)
    h = host("fedora")
    done = h.enable("--guard", "--dry-run")
    if NEW:
        tap.check("enable --guard: fedora: the policy's groups stay",
                  "[crypto_policy]\nGroups = X25519:secp256r1:secp384r1:pinguard\n" in done.out, done)
    else:
        tap.check("enable --guard: fedora: not where it would undo the policy's groups",
                  done.status == 2 and "3.5" in done.err and h.read("openssl.cnf") == h.stock, done)


def enable_guard_unusable():
    """TLS contexts that cannot be made with the guard and the host's own settings: nothing is installed. Older versions
    refuse --guard, and ignore an error in ssl_conf."""
    if not NEW:
        return
    base = "openssl_conf = i\n[i]\nproviders = p\n{}\n[p]\ndefault = d\n[d]\nactivate = 1\n{}\n"
    default = base.format("ssl_conf = s", "[s]\nsystem_default = sd\n[sd]\n{}\n")
    properties = base.format("alg_section = a", "[a]\ndefault_properties = {}")
    cases = [
        # As default_properties = fips=yes does for a module without fips=yes: the group is there, its algorithms are not.
        ("properties-hide-the-group", properties.format("provider=default"), "no TLS connection can be made"),
        ("properties-hide-all", properties.format("fips=yes"), "cryptography no longer works"),
        ("groups-unknown", default.format("Groups = nosuch"), "cmd=Groups, value=nosuch:pinguard"),
        ("protocol-unknown", default.format("MinProtocol = TLSv9"), "cmd=MinProtocol"),
        ("ciphers-unknown", default.format("CipherString = nosuch"), "no TLS connection can be made (no cipher match"),
        ("groups-of-the-host", default.format("Groups = X25519:P-256"), None),
        ("protocol-of-the-host", default.format("MinProtocol = TLSv1.2"), None),
    ]
    for name, text, words in cases:
        h = host(text=text)
        done = h.enable("--guard")
        if words:
            tap.check(f"enable --guard/{name}-refused", done.status == 2 and words in done.err and h.files() == FRESH and
                      h.read("openssl.cnf") == h.stock, f"expected exit status 2 and {words!r}, got {done}")
        else:
            tap.check(f"enable --guard/{name}-installed", done.status == 0 and "  pinning\n" in h.providers(), done)


def enable_fips():
    h = host("fips")
    done = h.enable("--dry-run")
    tap.check("enable: fips: default is not brought in beside it",
              done.status == 0 and "default_sect" not in done.out and "pinning = pinning_sect" in done.out, done)
    tap.check("enable --dry-run: touches nothing", h.files() == FRESH and h.read("openssl.cnf") == h.stock)
    # Without fips.so this host has no algorithms, with or without the module.
    done = h.enable()
    tap.check("enable: refuses what leaves no algorithms",
              done.status == 2 and "cryptography no longer works" in done.err and h.files() == FRESH, done)


def enable_refuses():
    """Checks that each refusal leaves the directory unchanged."""
    by_hand = ("openssl_conf = i\n[i]\nproviders = p\n[p]\ndefault = d\npinning = s\n[d]\nactivate = 1\n"
               f"[s]\nmodule = {os.path.realpath(options.module)}\nactivate = 1\npins = @DIR@/pins.d\n")
    h = host(text=by_hand)
    done = h.enable()
    tap.check("enable: enabled by hand already", done.status == 0 and "already" in done.err and h.files() == FRESH, done)
    done = h.enable("--strict")
    tap.check("enable: by hand, and asked for more", done.status == 2 and "configured manually" in done.err, done)
    done = h.pinctl("disable")
    tap.check("disable: by hand", done.status == 2 and "yourself" in done.err and h.read("openssl.cnf") == h.stock, done)

    broken = host("debian")
    junk = broken.path("pinning-junk.so")
    cases = [
        ("a file that OpenSSL cannot read", host(text="[unclosed\n"), [], "openssl.cnf:1"),
        ("a left-over section", host(text="openssl_conf = i\n[i]\n[pinning_sect]\nx = y\n"), [], "[pinning_sect]"),
        ("no such module", host("debian"), ["--module", "/nonexistent/pinning.so"], "/nonexistent/pinning.so"),
        ("an argument", host("debian"), ["now"], "expected no argument"),
        ("--confirm without a unit", host("debian"), ["--confirm", "10"], "expected a time as 10m"),
        ("--confirm for ever", host("debian"), ["--confirm", "9999999999h"], "expected a time as 10m"),
        ("--confirmed, but nothing waits", host("debian"), ["--confirmed"], "nothing to confirm"),
        ("no store, and no terminal", host("debian"), ["--pins", os.path.join(top, "no-store")], "expected a store"),
        ("openssl.cnf fails before", host(text="openssl_conf = i\n[i]\nproviders = p\n[p]\nbase = b\n[b]\nactivate = 1\n"),
         [], "cryptography no longer works"),
    ]
    for name, h, arguments, words in cases:
        done = h.enable(*arguments)
        tap.check(f"enable: refused: {name}",
                  done.status == 2 and words in done.err and h.files() == FRESH and h.read("openssl.cnf") == h.stock,
                  done)
    with open(junk, "w", encoding="ascii") as out:
        out.write("no module")
    done = broken.enable("--module", junk)
    tap.check("enable: refused: a module that cannot be loaded",
              done.status == 2 and "does not load the module" in done.err and broken.read("openssl.cnf") == broken.stock, done)
    done = run(options.pinctl, "enable", "--conf", "/nonexistent/openssl.cnf")
    tap.check("enable: refused: no openssl.cnf", done.status == 2 and "/nonexistent" in done.err, done)


def enable_makes_the_store():
    h = host("debian")
    shutil.rmtree(h.pins)
    done = h.enable("--yes")
    tap.check("enable --yes: makes the store", done.status == 0 and os.path.exists(h.path("pins.d/_store")), done)


def enable_confirm():
    h, kept = host("debian"), host("alpine")
    for each in (h, kept):
        done = each.enable("--confirm", "2s")
        tap.check("enable --confirm: is on at once", done.status == 0 and "  pinning\n" in each.providers(), done)
    done = kept.pinctl("enable", "--confirmed")
    tap.check("enable --confirmed", done.status == 0, done)
    for _ in range(60):
        if h.read("openssl.cnf") == h.stock:
            break
        time.sleep(0.1)
    tap.check("enable --confirm: taken back by itself", h.read("openssl.cnf") == h.stock)
    time.sleep(0.5)
    tap.check("enable --confirmed: stays", kept.read("openssl.cnf") != kept.stock)
    done = h.pinctl("enable", "--confirmed")
    tap.check("enable --confirmed: too late", done.status == 2 and "already reverted" in done.err, done)


# ---- status ----

PROGRAM = "import ssl, sys; ssl.create_default_context(); print('up', flush=True); sys.stdin.read()"


def python_with(conf):
    process = subprocess.Popen(["/usr/bin/python3", "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env={"PATH": os.environ["PATH"], "OPENSSL_CONF": conf})
    process.stdout.readline()
    return process


def status_processes():
    h = host("debian")
    h.enable()
    held, own = python_with(h.conf), python_with("/dev/null")
    plain = subprocess.Popen(["sleep", "60"])
    done = h.pinctl("status", "--json", *(f"--pid={p.pid}" for p in (held, own, plain)))
    verdicts = [p["verdict"] for p in json.loads(done.out)["processes"]]
    tap.check("status: which processes are held", verdicts == ["held", "not-held", "no-tls"] and done.status == 1, done)
    tap.check("status: why one is not", "OPENSSL_CONF=/dev/null" in done.out, done)
    done = h.pinctl("status", "--pid", str(held.pid))
    tap.check("status: all is well", done.status == 0 and "active: " in done.out, done)
    tap.check("status: no colours without a terminal", "\033" not in done.out)
    for process in (held, own, plain):
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()
    gone = h.pinctl("status", "--pid", str(held.pid))
    tap.check("status: no such process", gone.status == 2 and "does not exist" in gone.err, gone)


def status_forged_rows():
    h = host("debian")
    h.enable()
    name, conf = "x\n 1 y", "/tmp/x\n       1  init              held        OpenSSL\x1b[2J\t\x9b"
    forger = subprocess.Popen(
        ["/usr/bin/python3", "-c", "import ctypes\nctypes.CDLL(None).prctl(15, b'" + name.replace("\n", "\\n") + "')\n" +
         PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={b"PATH": os.environb[b"PATH"], b"OPENSSL_CONF": conf.encode("latin-1")})
    forger.stdout.readline()
    done = h.pinctl("status", "--pid", str(forger.pid))
    rows = done.out[done.out.index("PROGRAM"):].splitlines()[1:]
    tap.equal("status: a process is one row, whatever its name and its OPENSSL_CONF contain", len(rows), 1, done)
    tap.check("status: control characters are shown as text", "x\\x0A 1 y " in done.out and
              "OPENSSL_CONF=/tmp/x\\x0A       1  init              held        OpenSSL\\x1B[2J\\x09\\x9B\n" in done.out,
              done)
    forger.communicate()


def status_findings():
    good = host("debian")
    good.enable()
    text = good.read("pinning.cnf")
    cases = [
        ("not enabled", None, "enables no pinning provider"),
        ("a module that is not there", text.replace(os.path.realpath(options.module), "/nonexistent/pinning.so"),
         "skipped it silently"),
        ("default is not active", text.replace("default = pinning_default_sect\n", ""), "no algorithms"),
        ("a value that cannot be used", text + "mode = reprot\n", "mode = reprot"),
        ("no _store", text.replace(good.pins, os.path.join(top, "empty")), "_store"),
        ("node is left out", text.replace("nodejs_conf", "node_conf"), None),
    ]
    os.mkdir(os.path.join(top, "empty"))
    for name, own, words in cases:
        h = host("debian")
        if own is not None:
            h.write("pinning.cnf", own)
            h.write("openssl.cnf", h.stock + f".include {h.own}\n")
        done = h.pinctl("status", "--pid", str(os.getpid()))
        expected = 1 if words else 0
        tap.check(f"status: {name}", done.status == expected and (words or "not enforced for node") in done.out, done)


top = tempfile.mkdtemp(prefix="pinctl-host-")
FRESH = ["crypto-policies", "fips_local.cnf", "openssl.cnf", "pins.d", "pki"]
try:
    for each in STOCK:
        enable_stock(each)
    for part in (enable_odd_texts, enable_keeps, enable_strict, enable_guard,
                 enable_guard_unusable, enable_fips, enable_refuses,
                 enable_makes_the_store, enable_confirm, status_processes, status_forged_rows,
                 status_findings):
        part()
finally:
    shutil.rmtree(top)
tap.end()
