"""Scenarios of the programs: the store, the certificate of the server, and what is expected."""

from dataclasses import dataclass, field

# ---- what is expected ----

@dataclass(frozen=True)
class Accepted:
    """The program prints the page. Nothing was refused."""


@dataclass(frozen=True)
class Refused:
    """The program fails as it does for a bad certificate, the server sees no application data, and
    the log has the reason."""
    reason: str
    names: str = ""  # a regular expression for what else the record must hold


@dataclass(frozen=True)
class Reported:
    """The program prints the page, and the log has the reason why it would be refused."""
    reason: str


@dataclass(frozen=True)
class OwnRefusal:
    """The program refuses by itself, because a pin never makes an invalid chain valid."""


@dataclass(frozen=True)
class Noticed:
    """The program prints the page, and the log has one notice about this process."""
    reason: str


@dataclass(frozen=True)
class Unreached(Noticed):
    """As Noticed: the module cannot protect the program."""
    reason: str = "P14"


@dataclass(frozen=True)
class NoTLS:
    """The program cannot make any TLS connection."""
    reason: str = ""  # in the log, if the module is loaded


@dataclass(frozen=True)
class Printed:
    """The program fails before application data is sent, and standard error, not the log file, has the reason."""
    text: str  # a regular expression


# ---- the table ----

@dataclass(frozen=True)
class Scenario:
    name: str
    expect: object              # with the program's own verification on …
    files: dict = field(default_factory=dict)   # in the store; {current} … are pins, see words()
    expect_off: object = None   # … and off, where that differs
    expect_no_trust: object = None  # … and for a program that then does not even load its CAs
    served: str = "current"     # the certificate of pki.LEAVES that the server presents
    tls: str = "1.3"            # the newest version the server speaks
    host: str = "localhost"     # in the URL and in the record
    section: str = ""           # more lines in the provider's section
    store: bool = True          # does the directory exist?
    settings: str = ""              # the text of _store, None: it is missing
    modes: dict = field(default_factory=dict)   # file modes, "." is the directory
    links: dict = field(default_factory=dict)   # symbolic links

    def expected(self, verify, trust_loaded):
        if not trust_loaded and self.expect_no_trust:
            return self.expect_no_trust
        return self.expect if verify or self.expect_off is None else self.expect_off


HOST = "localhost.pins"
PINNED = {HOST: "# the present key\nkey = {current}\n"}
BROKEN = "# a typo\nkye = {current}\n"

SCENARIOS = [
    # Keys
    Scenario("right-pin", Accepted(), PINNED),
    Scenario("wrong-pin", Refused("P07"), PINNED, served="other"),
    Scenario("right-pin-tls12", Accepted(), PINNED, tls="1.2"),
    Scenario("wrong-pin-tls12", Refused("P07"), PINNED, served="other", tls="1.2"),
    Scenario("backup-pin", Accepted(), {HOST: "key = {spare}\nkey = {current} # backup\n"}),
    Scenario("no-pin", Accepted(), {"elsewhere.test.pins": "key = {spare}\n"}),
    Scenario("expired-pin", Refused("P08"), {HOST: "key = {current} until 2020-01-31\n"}),
    Scenario("default-file", Refused("P07"), {"_default.pins": "key = {spare}\n"}),
    Scenario("unpinned-refused", Refused("P09"), settings="unpinned = refuse\n"),
    Scenario("untrusted-ca", OwnRefusal(), PINNED, expect_off=Accepted(), served="untrusted"),

    # Certificates and CAs
    Scenario("cert-right", Accepted(), {HOST: "cert = {current_cert}\n"}),
    Scenario("cert-wrong", Refused("P07"), {HOST: "cert = {other_cert}\n"}),
    Scenario("ca-root", Accepted(), {HOST: "ca = {root}\n"}, served="whole"),
    Scenario("ca-root-not-sent", Accepted(), {HOST: "ca = {root}\n"},
             expect_no_trust=Refused("P07")),
    Scenario("ca-intermediate", Accepted(), {HOST: "ca = {intermediate}\n"}),
    Scenario("ca-wrong", Refused("P07"), {HOST: "ca = {second}\n"}),
    Scenario("ca-appended", Refused("P07"), {HOST: "ca = {root}\n"}, served="appended"),

    # Addresses
    Scenario("address-right", Accepted(), {"127.0.0.1.pins": "key = {current}\n"},
             host="127.0.0.1"),
    Scenario("address-wrong", Refused("P07"), {"127.0.0.1.pins": "key = {spare}\n"},
             host="127.0.0.1"),

    # Files that cannot be used
    Scenario("broken-file", Refused("P06", r"localhost\.pins:2:1\b"), {HOST: BROKEN}),
    Scenario("broken-other-file", Accepted(), {**PINNED, "elsewhere.test.pins": BROKEN}),
    Scenario("empty-file", Refused("P06", r"localhost\.pins"), {HOST: ""}),
    Scenario("missing-store", Refused("P02"), store=False),
    Scenario("no-_store", Refused("P03"), PINNED, settings=None),
    Scenario("writable-file", Refused("P04", r"localhost\.pins"), PINNED, modes={HOST: 0o666}),
    Scenario("writable-store", Refused("P04"), PINNED, modes={".": 0o777}),
    Scenario("dangling-link", Refused("P05", r"localhost\.pins"), links={HOST: "nowhere"}),

    # Modes
    Scenario("report-in-file", Reported("P07"), {HOST: "mode = report\nkey = {spare}\n"}),
    Scenario("report-in-_store", Reported("P07"), {HOST: "key = {spare}\n"},
             settings="mode = report\n"),
    Scenario("report-in-section", Reported("P07"), {HOST: "key = {spare}\n"},
             section="mode = report"),
    Scenario("report-missing-store", Reported("P02"), store=False, section="mode = report"),
    Scenario("off-in-file", Accepted(), {HOST: "mode = off\n"}),
]


def words(pki):
    """Returns the values of {…} in a file."""
    keys = ["current", "other", "spare", "root", "intermediate", "second"]
    certificates = {f"{leaf}_cert": pki.certificate_pin(leaf) for leaf in ["current", "other"]}
    return {**{key: pki.pin(key) for key in keys}, **certificates}
