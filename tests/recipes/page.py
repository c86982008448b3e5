"""What pinning-daemons(7) shows is what the pieces say, and what the daemons really log. A block of the
page is marked by a comment above it: of: PIECE, or log: DAEMON."""

import os
import re
import time

from host import ROOT, piece, read

PATIENCE_SECS = 10
PAGE = os.path.join(ROOT, "doc", "pinning-daemons.7")
BLOCK = re.compile(r'^\.\\" (of|log): (.*)\n\.Bd .*\n((?:(?!\.Ed).*\n)*)\.Ed', re.M)


def blocks(kind):
    """[(what it is of, its lines)]"""
    return [(of, text.replace("\\e", "\\").replace("\\&", "").replace("\\-", "-").splitlines())
            for mark, of, text in BLOCK.findall(read(PAGE)) if mark == kind]


def records(lines):
    """A line of a log each: what is indented goes on with the one before."""
    whole = []
    for line in lines:
        if line.startswith(" ") and whole:
            whole[-1] += " " + line.strip()
        else:
            whole.append(line.strip())
    return whole


def pattern(line):
    """... stands for what was left out."""
    return ".*".join(re.escape(part.strip()) for part in line.split("..."))


def shows(tap, daemon, since):
    """The daemon's log, from a position on, has what the page says."""
    mine = [lines for of, lines in blocks("log") if of == daemon.name]
    tap.check(f"{daemon.name}: the page shows its log", len(mine) == 1, f"{len(mine)} blocks")
    for line in records(sum(mine, [])):
        until = time.monotonic() + PATIENCE_SECS
        while not (found := re.search(pattern(line), daemon.log()[since:])):
            if time.monotonic() > until:
                break
            time.sleep(0.1)
        tap.check(f"{daemon.name}: logs: {line[:60]}", found, daemon.log()[since:])


def quotes(tap):
    """What the page gives to paste stands in the piece, in this order."""
    found = blocks("of")
    tap.check("page: it quotes pieces", len(found) >= 6, len(found))
    for of, lines in found:
        rest = [line.strip() for line in read(piece(of)).splitlines()]
        for line in filter(None, (line.strip() for line in lines)):
            if not tap.check(f"page: conf/{of} has: {line[:60]}", line in rest):
                break
            rest = rest[rest.index(line) + 1:]
