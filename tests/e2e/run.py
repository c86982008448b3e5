#!/usr/bin/python3
"""Real programs against real servers, with the module in their openssl.cnf and no other change. See programs.py and scenarios.py for the two tables; each pair of them is run twice, with
the program's own verification on and off.

Prints TAP and a matrix. Exit status: 0 all passed, 1 some failed, 77 nothing could be run, 2 usage.
"""

import argparse
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import choice
import cases
from pki import Pki
from processes import Processes
from programs import PROGRAMS, Missing, openssl_inside
from scenarios import SCENARIOS, words
from server import Servers
from store import configure

HERE = os.path.dirname(os.path.abspath(__file__))
WORKERS = 3
SKIPPED = 77


def main():
    args = arguments()
    if args.list:
        print("\n".join(["programs:", *(f"  {p.name}" for p in PROGRAMS),
                         "scenarios:", *(f"  {s.name}" for s in SCENARIOS)]))
        return 0
    os.umask(0o022)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    commands, missing = find_programs(choice.chosen(PROGRAMS, args.program), args.build)
    todo = [cases.Case(program, scenario, verify)
            for program in choice.chosen(PROGRAMS, args.program) if program.name in commands
            for scenario in choice.chosen(SCENARIOS, args.scenario) for verify in (True, False)]
    results = run_all(todo, commands, None if args.prove else os.path.abspath(args.module), args)
    skipped = len(missing) * 2 * len(choice.chosen(SCENARIOS, args.scenario))
    return conclude(results, skipped)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--module", help="path of pinning.so")
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build", "e2e"),
                        help="where programs are built and kept (default: %(default)s)")
    parser.add_argument("--program", action="append", metavar="NAME", help="only this one")
    parser.add_argument("--scenario", action="append", metavar="NAME", help="only this one")
    parser.add_argument("--list", action="store_true", help="list programs and scenarios")
    parser.add_argument("--prove", action="store_true", help="leave the module out, and pass only "
                        "if every case that needs it fails: proof that the cases can fail")
    parser.add_argument("-v", "--verbose", action="store_true", help="print the output of programs")
    args = parser.parse_args()
    choice.check(parser, args, program=PROGRAMS, scenario=SCENARIOS)
    return args


def find_programs(programs, cache):
    """Returns commands by name, and the names of missing programs; prints both."""
    commands, missing = {}, []
    for program in programs:
        try:
            commands[program.name] = program.find(cache)
        except Missing as why:
            missing.append(program.name)
            print(f"# SKIPPED {program.name}: {why}")
        else:
            words = commands[program.name]
            linked_in = openssl_inside(os.path.realpath(shutil.which(words[0])))
            print(f"# {program.name}: {' '.join(words)}"
                  + (" (OpenSSL linked in)" if linked_in else ""))
    return commands, missing


@contextlib.contextmanager
def fixture(commands, config_text):
    """Yields what cases share, and a pool to run them in; all of it is removed afterwards, also after an
    interruption."""
    processes = Processes()
    pool = ThreadPoolExecutor(WORKERS)
    with tempfile.TemporaryDirectory(prefix="pinning-e2e.") as directory:
        pki = Pki(directory)
        servers = Servers()
        try:
            yield cases.Fixture(pki, words(pki), servers, processes, directory, commands,
                             config_text), pool
        finally:
            processes.end_all()
            pool.shutdown(cancel_futures=True)
            servers.end()


def run_all(todo, commands, module, args):
    """Runs cases in parallel and prints each. Returns a list of (case, passed)."""
    def config_text(store, section):
        return configure(store, module, section)

    results = []
    with fixture(commands, config_text) as (shared, pool):
        print(f"1..{len(todo)}")
        answers = pool.map(lambda case: cases.run(case, shared), todo)
        for number, (case, (faults, outcome)) in enumerate(zip(todo, answers), 1):
            passed = proved(case, faults, outcome) if args.prove else not faults
            results.append((case, passed))
            print(f"{'ok' if passed else 'not ok'} {number} - {case}", flush=True)
            if args.verbose or not passed:
                explain(case, faults, outcome)
    return results


def proved(case, faults, outcome):
    """Returns whether a case ended as it must without the module: those that need it fail, because the program gets
    its page, and the others pass."""
    if isinstance(case.expected, (cases.Accepted, cases.OwnRefusal)):
        return not faults
    return bool(faults) and not list(cases.not_accepted(outcome))


def explain(case, faults, outcome):
    print(f"# expected: {case.expected}")
    for fault in faults:
        print(f"# got: {fault}")
    print_outcome(outcome)


def print_outcome(outcome):
    lines = [f"exit status: {outcome.status}", *(f"server: {c}" for c in outcome.connections),
             *(f"log: {r}" for r in outcome.records),
             *(f"stdout: {line}" for line in outcome.out.splitlines()[-5:]),
             *(f"stderr: {line}" for line in outcome.err.splitlines()[-15:])]
    print("\n".join(f"#   {line}" for line in lines))


def conclude(results, skipped):
    matrix(results)
    failed = [case for case, passed in results if not passed]
    for case in failed:
        print(f"FAILED: {case}")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed, {skipped} skipped")
    if failed:
        return 1
    return 0 if results else SKIPPED


def matrix(results):
    """Prints a table of scenarios by programs; each cell has the results with verification on and off."""
    programs = list(dict.fromkeys(case.program.name for case, _ in results))
    cells = {}
    for case, passed in results:
        cell = cells.setdefault((case.scenario.name, case.program.name), [])
        cell.append("ok" if passed else "FAIL")
    names = list(dict.fromkeys(case.scenario.name for case, _ in results))
    first = max(map(len, names), default=0)
    print(f"\n{'':{first}}  " + "  ".join(f"{p:>9}" for p in programs))
    for name in names:
        line = ("/".join(cells[name, p]) for p in programs)
        print(f"{name:{first}}  " + "  ".join(f"{c:>{max(9, len(p))}}"
                                              for c, p in zip(line, programs)))
    print()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
