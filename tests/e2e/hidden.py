#!/usr/bin/python3
"""hidden.py - a program whose OpenSSL is linked in and hidden, on a terminal: the notice that the module cannot reach
it (P14) is in the log, once a day, and not on the terminal, whatever "log" says.

usage: hidden.py --module MODULE    Prints TAP. Exit status: 0 passed, 1 failed, 77 cannot be run here.
"""

import argparse
import os
import pty
import subprocess
import sys
import tempfile

import keyring
from programs import PROGRAMS, Missing
from scenarios import Scenario
from store import Store, configure

HERE = os.path.dirname(os.path.abspath(__file__))
STARTS = 3


def start(argv, env):
    """Runs a program with its standard error on a terminal. Returns what it wrote there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs):
        os.close(theirs)
        seen = b""
        try:
            while part := os.read(ours, 4096):
                seen += part
        except OSError:  # the program has ended
            pass
    os.close(ours)
    return seen.decode(errors="replace")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--module", required=True)
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build", "e2e"))
    args = parser.parse_args()
    try:
        command = next(p for p in PROGRAMS if p.name == "linked-hidden").find(args.build)
    except Missing as why:
        print(f"1..0 # SKIP {why}")
        return 77
    failed = False
    print("1..4")
    with tempfile.TemporaryDirectory(prefix="pinning-hidden.") as directory:
        number = 0
        for destinations in ("tty stderr", "tty"):
            name = os.path.join(directory, destinations.replace(" ", "-"))
            os.mkdir(name)

            def config_text(store, section, destinations=destinations):
                return configure(store, os.path.abspath(args.module),
                                 f"{section}\nlog = file:{store.log} {destinations}")
            store = Store(name, Scenario("hidden", None), {}, config_text)
            env = {"PATH": os.environ["PATH"], "OPENSSL_CONF": store.config}
            seen = [start([*command, "127.0.0.1", "9", "/dev/null"], env) for _ in range(STARTS)]
            records = [r for r in store.records() if r.get("reason") == "P14"]
            expected = 1 if keyring.is_available() else STARTS
            for what, good, got in (
                    (f"log has {expected} of {STARTS}", len(records) == expected, records),
                    ("terminal has none", not any("pinning[" in text for text in seen), seen)):
                number += 1
                failed |= not good
                print(f"{'ok' if good else 'not ok'} {number} - hidden/{destinations}, {what}")
                if not good:
                    print(f"# got {got}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
