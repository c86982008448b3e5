#!/usr/bin/python3
"""Fails if a text or source file uses a private word for which CONTRIBUTING.md has a plain one.

Only words whose private sense a machine can tell are looked for; a reader has to find the others.

usage: words.py SOURCE [FOLDER...]   (only files in these folders)
"""
import fnmatch
import pathlib
import re
import sys

import tree

# Private word: plain word.
WORDS = {
    r"\brooms?\b": "component",
    r"\bdoors?\b": "binding, or entry point",
    r"\bgates?\b": "security callback",
    r"\bwhence\b": "from where",
    r"\bwhoever\b": "name the program, user, caller or peer",
    r"\banew\b": "again",
    r"\bin vain\b": "without effect",
    r"\bin silence\b": "silently",
    r"\bfor want of\b": "without, because there is no",
    r"\bwould be felt\b": "would have a side effect",
    r"\blaps(?:e|ed|es)\b": "expired",
    r"\bends soon\b": "expires soon",
    r"\bmend(?:s|ed|ing)?\b": "fix",
    r"\bbrakes?\b": "emergency switch",
    r"\banother one\b": "a different one",
    r"\bheld to\b": "pinning is enforced for",
    r"\bstand(?:s|ing)? above\b|\bstood above\b": "is an issuer in the validated path",
    r"\bbears?\b|must_bear": "matches, has; require_name_match",
    r"(?<!there )\bis no (?!longer\b|more\b)": "is not a",
    r"(?<!there )\bare no (?!longer\b|more\b)": "are not",
    r"\bnam(?:es?|ed) nobody\b|\bnobody named\b": "no name",
    r"\bblame\b": "error reasons",
    r"\boverfull\b": "truncated",
    r"\bsheet\b": "parsed file",
    r"\bcostume\b": "name the encoding",
    r"\btwins?\b": "control",
    r"\bbattery\b": "attacks",
    r"\bmarathon\b": "soak",
    r"\bstorm\b": "churn",
    r"\bcrowd\b": "parallel",
    r"\btests/operator\b": "tests/recipes",
}

# The same in C alone, where these are identifiers.
WORDS_OF_C = {
    r"\bpool\b": "candidates",
    r"\bdrain\(": "clear",
    r"\bnobody(?=\s*[\[(=;,.)])": "no_identity",
}

# (files, private word, why it may stay)
ALLOWED = [
    ("LICENSE", ".", "the text of the licence"),
    ("tests/structure/words.py", ".", "the list itself"),
    ("tests/structure/prove.sh", "Each room", "the word that must be found"),
    ("tests/*data/*", ".", "files of other projects"),
    ("tests/*", r"user nobody|\bNOBODY\b", "the user of that name"),
    ("tools/pinctl/explain/*", r'"[^"]*(lapsed|mending)"', "JSON values and members"),
    ("tests/tool/*", r'"d": "lapsed"', "a JSON value"),
    ("CONTRIBUTING.md", r"\| .* \|", "the table of words"),
]


def allowed(path, line):
    return any(fnmatch.fnmatch(str(path), files) and re.search(pattern, line)
               for files, pattern, _ in ALLOWED)


def findings(top, folders):
    """(path, number of the line, what was found, plain word)"""
    for path in tree.files(top):
        if folders and not any(str(path).startswith(folder.rstrip("/")) for folder in folders):
            continue
        try:
            lines = (top / path).read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        words = WORDS | (WORDS_OF_C if path.suffix in (".c", ".h") else {})
        any_word = re.compile("|".join(words), re.I)
        for number, line in enumerate(lines, 1):
            for private, plain in words.items() if any_word.search(line) else ():
                found = re.search(private, line, re.I)
                if found and not allowed(path, line):
                    yield path, number, found[0], plain


def group(path):
    """The component: provider/hook, tools/pinctl/check, tests/unit, doc."""
    depth = 3 if path.parts[:2] == ("tools", "pinctl") else 2
    return "/".join(path.parts[:-1][:depth]) or "."


def main(top, folders):
    groups = {}
    for path, number, word, plain in findings(top, folders):
        groups.setdefault(group(path), []).append(f"  {path}:{number}: '{word.strip()}': {plain}")
    for name, lines in sorted(groups.items()):
        print(f"{name}: {len(lines)}", *lines, sep="\n")
    count = sum(map(len, groups.values()))
    print(f"{count} private words in {len(groups)} folders" if count else "no private words")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2:]))
