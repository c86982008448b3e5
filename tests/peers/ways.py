"""Ways to run a suite: each an openssl.cnf and a pin store, and the log that results."""

import base64
import hashlib
import os
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace

HERE = os.path.dirname(os.path.abspath(__file__))
E2E = os.path.join(HERE, "..", "e2e")
sys.path.append(E2E)

from store import configure, record  # noqa: E402

# No peer has this key, because it is the digest of a text.
FOREIGN_KEY = base64.b64encode(hashlib.sha256(b"a key that no peer has").digest()).decode()

WITHHELD = ("OPENSSL_MODULES", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONPATH", "RUBYOPT", "RUBYLIB",
            "PERL5LIB", "PERL5OPT", "NODE_OPTIONS")


@dataclass(frozen=True, eq=False)
class Way:
    name: str
    module: bool = True                        # is it in openssl.cnf?
    files: dict = field(default_factory=dict)  # the store

    def __str__(self):
        return self.name


def default_pins(mode):
    return {"_store": "", "_default.pins": f"mode = {mode}\nkey = sha256//{FOREIGN_KEY}\n"}


WITHOUT = Way("without", module=False)
EMPTY = Way("empty", files={"_store": ""})
REPORT = Way("report", files=default_pins("report"))
ENFORCE = Way("enforce", files=default_pins("enforce"))


class Place:
    """Files of one suite in one way, below a directory of its own."""

    def __init__(self, directory, way, module):
        self.dir, self.way = directory, way
        self.pins = os.path.join(directory, "pins.d")
        self.log = os.path.join(directory, "pinning.log")
        self.config = os.path.join(directory, "openssl.cnf")
        os.makedirs(self.pins)
        for name, text in way.files.items():
            self.write(os.path.join(self.pins, name), text)
        files = SimpleNamespace(pins=self.pins, log=self.log)
        self.write(self.config, configure(files, module if way.module else None, ""))
        # A suite may start programs as a different user.
        os.chmod(directory, 0o755)

    @staticmethod
    def write(path, text):
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)

    def environment(self, scratch):
        """The environment of a suite; scratch is its directory for temporary files. Proxies are
        left out, because the suites' servers are on this host."""
        env = {name: value for name, value in os.environ.items()
               if name not in WITHHELD and not name.lower().endswith("_proxy")}
        env.update(OPENSSL_CONF=self.config, TMPDIR=scratch, HOME=scratch, LC_ALL="C.UTF-8")
        return env

    def records(self):
        """The module's log: a list of objects."""
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return [record(line) for line in log]


def reported(records):
    """How many of these say that a peer did not match the foreign key."""
    return sum(r.get("action") in ("would be refused", "refused")
               and str(r.get("file", "")).endswith("/_default.pins") for r in records)
