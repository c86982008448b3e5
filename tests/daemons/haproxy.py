"""haproxy in front of an https server: a master, and a worker with two threads in a chroot, as in Debian's
haproxy.cfg. It and the module both log to the /dev/log that Debian's rsyslog creates there, and rsyslog
writes both to haproxy.log. haproxy itself logs only the first error of OpenSSL's queue, which lacks the
reason."""

import signal

from daemon import Proxy
from place import free_port

CONF = """\
global
    log /dev/log local0
    chroot {dir}/chroot
    user haproxy
    group haproxy
    nbthread 2
defaults
    log global
    mode http
    option dontlognull
    # As in its manual, for a TLS error of the server's side.
    log-format "%ci %s %ST %ts %B retries=%rc %{{+Q}}[ssl_bc_err_str]"
    timeout connect 10s
    timeout client 20s
    timeout server 20s
    retries {retries}
listen upstream
    bind 127.0.0.1:{port}
    server one {host}:{upstream} ssl {name} verify {verify} ca-file {trusted}
"""


class Haproxy(Proxy):
    name = "haproxy"
    programs = ("haproxy",)
    needs_root = True
    section = "log = syslog"
    complaint = r'"error:\w+:SSL routines::certificate verify failed"'
    resumes = True
    sni = "sni str(localhost)"
    retries = 1  # a second each

    def start(self):
        self.listen()
        self.port = free_port()
        self.place.syslog(self.place.mkdir("chroot"))
        conf = self.place.write("haproxy.cfg", CONF.format(
            dir=self.place.dir, port=self.port, host=self.host, upstream=self.upstream,
            name=self.sni, retries=self.retries, verify="required" if self.verify else "none",
            trusted=self.place.pki.trusted))
        self.process = self.place.spawn("haproxy", ["haproxy", "-W", "-f", conf], with_module=True)
        self.place.wait_port(self.port, self.process, "haproxy")

    def resumed(self):
        """Asks again if necessary, because each thread has its own sessions."""
        for _ in range(4):
            if super().resumed():
                return True
            self.ask()
            self.reached()
        return super().resumed()

    def log(self):
        return self.place.system_log()

    def reload(self):
        """The master executes itself again."""
        self.process.send_signal(signal.SIGUSR2)
        self.place.wait_for(lambda: "Former worker" in self.place.read("haproxy.out"),
                            "a new worker")


class HaproxyNameless(Haproxy):
    """Without sni it gives no name, and the socket is hidden behind haproxy's own BIO."""
    name = "haproxy-nameless"
    nameless = True
    same_process = True
    sni = ""
    retries = 0
