"""What the test programs of pinctl share: running it, and lines as in TAP."""

import os
import subprocess
import sys


class Tap:
    """Counts what was found; a line for each."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, ok, detail=""):
        self.passed += bool(ok)
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.passed + self.failed} - {name}")
        if not ok and detail:
            print("\n".join(f"#   {line}" for line in str(detail).splitlines()))
        return ok

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)


class Done:
    """A program that has ended."""

    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __str__(self):
        return f"exit status {self.status}\n{self.out}{self.err}"


def run(*command, env=None, stdin="", timeout=60, cwd=None):
    """Runs a program with an environment of its own (no openssl.cnf of this host)."""
    full = {"PATH": os.environ["PATH"], "OPENSSL_CONF": "/dev/null", "LC_ALL": "C.UTF-8", **(env or {})}
    return Done(subprocess.run(command, env={k: v for k, v in full.items() if v is not None},
                               input=stdin, capture_output=True, text=True, errors="replace",
                               timeout=timeout, cwd=cwd, check=False))
