"""Scenarios of the daemons: the changes of the store while a daemon runs, and what is expected. {current} … are
pins by the names of pki.py; HOST and ADDRESS stand for the upstream server's."""

from dataclasses import dataclass, field
from typing import Callable, Optional


# ---- what is expected of a request ----

@dataclass(frozen=True)
class Served:
    """The answer of the upstream server is received; nothing was refused."""


@dataclass(frozen=True)
class Refused:
    """No answer is received, the upstream server receives no application data, and the module's log and the
    daemon's own have the reason."""
    reason: str = "P07"


@dataclass(frozen=True)
class Reported:
    """The answer is received, and the log has the reason why it would be refused."""
    reason: str = "P07"


@dataclass(frozen=True)
class Noticed(Served):
    """As Served, and the log has exactly one notice of this reason."""
    reason: str = "P19"


@dataclass(frozen=True)
class Resumed(Served):
    """As Served, over a resumed session."""


@dataclass(frozen=True)
class FellBack:
    """TLS is refused and the log has the reason, but the daemon then continues in clear text."""
    reason: str = "P07"


# ---- the table ----

@dataclass(frozen=True)
class Step:
    """A change of the store or the daemon, and then one request."""
    expect: object
    do: Optional[Callable] = None  # of a daemon


@dataclass(frozen=True)
class Scenario:
    name: str
    steps: list
    files: dict = field(default_factory=dict)  # in the store at the start
    settings: Optional[str] = ""       # the text of _store; None: there is no store at all
    served: str = "current"        # the certificate of the upstream server
    applies: Callable = lambda daemon: True    # of a class of daemons
    known_limitation: bool = False              # the expectation cannot be prevented

    def is_for(self, daemon):
        return (self.name in (daemon.only or [self.name]) and self.known_limitation == daemon.falls_back
                and self.applies(daemon))


def file_of(name, daemon):
    return name.replace("HOST", daemon.host).replace("ADDRESS", daemon.address) + ".pins"


def renamed(name, text):
    return lambda daemon: daemon.place.pin(file_of(name, daemon), text)


def rewritten(name, text):
    return lambda daemon: daemon.place.rewrite(file_of(name, daemon), text)


def removed(name):
    return lambda daemon: daemon.place.unpin(file_of(name, daemon))


def settings(text):
    return lambda daemon: daemon.place.pin("_store", text)


def reload(daemon):
    daemon.reload()


def sees_address(daemon):
    return daemon.nameless and daemon.address


def is_nameless(daemon):
    return daemon.nameless


def is_nameless_command(daemon):
    return daemon.nameless and daemon.one_process


def is_named(daemon):
    return not daemon.nameless


RIGHT, WRONG, BROKEN = "key = {current}\n", "key = {spare}\n", "kye = {current}\n"
SERVED, REFUSED = [Step(Served())], [Step(Refused())]

SCENARIOS = [
    Scenario("right-pin", SERVED, {"HOST": RIGHT}),
    Scenario("wrong-pin", REFUSED, {"HOST": RIGHT}, served="other"),
    Scenario("ca-pin", SERVED, {"HOST": "ca = {intermediate}\n"}),
    Scenario("wrong-ca-pin", REFUSED, {"HOST": "ca = {second}\n"}),
    Scenario("no-pin", SERVED, {"elsewhere.test": WRONG}),
    Scenario("broken-file", [Step(Refused("P06"))], {"HOST": BROKEN}),
    Scenario("missing-store", [Step(Refused("P02"))], settings=None),
    # Each change takes effect with the next handshake.
    Scenario("changes", [
        Step(Served()),
        Step(Refused(), rewritten("HOST", WRONG)),
        Step(Served(), renamed("HOST", RIGHT)),
        Step(Refused("P06"), renamed("HOST", BROKEN)),
        Step(Served(), removed("HOST")),
        Step(Refused(), renamed("HOST", WRONG)),
        Step(Reported(), settings("mode = report\n")),
        Step(Refused(), settings("")),
        Step(Served(), renamed("HOST", RIGHT)),
    ], {"HOST": RIGHT}),
    Scenario("reload", [
        Step(Served()),
        Step(Served(), reload),
        Step(Refused(), renamed("HOST", WRONG)),
        Step(Refused(), reload),
    ], {"HOST": RIGHT}, applies=lambda daemon: daemon.reloads()),
    Scenario("resumption", [
        Step(Served()),
        Step(Resumed()),
        Step(Refused(), renamed("HOST", WRONG)),
        Step(Served(), renamed("HOST", RIGHT)),
        Step(Resumed()),
    ], {"HOST": RIGHT}, applies=lambda daemon: daemon.resumes),
    # Delete these when they fail because the limitation is gone.
    Scenario("clear-text-after-refusal", [Step(FellBack())], {"HOST": RIGHT}, served="other", known_limitation=True),

    # Without a name
    Scenario("address-right", SERVED, {"ADDRESS": RIGHT}, applies=sees_address),
    Scenario("address-wrong", REFUSED, {"ADDRESS": RIGHT}, served="other", applies=sees_address),
    Scenario("nameless-right", SERVED, {"_nameless": RIGHT}, applies=is_nameless),
    Scenario("nameless-wrong", REFUSED, {"_nameless": RIGHT}, served="other", applies=is_nameless),
    Scenario("default-right", SERVED, {"_default": RIGHT}, applies=is_nameless),
    Scenario("default-wrong", REFUSED, {"_default": RIGHT}, served="other", applies=is_nameless),
    Scenario("nameless-notice", [Step(Noticed())], {"elsewhere.test": WRONG}, applies=is_nameless_command),
    Scenario("nameless-refuse", [Step(Refused("P19"))], settings="nameless = refuse\n", applies=is_nameless),
    Scenario("named-nameless-refuse", SERVED, settings="nameless = refuse\n", applies=is_named),
]
