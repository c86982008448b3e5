#!/usr/bin/python3
"""What an operator copies works: the pieces of conf/ are used as they are, each daemon is held to
pins with its own, and says why in its own log what pinning-daemons(7) says that it says.

Prints TAP. Exit status: 0 all passed, 1 some failed, 77 nothing could be run, 2 usage.
"""

import argparse
import os
import shutil
import tempfile

from host import Host

import fixture
from tap import Tap
import chroot
import daemons
import fleet
import page
import pieces


def held(tap, host, kind):
    daemon = kind(host)
    daemon.prepare()
    try:
        try_one(tap, host, daemon)
    finally:
        daemon.end()


def try_one(tap, host, daemon):
    """Right pin, another pin without a restart, the brake; and the same without the module."""
    file = f"{daemon.pinned}.pins"
    host.enable()
    host.pin(file, f"key = {host.pin_of['server']}\n")
    daemon.start()
    served, said = daemon.ask()
    tap.check(f"{daemon.name}: its own check of the piece", check(host, daemon))
    tap.check(f"{daemon.name}: the right pin is served", served, said + daemon.log()[-2000:])
    host.pin(file, f"key = {host.pin_of['next']}\n")
    before = len(daemon.log())
    served, said = daemon.ask()
    tap.check(f"{daemon.name}: another pin is refused, without a restart", not served, said)
    page.shows(tap, daemon, before)
    host.shell("echo 'mode = report' > /etc/ssl/pins.d/_store")
    tap.check(f"{daemon.name}: the brake of the night", daemon.ask()[0])
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
    parser.add_argument("--only", help="a daemon, or a function of the other files")
    args = parser.parse_args()
    parts = [chroot.chroot, *pieces.PIECES, *fleet.FLEET]
    if args.only not in (None, *(d.name for d in daemons.DAEMONS), *(p.__name__ for p in parts)):
        parser.error(f"nothing is called {args.only}")
    fixture.enter()
    os.umask(0o022)
    tap = Tap()
    top = tempfile.mkdtemp(prefix="pinning-operator-")
    try:
        host = Host(top, os.path.abspath(args.pinctl), os.path.abspath(args.module))
        for kind in daemons.DAEMONS:
            if args.only in (None, kind.name):
                if kind.missing():
                    print(f"# SKIP {kind.name}: no {' '.join(kind.missing())}")
                    continue
                held(tap, host, kind)
        for piece in parts:
            if args.only in (None, piece.__name__):
                piece(tap, host)
        if not args.only:
            page.quotes(tap)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    tap.end()


if __name__ == "__main__":
    main()
