"""Cases of the programs: a program in a scenario, with its own verification on or off; how one is run and judged."""

import os
import re
import tempfile
from dataclasses import dataclass

import keyring
from programs import Program
from scenarios import (Accepted, NoTLS, Noticed, OwnRefusal, Refused, Reported, Scenario, Printed,
                       Unreached)
from server import PAGE
from store import Store

TIMEOUT_SECS = 30


@dataclass(frozen=True)
class Case:
    program: Program
    scenario: Scenario
    verify: bool

    def __str__(self):
        state = "on" if self.verify else "off"
        return f"{self.program.name}/{self.scenario.name}, verification {state}"

    @property
    def hosts(self):
        """The hosts that a record may have. A program that gives no name is looked up by the address, and then by the
        presented identifiers."""
        return {self.scenario.host} | ({"127.0.0.1", "::1"} if self.program.nameless else set())

    @property
    def may_name_nobody(self):
        """An address in a URL is a name for some programs only, and a socket can be hidden."""
        return self.program.nameless or self.scenario.host == "127.0.0.1"

    @property
    def expected(self):
        expected = self.scenario.expected(self.verify, self.verify or self.program.always_trusts)
        # A program that the module cannot protect behaves as without it, and the log has a notice.
        return expected if self.program.reached or isinstance(expected, OwnRefusal) else Unreached()


@dataclass
class Outcome:
    status: int         # of the program
    out: str
    err: str
    connections: list   # as the server saw them
    records: list       # of the log; a line that cannot be parsed is {"broken": line}

    def with_reason(self, reason):
        return [r for r in self.records if r.get("reason") == reason]

    def refusals(self):
        return [r for r in self.records if r.get("action") == "refused"]

    def unexpected(self, case):
        """The records of a program that is accepted. One that names no host leaves one notice a process."""
        notices = self.with_reason("P19") if case.may_name_nobody else []
        return [r for r in self.records if r not in notices] + notices[1:]

    @property
    def bytes_seen(self):
        return sum(c["bytes"] for c in self.connections)


@dataclass(frozen=True)
class Fixture:
    """What all cases share."""
    pki: object
    words: dict
    servers: object
    processes: object
    directory: str
    commands: dict       # program name -> the first words of its command
    config_text: object  # (store, lines of the section) -> the text of openssl.cnf


def run(case, fixture):
    """Runs a case. Returns the faults as sentences, none if it passed, and the outcome to print."""
    outcome = attempt(case, fixture)
    return list(faults(case, outcome)), outcome


def attempt(case, fixture):
    with tempfile.TemporaryDirectory(dir=fixture.directory) as directory:
        store = Store(directory, case.scenario, fixture.words, fixture.config_text)
        chain, key = fixture.pki.served(case.scenario.served)
        port = fixture.servers.listen(chain, key, case.scenario.tls)
        # Two starts of a program that cannot be reached leave one record a day.
        starts = 1 if case.program.reached or not keyring.is_available() else 2
        try:
            for _ in range(starts):
                ended = fixture.processes.run(command(case, fixture, port),
                                              environment(store, directory), directory,
                                              TIMEOUT_SECS, case.program.stdin)
        finally:
            connections = fixture.servers.connections(port)
        return Outcome(*ended, connections, store.records())


def attempt_alone(argv, scenario, fixture):
    """Runs a program that needs no server. Returns its outcome."""
    with tempfile.TemporaryDirectory(dir=fixture.directory) as directory:
        store = Store(directory, scenario, fixture.words, fixture.config_text)
        ended = fixture.processes.run(argv, environment(store, directory), directory, TIMEOUT_SECS)
        return Outcome(*ended, [], store.records())


def command(case, fixture, port):
    host = case.scenario.host
    return [*fixture.commands[case.program.name],
            *case.program.arguments(case.verify, url=f"https://{host}:{port}/", host=host, port=port,
                                   ca=fixture.pki.trusted)]


def environment(store, directory):
    """Returns an environment without the caller's settings, because on some machines they name certificates and
    proxies."""
    return {"PATH": os.environ["PATH"], "HOME": directory, "LANG": "C.UTF-8",
            "OPENSSL_CONF": store.config}


# ---- judging ----

def faults(case, outcome):
    """Yields a sentence for each thing that is not as expected."""
    expected = case.expected
    if any("broken" in record for record in outcome.records):
        yield "a line of the log is not JSON"
    if isinstance(expected, NoTLS):
        yield from tls_not_impossible(outcome)
        if expected.reason and not outcome.with_reason(expected.reason):
            yield f"no record with reason {expected.reason}"
        return
    if not outcome.connections:
        yield "the server saw no connection"
    if isinstance(expected, Printed):
        yield from not_printed(expected, outcome)
    elif isinstance(expected, (Refused, OwnRefusal)):
        yield from not_failed(case.program, expected, outcome)
    else:
        yield from not_accepted(outcome)
    if isinstance(expected, Refused):
        yield from not_recorded(case, expected, outcome)
    elif outcome.refusals():
        yield "the log has a refusal"
    if isinstance(expected, Reported):
        yield from not_reported(case, expected, outcome)
    elif isinstance(expected, Accepted) and outcome.unexpected(case):
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


def tls_not_impossible(outcome):
    if outcome.status == 0:
        yield "exit status 0"
    if any(c["handshake"] for c in outcome.connections):
        yield "a handshake was completed"
    if PAGE in outcome.out:
        yield "the program printed the page"


def not_printed(expected, outcome):
    yield from tls_not_impossible(outcome)
    if not re.search(expected.text, outcome.err):
        yield f"standard error does not match {expected.text!r}"


def not_accepted(outcome):
    if outcome.status != 0:
        yield f"exit status {outcome.status}, expected 0"
    if PAGE not in outcome.out:
        yield "the program did not print the page"


def not_recorded(case, expected, outcome):
    """Yields faults unless a record has the refusal with its reason and the host."""
    records = [r for r in outcome.refusals() if r.get("reason") == expected.reason]
    if not records:
        yield f"no record of a refusal with reason {expected.reason}"
    elif not any(r.get("hostname") in case.hosts for r in records):
        yield f"no record {expected.reason} names the host {case.scenario.host}"
    elif expected.names and not any(re.search(expected.names, str(r)) for r in records):
        yield f"no record {expected.reason} matches {expected.names!r}"


def not_reported(case, expected, outcome):
    records = outcome.with_reason(expected.reason)
    if not any(r.get("hostname") in case.hosts for r in records):
        yield f"no record with reason {expected.reason} for {case.scenario.host}"
