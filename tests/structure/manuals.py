#!/usr/bin/python3
"""Manual pages as a reader sees them: the texts that administrators search for.

mdoc(7) takes some English words for macros ("No", "At", "In") and then drops them from the page. So the
pages are rendered, and the texts of the module's log, of pinctl and of system errors must be in them.

usage: manuals.py SOURCE PINCTL
"""
import pathlib
import re
import subprocess
import sys

PAGES = ["pinctl.1", "pins.5", "pinning-provider.7", "pinning-daemons.7"]

# Page: texts that come from outside of this project, or that the module puts together.
TEXTS = {
    "pinning-provider.7": [
        "certificate rejected", "certificate verify failed", "bad_certificate",
        "No such file or directory", "Permission denied", "Too many open files", "PRNG is not seeded",
        "bad value: cmd=Groups, value=DEFAULT:pinguard", "error in system default config",
        "pinning[P07]: refused api.example.com: no pinned key", "would be refused", "notice",
        "client certificate of", "presented sha256//", "expected key sha256//",
        "file /etc/ssl/pins.d/api.example.com.pins", "allowed by mode = report of _store",
        "more like this were not written", "see: pinctl explain api.example.com"],
    "pins.5": [
        "cannot open the file: Permission denied", "is a link to a file that does not exist",
        "is writable by group and others (mode 0666)", "belongs to uid 1000, expected root or uid 33"],
    "pinctl.1": ["at most 31 days", "mode = report"],
    "pinning-daemons.7": [
        "At 3 a.m.", "SSL_do_handshake() failed", "AH00898: Error during SSL Handshake with remote server",
        "status=deferred (Cannot start TLS: handshake failure)", "SSL error: certificate verify failed",
        "ssl handshake failed crypto error", "SSL_connect"],
}

# English words that are macros, where a macro for text begins with one.
WORDS = r"^\.(?:(?:It )?(?:Dq|Qq|Sq|Ql|Li|Sy|Em)|S[hs]|Sx|Pq) (No|At|In|Do|So|An|St|Ex|Is|Op|Up|Er|Ad|As)(?: |$)"


def rendered(page):
    """A page's text in one line, without line breaks, bold and typographic quotes."""
    text = subprocess.run(["mandoc", "-Tutf8", "-Owidth=1000", page], check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    text = re.sub(".\b", "", text)
    text = text.translate(str.maketrans("“”‘’‐−\u00a0", "\"\"''-- "))
    return " ".join(text.split())


def literal_lines(source):
    """The lines of literal displays, as they should be printed."""
    for block in re.findall(r"^\.Bd -literal.*\n((?:.*\n)*?)\.Ed$", source, re.M):
        for line in block.splitlines():
            line = line.replace(r"\e", "\\").replace(r"\-", "-").replace(r"\&", "")
            if line.strip() and not line.startswith("."):
                yield " ".join(line.split())


def printed(pinctl, *words):
    return subprocess.run([pinctl, *words], check=True, stdout=subprocess.PIPE, text=True).stdout


def from_pinctl(pinctl):
    """(page, text) for each reason and for each command."""
    reasons = re.findall(r"^(P\d\d)  (.+)$", printed(pinctl, "help"), re.M)
    commands = re.findall(r"^  ([a-z]+) ", printed(pinctl, "--help"), re.M)
    if len(reasons) < 17 or len(commands) < 17:
        sys.exit(f"{pinctl}: {len(reasons)} reasons and {len(commands)} commands, expected 17 of each")
    yield from (("pinning-provider.7", f"{number} {text}") for number, text in reasons)
    yield from (("pinctl.1", f" {name} ") for name in commands)


def main(top, pinctl):
    wrong, count = [], 0
    pages = {page: rendered(top / "doc" / page) for page in PAGES}
    expected = [(page, text) for page in PAGES for text in TEXTS[page]] + list(from_pinctl(pinctl))
    for page in PAGES:
        source = (top / "doc" / page).read_text()
        expected += [(page, line) for line in literal_lines(source)]
        wrong += [f"doc/{page}:{source[:found.start()].count(chr(10)) + 1}: mdoc takes '{found[1]}' for a "
                  f"macro: write \\&{found[1]}" for found in re.finditer(WORDS, source, re.M)]
    for page, text in expected:
        count += 1
        if text not in pages[page]:
            wrong.append(f"doc/{page}: the rendered page lacks: {text}")
    print("\n".join(wrong) or f"{len(PAGES)} pages, {count} texts, all rendered")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2]))
