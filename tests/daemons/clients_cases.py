"""clients = DIR: what clients show to a server, what is pinned, and what must come of it."""

from dataclasses import dataclass, field

# Certificates of clients, by the same trusted CA: name -> (key, its names). Who has another's name
# and a key of his own is an impostor.
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
class Case:
    name: str
    client: str                 # of CLIENTS, "" for none
    reason: str = ""            # of the refusal; "": none, the page is served
    files: dict = field(default_factory=lambda: PINNED)
    head: str = ""              # the text of _store; None: there is no store
    optional: bool = False      # may a client come without a certificate?
    clients: bool = True        # does the configuration say clients = ?
    reported: str = ""          # the reason of what would have been refused
    page: bool = True           # is the page served by the server's own rules?
    later: dict = field(default_factory=dict)   # replaces files after a first connection, …
    session: bool = False                       # … the session of which the second one offers
    served_before: bool = True  # is the first connection served?


CASES = [
    Case("mail-right", "alice"),
    Case("mail-wrong", "not-alice", "P07"),
    Case("host-right", "host"),
    Case("host-wrong", "not-host", "P07"),
    Case("optional-right", "alice", optional=True),
    Case("optional-wrong", "not-alice", "P07", optional=True),
    Case("optional-none", "", optional=True),
    Case("required-none", "", page=False),
    Case("unpinned", "stranger"),
    Case("unpinned-refused", "stranger", "P09", head="unpinned = refuse\n"),
    Case("default-right", "alice", files={"_default.pins": RIGHT}),
    Case("default-wrong", "stranger", "P07", files={"_default.pins": RIGHT}),
    Case("ca-right", "alice", files={"_default.pins": "ca = {intermediate}\n"}),
    Case("ca-wrong", "alice", "P07", files={"_default.pins": "ca = {second}\n"}),
    Case("broken-file", "alice", "P06", files={ALICE: "kye = {current}\n"}),
    Case("store-missing", "alice", "P02", head=None),
    Case("store-missing-none-shown", "", head=None, optional=True),
    Case("report", "not-alice", head="mode = report\n", reported="P07"),
    Case("no-clients", "not-alice", clients=False),
    # While it runs
    Case("pin-changed", "alice", "P07", later={ALICE: WRONG}),
    Case("pin-mended", "alice", files={ALICE: WRONG}, later={ALICE: RIGHT}, served_before=False),
    Case("turned-to-report", "not-alice", later={"_store": "mode = report\n"}, reported="P07",
         served_before=False),
    Case("turned-to-enforce", "not-alice", "P07", head="mode = report\n", later={"_store": ""}),
    Case("session", "alice", later=PINNED, session=True),
    Case("session-pin-changed", "alice", "P07", later={ALICE: WRONG}, session=True),
]


def make_clients(pki):
    for name, (key, names) in CLIENTS.items():
        pki.sign(f"{name}.client", key, "intermediate",
                 ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
                  "extendedKeyUsage=clientAuth", f"subjectAltName={names}"])
        pki.join([f"{name}.client", "intermediate"], f"{name}.client.chain.pem")


def credentials(pki, client):
    """Chain and key of a client; None for one that has none."""
    if not client:
        return None
    return pki.path(f"{client}.client.chain.pem"), pki.path(f"{CLIENTS[client][0]}.key")
