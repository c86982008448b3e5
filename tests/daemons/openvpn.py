"""openvpn as client and server, in a network namespace that the two share. It uses memory BIOs, and gives no
name."""

import re
import socket
import subprocess

from daemon import Answer, Daemon
from pki import openssl

SERVER = """\
server 10.8.0.0 255.255.255.0
topology subnet
dev tun
proto {proto}
local 127.0.0.1
keepalive 10 120
persist-key
persist-tun
ca {trusted}
cert {chain}
key {key}
dh none
verb 3
log {dir}/server.log
{more}
"""

CLIENT = """\
client
dev tun
proto {proto}
remote 127.0.0.1
nobind
persist-key
persist-tun
remote-cert-tls server
verify-x509-name "pinning tests:" name-prefix
verb 3
log {dir}/{name}.log
management {dir}/{name}.sock unix
management-hold
{more}
"""
UP = "Initialization Sequence Completed"
DOWN = "process restarting"
ALONE = ["unshare", "--net", "sh", "-ec", "ip link set lo up; exec openvpn $0"]


def make_client(pki):
    """Writes vpn.chain.pem, of a client whose key is "spare"."""
    pki.sign("vpn.leaf", "spare", "intermediate",
             ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
              "extendedKeyUsage=clientAuth", "subjectAltName=DNS:vpn-client.test"])
    pki.join(["vpn.leaf", "intermediate"], "vpn.chain.pem")


class Client:
    """An openvpn that connects when its management interface tells it to, because of management-hold."""

    def __init__(self, place, name, server, with_module, presented, proto, more):
        """server: the process whose network namespace it shares; presented: chain and key, or None"""
        self.place, self.name, self.up = place, name, False
        conf = place.write(f"{name}.conf", CLIENT.format(
            dir=place.dir, name=name, proto=proto, more=more
            + ("cert {}\nkey {}\n".format(*presented) if presented else "")))
        self.process = place.spawn(
            name, ["nsenter", f"--net=/proc/{server.pid}/ns/net", "openvpn", conf], with_module=with_module)
        place.wait_for(lambda: "Need hold release" in self.log() or self.process.poll() is not None,
                       f"{name}: {self.log()[-800:]}")
        self.own = socket.socket(socket.AF_UNIX)
        self.own.settimeout(10)
        self.own.connect(place.path(f"{name}.sock"))
        self.lines = self.own.makefile("rw")

    def log(self):
        return self.place.read(f"{self.name}.log")

    def connect(self):
        """Makes a new connection. Returns the log of it, up to its success or failure."""
        if self.up:
            self.command("signal SIGUSR1")
        while "HOLD:Waiting" not in self.lines.readline():
            pass
        since = len(self.log())
        self.command("hold release")
        self.place.wait_for(lambda: re.search(f"{UP}|{DOWN}", self.log()[since:]), "a handshake")
        output = self.log()[since:]
        self.up = UP in output
        return output

    def command(self, command):
        self.lines.write(command + "\n")
        self.lines.flush()

    def end(self):
        self.lines.close()
        self.own.close()


def impossible():
    tried = subprocess.run(["unshare", "--net", "sh", "-ec",
                            "ip link set lo up; ip tuntap add mode tun"],
                           capture_output=True, text=True)
    if tried.returncode == 0:
        return ""
    return f"needs a network namespace with a tunnel in it: {tried.stderr.strip()}"


class Openvpn(Daemon):
    """The client, as a different user and in a chroot, as in its manual. Each step is a restart of the tunnel;
    keys and configuration are not read again."""
    name = "openvpn"
    programs = ("openvpn", "ip", "unshare", "nsenter")
    files = ("/dev/net/tun",)
    needs_root = True
    nameless = True
    section = "log = file:{log} syslog"
    complaint = r"OpenSSL: error:.*certificate verify failed:.*pinning\[REASON\]"
    proto = "udp"
    more = "chroot {dir}/jail\nuser nobody\ngroup nogroup\n"

    def __init__(self, place, verify, served):
        super().__init__(place, verify, served)
        self.server = self.client = None
        self.counted = 0

    impossible = staticmethod(impossible)

    @classmethod
    def prepare(cls, fixture):
        make_client(fixture.pki)

    def start(self):
        pki = self.place.pki
        jail = self.place.mkdir("jail")
        self.place.mkdir("jail/tmp", 0o1777)
        self.place.syslog(jail)
        chain, key = pki.served(self.served)
        conf = self.place.write("server.conf", SERVER.format(
            dir=self.place.dir, chain=chain, key=key, trusted=pki.trusted, proto=self.proto,
            more=""))
        self.server = self.place.spawn("server", [*ALONE, conf], with_module=False)
        self.place.wait_for(lambda: UP in self.place.read("server.log"), "the server")
        self.client = Client(self.place, "client", self.server, True,
                             (pki.path("vpn.chain.pem"), pki.path("spare.key")), self.proto,
                             self.more.format(dir=self.place.dir)
                             + self.trust(pki.trusted, chain))

    def trust(self, trusted, chain):
        """Without verification by a CA it is configured with the certificate's fingerprint."""
        if self.verify:
            return f"ca {trusted}\n"
        out = openssl("x509", "-in", chain, "-noout", "-fingerprint", "-sha256").decode()
        return f"peer-fingerprint {out.split('=')[1]}"

    def ask(self):
        output = self.client.connect()
        return Answer(self.client.up, output)

    def reached(self):
        """Counts the messages with which a client introduces itself to a server that it trusts."""
        before, self.counted = self.counted, self.place.read("server.log").count("peer info:")
        return self.counted - before

    def log(self):
        return self.client.log()

    def processes(self):
        return [self.client.process, self.server] if self.client else []

    def stop(self):
        if self.client:
            self.client.end()
        super().stop()


class OpenvpnRenegotiates(Openvpn):
    """A change takes effect with the next renegotiation of a tunnel. Over TCP, where openvpn ends the tunnel at
    once; over UDP it continues until the transition window ends."""
    name = "openvpn-renegotiates"
    only = ("changes",)
    verifies = (True,)
    proto = "tcp"
    more = Openvpn.more + "reneg-sec 2 2\n"

    def ask(self):
        """Waits for the next renegotiation. A tunnel that is down comes up first, or is refused."""
        if self.is_down() and not super().ask().served:
            return Answer(False, self.log()[-500:])
        since = len(self.log())
        begins = "TLS: soft reset"
        ends = f"{begins}.*Control Channel: TLS"
        self.place.wait_for(lambda: self.is_down()
                            or re.search(ends, self.log()[since:], re.DOTALL), "renegotiation")
        # On a busy machine one may begin before the server has finished the last.
        if self.is_down() and "key IDs out of sync" in self.log().rpartition(UP)[2]:
            return self.ask()
        return Answer(not self.is_down(), self.log()[since:])

    def is_down(self):
        """Returns whether the tunnel is down, also if it went down between two steps."""
        self.client.up = self.client.up and DOWN not in self.log().rpartition(UP)[2]
        return not self.client.up
