"""Table of the programs: how to get one, how to call it, and how it reports a refusal."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Callable

import unpacked

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"  # Debian's, whatever else is on PATH


class Missing(Exception):
    """A program cannot be had here; the text has the reason."""


# ---- how to get a program ----

def on_path(name):
    """An installed program."""
    def find(_cache):
        path = shutil.which(name)
        if not path:
            raise Missing(f"{name} is not installed")
        return [path]
    return find


def openssl_command(name):
    """The system's openssl, with one of its commands."""
    def find(cache):
        return [*on_path("openssl")(cache), name]
    return find


def client(interpreter, script):
    """An interpreter with one of our scripts."""
    def find(cache):
        return [*on_path(interpreter)(cache), os.path.join(HERE, "clients", script)]
    return find


def made_by(*script):
    """A program that one of our scripts builds in the cache. The script prints its path."""
    def find(cache):
        return [run_script(*script[:1], cache, *script[1:])]
    return find


def run_script(script, *args):
    done = subprocess.run([os.path.join(HERE, script), *args], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"{script}: " + " ".join(done.stderr.split("\n")[-6:]).strip())
    return done.stdout.strip()


def of_version(version, program, *arguments):
    """A program of the Debian release that has this OpenSSL."""
    def find(cache):
        root = run_script("fetch-openssl", cache, version)
        if not unpacked.has(root, program):
            raise Missing(f"Debian builds no {program} with OpenSSL {version} now")
        return [*unpacked.command(root, program), *arguments]
    return find


def debian_node(cache):
    """Debian's node, unpacked but not installed. It reads files from /usr/share/nodejs, so it runs in a mount
    namespace where these are mounted over /usr/share."""
    installed = shutil.which("node")
    if installed and not openssl_inside(installed):
        raise Missing(f"{installed} is Debian's already: see program node")
    root = run_script("fetch-node", cache)
    command = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]),
               "sh", "-ec", NODE_IN_NAMESPACE, root]
    tried = subprocess.run([*command, "--version"], capture_output=True, text=True)
    if tried.returncode != 0:
        raise Missing(f"needs a mount namespace: {tried.stderr.strip()}")
    return [*command, os.path.join(HERE, "clients", "fetch.js")]


NODE_IN_NAMESPACE = """
mount -t overlay -o "ro,lowerdir=$0/usr/share:/usr/share" overlay /usr/share
LD_LIBRARY_PATH=$(echo "$0"/usr/lib/*-linux-gnu) exec "$0/usr/bin/node" "$@"
"""


# ---- OpenSSL in a program ----

def openssl_inside(path):
    """Returns whether OpenSSL is linked in, with its functions exported."""
    names = subprocess.run(["nm", "-D", "--defined-only", path], capture_output=True, text=True)
    return " SSL_CTX_new" in names.stdout


# ---- the table ----

@dataclass(frozen=True)
class Program:
    name: str
    find: Callable[[str], list]  # the words before the arguments; Missing if there is none
    verify: str                  # arguments with its own verification on …
    insecure: str                # … and off
    status: int                  # exit status when the module refuses …
    complaint: str               # … and what standard error must then hold, a regular expression
    own_status: int = 1          # exit status when it refuses by itself
    reached: bool = True         # can the module protect it?
    always_trusts: bool = True   # does it load its CAs when it does not verify?
    nameless: bool = False       # it gives OpenSSL no name; records then have the address or a name
    stdin: str = ""              # the text on standard input

    def arguments(self, verify, **values):
        template = self.verify if verify else self.insecure
        return [word.format(**values) for word in template.split()]


# Of Debian's newer suites; one module must work with all of them.
VERSIONS = ["3.5", "3.6", "4.0"]

PYTHON_COMPLAINT = "CERTIFICATE_VERIFY_FAILED.*certificate rejected"


def curl(name, find):
    return Program(name, find,
                   "-q -sS -m 20 --cacert {ca} {url}",
                   "-q -sS -m 20 --cacert {ca} -k {url}",
                   60, r"\(60\).*certificate rejected", own_status=60, always_trusts=False)


def python(name, find):
    return Program(name, find, "{url} {ca}", "{url} {ca} insecure", 1, PYTHON_COMPLAINT)


def s_client(name, find, nameless=False):
    """openssl s_client. Without its own verification it prints errors, and continues. Without -servername it sends no
    name that has no dot."""
    connect = "-connect {host}:{port} -CAfile {ca} -quiet"
    if not nameless:
        connect += " -servername {host}"
    return Program(name, find, f"{connect} -verify_return_error", connect,
                   1, "certificate verify failed", nameless=nameless, stdin=PAGE_REQUEST)


PAGE_REQUEST = "GET / HTTP/1.0\r\n\r\n"


def programs_of(version):
    """Returns the programs of one of the unpacked versions."""
    script = os.path.join(HERE, "clients", "urllib_fetch.py")
    return [s_client(f"s_client-{version}", of_version(version, "openssl", "s_client")),
            s_client(f"nameless-{version}", of_version(version, "openssl", "s_client"),
                     nameless=True),
            curl(f"curl-{version}", of_version(version, "curl")),
            python(f"urllib-{version}", of_version(version, "python3", script))]


PROGRAMS = [
    curl("curl", on_path("curl")),
    Program("wget", made_by("build-wget"),
            "--no-config -nv -t 1 -T 20 -O - --no-hsts --ca-certificate={ca} {url}",
            "--no-config -nv -t 1 -T 20 -O - --no-hsts --ca-certificate={ca} "
            "--no-check-certificate {url}",
            4, "certificate verify failed", own_status=5),
    python("urllib", client(PYTHON, "urllib_fetch.py")),
    python("asyncio", client(PYTHON, "asyncio_fetch.py")),
    Program("node", client("node", "fetch.js"),
            "{url} {ca}", "{url} {ca} insecure", 1, "certificate verify failed"),
    Program("node-debian", debian_node,
            "{url} {ca}", "{url} {ca} insecure", 1, "certificate verify failed"),
    Program("linked-exported", made_by("linked/build", "exported"),
            "{host} {port} {ca}", "{host} {port} {ca} insecure", 1, "certificate verify failed"),
    Program("linked-hidden", made_by("linked/build", "hidden"),
            "{host} {port} {ca}", "{host} {port} {ca} insecure", 1, "certificate verify failed",
            reached=False),
    s_client("s_client", openssl_command("s_client")),
    s_client("nameless", openssl_command("s_client"), nameless=True),
    *(program for version in VERSIONS for program in programs_of(version)),
]
