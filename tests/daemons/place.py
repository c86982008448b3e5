"""Files and processes of one case: a directory with a pin store, an openssl.cnf and a log, and the processes
that were started there. All of them are removed afterwards."""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from types import SimpleNamespace

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "e2e"))

from processes import PATIENCE_SECS, kill_group, wait_for, wait_for_port  # noqa: E402
from server import has_ipv6_loopback  # noqa: E402
from store import configure, record, store_changed, write_pin_file  # noqa: E402

SYSLOG_LINE = re.compile(r"pinning\[(P\d\d)\]: (refused|would be refused|notice)"
                         r"( client certificate(?: of)?)? ?([^ ]*): .*?(?:; file ([^;]*)|$)")
AUTHPRIV = re.compile(r"<8[0-7]>")


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str


class Place:
    """Files and processes of one case. The store is in .pins, openssl.cnf in .config; words are the pins of pki
    by the names of its keys."""

    def __init__(self, directory, fixture, section=""):
        self.dir, self.fixture, self.pki, self.words = directory, fixture, fixture.pki, fixture.words
        self.pins, self.config = self.path("pins.d"), self.path("openssl.cnf")
        self.log = self.path("pinning.log")
        self.processes, self.syslogs, self.datagrams = [], [], []
        os.chmod(directory, 0o755)
        os.mkdir(self.pins)
        # A daemon that runs as a different user can append to it, but not create it.
        self.write("pinning.log", "", 0o666)
        files = SimpleNamespace(pins=self.pins, log=self.log)
        self.write("openssl.cnf", configure(files, fixture.module, section.format(log=self.log)))

    # ---- files ----

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text, mode=0o644):
        """Writes a file under a temporary name and renames it. Returns its path."""
        path = self.path(name)
        with open(path + ".new", "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(path + ".new", mode)
        os.rename(path + ".new", path)
        return path

    def mkdir(self, name, mode=0o755):
        path = self.path(name)
        os.makedirs(path)
        os.chmod(path, mode)
        return path

    def read(self, name):
        try:
            with open(self.path(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    # ---- the store ----

    def pin(self, name, text):
        """Writes a file of the store, by rename."""
        write_pin_file(self.pins, name, text.format_map(self.words))

    def rewrite(self, name, text):
        """Overwrites a file of the store in place."""
        with open(os.path.join(self.pins, name), "r+", encoding="utf-8") as out:
            out.truncate()
            out.write(text.format_map(self.words))
        store_changed(self.pins)

    def unpin(self, name):
        os.unlink(os.path.join(self.pins, name))
        store_changed(self.pins)

    # ---- processes ----

    def environment(self, with_module):
        """Returns an environment without the caller's settings; its openssl.cnf has the module or is empty."""
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": self.dir, "LANG": "C.UTF-8",
                "OPENSSL_CONF": self.config if with_module else "/dev/null"}

    def spawn(self, name, argv, with_module, **env):
        """Starts a program in the background; its output goes to NAME.out."""
        with open(self.path(f"{name}.out"), "ab") as out:
            process = subprocess.Popen(
                [*(self.fixture.under if with_module else []), *argv], cwd=self.dir,
                env={**self.environment(with_module), **env}, stdin=subprocess.DEVNULL, stdout=out,
                stderr=out, start_new_session=True)
        self.processes.append(process)
        return process

    def run(self, argv, with_module, stdin="", timeout_secs=PATIENCE_SECS, **env):
        """Runs a program to its end. One that takes too long is killed and has the status -9."""
        process = subprocess.Popen(
            [*(self.fixture.under if with_module else []), *argv], cwd=self.dir,
            env={**self.environment(with_module), **env}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True)
        self.processes.append(process)
        try:
            out, err = process.communicate(stdin.encode(), timeout=timeout_secs)
        except subprocess.TimeoutExpired:
            kill_group(process)
            out, err = process.communicate()
        self.processes.remove(process)
        return Done(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))

    wait_for = staticmethod(wait_for)

    def wait_port(self, port, process, name):
        """Waits until a process of spawn() listens."""
        wait_for_port(port, process, lambda: f"{name}: {self.read(name + '.out')}")

    def stop(self, process, how=signal.SIGTERM):
        process.send_signal(how)
        try:
            process.wait(PATIENCE_SECS)
        except subprocess.TimeoutExpired:
            pass
        kill_group(process)  # children that are left
        process.wait()
        self.processes.remove(process)

    def end(self):
        for process in self.processes:
            kill_group(process)
            process.wait()
        for listening in self.syslogs:
            listening.close()

    # ---- the log ----

    def syslog(self, chroot):
        """Creates a /dev/log in a chroot, as Debian's rsyslog does for haproxy and Postfix."""
        os.makedirs(os.path.join(chroot, "dev"), exist_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = os.path.join(chroot, "dev", "log")
        listening.bind(path)
        os.chmod(path, 0o666)
        listening.setblocking(False)
        self.syslogs.append(listening)

    def receive(self):
        for listening in self.syslogs:
            while True:
                try:
                    self.datagrams.append(listening.recv(65536).decode(errors="replace"))
                except BlockingIOError:
                    break

    def system_log(self):
        """Returns the messages to syslog that are not of the module: they have a different facility."""
        self.receive()
        return "".join(f"{line}\n" for line in self.datagrams if not AUTHPRIV.match(line))

    def records(self):
        """Returns the module's records since the last call, from the file or a chroot's syslog."""
        records = [record(line) for line in self.read("pinning.log").splitlines()]
        os.truncate(self.log, 0)
        self.receive()
        new = [line for line in self.datagrams if AUTHPRIV.match(line)]
        self.datagrams = [line for line in self.datagrams if not AUTHPRIV.match(line)]
        return records + [as_record(line) for line in new]


def as_record(line):
    """Parses a line of syslog to a record with the members that the cases use."""
    match = SYSLOG_LINE.search(line)
    if not match:
        return {"broken": line}
    return {"reason": match[1], "action": match[2], "client" if match[3] else "hostname": match[4],
            "file": match[5] or ""}


def children(process):
    """Returns the ids of a process's children."""
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
        return {int(word) for word in file.read().split()}


def for_everybody(module, directory):
    """Copies the module to a directory that all users may enter. The build may be in a home directory, and OpenSSL
    silently ignores a module that a daemon's user cannot read."""
    return shutil.copy(module, os.path.join(directory, "pinning.so"))


def free_port():
    """Returns a port that is free on 127.0.0.1 and ::1. It is not of the range that the kernel uses for connections,
    because such a port could be taken before the daemon binds it."""
    while True:
        port = random.randrange(10000, 32000)
        try:
            socket.create_server(("127.0.0.1", port)).close()
            if has_ipv6_loopback():
                socket.create_server(("::1", port), family=socket.AF_INET6).close()
            return port
        except OSError:
            continue
