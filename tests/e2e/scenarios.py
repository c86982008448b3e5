"""One row a scenario: what is in the store, who answers, and what must happen."""

from dataclasses import dataclass, field

# ---- what must happen ----

@dataclass(frozen=True)
class Accepted:
    """The program prints the page. Nothing was refused."""


@dataclass(frozen=True)
class Refused:
    """The program fails as it does for a bad certificate, the server sees no application data, and
    the log says why."""
    reason: str
    names: str = ""  # a regular expression for what else the record must hold


@dataclass(frozen=True)
class Reported:
    """The program prints the page, and the log says why it would have been refused."""
    reason: str


@dataclass(frozen=True)
class OwnRefusal:
    """The program refuses by itself: a pin never makes a bad chain good."""


@dataclass(frozen=True)
class Noticed:
    """The program prints the page, and the log says once what is wrong with this process."""
    reason: str


@dataclass(frozen=True)
class Unreached(Noticed):
    """… and that is: the module cannot protect it."""
    reason: str = "P14"


@dataclass(frozen=True)
class NoTLS:
    """The program cannot make a connection at all."""
    reason: str = ""  # in the log, if the module is there to write it


@dataclass(frozen=True)
class Told:
    """The program fails before application data flows, and standard error, not the log file, says
    why."""
    text: str  # a regular expression


# ---- the table ----

@dataclass(frozen=True)
class Scenario:
    name: str
    expect: object              # with the program's own verification on …
    files: dict = field(default_factory=dict)   # in the store; {current} … are pins, see words()
    expect_off: object = None   # … and off, where that differs
    expect_no_trust: object = None  # … and for a program that then does not even load its CAs
    served: str = "current"     # which certificate of pki.LEAVES the server shows
    tls: str = "1.3"            # the newest version the server speaks
    host: str = "localhost"     # in the URL and in the record
    section: str = ""           # more lines in the provider's section
    store: bool = True          # is the directory there?
    head: str = ""              # the text of _store, None: it is missing
    modes: dict = field(default_factory=dict)   # file modes, "." is the directory
    links: dict = field(default_factory=dict)   # symbolic links

    def expected(self, verify, trust_loaded):
        if not trust_loaded and self.expect_no_trust:
            return self.expect_no_trust
        return self.expect if verify or self.expect_off is None else self.expect_off


HOST = "localhost.pins"
PINNED = {HOST: "# the key of today\nkey = {current}\n"}
BROKEN = "# a typo\nkye = {current}\n"

SCENARIOS = [
    # Keys
    Scenario("right-pin", Accepted(), PINNED),
    Scenario("wrong-pin", Refused("P07"), PINNED, served="other"),
    Scenario("right-pin-tls12", Accepted(), PINNED, tls="1.2"),
    Scenario("wrong-pin-tls12", Refused("P07"), PINNED, served="other", tls="1.2"),
    Scenario("backup-pin", Accepted(), {HOST: "key = {spare}\nkey = {current} # backup\n"}),
    Scenario("no-pin", Accepted(), {"elsewhere.test.pins": "key = {spare}\n"}),
    Scenario("lapsed-pin", Refused("P08"), {HOST: "key = {current} until 2020-01-31\n"}),
    Scenario("default-file", Refused("P07"), {"_default.pins": "key = {spare}\n"}),
    Scenario("unpinned-refused", Refused("P09"), head="unpinned = refuse\n"),
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

    # What cannot be read
    Scenario("broken-file", Refused("P06", r"localhost\.pins:2:1\b"), {HOST: BROKEN}),
    Scenario("broken-other-file", Accepted(), {**PINNED, "elsewhere.test.pins": BROKEN}),
    Scenario("empty-file", Refused("P06", r"localhost\.pins"), {HOST: ""}),
    Scenario("missing-store", Refused("P02"), store=False),
    Scenario("no-_store", Refused("P03"), PINNED, head=None),
    Scenario("writable-file", Refused("P04", r"localhost\.pins"), PINNED, modes={HOST: 0o666}),
    Scenario("writable-store", Refused("P04"), PINNED, modes={".": 0o777}),
    Scenario("dangling-link", Refused("P05", r"localhost\.pins"), links={HOST: "nowhere"}),

    # Modes
    Scenario("report-in-file", Reported("P07"), {HOST: "mode = report\nkey = {spare}\n"}),
    Scenario("report-in-_store", Reported("P07"), {HOST: "key = {spare}\n"},
             head="mode = report\n"),
    Scenario("report-in-section", Reported("P07"), {HOST: "key = {spare}\n"},
             section="mode = report"),
    Scenario("report-missing-store", Reported("P02"), store=False, section="mode = report"),
    Scenario("off-in-file", Accepted(), {HOST: "mode = off\n"}),
]


def words(pki):
    """What {…} in a file stands for."""
    keys = ["current", "other", "spare", "root", "intermediate", "second"]
    certificates = {f"{leaf}_cert": pki.certificate_pin(leaf) for leaf in ["current", "other"]}
    return {**{key: pki.pin(key) for key in keys}, **certificates}
