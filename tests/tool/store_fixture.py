"""Pin stores, a PKI and servers for the tests of the commands that change a store."""

import argparse
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from tap import Tap, run  # before the modules of tests/e2e, which it adds to the path
from pki import Pki, openssl
from processes import wait_for_port
from store import write_pin_file

__all__ = ["A", "B", "C", "CERT", "INTERMEDIATE", "OLD", "ROOT", "Store", "lines", "openssl", "options", "pki", "run",
           "run_tests", "serve", "tap", "top", "waiters", "with_answers"]

options = argparse.ArgumentParser()
options.add_argument("--pinctl", required=True)
options.add_argument("--module", help="the module, to see what programs do")
options.add_argument("--preload", help="the library that kills and sleeps")
options = options.parse_args()
for _name, _path in vars(options).items():
    setattr(options, _name, os.path.abspath(_path) if _path else None)
tap = Tap()
os.umask(0o022)
top = tempfile.mkdtemp(prefix="pinctl-store-")
os.chmod(top, 0o755)
os.mkdir(f"{top}/pki")
pki = Pki(f"{top}/pki")
A, B, C = (pki.pin(key) for key in ("current", "other", "spare"))
ROOT, INTERMEDIATE = pki.pin("root"), pki.pin("intermediate")
CERT = pki.certificate_pin("current")
OLD = f"# head\nx-note = hi\n\tkey =  {A}   # old one \n\nmode = enforce\n# end"
waiters = []  # the processes that suspend left behind


class Store:
    """A store with these files; settings is the text of _store, None for a directory without it."""
    count = 0

    def __init__(self, files=None, settings=""):
        Store.count += 1
        self.path = f"{top}/{Store.count}.d"
        os.mkdir(self.path)
        os.chmod(self.path, 0o755)
        for name, text in {**({"_store": settings} if settings is not None else {}), **(files or {})}.items():
            self.write(name, text)

    def write(self, name, text):
        write_pin_file(self.path, name, text)

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
    """Returns the lines of a file without comments."""
    stripped = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return [line for line in stripped if line]


def serve(leaf):
    """Starts openssl s_server with a certificate. Returns the process and its HOST:PORT."""
    chain, key = pki.served(leaf)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", chain, "-cert_chain", chain,
         "-key", key, "-quiet"], env={"PATH": os.environ["PATH"], "OPENSSL_CONF": "/dev/null"},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_port(port, server)
    return server, f"127.0.0.1:{port}"


def with_answers(answers, *command, env=None):
    """Runs a command with a terminal as its standard input, and types the answers. Returns (status, out, err)."""
    master, slave = pty.openpty()
    child = subprocess.Popen(command, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             env={"PATH": os.environ["PATH"], "OPENSSL_CONF": "/dev/null", **(env or {})})
    os.close(slave)
    os.write(master, answers.encode())
    out, err = child.communicate(timeout=30)
    os.close(master)
    return child.returncode, out, err


def run_tests(*tests):
    """Runs the tests and ends the program. Exit status: 0 all passed, 1 some failed."""
    try:
        for test in tests:
            test()
    finally:
        for pid in waiters:
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
        shutil.rmtree(top)
    tap.end()
