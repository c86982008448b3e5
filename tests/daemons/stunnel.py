"""stunnel as a TLS client in a chroot, with Debian's user for it. It logs number and name of OpenSSL's errors,
and so the name of the reason; the record is in the chroot's syslog."""

import os
import pwd
import shutil
import signal

from daemon import Proxy
from place import free_port

CONF = """\
chroot = {dir}/chroot
# As numbers, because a reload would look up their names in the chroot.
setuid = {user.pw_uid}
setgid = {user.pw_gid}
pid =
foreground = yes
syslog = no
debug = info
[upstream]
client = yes
accept = 127.0.0.1:{port}
# By its address, because there is no resolver in the chroot.
connect = 127.0.0.1:{upstream}
{name}
{checks}
"""
CHECKS = """\
verifyChain = yes
checkHost = localhost
CAfile = {trusted}
"""
READY = "bound to 127.0.0.1"


class Stunnel(Proxy):
    name = "stunnel"
    programs = ("stunnel4",)
    needs_root = True
    section = "log = syslog"
    complaint = r"error:[0-9A-F]{6}REASON:pinning::"
    resumes = True
    sni = "sni = localhost"

    def start(self):
        self.listen()
        self.port = free_port()
        chroot = self.place.mkdir("chroot")
        self.place.syslog(chroot)
        trusted = self.place.pki.trusted
        conf = self.place.write("stunnel.conf", CONF.format(
            dir=self.place.dir, user=pwd.getpwnam("stunnel4"), port=self.port,
            upstream=self.upstream, name=self.sni,
            checks=CHECKS.format(trusted=trusted) if self.verify else ""))
        # A reload opens these in the chroot.
        for path in conf, trusted:
            os.makedirs(os.path.dirname(chroot + path), exist_ok=True)
            shutil.copy(path, chroot + path)
        self.process = self.place.spawn("stunnel", ["stunnel4", conf], with_module=True)
        self.place.wait_for(lambda: READY in self.log(), "stunnel")

    def complains(self, since, reason=None):
        return super().complains(since, f"{int(reason[1:]):02X}" if reason else r"\w\w")

    def log(self):
        return self.place.read("stunnel.out")

    def reload(self):
        done = self.log().count(READY)
        self.process.send_signal(signal.SIGHUP)
        self.place.wait_for(lambda: self.log().count(READY) > done,
                            "the configuration to be read again")


class StunnelNameless(Stunnel):
    """With an empty sni it gives no name. The socket is visible."""
    name = "stunnel-nameless"
    nameless = True
    same_process = True
    address = "127.0.0.1"
    sni = "sni ="
