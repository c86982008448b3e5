"""Comparison of the blocks that pinning-daemons(7) shows with the pieces of conf/ and with the daemons' logs.
A comment above a block marks it: of: PIECE, or log: DAEMON."""

import os
import re
import time

from host import ROOT, piece, read

PATIENCE_SECS = 10
PAGE = os.path.join(ROOT, "doc", "pinning-daemons.7")
BLOCK = re.compile(r'^\.\\" (of|log): (.*)\n\.Bd .*\n((?:(?!\.Ed).*\n)*)\.Ed', re.M)


def blocks(kind):
    """Returns [(the piece or daemon it is of, its lines)]."""
    return [(of, text.replace("\\e", "\\").replace("\\&", "").replace("\\-", "-").splitlines())
            for mark, of, text in BLOCK.findall(read(PAGE)) if mark == kind]


def records(lines):
    """Joins lines to records of a log: an indented line continues the one before."""
    whole = []
    for line in lines:
        if line.startswith(" ") and whole:
            whole[-1] += " " + line.strip()
        else:
            whole.append(line.strip())
    return whole


def pattern(line):
    """Returns a regular expression for a line; ... in it matches any text."""
    return ".*".join(re.escape(part.strip()) for part in line.split("..."))


def check_log(tap, daemon, since):
    """Checks that the daemon's log has, from a position on, the lines that the page shows."""
    mine = [lines for of, lines in blocks("log") if of == daemon.name]
    tap.check(f"{daemon.name}: the page shows its log once", len(mine) == 1, f"{len(mine)} blocks")
    for line in records(sum(mine, [])):
        until = time.monotonic() + PATIENCE_SECS
        while not (found := re.search(pattern(line), daemon.log()[since:])):
            if time.monotonic() > until:
                break
            time.sleep(0.1)
        tap.check(f"{daemon.name}: logs: {line[:60]}", found, daemon.log()[since:])


def check_quotes(tap):
    """Checks that the lines that the page gives to be copied are in the piece, in this order."""
    found = blocks("of")
    tap.check("page: it quotes at least 6 pieces", len(found) >= 6, len(found))
    for of, lines in found:
        rest = [line.strip() for line in read(piece(of)).splitlines()]
        for line in filter(None, (line.strip() for line in lines)):
            if not tap.check(f"page: conf/{of} has: {line[:60]}", line in rest):
                break
            rest = rest[rest.index(line) + 1:]
