"""Host for tests of whole command lines: namespaces for mounts, network and processes, with its own /etc/ssl,
/etc/hosts, /var/log and OpenSSL modules. The host names of the examples are servers on loopback. When the program
ends, all of it is removed and its processes end."""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from processes import wait_for_port  # noqa: E402

SKIPPED = 77
INSIDE = "PINNING_TEST_INSIDE"
UNSHARE = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
HOSTS = ["api.example.com", "www.example.com", "mail.example.com"]
STOCK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "openssl-conf", "debian.cnf")


def enter():
    """Executes this program again in its namespaces, and returns only there. Skips the test without the rights."""
    if os.environ.pop(INSIDE, None):
        return
    if os.geteuid() != 0 or subprocess.run([*UNSHARE, "true"], capture_output=True).returncode != 0:
        print("1..0 # SKIP needs root and namespaces")
        sys.exit(SKIPPED)
    os.execvpe(UNSHARE[0], [*UNSHARE, sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})


def write(path, text, mode="w"):
    with open(path, mode, encoding="utf-8") as out:
        out.write(text)


def bind(copy, place):
    subprocess.run(["mount", "--bind", copy, place], check=True)


class Fixture:
    def __init__(self, top, pinctl, module):
        self.top = top
        self.home = os.path.join(top, "home")  # where commands are run
        self.pki = os.path.join(top, "pki")
        self.server = None
        self.presented = None
        os.mkdir(self.pki)
        os.chmod(top, 0o755)
        with socket.socket() as any_socket:  # IFF_UP, IFF_RUNNING
            fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 0x41))
        self.modules = subprocess.run(["openssl", "version", "-m"], capture_output=True, text=True,
                                      check=True).stdout.split('"')[1]
        modules = os.path.join(top, "modules")
        shutil.copytree(self.modules, modules)
        shutil.copy(module, os.path.join(modules, "pinning.so"))
        bind(modules, self.modules)
        shutil.copy("/etc/hosts", f"{top}/hosts")
        write(f"{top}/hosts", f"127.0.0.1 {' '.join(HOSTS)}\n", "a")
        bind(f"{top}/hosts", "/etc/hosts")
        os.mkdir(f"{top}/log")
        bind(f"{top}/log", "/var/log")
        self.certificates()
        os.mkdir(f"{top}/ssl")
        bind(f"{top}/ssl", "/etc/ssl")
        self.reset()
        os.mkdir(f"{top}/bin")
        shutil.copy(pinctl, f"{top}/bin/pinctl")  # a copy, because other users run it, too

    def openssl(self, *args):
        subprocess.run(["openssl", *args], cwd=self.pki, check=True, capture_output=True,
                       env={"PATH": os.environ["PATH"], "OPENSSL_CONF": "/dev/null"})

    def certificates(self):
        """Creates a CA, and two certificates for all names, with different keys."""
        ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]
        self.openssl("req", "-x509", *ec, "-subj", "/CN=Example CA", "-days", "3000", "-keyout", "ca.key",
                     "-out", "ca.pem", "-addext", "basicConstraints=critical,CA:TRUE")
        for name in ("server", "next"):
            self.openssl("req", "-x509", *ec, "-subj", "/CN=api.example.com", "-days", "300",
                         "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", f"{name}.key",
                         "-out", f"{name}.pem", "-addext", "basicConstraints=CA:FALSE", "-addext",
                         "subjectAltName=" + ",".join(f"DNS:{host}" for host in HOSTS))
        for name, key in (("new.pub", "next.key"), ("next-key.pem", "next.key")):
            self.openssl("pkey", "-in", key, "-pubout", "-out", name)
        write(f"{self.pki}/example.com.zone", f"_443._tcp.api.example.com. IN TLSA 3 1 1 {'ab' * 32}\n")

    def reset(self):
        """Resets /etc/ssl to that of a host without pinning that trusts the CA, and the files of the administrator."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self.pki, self.home)
        for entry in os.scandir("/etc/ssl"):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.remove(entry.path)
        shutil.copy(STOCK, "/etc/ssl/openssl.cnf")
        os.mkdir("/etc/ssl/certs")
        for place in ("certs/ca-certificates.crt", "cert.pem"):
            shutil.copy(f"{self.pki}/ca.pem", f"/etc/ssl/{place}")
        subprocess.run(["openssl", "rehash", "/etc/ssl/certs"], check=True, capture_output=True,
                       env={"PATH": os.environ["PATH"], "OPENSSL_CONF": "/dev/null"})

    def serve(self, name):
        """Makes all hosts present a certificate at port 443."""
        if self.presented == name:
            return
        if self.server:
            self.server.kill()
            self.server.wait()
        self.presented = name
        self.server = subprocess.Popen(
            ["openssl", "s_server", "-accept", "443", "-cert", f"{name}.pem", "-key", f"{name}.key",
             "-www"], cwd=self.pki, env={"PATH": os.environ["PATH"], "OPENSSL_CONF": "/dev/null"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(443, self.server)

    def shell(self, line):
        """Runs a line as an administrator types it, with yes to all of pinctl's questions."""
        yes = 'pinctl() { c=$1; shift; command pinctl "$c" --yes "$@"; }\n'
        return subprocess.run(["bash", "-c", yes + line], cwd=self.home, capture_output=True, text=True,
                              errors="replace", timeout=60, stdin=subprocess.DEVNULL,
                              env={"PATH": f"{self.top}/bin:{os.environ['PATH']}", "HOME": self.home,
                                   "EDITOR": "true", "LC_ALL": "C.UTF-8"})
