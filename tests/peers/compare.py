"""Runs of a suite in its ways, and what differs between them."""

import os
import shutil
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import results
import ways

from processes import kill_group  # of tests/e2e

RERUNS = 3


@dataclass
class Run:
    """One suite in one way."""
    tests: dict = field(default_factory=dict)   # (part, test): status
    records: list = field(default_factory=list)

    def counted(self):
        """Statuses of tests. The exit statuses of parts count only where they are all there is."""
        found = [status for (_, test), status in self.tests.items() if test != results.EXIT]
        return found or list(self.tests.values())

    def failures(self):
        return sum(status in results.FAILURES for status in self.counted())


@dataclass
class Outcome:
    """One suite in all ways. A difference is (part, test): statuses without and with the module."""
    suite: object
    runs: dict = field(default_factory=dict)    # Way: Run
    lasting: dict = field(default_factory=dict)  # Way: differences
    passing: dict = field(default_factory=dict)  # Way: differences that did not come back
    secs: float = 0


class Bench:
    """A directory of runs, and the processes that are running."""

    def __init__(self, directory, module):
        self.dir, self.module = directory, module
        self.lock = threading.Lock()
        self.running = set()
        self.over = False

    def end(self):
        """Kills what still runs; nothing is started afterwards."""
        with self.lock:
            self.over = True
            for process in self.running:
                kill_group(process)

    def run_suite(self, suite, tree, compared, rerun=True):
        """Runs suite without the module and in the ways compared: an Outcome."""
        begin = time.monotonic()
        outcome = Outcome(suite)
        for way in (ways.WITHOUT, *compared):
            outcome.runs[way] = self.run_way(suite, tree, way, suite.parts(tree), "first")
        for way in compared:
            differ = differences(outcome.runs[ways.WITHOUT].tests, outcome.runs[way].tests)
            lasting = self.lasting(suite, tree, way, differ) if rerun else differ
            outcome.lasting[way] = lasting
            outcome.passing[way] = {test: seen for test, seen in differ.items()
                                    if test not in lasting}
        outcome.secs = time.monotonic() - begin
        return outcome

    def lasting(self, suite, tree, way, differ):
        """Runs the parts again that differ: the differences that are there each time."""
        for number in range(RERUNS):
            if not differ:
                break
            parts = sorted({part for part, _ in differ})
            first, second = (self.run_way(suite, tree, each, parts, f"again{number}-{way}")
                             for each in (ways.WITHOUT, way))
            again = differences(first.tests, second.tests)
            differ = {test: seen for test, seen in differ.items() if test in again}
        return differ

    def run_way(self, suite, tree, way, parts, label):
        directory = os.path.join(self.dir, suite.name, f"{label}-{way}")
        place = ways.Place(directory, way, self.module)
        own = os.path.join(directory, "tree")
        shutil.copytree(tree, own, symlinks=True)
        run = Run()
        with ThreadPoolExecutor(suite.side_by_side) as pool:
            found = pool.map(lambda part: self.run_part(suite, own, part, place), parts)
            for part, tests in zip(parts, found):
                run.tests.update(((part, test), status) for test, status in tests.items())
        run.records = place.records()
        shutil.rmtree(own)
        return run

    def run_part(self, suite, tree, part, place):
        """Runs one part: the statuses of its tests. What it writes stays below place."""
        # Its path is short, because sockets lie in it.
        scratch = tempfile.mkdtemp(dir=place.dir)
        env = place.environment(scratch)
        env.update((key, text.format(tree=tree, scratch=scratch))
                   for key, text in (suite.environment or {}).items())
        name = os.path.join(place.dir, part.replace("/", "_"))
        argv, cwd = suite.command(tree, part, scratch), os.path.join(tree, suite.directory)
        with open(f"{name}.out", "wb") as out, open(f"{name}.err", "wb") as err:
            status, timed_out = self.run_to_end(argv, suite.part_secs, env=env, cwd=cwd,
                                                stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        tests = suite.parse(read(f"{name}.out") + read(f"{name}.err"), scratch)
        tests.setdefault(results.EXIT, results.exit_result(status, timed_out))
        shutil.rmtree(scratch, ignore_errors=True)
        return tests

    def run_to_end(self, argv, timeout_secs, **options):
        """Runs a command, then kills what it left behind: (exit status, was it too slow?)."""
        with self.lock:
            if self.over:
                raise InterruptedError
            process = subprocess.Popen(argv, start_new_session=True, **options)
            self.running.add(process)
        try:
            return process.wait(timeout_secs), False
        except subprocess.TimeoutExpired:
            return None, True
        finally:
            with self.lock:
                self.running.discard(process)
            kill_group(process)
            process.wait()


def read(path):
    with open(path, encoding="utf-8", errors="replace") as text:
        return text.read()


def differences(first, second):
    """Tests whose statuses differ, with both; a test that was not run has the status "absent"."""
    pairs = {test: (first.get(test, "absent"), second.get(test, "absent"))
             for test in first.keys() | second.keys()}
    return {test: pair for test, pair in pairs.items() if pair[0] != pair[1]}
