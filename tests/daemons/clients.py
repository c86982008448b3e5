#!/usr/bin/python3
"""Servers with clients = DIR, as Debian packages them: they request certificates of clients, and pinning is
enforced for these. See clients_servers.py and clients_scenarios.py for the two tables. Each pair is run with
TLS 1.2 and 1.3. A case that must be refused is run without the module as well, and must then be served, as
proof that it is the module that refuses.

Prints TAP. Exit status: 0 all passed, 1 some failed, 77 nothing could be run, 2 usage.
"""

import argparse
import os
import re
import signal
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import run
import cases
import choice
from clients_scenarios import SCENARIOS, make_clients
from clients_servers import SERVERS
from place import Place, for_everybody
from programs import Missing
from pki import Pki
from store import write_pin_file


@dataclass(frozen=True)
class Case:
    server: type
    scenario: object
    tls: str
    with_module: bool

    def __str__(self):
        return (f"{self.server.name}/{self.scenario.name}, TLS {self.tls}"
                + ("" if self.with_module else ", without the module"))


def main():
    args = arguments()
    os.umask(0o022)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        under = run.newer(args.build, args.openssl) if args.openssl else []
    except Missing as why:
        print(f"1..0 # SKIP {why}")
        return run.SKIPPED
    todo = []
    for server in choice.chosen(SERVERS, args.server):
        why = cases.missing(server, under)
        if why:
            print(f"# SKIPPED {server.name}: {why}")
            continue
        todo += [Case(server, scenario, tls, with_module) for scenario in choice.chosen(SCENARIOS, args.scenario)
                 if server.resumes or not scenario.session
                 for tls in ("1.2", "1.3") for with_module in (True, False) if with_module or scenario.reason]
    return run_all(todo, args, under) if todo else run.SKIPPED


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--module", required=True, help="path of pinning.so")
    parser.add_argument("--build", default=os.path.join(run.HERE, "..", "..", "build", "e2e"),
                        help="where other OpenSSL versions are kept (default: %(default)s)")
    parser.add_argument("--openssl", metavar="VERSION", help="3.5 or 3.6 instead of the system's")
    parser.add_argument("--server", action="append", metavar="NAME", help="only this one")
    parser.add_argument("--scenario", action="append", metavar="NAME", help="only this one")
    args = parser.parse_args()
    if not os.path.isfile(args.module):
        parser.error("--module PATH must be the built pinning.so")
    for kind, table in ("server", SERVERS), ("scenario", SCENARIOS):
        unknown = set(getattr(args, kind) or []) - {entry.name for entry in table}
        if unknown:
            parser.error(f"no such {kind}: {', '.join(sorted(unknown))}")
    return args


def run_all(todo, args, under):
    failed = 0
    with tempfile.TemporaryDirectory(prefix="pinning-clients.") as top:
        os.chmod(top, 0o755)
        pki = Pki(top)
        make_clients(pki)
        words = {key: pki.pin(key) for key in ("current", "spare", "intermediate", "second")}
        with_module = run.Fixture(top, for_everybody(args.module, top), under, pki, words, None)
        without = run.Fixture(top, None, under, pki, words, None)
        pool = ThreadPoolExecutor(run.WORKERS)
        try:
            print(f"1..{len(todo)}", flush=True)
            answers = pool.map(lambda case: faults(case, with_module if case.with_module else without), todo)
            for number, (case, found) in enumerate(zip(todo, answers), 1):
                failed += bool(found)
                print(f"{'not ok' if found else 'ok'} {number} - {case}", flush=True)
                for fault in found:
                    print("# " + fault.replace("\n", "\n# "))
        finally:
            pool.shutdown(cancel_futures=True)
    print(f"{len(todo) - failed} passed, {failed} failed")
    return 1 if failed else 0


# ---- one case ----

def faults(case, fixture):
    """Runs a case. Returns the faults as sentences, none if it passed."""
    scenario = case.scenario
    with tempfile.TemporaryDirectory(dir=fixture.directory) as directory:
        clients = f"clients = {directory}/clients.d\n" if scenario.clients else ""
        place = Place(directory, fixture, clients + case.server.section)
        server = case.server(place, scenario, case.tls)
        try:
            place.pin("_store", "")
            if scenario.settings is not None:
                place.mkdir("clients.d")
                pin(place, {"_store": scenario.settings, **scenario.files})
            server.start()
            found = list(once(case, server) if not scenario.later else twice(case, server))
            if server.process.poll() is not None:
                found.append(f"it has ended: status {server.process.returncode}")
            return found + [f"its log: {server.log()[-1500:]}"] if found else []
        except (RuntimeError, OSError) as error:
            return [f"{type(error).__name__}: {error}", f"its log: {server.log()[-1500:]}"]
        finally:
            server.stop()
            place.end()


def pin(place, files):
    for name, text in files.items():
        write_pin_file(place.path("clients.d"), name, text.format_map(place.words))


def once(case, server):
    yield from judge(case, server, server.ask(), 0)


def twice(case, server):
    """Judges the second connection of a client, which offers the session of the first if it has one."""
    scenario, place = case.scenario, server.place
    kept = place.path("session")

    def ask(word):
        if not scenario.session:
            return server.ask()
        return server.s_client(server.request, *([word, kept] if word else []))

    first = ask("-sess_out")
    if (place.fixture.page in first) != (scenario.served_before or not case.with_module):
        yield f"the first connection was not as expected: {first[-300:]}"
    place.records()
    since = len(server.log())
    pin(place, scenario.later)
    yield from judge(case, server, ask("-sess_in" if os.path.exists(kept) else ""), since)


def judge(case, server, answer, since):
    scenario, records = case.scenario, server.place.records()
    refused = case.with_module and scenario.reason
    served = server.place.fixture.page in answer
    if served != (scenario.page and not refused):
        yield f"expected the page {'not ' if served else ''}to be served, got: {answer[-600:]}"
    if case.with_module and scenario.reported and scenario.reported not in [r.get("reason") for r in records]:
        yield f"no record with reason {scenario.reported}: {records}"
    refusals = [r for r in records if r.get("action") == "refused"]
    if not refused:
        if refusals:
            yield f"the log has a refusal: {refusals}"
        return
    if not any(r.get("reason") == scenario.reason and "client" in r for r in refusals):
        yield f"no record of a refused client with reason {scenario.reason}: {records}"
    if scenario.reason == "P07" and not any("/clients.d/" in r.get("file", "") for r in refusals):
        yield f"no record names the file: {records}"
    try:
        complaint = server.complaint.replace("REASON", scenario.reason)
        server.place.wait_for(lambda: re.search(complaint, server.log()[since:]), "its error message", 3)
    except RuntimeError:
        yield f"its own log lacks the reason: no {complaint!r}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
