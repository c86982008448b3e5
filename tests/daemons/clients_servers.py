"""Servers that request certificates of clients. Each is created for one case, started, asked once or twice, and
stopped."""

import signal

import openvpn
from clients_scenarios import credentials
from nginx import start_nginx
from place import free_port
from redis import RedisServer

NGINX = """\
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_protocols TLSv{tls};
        ssl_certificate {chain};
        ssl_certificate_key {key};
        ssl_client_certificate {trusted};
        ssl_verify_depth 3;
        ssl_verify_client {verify};
        ssl_session_cache shared:S:1m;
        location / {{ return 200 "{page}"; }}
    }}
}}
"""


class Server:
    """One server in its own Place."""
    name = ""
    programs = ()       # that must be there
    files = ()
    needs_root = False
    newer = True        # can it run with the OpenSSL versions of newer suites, too?
    section = ""        # further lines of the provider's section; {log} is its file
    resumes = True      # does it issue sessions?
    complaint = ""      # a regular expression for a refusal in its own log; REASON is P07 and the like

    def __init__(self, place, scenario, tls):
        self.place, self.scenario, self.tls = place, scenario, tls
        self.process = self.port = None

    @staticmethod
    def impossible():
        """Returns why it cannot run on this machine though it is installed, or an empty string."""
        return ""

    def start(self):
        raise NotImplementedError

    def ask(self):
        """Returns the output of the scenario's client for a new connection."""
        raise NotImplementedError

    def s_client(self, request, *more):
        """Returns the output of openssl s_client for a new connection."""
        cert, key = credentials(self.place.pki, self.scenario.client)
        return self.place.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-CAfile",
             self.place.pki.trusted, "-cert", cert, "-cert_chain", cert, "-key", key, "-ign_eof",
             *more], with_module=False, stdin=request).out

    def presented(self, cert, key):
        """Returns the arguments with which a client presents its certificate."""
        mine = credentials(self.place.pki, self.scenario.client)
        return [cert, mine[0], key, mine[1]] if mine else []

    def log(self):
        raise NotImplementedError

    def stop(self):
        if self.process:
            self.place.stop(self.process)


class Nginx(Server):
    name = "nginx"
    programs = ("nginx", "curl")
    complaint = r"SSL_do_handshake\(\) failed .*pinning\[REASON\]: refused"
    request = "GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n"

    def start(self):
        self.port = free_port()
        chain, key = self.place.pki.served("current")
        self.process = start_nginx(
            self.place, NGINX, self.port, workers=1, tls=self.tls, chain=chain, key=key,
            verify="optional" if self.scenario.optional else "on", page=self.place.fixture.page)

    def ask(self):
        return self.place.run(
            ["curl", "-q", "-sS", "-m", "10", "--cacert", self.place.pki.trusted,
             *self.presented("--cert", "--key"), f"https://localhost:{self.port}/"], with_module=False).out

    def log(self):
        return self.place.read("error.log")

    def stop(self):
        if self.process:
            self.place.stop(self.process, signal.SIGQUIT)


class Redis(Server):
    """Its log has only OpenSSL's text of the error; the reason is in the module's record."""
    name = "redis-server"
    programs = ("redis-server", "redis-cli")
    complaint = r"Error accepting a client connection: .*certificate verify failed"
    request = "GET page\r\nQUIT\r\n"

    def start(self):
        server = RedisServer(self.place, "server", "current", True,
                             f"tls-protocols TLSv{self.tls}\ntls-auth-clients "
                             + ("optional" if self.scenario.optional else "yes"))
        server.do(f'SET page "{self.place.fixture.page}"')
        self.process, self.port = server.process, server.port

    def ask(self):
        return self.place.run(
            ["redis-cli", "-h", "127.0.0.1", "-p", str(self.port), "--tls", "--cacert",
             self.place.pki.trusted, *self.presented("--cert", "--key"), "GET", "page"], with_module=False).out

    def log(self):
        return self.place.read("server.log")


class Openvpn(Server):
    """Over TCP, because over UDP a client that is refused gets no answer and waits for a minute. It runs as a
    different user and in a chroot, except where it runs a script for clients without a certificate."""
    name = "openvpn-server"
    programs = openvpn.Openvpn.programs
    files = openvpn.Openvpn.files
    needs_root = True
    impossible = staticmethod(openvpn.impossible)
    section = openvpn.Openvpn.section
    resumes = False
    complaint = openvpn.Openvpn.complaint
    jailed = "chroot {dir}/jail\nuser nobody\ngroup nogroup\n"
    asking = "verify-client-cert optional\nscript-security 2\n" \
             "auth-user-pass-verify /bin/true via-file\n"

    def __init__(self, place, scenario, tls):
        super().__init__(place, scenario, tls)
        self.client = None

    def start(self):
        jail = self.place.mkdir("jail")
        self.place.mkdir("jail/tmp", 0o1777)
        self.place.syslog(jail)
        chain, key = self.place.pki.served("current")
        conf = self.place.write("server.conf", openvpn.SERVER.format(
            dir=self.place.dir, chain=chain, key=key, trusted=self.place.pki.trusted, proto="tcp",
            more=self.asking if self.scenario.optional else self.jailed.format(dir=self.place.dir)))
        self.process = self.place.spawn("server", [*openvpn.ALONE, conf], with_module=True)
        self.place.wait_for(lambda: openvpn.UP in self.log(), "the server")

    def ask(self):
        if not self.client:
            user = self.place.write("user", "somebody\nsecret\n", 0o600)
            mine = credentials(self.place.pki, self.scenario.client)
            self.client = openvpn.Client(
                self.place, "client", self.process, False, mine, "tcp",
                f"ca {self.place.pki.trusted}\ntls-version-min {self.tls}\n"
                f"tls-version-max {self.tls}\n"
                + ("" if mine and not self.scenario.optional else f"auth-user-pass {user}\n"))
        output = self.client.connect()
        return self.place.fixture.page if self.client.up else output

    def log(self):
        return self.place.read("server.log")

    def stop(self):
        if self.client:
            self.client.end()
        super().stop()


SERVERS = [Nginx, Redis, Openvpn]
