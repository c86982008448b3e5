"""Scenarios of clients = DIR: what a client presents to a server, what is pinned, and what is expected."""

from dataclasses import dataclass, field

# Certificates of clients, by the same trusted CA: name -> (key, its names). A client with
# the name of a different one and its own key is an impostor.
CLIENTS = {
    "alice": ("current", "email:alice@example.com"),
    "not-alice": ("other", "email:alice@example.com"),
    "host": ("current", "DNS:client.example.com"),
    "not-host": ("other", "DNS:client.example.com"),
    "stranger": ("other", "DNS:stranger.example.com"),
}
ALICE = "alice@example.com.pins"
RIGHT, WRONG = "key = {current}\n", "key = {spare}\n"
PINNED = {ALICE: RIGHT, "client.example.com.pins": RIGHT}


@dataclass(frozen=True)
class Scenario:
    name: str
    client: str                 # of CLIENTS, "" for none
    reason: str = ""            # of the refusal; "": none, the page is served
    files: dict = field(default_factory=lambda: PINNED)
    settings: str = ""              # the text of _store; None: there is no store
    optional: bool = False      # may a client have no certificate?
    clients: bool = True        # does the configuration say clients = ?
    reported: str = ""          # the reason of what would have been refused
    page: bool = True           # do the server's own rules let it serve the page?
    later: dict = field(default_factory=dict)   # replaces files after a first connection, …
    session: bool = False                       # … the session of which the second one offers
    served_before: bool = True  # is the first connection served?


SCENARIOS = [
    Scenario("mail-right", "alice"),
    Scenario("mail-wrong", "not-alice", "P07"),
    Scenario("host-right", "host"),
    Scenario("host-wrong", "not-host", "P07"),
    Scenario("optional-right", "alice", optional=True),
    Scenario("optional-wrong", "not-alice", "P07", optional=True),
    Scenario("optional-none", "", optional=True),
    Scenario("required-none", "", page=False),
    Scenario("unpinned", "stranger"),
    Scenario("unpinned-refused", "stranger", "P09", settings="unpinned = refuse\n"),
    Scenario("default-right", "alice", files={"_default.pins": RIGHT}),
    Scenario("default-wrong", "stranger", "P07", files={"_default.pins": RIGHT}),
    Scenario("ca-right", "alice", files={"_default.pins": "ca = {intermediate}\n"}),
    Scenario("ca-wrong", "alice", "P07", files={"_default.pins": "ca = {second}\n"}),
    Scenario("broken-file", "alice", "P06", files={ALICE: "kye = {current}\n"}),
    Scenario("store-missing", "alice", "P02", settings=None),
    Scenario("store-missing-none-presented", "", settings=None, optional=True),
    Scenario("report", "not-alice", settings="mode = report\n", reported="P07"),
    Scenario("no-clients", "not-alice", clients=False),
    # While it runs
    Scenario("pin-changed", "alice", "P07", later={ALICE: WRONG}),
    Scenario("pin-fixed", "alice", files={ALICE: WRONG}, later={ALICE: RIGHT}, served_before=False),
    Scenario("turned-to-report", "not-alice", later={"_store": "mode = report\n"}, reported="P07",
         served_before=False),
    Scenario("turned-to-enforce", "not-alice", "P07", settings="mode = report\n", later={"_store": ""}),
    Scenario("session", "alice", later=PINNED, session=True),
    Scenario("session-pin-changed", "alice", "P07", later={ALICE: WRONG}, session=True),
]


def make_clients(pki):
    for name, (key, names) in CLIENTS.items():
        pki.sign(f"{name}.client", key, "intermediate",
                 ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
                  "extendedKeyUsage=clientAuth", f"subjectAltName={names}"])
        pki.join([f"{name}.client", "intermediate"], f"{name}.client.chain.pem")


def credentials(pki, client):
    """Returns chain and key of a client, None for a client without a certificate."""
    if not client:
        return None
    return pki.path(f"{client}.client.chain.pem"), pki.path(f"{CLIENTS[client][0]}.key")
