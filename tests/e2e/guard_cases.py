"""Cases of guard.py: the piece of conf/, whether the module exists, its section, and what is expected."""

import re
from dataclasses import dataclass, field

from scenarios import Accepted, NoTLS, Noticed, Refused, Reported, Printed

GUARD_SINCE = (3, 5)  # the first with both config_diagnostics for TLS (3.4) and Groups = DEFAULT
# Which clients run a case.
S_CLIENT, ALL_CLIENTS, OTHERS = "s_client", "everyone", "others"


@dataclass(frozen=True)
class TLS:
    """What is expected of a peer with the pinned key, and of one with a different key."""
    right: object
    wrong: object


ENFORCED = TLS(Accepted(), Refused("P07"))
UNPINNED = TLS(Accepted(), Accepted())
NONE = TLS(NoTLS(), NoTLS())
NONE_AND_LOGGED = TLS(NoTLS("P01"), NoTLS("P01"))


def all_refused(what):
    return TLS(*[Refused("P01", re.escape(f"openssl.cnf: {what}"))] * 2)


@dataclass(frozen=True)
class Case:
    name: str
    piece: str              # the file of conf/ that openssl.cnf includes
    tls: TLS
    section: str = ""       # more lines in the provider's section; {log} is the log's path
    clients: str = S_CLIENT
    present: bool = True    # does the module's file exist?
    crypto: bool = True     # do programs without TLS work?
    before: TLS = None      # what is expected before GUARD_SINCE, where that differs
    fips: str = ""          # where a FIPS provider is configured: before or after the module; "only":
                            # instead of the default one, and active
    newest: str = "1.3"     # the newest TLS version the servers speak
    edit: dict = field(default_factory=dict)  # old text of the piece -> new text

    def expected(self, version):
        return self.before if self.before and version < GUARD_SINCE else self.tls


PLAIN, GUARD, STRICT = "pinning.cnf", "pinning-guard.cnf", "pinning-strict.cnf"
GROUPS = "Groups = DEFAULT:pinguard"
MINIMUM = "MinProtocol = TLSv1.3"
FIPS_ONLY = {"providers = provider_sect\n": "providers = provider_sect\nalg_section = fips_only\n",
             "[provider_sect]": "[fips_only]\ndefault_properties = fips=yes\n\n[provider_sect]",
             "default = default_sect": "base = default_sect"}

CASES = [
    Case("plain", PLAIN, ENFORCED, clients=ALL_CLIENTS),
    # OpenSSL ignores it, which is why the other two pieces exist.
    Case("plain-absent", PLAIN, UNPINNED, present=False, clients=ALL_CLIENTS),

    Case("guard", GUARD, ENFORCED, clients=ALL_CLIENTS),
    Case("guard-absent", GUARD, NONE, present=False, before=UNPINNED, clients=ALL_CLIENTS),
    # Before 3.4 OpenSSL ignores the line; the lines beside it must take effect all the same.
    Case("guard-then-minimum", GUARD, NONE, edit={GROUPS: f"{GROUPS}\n{MINIMUM}"}, newest="1.2"),
    Case("minimum-then-guard", GUARD, NONE, edit={GROUPS: f"{MINIMUM}\n{GROUPS}"}, newest="1.2"),
    Case("guard-tls12", GUARD, ENFORCED, newest="1.2"),
    # Algorithms of the FIPS provider alone: those of the guard's group must have the property, too.
    Case("guard-fips", GUARD, ENFORCED, fips="only", edit=FIPS_ONLY),
    Case("guard-fips-absent", GUARD, NONE, fips="only", edit=FIPS_ONLY, present=False,
         before=UNPINNED),
    # The name of a section as a value: OpenSSL drops the provider, and only its own command reports that.
    Case("plain-swallowed", PLAIN, UNPINNED, "mode = default", clients=OTHERS),
    Case("guard-swallowed", GUARD, NONE, "mode = default", before=UNPINNED, clients=OTHERS),

    Case("strict", STRICT, ENFORCED, clients=ALL_CLIENTS),
    Case("strict-absent", STRICT, NONE, present=False, crypto=False, clients=ALL_CLIENTS),
    Case("strict-swallowed", STRICT, NONE, "mode = default", crypto=False, clients=OTHERS),
    Case("strict-no", STRICT, NONE, "strict = no", crypto=False),
    # With an unusable value ssh works.
    Case("strict-unusable", STRICT, all_refused("strict = maybe: "), "strict = maybe"),
    # Without a FIPS provider no provider is better than the wrong one.
    Case("strict-with-fips", STRICT, NONE_AND_LOGGED, "strict = with-fips", crypto=False),
    Case("strict-fips-before", STRICT, ENFORCED, "strict = with-fips", fips="before"),
    # The module cannot load what OpenSSL has not read yet.
    Case("strict-fips-after", STRICT, NONE_AND_LOGGED, "strict = with-fips", fips="after",
         crypto=False),

    # Each documented value is read as that value.
    Case("mode-enforce", PLAIN, ENFORCED, "mode = enforce"),
    Case("mode-report", PLAIN, TLS(Accepted(), Reported("P07")), "mode = report"),
    Case("mode-off", PLAIN, UNPINNED, "mode = off"),
    Case("plain-strict-yes", PLAIN, ENFORCED, "strict = yes"),
    Case("plain-strict-no", PLAIN, ENFORCED, "strict = no"),
    Case("plain-strict-with-fips", PLAIN, TLS(Noticed("P01"), Refused("P07")),
         "strict = with-fips"),
    Case("log-syslog", PLAIN, TLS(Accepted(), Printed(r"pinning\[P07\]")), "log = syslog"),
    Case("log-tty", PLAIN, TLS(Accepted(), Printed(r"pinning\[P07\]")), "log = tty"),
    Case("log-stderr", PLAIN, TLS(Accepted(), Printed(r"(?m)^pinning\[P07\]")), "log = stderr"),
    Case("log-all", PLAIN, ENFORCED, "log = syslog tty stderr file:{log}"),

    # With any other value everything is refused, and the record has the key.
    Case("pins-relative", PLAIN, all_refused("pins = pins.d: "), "pins = pins.d"),
    Case("pins-empty", PLAIN, all_refused("pins = : "), "pins ="),
    Case("mode-unusable", PLAIN, all_refused("mode = Enforce: "), "mode = Enforce"),
    Case("mode-empty", PLAIN, all_refused("mode = : "), "mode ="),
    Case("plain-strict-unusable", PLAIN, all_refused("strict = maybe: "), "strict = maybe"),
    Case("clients-relative", PLAIN, all_refused("clients = certs.d: "), "clients = certs.d"),
    Case("log-unusable", PLAIN, TLS(*[Printed(r"P01.*openssl\.cnf: log = nowhere: ")] * 2),
         "log = nowhere"),
    # The usable words take effect, so the log has the record.
    Case("log-half", PLAIN, TLS(*[Refused("P01", r"openssl\.cnf: log = file:/.* nowhere: ")] * 2),
         "log = file:{log} nowhere"),
    Case("log-relative", PLAIN, TLS(*[Printed(r"P01.*openssl\.cnf: log = file:x: ")] * 2),
         "log = file:x"),
    Case("log-empty", PLAIN, TLS(*[Printed(r"P01.*openssl\.cnf: log = : ")] * 2), "log ="),
    Case("guard-unusable", GUARD, all_refused("mode = Enforce: "), "mode = Enforce"),
]

# OpenSSL takes a value that is the name of a section for that section.
DOCUMENTED_VALUES = {"enforce", "report", "off", "yes", "with-fips", "no", "syslog", "tty",
                     "stderr", "1", "/etc/ssl/pins.d", "pinning.so"}
