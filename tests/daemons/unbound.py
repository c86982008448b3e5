"""unbound as a resolver that forwards over TLS: forward-tls-upstream, with a chroot and its own user, as in
unbound.conf(5)."""

import itertools
import os
import shutil
import signal
import socket
import struct

from daemon import Answer, Proxy
from place import PATIENCE_SECS, free_port

# infra-host-ttl: after a refusal unbound sends the next question to the upstream server at once, so that the
# cases need not wait.
CONF = """\
server:
    interface: 127.0.0.1@{port}
    do-daemonize: no
    username: unbound
    chroot: "{chroot}"
    directory: "{chroot}"
    pidfile: ""
    use-syslog: no
    logfile: "unbound.log"
    log-servfail: yes
    num-threads: 2
    do-not-query-localhost: no
    infra-host-ttl: 0
    {bundle}
forward-zone:
    name: "."
    forward-tls-upstream: yes
    forward-addr: 127.0.0.1@{upstream}{host}
remote-control:
    control-enable: no
"""
DNS_TXT, DNS_IN, RECURSION_DESIRED = 16, 1, 0x0100


class Unbound(Proxy):
    """forward-addr with #NAME: it gives OpenSSL the name, as SNI and to verify."""
    name = "unbound"
    programs = ("unbound",)
    needs_root = True
    speaks = "dns"
    section = "log = file:{log} syslog"
    # unbound prints the texts of the error queue without the data: the reason, but not the host.
    complaint = r"and additionally crypto error:[0-9A-F]{6}REASON:pinning::"
    verifies = (True,)    # with a name it verifies, and without a bundle each peer would fail
    gives_name = True

    def __init__(self, place, verify, served):
        super().__init__(place, verify, served)
        self.numbers = itertools.count(1)

    def start(self):
        self.listen()
        self.port = free_port()
        chroot = self.place.mkdir("unbound")
        shutil.chown(chroot, "unbound")
        self.place.syslog(chroot)
        self.place.write("unbound/unbound.conf", CONF.format(
            port=self.port, chroot=chroot, upstream=self.upstream,
            host=f"#{self.host}" if self.gives_name else "",
            bundle=f'tls-cert-bundle: "{self.place.pki.trusted}"' if self.verify else ""))
        self.process = self.place.spawn(
            "unbound", ["unbound", "-d", "-c", self.place.path("unbound/unbound.conf")], with_module=True)
        self.place.wait_for(lambda: "start of service" in self.log(), "unbound to listen")

    def ask(self):
        """Asks for a new name each time, so that it is not answered from the cache."""
        name = f"n{next(self.numbers)}.example.com"
        answer = question(self.port, name)
        code = answer[3] & 15 if len(answer) > 3 else -1
        return Answer(self.place.fixture.page.encode() in answer, f"response code {code}")

    def complains(self, since, reason=""):
        # OpenSSL prints the reason's number in hexadecimal.
        return super().complains(since, f"{int(reason[1:]):02X}" if reason else "[0-9A-F]{2}")

    def log(self):
        return self.place.read("unbound/unbound.log") + self.place.read("unbound.out")

    def reload(self):
        done = self.log().count("start of service")
        self.process.send_signal(signal.SIGHUP)
        self.place.wait_for(lambda: self.log().count("start of service") > done, "the reload")


class UnboundNameless(Unbound):
    """Without #NAME. The socket is visible; without tls-cert-bundle it verifies nothing."""
    name = "unbound-nameless"
    verifies = (True, False)
    nameless = True
    address = "127.0.0.1"
    gives_name = False


def question(port, name):
    """Returns the whole answer to one question for TXT, empty if none comes."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(PATIENCE_SECS)
        asking.connect(("127.0.0.1", port))
        asking.send(struct.pack("!HHHHHH", os.getpid() & 0xFFFF, RECURSION_DESIRED, 1, 0, 0, 0)
                    + labels + struct.pack("!BHH", 0, DNS_TXT, DNS_IN))
        try:
            return asking.recv(4096)
        except OSError:
            return b""
