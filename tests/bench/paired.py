"""Measurement of two processes that differ only in the module, alternating.

Other work on the machine changes from second to second. So each figure is a ratio of two slices, one
immediately after the other, in alternating order. Printed are the median of many ratios and its 95 %
confidence interval by order (sign test).
"""
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import time
from math import comb

PAIRS = 40
THREADS_SLICE = 500  # handshakes
NGINX_SLICE = 300  # requests
CONNECTIONS = 16
NAMES = {"pinned": "localhost", "not pinned": "api.example.com"}


def interval(ratios, doubt=0.05):
    """Returns the confidence interval of the median by order; no distribution is assumed."""
    ordered, below, tail = sorted(ratios), 0, 0.0
    while tail + comb(len(ordered), below) / 2 ** len(ordered) <= doubt / 2:
        tail += comb(len(ordered), below) / 2 ** len(ordered)
        below += 1
    if below == 0:
        return float("nan"), float("nan")
    return ordered[below - 1], ordered[-below]


class Figure:
    """A figure, measured as a cost, where less is better; printed as a cost or as a rate."""

    def __init__(self, title, shown, aim=""):
        self.title, self.shown, self.aim = title, shown, aim
        self.costs = {True: [], False: []}

    def table_row(self):
        if self.shown == "a second":
            values = {with_module: [1e9 / cost for cost in costs]
                      for with_module, costs in self.costs.items()}
        else:
            values = {with_module: [cost / 1000 for cost in costs]
                      for with_module, costs in self.costs.items()}
        ratios = [a / b for a, b in zip(values[True], values[False])]
        low, high = interval(ratios)
        return (f"{self.title + ', ' + self.shown:<56}"
                f"{statistics.median(values[True]):>10.1f}{statistics.median(values[False]):>10.1f}"
                f"{statistics.median(ratios):>9.4f}  {low:.4f} to {high:.4f}  {self.aim}")


HEAD = f"{'':<56}{'with':>10}{'without':>10}{'ratio':>9}  {'interval':<16}  aim"


def take_turns(measure, figures, pairs):
    """measure(with_module) returns the cost of one slice for each of the figures."""
    for with_module in (True, False):
        measure(with_module)  # to fill caches and bind symbols
    for pair in range(pairs):
        for with_module in (True, False) if pair % 2 == 0 else (False, True):
            for figure, cost in zip(figures, measure(with_module)):
                figure.costs[with_module].append(cost)
    for figure in figures:
        print(figure.table_row(), flush=True)


def threads(bench, pairs):
    """Measures a process with both ends; the elapsed time is that of both."""
    for title, name in NAMES.items():
        processes = {with_module: subprocess.Popen(
            [bench.program("threads"), bench.path("leaf.pem"), bench.path("leaf.key"),
             bench.path("ca.pem"), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, OPENSSL_CONF=conf)) for with_module, conf in
            ((True, bench.with_module), (False, bench.bare))}

        def measure(with_module):
            process = processes[with_module]
            process.stdin.write(f"{THREADS_SLICE}\n")
            process.stdin.flush()
            return [int(word) / THREADS_SLICE for word in process.stdout.readline().split()]

        try:
            take_turns(measure, (
                Figure(f"16 threads, {title}: handshakes", "a second", ">= 0.99"),
                Figure("  computing, both ends", "us each", "<= 1.01"),
                Figure("  computing, the client", "us each")), pairs)
        finally:
            for process in processes.values():
                process.kill()
                process.wait()


UPSTREAM = """\
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_protocols TLSv1.3;
        ssl_certificate {bench}/leaf.pem;
        ssl_certificate_key {bench}/leaf.key;
        ssl_session_tickets off;
        keepalive_timeout 0;
        return 204;
    }}
"""

# Each request is a new connection to the upstream, and a full handshake.
PROXY = """\
    keepalive_requests 1000000;
    proxy_ssl_protocols TLSv1.3;
    proxy_ssl_session_reuse off;
    proxy_ssl_server_name on;
    proxy_ssl_verify on;
    proxy_ssl_trusted_certificate {bench}/ca.pem;
    server {{
        listen 127.0.0.1:{port};
        location /localhost {{
            proxy_ssl_name localhost;
            proxy_pass https://127.0.0.1:{upstream};
        }}
        location /api.example.com {{
            proxy_ssl_name api.example.com;
            proxy_pass https://127.0.0.1:{upstream};
        }}
    }}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    """One process without separate workers, so that its time is that of the work."""

    def __init__(self, bench, name, conf, server, **values):
        place = pathlib.Path(bench.path(name))
        (place / "tmp").mkdir(parents=True)
        self.port = free_port()
        temporary = "".join(f"    {kind}_temp_path {place}/tmp/{kind};\n" for kind in (
            "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (place / "nginx.conf").write_text(
            f"daemon off;\nmaster_process off;\npid {place}/pid;\nerror_log {place}/error.log;\n"
            "events { }\nhttp {\n    access_log off;\n" + temporary
            + server.format(bench=bench.work, port=self.port, **values) + "}\n")
        self.process = subprocess.Popen(
            [bench.nginx(), "-p", str(place), "-c", str(place / "nginx.conf"), "-e",
             str(place / "error.log")], env=dict(os.environ, OPENSSL_CONF=conf))
        self.wait()

    def wait(self):
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        self.stop()
        raise SystemExit("bench: nginx does not answer")

    def computed_in_ns(self):
        """Returns the process's CPU clock (clock_getcpuclockid(3)), because /proc/PID/stat counts in ticks."""
        return time.clock_gettime_ns((~self.process.pid << 3) | 2)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def slices(bench, name, proxies, with_module):
    proxy = proxies[with_module]
    before = proxy.computed_in_ns()
    wall = int(subprocess.run(
        [bench.program("load"), str(proxy.port), f"/{name}", str(CONNECTIONS), str(NGINX_SLICE)],
        check=True, stdout=subprocess.PIPE).stdout)
    return [wall / NGINX_SLICE, (proxy.computed_in_ns() - before) / NGINX_SLICE]


def nginx(bench, pairs):
    """Measures two proxies with the same upstream, which has no module."""
    running = []
    try:
        running.append(Nginx(bench, "upstream", bench.bare, UPSTREAM))
        proxies = {}
        for with_module, conf in ((True, bench.with_module), (False, bench.bare)):
            proxies[with_module] = Nginx(bench, f"proxy-{with_module}", conf, PROXY,
                                         upstream=running[0].port)
            running.append(proxies[with_module])
        for title, name in NAMES.items():
            take_turns(lambda with_module, name=name: slices(bench, name, proxies, with_module), (
                Figure(f"nginx as a client, {title}: handshakes", "a second", ">= 0.99"),
                Figure("  computing, this nginx", "us each", "<= 1.01")), pairs)
    finally:
        for one in running:
            one.stop()


def find_nginx(place):
    """Returns nginx, unpacked (tests/e2e) if it is not installed."""
    found = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found:
        return found
    fetch = pathlib.Path(__file__).resolve().parent.parent / "e2e" / "fetch-nginx"
    return subprocess.run([fetch, place], check=True, stdout=subprocess.PIPE,
                          text=True).stdout.strip()
