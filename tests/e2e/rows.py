"""One row: a program in a scenario, its own verification on or off. Runs it and judges what
happened."""

import os
import re
import tempfile
from dataclasses import dataclass

from programs import Program
from scenarios import (Accepted, NoTLS, Noticed, OwnRefusal, Refused, Reported, Scenario, Told,
                       Unreached)
from server import PAGE
from store import Store

TIMEOUT_SECS = 30


@dataclass(frozen=True)
class Row:
    program: Program
    scenario: Scenario
    verify: bool

    def __str__(self):
        state = "on" if self.verify else "off"
        return f"{self.program.name} / {self.scenario.name} / verification {state}"

    @property
    def hosts(self):
        """What a record may give as the host. Who names none is looked up by the address, and then
        by the names in the certificate."""
        return {self.scenario.host} | ({"127.0.0.1", "::1"} if self.program.nameless else set())

    @property
    def expected(self):
        expected = self.scenario.expected(self.verify, self.verify or self.program.always_trusts)
        # Whoever cannot be reached does as he would without us, and the log says so.
        return expected if self.program.reached or isinstance(expected, OwnRefusal) else Unreached()


@dataclass
class Outcome:
    status: int         # of the program
    out: str
    err: str
    connections: list   # what the server saw
    records: list       # what the log says; a line that is no record has the key "broken"

    def with_reason(self, reason):
        return [r for r in self.records if r.get("reason") == reason]

    def refusals(self):
        return [r for r in self.records if r.get("action") == "refused"]

    @property
    def bytes_seen(self):
        return sum(c["bytes"] for c in self.connections)


@dataclass(frozen=True)
class Bench:
    """What all rows of a run share."""
    pki: object
    words: dict
    servers: object
    processes: object
    directory: str
    commands: dict       # program name -> the first words of its command
    config_text: object  # (store, lines of the section) -> the text of openssl.cnf


def run(row, bench):
    """Runs a row: (the faults, none if it passed; the outcome to show)."""
    outcome = attempt(row, bench)
    return list(faults(row, outcome)), outcome


def attempt(row, bench):
    with tempfile.TemporaryDirectory(dir=bench.directory) as directory:
        store = Store(directory, row.scenario, bench.words, bench.config_text)
        chain, key = bench.pki.served(row.scenario.served)
        port = bench.servers.listen(chain, key, row.scenario.tls)
        try:
            ended = bench.processes.run(command(row, bench, port), environment(store, directory),
                                        directory, TIMEOUT_SECS, row.program.stdin)
        finally:
            connections = bench.servers.connections(port)
        return Outcome(*ended, connections, store.records())


def attempt_alone(argv, fixture, bench):
    """A program that needs no server."""
    with tempfile.TemporaryDirectory(dir=bench.directory) as directory:
        store = Store(directory, fixture, bench.words, bench.config_text)
        ended = bench.processes.run(argv, environment(store, directory), directory, TIMEOUT_SECS)
        return Outcome(*ended, [], store.records())


def command(row, bench, port):
    host = row.scenario.host
    return [*bench.commands[row.program.name],
            *row.program.arguments(row.verify, url=f"https://{host}:{port}/", host=host, port=port,
                                   ca=bench.pki.trusted)]


def environment(store, directory):
    """Nothing of the caller's settings: they name certificates and proxies on some machines."""
    return {"PATH": os.environ["PATH"], "HOME": directory, "LANG": "C.UTF-8",
            "OPENSSL_CONF": store.config}


# ---- judging ----

def faults(row, outcome):
    """Yields a sentence for each thing that is not as expected."""
    expected = row.expected
    if any("broken" in record for record in outcome.records):
        yield "a line of the log is not JSON"
    if isinstance(expected, NoTLS):
        yield from not_mute(outcome)
        if expected.reason and not outcome.with_reason(expected.reason):
            yield f"no record with reason {expected.reason}"
        return
    if not outcome.connections:
        yield "the server saw no connection"
    if isinstance(expected, Told):
        yield from not_told(expected, outcome)
    elif isinstance(expected, (Refused, OwnRefusal)):
        yield from not_failed(row.program, expected, outcome)
    else:
        yield from not_accepted(outcome)
    if isinstance(expected, Refused):
        yield from not_recorded(row, expected, outcome)
    elif outcome.refusals():
        yield "the log says that the module refused"
    if isinstance(expected, Reported):
        yield from not_reported(row, expected, outcome)
    elif isinstance(expected, Accepted) and outcome.records:
        yield "the log has records, none were expected"
    elif isinstance(expected, Noticed) and len(outcome.with_reason(expected.reason)) != 1:
        yield f"not exactly one record {expected.reason}"


def not_failed(program, expected, outcome):
    if outcome.bytes_seen:
        yield f"the server received {outcome.bytes_seen} bytes of application data"
    if PAGE in outcome.out:
        yield "the program printed the page"
    ours = isinstance(expected, Refused)
    status = program.status if ours else program.own_status
    if outcome.status != status:
        yield f"exit status {outcome.status}, expected {status}"
    if ours and not re.search(program.complaint, outcome.err):
        yield f"standard error does not match {program.complaint!r}"


def not_mute(outcome):
    if outcome.status == 0:
        yield "exit status 0"
    if any(c["handshake"] for c in outcome.connections):
        yield "a handshake was completed"
    if PAGE in outcome.out:
        yield "the program printed the page"


def not_told(expected, outcome):
    yield from not_mute(outcome)
    if not re.search(expected.text, outcome.err):
        yield f"standard error does not match {expected.text!r}"


def not_accepted(outcome):
    if outcome.status != 0:
        yield f"exit status {outcome.status}, expected 0"
    if PAGE not in outcome.out:
        yield "the program did not print the page"


def not_recorded(row, expected, outcome):
    """A refusal is to be told, with its reason and the host."""
    told = [r for r in outcome.refusals() if r.get("reason") == expected.reason]
    if not told:
        yield f"no record of a refusal with reason {expected.reason}"
    elif not any(r.get("hostname") in row.hosts for r in told):
        yield f"no record {expected.reason} names the host {row.scenario.host}"
    elif expected.names and not any(re.search(expected.names, str(r)) for r in told):
        yield f"no record {expected.reason} matches {expected.names!r}"


def not_reported(row, expected, outcome):
    told = outcome.with_reason(expected.reason)
    if not any(r.get("hostname") in row.hosts for r in told):
        yield f"no record with reason {expected.reason} for {row.scenario.host}"
