"""Parser for the groups of a ClientHello (RFC 8446 4.1.2), as openssl s_client -msg prints it."""

import re
import struct
from typing import NamedTuple

SUPPORTED_GROUPS, KEY_SHARE = 10, 51


class Groups(NamedTuple):
    groups: list  # of supported_groups, in their order
    shares: list  # the groups with a key share


def from_msg(text):
    """Returns the bytes of the first ClientHello."""
    found = re.search(r">>> [^\n]*Handshake[^\n]*ClientHello\n((?: +[0-9a-f ]+\n)+)", text)
    return bytes.fromhex(found.group(1)) if found else b""


def parse(message):
    extensions = dict(extensions_of(message))
    return Groups(list(words(extensions.get(SUPPORTED_GROUPS, b"")[2:])),
                  list(shares(extensions.get(KEY_SHARE, b"")[2:])))


def extensions_of(message):
    at = 4 + 2 + 32                     # header, version, random
    if at >= len(message):
        return
    at += 1 + message[at]               # session id
    at += 2 + number(message, at)       # cipher suites
    at += 1 + message[at]               # compression
    at += 2                             # the extensions' length
    while at < len(message):
        kind, length = struct.unpack_from("!HH", message, at)
        yield kind, message[at + 4:at + 4 + length]
        at += 4 + length


def number(data, at):
    return struct.unpack_from("!H", data, at)[0]


def words(data):
    return (number(data, at) for at in range(0, len(data), 2))


def shares(data):
    at = 0
    while at < len(data):
        group, length = struct.unpack_from("!HH", data, at)
        yield group
        at += 4 + length
