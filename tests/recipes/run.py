#!/usr/bin/python3
"""The recipes of pinning-daemons(7): the pieces of conf/ are used as they are. Pinning is enforced for
each daemon with its own piece, and its log has the lines that the page shows.

Prints TAP. Exit status: 0 all passed, 1 some failed, 77 nothing could be run, 2 usage.
"""

import argparse
import os
import shutil
import sys
import tempfile
from functools import partial

from host import Host

import fixture
from tap import Tap
import chroot
import daemons
import fleet
import page
import pieces


def run_daemon(tap, host, kind):
    if kind.missing():
        print(f"# SKIP {kind.name}: no {' '.join(kind.missing())}")
        return
    daemon = kind(host)
    daemon.prepare()
    try:
        test_daemon(tap, host, daemon)
    finally:
        daemon.end()


def test_daemon(tap, host, daemon):
    """Right pin, a different pin without a restart, the emergency switch; and the same without the module."""
    file = f"{daemon.pinned}.pins"
    host.enable()
    host.pin(file, f"key = {host.pin_of['server']}\n")
    daemon.start()
    served, output = daemon.ask()
    tap.check(f"{daemon.name}: the piece passes the daemon's own check", check(host, daemon))
    tap.check(f"{daemon.name}: the right pin is served", served, output + daemon.log()[-2000:])
    host.pin(file, f"key = {host.pin_of['next']}\n")
    before = len(daemon.log())
    served, output = daemon.ask()
    tap.check(f"{daemon.name}: a different pin is refused, without a restart", not served, output)
    page.check_log(tap, daemon, before)
    host.pin("_store", "mode = report\n")
    tap.check(f"{daemon.name}: the emergency switch", daemon.ask()[0])
    daemon.stop()
    host.enable(with_module=False)
    host.pin(file, f"key = {host.pin_of['next']}\n")
    daemon.start()
    tap.check(f"{daemon.name}: without the module what was refused is served", daemon.ask()[0])
    daemon.stop()


def check(host, daemon):
    return not daemon.check or host.shell(" ".join(daemon.check)).returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--module", required=True)
    parser.add_argument("--pinctl", required=True)
    recipes = {**{kind.name: partial(run_daemon, kind=kind) for kind in daemons.DAEMONS},
               **{part.__name__: part for part in (chroot.chroot, *pieces.PIECES, *fleet.FLEET)},
               "page": lambda tap, host: page.check_quotes(tap)}
    parser.add_argument("--only", choices=recipes)
    args = parser.parse_args()
    fixture.enter()
    os.umask(0o022)
    tap = Tap()
    top = tempfile.mkdtemp(prefix="pinning-recipes-")
    try:
        host = Host(top, os.path.abspath(args.pinctl), os.path.abspath(args.module))
        for recipe in [args.only] if args.only else recipes:
            recipes[recipe](tap, host)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    if not tap.passed and not tap.failed:
        sys.exit(fixture.SKIPPED)
    tap.end()


if __name__ == "__main__":
    main()
