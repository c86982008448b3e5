"""What happens to the store while a daemon runs, and what must come of it. {current} … are pins by
the names of pki.py; HOST and ADDRESS stand for the upstream server's."""

from dataclasses import dataclass, field
from typing import Callable, Optional


# ---- what must come of a request ----

@dataclass(frozen=True)
class Served:
    """The answer of the upstream server comes through; nothing was refused."""


@dataclass(frozen=True)
class Refused:
    """It does not, the upstream server receives no application data, the log has the reason, and so
    has the daemon's own."""
    reason: str = "P07"


@dataclass(frozen=True)
class Reported:
    """The answer comes through, and the log says why it would not have."""
    reason: str = "P07"


@dataclass(frozen=True)
class Resumed(Served):
    """And it comes over a session that was resumed."""


@dataclass(frozen=True)
class FellBack:
    """TLS is refused and the log has the reason, but the daemon then goes on in clear text."""
    reason: str = "P07"


# ---- the table ----

@dataclass(frozen=True)
class Step:
    """Something is done to the store, or the daemon, and then one request is made."""
    expect: object
    do: Optional[Callable] = None  # of a daemon


@dataclass(frozen=True)
class Scenario:
    name: str
    steps: list
    files: dict = field(default_factory=dict)  # in the store at the start
    head: Optional[str] = ""       # the text of _store; None: there is no store at all
    served: str = "current"        # the certificate of the upstream server
    applies: Callable = lambda daemon: True    # of a class of daemons
    gap: bool = False              # states what cannot be prevented

    def is_for(self, daemon):
        return (self.name in (daemon.only or [self.name]) and self.gap == daemon.falls_back
                and self.applies(daemon))


def file_of(name, daemon):
    return name.replace("HOST", daemon.host).replace("ADDRESS", daemon.address) + ".pins"


def renamed(name, text):
    return lambda daemon: daemon.place.pin(file_of(name, daemon), text)


def rewritten(name, text):
    return lambda daemon: daemon.place.rewrite(file_of(name, daemon), text)


def removed(name):
    return lambda daemon: daemon.place.unpin(file_of(name, daemon))


def head(text):
    return lambda daemon: daemon.place.pin("_store", text)


def reload(daemon):
    daemon.reload()


def sees_address(daemon):
    return daemon.nameless and daemon.address


def is_nameless(daemon):
    return daemon.nameless


RIGHT, WRONG, BROKEN = "key = {current}\n", "key = {spare}\n", "kye = {current}\n"
SERVED, REFUSED = [Step(Served())], [Step(Refused())]

SCENARIOS = [
    Scenario("right-pin", SERVED, {"HOST": RIGHT}),
    Scenario("wrong-pin", REFUSED, {"HOST": RIGHT}, served="other"),
    Scenario("ca-pin", SERVED, {"HOST": "ca = {intermediate}\n"}),
    Scenario("wrong-ca-pin", REFUSED, {"HOST": "ca = {second}\n"}),
    Scenario("no-pin", SERVED, {"elsewhere.test": WRONG}),
    Scenario("broken-file", [Step(Refused("P06"))], {"HOST": BROKEN}),
    Scenario("missing-store", [Step(Refused("P02"))], head=None),
    # Each change holds from the next handshake on.
    Scenario("changes", [
        Step(Served()),
        Step(Refused(), rewritten("HOST", WRONG)),
        Step(Served(), renamed("HOST", RIGHT)),
        Step(Refused("P06"), renamed("HOST", BROKEN)),
        Step(Served(), removed("HOST")),
        Step(Refused(), renamed("HOST", WRONG)),
        Step(Reported(), head("mode = report\n")),
        Step(Refused(), head("")),
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
    # Once the gap is closed these fail, and are to be deleted.
    Scenario("clear-text-after-refusal", [Step(FellBack())], {"HOST": RIGHT}, served="other", gap=True),

    # Where no name is known
    Scenario("address-right", SERVED, {"ADDRESS": RIGHT}, applies=sees_address),
    Scenario("address-wrong", REFUSED, {"ADDRESS": RIGHT}, served="other", applies=sees_address),
    Scenario("nameless-right", SERVED, {"_nameless": RIGHT}, applies=is_nameless),
    Scenario("nameless-wrong", REFUSED, {"_nameless": RIGHT}, served="other", applies=is_nameless),
    Scenario("default-right", SERVED, {"_default": RIGHT}, applies=is_nameless),
    Scenario("default-wrong", REFUSED, {"_default": RIGHT}, served="other", applies=is_nameless),
]
