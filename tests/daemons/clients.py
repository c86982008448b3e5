#!/usr/bin/python3
"""clients = DIR: servers as Debian has them ask for certificates of clients, and hold them to pins.
See clients_servers.py and clients_cases.py for the two tables. Each pair is run with TLS 1.2 and 1.3;
one that must be refused is run without the module as well, and must then be served: proof that it is
the module that refuses.

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
import rows
import choice
from clients_cases import CASES, make_clients
from clients_servers import SERVERS
from place import Place, for_everybody
from programs import Missing
from pki import Pki


@dataclass(frozen=True)
class Row:
    server: type
    case: object
    tls: str
    held: bool

    def __str__(self):
        return (f"{self.server.name} / {self.case.name} / TLS {self.tls}"
                + ("" if self.held else " / without the module"))


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
        why = rows.missing(server, under)
        if why:
            print(f"# SKIPPED {server.name}: {why}")
            continue
        todo += [Row(server, case, tls, held) for case in choice.chosen(CASES, args.case)
                 if server.resumes or not case.session
                 for tls in ("1.2", "1.3") for held in (True, False) if held or case.reason]
    return run_all(todo, args, under) if todo else run.SKIPPED


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--module", required=True, help="path of pinning.so")
    parser.add_argument("--build", default=os.path.join(run.HERE, "..", "..", "build", "e2e"),
                        help="where other OpenSSLs are kept (default: %(default)s)")
    parser.add_argument("--openssl", metavar="VERSION", help="3.5 or 3.6 in place of the system's")
    parser.add_argument("--server", action="append", metavar="NAME", help="only this one")
    parser.add_argument("--case", action="append", metavar="NAME", help="only this one")
    args = parser.parse_args()
    if not os.path.isfile(args.module):
        parser.error("--module PATH must be the built pinning.so")
    for kind, table in ("server", SERVERS), ("case", CASES):
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
        with_module = run.World(top, for_everybody(args.module, top), under, pki, words, None)
        without = run.World(top, None, under, pki, words, None)
        pool = ThreadPoolExecutor(run.WORKERS)
        try:
            print(f"1..{len(todo)}", flush=True)
            answers = pool.map(lambda row: faults(row, with_module if row.held else without), todo)
            for number, (row, found) in enumerate(zip(todo, answers), 1):
                failed += bool(found)
                print(f"{'not ok' if found else 'ok'} {number} - {row}", flush=True)
                for fault in found:
                    print("# " + fault.replace("\n", "\n# "))
        finally:
            pool.shutdown(cancel_futures=True)
    print(f"{len(todo) - failed} passed, {failed} failed")
    return 1 if failed else 0


# ---- one row ----

def faults(row, world):
    """What is not as expected, each a sentence; none if the row passed."""
    case = row.case
    with tempfile.TemporaryDirectory(dir=world.directory) as directory:
        clients = f"clients = {directory}/clients.d\n" if case.clients else ""
        place = Place(directory, world, clients + row.server.section)
        server = row.server(place, case, row.tls)
        try:
            place.pin("_store", "")
            if case.head is not None:
                place.mkdir("clients.d")
                pin(place, {"_store": case.head, **case.files})
            server.start()
            found = list(once(row, server) if not case.later else twice(row, server))
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
        place.write(f"clients.d/{name}", text.format_map(place.words))


def once(row, server):
    yield from judge(row, server, server.ask(), 0)


def twice(row, server):
    """A client that comes back, with the session that it was given, if it was given one."""
    case, place = row.case, server.place
    kept = place.path("session")

    def ask(word):
        if not case.session:
            return server.ask()
        return server.s_client(server.request, *([word, kept] if word else []))

    first = ask("-sess_out")
    if (place.world.page in first) != (case.served_before or not row.held):
        yield f"the first connection was wrong already: {first[-300:]}"
    place.records()
    since = len(server.log())
    pin(place, case.later)
    yield from judge(row, server, ask("-sess_in" if os.path.exists(kept) else ""), since)


def judge(row, server, answer, since):
    case, records = row.case, server.place.records()
    refused = row.held and case.reason
    served = server.place.world.page in answer
    if served != (case.page and not refused):
        yield f"the page was {'' if served else 'not '}served: {answer[-600:]}"
    if row.held and case.reported and case.reported not in [r.get("reason") for r in records]:
        yield f"no record with reason {case.reported}: {records}"
    told = [r for r in records if r.get("action") == "refused"]
    if not refused:
        if told:
            yield f"the log has a refusal: {told}"
        return
    if not any(r.get("reason") == case.reason and "client" in r for r in told):
        yield f"no record of a refused client with reason {case.reason}: {records}"
    if case.reason == "P07" and not any("/clients.d/" in r.get("file", "") for r in told):
        yield f"no record names the file: {records}"
    try:
        complaint = server.complaint.replace("REASON", case.reason)
        server.place.wait_for(lambda: re.search(complaint, server.log()[since:]), "its complaint", 3)
    except RuntimeError:
        yield f"its own log does not say why: no {complaint!r}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
