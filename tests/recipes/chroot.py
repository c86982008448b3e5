"""Recipe for daemons in a chroot: a store that is replaced as a whole, and no right to clone it."""

import os
import shutil

from daemons import Haproxy
from host import API

NO_CLONE = ("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin")
INSIDE = "/var/lib/haproxy/etc/ssl/pins.d"


def started(host, *under):
    daemon = Haproxy(host)
    daemon.under = under
    daemon.prepare()
    host.enable()
    host.pin(f"{API}.pins", f"key = {host.pin_of['server']}\n")
    daemon.start()
    return daemon


def replaced(tap, host):
    """The directory that was cloned at start stays in use."""
    daemon = started(host)
    os.rename("/etc/ssl/pins.d", "/etc/ssl/pins.d.old")
    shutil.copytree("/etc/ssl/pins.d.old", "/etc/ssl/pins.d")
    host.pin(f"{API}.pins", f"key = {host.pin_of['next']}\n")
    tap.check("chroot: a store that is replaced as a whole is not seen", daemon.ask()[0])
    daemon.stop()
    daemon.start()
    tap.check("chroot: the new store is seen after a restart", not daemon.ask()[0])
    daemon.stop()


def without_clone(tap, host):
    daemon = started(host, *NO_CLONE)
    del host.syslog[:]
    tap.check("chroot: without CAP_SYS_ADMIN and without a copy every connection is refused", not daemon.ask()[0])
    tap.check("chroot: the log has the reason", "pinning[P02]: refused" in daemon.log(), daemon.log())
    shutil.copytree("/etc/ssl/pins.d", INSIDE)
    tap.check("chroot: a copy inside is used", daemon.ask()[0])
    daemon.stop()


def chroot(tap, host):
    if Haproxy.missing():
        print("# SKIP chroot: no haproxy")
        return
    replaced(tap, host)
    without_clone(tap, host)
