#!/usr/bin/env python3
"""pinctl --starttls with a real PostgreSQL and a real Postfix: the pins are those that openssl computes from the
certificates, and a server with a different key is refused."""

import argparse
import os
import shutil
import sys
import tempfile

from starttls_servers import Postfix, Postgres
from tap import Tap, run  # before the modules of tests/e2e, which it adds to the path
from pki import Pki
from store import write_pin_file

options = argparse.ArgumentParser()
options.add_argument("--pinctl", required=True)
options.add_argument("--module")
options = options.parse_args()
tap = Tap()


def pinctl(*arguments):
    return run(options.pinctl, *arguments, "--pins", store, "--ca-file", pki.trusted)


def pin_with_probe(at, protocol):
    write_pin_file(store, "localhost.pins", f"key = {pki.pin('current')}\nkey = {pki.pin('spare')}\n"
                                            f"probe = {at} {protocol}\n")


def read(name):
    with open(os.path.join(store, name), encoding="ascii") as data:
        return [line.split("#")[0].strip() for line in data if line.split("#")[0].strip()]


def forget(name):
    if os.path.exists(os.path.join(store, name)):
        os.remove(os.path.join(store, name))


def good(protocol, at):
    """Checks a server with the pinned key."""
    key, intermediate = pki.pin("current"), pki.pin("intermediate")
    done = pinctl("hash", at, "--starttls", protocol)
    got = [line for line in done.out.splitlines() if line and not line.startswith("#")]
    tap.check(f"{protocol}: hash", got == [f"key = {key}", f"ca = {intermediate}"], done)
    forget("localhost.pins")
    done = pinctl("pin", "localhost", "--from", at, "--starttls", protocol, "--backup", pki.pin("spare"),
                  "--yes")
    tap.check(f"{protocol}: pin", done.status == 0 and read("localhost.pins") == [
        f"key = {key}", f"key = {pki.pin('spare')}", f"probe = {at} {protocol}"], done)
    tap.expect(f"{protocol}: check --live", pinctl("check", "--live", "--errors"), 0)
    tap.expect(f"{protocol}: explain uses the address of probe", pinctl("explain", "localhost"), 0, at,
           "verdict: accepted")
    forget("localhost.pins")
    done = pinctl("pin", "localhost", "--from", at, "--starttls", protocol, "--ca=root", "--yes")
    tap.check(f"{protocol}: pin --ca", done.status == 0 and f"ca = {pki.pin('root')}" in
              read("localhost.pins"), done)
    tap.expect(f"{protocol}: explain --starttls, a ca pin", pinctl("explain", at, "--starttls", protocol), 0,
           "verdict: accepted")


def impostor(protocol, at):
    """Checks a server with a different key, of the same CA."""
    pin_with_probe(at, protocol)
    tap.expect(f"{protocol}: a different key: explain", pinctl("explain", "localhost"), 1, "P07",
           pki.pin("other"))
    tap.expect(f"{protocol}: a different key: explain --starttls",
           pinctl("explain", at, "--starttls", protocol), 1, "P07")
    tap.expect(f"{protocol}: a different key: check --live", pinctl("check", "--live", "--errors"), 1, "P07",
           "localhost")
    forget("localhost.pins")
    untrusted = run(options.pinctl, "pin", "localhost", "--from", at, "--starttls", protocol, "--pins",
                    store, "--ca-file", pki.path("stranger.pem"), "--yes")
    tap.expect(f"{protocol}: a certificate of an untrusted CA is not pinned", untrusted, 2)
    tap.check(f"{protocol}: no file is written", not os.path.exists(f"{store}/localhost.pins"))


def silent(what, at, protocol, *words):
    """Checks a server that presents no certificate in this protocol."""
    tap.check(f"{what}: hash prints no pin", "sha256//" not in
              (done := pinctl("hash", at, "--starttls", protocol)).out, done)
    tap.expect(f"{what}: hash", done, 2, at, *words)
    forget("localhost.pins")
    tap.expect(f"{what}: pin", pinctl("pin", "localhost", "--from", at, "--starttls", protocol, "--yes"), 2,
           *words)
    tap.check(f"{what}: no file is written", not os.path.exists(f"{store}/localhost.pins"))
    pin_with_probe(at, protocol)
    tap.expect(f"{what}: check --live", pinctl("check", "--live"), 2, *words)
    tap.expect(f"{what}: explain", pinctl("explain", "localhost"), 2, *words)
    forget("localhost.pins")


def mute(what, at, protocol):
    """Checks a server that waits for the client, as the client does for it."""
    pin_with_probe(at, protocol)
    tap.expect(what, pinctl("check", "--live", "--timeout", "1"), 2, "no answer in time")


def database():
    server = Postgres(f"{top}/postgres")
    at = f"localhost:{server.port}"
    try:
        silent("postgres without TLS", at, "postgres", "offers no TLS")
        server.tls(pki.served("current"))
        good("postgres", at)
        mute("smtp spoken to PostgreSQL", at, "smtp")
        silent("ldap spoken to PostgreSQL", at, "ldap")
        server.tls(pki.served("other"))
        impostor("postgres", at)
    finally:
        server.stop()


def mail():
    server = Postfix(f"{top}/postfix", {"current": pki.served("current"), "other": pki.served("other"),
                                        "clear": None})
    at = {name: f"localhost:{port}" for name, port in server.ports.items()}
    try:
        good("smtp", at["current"])
        impostor("smtp", at["other"])
        silent("smtp without STARTTLS", at["clear"], "smtp", "offers no TLS")
        silent("postgres spoken to Postfix", at["current"], "postgres", "offers no TLS")
        silent("openssl does not know gopher", at["current"], "gopher", "\"gopher\"")
        for word in ("-proxy", "SMTP", "", "smtp postgres", "smtp\x1b[31m", "s" * 99):
            done = pinctl("hash", at["current"], "--starttls", word)
            tap.expect(f"{word!r} is not a protocol", done, 2, "is not a protocol")
            tap.check(f"{word!r} comes safe to a terminal", "\x1b" not in done.err, done)
    finally:
        server.stop()


top = tempfile.mkdtemp(prefix="pinctl-starttls-")
os.chmod(top, 0o755)
store = f"{top}/pins.d"
try:
    os.mkdir(store, 0o755)
    os.mkdir(f"{top}/pki")
    pki = Pki(f"{top}/pki")
    write_pin_file(store, "_store", "")
    missing = [name for name, there in (("postgresql", Postgres.programs()),
                                        ("postfix", os.path.exists(Postfix.PROGRAM))) if not there]
    if missing or os.geteuid() != 0:
        print(f"1..0 # SKIP {', '.join(missing) or 'not root'}: see tools/packages")
        sys.exit(77)
    database()
    mail()
finally:
    shutil.rmtree(top)
tap.end()
