"""PostgreSQL and Postfix servers, configured as in their manuals, in a temporary directory and on loopback; the
host's own servers are not touched. Root must start them, and runs PostgreSQL as its own user."""

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from processes import wait_for, wait_for_port  # noqa: E402

START_SECS = 20


def read(path):
    with open(path, encoding="utf-8", errors="replace") as text:
        return text.read()


def free_ports(count):
    """Returns free ports of loopback."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Postgres:
    """One server. Its certificate is changed, or TLS switched off, while it runs: in postgresql.conf, then SIGHUP."""

    USER = "postgres"

    @staticmethod
    def programs():
        """Returns the directory of Debian's programs, which are not in PATH, or None."""
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda d: float(d.split("/")[4]))
        return found[-1] if found else None

    def __init__(self, directory):
        self.directory = directory
        self.data = os.path.join(directory, "data")
        self.log = os.path.join(directory, "log")
        self.port, = free_ports(1)
        self.loads = 0
        user = pwd.getpwnam(self.USER)
        self.ids = user.pw_uid, user.pw_gid
        os.mkdir(directory)
        os.chown(directory, *self.ids)
        self.as_user("initdb", "-D", self.data, "--no-sync", "--auth=trust", "-E", "UTF8", "--locale=C")
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="ascii") as conf:
            conf.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\nfsync = off\n"
                       f"unix_socket_directories = '{directory}'\ninclude = 'tls.conf'\n")
        self.tls(None)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([*self.command("postgres"), "-D", self.data],
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            cwd=directory)
        wait_for_port(self.port, self.process, lambda: read(self.log))

    def command(self, program):
        uid, gid = self.ids
        drop = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        return [*(drop if os.geteuid() == 0 else []), os.path.join(self.programs(), program)]

    def as_user(self, program, *args):
        done = subprocess.run([*self.command(program), *args], capture_output=True, text=True,
                              cwd=self.directory)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")

    def own(self, name, mode):
        os.chown(os.path.join(self.data, name), *self.ids)
        os.chmod(os.path.join(self.data, name), mode)

    def tls(self, files):
        """Sets the certificate and key to present; None: TLS is off."""
        lines = "ssl = off\n"
        if files:
            for source, name in zip(files, ("server.crt", "server.key")):
                shutil.copy(source, os.path.join(self.data, name))
                self.own(name, 0o600)
            lines = "ssl = on\nssl_cert_file = 'server.crt'\nssl_key_file = 'server.key'\n"
        with open(os.path.join(self.data, "tls.conf"), "w", encoding="ascii") as conf:
            conf.write(lines)
        self.own("tls.conf", 0o600)
        if self.port and hasattr(self, "process"):
            self.reload()

    def reload(self):
        # The process that accepts connections reads the files in its signal handler: once that has begun, the next
        # connection uses them.
        self.loads += 1
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: read(self.log).count("received SIGHUP") >= self.loads, "PostgreSQL to read its configuration")

    def stop(self):
        self.process.send_signal(signal.SIGINT)  # "fast": connections are ended
        try:
            self.process.wait(START_SECS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


MAIN_CF = """compatibility_level = 3.6
queue_directory = {directory}/queue
data_directory = {directory}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = localhost
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
maillog_file = {directory}/log
maillog_file_prefixes = {directory}
smtpd_tls_security_level = may
"""
MASTER_CF = """tlsmgr    unix  -  -  n  1000? 1 tlsmgr
rewrite   unix  -  -  n  -     - trivial-rewrite
proxymap  unix  -  -  n  -     - proxymap
anvil     unix  -  -  n  -     1 anvil
cleanup   unix  n  -  n  -     0 cleanup
postlog   unix-dgram n - n -   1 postlogd
"""


class Postfix:
    """One master with an smtpd for each of ways, {name: (certificate, key) or None: no TLS}. ports[name] is its
    port, a free one unless ports are given."""

    PROGRAM = "/usr/sbin/postfix"

    def __init__(self, directory, ways, ports=None):
        self.queue = os.path.join(directory, "queue")
        self.ports = dict(zip(ways, ports or free_ports(len(ways))))
        conf = os.path.join(directory, "conf")
        os.makedirs(conf)
        os.mkdir(self.queue)
        os.mkdir(os.path.join(directory, "data"))
        owner = pwd.getpwnam("postfix")
        os.chown(os.path.join(directory, "data"), owner.pw_uid, owner.pw_gid)
        with open(os.path.join(conf, "main.cf"), "w", encoding="ascii") as main:
            main.write(MAIN_CF.format(directory=directory))
        with open(os.path.join(conf, "master.cf"), "w", encoding="ascii") as master:
            master.write(MASTER_CF)
            for name, files in ways.items():
                master.write(f"127.0.0.1:{self.ports[name]} inet n - n - - smtpd\n")
                master.write(f"  -o smtpd_tls_cert_file={files[0]} -o smtpd_tls_key_file={files[1]}\n"
                             if files else "  -o smtpd_tls_security_level=none\n")
        with open(os.path.join(directory, "output"), "wb") as output:
            self.process = subprocess.Popen([self.PROGRAM, "-c", conf, "start-fg"], stdout=output,
                                            stderr=output, stdin=subprocess.DEVNULL)
        for port in self.ports.values():
            wait_for_port(port, self.process, lambda: read(output.name))

    def stop(self):
        # start-fg waits for a master that has its own session.
        with open(os.path.join(self.queue, "pid", "master.pid"), encoding="ascii") as pid:
            master = int(pid.read())
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(master, how)
                self.process.wait(5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
