"""Parsers of what suites report. Each takes what one part of a suite wrote, standard output before
standard error, and its scratch directory, and returns the statuses of its tests by name."""

import os
import re
import xml.etree.ElementTree as ElementTree

PASS, FAIL, ERROR, SKIP = "pass", "fail", "error", "skip"
FAILURES = (FAIL, ERROR)
JUNIT = "junit.xml"
EXIT = "exit status"  # the name of the test that a part's process is


def junit(_, scratch):
    """CPython's regrtest with --junit-xml. Its text is of no use: servers write into the lines."""
    try:
        cases = ElementTree.parse(os.path.join(scratch, JUNIT)).getroot().iter("testcase")
    except (FileNotFoundError, ElementTree.ParseError):
        return {}  # the runner has crashed: its exit status says so
    found = {}
    for case in cases:
        found[unused(found, case.get("name"))] = junit_status(case)
    return found


def junit_status(case):
    for tag, status in (("error", ERROR), ("failure", FAIL), ("skipped", SKIP)):
        if case.find(tag) is not None:
            return status
    return PASS


TAP_LINE = re.compile(r"^\s*(not )?ok\b(?: +(\d+))?(?: *-)? *(.*?)\s*$", re.M)
# Ports, process ids, addresses in memory and durations change from run to run.
VOLATILE = re.compile(r"0x[0-9a-f]+|\b\d{4,}\b|\bduration=\d+")


def tap(text, _):
    """Perl's TAP. Some tests number what two processes print, so the number alone is not a name."""
    found = {}
    for refused, number, description in TAP_LINE.findall(text):
        name, _, directive = description.partition("#")
        status = FAIL if refused else PASS
        if directive.strip().upper().startswith(("SKIP", "TODO")):
            status = SKIP
        name = VOLATILE.sub("N", name.strip())
        found[unused(found, f"{number} {name}".strip() or "unnamed")] = status
    return found


def unused(names, name):
    count, wanted = 1, name
    while wanted in names:
        count += 1
        wanted = f"{name} ({count})"
    return wanted


RUBY_TEST = re.compile(r"^\[ *\d+/\d+\] (\S+#\S+) = ", re.M)
RUBY_FAULT = re.compile(r"^ *\d+\) (Failure|Error|Skipped):\n(\S+#[^\s:]+)", re.M)
RUBY_STATUS = {"Failure": FAIL, "Error": ERROR, "Skipped": SKIP}


def ruby(text, _):
    found = {name: PASS for name in RUBY_TEST.findall(text)}
    found.update((name, RUBY_STATUS[kind]) for kind, name in RUBY_FAULT.findall(text))
    return found


STUNNEL_TEST = re.compile(r"^(\d+\. .*)\n\.+ (succeeded|failed|skipped)$", re.M)
STUNNEL_STATUS = {"succeeded": PASS, "failed": FAIL, "skipped": SKIP}


def stunnel(text, _):
    return {name: STUNNEL_STATUS[status] for name, status in STUNNEL_TEST.findall(text)}


NODE_SKIPPED = re.compile(r"^1\.\.0 # Skipped", re.M)


def one_test(text, _):
    """A part that is one test."""
    return {EXIT: SKIP} if NODE_SKIPPED.search(text) else {}


def exit_result(status, timed_out):
    """The result of a part's process."""
    if timed_out or status < 0:
        return ERROR
    return PASS if status == 0 else FAIL
