"""Recipes that are not for one daemon: each piece of conf/ is used as it is, or parsed by its program."""

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
    """pinning-try.cnf and the drop-in: pinning is enforced for one service alone."""
    host.enable(with_module=False)
    shutil.copy(piece("pinning.cnf"), "/etc/ssl/pinning.cnf")
    shutil.copy(piece("pinning-try.cnf"), "/etc/ssl/openssl-try.cnf")
    host.pin(f"{API}.pins", f"key = {host.pin_of['next']}\n")
    line, = re.findall(r"(?m)^Environment=(.*)$", read(piece("systemd/pinning-try.conf")))
    tap.check("try: pinning is enforced for the service", host.shell(f"{line} {CURL}").returncode == REFUSED)
    tap.check("try: not for any other", host.shell(CURL).returncode == 0)
    if not Nginx.missing():
        daemon = Nginx(host)
        daemon.prepare()
        daemon.start(**dict([line.split("=", 1)]))
        tap.check("try: pinning is enforced for nginx", not daemon.ask()[0])
        daemon.stop()
    if not shutil.which("systemd-analyze"):
        print("# SKIP drop-ins: no systemd-analyze")
        return
    for unit, drop_in in (("nginx", "pinning-try"), ("haproxy", "pinning-chroot")):
        text = read(piece(f"systemd/{drop_in}.conf"))
        tap.check(f"{drop_in}.conf: systemd accepts it", systemd_accepts(host, unit, text))
        tap.check(f"{drop_in}.conf: systemd would report a mistake",
                  not systemd_accepts(host, unit, re.sub(r"(?m)^(\w+)=", r"\1s=", text)))


def systemd_accepts(host, unit, drop_in):
    shutil.rmtree(f"{host.top}/units", ignore_errors=True)
    os.makedirs(f"{host.top}/units/{unit}.service.d")
    fixture.write(f"{host.top}/units/{unit}.service", "[Service]\nExecStart=/bin/true\n")
    fixture.write(f"{host.top}/units/{unit}.service.d/pinning.conf", drop_in)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", f"{host.top}/units/{unit}.service"],
                          capture_output=True, text=True)
    return done.returncode == 0 and "pinning.conf" not in done.stderr


def intercepted(tap, host):
    """Behind an intercepting proxy: its CA, which issues all certificates, is pinned for all hosts but one."""
    def fetch():
        return host.shell(CURL).returncode

    host.enable()
    sample = read(piece("pins.d/_default.pins.sample"))
    proxy, = re.findall(r"(?m)^ca = (\S+)", sample)
    host.pin("_default.pins", sample.replace(proxy, host.pin_of_key("ca")))
    tap.check("interception: the proxy's CA is pinned for all", fetch() == 0)
    host.pin(f"{API}.pins", f"key = {host.pin_of['next']}\n")
    tap.check("interception: the pin of the real server refuses the proxy", fetch() == REFUSED)
    host.pin(f"{API}.pins", "mode = off\n")
    host.pin("_default.pins", sample)
    tap.check("interception: mode = off exempts a host", fetch() == 0)
    host.unpin(f"{API}.pins")
    tap.check("interception: a different CA is refused", fetch() == REFUSED)
    host.pin("_store", "mode = report\n")
    del host.syslog[:]
    tap.check("interception: a different CA is accepted in report mode", fetch() == 0)
    page.check_log(tap, SimpleNamespace(name="intercepted", log=lambda: "\n".join(host.syslog)), 0)


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
    tap.check("apparmor: the parser accepts it", compiled.returncode == 0, compiled.stderr)
    output = host.shell(f"apparmor_parser -p {profile}").stdout
    tap.check("apparmor: profiles with abstractions/openssl include it", "/etc/ssl/pins.d/** r," in output, output)
    with open("/etc/apparmor.d/abstractions/openssl.d/pinning", "a", encoding="ascii") as rules:
        rules.write("  /etc/ssl/pins.d/** r\n")
    tap.check("apparmor: the parser would report a mistake",
              host.shell(f"apparmor_parser -QKT {profile}").returncode != 0)


def selinux(tap, host):
    """The type that the line gives to a file, as restorecon(8) looks it up."""
    rule, = re.findall(r"(?m)^fcontext -a -f a -t (\S+) '(.*)'$", read(piece("selinux/pinning.fcontext")))
    if not shutil.which("selabel_lookup"):
        print("# SKIP selinux: no selabel_lookup")
        return
    fixture.write(f"{host.top}/contexts", f"{rule[1]}\tsystem_u:object_r:{rule[0]}:s0\n")
    for path, matches in (("/srv/tls/pins.d", True), ("/srv/tls/pins.d/_store", True),
                          ("/srv/tls/pins.d/api.example.com.pins", True), ("/srv/tls/pinsxd", False),
                          ("/srv/tls/key.pem", False)):
        output = host.shell(f"selabel_lookup -r -b file -f {host.top}/contexts -k {path}")
        tap.check(f"selinux: {path} {'gets' if matches else 'does not get'} the type",
                  (":cert_t:" in output.stdout) == matches, output.stdout + output.stderr)


PIECES = [try_first, intercepted, apparmor, selinux]
