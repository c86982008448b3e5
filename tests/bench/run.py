#!/usr/bin/python3
"""Cost of pinning, as ratios of counts with the module and without it in one run.

    run.py --module pinning.so --programs DIR [--only NAME]... [--pairs COUNT]

Nothing is asserted: the aims are printed beside the figures. The first figures are instructions
(callgrind), which are reproducible, and leave out the kernel. Times are not reproducible, so they are
measured in pairs (paired.py).
"""
import argparse
import base64
import functools
import hashlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import paired

MANY = 1_000_000
FEW = 10
ROUNDS = 20  # handshakes of a count, beyond the first


def run(*argv, env=None):
    return subprocess.run(argv, check=True, capture_output=True, env=env)


class Bench:
    def __init__(self, args, work):
        self.args = args
        self.work = work
        self.pki()
        self.bare = self.conf("bare.cnf", "")
        self.with_module = self.store_conf("with", {"localhost": self.pin, "other.test": self.pin})

    def path(self, name):
        return str(self.work / name)

    def program(self, name):
        return os.path.join(self.args.programs, f"bench_{name}")

    @functools.cache
    def nginx(self):
        return paired.find_nginx(os.path.join(self.args.programs, "nginx"))

    def pki(self):
        """Creates an RSA CA and a P-256 leaf, as most web servers have."""
        env = dict(os.environ, OPENSSL_CONF="/dev/null")
        (self.work / "req.cnf").write_text("[req]\ndistinguished_name = dn\n[dn]\n")
        (self.work / "ext").write_text("subjectAltName = DNS:localhost, DNS:api.example.com\n")
        run("openssl", "req", "-x509", "-config", self.path("req.cnf"), "-newkey", "rsa:2048",
            "-nodes", "-keyout", self.path("ca.key"), "-out", self.path("ca.pem"), "-days", "30",
            "-subj", "/CN=Bench CA", "-addext", "basicConstraints = critical, CA:TRUE", env=env)
        run("openssl", "req", "-config", self.path("req.cnf"), "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.path("leaf.key"), "-out",
            self.path("leaf.csr"), "-subj", "/CN=localhost", env=env)
        run("openssl", "x509", "-req", "-in", self.path("leaf.csr"), "-CA", self.path("ca.pem"),
            "-CAkey", self.path("ca.key"), "-CAcreateserial", "-days", "20", "-extfile",
            self.path("ext"), "-out", self.path("leaf.pem"), env=env)
        der = run("openssl", "pkey", "-in", self.path("leaf.key"), "-pubout", "-outform", "DER",
                  env=env).stdout
        self.pin = "key = sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()

    def conf(self, name, section):
        """Writes an openssl.cnf, of the same shape with and without the module. Returns its path."""
        extra = "pinning = pinning_sect\n" if section else ""
        (self.work / name).write_text(
            "openssl_conf = init\n[init]\nproviders = provider_sect\n[provider_sect]\n"
            f"default = default_sect\n{extra}[default_sect]\nactivate = 1\n{section}")
        return self.path(name)

    def store_conf(self, name, files):
        store = self.work / f"{name}.d"
        store.mkdir()
        (store / "_store").write_text("")
        for host, text in files.items():
            (store / f"{host}.pins").write_text(text + "\n")
        return self.conf(f"{name}.cnf", "[pinning_sect]\nactivate = 1\n"
                         f"module = {self.args.module}\npins = {store}\nlog = syslog\n")

    def count(self, conf, *argv):
        out = run("valgrind", "--tool=callgrind", f"--callgrind-out-file={self.path('callgrind')}",
                  *argv, env=dict(os.environ, OPENSSL_CONF=conf))
        return int(re.search(rb"Collected : (\d+)", out.stderr)[1])

    def handshake_argv(self, name, rounds):
        return (self.program("handshake"), self.path("leaf.pem"), self.path("leaf.key"),
                self.path("ca.pem"), name, str(rounds))

    def handshake(self, conf, name):
        """Returns the instructions of one handshake, both ends."""
        first = self.count(conf, *self.handshake_argv(name, 1))
        more = self.count(conf, *self.handshake_argv(name, 1 + ROUNDS))
        return (more - first) / ROUNDS

    def curl(self, conf):
        port = 20000 + os.getpid() % 20000
        server = subprocess.Popen(
            ["openssl", "s_server", "-accept", str(port), "-cert", self.path("leaf.pem"), "-key",
             self.path("leaf.key"), "-www", "-quiet"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=dict(os.environ, OPENSSL_CONF="/dev/null"))
        url = f"https://localhost:{port}/"
        try:
            for _ in range(50):
                if subprocess.run(["curl", "-sS", "--cacert", self.path("ca.pem"), url],
                                  capture_output=True).returncode == 0:
                    break
                time.sleep(0.1)
            return self.count(conf, "curl", "-sS", "--cacert", self.path("ca.pem"), url)
        finally:
            server.terminate()
            server.wait()

    def stores(self):
        """Creates a small store and one of a million files. Returns the configurations."""
        few = self.store_conf("few", self.hosts(FEW))
        many = self.store_conf("many", self.hosts(MANY))
        return few, many

    def hosts(self, count):
        return {f"host{i}.example.net": self.pin for i in range(count)} | {"localhost": self.pin}

    def seconds(self, confs, rounds=400):
        """Times of the same handshakes, alternating, so that a disturbance affects both."""
        spent = [0.0] * len(confs)
        for _ in range(6):
            for i, conf in enumerate(confs):
                start = time.monotonic()
                run(*self.handshake_argv("localhost", rounds), env=dict(os.environ, OPENSSL_CONF=conf))
                spent[i] += time.monotonic() - start
        return spent

    def peak_memory(self, conf):
        out = run("/usr/bin/python3", "-c",
                  "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
                  "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)",
                  *self.handshake_argv("localhost", 50), env=dict(os.environ, OPENSSL_CONF=conf))
        return int(out.stdout)


def ratio(name, aim, value, base, unit="instructions"):
    print(f"{name:<44} {value / base:8.4f}   aim {aim:<8} ({value:,.0f} / {base:,.0f} {unit})", flush=True)


def handshakes(bench):
    base = bench.handshake(bench.bare, "localhost")
    ratio("handshake, both ends: pinned host", "<= 1.005",
          bench.handshake(bench.with_module, "localhost"), base)
    ratio("handshake, both ends: host that is not pinned", "<= 1.002",
          bench.handshake(bench.with_module, "api.example.com"), base)


def programs(bench):
    ratio("curl, one page", "<= 1.01", bench.curl(bench.with_module), bench.curl(bench.bare))
    ratio("openssl version", "<= 1.015", bench.count(bench.with_module, "openssl", "version"),
          bench.count(bench.bare, "openssl", "version"))


def threads(bench):
    paired.threads(bench, bench.args.pairs)


def nginx(bench):
    paired.nginx(bench, bench.args.pairs)


def store(bench):
    few, many = bench.stores()
    ratio(f"look-up among {MANY:,} hosts, not {FEW}", "<= 1.05", bench.handshake(many, "localhost"),
          bench.handshake(few, "localhost"))
    ratio("  peak memory", "<= 1.05", bench.peak_memory(many), bench.peak_memory(few), "KiB")
    small, large = bench.seconds([few, many])
    ratio("  time of a handshake, alternating", "(noisy)", large * 1000, small * 1000, "ms")


PARTS = {"handshakes": handshakes, "programs": programs, "store": store, "threads": threads,
         "nginx": nginx}
IN_PAIRS = ("threads", "nginx")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--module", required=True, type=os.path.abspath)
    parser.add_argument("--programs", required=True, type=os.path.abspath)
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--pairs", type=int, default=paired.PAIRS, help="of slices, a figure")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # through every finally
    with tempfile.TemporaryDirectory(prefix="pinning-bench-") as work:
        bench = Bench(args, pathlib.Path(work))
        wanted = [name for name in PARTS if not args.only or name in args.only]
        for name in wanted:
            if name in IN_PAIRS and name == next(n for n in wanted if n in IN_PAIRS):
                print(paired.HEAD, flush=True)
            PARTS[name](bench)


if __name__ == "__main__":
    sys.exit(main())
