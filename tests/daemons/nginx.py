"""nginx as a reverse proxy: proxy_pass to an https upstream, workers as www-data."""

import os
import signal

from daemon import Proxy
from place import free_port

HTTP = """\
{user}
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/error.log info;
worker_processes {workers};
events {{ }}
http {{
    access_log off;
    client_body_temp_path {dir}/tmp/body;
    proxy_temp_path {dir}/tmp/proxy;
    fastcgi_temp_path {dir}/tmp/fastcgi;
    uwsgi_temp_path {dir}/tmp/uwsgi;
    scgi_temp_path {dir}/tmp/scgi;
"""
PROXY = """\
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


def start_nginx(place, server, port, workers, **words):
    """Starts an nginx with one server, whose block is a template with these words, and with its log in error.log.
    Returns the process when it listens."""
    os.chmod(place.mkdir("tmp"), 0o777)
    conf = place.write("nginx.conf", (HTTP + server).format(
        dir=place.dir, port=port, workers=workers, trusted=place.pki.trusted,
        user="user www-data;" if os.geteuid() == 0 else "", **words))
    process = place.spawn(
        "nginx", ["nginx", "-p", place.dir, "-c", conf, "-e", place.path("error.log")], with_module=True)
    place.wait_port(port, process, "nginx")
    return process


class Nginx(Proxy):
    name = "nginx"
    programs = ("nginx",)
    resumes = True
    complaint = r"SSL_do_handshake\(\) failed .*pinning\[REASON\]: refused"
    gives_name = True

    def start(self):
        self.listen()
        self.port = free_port()
        self.process = start_nginx(
            self.place, PROXY, self.port, workers=2, host=self.host, upstream=self.upstream,
            name="proxy_ssl_server_name on;" if self.gives_name else "",
            verify="on" if self.verify else "off")

    def log(self):
        return self.place.read("error.log")

    def reload(self):
        """New workers; the log has the end of the old ones."""
        done = self.log().count("worker process")
        self.process.send_signal(signal.SIGHUP)
        self.place.wait_for(lambda: self.log().count("exited with code 0") >= 2
                            and self.log().count("worker process") > done, "new workers")

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)
        super().stop()


class NginxNameless(Nginx):
    """Without proxy_ssl_server_name, which is the default, it gives no name. The socket is visible."""
    name = "nginx-nameless"
    nameless = True
    address = "127.0.0.1"
    gives_name = False
