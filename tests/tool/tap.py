"""Common parts of the test programs of pinctl: how to run it and how to print results, as in TAP."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))


class Tap:
    """Counter of passed and failed checks, which prints a line for each."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, ok, detail=""):
        self.passed += bool(ok)
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.passed + self.failed} - {name}")
        if not ok and detail:
            print("\n".join(f"#   {line}" for line in str(detail).splitlines()))
        return ok

    def expect(self, name, done, status, *words):
        """Checks an exit status, and that each word (or with a leading "!" no such word) is in the output."""
        output = done.out + done.err
        faults = [word for word in words if (word[1:] in output if word.startswith("!") else word not in output)]
        return self.check(name, done.status == status and not faults,
                          f"expected exit status {status} and in the output {list(words)}\n"
                          f"got exit status {done.status}, missing or unwanted {faults}\n{done}")

    def equal(self, name, got, expected, detail=""):
        return self.check(name, got == expected, f"expected {expected!r}\ngot {got!r}\n{detail}")

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)


class Done:
    """Result of a program that has ended."""

    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __str__(self):
        return f"exit status {self.status}\n{self.out}{self.err}"


def run(*command, env=None, stdin="", timeout=60, cwd=None):
    """Runs a program without this host's openssl.cnf. Returns Done."""
    full = {"PATH": os.environ["PATH"], "OPENSSL_CONF": "/dev/null", "LC_ALL": "C.UTF-8", **(env or {})}
    return Done(subprocess.run(command, env={k: v for k, v in full.items() if v is not None},
                               input=stdin, capture_output=True, text=True, errors="replace",
                               timeout=timeout, cwd=cwd, check=False))
