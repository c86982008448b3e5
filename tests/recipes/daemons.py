"""Daemons of pinning-daemons(7): each with its piece of conf/daemons, in the configuration that Debian ships."""

import os
import pwd
import shutil
import signal
import subprocess

from host import API, empty, mount, piece, read, second_address

import fixture
from starttls_servers import Postfix as MailServer
from starttls_servers import Postgres as Database


class Daemon:
    """One daemon on one host, with its piece as it is."""

    name = ""
    needs = ()            # programs, by path
    check = ()            # the daemon's own check of its configuration
    pinned = API          # the host that is pinned

    def __init__(self, host):
        self.host, self.process = host, None

    @classmethod
    def missing(cls):
        return [path for path in cls.needs if not os.path.exists(path)]

    def prepare(self):
        """Puts the piece where it belongs; called once."""

    def start(self):
        raise NotImplementedError

    def ask(self):
        """Returns whether the upstream server's page was received, and the client's output."""
        raise NotImplementedError

    def log(self):
        """Returns the daemon's own log."""
        return read(f"/var/log/{self.name}.out")

    def stop(self):
        self.host.stop(self.process)

    def end(self):
        """Stops what prepare() started; called once."""


class Nginx(Daemon):
    name, needs = "nginx", ("/usr/sbin/nginx",)
    check = ("nginx", "-t")

    def prepare(self):
        if os.path.exists("/etc/nginx/conf.d/api.conf"):
            return
        self.host.own("/etc/nginx")
        for old in os.scandir("/etc/nginx/sites-enabled"):
            os.remove(old.path)
        shutil.copy(piece("daemons/nginx.conf"), "/etc/nginx/conf.d/api.conf")
        os.mkdir("/var/log/nginx")
        empty("/var/lib/nginx")

    def start(self, **environment):
        self.process = self.host.spawn(self.name, ["nginx", "-g", "daemon off;"], **environment)
        self.host.wait_port(8080, self.process, self.name)

    def ask(self):
        return self.host.fetch("http://127.0.0.1:8080/")

    def log(self):
        return read("/var/log/nginx/error.log")


class Haproxy(Daemon):
    name, needs = "haproxy", ("/usr/sbin/haproxy",)
    FILES = ["-f", "/etc/haproxy/haproxy.cfg", "-f", piece("daemons/haproxy.cfg")]
    check = ("haproxy", "-c", *FILES)
    under = ()            # the start of a command line that runs it

    def prepare(self):
        os.makedirs("/run/haproxy", exist_ok=True)
        if not os.path.ismount("/var/lib/haproxy"):
            empty("/var/lib/haproxy")
            os.mkdir("/var/lib/haproxy/dev")
            # As systemd/pinning-chroot.conf has it.
            fixture.write("/var/lib/haproxy/dev/log", "")
            mount("--bind", "/dev/log", "/var/lib/haproxy/dev/log")

    def start(self):
        self.process = self.host.spawn(self.name, [*self.under, "haproxy", "-db", *self.FILES])
        self.host.wait_port(8081, self.process, self.name)

    def ask(self):
        return self.host.fetch("http://127.0.0.1:8081/")

    def log(self):
        return "\n".join(self.host.syslog)


class Apache(Daemon):
    name, needs = "apache", ("/usr/sbin/apache2",)
    MODULES = "mpm_event authz_core proxy proxy_http ssl".split()

    def prepare(self):
        self.conf = f"{self.host.top}/apache.conf"
        self.check = ("apache2", "-t", "-f", self.conf)
        modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
                          for name in self.MODULES)
        fixture.write(self.conf, f"{modules}ServerName localhost\nListen 127.0.0.1:8082\n"
                    "PidFile /run/apache.pid\nErrorLog /var/log/apache.log\nUser www-data\n"
                    f"DefaultRuntimeDir /run\nInclude {piece('daemons/apache.conf')}\n")

    def start(self):
        self.process = self.host.spawn(self.name, ["apache2", "-f", self.conf, "-DFOREGROUND"])
        self.host.wait_port(8082, self.process, self.name)

    def ask(self):
        return self.host.fetch("http://127.0.0.1:8082/api/")

    def log(self):
        return read("/var/log/apache.log")


class Stunnel(Daemon):
    name, needs = "stunnel", ("/usr/bin/stunnel4",)

    def prepare(self):
        self.host.own("/etc/stunnel")
        shutil.copy(piece("daemons/stunnel.conf"), "/etc/stunnel/api.conf")
        user = pwd.getpwnam("stunnel4")
        os.mkdir("/run/stunnel4")
        os.chown("/run/stunnel4", user.pw_uid, user.pw_gid)

    def start(self):
        self.host.spawn(self.name, ["stunnel4", "/etc/stunnel/api.conf"]).wait()
        self.host.processes.pop()
        self.host.wait_for(lambda: read("/run/stunnel4/api.pid"), f"stunnel's pid: {super().log()}")

    def ask(self):
        return self.host.fetch("http://127.0.0.1:8443/")

    def log(self):
        return "\n".join(self.host.syslog)

    def stop(self):
        pid = int(read("/run/stunnel4/api.pid"))
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)  # our child: this program is the first process of its namespace


class Psql(Daemon):
    """A client of PostgreSQL, in place of a daemon that uses libpq."""

    name, needs = "postgresql", ("/usr/bin/psql", "/usr/lib/postgresql")

    def prepare(self):
        self.server = Database(f"{self.host.top}/postgres")
        self.server.tls((f"{self.host.pki}/server.pem", f"{self.host.pki}/server.key"))
        self.output = ""

    def start(self):
        pass

    def ask(self):
        done = subprocess.run(
            ["psql", "service=api", "-U", "postgres", "-Atc", "select 'the answer'"],
            capture_output=True, text=True, timeout=20, env=self.host.environment(
                PGSERVICEFILE=piece("daemons/pg_service.conf"), PGPORT=str(self.server.port)))
        self.output += done.stderr
        return "the answer" in done.stdout, done.stderr

    def log(self):
        return self.output

    def stop(self):
        pass

    def end(self):
        self.server.stop()  # in order, because its shared memory outlives a process that is killed


class PostfixSmtp(Daemon):
    """smtp(8), chrooted as Debian ships it, delivers to a smarthost."""

    name, needs = "postfix", ("/usr/sbin/postfix", "/usr/lib/postfix/configure-instance.sh")
    check = ("postfix", "check")
    pinned = "mail.example.com"

    def prepare(self):
        host = self.host
        self.server = MailServer(f"{host.top}/mail", {
            "mail": (f"{host.pki}/server.pem", f"{host.pki}/server.key")}, [25])
        self.server_log = f"{host.top}/mail/log"
        self.accept_all()
        second_address()
        host.own("/etc/postfix")
        for place in ("/var/spool/postfix", "/var/lib/postfix"):
            empty(place)
        shutil.copy("/usr/share/postfix/main.cf.debian", "/etc/postfix/main.cf")
        shutil.copy("/usr/share/postfix/master.cf.dist", "/etc/postfix/master.cf")
        with open("/etc/postfix/main.cf", "a", encoding="ascii") as main:
            main.write(read(piece("daemons/postfix-main.cf")))
            # The smarthost has port 25 of this host, and its name is not in DNS.
            main.write("master_service_disable = inet\ninet_interfaces = 127.0.0.2\n"
                       "myhostname = client.example.com\nsmtp_host_lookup = native\nalias_maps =\n"
                       "maillog_file = /var/log/mail.log\n")
        user = pwd.getpwnam("postfix")
        os.chown("/var/lib/postfix", user.pw_uid, user.pw_gid)

    def accept_all(self):
        subprocess.run(["postconf", "-c", f"{self.host.top}/mail/conf", "-e",
                        "relay_domains = example.com", "transport_maps = inline:{example.com=discard:}",
                        "smtpd_relay_restrictions = permit_mynetworks, reject"], check=True)
        with open(f"{self.host.top}/mail/conf/master.cf", "a", encoding="ascii") as master:
            master.write("discard unix - - n - - discard\nqmgr unix n - n 300 1 qmgr\n"
                         "bounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\n"
                         "trace unix - - n - 0 bounce\nsmtp unix - - n - - smtp\n")
        subprocess.run(["postfix", "-c", f"{self.host.top}/mail/conf", "reload"], check=True,
                       capture_output=True)

    def start(self):
        subprocess.run(["/usr/lib/postfix/configure-instance.sh", "-"], check=True, capture_output=True)
        done = subprocess.run(["postfix", "start"], capture_output=True, text=True,
                              env=self.host.environment())
        if done.returncode != 0:
            raise RuntimeError(f"postfix start: {done.stderr}{self.log()}{self.host.syslog}")

    def ask(self):
        before = len(self.log())
        subprocess.run(["sendmail", "-f", "me@client.example.com", "you@example.com"], check=True,
                       input="Subject: a test\n\n.\n", text=True, env=self.host.environment())
        try:
            self.host.wait_for(lambda: " status=" in self.log()[before:], "a delivery")
        except RuntimeError as why:
            raise RuntimeError(f"{why}: {self.log()}{read(self.server_log)}") from why
        return " status=sent" in self.log()[before:], self.log()[before:]

    def log(self):
        return read("/var/log/mail.log")

    def stop(self):
        subprocess.run(["postfix", "stop"], check=True, capture_output=True)


DAEMONS = [Nginx, Apache, Haproxy, Stunnel, PostfixSmtp, Psql]
