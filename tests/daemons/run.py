#!/usr/bin/python3
"""Daemons as Debian packages them, with the module in their openssl.cnf and no other change, as clients of a TLS
server that is or is not the pinned one. See table.py and scenarios.py for the two tables; each pair of them is
run with the daemon's own verification on and off.

Prints TAP. Exit status: 0 all passed, 1 some failed, 77 nothing could be run, 2 usage.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import place  # first, because it adds tests/e2e to the path
import choice
import programs
import unpacked
import cases
from pki import Pki
from scenarios import SCENARIOS
from server import PAGE, Servers
from table import DAEMONS

HERE = os.path.dirname(os.path.abspath(__file__))
WORKERS = 3
SKIPPED = 77

# The libraries of a newer suite over those of this machine, for one program and its children.
NEWER = """
mount -t overlay -o "ro,lowerdir=$0/usr/lib/LIBS:/usr/lib/LIBS" overlay /usr/lib/LIBS
exec "$@"
"""


@dataclass
class Fixture:
    """What all cases share."""
    directory: str
    module: str     # None: the cases are run without it
    under: list     # the start of the command line of a program with a different OpenSSL
    pki: object
    words: dict
    servers: object
    page: str = PAGE


def main():
    args = arguments()
    if args.list:
        print("\n".join(["daemons:", *(f"  {d.name}" for d in DAEMONS),
                         "scenarios:", *(f"  {s.name}" for s in SCENARIOS)]))
        return 0
    os.umask(0o022)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        under = newer(args.build, args.openssl) if args.openssl else []
    except programs.Missing as why:
        print(f"1..0 # SKIP {why}")
        return SKIPPED
    todo = []
    for daemon in choice.chosen(DAEMONS, args.daemon):
        why = cases.missing(daemon, under)
        if why:
            print(f"# SKIPPED {daemon.name}: {why}")
            continue
        todo += [cases.Case(daemon, scenario, verify)
                 for scenario in choice.chosen(SCENARIOS, args.scenario)
                 if scenario.is_for(daemon) for verify in daemon.verifies]
    if args.prove:
        todo = [case for case in todo if case.needs_module()]
    return run_all(todo, args, under) if todo else SKIPPED


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--module", help="path of pinning.so")
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build", "e2e"),
                        help="where other OpenSSL versions are kept (default: %(default)s)")
    parser.add_argument("--openssl", metavar="VERSION", help="3.5 or 3.6 instead of the system's")
    parser.add_argument("--daemon", action="append", metavar="NAME", help="only this one")
    parser.add_argument("--scenario", action="append", metavar="NAME", help="only this one")
    parser.add_argument("--list", action="store_true", help="list daemons and scenarios")
    parser.add_argument("--prove", action="store_true", help="leave the module out, and pass only "
                        "if each refusal is missed: proof that the cases can fail")
    args = parser.parse_args()
    choice.check(parser, args, daemon=DAEMONS, scenario=SCENARIOS)
    return args


def newer(cache, version):
    """Returns the start of a command line for a mount namespace with the libraries of a different suite. Debian 12's
    programs run with them if OpenSSL's major version is the same."""
    root = programs.run_script("fetch-openssl", cache, version)
    libs = os.path.basename(os.path.dirname(unpacked.one(f"{root}/usr/lib/*/libssl.so.3")))
    under = ["unshare", "--mount", "sh", "-ec", NEWER.replace("LIBS", libs), root]
    tried = subprocess.run([*under, "openssl", "version"], capture_output=True, text=True)
    if f"(Library: OpenSSL {version}" not in tried.stdout:
        raise programs.Missing("no mount namespace with other libraries is possible here: "
                               + (tried.stdout + tried.stderr).strip())
    return under


def run_all(todo, args, under):
    failed = 0
    with tempfile.TemporaryDirectory(prefix="pinning-daemons.") as directory:
        os.chmod(directory, 0o755)
        module = None if args.prove else place.for_everybody(args.module, directory)
        pki = Pki(directory)
        servers = Servers()
        words = {key: pki.pin(key)
                 for key in ("current", "other", "spare", "root", "intermediate", "second")}
        fixture = Fixture(directory, module, under, pki, words, servers)
        pool = ThreadPoolExecutor(WORKERS)
        try:
            for daemon in dict.fromkeys(case.daemon for case in todo):
                daemon.prepare(fixture)
            print(f"1..{len(todo)}", flush=True)
            answers = pool.map(lambda case: cases.run(case, fixture), todo)
            for number, (case, faults) in enumerate(zip(todo, answers), 1):
                passed = any(cases.NOT_REFUSED in f for f in faults) if args.prove else not faults
                failed += not passed
                print(f"{'ok' if passed else 'not ok'} {number} - {case}", flush=True)
                if not passed:
                    print("\n".join(f"#   {fault}" for fault in faults) or
                          "#   passed without the module")
        finally:
            pool.shutdown(cancel_futures=True)
            servers.end()
    print(f"{len(todo) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
