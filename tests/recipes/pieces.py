"""The pieces of conf/ that are for no daemon: each is used as it is, or read by whom it is for."""

import os
import re
import shutil
import subprocess
from types import SimpleNamespace

from daemons import Nginx
from host import API, piece, read

import page
import fixture

CURL = "curl -q -sS -m 10 -o /dev/null https://api.example.com/"
REFUSED = 60


def try_first(tap, host):
    """pinning-try.cnf and the drop-in: one service, and nobody else."""
    host.enable(with_module=False)
    shutil.copy(piece("pinning.cnf"), "/etc/ssl/pinning.cnf")
    shutil.copy(piece("pinning-try.cnf"), "/etc/ssl/openssl-try.cnf")
    host.pin(f"{API}.pins", f"key = {host.pin_of['next']}\n")
    line, = re.findall(r"(?m)^Environment=(.*)$", read(piece("systemd/pinning-try.conf")))
    tap.check("try: the service is held", host.shell(f"{line} {CURL}").returncode == REFUSED)
    tap.check("try: nobody else is", host.shell(CURL).returncode == 0)
    if not Nginx.missing():
        daemon = Nginx(host)
        daemon.prepare()
        daemon.start(**dict([line.split("=", 1)]))
        tap.check("try: nginx is held by it", not daemon.ask()[0])
        daemon.stop()
    if not shutil.which("systemd-analyze"):
        print("# SKIP drop-ins: no systemd-analyze")
        return
    for unit, drop_in in (("nginx", "pinning-try"), ("haproxy", "pinning-chroot")):
        text = read(piece(f"systemd/{drop_in}.conf"))
        tap.check(f"{drop_in}.conf: systemd understands it", understood(host, unit, text))
        tap.check(f"{drop_in}.conf: would tell a mistake",
                  not understood(host, unit, re.sub(r"(?m)^(\w+)=", r"\1s=", text)))


def understood(host, unit, drop_in):
    shutil.rmtree(f"{host.top}/units", ignore_errors=True)
    os.makedirs(f"{host.top}/units/{unit}.service.d")
    fixture.write(f"{host.top}/units/{unit}.service", "[Service]\nExecStart=/bin/true\n")
    fixture.write(f"{host.top}/units/{unit}.service.d/pinning.conf", drop_in)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", f"{host.top}/units/{unit}.service"],
                          capture_output=True, text=True)
    return done.returncode == 0 and "pinning.conf" not in done.stderr


def intercepted(tap, host):
    """Behind a proxy all certificates are of its CA, which is pinned for all; one host is let through."""
    def fetch():
        return host.shell(CURL).returncode

    host.enable()
    sample = read(piece("pins.d/_default.pins.sample"))
    proxy, = re.findall(r"(?m)^ca = (\S+)", sample)
    host.pin("_default.pins", sample.replace(proxy, host.key("ca")))
    tap.check("interception: the proxy's CA is pinned for all", fetch() == 0)
    host.pin(f"{API}.pins", f"key = {host.pin_of['next']}\n")
    tap.check("interception: the pin of the real server refuses the proxy", fetch() == REFUSED)
    host.pin(f"{API}.pins", "mode = off\n")
    host.pin("_default.pins", sample)
    tap.check("interception: mode = off lets a host through", fetch() == 0)
    os.remove(f"/etc/ssl/pins.d/{API}.pins")
    tap.check("interception: another CA is refused", fetch() == REFUSED)
    host.pin("_store", "mode = report\n")
    del host.syslog[:]
    tap.check("interception: or reported", fetch() == 0)
    page.shows(tap, SimpleNamespace(name="intercepted", log=lambda: "\n".join(host.syslog)), 0)


def apparmor(tap, host):
    if not shutil.which("apparmor_parser"):
        print("# SKIP apparmor: no apparmor_parser")
        return
    host.own("/etc/apparmor.d")
    os.makedirs("/etc/apparmor.d/abstractions/openssl.d", exist_ok=True)
    shutil.copy(piece("apparmor/pinning"), "/etc/apparmor.d/abstractions/openssl.d/pinning")
    profile = f"{host.top}/profile"
    fixture.write(profile, "include <tunables/global>\nprofile api /usr/bin/api {\n"
                "  include <abstractions/base>\n  include <abstractions/openssl>\n}\n")
    compiled = host.shell(f"apparmor_parser -QKTd {profile}")
    tap.check("apparmor: it is understood", compiled.returncode == 0, compiled.stderr)
    said = host.shell(f"apparmor_parser -p {profile}").stdout
    tap.check("apparmor: profiles with abstractions/openssl get it", "/etc/ssl/pins.d/** r," in said, said)
    with open("/etc/apparmor.d/abstractions/openssl.d/pinning", "a", encoding="ascii") as rules:
        rules.write("  /etc/ssl/pins.d/** r\n")
    tap.check("apparmor: a mistake would be told",
              host.shell(f"apparmor_parser -QKT {profile}").returncode != 0)


def selinux(tap, host):
    """Which type a file gets by the line, as restorecon(8) asks."""
    rule, = re.findall(r"(?m)^fcontext -a -f a -t (\S+) '(.*)'$", read(piece("selinux/pinning.fcontext")))
    if not shutil.which("selabel_lookup"):
        print("# SKIP selinux: no selabel_lookup")
        return
    fixture.write(f"{host.top}/contexts", f"{rule[1]}\tsystem_u:object_r:{rule[0]}:s0\n")
    for path, matches in (("/srv/tls/pins.d", True), ("/srv/tls/pins.d/_store", True),
                          ("/srv/tls/pins.d/api.example.com.pins", True), ("/srv/tls/pinsxd", False),
                          ("/srv/tls/key.pem", False)):
        said = host.shell(f"selabel_lookup -r -b file -f {host.top}/contexts -k {path}")
        tap.check(f"selinux: {path} {'gets' if matches else 'does not get'} the type",
                  (":cert_t:" in said.stdout) == matches, said.stdout + said.stderr)


PIECES = [try_first, intercepted, apparmor, selinux]
