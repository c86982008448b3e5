"""Postfix's SMTP client, smtp(8), in a chroot as Debian ships it, in front of a server that speaks
STARTTLS. OpenSSL is set up before the chroot, and one process sends many mails."""

import itertools
import os
import re
import shutil
import signal
import subprocess
import time

from daemon import Answer, Proxy

DEBIAN = "/usr/lib/postfix/configure-instance.sh"  # fills the chroot whenever Debian starts Postfix
MASTER_CF = "/etc/postfix/master.cf.proto"
MASTER = "/usr/lib/postfix/sbin/master"
# The cohort limit: after a refusal Postfix tries that server with the next mail at once, so that the cases
# need not wait. smtp_host_lookup: localhost may be missing in DNS.
CONF = """\
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file = {dir}/mail.log
maillog_file_prefixes = {dir}
myhostname = client.test
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [{host}]:{upstream}
smtp_host_lookup = native
smtp_tls_CAfile = {trusted}
smtp_tls_session_cache_database = btree:${{data_directory}}/smtp_scache
default_destination_concurrency_failed_cohort_limit = 0
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C OPENSSL_CONF={config}
"""
PARTS = ("conf", "queue", "data")


def template(fixture):
    return os.path.join(fixture.directory, "postfix")


def make_old(path):
    """Postfix reads a file that has just been written again and again, until it is some seconds old."""
    os.utime(path, (0, 0))


def make_template(fixture):
    """Creates queue and chroot, as postfix(1) and Debian do before a start."""
    top = template(fixture)
    if os.path.exists(top):
        return
    for part in PARTS:
        os.makedirs(os.path.join(top, part))
    shutil.chown(os.path.join(top, "data"), "postfix")
    conf = os.path.join(top, "conf")
    with open(os.path.join(conf, "main.cf"), "w", encoding="ascii") as out:
        out.write(CONF.format(dir=top, host="localhost", upstream=25, trusted="", config="/dev/null"))
    make_old(out.name)
    with open(MASTER_CF, encoding="ascii") as debian:
        lines = debian.readlines()
    with open(os.path.join(conf, "master.cf"), "w", encoding="ascii") as out:
        out.writelines(line for line in lines if not re.match(r"smtp +inet ", line))
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MAIL_CONFIG": conf, "OPENSSL_CONF": "/dev/null"}
    for argv in ["postfix", "check"], [DEBIAN]:
        done = subprocess.run(argv, env=env, capture_output=True, text=True, cwd=top)
        if done.returncode != 0:
            raise RuntimeError(f"{argv[0]}: {done.stdout}{done.stderr}")


class Postfix(Proxy):
    """At verify: it gives OpenSSL the name of the host to verify."""
    name = "postfix-verify"
    programs = ("postfix", "sendmail")
    files = (DEBIAN, MASTER_CF, MASTER)
    needs_root = True
    speaks = "smtp"
    section = "log = file:{log} syslog"  # the file cannot be reached from the chroot
    resumes = True
    verifies = (True,)
    complaint = r"warning: TLS library problem: .*pinning\[REASON\]: refused"
    conf = "smtp_tls_security_level = verify\n"
    prepare = classmethod(lambda cls, fixture: make_template(fixture))

    def __init__(self, place, verify, served):
        super().__init__(place, verify, served)
        self.numbers = itertools.count(1)

    def start(self):
        self.listen()
        for part in PARTS:
            subprocess.run(["cp", "-a", os.path.join(template(self.place.fixture), part),
                            self.place.dir], check=True)
        self.place.syslog(self.place.path("queue"))
        make_old(self.place.write("conf/main.cf", CONF.format(
            dir=self.place.dir, host=self.host, upstream=self.upstream,
            trusted=self.place.pki.trusted, config=self.place.config)
            + self.conf.format(host=self.host, upstream=self.upstream)))
        # postfix(1) would start it in its own session, which does not end with the case.
        self.process = self.place.spawn("master", [MASTER, "-c", self.place.path("conf")], with_module=True)
        self.place.wait_for(lambda: "daemon started" in self.log(), "Postfix to start")

    def ask(self):
        """Sends a mail. Returns its outcome."""
        self.recipient = f"n{next(self.numbers)}@example.com"
        done = self.place.run(
            ["sendmail", "-C", self.place.path("conf"), "-f", "me@example.com", self.recipient],
            with_module=False, stdin="Subject: pinning tests\n\none line\n")
        if done.status != 0:
            raise RuntimeError(f"sendmail: {done.out}{done.err}")
        self.place.wait_for(self.outcomes, "the outcome of the mail")
        senders = set(re.findall(r"postfix/smtp\[(\d+)\]", self.log()))
        if len(senders) != 1 and "reload -- " not in self.log():
            raise RuntimeError(f"not one process sends all mails: {senders}")
        return self.answer()

    def answer(self):
        outcome = self.outcomes()[-1]
        return Answer(f"sent (250 {self.place.fixture.page})" in outcome, outcome)

    def outcomes(self):
        return re.findall(rf"to=<{self.recipient}>.* status=(.*)", self.log())

    def log(self):
        return self.place.read("mail.log")

    def reload(self):
        """Reloads as postfix(1) does."""
        done = self.log().count("reload -- ")
        self.process.send_signal(signal.SIGHUP)
        self.place.wait_for(lambda: self.log().count("reload -- ") > done, "the reload")


class PostfixSecure(Postfix):
    """At secure, for this one server by policy: it gives the name of the policy."""
    name = "postfix-secure"
    conf = ("smtp_tls_security_level = may\n"
            "smtp_tls_policy_maps = inline:{{ {{ [{host}]:{upstream} = secure match={host} }} }}\n")


class PostfixEncrypt(Postfix):
    """At encrypt it gives no name, and verifies nothing. The socket is visible."""
    name = "postfix-encrypt"
    nameless = True
    address = "127.0.0.1"
    verifies = (False,)
    conf = "smtp_tls_security_level = encrypt\n"


class PostfixMay(PostfixEncrypt):
    """At may it sends a deferred mail without TLS if TLS fails again."""
    name = "postfix-may"
    falls_back = True
    conf = "smtp_tls_security_level = may\nminimal_backoff_time = 1s\n"

    def ask(self):
        begun = time.monotonic()
        answer = super().ask()
        if answer.served:
            return answer
        self.place.wait_for(lambda: time.monotonic() - begun > 2, "minimal_backoff_time to be over")
        self.place.run(["postqueue", "-c", self.place.path("conf"), "-f"], with_module=False)
        self.place.wait_for(lambda: len(self.outcomes()) > 1, "a second delivery")
        return self.answer()
