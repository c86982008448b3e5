"""Protocols of the servers of server.py: over TLS, and before it. Each function counts in seen the bytes of
application data received over TLS, and notes whether it served in clear text."""

import struct

PAGE = "the page of the pinning tests"
RESPONSE = (f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(PAGE) + 1}\r\n"
            f"Connection: close\r\n\r\n{PAGE}\n").encode()
DNS_TXT, DNS_IN = 16, 1
DNS_RESPONSE = 0x8180  # recursion desired and available, no error


def received(tls, seen, enough):
    """Returns what the client sent until enough(that); empty if it ended before."""
    request = b""
    while not enough(request):
        part = tls.recv(4096)
        if not part:
            return b""
        seen["bytes"] += len(part)
        request += part
    return request


def http(tls, seen):
    if received(tls, seen, lambda request: b"\r\n\r\n" in request):
        tls.sendall(RESPONSE)
        tls.unwrap()


def dns(tls, seen):
    """Answers one question, of any name, with the page as text."""
    request = received(tls, seen, lambda r: len(r) >= 2 and len(r) - 2 >= int.from_bytes(r[:2], "big"))
    if not request:
        return
    number, end = request[2:4], 14
    while request[end]:
        end += 1 + request[end]
    question = request[14:end + 5]
    text = bytes([len(PAGE)]) + PAGE.encode()
    answer = (number + struct.pack("!5H", DNS_RESPONSE, 1, 1, 0, 0) + question
              + struct.pack("!3HIH", 0xC00C, DNS_TXT, DNS_IN, 0, len(text)) + text)
    tls.sendall(struct.pack("!H", len(answer)) + answer)
    tls.unwrap()


def smtp_in_clear(plain, seen):
    """Speaks SMTP until STARTTLS. A client without it is served, too, because the flaw is the client's."""
    plain.sendall(b"220 upstream.test ESMTP\r\n")
    return smtp_commands(plain, lambda count: None, seen, True)


def smtp(tls, seen):
    def count_bytes(count):
        seen["bytes"] += count
    smtp_commands(tls, count_bytes, seen, False)


def smtp_commands(connection, count_bytes, seen, in_clear):
    """Returns True if TLS is to begin."""
    lines = connection.makefile("rb")
    in_data = False
    for line in lines:
        count_bytes(len(line))
        word = line.strip().upper()
        if in_data:
            in_data = word != b"."
            if in_data:
                continue
            seen["in_clear"] = in_clear
            answer = f"250 {PAGE}"
        elif word.startswith(b"EHLO"):
            answer = "250-upstream.test\r\n250 STARTTLS" if in_clear else "250 upstream.test"
        elif word == b"STARTTLS" and in_clear:
            connection.sendall(b"220 go on\r\n")
            return True
        elif word == b"DATA":
            answer, in_data = "354 go on", True
        elif word == b"QUIT":
            connection.sendall(b"221 bye\r\n")
            return False
        else:
            answer = "250 ok"
        connection.sendall(f"{answer}\r\n".encode())
    return False


# protocol -> (the part before TLS, which returns whether TLS begins; the part over TLS)
DIALOGUES = {
    "http": (lambda plain, seen: True, http),
    "dns": (lambda plain, seen: True, dns),
    "smtp": (smtp_in_clear, smtp),
}
