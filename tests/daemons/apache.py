"""Apache as a reverse proxy: SSLProxyEngine and mod_proxy_http under the event MPM, children as
www-data."""

import os
import signal

from daemon import Proxy
from place import children, free_port

CONF = """\
ServerRoot {dir}
ServerName apache.test
DefaultRuntimeDir {dir}
PidFile {dir}/apache.pid
ErrorLog {dir}/error.log
# Otherwise Apache does not log why a handshake failed.
LogLevel warn ssl:info mpm_event:notice
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule socache_shmcb_module {modules}/mod_socache_shmcb.so
LoadModule ssl_module {modules}/mod_ssl.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
{user}
StartServers 2
ThreadsPerChild 4
Listen 127.0.0.1:{port}
SSLProxyEngine on
ProxyPass / https://{host}:{upstream}/
SSLProxyVerify {verify}
SSLProxyVerifyDepth 3
SSLProxyCACertificateFile {trusted}
SSLProxyCheckPeerName {check}
SSLProxyCheckPeerExpire {expire}
"""
MODULES = "/usr/lib/apache2/modules"


class Apache(Proxy):
    name = "apache"
    programs = ("apache2",)
    complaint = r"SSL Library Error: .*pinning\[REASON\]: refused"
    calls = "localhost"
    checks = True

    def start(self):
        self.listen()
        self.port = free_port()
        conf = self.place.write("apache.conf", CONF.format(
            dir=self.place.dir, modules=MODULES, port=self.port, host=self.calls,
            upstream=self.upstream, trusted=self.place.pki.trusted,
            user="User www-data\nGroup www-data" if os.geteuid() == 0 else "",
            verify="require" if self.verify else "none",
            check="on" if self.verify and self.checks else "off",
            expire="on" if self.verify else "off"))
        self.process = self.place.spawn("apache", ["apache2", "-D", "FOREGROUND", "-f", conf],
                                        with_module=True)
        self.place.wait_port(self.port, self.process, "apache")

    def log(self):
        return self.place.read("error.log")

    def reload(self):
        """Loads all modules again; the old children end."""
        old = children(self.process)
        self.process.send_signal(signal.SIGUSR1)
        self.place.wait_for(lambda: children(self.process) and not old & children(self.process),
                            "new children")


class ApacheNameless(Apache):
    """For an address Apache gives no name, and hides the socket behind its own BIO. It compares no addresses in
    certificates."""
    name = "apache-nameless"
    nameless = True
    calls = "127.0.0.1"
    checks = False
