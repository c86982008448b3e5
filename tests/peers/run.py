#!/usr/bin/python3
"""Other projects' test suites without the module, with an empty store, and with a store that
reports every peer: their results must be the same.

Prints a table. Exit status: 0 no difference, 1 differences or too few suites, 2 usage.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import results
import ways
from compare import Bench
from fetch import Missing
from suites import SUITES

import choice  # of tests/e2e

HERE = os.path.dirname(os.path.abspath(__file__))
SIDE_BY_SIDE = 3
COMPARED = (ways.EMPTY, ways.REPORT)
SHOWN = 20


def main():
    args = arguments()
    if args.list:
        print("\n".join(suite.name for suite in SUITES))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.umask(0o022)
    cache = os.path.abspath(args.build)
    os.makedirs(cache, exist_ok=True)
    chosen = choice.chosen(SUITES, args.suite)
    trees, missing = fetch_all(chosen, cache)
    with tempfile.TemporaryDirectory(prefix="peers.") as directory:
        bench = Bench(args.keep or directory, os.path.abspath(args.module))
        outcomes = run_all(bench, trees, (ways.ENFORCE,) if args.prove else COMPARED,
                           rerun=not args.prove)
    check = unproved if args.prove else faults
    return conclude(chosen, missing, outcomes, check)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--module", help="path of pinning.so")
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build", "peers"),
                        help="where the suites are kept (default: %(default)s)")
    parser.add_argument("--suite", action="append", metavar="NAME", help="only this one")
    parser.add_argument("--keep", metavar="DIR", help="keep output and logs in this new directory")
    parser.add_argument("--list", action="store_true", help="list the suites")
    parser.add_argument("--prove", action="store_true", help="refuse every peer, and pass only if "
                        "each suite that uses TLS shows it: proof that the comparison can fail")
    args = parser.parse_args()
    if not args.list and not (args.module and os.path.isfile(args.module)):
        parser.error("--module PATH must be the built pinning.so")
    unknown = set(args.suite or []) - {suite.name for suite in SUITES}
    if unknown:
        parser.error(f"no such suite: {', '.join(sorted(unknown))}")
    return args


def fetch_all(suites, cache):
    """Directories by suite, and the suites that cannot be had."""
    trees, missing = {}, []
    for suite in suites:
        try:
            if not shutil.which(suite.program):
                raise Missing(f"there is no program {suite.program}")
            trees[suite] = suite.fetch(cache)
        except Missing as why:
            missing.append(suite)
            print(f"skipped: {suite}: {why}", flush=True)
    return trees, missing


def run_all(bench, trees, compared, rerun):
    """Runs suites side by side, the ways of each one after the other: ports that a suite has
    chosen are then used once at a time."""
    def one(suite):
        outcome = bench.run_suite(suite, trees[suite], compared, rerun)
        print(f"ran {suite} in {outcome.secs:.0f} s", flush=True)
        return outcome

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        try:
            return list(pool.map(one, trees))
        finally:
            bench.end()


# ---- what is wrong ----

def faults(outcome):
    """Sentences: what fails the stage."""
    suite, last = outcome.suite, ways.REPORT
    for way, differ in outcome.lasting.items():
        yield from (f"{way}: {describe(test)}: expected {without}, got {status}"
                    for test, (without, status) in sorted(differ.items()))
    if outcome.runs[ways.WITHOUT].records:
        yield "without: expected no records, because the module is not in openssl.cnf"
    count = ways.reported(outcome.runs[last].records)
    if suite.uses_tls and not count:
        yield f"{last}: expected records of the module, got none"
    if not suite.uses_tls and count:
        yield f"{last}: expected no TLS, got {count} records"
    without = outcome.runs[ways.WITHOUT]
    if 2 * without.failures() >= len(without.counted()):
        yield f"without: expected most of {len(without.counted())} tests to pass"
    if suite.parse is not results.one_test and all(t == results.EXIT for _, t in without.tests):
        yield "without: expected results, got only exit statuses"


def unproved(outcome):
    if outcome.suite.uses_tls and not outcome.lasting[ways.ENFORCE]:
        yield f"{ways.ENFORCE}: expected differences, got none"


def unstable(outcome):
    """Sentences: differences that did not come back."""
    for way, differ in outcome.passing.items():
        yield from (f"{way}: {describe(test)}: once {status} instead of {without}"
                    for test, (without, status) in sorted(differ.items()))


def describe(test):
    return ": ".join(test)


# ---- the table ----

def conclude(chosen, missing, outcomes, check):
    """Prints the table and what is wrong; the exit status."""
    print_table(outcomes)
    wrong = [(outcome.suite, list(check(outcome))) for outcome in outcomes]
    for outcome in outcomes:
        show(f"unstable: {outcome.suite}", list(unstable(outcome)))
    for suite, sentences in wrong:
        show(f"FAILED {suite}", sentences)
    too_few = 2 * len(missing) > len(chosen)
    if too_few:
        print(f"FAILED: only {len(outcomes)} of {len(chosen)} suites could be run")
    return 1 if too_few or any(sentences for _, sentences in wrong) else 0


def show(title, sentences):
    for sentence in sentences[:SHOWN]:
        print(f"{title}: {sentence}")
    if len(sentences) > SHOWN:
        print(f"{title}: and {len(sentences) - SHOWN} more")


def print_table(outcomes):
    compared = [str(way) for way in outcomes[0].lasting] if outcomes else []
    rows = [("suite", "results", "failures", *(f"differ: {way}" for way in compared), "records",
             "unstable", "seconds")]
    for outcome in outcomes:
        without = outcome.runs[ways.WITHOUT]
        last = list(outcome.runs.values())[-1]
        rows.append((outcome.suite.name, len(without.counted()), without.failures(),
                     *map(len, outcome.lasting.values()), ways.reported(last.records),
                     sum(map(len, outcome.passing.values())), round(outcome.secs)))
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    print()
    for row in rows:
        print("  ".join(str(cell).ljust(width) if column == 0 else str(cell).rjust(width)
                        for column, (cell, width) in enumerate(zip(row, widths))))
    print()


if __name__ == "__main__":
    sys.exit(main())
