#!/usr/bin/python3
"""clients = DIR: nginx as it is asks for certificates of clients, and holds them to pins. Each case
is run with TLS 1.2 and 1.3; one that must be refused is run without the module as well, and must
then be served: proof that it is the module that refuses.

Prints TAP. Exit status: 0 all passed, 1 some failed, 77 nothing could be run, 2 usage.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from types import SimpleNamespace

import programs
from pki import Pki
from server import PAGE
from store import configure

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77
PATIENCE_SECS = 10

# Certificates of clients, by the same trusted CA: name -> (key, its names). Who has another's name
# and a key of his own is an impostor.
CLIENTS = {
    "alice": ("current", "email:alice@example.com"),
    "not-alice": ("other", "email:alice@example.com"),
    "host": ("current", "DNS:client.example.com"),
    "not-host": ("other", "DNS:client.example.com"),
    "stranger": ("other", "DNS:stranger.example.com"),
}
ALICE = "alice@example.com"
PINNED = {f"{ALICE}.pins": "key = {current}\n", "client.example.com.pins": "key = {current}\n"}
BY_CA = {"_default.pins": "ca = {intermediate}\n"}


# ---- the table ----

@dataclass(frozen=True)
class Case:
    name: str
    client: str                 # of CLIENTS, "" for none
    reason: str = ""            # of the refusal; "": none, the page is served
    files: dict = field(default_factory=lambda: PINNED)
    head: str = ""              # the text of _store; None: there is no store
    verify: str = "on"          # ssl_verify_client
    clients: bool = True        # does the configuration say clients = ?
    reported: str = ""          # the reason of what would have been refused
    page: bool = True           # is the page served by nginx's own rules?
    later: dict = field(default_factory=dict)   # pins that replace files after a first connection


CASES = [
    Case("mail-right", "alice"),
    Case("mail-wrong", "not-alice", "P07"),
    Case("host-right", "host"),
    Case("host-wrong", "not-host", "P07"),
    Case("optional-right", "alice", verify="optional"),
    Case("optional-wrong", "not-alice", "P07", verify="optional"),
    Case("optional-none", "", verify="optional"),
    Case("required-none", "", page=False),
    Case("unpinned", "stranger"),
    Case("unpinned-refused", "stranger", "P09", head="unpinned = refuse\n"),
    Case("default-right", "alice", files={"_default.pins": "key = {current}\n"}),
    Case("default-wrong", "stranger", "P07", files={"_default.pins": "key = {current}\n"}),
    Case("ca-right", "alice", files=BY_CA),
    Case("ca-wrong", "alice", "P07", files={"_default.pins": "ca = {second}\n"}),
    Case("store-missing", "alice", "P02", head=None),
    Case("store-missing-none-shown", "", head=None, verify="optional"),
    Case("report", "not-alice", head="mode = report\n", reported="P07"),
    Case("no-clients", "not-alice", clients=False),
    Case("session", "alice", later=PINNED),
    Case("session-pin-changed", "alice", "P07", later={f"{ALICE}.pins": "key = {spare}\n"}),
]


# ---- the server ----

NGINX = """\
daemon off;
pid {dir}/pid;
error_log {dir}/error.log info;
worker_processes 1;
{user}
events {{ }}
http {{
    access_log off;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_protocols TLSv{tls};
        ssl_certificate {chain};
        ssl_certificate_key {key};
        ssl_client_certificate {trusted};
        ssl_verify_depth 3;
        ssl_verify_client {verify};
        ssl_session_cache shared:S:1m;
        location / {{ return 200 "{page}"; }}
    }}
}}
"""


class Server:
    """One nginx with a directory of its own."""

    def __init__(self, nginx, module, case, tls, pki, words, directory):
        self.dir, self.words = directory, words
        os.chmod(directory, 0o755)
        os.mkdir(os.path.join(directory, "pins.d"))
        self.write("pins.d/_store", "")
        if case.head is not None:
            os.mkdir(os.path.join(directory, "clients.d"))
            self.write("clients.d/_store", case.head)
            self.pin(case.files)
        files = SimpleNamespace(pins=f"{directory}/pins.d", log=f"{directory}/pinning.log")
        clients = f"clients = {directory}/clients.d" if case.clients else ""
        self.write("openssl.cnf", configure(files, module, clients))
        self.port = free_port()
        chain, key = pki.served("current")
        self.write("nginx.conf", NGINX.format(
            dir=directory, port=self.port, tls=tls, chain=chain, key=key, trusted=pki.trusted,
            verify=case.verify, page=PAGE, user="user root;" if os.geteuid() == 0 else ""))
        self.process = subprocess.Popen(
            [nginx, "-p", directory, "-c", "nginx.conf", "-e", f"{directory}/error.log"],
            env={"PATH": os.environ["PATH"], "OPENSSL_CONF": f"{directory}/openssl.cnf"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path + ".new", "w", encoding="utf-8") as out:
            out.write(text)
        os.rename(path + ".new", path)

    def pin(self, files):
        for name, text in files.items():
            self.write(f"clients.d/{name}", text.format_map(self.words))

    def read(self, name):
        try:
            with open(os.path.join(self.dir, name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def records(self):
        return [json.loads(line) for line in self.read("pinning.log").splitlines()]

    def wait(self):
        until = time.monotonic() + PATIENCE_SECS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"nginx does not listen: {self.read('error.log')}")

    def end(self):
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(PATIENCE_SECS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


# ---- the clients, in which the module is not ----

ENVIRONMENT = {"PATH": os.environ["PATH"], "OPENSSL_CONF": "/dev/null"}


def credentials(pki, client):
    """The arguments of certificate, chain and key; curl reads the chain from the same file."""
    if not client:
        return None
    return pki.path(f"{client}.client.chain.pem"), pki.path(f"{CLIENTS[client][0]}.key")


def curl(server, pki, client):
    mine = credentials(pki, client)
    argv = ["curl", "-q", "-sS", "-m", str(PATIENCE_SECS), "--cacert", pki.trusted,
            *(["--cert", mine[0], "--key", mine[1]] if mine else []),
            f"https://localhost:{server.port}/"]
    return subprocess.run(argv, env=ENVIRONMENT, capture_output=True, text=True).stdout


def s_client(server, pki, client, *more):
    cert, key = credentials(pki, client)
    argv = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-CAfile", pki.trusted,
            "-cert", cert, "-cert_chain", cert, "-key", key, "-ign_eof", *more]
    return subprocess.run(argv, env=ENVIRONMENT, capture_output=True, text=True,
                          timeout=PATIENCE_SECS,
                          input="GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n").stdout


def twice(server, pki, case):
    """A client that comes back with the session that he was given, if he was given one."""
    kept = os.path.join(server.dir, "session")
    first = s_client(server, pki, case.client, "-sess_out", kept)
    if PAGE not in first:
        raise RuntimeError("the first connection failed already")
    server.pin(case.later)
    return s_client(server, pki, case.client, *(["-sess_in", kept] if os.path.exists(kept) else []))


# ---- judging ----

def run(case, nginx, module, tls, pki, words, top):
    """Yields a sentence for each thing that is not as expected."""
    with tempfile.TemporaryDirectory(dir=top) as directory:
        server = Server(nginx, module, case, tls, pki, words, directory)
        try:
            server.wait()
            out = twice(server, pki, case) if case.later else curl(server, pki, case.client)
        finally:
            server.end()
        yield from faults(case, module, out, server)


def faults(case, module, out, server):
    records = server.records()
    refused = bool(module and case.reason)
    if (PAGE in out) != (case.page and not refused):
        yield f"the page was {'' if PAGE in out else 'not '}served: {server.read('error.log')[-400:]}"
    told = [r for r in records if r.get("action") == "refused"]
    if module and case.reported and case.reported not in [r.get("reason") for r in records]:
        yield f"no record with reason {case.reported}: {records}"
    if not refused:
        if told:
            yield f"the log has a refusal: {told}"
        return
    if not any(r.get("reason") == case.reason and "client" in r for r in told):
        yield f"no record of a refused client with reason {case.reason}: {records}"
    if case.reason == "P07" and not any("/clients.d/" in r.get("file", "") for r in told):
        yield f"no record names the file: {records}"


def make_clients(pki):
    for name, (key, names) in CLIENTS.items():
        pki.sign(f"{name}.client", key, "intermediate",
                 ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
                  "extendedKeyUsage=clientAuth", f"subjectAltName={names}"])
        pki.join([f"{name}.client", "intermediate"], f"{name}.client.chain.pem")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--module", required=True, help="path of pinning.so")
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build", "e2e"))
    parser.add_argument("--case", action="append", metavar="NAME", help="only this one")
    args = parser.parse_args()
    os.umask(0o022)
    try:
        nginx = programs.run_script("fetch-nginx", args.build)
    except programs.Missing as why:
        print(f"1..0 # SKIP {why}")
        return SKIPPED
    module = os.path.abspath(args.module)
    todo = [(case, tls, with_module) for case in CASES if not args.case or case.name in args.case
            for tls in ("1.2", "1.3") for with_module in (module, None)
            if with_module or case.reason]
    if not todo:
        parser.error("no such case")
    print(f"1..{len(todo)}")
    failed = 0
    with tempfile.TemporaryDirectory(prefix="pinning-servers.") as top:
        os.chmod(top, 0o755)
        pki = Pki(top)
        make_clients(pki)
        words = {key: pki.pin(key) for key in ("current", "other", "spare", "intermediate", "second")}
        for number, (case, tls, with_module) in enumerate(todo, 1):
            found = list(run(case, nginx, with_module, tls, pki, words, top))
            failed += bool(found)
            print(f"{'not ok' if found else 'ok'} {number} - nginx / {case.name} / TLS {tls}"
                  f"{'' if with_module else ' / without the module'}", flush=True)
            for fault in found:
                print("# " + fault.replace("\n", "\n# "))
    print(f"{len(todo) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
