#!/usr/bin/python3
"""What happens when the module is missing, or its section is wrong: the pieces of conf/, included
in openssl.cnf as Debian ships it, on each OpenSSL that can be had. Each case (guard_cases.py) runs
real programs against the right and the wrong key, and commands that have nothing to do with TLS.

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
import rows
import run
from guard_cases import CASES, DOCUMENTED_VALUES, EVERYONE, GUARD, OTHERS, PLAIN, S_CLIENT, STRICT
from scenarios import PINNED, Accepted, Scenario

CONF = os.path.join(run.HERE, "..", "..", "conf")


# ---- the OpenSSLs ----

@dataclass(frozen=True)
class OpenSSL:
    name: str        # "system", or as in programs.VERSIONS
    version: tuple   # (3, 5)
    command: list    # openssl
    stock: str       # the text of openssl.cnf as Debian ships it
    clients: list    # rows of programs.py; the first is s_client
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
    """What openssl fipsinstall writes, but the provider is not activated: strict does that."""
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
    said = subprocess.run([*command, "version"], env={"OPENSSL_CONF": "/dev/null"},
                          capture_output=True, text=True, check=True).stdout
    return tuple(map(int, re.match(r"OpenSSL (\d+)\.(\d+)\.", said).groups()))


def find_all(names, cache):
    """The OpenSSLs that can be had; tells which cannot."""
    found = []
    for name in names:
        try:
            openssl = find_openssl(name, cache)
        except programs.Missing as why:
            print(f"# SKIPPED OpenSSL {name}: {why}")
            continue
        if name not in ("system", ".".join(map(str, openssl.version))):
            raise RuntimeError(f"OpenSSL {name} says that it is {openssl.version}")
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
    lines = ["fips = fips_sect", module] if where == "before" else [module, "fips = fips_sect"]
    text = text.replace(module, "\n".join(lines))
    return text.replace("[provider_sect]", f"{section}\n[provider_sect]")


# ---- checks ----

@dataclass(frozen=True)
class Check:
    name: str
    function: object  # bench -> (faults, the outcome to show or None)


def checks_of(openssl, module):
    for case in CASES:
        if case.fips and not openssl.fips:
            continue
        config = config_text(case, openssl, module)
        yield from tls_checks(case, openssl, config)
        yield from other_checks(case, openssl, config)
    yield Check(f"{openssl.name} / guard / what is sent", wire_check(openssl, module))
    yield Check(f"{openssl.name} / guard / offered", offer_check(openssl, module))
    yield Check(f"{openssl.name} / no value is the name of a section", names_check(openssl, module))


def tls_checks(case, openssl, config):
    expected = case.expected(openssl.version)
    for client in clients_of(case, openssl):
        for key, served, expect in (("right", "current", expected.right),
                                    ("wrong", "other", expected.wrong)):
            scenario = Scenario(case.name, expect, PINNED, served=served, tls=case.newest,
                                section=case.section)

            def check(bench, row=rows.Row(client, scenario, True)):
                return rows.run(row, with_config(bench, openssl, config))
            yield Check(f"{openssl.name} / {case.name} / {client.name}: {key} key", check)


def clients_of(case, openssl):
    first, *others = openssl.clients
    return {S_CLIENT: [first], EVERYONE: openssl.clients, OTHERS: others}[case.who]


def with_config(bench, openssl, config):
    return replace(bench, config_text=config, commands=openssl.commands)


def other_checks(case, openssl, config):
    """What is not TLS: works with the guard, and does not if the algorithms are gone."""
    for name, (argv, says) in other_commands(case, openssl).items():
        def check(bench, argv=argv, says=says):
            return other_check(case, bench, config, argv, says)
        yield Check(f"{openssl.name} / {case.name} / {name}", check)


def other_commands(case, openssl):
    """name -> (command, what it must say)"""
    commands = {}
    if case.who != OTHERS:
        digest = hashlib.sha256(b"").hexdigest()
        commands["dgst"] = [*openssl.command, "dgst", "-sha256", "/dev/null"], digest
        commands["list"] = ([*openssl.command, "list", "-providers", "-verbose"],
                            r"(?s)\bpinning\n.*status: active" if case.present else "default")
    if openssl.name == "system" and shutil.which("ssh"):
        commands["ssh"] = ["ssh", "-V"], "OpenSSH"
    if not case.crypto:
        commands.pop("list", None)  # works, and has nothing to list
    return commands


def other_check(case, bench, config, argv, says):
    outcome = rows.attempt_alone(argv, Scenario(case.name, None, PINNED, section=case.section),
                                 replace(bench, config_text=config))
    return list(other_faults(case, argv, says, outcome)), outcome


def other_faults(case, argv, says, outcome):
    if not case.crypto:
        if outcome.status == 0:
            yield "works, without any cryptography"
        return
    if outcome.status != 0:
        yield f"exit status {outcome.status}"
    if not re.search(says, outcome.out + outcome.err):
        yield f"does not say {says!r}"
    if "list" in argv and outcome.err:
        yield "complains"


def wire_check(openssl, module):
    """The guard's group is not sent, and the others are as without us."""
    def check(bench):
        stock = first_message(bench, openssl, lambda _store, _section: openssl.stock)
        guarded = first_message(bench, openssl, config_text(by_name("guard"), openssl, module))
        return ([] if stock.groups and stock == guarded else
                [f"without us {stock}, with the guard {guarded}"]), None
    return check


def first_message(bench, openssl, config):
    """Which groups a ClientHello has."""
    client = openssl.clients[0]
    client = replace(client, verify=client.verify + " -msg")
    scenario = Scenario("wire", Accepted(), PINNED)
    outcome = rows.attempt(rows.Row(client, scenario, True), with_config(bench, openssl, config))
    return hello.parse(hello.from_msg(outcome.out))


def offer_check(openssl, module):
    """libssl asks every provider for groups at each SSL_CTX: do not answer where it is in vain."""
    def check(bench):
        shared = replace(bench, config_text=config_text(by_name("plain"), openssl, module))
        outcome = rows.attempt_alone([*openssl.command, "list", "-key-managers"],
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
            if not args.case or f" / {args.case} / " in check.name]
    failed = []
    print(f"1..{len(todo)}")
    with run.bench({}, None) as (bench, pool):
        answers = pool.map(lambda check: check.function(bench), todo)
        for number, (check, (faults, outcome)) in enumerate(zip(todo, answers), 1):
            print(f"{'not ok' if faults else 'ok'} {number} - {check.name}", flush=True)
            if faults:
                failed.append(check)
                print("\n".join(f"# {fault}" for fault in faults))
            if outcome and (faults or args.verbose):
                run.show(outcome)
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
    parser.add_argument("-v", "--verbose", action="store_true", help="show what programs wrote")
    args = parser.parse_args()
    if not os.path.isfile(args.module):
        parser.error("--module PATH must be the built pinning.so")
    return args


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
