"""libpq, PostgreSQL's client library, as a client of a real PostgreSQL: in psql, and in a second PostgreSQL that
fetches a table from the first through postgres_fdw."""

import glob
import os
import re
import shutil
import signal
import subprocess

from daemon import Answer, Daemon
from place import free_port

USER = "postgres"  # Debian's; in the database, too
SERVERS = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda d: float(d.split("/")[4]))
SERVER = SERVERS[-1] if SERVERS else "/usr/lib/postgresql/bin"  # not in PATH
CONF = """
listen_addresses = 'localhost'
port = {port}
unix_socket_directories = '{dir}'
dynamic_shared_memory_type = mmap
shared_buffers = 1MB
fsync = off
ssl = on
ssl_cert_file = '{dir}/server.crt'
ssl_key_file = '{dir}/server.key'
log_line_prefix = '%p '
log_connections = on
"""
# The server logs this for a client whose first message it could read, inside TLS or in clear text.
AUTHORIZED = re.compile(r"connection authorized: .*")
# Single-user mode: a line is a command. The templates are dropped, because they would be copied for each case.
PAGE_ONLY = """\
create table page as select '{page}'::text as words
update pg_database set datistemplate = false
drop database template0
drop database template1
"""
FOREIGN = """
create extension postgres_fdw;
create server upstream foreign data wrapper postgres_fdw options ({options});
create user mapping for current_user server upstream options (user '{user}');
create foreign table remote (words text) server upstream options (table_name 'page');
"""


def as_user(argv):
    """PostgreSQL does not run as root."""
    drop = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    return [*drop, *argv] if os.geteuid() == 0 else argv


def own(path):
    if os.geteuid() == 0:
        shutil.chown(path, USER, USER)


class Server:
    """One PostgreSQL in a Place, with a copy of the directory that initdb made once."""

    def __init__(self, place, name, served, with_module):
        self.place, self.name, self.dir = place, name, place.mkdir(name)
        self.port = free_port()
        subprocess.run(["cp", "-a", template(place.fixture), self.path("data")], check=True)
        for source, to in zip(place.pki.served(served), ("server.crt", "server.key")):
            shutil.copy(source, self.path(to))
            os.chmod(self.path(to), 0o600)
            own(self.path(to))
        own(self.dir)
        with open(self.path("data/postgresql.conf"), "a", encoding="ascii") as conf:
            conf.write(CONF.format(dir=self.dir, port=self.port))
        self.process = place.spawn(
            name, as_user([f"{SERVER}/postgres", "-D", self.path("data")]), with_module)
        place.wait_for(lambda: "ready to accept connections" in self.log()
                       or self.process.poll() is not None, f"{name}: {self.log()}")

    def path(self, name):
        return os.path.join(self.dir, name)

    def log(self):
        return self.place.read(f"{self.name}.out")

    def reload(self):
        done = self.log().count("received SIGHUP")
        self.process.send_signal(signal.SIGHUP)
        self.place.wait_for(lambda: self.log().count("received SIGHUP") > done, "the reload")

    def stop(self):
        self.place.stop(self.process, signal.SIGINT)  # "fast": connections are ended


def template(fixture):
    return os.path.join(fixture.directory, "postgresql")


def make_template(fixture):
    """Creates a database with the table that only the upstream server is asked for."""
    data = template(fixture)
    if os.path.exists(data):
        return
    os.mkdir(data)
    own(data)
    env = {"PATH": os.environ["PATH"], "OPENSSL_CONF": "/dev/null"}
    for argv, stdin in (
            (["initdb", "-D", data, "-U", USER, "--no-sync", "--auth=trust", "-E", "UTF8",
              "--locale=C", "--wal-segsize=1"], ""),
            (["postgres", "--single", "-D", data, "postgres"],
             PAGE_ONLY.format(page=fixture.page))):
        done = subprocess.run(as_user([f"{SERVER}/{argv[0]}", *argv[1:]]), input=stdin, env=env,
                              capture_output=True, text=True, cwd=fixture.directory)
        if done.returncode != 0:
            raise RuntimeError(f"{argv[0]}: {done.stdout}{done.stderr}")


class Libpq(Daemon):
    """A client of an upstream PostgreSQL. libpq's own text is "certificate verify failed" for each reason. Standard
    error is where psql writes its errors, and in Debian it is PostgreSQL's log: so the module logs there, too."""
    programs = ("psql", "setpriv")
    files = (f"{SERVER}/postgres", f"{SERVER}/initdb")
    section = "log = file:{log} stderr"
    complaint = r"pinning\[REASON\]: refused(.*\n)+?.*SSL error: certificate verify failed"
    modes = {True: "verify-full", False: "require"}  # sslmode, by verification on and off
    prepare = classmethod(lambda cls, fixture: make_template(fixture))

    def __init__(self, place, verify, served):
        super().__init__(place, verify, served)
        self.upstream, self.position, self.in_clear = None, 0, []

    def start(self):
        self.upstream = Server(self.place, "upstream", self.served, with_module=False)

    def options(self):
        """Returns the connection parameters for the upstream server."""
        options = {"host": self.host, "port": self.upstream.port, "dbname": "postgres",
                   "sslmode": self.modes[self.verify]}
        if self.verify:
            options["sslrootcert"] = self.place.pki.trusted
        return {**options, "hostaddr": self.address, "sslsni": 0} if self.nameless else options

    def psql(self, with_module, sql, **options):
        words = " ".join(f"{name}='{value}'" for name, value in options.items())
        done = self.place.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql, words], with_module)
        return Answer(done.out.strip() == self.place.fixture.page, done.out + done.err)

    def authorized(self):
        """Waits until all clients have ended. Returns the log lines of those that the server authorized since the last
        call."""
        log = self.upstream.log()[self.position:]
        self.place.wait_for(lambda: not any(
            os.path.exists(f"/proc/{pid}") for pid in
            re.findall(r"^(\d+) LOG:  connection received", log, re.M)), "connections to end")
        log = self.upstream.log()[self.position:]
        self.position += len(log)
        return AUTHORIZED.findall(log)

    def reached(self):
        """Counts connections in place of bytes; each would have sent a name and a query."""
        authorized = self.authorized()
        self.in_clear = [line for line in authorized if "SSL enabled" not in line]
        return len(authorized) - len(self.in_clear)

    def fell_back(self):
        return self.in_clear != []

    def processes(self):
        return [self.upstream.process]

    def stop(self):
        self.upstream.stop()


class Psql(Libpq):
    """Its output is its log. It gives the name as SNI."""
    name = "psql"

    def __init__(self, place, verify, served):
        super().__init__(place, verify, served)
        self.output = ""

    def ask(self):
        answer = self.psql(True, "select words from page", user=USER, **self.options())
        self.output += answer.output
        return answer

    def log(self):
        return self.output


class PsqlNameless(Psql):
    """With sslsni=0 it gives no name. The socket is visible."""
    name = "psql-nameless"
    nameless = True
    address = "127.0.0.1"


class PsqlPrefer(Psql):
    """sslmode=prefer, which is the default. psql does not print libpq's own error."""
    name = "psql-prefer"
    complaint = r"pinning\[REASON\]: refused"
    falls_back = True
    verifies = (False,)
    modes = {False: "prefer"}


class PostgresFdw(Libpq):
    """A long-running server with its own user. It loads the module before it forks, because its own clients may use
    TLS; each session is a process with its own connection."""
    name = "postgres-fdw"
    files = (*Libpq.files, *(glob.glob(f"{SERVER}/../lib/postgres_fdw.so") or ["postgres_fdw.so"]))

    def start(self):
        super().start()
        self.client = Server(self.place, "client", "whole", with_module=True)
        options = ", ".join(f"{name} '{value}'" for name, value in self.options().items())
        output = self.local(FOREIGN.format(options=options, user=USER)).output
        if output:
            raise RuntimeError(output)

    def local(self, sql):
        return self.psql(False, sql, host=self.client.dir, port=self.client.port, user=USER,
                         dbname="postgres")

    def ask(self):
        return self.local("select words from remote")

    def log(self):
        return self.client.log()

    def reload(self):
        self.client.reload()

    def processes(self):
        return [self.client.process, self.upstream.process]

    def stop(self):
        self.client.stop()
        super().stop()
