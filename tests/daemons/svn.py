"""svn over serf, started for each request, with mod_dav_svn in an Apache without the module. The output of svn
is its log."""

import os
import re
import subprocess

from apache import MODULES
from daemon import Answer, Daemon
from place import free_port

CONF = """\
ServerRoot {dir}
ServerName localhost
DefaultRuntimeDir {dir}
PidFile {dir}/apache.pid
ErrorLog {dir}/error.log
LogLevel warn ssl:info
CustomLog {dir}/access.log "%I"
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule socache_shmcb_module {modules}/mod_socache_shmcb.so
LoadModule ssl_module {modules}/mod_ssl.so
LoadModule dav_module {modules}/mod_dav.so
LoadModule dav_svn_module {modules}/mod_dav_svn.so
{user}
StartServers 1
ThreadsPerChild 4
Listen 127.0.0.1:{port}
SSLEngine on
SSLCertificateFile {chain}
SSLCertificateKeyFile {key}
<Location /repository>
    DAV svn
    SVNPath {repository}
</Location>
"""
SERVERS = """\
[global]
ssl-trust-default-ca = no
{authorities}
"""
BEGAN, ENDED = "AH01964", "(?:AH01992|AH01998)"
FAILURES = "unknown-ca,cn-mismatch,expired,not-yet-valid,other"


class Svn(Daemon):
    """serf prints no reason for a refusal; it is in the module's record."""
    name = "svn"
    programs = ("svn", "svnadmin", "svnmucc", "apache2")
    files = (f"{MODULES}/mod_dav_svn.so",)
    complaint = r"svn: E120171: .*An error occurred during SSL communication"
    host = "localhost"
    trusts = ""  # none of the failures of verification

    def __init__(self, place, verify, served):
        super().__init__(place, verify, served)
        self.server, self.port, self.output = None, free_port(), ""
        self.received = 0  # bytes of requests

    @classmethod
    def prepare(cls, fixture):
        """A repository that all cases read."""
        repository = os.path.join(fixture.directory, "repository")
        if os.path.exists(repository):
            return
        page = os.path.join(fixture.directory, "page")
        with open(page, "w", encoding="ascii") as out:
            out.write(fixture.page)
        for words in (["svnadmin", "create", repository],
                      ["svnmucc", "--config-dir", os.path.join(fixture.directory, "svn"), "-m", "",
                       "put", page, f"file://{repository}/page"]):
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)

    def start(self):
        chain, key = self.place.pki.served(self.served)
        conf = self.place.write("apache.conf", CONF.format(
            dir=self.place.dir, modules=MODULES, port=self.port, chain=chain, key=key,
            user="User www-data\nGroup www-data" if os.geteuid() == 0 else "",
            repository=os.path.join(self.place.fixture.directory, "repository")))
        trusted = f"ssl-authority-files = {self.place.pki.trusted}" if self.verify else ""
        self.place.mkdir("svn")
        self.place.write("svn/servers", SERVERS.format(authorities=trusted))
        self.server = self.place.spawn("apache", ["apache2", "-D", "FOREGROUND", "-f", conf],
                                       with_module=False)
        self.place.wait_port(self.port, self.server, "apache")

    def ask(self):
        trust = self.trusts if self.verify else FAILURES
        done = self.place.run(
            ["svn", "cat", "--non-interactive", "--config-dir", self.place.path("svn"),
             f"--trust-server-cert-failures={trust}",
             f"https://{self.host}:{self.port}/repository/page"], with_module=True)
        self.output += done.out + done.err
        return Answer(self.place.fixture.page in done.out, done.out + done.err)

    def reached(self):
        self.place.wait_for(self.is_over, "the connections to end")
        before = self.received
        self.received = sum(int(word) for word in self.place.read("access.log").split())
        return self.received - before

    def is_over(self):
        """Returns whether the server has seen the end of each connection."""
        log = self.place.read("error.log")
        clients = [set(re.findall(rf"\[client (\S+)\] {event}", log)) for event in (BEGAN, ENDED)]
        return clients[0] == clients[1]

    def log(self):
        return self.output

    def processes(self):
        return [self.server]


class SvnAddress(Svn):
    """serf gives the address as a name. It compares no addresses in certificates."""
    name = "svn-address"
    host = "127.0.0.1"
    trusts = "cn-mismatch"
