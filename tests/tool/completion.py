#!/usr/bin/env python3
"""Completion for bash and zsh: the words that are offered. Functions of zsh's own (_files and so on) are replaced,
because they need a terminal."""

import argparse
import os
import re
import shutil
import tempfile

from tap import Tap, run  # before the modules of tests/e2e, which it adds to the path
from store import write_pin_file

options = argparse.ArgumentParser()
options.add_argument("--pinctl", required=True)
options = options.parse_args()
tap = Tap()
CONF = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "conf", "completion")

# COMP_WORDS as bash makes them: "=" is a separate word.
BASH = """source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); cd "$DIR"
_pinctl; printf '%s\\n' "${COMPREPLY[@]}" """
ZSH = """compset() { current=${current#*=}; PREFIX=$current }
compadd() { local -a offered
    while [[ $1 == -* ]]; do case $1 in -a) offered=(${(P)2}); shift ;; --) shift; break ;; esac; shift; done
    print -rl -- $offered $@ }
_files() { if [[ $1 == -/ ]]; then print -rl -- *(N/); else print -rl -- *(N); fi }
_users() { cut -d: -f1 /etc/passwd }
_pids() { print -rl -- /proc/[0-9]*(N:t) }
_normal() { print -rl -- ${(k)commands} }
file=$1; shift; words=("$@"); CURRENT=$#; cd $DIR
source $file """


def bash(*words):
    split = [part for word in words for part in (re.split("(=)", word) if word.startswith("--")
                                                 else [word])]
    return run("bash", "--norc", "-c", BASH, "bash", f"{CONF}/pinctl", options.pinctl, *split,
               env={"DIR": top})


def zsh(*words):
    done = run("zsh", "-f", "-c", ZSH, "zsh", f"{CONF}/_pinctl", options.pinctl, *words, env={"DIR": top})
    current = words[-1].split("=")[-1] if words[-1].startswith("--") and "=" in words[-1] else words[-1]
    done.out = "\n".join(line for line in done.out.splitlines() if line.startswith(current))
    return done


# Words typed so far, of which the last is completed; words that must be offered, and that must not.
STORE = ["--pins", "pins.d"]
CASES = [
    ([""], ["check", "explain", "pin", "rotate", "--help", "--version"], ["pinctl", "example"]),
    (["ex"], ["explain"], ["pin", "edit"]),
    (["zz"], [], ["check"]),
    (["explain", *STORE, ""], ["api.example.com", "_default", "192.0.2.7"], ["api.example.com.pins", "leaf.pem"]),
    (["explain", *STORE, "a"], ["api.example.com"], ["_default"]),
    (["edit", *STORE, ""], ["_store", "api.example.com"], ["--yes"]),
    (["unpin", "--pins", "nowhere", ""], [], ["api.example.com"]),
    (["check", *STORE, "1"], ["192.0.2.7"], ["api.example.com"]),
    (["hash", "l"], ["leaf.pem"], ["_default"]),
    (["list", ""], [], ["leaf.pem", "api.example.com"]),
    (["help", ""], ["P01", "P07", "P17"], ["P00", "leaf.pem"]),
    (["help", "P1"], ["P10", "P17"], ["P07"]),
    (["pin", "--"], ["--from", "--backup", "--ca", "--starttls", "--until", "--help"], ["--live"]),
    (["check", "--l"], ["--live", "--lint"], ["--as", "--from"]),
    (["check", "--lint", ""], ["pins.d"], ["leaf.pem", "api.example.com"]),
    (["check", "--as", "roo"], ["root"], ["leaf.pem"]),
    (["rotate", "api.example.com", "--to", "l"], ["leaf.pem"], ["api.example.com"]),
    (["rotate", "api.example.com", "--as", ""], ["key", "cert", "ca"], ["leaf.pem"]),
    (["rotate", "api.example.com", "--until", ""], [], ["leaf.pem", "api.example.com"]),
    (["pin", "x", "--mode", ""], ["enforce", "report", "off"], ["leaf.pem"]),
    (["pin", "x", "--ca="], ["root", "issuer"], ["leaf.pem"]),
    (["pin", "x", "--ca=i"], ["issuer"], ["root"]),
    (["pin", "x", "--from", "a", "--starttls", "p"], ["postgres", "pop3"], ["smtp"]),
    (["hash", "--hash", ""], ["sha256", "sha384", "sha512"], ["leaf.pem"]),
    (["import", ""], ["curl", "okhttp", "hpkp", "tlsa", "nsc", "gnutls", "fingerprint", "openvpn",
                      "leaf.pem"], ["FILE"]),
    (["export", *STORE, ""], ["curl", "tlsa", "hpkp", "okhttp", "nsc", "api.example.com"], ["gnutls", "leaf.pem"]),
    (["status", "--pid", ""], ["1"], ["leaf.pem"]),
    (["nosuch", "--"], [], ["--yes"]),
    (["prove", "x", "--", "ba"], ["bash"], ["api.example.com", "--yes"]),
]


def check(shell, complete, words, offered, not_offered):
    done = complete(*words)
    got = done.out.splitlines()
    tap.check(f"{shell}: pinctl {' '.join(words)}<TAB>",
              all(word in got for word in offered) and not any(word in got for word in not_offered)
              and (offered or not [g for g in got if g]) and done.err == "",
              f"expected {offered}, and not {not_offered}\ngot {got}\n{done}")


top = tempfile.mkdtemp(prefix="pinctl-completion-")
try:
    os.mkdir(f"{top}/pins.d", 0o755)
    for name in ("_store", "api.example.com.pins", "_default.pins", "192.0.2.7.pins"):
        write_pin_file(f"{top}/pins.d", name, "" if name == "_store" else "mode = off\n")
    with open(f"{top}/leaf.pem", "w", encoding="ascii"):
        pass
    for case in CASES:
        check("bash", bash, *case)
    if shutil.which("zsh"):
        for case in CASES:
            check("zsh", zsh, *case)
    else:
        print("# zsh is not installed")
finally:
    shutil.rmtree(top)
tap.end()
