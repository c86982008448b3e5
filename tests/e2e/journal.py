#!/usr/bin/python3
"""journal.py - log = journal with a real systemd-journald, in a mount namespace with a /run of its own.

usage: journal.py --module MODULE   Prints TAP. Exit status: 0 passed, 1 failed, 77 cannot be run here.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys

import cases
from processes import wait_for
from programs import PROGRAMS
from run import fixture
from scenarios import PINNED, HOST, Refused, Scenario
from store import configure

JOURNALD = "/lib/systemd/systemd-journald"
SOCKET = "/run/systemd/journal/socket"
ENTRIES = "/run/log/journal"
INSIDE = "PINNING_TEST_NAMESPACE"
# Nothing of the host's kernel is read, and nothing is forwarded.
SETTINGS = """[Journal]
Storage=volatile
Audit=no
ReadKMsg=no
ForwardToSyslog=no
ForwardToWall=no
ForwardToConsole=no
"""
# MESSAGE_ID of a refusal, see pinning-provider(7).
REFUSED = "754c8d78a05a49f7b09442dd9fa34c1e"


def enter_namespace():
    """Runs this script again in a mount namespace. Returns its exit status, or None inside."""
    if os.environ.get(INSIDE):
        return None
    if os.geteuid() != 0 or not os.access(JOURNALD, os.X_OK) or not shutil.which("journalctl"):
        print("1..0 # SKIP needs root and systemd-journald")
        return 77
    if subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0:
        print("1..0 # SKIP no mount namespace")
        return 77
    return subprocess.run(["unshare", "-m", "--propagation", "private", *sys.orig_argv],
                          env={**os.environ, INSIDE: "1"}, check=False).returncode


def start_journald():
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    os.makedirs("/run/systemd/journald.conf.d")
    with open("/run/systemd/journald.conf.d/test.conf", "w", encoding="utf-8") as out:
        out.write(SETTINGS)
    journald = subprocess.Popen([JOURNALD], stderr=subprocess.DEVNULL)
    wait_for(lambda: os.path.exists(SOCKET), "systemd-journald")
    return journald


def entries(*match):
    """Returns the entries that match, once there are any."""
    def read():
        out = subprocess.run(["journalctl", "-D", ENTRIES, "-o", "json", "--no-pager", *match],
                             capture_output=True, text=True, check=False).stdout
        return [json.loads(line) for line in out.splitlines()]
    wait_for(read, f"an entry with {match}")
    return read()


def refuse(module, destinations):
    """Has s_client refuse a server. Returns the outcome and the path of the pin file."""
    program = next(p for p in PROGRAMS if p.name == "s_client")
    pin_files = []

    def config_text(store, section):
        pin_files.append(os.path.join(store.pins, HOST))
        return configure(store, module, section.replace("LOG", store.log))
    scenario = Scenario("journal", Refused("P07"), PINNED, served="other", section=f"log = {destinations}")
    commands = {program.name: program.find(None)}
    with fixture(commands, config_text) as (shared, _):
        faults, outcome = cases.run(cases.Case(program, scenario, True), shared)
    return faults, outcome, pin_files[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--module", required=True)
    module = os.path.abspath(parser.parse_args().module)
    status = enter_namespace()
    if status is not None:
        return status
    journald = start_journald()
    try:
        faults, _, pin_file = refuse(module, "journal file:LOG")
        found = entries(f"MESSAGE_ID={REFUSED}")
    finally:
        journald.terminate()
        journald.wait()
    expected = {"PRIORITY": "3", "SYSLOG_FACILITY": "10", "SYSLOG_IDENTIFIER": "openssl", "_TRANSPORT": "journal",
                "MESSAGE_ID": REFUSED, "PINNING_REASON": "P07", "PINNING_ACTION": "refused",
                "PINNING_MODE": "enforce", "PINNING_HOST": "localhost", "PINNING_FILE": pin_file}
    entry = found[0]
    results = [("refused", not faults, faults), ("one entry", len(found) == 1, found),
               ("message", entry["MESSAGE"].startswith("pinning[P07]: refused localhost: no pinned key"),
                entry["MESSAGE"]),
               *((name, entry.get(name) == value, entry.get(name)) for name, value in expected.items())]
    print(f"1..{len(results)}")
    for number, (name, good, got) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - journal/{name}")
        if not good:
            print(f"# got {got}")
    return int(not all(good for _, good, _ in results))


if __name__ == "__main__":
    sys.exit(main())
