#!/usr/bin/python3
"""The system's own openssl.cnf, in a mount namespace, and programs that run with the rights of a different user
(set-user-ID, set-group-ID): the environment cannot remove the module from them, and only root's store is
trusted. A case that must be refused is run without the module as well, and must then be served.

Prints TAP. Exit status: 0 all passed, 1 some failed, 77 nothing could be run, 2 usage.
"""

import argparse
import grp
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from types import SimpleNamespace

import run
from place import for_everybody
from pki import Pki
from programs import Missing
from server import PAGE, Servers
from store import configure, record, write_pin_file

SYSTEM = "/etc/ssl/openssl.cnf"  # to which /usr/lib/ssl/openssl.cnf leads
CALLER, OTHER = "nobody", "daemon"  # the user who runs the program; a different one who may own it

# ---- the tables ----

# Copies of curl: name -> (owner, group, mode).
PROGRAMS = {
    "plain": ("root", "root", 0o755),
    "setuid-root": ("root", "root", 0o4755),
    "setuid-other": (OTHER, "root", 0o4755),
    "setgid": ("root", OTHER, 0o2755),
}
SET_ID = [name for name, (_, _, mode) in PROGRAMS.items() if mode & 0o6000]


@dataclass(frozen=True)
class Case:
    name: str
    program: str
    reason: str = ""            # of the refusal; "": none, the page is served
    served: str = "current"     # the certificate of the server; the pin is that of current
    store: str = "root"         # the owner of the store and all in it
    file: str = ""              # the owner of the pin file, if it is a different one
    environment: str = ""       # the file in OPENSSL_CONF; "": there is none


CASES = [
    *(case for program in PROGRAMS for case in (
        Case("right-pin", program),
        Case("wrong-pin", program, "P07", served="other"))),
    *(case for program in SET_ID for case in (
        Case("environment-empty", program, "P07", served="other", environment="/dev/null"),
        Case("environment-without", program, "P07", served="other", environment="without.cnf"),
        Case("environment-right-pin", program, environment="without.cnf"),
        Case("store-of-caller", program, "P04", store=CALLER),
        Case("file-of-caller", program, "P04", file=CALLER))),
    Case("store-of-its-owner", "setuid-other", "P04", store=OTHER),
    Case("file-of-its-owner", "setuid-other", "P04", file=OTHER),
    # The same for a program that has only its caller's rights
    Case("environment-without", "plain", served="other", environment="without.cnf"),
    Case("store-of-caller", "plain", store=CALLER),
    Case("store-of-caller, wrong pin", "plain", "P07", served="other", store=CALLER),
    Case("store-of-other", "plain", "P04", store=OTHER),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--module", required=True, help="path of pinning.so")
    parser.add_argument("--build", default=os.path.join(run.HERE, "..", "..", "build", "e2e"),
                        help="where other OpenSSL versions are kept (default: %(default)s)")
    parser.add_argument("--openssl", metavar="VERSION", help="3.5 or 3.6 instead of the system's")
    parser.add_argument("--inside", metavar="DIR", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not os.path.isfile(args.module):
        parser.error("--module PATH must be the built pinning.so")
    os.umask(0o022)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if args.inside:
        return run_all(Namespace(args.inside, os.path.abspath(args.module)))
    try:
        under = run.newer(args.build, args.openssl) if args.openssl else []
        possible(under)
    except Missing as why:
        print(f"1..0 # SKIP {why}")
        return run.SKIPPED
    with tempfile.TemporaryDirectory(prefix="pinning-system.") as directory:
        os.chmod(directory, 0o755)
        return subprocess.call([*under, "unshare", "--mount", sys.executable, __file__, "--inside",
                                directory, "--module",
                                for_everybody(args.module, directory)])


def possible(under):
    if os.geteuid() != 0:
        raise Missing("needs root, for mounts and programs of other owners")
    if not shutil.which("curl"):
        raise Missing("curl is not installed")
    if not os.path.isfile(SYSTEM):
        raise Missing(f"{SYSTEM} is not there")
    tried = subprocess.run([*under, "unshare", "--mount", "sh", "-ec",
                            "mount -t tmpfs none /mnt; cp -p /usr/bin/id /mnt; chmod 4755 /mnt/id; "
                            f"setpriv --reuid {CALLER} --clear-groups /mnt/id -u"],
                           capture_output=True, text=True)
    if tried.stdout.strip() != "0":
        raise Missing("needs a mount namespace in which set-user-ID programs get their owner's rights: "
                      + (tried.stdout + tried.stderr).strip())


# ---- in the namespace ----

class Namespace:
    """Mount namespace in which set-id programs work, with its own openssl.cnf as the system's."""

    def __init__(self, directory, module):
        self.dir, self.module = directory, module
        self.pki = Pki(directory)
        self.pin = self.pki.pin("current")
        self.config = self.path("openssl.cnf")
        self.files = SimpleNamespace(pins=self.path("own/pins.d"), log=self.path("pinning.log"))
        os.mkdir(self.path("own"))
        mount("-t", "tmpfs", "-o", "mode=755", "none", self.path("own"))
        for name, (owner, group, mode) in PROGRAMS.items():
            shutil.copy(shutil.which("curl"), self.path(f"own/{name}"))
            shutil.chown(self.path(f"own/{name}"), owner, group)
            os.chmod(self.path(f"own/{name}"), mode)
        self.write("without.cnf", configure(self.files, None, ""))
        self.write("openssl.cnf", "")
        mount("--bind", self.config, SYSTEM)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        """Writes a file in place, because the file itself is mounted."""
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)
        return self.path(name)

    def prepare(self, case, with_module):
        self.write("openssl.cnf", configure(self.files, self.module if with_module else None, ""))
        os.chmod(self.write("pinning.log", ""), 0o666)
        shutil.rmtree(self.files.pins, ignore_errors=True)
        os.mkdir(self.files.pins)
        for name, text in ("_store", ""), ("localhost.pins", f"key = {self.pin}\n"):
            shutil.chown(write_pin_file(self.files.pins, name, text), case.store)
        shutil.chown(self.files.pins, case.store)
        if case.file:
            shutil.chown(f"{self.files.pins}/localhost.pins", case.file)

    def fetch(self, case, port):
        """Runs the program as the caller. Returns the completed process."""
        environment = {"PATH": "/usr/bin:/bin"}
        if case.environment:
            environment["OPENSSL_CONF"] = self.path(case.environment)
        return subprocess.run(
            [self.path(f"own/{case.program}"), "-q", "-sS", "-m", "10", "--cacert", self.pki.trusted,
             f"https://localhost:{port}/"], env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, user=pwd.getpwnam(CALLER).pw_uid,
            group=grp.getgrnam("nogroup").gr_gid, extra_groups=[])

    def records(self):
        with open(self.files.log, encoding="utf-8", errors="replace") as log:
            return [record(line) for line in log]


def mount(*words):
    done = subprocess.run(["mount", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"mount {' '.join(words)}: {done.stderr}")


def run_all(namespace):
    todo = [(case, with_module) for case in CASES for with_module in (True, False) if with_module or case.reason]
    failed = 0
    servers = Servers()
    try:
        print(f"1..{len(todo)}")
        for number, (case, with_module) in enumerate(todo, 1):
            found = list(faults(case, with_module, namespace, servers))
            failed += bool(found)
            print(f"{'not ok' if found else 'ok'} {number} - {case.program}/{case.name}"
                  f"{'' if with_module else ', without the module'}", flush=True)
            for fault in found:
                print(f"#   {fault}")
    finally:
        servers.end()
    print(f"{len(todo) - failed} passed, {failed} failed")
    return 1 if failed else 0


def faults(case, with_module, namespace, servers):
    namespace.prepare(case, with_module)
    chain, key = namespace.pki.served(case.served)
    port = servers.listen(chain, key, "1.3")
    done = namespace.fetch(case, port)
    received = sum(c["bytes"] for c in servers.connections(port))
    reasons = [r.get("reason") for r in namespace.records() if r.get("action") == "refused"]
    if not (with_module and case.reason):
        if PAGE not in done.stdout:
            yield f"the page was not served: {done.stderr}"
        if reasons:
            yield f"the log has a refusal: {reasons}"
        return
    if PAGE in done.stdout or received:
        yield f"the page was served; the server received {received} bytes"
    if done.returncode != 60 or "certificate rejected" not in done.stderr:
        yield f"status {done.returncode}: {done.stderr}"
    if case.reason not in reasons:
        yield f"no record with reason {case.reason}: {namespace.records()}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
