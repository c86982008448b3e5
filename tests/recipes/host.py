"""Host for the recipes: tests/tool/fixture.py with a /dev/log, and with copies of the configuration that
Debian ships for each daemon, so that the pieces of conf/ can be used as they are."""

import fcntl
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path[:0] = [os.path.join(ROOT, "tests", component) for component in ("tool", "e2e")]

import fixture  # noqa: E402
from processes import PATIENCE_SECS, wait_for, wait_for_port  # noqa: E402
from store import store_changed, write_pin_file  # noqa: E402

DEVICES = ("null", "zero", "full", "random", "urandom")
API = "api.example.com"


def piece(name):
    """The path of a piece of conf/."""
    return os.path.join(ROOT, "conf", name)


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as text:
            return text.read()
    except FileNotFoundError:
        return ""


def mount(*args):
    subprocess.run(["mount", *args], check=True)


def second_address():
    """Adds 127.0.0.2, for a server that must leave 127.0.0.1 to a different one."""
    with socket.socket() as any_socket:  # SIOCSIFADDR
        fcntl.ioctl(any_socket, 0x8916, struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0,
                                                    socket.inet_aton("127.0.0.2")))


def empty(place):
    """Mounts an empty file system over a directory of the host."""
    os.makedirs(place, exist_ok=True)
    mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", place)


class Host(fixture.Fixture):
    def __init__(self, top, pinctl, module):
        super().__init__(top, pinctl, module)
        self.processes, self.syslog = [], []
        self.devices()
        empty("/run")
        self.listen("/dev/log")
        self.pin_of = {name: self.pin_of_key(name) for name in ("server", "next")}

    def pin_of_key(self, name):
        """Returns the pin of a certificate's key."""
        output = self.shell(f"pinctl hash {self.pki}/{name}.pem").stdout
        return re.search(r"(?m)^(?:key|ca) = (\S+)", output)[1]

    # ---- files ----

    def devices(self):
        """Mounts a /dev in which a /dev/log can be created."""
        dev = os.path.join(self.top, "dev")
        os.mkdir(dev)
        mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", dev)
        for name in DEVICES:
            fixture.write(f"{dev}/{name}", "")
            fixture.bind(f"/dev/{name}", f"{dev}/{name}")
        os.mkdir(f"{dev}/shm", 0o1777)
        os.symlink("/proc/self/fd", f"{dev}/fd")
        mount("--move", dev, "/dev")

    def listen(self, path):
        """Collects the messages that are sent to a syslog socket."""
        socket_ = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        socket_.bind(path)
        os.chmod(path, 0o666)

        def collect():
            while True:
                self.syslog.append(socket_.recv(65536).decode(errors="replace"))
        threading.Thread(target=collect, daemon=True).start()

    def own(self, place):
        """Mounts a copy over a directory of configuration, so that it can be changed."""
        copy = os.path.join(self.top, "etc", place.strip("/").replace("/", "_"))
        shutil.copytree(place, copy, symlinks=True)
        fixture.bind(copy, place)

    def pin(self, name, text):
        """Writes a file of the store by rename, as pinctl does."""
        write_pin_file("/etc/ssl/pins.d", name, text)

    def unpin(self, name):
        os.remove(f"/etc/ssl/pins.d/{name}")
        store_changed("/etc/ssl/pins.d")

    def enable(self, with_module=True):
        """Resets the host to its state after pinctl enable, or before it."""
        self.reset()
        self.serve("server")
        if with_module:
            done = self.shell("pinctl enable")
            if done.returncode != 0:
                raise RuntimeError(f"pinctl enable: {done.stdout}{done.stderr}")
        else:
            os.mkdir("/etc/ssl/pins.d")
            self.pin("_store", "")

    # ---- processes ----

    def environment(self, **more):
        return {"PATH": f"{self.top}/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": self.home,
                "LC_ALL": "C.UTF-8", **more}

    def spawn(self, name, argv, **more):
        """Starts a daemon; its output goes to /var/log/NAME.out."""
        with open(f"/var/log/{name}.out", "ab") as out:
            process = subprocess.Popen(argv, env=self.environment(**more), cwd="/",
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                       start_new_session=True)
        self.processes.append(process)
        return process

    wait_for = staticmethod(wait_for)

    @staticmethod
    def wait_port(port, process, name):
        """Waits until a process of spawn() listens."""
        wait_for_port(port, process, lambda: f"{name}: {read(f'/var/log/{name}.out')}")

    def stop(self, process, how=signal.SIGTERM):
        try:
            os.killpg(process.pid, how)
            process.wait(PATIENCE_SECS)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.remove(process)

    def fetch(self, url):
        """Fetches a page in clear text. Returns whether it is the upstream server's page, and the output."""
        done = subprocess.run(["curl", "-q", "-sS", "-m", "10", url], capture_output=True, text=True,
                              env=self.environment(OPENSSL_CONF="/dev/null"))
        return "s_server -accept 443" in done.stdout, done.stdout[-300:] + done.stderr
