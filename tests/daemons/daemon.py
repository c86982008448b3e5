"""Base classes of the daemons in the table."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """Result of one request that needs one new TLS connection to the upstream server."""
    served: bool    # was the upstream server's own page received?
    output: str = ""  # of the client, printed with a failure


class Daemon:
    """One daemon (or client program) in one Place, between a client that asks and a TLS server, the
    upstream. An object is created for one case, started, asked any number of times, and stopped."""

    name = ""             # in the table; one command line of its own: run.py --daemon NAME
    programs = ()         # that must be there, by name
    files = ()            # that must be there, by path
    needs_root = False    # for a chroot or a different user
    newer = True          # can it run with the OpenSSL versions of newer suites, too?
    host = "localhost"    # the name of the upstream server, under which it is pinned
    address = ""          # its address, if it gives no name and the socket is visible
    nameless = False      # it gives OpenSSL no name
    one_process = False   # is a request one process, which makes one connection?
    verifies = (True, False)  # with its own verification on and off, as far as it has that
    complaint = ""        # a regular expression for a refusal in the daemon's own log; REASON
                          # stands for P07 and the like
    section = ""          # further lines of the provider's section of openssl.cnf; {log} is its file
    resumes = False       # does it keep the upstream's TLS sessions?
    falls_back = False    # it continues in clear text after a refusal, which no TLS hook can prevent;
                          # only the scenarios for this are run
    only = ()             # scenarios by name, if not all
    reasons = {}          # reason of the scenario -> reason of this daemon, where they differ

    def __init__(self, place, verify, served):
        """served: of pki.LEAVES, what the upstream server presents."""
        self.place, self.verify, self.served = place, verify, served

    @staticmethod
    def impossible():
        """Returns why it cannot run on this machine though it is installed, or an empty string."""
        return ""

    @classmethod
    def prepare(cls, fixture):
        """Creates what cases share, such as a database's directory; called once, before the first case."""

    def start(self):
        """Starts the upstream server, then the daemon; returns when it listens."""
        raise NotImplementedError

    def ask(self):
        """Makes one request. Returns an Answer."""
        raise NotImplementedError

    def reached(self):
        """Returns how many bytes of application data the upstream server received since the last call."""
        raise NotImplementedError

    def resumed(self):
        """Returns whether a connection that reached() last counted resumed a session."""
        raise NotImplementedError

    def fell_back(self):
        """Returns whether one of them was served in clear text."""
        raise NotImplementedError

    def log(self):
        """Returns the daemon's own log, all of it."""
        raise NotImplementedError

    def reload(self):
        """Reloads the configuration, if the daemon can do so."""

    def processes(self):
        """Returns the Popen objects that must still run at the end of the case."""
        return []

    def stop(self):
        """Stops it in order; what is left is killed afterwards."""
        for process in self.processes():
            self.place.stop(process)

    @classmethod
    def reloads(cls):
        return cls.reload is not Daemon.reload

    def names(self):
        """Returns the names that a record may have for the upstream server."""
        return {self.host, self.address} if self.nameless else {self.host}

    def complains(self, since, reason=r"P\d\d"):
        """Returns whether its own log has the reason, from a position on."""
        return re.search(self.complaint.replace("REASON", reason), self.log()[since:]) is not None


class Proxy(Daemon):
    """A daemon between a client in clear text and a server of tests/e2e/server.py."""

    speaks = "http"       # of tests/e2e/dialogues.py

    def __init__(self, place, verify, served):
        super().__init__(place, verify, served)
        self.port = self.upstream = self.process = None
        self.connections = []

    def listen(self):
        chain, key = self.place.pki.served(self.served)
        self.upstream = self.place.fixture.servers.listen(chain, key, "1.3", self.speaks)

    def ask(self):
        done = self.place.run(["curl", "-q", "-sS", "-m", "15", f"http://127.0.0.1:{self.port}/"],
                              with_module=False)
        return Answer(self.place.fixture.page in done.out, done.out[-300:] + done.err)

    def reached(self):
        self.connections = self.place.fixture.servers.seen(self.upstream)
        return sum(c["bytes"] for c in self.connections)

    def resumed(self):
        return any(c["reused"] for c in self.connections)

    def fell_back(self):
        return any(c["in_clear"] for c in self.connections)

    def processes(self):
        return [self.process]

    def stop(self):
        super().stop()
        self.place.fixture.servers.connections(self.upstream)
