"""What a row of the table of daemons has to be able to do."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What came of one request that needs one new TLS connection to the upstream server."""
    served: bool    # did what only the upstream server has come back?
    said: str = ""  # what the client was told, for the reader of a failure


class Daemon:
    """One daemon (or client program) in one place, between a client that asks and a TLS server, the
    upstream. Sub-classes say how; they are made anew for each row, started, asked any number of
    times, stopped."""

    name = ""             # in the table; one command line of its own: run.py --daemon NAME
    programs = ()         # that must be there, by name
    files = ()            # that must be there, by path
    needs_root = False    # to chroot, to become another user
    newer = True          # can it run on the OpenSSLs of newer suites, too?
    host = "localhost"    # the name of the upstream server, under which it is pinned
    address = ""          # … and its address, where no name is told and the socket is visible
    nameless = False      # it tells OpenSSL no name
    verifies = (True, False)  # with its own verification on and off, as far as it has that
    complaint = ""        # a regular expression for how a refusal shows in the daemon's own log, in
                          # which REASON stands for P07 and the like
    section = ""          # further lines of the provider's section of openssl.cnf; {log} is its file
    resumes = False       # does it keep the upstream's TLS sessions?
    falls_back = False    # goes on in clear text after a refusal, which no TLS hook can prevent: only
                          # the rows that state this are run
    only = ()             # scenarios by name, if not all
    reasons = {}          # where another reason is right: of the scenario -> of this daemon

    def __init__(self, place, verify, served):
        """served: of pki.LEAVES, what the upstream server shows."""
        self.place, self.verify, self.served = place, verify, served

    @staticmethod
    def impossible():
        """Why it cannot run on this machine though it is installed, or an empty string."""
        return ""

    @classmethod
    def prepare(cls, world):
        """Once a run, before the first row: what rows can share (a database's directory)."""

    def start(self):
        """The upstream server, then the daemon; returns when it listens."""
        raise NotImplementedError

    def ask(self):
        """One request: Answer."""
        raise NotImplementedError

    def reached(self):
        """How many bytes of application data the upstream server received since the last call."""
        raise NotImplementedError

    def resumed(self):
        """Did one of the connections that reached() last counted resume a session?"""
        raise NotImplementedError

    def fell_back(self):
        """Was one of them served in clear text?"""
        raise NotImplementedError

    def log(self):
        """The daemon's own log, all of it."""
        raise NotImplementedError

    def reload(self):
        """As an operator does; None if the daemon has no such thing."""

    def processes(self):
        """What must still run at the end of the row: Popen objects."""
        return []

    def stop(self):
        """Orderly; what is left is killed afterwards."""
        for process in self.processes():
            self.place.stop(process)

    @classmethod
    def reloads(cls):
        return cls.reload is not Daemon.reload

    def names(self):
        """Under which a record may speak of the upstream server."""
        return {self.host, self.address} if self.nameless else {self.host}

    def complains(self, since, reason=r"P\d\d"):
        """Does its own log, from that position on, say why?"""
        return re.search(self.complaint.replace("REASON", reason), self.log()[since:]) is not None


class Proxy(Daemon):
    """One between a client and a server of tests/e2e/server.py: here it fetches a page over HTTPS for
    a client of its own that speaks HTTP, or, like stunnel, anything."""

    speaks = "http"       # of tests/e2e/dialogues.py

    def __init__(self, place, verify, served):
        super().__init__(place, verify, served)
        self.port = self.upstream = self.process = None
        self.connections = []

    def listen(self):
        chain, key = self.place.pki.served(self.served)
        self.upstream = self.place.world.servers.listen(chain, key, "1.3", self.speaks)

    def ask(self):
        done = self.place.run(["curl", "-q", "-sS", "-m", "15", f"http://127.0.0.1:{self.port}/"],
                              held=False)
        return Answer(self.place.world.page in done.out, done.out[-300:] + done.err)

    def reached(self):
        self.connections = self.place.world.servers.seen(self.upstream)
        return sum(c["bytes"] for c in self.connections)

    def resumed(self):
        return any(c["reused"] for c in self.connections)

    def fell_back(self):
        return any(c["in_clear"] for c in self.connections)

    def processes(self):
        return [self.process]

    def stop(self):
        super().stop()
        self.place.world.servers.connections(self.upstream)
