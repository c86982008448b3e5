#!/usr/bin/env python3
"""pinctl prove with real programs, and pinctl report on valid and invalid logs."""

import argparse
import json
import os
import shutil
import socket
import subprocess
import tempfile

from tap import Tap, run  # before the modules of tests/e2e, which it adds to the path
from processes import wait_for_port
from store import write_pin_file

options = argparse.ArgumentParser()
options.add_argument("--pinctl", required=True)
options.add_argument("--module", required=True)
options = options.parse_args()
tap = Tap()
top = tempfile.mkdtemp(prefix="pinctl-proof-")

CONF = """\
openssl_conf = i
nodejs_conf = i
[i]
providers = p
[p]
default = d
pinning = s
[d]
activate = 1
[s]
module = {module}
activate = 1
pins = {top}/pins.d
log = file:{top}/events
"""


def path(name):
    return os.path.join(top, name)


def write(name, text):
    with open(path(name), "w", encoding="utf-8") as out:
        out.write(text)


def serve():
    """Starts openssl s_server on loopback. Returns the process and its port."""
    done = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
               "-config", path("req.cnf"), "-keyout", path("key.pem"), "-out", path("cert.pem"), "-days", "2")
    assert done.status == 0, done
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", path("cert.pem"),
                               "-key", path("key.pem"), "-www", "-quiet"], env={"PATH": os.environ["PATH"],
                               "OPENSSL_CONF": "/dev/null"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_port(port, server)
    return server, port


def prove(*arguments, conf="openssl.cnf"):
    return run(options.pinctl, "prove", "--conf", path(conf), *arguments)


def proofs(port):
    url = f"https://localhost:{port}/"
    python = ("import ssl, sys, urllib.request as u;"
              f"u.urlopen({url!r}, context=ssl.create_default_context(cafile={path('cert.pem')!r}))")
    deaf = ("import ctypes.util, sys; sys.exit(0)")
    cases = [
        ("curl", 0, ["localhost", "--", "curl", "-sS", "--cacert", path("cert.pem"), url], "pinning is enforced for localhost"),
        ("curl -k", 0, ["localhost", "--", "curl", "-ksS", url], "pinning is enforced for localhost"),
        ("without the two dashes", 0, ["localhost", "curl", "-ksS", url], "pinning is enforced for localhost"),
        ("a name in other letters", 0, ["LOCALHOST.", "--", "curl", "-ksS", url], "pinning is enforced for localhost:"),
        ("Python", 0, ["localhost", "--", "/usr/bin/python3", "-c", python], "pinning is enforced for localhost"),
        ("a different host", 1, ["other.example", "--", "curl", "-ksS", url], "did it not open a TLS connection"),
        ("fails by itself", 2, ["localhost", "--", "curl", "-sS", url], "without a pin it fails too"),
        ("false", 2, ["localhost", "--", "false"], "without a pin it fails too"),
        ("no such program", 2, ["localhost", "--", path("none")], "cannot be run"),
        ("opens no connection", 1, ["localhost", "--", "/usr/bin/python3", "-c", deaf], "NOT enforced"),
        ("goes on after the refusal", 1, ["localhost", "--", "sh", "-c", f"curl -ksS {url} || :"], "but the command succeeded"),
        ("a configuration of its own", 1, ["localhost", "--", "env", "OPENSSL_CONF=/dev/null", "curl", "-ksS", url], "NOT enforced"),
        ("fails sometimes", 2, ["localhost", "--", "sh", "-c", f"test ! -e {top}/ran && touch {top}/ran"],
         "logged nothing"),
        ("no command", 2, ["localhost", "--"], "expected HOST -- COMMAND"),
        ("no host", 2, [], "expected HOST -- COMMAND"),
        ("no such host can be", 2, ["a..b", "--", "true"], "a..b"),
    ]
    if shutil.which("wget") and "gnutls" in run("ldd", shutil.which("wget")).out:
        cases.append(("wget with GnuTLS", 1, ["localhost", "--", "wget", "-qO", path("page"), "--ca-certificate",
                                             path("cert.pem"), url], "uses GnuTLS, not OpenSSL"))
    for name, status, arguments, words in cases:
        tap.expect(f"prove/{name}", prove(*arguments), status, words)
    done = prove("--json", "localhost", "--", "curl", "-ksS", url)
    tap.check("prove --json", json.loads(done.out)["verdict"] == "held", done)
    done = prove("localhost", "--", "true", conf="plain.cnf")
    tap.check("prove: nothing is enabled", done.status == 2 and "pinctl enable" in done.err, done)
    done = prove("--module", options.module, "localhost", "--", "curl", "-ksS", url, conf="plain.cnf")
    tap.check("prove --module: nothing is enabled yet", done.status == 0, done)
    tap.check("prove: the store and the log were left alone",
              sorted(os.listdir(path("pins.d"))) == ["_store"] and not os.path.exists(path("events")))


def record(host="a.example", program="curl", reason="P07", action="refused", when="2026-11-20T07:00:00Z", **more):
    return json.dumps({"date-time": when, "reason": reason, "action": action, "hostname": host,
                       "text": "no pinned key", "program": program, "pid": 1,
                       "presented": [{"pin": "sha256//x", "subject": 'CN="}], {'}], **more}) + "\n"


def reports(port):
    cases = [
        ("empty", "", 0, "nothing was refused", []),
        ("one", record(), 1, "a.example", [1]),
        ("suppressed records are counted", record() + record(**{"held-back": 41}), 1, "43", [43]),
        ("by program", record() + record(program="node"), 1, "node", [1, 1]),
        ("most first", record("b.example") * 2 + record(), 1, "b.example", [2, 1]),
        ("report mode", record(action="would be refused"), 1, "would be refused", [1]),
        ("notices are not counted", record(reason="P10", action="notice"), 0, "1 notices", []),
        ("steps of a trace are not counted", record() + record(action="trace", trace="looking for a.example") * 2, 1,
         "a.example", [1]),
        ("a client", record().replace("hostname", "client"), 1, "client a.example", [1]),
        ("no last newline", record()[:-1], 1, "a.example", [1]),
        ("foreign lines", "junk\n[]\n{}\n" + record(), 1, "3 lines were not written", [1]),
        ("a cut record", record()[:80] + "\n" + record(), 1, "1 lines were not written", [1]),
        ("two on a line", record()[:-1] + record(), 1 - 1, "1 lines were not written", []),
        ("too long", '{"x":"' + "y" * 100000 + '"}\n' + record(), 1, "1 lines were not written", [1]),
        ("NUL", "\0" * 50 + "\n" + record(), 1, "1 lines were not written", [1]),
        ("a reason that is a number", record().replace('"P07"', "7") + record(), 1, "1 lines were not written", [1]),
        ("a negative count", record(**{"held-back": -1}) + record(), 1, "1 lines were not written", [1]),
        ("a count that is a text", record(**{"held-back": "9"}) + record(), 1, "1 lines were not written", [1]),
        ("a program that is a list", record(program=["curl"]) + record(), 1, "1 lines were not written", [1]),
        ("escapes are shown as text", record(host="a\u001b[31m\u0007"), 1, "a\\x1B[31m\\x07", [1]),
        ("a newline does not begin a row", record(host="a\n        9  b.example"), 1, "a\\x0A        9  b.example ", [1]),
        ("nor is one in a program", record(program="x\r\n\tb"), 1, "x\\x0D\\x0A\\x09b", [1]),
        ("nor one in a reason, a text, a time", record(reason="P07\nP08", text="t\n", when="2026\n"), 1,
         "P07 t\\x0A                    2026\\x0A  2026\\x0A  refused", [1]),
        ("C1 controls", record(program="a\u009b31m"), 1, "a\\xC2\\x9B31m", [1]),
        ("a deep one", '{"reason":' + "[" * 2000 + "\n" + record(), 1, "1 lines were not written", [1]),
    ]
    for name, text, status, words, counts in cases:
        write("log", text)
        done = run(options.pinctl, "report", path("log"))
        as_json = run(options.pinctl, "report", "--json", path("log"))
        found = [g["count"] for g in json.loads(as_json.out)["groups"]]
        tap.check(f"report/{name}", done.status == status and words in done.out and found == counts and
                  "\033" not in done.out, f"expected exit status {status}, {words!r} and counts {counts}, got {found}\n"
                  f"{done}{as_json}")
    forged = "x\n        1  forged"
    write("log", record(host=forged, program=forged, file=forged, reason=forged, action=forged, when=forged))
    done = run(options.pinctl, "report", path("log"))
    tap.equal("report: a record is one row, whatever its members contain", len(done.out.splitlines()), 2, done)
    write("log", record() + record().replace("hostname", "client"))
    table = run(options.pinctl, "report", path("log")).out.splitlines()
    tap.check("report: a client does not shift the columns", len({line.find("curl") for line in table[1:3]}) == 1
              and table[1].find("curl") == table[0].find("PROGRAM"), "\n".join(table))
    write("log", record(when="2026-11-19T23:59:59Z") + record("late.example"))
    done = run(options.pinctl, "report", "--since", "2026-11-20", path("log"))
    tap.check("report --since", "late.example" in done.out and "a.example" not in done.out, done)
    for name, arguments, words in [("a date", ["--since", "yesterday"], "expected a date"),
                                  ("no such file", [path("none")], "No such file"),
                                  ("two files", ["a", "b"], "expected one file"),
                                  ("no configuration", ["--conf", path("plain.cnf")], "plain.cnf"),
                                  ("log = without a file", ["--conf", path("nolog.cnf")], "file:PATH")]:
        tap.expect(f"report/{name}-refused", run(options.pinctl, "report", *arguments), 2, words)
    done = run(options.pinctl, "report", "--conf", path("openssl.cnf"))
    tap.check("report: nothing yet", done.status == 0 and "does not exist yet" in done.err, done)
    write_pin_file(path("pins.d"), "localhost.pins", "mode = report\nkey = sha256//L1RlQzAOgcyObI/Z/cL7ChdfaoGhJHehBEVJj2e55nw=\n")
    run("curl", "-ksS", f"https://localhost:{port}/", env={"OPENSSL_CONF": path("openssl.cnf")})
    done = run(options.pinctl, "report", "--conf", path("openssl.cnf"))
    tap.check("report: what the module wrote", done.status == 1 and "localhost" in done.out and "P07" in done.out, done)


server = None
try:
    os.mkdir(path("pins.d"))
    write_pin_file(path("pins.d"), "_store", "")
    write("openssl.cnf", CONF.format(module=os.path.realpath(options.module), top=top))
    write("nolog.cnf", CONF.format(module=os.path.realpath(options.module), top=top).replace("log =", "# log ="))
    write("plain.cnf", "openssl_conf = i\n[i]\n")
    write("req.cnf", "[req]\ndistinguished_name = d\nprompt = no\nx509_extensions = x\n[d]\nCN = localhost\n"
                     "[x]\nsubjectAltName = DNS:localhost\n")
    server, number = serve()
    proofs(number)
    reports(number)
finally:
    if server:
        server.kill()
        server.wait()
    shutil.rmtree(top)
tap.end()
