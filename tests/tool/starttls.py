#!/usr/bin/env python3
"""pinctl --starttls with a real PostgreSQL and a real Postfix: the pins are those that openssl computes
from the certificates, and what is not the pinned server is refused."""

import argparse
import os
import shutil
import sys
import tempfile

from starttls_servers import Postfix, Postgres
from tap import Tap, run

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from pki import Pki  # noqa: E402

options = argparse.ArgumentParser()
options.add_argument("--pinctl", required=True)
options.add_argument("--module")
options = options.parse_args()
tap = Tap()


def pinctl(*arguments):
    return run(options.pinctl, *arguments, "--pins", store, "--ca-file", pki.trusted)


def write(name, text):
    with open(os.path.join(store, name), "w", encoding="ascii") as out:
        out.write(text)
    os.chmod(os.path.join(store, name), 0o644)


def read(name):
    with open(os.path.join(store, name), encoding="ascii") as data:
        return [line.split("#")[0].strip() for line in data if line.split("#")[0].strip()]


def forget(name):
    if os.path.exists(os.path.join(store, name)):
        os.remove(os.path.join(store, name))


def expect(name, done, status, *words):
    """The exit status, and words that it says; no word of an error twice."""
    said = done.out + done.err
    tap.check(name, done.status == status and all(word in said for word in words), done)


def good(protocol, at):
    """The server with the pinned key."""
    key, intermediate = pki.pin("current"), pki.pin("intermediate")
    done = pinctl("hash", at, "--starttls", protocol)
    got = [line for line in done.out.splitlines() if line and not line.startswith("#")]
    tap.check(f"{protocol}: hash", got == [f"key = {key}", f"ca = {intermediate}"], done)
    forget("localhost.pins")
    done = pinctl("pin", "localhost", "--from", at, "--starttls", protocol, "--backup", pki.pin("spare"),
                  "--yes")
    tap.check(f"{protocol}: pin", done.status == 0 and read("localhost.pins") == [
        f"key = {key}", f"key = {pki.pin('spare')}", f"probe = {at} {protocol}"], done)
    expect(f"{protocol}: check --live", pinctl("check", "--live", "--errors"), 0)
    expect(f"{protocol}: explain goes where probe says", pinctl("explain", "localhost"), 0, at,
           "verdict: accepted")
    forget("localhost.pins")
    done = pinctl("pin", "localhost", "--from", at, "--starttls", protocol, "--ca=root", "--yes")
    tap.check(f"{protocol}: pin --ca", done.status == 0 and f"ca = {pki.pin('root')}" in
              read("localhost.pins"), done)
    expect(f"{protocol}: explain --starttls, a ca pin", pinctl("explain", at, "--starttls", protocol), 0,
           "verdict: accepted")


def impostor(protocol, at):
    """One with another key, that the same CA vouches for."""
    write("localhost.pins", f"key = {pki.pin('current')}\nkey = {pki.pin('spare')}\n"
                            f"probe = {at} {protocol}\n")
    expect(f"{protocol}: another key: explain", pinctl("explain", "localhost"), 1, "P07",
           pki.pin("other"))
    expect(f"{protocol}: another key: explain --starttls",
           pinctl("explain", at, "--starttls", protocol), 1, "P07")
    expect(f"{protocol}: another key: check --live", pinctl("check", "--live", "--errors"), 1, "P07",
           "localhost")
    forget("localhost.pins")
    untrusted = run(options.pinctl, "pin", "localhost", "--from", at, "--starttls", protocol, "--pins",
                    store, "--ca-file", pki.path("stranger.pem"), "--yes")
    expect(f"{protocol}: nothing is pinned whose CA is not trusted", untrusted, 2)
    tap.check(f"{protocol}: and no file is written", not os.path.exists(f"{store}/localhost.pins"))


def silent(what, at, protocol, *words):
    """One that shows no certificate when asked so."""
    tap.check(f"{what}: hash shows no pin", "sha256//" not in
              (done := pinctl("hash", at, "--starttls", protocol)).out, done)
    expect(f"{what}: hash", done, 2, at, *words)
    forget("localhost.pins")
    expect(f"{what}: pin", pinctl("pin", "localhost", "--from", at, "--starttls", protocol, "--yes"), 2,
           *words)
    tap.check(f"{what}: no file is written", not os.path.exists(f"{store}/localhost.pins"))
    write("localhost.pins", f"key = {pki.pin('current')}\nkey = {pki.pin('spare')}\n"
                            f"probe = {at} {protocol}\n")
    expect(f"{what}: check --live", pinctl("check", "--live"), 2, *words)
    expect(f"{what}: explain", pinctl("explain", "localhost"), 2, *words)
    forget("localhost.pins")


def mute(what, at, protocol):
    """Both wait for the other to speak first."""
    write("localhost.pins", f"key = {pki.pin('current')}\nkey = {pki.pin('spare')}\n"
                            f"probe = {at} {protocol}\n")
    expect(what, pinctl("check", "--live", "--timeout", "1"), 2, "no answer in time")


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
        silent("gopher is no protocol of openssl", at["current"], "gopher", "\"gopher\"")
        for word in ("-proxy", "SMTP", "", "smtp postgres", "smtp\x1b[31m", "s" * 99):
            done = pinctl("hash", at["current"], "--starttls", word)
            expect(f"{word!r} is no word for a protocol", done, 2, "is not a protocol")
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
    write("_store", "")
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
