#!/usr/bin/python3
"""Tests of a missing module and of a wrong section: the pieces of conf/, included in openssl.cnf as Debian ships
it, with each OpenSSL version that can be had. Each case (guard_cases.py) runs real programs against the right
and the wrong key, and commands without TLS.

Prints TAP. Exit status: 0 all passed, 1 some failed, 77 nothing could be run, 2 usage.
"""

import argparse
import glob
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace

import hello
import programs
import cases
import run
from guard_cases import CASES, DOCUMENTED_VALUES, ALL_CLIENTS, GUARD, OTHERS, PLAIN, S_CLIENT, STRICT
from scenarios import PINNED, Accepted, Scenario

CONF = os.path.join(run.HERE, "..", "..", "conf")


# ---- the OpenSSLs ----

@dataclass(frozen=True)
class OpenSSL:
    name: str        # "system", or as in programs.VERSIONS
    version: tuple   # (3, 5)
    command: list    # openssl
    stock: str       # the text of openssl.cnf as Debian ships it
    clients: list    # cases of programs.py; the first is s_client
    commands: dict   # how each of them is called
    fips: str        # a section for its FIPS provider, "" if there is none


def find_openssl(name, cache):
    root = programs.run_script("fetch-openssl", cache, name)
    suffix = "" if name == "system" else f"-{name}"
    names = [f"{program}{suffix}" for program in ("s_client", "curl", "urllib", "asyncio")]
    wanted = sorted((p for p in programs.PROGRAMS if p.name in names),
                    key=lambda program: names.index(program.name))
    commands, _ = run.find_programs(wanted, cache)
    command = commands[names[0]][:-1]
    with open(os.path.join(root, "etc/ssl/openssl.cnf"), encoding="utf-8") as stock:
        return OpenSSL(name, version_of(command), command, stock.read(),
                       [p for p in wanted if p.name in commands], commands,
                       fips_section(root, command))


def fips_section(root, command):
    """Returns what openssl fipsinstall writes, without activation, because strict activates it."""
    modules = glob.glob(f"{root}/usr/lib/*/ossl-modules/fips.so")
    if not modules:
        print(f"# SKIPPED cases with a FIPS provider: none in {root}")
        return ""
    with tempfile.NamedTemporaryFile(mode="r", encoding="utf-8") as out:
        subprocess.run([*command, "fipsinstall", "-module", modules[0], "-out", out.name],
                       env={"OPENSSL_CONF": "/dev/null"}, capture_output=True, check=True)
        lines = [line for line in out if not line.startswith("activate")]
    return f"{''.join(lines)}module = {modules[0]}\n"


def version_of(command):
    output = subprocess.run([*command, "version"], env={"OPENSSL_CONF": "/dev/null"},
                          capture_output=True, text=True, check=True).stdout
    return tuple(map(int, re.match(r"OpenSSL (\d+)\.(\d+)\.", output).groups()))


def find_all(names, cache):
    """Returns the OpenSSL versions that can be had; prints those that cannot."""
    found = []
    for name in names:
        try:
            openssl = find_openssl(name, cache)
        except programs.Missing as why:
            print(f"# SKIPPED OpenSSL {name}: {why}")
            continue
        if name not in ("system", ".".join(map(str, openssl.version))):
            raise RuntimeError(f"OpenSSL {name} reports version {openssl.version}")
        found.append(openssl)
    return found


# ---- openssl.cnf ----

def config_text(case, openssl, module):
    """Writes the piece beside openssl.cnf, which includes it as its last line."""
    def text(store, section):
        with open(os.path.join(CONF, case.piece), encoding="utf-8") as piece:
            included = piece.read()
        for old, new in case.edit.items():
            assert old in included, old
            included = included.replace(old, new)
        if case.fips:
            included = with_fips(included, case.fips, openssl.fips)
        # The piece ends with the provider's section.
        included += (f"module = {module if case.present else module + '.absent'}\n"
                     f"pins = {store.pins}\nlog = file:{store.log}\n{section}\n")
        path = store.config + ".included"
        with open(path, "w", encoding="utf-8") as out:
            out.write(included.replace("{log}", store.log))
        return f"{openssl.stock}\n.include {path}\n"
    return text


def with_fips(text, where, section):
    module = "pinning = pinning_sect"
    lines = [module, "fips = fips_sect"] if where == "after" else ["fips = fips_sect", module]
    if where == "only":
        section += "activate = 1\n"
    text = text.replace(module, "\n".join(lines))
    return text.replace("[provider_sect]", f"{section}\n[provider_sect]")


# ---- checks ----

@dataclass(frozen=True)
class Check:
    name: str
    function: object  # fixture -> (faults, the outcome to print or None)


def checks_of(openssl, module):
    for case in CASES:
        if case.fips and not openssl.fips:
            continue
        config = config_text(case, openssl, module)
        yield from tls_checks(case, openssl, config)
        yield from other_checks(case, openssl, config)
    yield Check(f"{openssl.name}/guard/groups-sent", wire_check(openssl, module))
    yield Check(f"{openssl.name}/guard/groups-offered", offer_check(openssl, module))
    yield Check(f"{openssl.name}/no value is the name of a section", names_check(openssl, module))


def tls_checks(case, openssl, config):
    expected = case.expected(openssl.version)
    for client in clients_of(case, openssl):
        for key, served, expect in (("right", "current", expected.right),
                                    ("wrong", "other", expected.wrong)):
            scenario = Scenario(case.name, expect, PINNED, served=served, tls=case.newest,
                                section=case.section)

            def check(fixture, case=cases.Case(client, scenario, True)):
                return cases.run(case, with_config(fixture, openssl, config))
            yield Check(f"{openssl.name}/{case.name}/{client.name}, {key} key", check)


def clients_of(case, openssl):
    first, *others = openssl.clients
    return {S_CLIENT: [first], ALL_CLIENTS: openssl.clients, OTHERS: others}[case.clients]


def with_config(fixture, openssl, config):
    return replace(fixture, config_text=config, commands=openssl.commands)


def other_checks(case, openssl, config):
    """Commands without TLS: they work with the guard, and fail without any algorithms."""
    for name, (argv, pattern) in other_commands(case, openssl).items():
        def check(fixture, argv=argv, pattern=pattern):
            return other_check(case, fixture, config, argv, pattern)
        yield Check(f"{openssl.name}/{case.name}/{name}", check)


def other_commands(case, openssl):
    """Returns {name: (command, what it must print)}."""
    commands = {}
    if case.clients != OTHERS:
        digest = hashlib.sha256(b"").hexdigest()
        commands["dgst"] = [*openssl.command, "dgst", "-sha256", "/dev/null"], digest
        commands["list"] = ([*openssl.command, "list", "-providers", "-verbose"],
                            r"(?s)\bpinning\n.*status: active" if case.present else "default")
    if openssl.name == "system" and shutil.which("ssh"):
        commands["ssh"] = ["ssh", "-V"], "OpenSSH"
    if not case.crypto:
        commands.pop("list", None)  # works, and prints nothing
    return commands


def other_check(case, fixture, config, argv, pattern):
    outcome = cases.attempt_alone(argv, Scenario(case.name, None, PINNED, section=case.section),
                                 replace(fixture, config_text=config))
    return list(other_faults(case, argv, pattern, outcome)), outcome


def other_faults(case, argv, pattern, outcome):
    if not case.crypto:
        if outcome.status == 0:
            yield "works, without any algorithms"
        return
    if outcome.status != 0:
        yield f"exit status {outcome.status}"
    if not re.search(pattern, outcome.out + outcome.err):
        yield f"does not print {pattern!r}"
    if "list" in argv and outcome.err:
        yield "prints to standard error"


def wire_check(openssl, module):
    """Checks that the guard's group is not sent, and the others are as without the module."""
    def check(fixture):
        stock = first_message(fixture, openssl, lambda _store, _section: openssl.stock)
        guarded = first_message(fixture, openssl, config_text(by_name("guard"), openssl, module))
        return ([] if stock.groups and stock == guarded else
                [f"without the module {stock}, with the guard {guarded}"]), None
    return check


def first_message(fixture, openssl, config):
    """Returns the groups of a ClientHello."""
    client = openssl.clients[0]
    client = replace(client, verify=client.verify + " -msg")
    scenario = Scenario("wire", Accepted(), PINNED)
    outcome = cases.attempt(cases.Case(client, scenario, True), with_config(fixture, openssl, config))
    return hello.parse(hello.from_msg(outcome.out))


def offer_check(openssl, module):
    """Checks that the group is offered only where it has an effect, because libssl asks every provider for groups at
    each SSL_CTX."""
    def check(fixture):
        shared = replace(fixture, config_text=config_text(by_name("plain"), openssl, module))
        outcome = cases.attempt_alone([*openssl.command, "list", "-key-managers"],
                                     Scenario("offer", None), shared)
        offered = "pinguard" in outcome.out
        wanted = openssl.version >= (3, 4)
        return [] if offered == wanted else [f"offered: {offered}, expected: {wanted}"], outcome
    return check


def names_check(openssl, module):
    def check(_bench):
        text = openssl.stock
        for piece in PLAIN, GUARD, STRICT:
            with open(os.path.join(CONF, piece), encoding="utf-8") as included:
                text += included.read()
        names = set(re.findall(r"(?m)^\s*\[\s*(\S+?)\s*\]", text)) | {"default"}
        swallowed = sorted(names & DOCUMENTED_VALUES)
        return [f"{value} is the name of a section" for value in swallowed], None
    return check


def by_name(name):
    return next(case for case in CASES if case.name == name)


# ---- running ----

def main():
    args = arguments()
    os.umask(0o022)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    found = find_all(args.openssl or ["system", *programs.VERSIONS], args.build)
    todo = [check for openssl in found for check in checks_of(openssl, os.path.abspath(args.module))
            if not args.case or f"/{args.case}/" in check.name]
    failed = []
    print(f"1..{len(todo)}")
    with run.fixture({}, None) as (fixture, pool):
        answers = pool.map(lambda check: check.function(fixture), todo)
        for number, (check, (faults, outcome)) in enumerate(zip(todo, answers), 1):
            print(f"{'not ok' if faults else 'ok'} {number} - {check.name}", flush=True)
            if faults:
                failed.append(check)
                print("\n".join(f"# {fault}" for fault in faults))
            if outcome and (faults or args.verbose):
                run.print_outcome(outcome)
    for check in failed:
        print(f"FAILED: {check.name}")
    print(f"{len(todo) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0 if todo else run.SKIPPED


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--module", required=True, help="path of pinning.so")
    parser.add_argument("--build", default=os.path.join(run.HERE, "..", "..", "build", "e2e"),
                        help="where programs are built and kept (default: %(default)s)")
    parser.add_argument("--openssl", action="append", choices=["system", *programs.VERSIONS])
    parser.add_argument("--case", help="only this one")
    parser.add_argument("-v", "--verbose", action="store_true", help="print the output of programs")
    args = parser.parse_args()
    if not os.path.isfile(args.module):
        parser.error("--module PATH must be the built pinning.so")
    return args


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
