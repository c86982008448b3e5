#!/usr/bin/python3
"""node_names.py - names that node hands to OpenSSL as the program wrote them: in UTF-8, and with a resolver's escape.

Both servers have a certificate for *.example.com by a trusted CA; the impostor's has a key that is not pinned. Each
case is run without the module, too: what node refuses by itself, it refuses with the module.

usage: node_names.py --module MODULE    Prints TAP. Exit status: 0 passed, 1 failed, 77 cannot be run here.
"""

import argparse
import os
import re
import sys
from dataclasses import dataclass

import cases
from programs import PROGRAMS, Missing
from run import fixture, print_outcome
from scenarios import Scenario
from server import PAGE
from store import Store, configure

HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT_SECS = 30
SERVERS = {"honest": "current", "impostor": "other"}
PINS = {"xn--bcher-kva.example.com.pins": "key = {current}\n", "api.example.com.pins": "key = {current}\n"}


@dataclass(frozen=True)
class Name:
    name: str      # of the case
    host: str      # as the program writes it
    honest: str    # reason of the refusal of each server, "" if it is accepted
    impostor: str
    recorded: str  # the host in the record


NAMES = [
    Name("A-label", "xn--bcher-kva.example.com", "", "P07", "xn--bcher-kva.example.com"),
    Name("UTF-8", "bücher.example.com", "", "P07", "xn--bcher-kva.example.com"),
    # In a resolver's notation this is api.example.com.
    Name("escape", "ap\\105.example.com", "P18", "P18", ""),
]


def sign_servers(pki):
    for server, key in SERVERS.items():
        pki.sign(f"{server}.leaf", key, "intermediate",
                 ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
                  "extendedKeyUsage=serverAuth", "subjectAltName=DNS:*.example.com"])
        pki.join([f"{server}.leaf", "intermediate"], f"{server}.chain.pem")


def attempt(shared, command, name, server, check, module):
    """Runs node once, with the module or without it. Returns the outcome."""
    directory = os.path.join(shared.directory, "-".join([name.name, server, check, "with" if module else "without"]))
    os.mkdir(directory)
    store = Store(directory, Scenario(name.name, None, PINS), shared.words,
                  lambda store, section: configure(store, module, section))
    port = shared.servers.listen(shared.pki.path(f"{server}.chain.pem"),
                                 shared.pki.path(f"{SERVERS[server]}.key"), "1.3")
    try:
        ended = shared.processes.run([*command, name.host, str(port), shared.pki.trusted, check],
                                     cases.environment(store, directory), directory, TIMEOUT_SECS)
    finally:
        connections = shared.servers.connections(port)
    return cases.Outcome(*ended, connections, store.records())


def refusal_faults(name, reason, check, with_module, without):
    if check == "unchecked" and PAGE not in without.out:
        yield "without the module the page did not come, so the case proves nothing"
    if PAGE in with_module.out or with_module.status != 1:
        yield f"exit status {with_module.status}, and the output {with_module.out!r}: not refused"
    if with_module.bytes_seen:
        yield f"the server received {with_module.bytes_seen} bytes of application data"
    if not re.search(rf"pinning\[{reason}\]: refused", with_module.err):
        yield f"standard error lacks {reason}"
    if [(r.get("reason"), r.get("hostname", "")) for r in with_module.refusals()] != [(reason, name.recorded)]:
        yield f"the log does not have exactly one refusal, {reason} for {name.recorded!r}"


def acceptance_faults(check, with_module, without):
    if check == "unchecked" and PAGE not in with_module.out:
        yield "the page did not come"
    if own_result(with_module) != own_result(without):
        yield f"with the module {own_result(with_module)}, without it {own_result(without)}"
    if with_module.records:
        yield "the log has records, none were expected"


def own_result(outcome):
    """Returns status, output and node's own error code."""
    return outcome.status, outcome.out, outcome.err.partition(":")[0]


def run(shared, command, program, module):
    """Runs all cases with one node. Returns the number of those that failed."""
    failed = number = 0
    for name in NAMES:
        for server in SERVERS:
            for check in ("checked", "unchecked"):
                with_module = attempt(shared, command, name, server, check, module)
                without = attempt(shared, command, name, server, check, None)
                reason = getattr(name, server)
                faults = list(refusal_faults(name, reason, check, with_module, without) if reason else
                              acceptance_faults(check, with_module, without))
                failed += bool(faults)
                number += 1
                print(f"{'not ok' if faults else 'ok'} {number} - {program}/{name.name}, {server}, names {check}: "
                      f"{reason or 'accepted'}", flush=True)
                if faults:
                    print("\n".join(f"# got: {fault}" for fault in faults))
                    print_outcome(with_module)
                    print_outcome(without)
    return failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--module", required=True)
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build", "e2e"))
    parser.add_argument("--program", required=True, help="node or node-debian")
    args = parser.parse_args()
    try:
        # The last word is the script.
        command = next(p for p in PROGRAMS if p.name == args.program).find(args.build)[:-1]
    except Missing as why:
        print(f"1..0 # SKIP {why}")
        return 77
    command.append(os.path.join(HERE, "clients", "fetch_host.js"))
    print(f"1..{len(NAMES) * len(SERVERS) * 2}")
    with fixture({}, None) as (shared, _):
        sign_servers(shared.pki)
        return int(run(shared, command, args.program, os.path.abspath(args.module)) > 0)


if __name__ == "__main__":
    sys.exit(main())
