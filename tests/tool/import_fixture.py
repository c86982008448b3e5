"""Stores and tables of cases for the tests of pinctl import and export."""

import argparse
import os
import re
import shutil
import tempfile

from tap import Tap, run

options = argparse.ArgumentParser()
options.add_argument("--pinctl", required=True)
options.add_argument("--module")
options = options.parse_args()
tap = Tap()
top = tempfile.mkdtemp(prefix="pinctl-import-")

A = "L1RlQzAOgcyObI/Z/cL7ChdfaoGhJHehBEVJj2e55nw="
B = "2EuozG7f2GduUqeeLVSl8liLZ1w/oz5iEbNIaKUIz/Q="
HEX = "2f5465433 00e81cc8e6c8fd9fdc2fb0a175f6a81a12477a10445498f67b9e67c".replace(" ", "")
COLONS = ":".join(HEX[i:i + 2] for i in range(0, 64, 2)).upper()
SHA1 = "2jmj7l5rSw0yVb/vlWAYkK/YBwk="
ME = ["--host", "me.example"]


class Store:
    def __init__(self):
        self.path = tempfile.mkdtemp(dir=top)
        with open(os.path.join(self.path, "_store"), "w", encoding="ascii"):
            pass

    def files(self):
        return sorted(f[:-5] for f in os.listdir(self.path) if f.endswith(".pins"))

    def read(self, host):
        with open(os.path.join(self.path, f"{host}.pins"), encoding="utf-8") as data:
            return data.read()

    def lines(self, host):
        return [line for line in self.read(host).splitlines() if not line.startswith("#")]

    def load(self, form, text, *arguments):
        return run(options.pinctl, "import", form, "-", "--pins", self.path, *arguments, stdin=text)

    def export(self, form, host, *arguments):
        return run(options.pinctl, "export", form, host, "--pins", self.path, *arguments)


def key(*pins):
    return [f"key = sha256//{pin}" for pin in pins]


def both(*pins, until=""):
    return [f"{kind} = sha256//{pin}{until}" for pin in pins for kind in ("key", "ca")]


def run_accepted(cases):
    """Each case: name, format, text, arguments, {host: lines of its file}."""
    for name, form, text, arguments, expected in cases:
        store = Store()
        done = store.load(form, text, *arguments)
        found = {host: store.lines(host) for host in store.files()}
        tap.check(f"import: {name}", done.status == 0 and found == expected, f"expected {expected}\ngot {found}\n{done}")


def run_refused(cases):
    """Each case: name, format, text, arguments, a part of the error, which is one line with the place once."""
    for name, form, text, arguments, words in cases:
        store = Store()
        done = store.load(form, text, *arguments)
        tap.check(f"import: refused: {name}", done.status == 2 and words in done.err and store.files() == []
                  and len(done.err.splitlines()) == 1 and "\033" not in done.err
                  and len(re.findall(r":\d+:\d+:", done.err)) <= 1, f"expected {words}\n{done}")


def run_tests(*tests):
    """Runs the tests and ends the program. Exit status: 0 all passed, 1 some failed."""
    try:
        for test in tests:
            test()
    finally:
        shutil.rmtree(top)
    tap.end()
