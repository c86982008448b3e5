"""nginx as a reverse proxy: proxy_pass to an https upstream, workers as www-data."""

import os
import signal

from daemon import Proxy
from place import free_port

CONF = """\
{user}
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/error.log info;
worker_processes 2;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {dir}/tmp/body;
    proxy_temp_path {dir}/tmp/proxy;
    fastcgi_temp_path {dir}/tmp/fastcgi;
    uwsgi_temp_path {dir}/tmp/uwsgi;
    scgi_temp_path {dir}/tmp/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass https://{host}:{upstream};
            {name}
            proxy_ssl_verify {verify};
            proxy_ssl_trusted_certificate {trusted};
            proxy_ssl_verify_depth 3;
        }}
    }}
}}
"""


class Nginx(Proxy):
    name = "nginx"
    programs = ("nginx",)
    resumes = True
    complaint = r"SSL_do_handshake\(\) failed .*pinning\[REASON\]: refused"
    tells_name = True

    def start(self):
        self.listen()
        self.port = free_port()
        os.chmod(self.place.mkdir("tmp"), 0o777)
        self.place.write("nginx.conf", CONF.format(
            dir=self.place.dir, port=self.port, host=self.host, upstream=self.upstream,
            user="user www-data;" if os.geteuid() == 0 else "",
            name="proxy_ssl_server_name on;" if self.tells_name else "",
            verify="on" if self.verify else "off", trusted=self.place.pki.trusted))
        self.process = self.place.spawn(
            "nginx", ["nginx", "-p", self.place.dir, "-c", self.place.path("nginx.conf"),
                      "-e", self.place.path("error.log")], held=True)
        self.place.wait_port(self.port, self.process, "nginx")

    def log(self):
        return self.place.read("error.log")

    def reload(self):
        """New workers; the old ones are gone when the log says so."""
        done = self.log().count("worker process")
        self.process.send_signal(signal.SIGHUP)
        self.place.wait_for(lambda: self.log().count("exited with code 0") >= 2
                            and self.log().count("worker process") > done, "new workers")

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)
        super().stop()


class NginxNameless(Nginx):
    """Without proxy_ssl_server_name, which is the default, no name is told. The socket is seen."""
    name = "nginx-nameless"
    nameless = True
    address = "127.0.0.1"
    tells_name = False
