#!/usr/bin/python3
"""Fails if CONTRIBUTING.md names a file or a test that does not exist.

A word in backquotes with a slash is a path, unless it has a blank; NAME in it stands for any name. A word
like unit.match is the name of a test.

usage: contributing.py SOURCE BUILD
"""
import pathlib
import re
import subprocess
import sys

TEST = r"\b(?:unit|attack|inject|stress|e2e|daemon|recipe|tool|structure)\.[a-z][\w-]*"


def tests(build):
    listed = subprocess.run(["ctest", "--test-dir", build, "-N"], check=True, stdout=subprocess.PIPE,
                            text=True).stdout
    return set(re.findall(r"^ *Test +#\d+: (\S+)", listed, re.M))


def main(top, build):
    text = (top / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = {word for word in re.findall(r"`([\w./-]+/[\w.-]*)`", text)
             if not word.startswith(("/", "pinning/"))}
    wrong = [f"CONTRIBUTING.md: no such file: {path}" for path in sorted(paths)
             if not any(top.glob(path.replace("NAME", "*")))]
    wrong += [f"CONTRIBUTING.md: not built: {path}" for path in
              sorted(set(re.findall(r"\bbuild/dev/(tests/[\w/]+|pinctl\b)", text)))
              if not (pathlib.Path(build) / path).is_file()]
    named = set(re.findall(TEST, re.sub(r"`[^`\n]*/[^`\n]*`", "", text)))
    wrong += [f"CONTRIBUTING.md: no such test: {name}" for name in sorted(named - tests(build))]
    if len(paths) < 20 or len(named) < 10:
        wrong.append(f"CONTRIBUTING.md: only {len(paths)} paths and {len(named)} tests found")
    print("\n".join(wrong) or f"{len(paths)} paths and {len(named)} tests exist")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2]))
