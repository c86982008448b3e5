#!/usr/bin/python3
"""Fails unless the rooms include each other one way (README, "The source").

Who may include whom is the table below; what is not in it is not allowed. A room's own headers are
its own affair. The headers that all share belong to nobody.
"""
import pathlib
import re
import sys

SHARED = {"error", "policy", "ossl", "ossl_names"}

# Room: the headers of other rooms it may include, directly.
MAY = {
    "provider": {"config", "hook", "judge", "module"},
    "module": {"config", "store"},  # data only: what a process has
    "config": {"sink"},  # data only: where records go
    "hook": {"judge", "module", "record", "sink"},
    "judge": {"module", "identity", "store", "parse", "chain", "match", "verdict"},
    "identity": set(),
    "store": set(),
    "parse": set(),
    "chain": set(),
    "match": set(),
    "verdict": set(),
    "record": {"judge", "sink"},
    "sink": set(),
    "error": set(),
    "policy": set(),
    "ossl": set(),
}

# Files whose name does not begin with that of their room.
ROOM_OF = {"leaf": "identity"}


def room_of(stem):
    if stem in ROOM_OF:
        return ROOM_OF[stem]
    return stem if stem in SHARED else stem.split("_")[0]


def wrong_lines(path):
    room = room_of(path.stem)
    if room not in MAY:
        yield 0, f"{path.name} belongs to no room of the table"
        return
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s+[<"](?:pinning/)?([a-z_]+)\.h[>"]', line)
        if not found or not is_ours(found[1], path):
            continue
        other = room_of(found[1])
        if other != room and found[1] not in SHARED and other not in MAY[room]:
            yield number, f"{room} may not include {found[1]}.h"


def is_ours(stem, path):
    top = path.parent if path.parent.name == "provider" else path.parent.parent.parent / "provider"
    return stem == "ossl_names" or any(
        (place / f"{stem}.h").exists() for place in (top, top.parent / "include" / "pinning"))


def main(top):
    files = sorted((top / "provider").glob("*.[ch]")) + sorted((top / "include/pinning").glob("*.h"))
    wrong = [f"{path}:{number}: {text}" for path in files for number, text in wrong_lines(path)]
    print("\n".join(wrong) or f"{len(files)} files, all one way")
    return 1 if wrong or len(files) < 20 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
