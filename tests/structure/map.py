#!/usr/bin/python3
"""Fails unless README's map of the source names the folders that the source has.

Compared are the folders of the top level, of provider/, of tools/pinctl/ and of tests/; any other folder
in the map must exist.

usage: map.py SOURCE
"""
import pathlib
import re
import sys

import tree

# Folders whose own folders must all be in the map; "." is the top.
COMPLETE = [pathlib.Path(name) for name in (".", "provider", "tools/pinctl", "tests")]


def with_parents(path):
    return {path, *path.parents} - {pathlib.Path(".")}


def mapped(readme):
    """The folders of the map: indented lines that begin with NAME/; deeper lines are inside."""
    section = readme.split("\n## The source\n")[1].split("\n## ")[0]
    found, above = set(), []
    for line in section.splitlines():
        entry = re.match(r"    ( *)((?:[\w.-]+/)+)(?: |$)", line)
        if not entry:
            continue
        while above and above[-1][0] >= len(entry[1]):
            above.pop()
        path = (above[-1][1] if above else pathlib.Path(".")) / entry[2]
        above.append((len(entry[1]), path))
        found |= with_parents(path)
    return found


def main(top):
    named = mapped((top / "README.md").read_text(encoding="utf-8"))
    folders = set().union(*(with_parents(path.parent) for path in tree.files(top)))
    missing = {path for path in folders if path.parent in COMPLETE} - named
    wrong = [f"README.md: the map of the source lacks {path}/" for path in sorted(missing)]
    wrong += [f"README.md: the map of the source names {path}/, which does not exist"
              for path in sorted(named - folders)]
    print("\n".join(wrong) or f"{len(named)} folders in the map, as in the source")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
