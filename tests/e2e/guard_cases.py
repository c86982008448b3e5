"""One row a case: which piece of conf/, whether the module is there, what its section says, and
what must happen. guard.py runs them."""

import re
from dataclasses import dataclass, field

from scenarios import Accepted, NoTLS, Noticed, Refused, Reported, Told

GUARD_SINCE = (3, 5)  # the first with both config_diagnostics for TLS (3.4) and Groups = DEFAULT
# Which clients run a case.
S_CLIENT, EVERYONE, OTHERS = "s_client", "everyone", "others"


@dataclass(frozen=True)
class TLS:
    """What happens at a peer with the pinned key, and at one with another."""
    right: object
    wrong: object


HOLDS = TLS(Accepted(), Refused("P07"))
UNPINNED = TLS(Accepted(), Accepted())
NONE = TLS(NoTLS(), NoTLS())
NONE_AND_TOLD = TLS(NoTLS("P01"), NoTLS("P01"))


def all_refused(what):
    return TLS(*[Refused("P01", re.escape(f"openssl.cnf: {what}"))] * 2)


@dataclass(frozen=True)
class Case:
    name: str
    piece: str              # the file of conf/ that openssl.cnf includes
    tls: TLS
    section: str = ""       # more lines in the provider's section; {log} is the log's path
    who: str = S_CLIENT
    present: bool = True    # is the module's file there?
    crypto: bool = True     # does what is not TLS work?
    before: TLS = None      # what happens before GUARD_SINCE, where that differs
    fips: str = ""          # where a FIPS provider is configured: before or after the module
    newest: str = "1.3"     # the newest TLS version the servers speak
    edit: dict = field(default_factory=dict)  # old text of the piece -> new text

    def expected(self, version):
        return self.before if self.before and version < GUARD_SINCE else self.tls


PLAIN, GUARD, STRICT = "pinning.cnf", "pinning-guard.cnf", "pinning-strict.cnf"
GROUPS = "Groups = DEFAULT:pinguard"
MINIMUM = "MinProtocol = TLSv1.3"

CASES = [
    Case("plain", PLAIN, HOLDS, who=EVERYONE),
    # OpenSSL does not mind, which is why the other two pieces are there.
    Case("plain-absent", PLAIN, UNPINNED, present=False, who=EVERYONE),

    Case("guard", GUARD, HOLDS, who=EVERYONE),
    Case("guard-absent", GUARD, NONE, present=False, before=UNPINNED, who=EVERYONE),
    # Before 3.4 the line cannot be understood; its neighbours must hold all the same.
    Case("guard-then-minimum", GUARD, NONE, edit={GROUPS: f"{GROUPS}\n{MINIMUM}"}, newest="1.2"),
    Case("minimum-then-guard", GUARD, NONE, edit={GROUPS: f"{MINIMUM}\n{GROUPS}"}, newest="1.2"),
    Case("guard-tls12", GUARD, HOLDS, newest="1.2"),
    # The name of a section as a value: OpenSSL drops the provider, and tells only its own command.
    Case("plain-swallowed", PLAIN, UNPINNED, "mode = default", who=OTHERS),
    Case("guard-swallowed", GUARD, NONE, "mode = default", before=UNPINNED, who=OTHERS),

    Case("strict", STRICT, HOLDS, who=EVERYONE),
    Case("strict-absent", STRICT, NONE, present=False, crypto=False, who=EVERYONE),
    Case("strict-swallowed", STRICT, NONE, "mode = default", crypto=False, who=OTHERS),
    Case("strict-no", STRICT, NONE, "strict = no", crypto=False),
    # Whatever was meant, ssh works.
    Case("strict-unusable", STRICT, all_refused("strict = maybe: "), "strict = maybe"),
    # Without a FIPS provider: none is better than the one that was not asked for.
    Case("strict-with-fips", STRICT, NONE_AND_TOLD, "strict = with-fips", crypto=False),
    Case("strict-fips-before", STRICT, HOLDS, "strict = with-fips", fips="before"),
    # The module cannot load what OpenSSL has not read yet.
    Case("strict-fips-after", STRICT, NONE_AND_TOLD, "strict = with-fips", fips="after",
         crypto=False),

    # Each documented value is read as that value.
    Case("mode-enforce", PLAIN, HOLDS, "mode = enforce"),
    Case("mode-report", PLAIN, TLS(Accepted(), Reported("P07")), "mode = report"),
    Case("mode-off", PLAIN, UNPINNED, "mode = off"),
    Case("plain-strict-yes", PLAIN, HOLDS, "strict = yes"),
    Case("plain-strict-no", PLAIN, HOLDS, "strict = no"),
    Case("plain-strict-with-fips", PLAIN, TLS(Noticed("P01"), Refused("P07")),
         "strict = with-fips"),
    Case("log-syslog", PLAIN, TLS(Accepted(), Told(r"pinning\[P07\]")), "log = syslog"),
    Case("log-tty", PLAIN, TLS(Accepted(), Told(r"pinning\[P07\]")), "log = tty"),
    Case("log-stderr", PLAIN, TLS(Accepted(), Told(r"(?m)^pinning\[P07\]")), "log = stderr"),
    Case("log-all", PLAIN, HOLDS, "log = syslog tty stderr file:{log}"),

    # Any other: everything is refused, and the key is named.
    Case("pins-relative", PLAIN, all_refused("pins = pins.d: "), "pins = pins.d"),
    Case("pins-empty", PLAIN, all_refused("pins = : "), "pins ="),
    Case("mode-unusable", PLAIN, all_refused("mode = Enforce: "), "mode = Enforce"),
    Case("mode-empty", PLAIN, all_refused("mode = : "), "mode ="),
    Case("plain-strict-unusable", PLAIN, all_refused("strict = maybe: "), "strict = maybe"),
    Case("clients-relative", PLAIN, all_refused("clients = certs.d: "), "clients = certs.d"),
    Case("log-unusable", PLAIN, TLS(*[Told(r"P01.*openssl\.cnf: log = nowhere: ")] * 2),
         "log = nowhere"),
    # Of these the usable words hold, so the log has it.
    Case("log-half", PLAIN, TLS(*[Refused("P01", r"openssl\.cnf: log = file:/.* nowhere: ")] * 2),
         "log = file:{log} nowhere"),
    Case("log-relative", PLAIN, TLS(*[Told(r"P01.*openssl\.cnf: log = file:x: ")] * 2),
         "log = file:x"),
    Case("log-empty", PLAIN, TLS(*[Told(r"P01.*openssl\.cnf: log = : ")] * 2), "log ="),
    Case("guard-unusable", GUARD, all_refused("mode = Enforce: "), "mode = Enforce"),
]

# A value that is the name of a section is followed as one.
DOCUMENTED_VALUES = {"enforce", "report", "off", "yes", "with-fips", "no", "syslog", "tty",
                     "stderr", "1", "/etc/ssl/pins.d", "pinning.so"}
