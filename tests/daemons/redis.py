"""redis-cli over TLS, and redis-server as the replica of a master over TLS: neither checks the name in the
server's certificate."""

import re
import socket

from daemon import Answer, Daemon
from place import free_port

CONF = """\
dir {dir}
unixsocket {dir}/{name}.sock
logfile {dir}/{name}.log
dbfilename {name}.rdb
save ""
bind 127.0.0.1
port 0
tls-port {port}
tls-cert-file {chain}
tls-key-file {key}
tls-ca-cert-file {trusted}
{more}
"""


class RedisServer:
    """One redis-server. The harness uses its unix socket, which has no TLS."""

    def __init__(self, place, name, served, with_module, more):
        """more: further lines of redis.conf"""
        self.place, self.name, self.port = place, name, free_port()
        self.sent = self.received = 0  # by the harness; by the server, from all others
        chain, key = place.pki.served(served)
        conf = place.write(f"{name}.conf", CONF.format(
            dir=place.dir, name=name, port=self.port, chain=chain, key=key,
            trusted=place.pki.trusted, more=more))
        self.process = place.spawn(name, ["redis-server", conf], with_module=with_module)
        place.wait_port(self.port, self.process, name)
        place.wait_for(lambda: "ready to accept connections at" in self.log(), name)

    def log(self):
        return self.place.read(f"{self.name}.log")

    def do(self, *commands):
        """Sends commands at once. Returns the answers."""
        with socket.socket(socket.AF_UNIX) as own:
            own.settimeout(10)
            own.connect(self.place.path(f"{self.name}.sock"))
            sent = "".join(f"{command}\r\n" for command in (*commands, "QUIT")).encode()
            self.sent += len(sent)
            own.sendall(sent)
            own.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: own.recv(65536), b"")).decode()

    def bytes_received(self, *commands):
        """Counts what others than the harness sent since the last call; commands are executed before the count."""
        info = self.do(*commands, "INFO stats")
        before = self.received
        self.received = int(re.search(r"net_input_bytes:(\d+)", info)[1]) - self.sent
        return self.received - before


class RedisCli(Daemon):
    """Its output is its log. redis-cli prints only OpenSSL's text of the error; the reason is in the module's
    record."""
    name = "redis-cli"
    programs = ("redis-cli", "redis-server")
    nameless = True
    address = "127.0.0.1"
    one_process = True
    complaint = r"SSL_connect failed: certificate verify failed"
    names_it = ()

    def __init__(self, place, verify, served):
        super().__init__(place, verify, served)
        self.server, self.output = None, ""

    def start(self):
        self.server = RedisServer(self.place, "server", self.served, False, "tls-auth-clients no")
        self.server.do(f'SET page "{self.place.fixture.page}"')
        self.server.bytes_received()

    def ask(self):
        done = self.place.run(
            ["redis-cli", "-h", "127.0.0.1", "-p", str(self.server.port), "--tls", *self.names_it,
             "--cacert", self.place.pki.trusted, *([] if self.verify else ["--insecure"]),
             "GET", "page"], with_module=True)
        self.output += done.out + done.err
        return Answer(self.place.fixture.page in done.out, done.out + done.err)

    def reached(self):
        self.place.wait_for(lambda: "connected_clients:1\r" in self.server.do("INFO clients"),
                            "its connections to end")
        return self.server.bytes_received()

    def log(self):
        return self.output

    def processes(self):
        return [self.server.process] if self.server else []


class RedisCliNamed(RedisCli):
    name = "redis-cli-sni"
    nameless = False
    address = ""
    names_it = ("--sni", "localhost")


class RedisReplica(Daemon):
    """tls-replication: it gives no name, also where the master has one, and always verifies. Its log has only
    OpenSSL's text of the error; the reason is in the module's record."""
    name = "redis-replica"
    programs = ("redis-server",)
    nameless = True
    address = "127.0.0.1"
    verifies = (True,)
    complaint = r"Error condition on socket for SYNC: .*certificate verify failed"
    done = r"Error condition on socket|sync: Finished with success|Successful partial resync"

    def __init__(self, place, verify, served):
        super().__init__(place, verify, served)
        self.master = self.replica = None
        self.linked, self.asked = False, 0

    def start(self):
        self.master = RedisServer(self.place, "master", self.served, False,
                                  "tls-auth-clients no\nrepl-diskless-sync-delay 0")
        self.replica = RedisServer(self.place, "replica", "current", True, "tls-replication yes")

    def ask(self):
        """Sets a new value, and makes a new connection to the master."""
        self.asked += 1
        value = f"{self.place.fixture.page} {self.asked}"
        since = len(self.log())
        # In one call, so that the bytes of the old link are not counted, but those of the new one are.
        self.master.bytes_received(f'SET page "{value}"', "CLIENT KILL TYPE replica")
        if not self.linked:
            self.replica.do(f"REPLICAOF {self.host} {self.master.port}")
        self.place.wait_for(lambda: re.search(self.done, self.log()[since:]), "replication")
        output = self.log()[since:]
        self.linked = "Error condition" not in output
        if self.linked:
            self.place.wait_for(lambda: value in self.replica.do("GET page"), "the value")
        else:
            self.replica.do("REPLICAOF NO ONE")  # it would try again each second
        return Answer(value in self.replica.do("GET page"), output)

    def reached(self):
        return self.master.bytes_received()

    def log(self):
        return self.replica.log()

    def processes(self):
        return [self.replica.process, self.master.process] if self.replica else []
