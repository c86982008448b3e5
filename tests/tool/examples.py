#!/usr/bin/env python3
"""Examples of the documentation: the commands of README.md, of pinctl(1) and of each --help are run on a host of
their own; the options of the page are those of --help; systemd accepts the units."""

import argparse
import os
import re
import shutil
import subprocess
import tempfile

import fixture
from starttls_servers import Postfix
from tap import Tap

options = argparse.ArgumentParser()
options.add_argument("--pinctl", required=True)
options.add_argument("--module", required=True)
options.add_argument("--units", help="directory of the systemd units")
options = options.parse_args()
fixture.enter()
tap = Tap()
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as data:
        return data.read()


def run(where, line, *statuses):
    """Runs a line and checks its exit status. Returns the output."""
    done = host.shell(line)
    name = line if len(line) < 200 else f"{line[:80]} ..."
    tap.check(f"{where}: {name}", done.returncode in statuses,
              f"exit status {done.returncode}, expected {statuses}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


# ---- README.md ----

def commands(section, after=None):
    """Returns the indented lines of a part of README.md, continuation lines joined."""
    text = read("README.md").split(f"\n## {section}\n")[1].split("\n## ")[0]
    if after:
        text = text.split(after)[1]
    text = re.sub(r"(?s)\n```.*?\n```\n", "\n", text)
    lines = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    return "\n".join(lines).replace("|\n", "| ").replace("\\\n", "").splitlines()


def newcomer():
    """Follows README.md from a host without pinning to a refusal and its fix."""
    host.reset()
    host.serve("server")
    enabling = [line for line in commands("Enable it on a host") if line.startswith("pinctl")]
    tap.check("README: the commands to enable", [line.split()[1] for line in enabling] ==
              ["enable", "enable", "status", "suspend"], enabling)
    for line in enabling:
        run("README", line, *((0, 1) if line == "pinctl status" else (0,)))
    for line in commands("Pin a host"):
        run("README", line, 0)
    for line in commands("Rotate its key"):
        run("README", line, 0)
        host.serve("next")  # the server uses the new key after the first line
    fetch, make, *rest = commands("Break it on purpose, and fix it")
    for line in (fetch, make):
        run("README", line, 0)
    suspended = list(rest)
    pin, curl = suspended[:2]
    run("README, suspended", pin, 0)
    run("README, suspended", curl, 0)
    run("README, suspended", "pinctl unpin www.example.com", 0)
    run("README", "pinctl suspend --end --all", 0)
    broken = True
    for line in rest:
        if line.startswith("curl"):
            run("README, enforced", line, 60 if broken else 0)
        elif "suspend" in line:
            run("README, enforced", line, 0)
        else:
            output = run("README, enforced", line, 1 if line.startswith("pinctl explain") else 0)
            if "--file server.pem" in line:
                tap.check("README: explain prints the command that fixes it",
                          "pinctl rotate www.example.com --to server.pem" in output, output)
        broken = broken and "rotate" not in line
    before = read(fixture.STOCK)
    run("README", "pinctl disable", 0)
    tap.check("README: disable restores openssl.cnf", read("/etc/ssl/openssl.cnf") == before)


def no_outage():
    """Runs the same rotation with enforced pins, and connects after each step."""
    def connect(when, status):
        run(f"rotation, {when}", "curl -sS -o /dev/null https://api.example.com/", status)

    host.reset()
    host.serve("server")
    host.shell("pinctl enable; pinctl pin api.example.com --file server.pem")
    connect("before", 0)
    rotate, check, edit = commands("Rotate its key")
    run("rotation", rotate, 0)
    connect("new beside old", 0)
    host.serve("next")
    connect("the server has the new key", 0)
    run("rotation", check, 0, 1)  # 1: a warning
    run("rotation", f"EDITOR='sed -i 0,/^key/{{/^key/d}}' {edit}".replace("pinctl", "command pinctl"), 0)
    connect("the old pin is gone", 0)
    host.serve("server")
    connect("a server with the old key", 60)


def log_and_report():
    """Checks the log setting of README.md, and the output of pinctl report for it."""
    host.reset()
    host.serve("server")
    setting, = re.findall(r"`(log = [^`]*)`", read("README.md"))
    host.shell(f"pinctl enable; sed -i 's,^pins = ,{setting}\\n&,' /etc/ssl/pinning.cnf")
    host.shell("pinctl suspend --all --for 14d; pinctl pin api.example.com --file next.pem")
    run("README, log", "curl -sS -o /dev/null https://api.example.com/", 0)
    output = run("README, log", "pinctl report", 0, 1)
    tap.check("README, log: refusals in report mode are listed", "would be refused" in output and
              "api.example.com" in output, output)


def by_hand():
    host.reset()
    lines = commands("Enable it on a host", "**By hand**")
    os.symlink(f"{ROOT}/conf", f"{host.home}/conf")
    output = run("README, by hand", "; ".join(lines), 0)
    tap.check("README, by hand: both are listed", "  default\n" in output and "  pinning\n" in output, output)
    run("README, by hand", "pinctl status", 0, 1)
    run("README, by hand", "curl -sS -o /dev/null https://api.example.com/", 0)


# ---- --help and pinctl(1) ----

def helps():
    overview = host.shell("command pinctl --help").stdout
    return {name: host.shell(f"command pinctl {name} --help").stdout
            for name in re.findall(r"^  ([a-z]+) ", overview, re.M)}


# Exit statuses of examples, if not 0: those of a finding, not of a usage error.
STATUS = {"pinctl status": (0, 1), "pinctl check": (0, 1), "pinctl report": (0, 1, 2),
          "pinctl list": (0, 1)}
BEFORE = {"pinctl unpin": "pin", "pinctl rotate": "pin", "pinctl explain": "pin", "pinctl suspend": "pin",
          "pinctl edit": "pin", "pinctl check": "pin", "curl": "pin", "pinctl prove": "pin"}


def example(where, line):
    host.reset()
    host.serve("server")
    host.shell("pinctl enable")
    first = " ".join(line.split()[:2]) if line.startswith("pinctl") else line.split()[0]
    if BEFORE.get(first) == "pin":
        host.shell("pinctl pin api.example.com --file server.pem --backup next.pem")
    output = run(where, line, *STATUS.get(first, (0,)))
    tap.check(f"{where}: without a usage error", "Try 'pinctl" not in output and
              "usage:" not in output, output)


def examples():
    for name, text in helps().items():
        lines = text.split("\nexample:\n")[1].splitlines()
        tap.check(f"{name} --help: one example", len(lines) == 1 and f"pinctl {name}" in lines[0], text)
        example(f"{name} --help", lines[0].strip())
    page = read("doc/pinctl.1").split("\n.Sh EXAMPLES\n")[1].split("\n.Sh ")[0]
    blocks = re.findall(r"^\.Bd -literal.*\n((?:.*\n)*?)\.Ed", page, re.M)
    tap.check("pinctl(1): has examples", len(blocks) >= 5)
    for line in "".join(blocks).replace("\\e", "\\").replace("\\-", "-").splitlines():
        example("pinctl(1)", line)


def words(text):
    return set(re.findall(r"Fl Fl ([a-z][a-z-]*)", text))


def option_names():
    """Checks that the page and --help have the same commands and options."""
    page = read("doc/pinctl.1")
    common = words("\n".join(re.findall(r"^\.It (.*)", page.split("\n.Sh OPTIONS\n")[1]
                                        .split("\n.Sh ")[0], re.M)))
    sections = {}
    for title, text in re.findall(r"^\.Ss (.*)\n((?:(?!\.S[sh] ).*\n)*)",
                                  page.split("\n.Sh COMMANDS\n")[1].split("\n.Sh OPTIONS\n")[0], re.M):
        name = title.split()[0]
        sections[name] = sections.get(name, "") + title + "\n" + text
    texts = helps()
    tap.check("pinctl(1): has each command, and no other", sections.keys() == texts.keys(),
              sections.keys() ^ texts.keys())
    for name in sorted(sections.keys() & texts.keys()):
        offered = set(re.findall(r"^  --([a-z-]+)", texts[name], re.M))
        own = offered - common
        output = words(sections[name])
        tap.check(f"pinctl(1), {name}: no option of --help is left out", own <= output,
                  f"left out: {own - output}")
        tap.check(f"pinctl(1), {name}: no unknown option", output <= offered,
                  f"not in --help: {output - offered}")
        tap.check(f"{name} --help: has the common options", common <= offered, common - offered)


# ---- systemd ----

def units():
    if not options.units or not shutil.which("systemd-analyze"):
        print("# systemd-analyze is not installed")
        return
    for name in ("pinctl-check.path", "pinctl-check.service"):
        with open(os.path.join(options.units, name), encoding="ascii") as unit:
            fixture.write(f"{top}/{name}", re.sub(r"(?m)^ExecStart=\S*/pinctl", f"ExecStart={options.pinctl}",
                                                unit.read()))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", f"{top}/{name}"],
                              capture_output=True, text=True)
        mine = [line for line in done.stderr.splitlines() if "pinctl" in line]
        tap.check(f"{name}: systemd accepts it", done.returncode == 0 and not mine, done.stderr)


top = tempfile.mkdtemp(prefix="pinctl-examples-")
mail = None
try:
    host = fixture.Fixture(top, os.path.abspath(options.pinctl), options.module)
    if os.path.exists(Postfix.PROGRAM):
        mail = Postfix(f"{top}/postfix", {"mail": (f"{host.pki}/server.pem", f"{host.pki}/server.key")},
                       [25])
    option_names()
    newcomer()
    no_outage()
    log_and_report()
    by_hand()
    examples()
    units()
finally:
    if mail:
        mail.stop()
    for place in ("/etc/ssl", "/etc/hosts", "/var/log"):
        subprocess.run(["umount", place], stderr=subprocess.DEVNULL)
    shutil.rmtree(top, ignore_errors=True)
tap.end()
