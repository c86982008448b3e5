#!/usr/bin/env python3
"""pinctl import curl, hpkp, fingerprint and openvpn: the files in which their pins stand."""

import base64
import datetime

from import_fixture import A, B, COLONS, HEX, ME, SHA1, both, key, run, run_accepted, run_refused, run_tests

PEM = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", "/dev/null",
          "-subj", "/CN=me.example").out
PRINTED = run("openssl", "x509", "-fingerprint", "-sha256", "-subject", "-dates", stdin=PEM).out
PRINTED_PIN = base64.b64encode(bytes.fromhex(PRINTED.split("Fingerprint=")[1].split()[0].replace(":", ""))).decode()
CERT = {"me.example": [f"cert = sha256//{A}"]}
PINS = f'pin-sha256="{A}"; max-age=5184000'
DAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=5184000)).date().isoformat()
HEADER = {"me.example": both(A) + [f"report-after = {DAY}"]}
RESPONSE = f"HTTP/2 200\r\nserver: x\r\npublic-key-pins: {PINS}\r\ncontent-type: text/html\r\n\r\n"
APACHE = 'Header always set Public-Key-Pins "%s"' % PINS.replace('"', '\\"')
OVPN = f"""client
# <peer-fingerprint> of old
remote vpn.example 1194
<ca>
-----BEGIN CERTIFICATE-----
{COLONS[:47]}
-----END CERTIFICATE-----
</ca>
<peer-fingerprint>
# current
{COLONS}
</peer-fingerprint>
verb 3
"""

ACCEPTED = [
    ("curl/curlrc-line", "curl", f'pinnedpubkey = "sha256//{A}"\n', ME, {"me.example": key(A)}),
    ("curl/curlrc-whole", "curl", f'# mine\nurl = "https://me.example/"\n--pinnedpubkey sha256//{A};sha256//{B}\nsilent\n', ME,
     {"me.example": key(A, B)}),
    ("curl/curlrc-colon", "curl", f'silent\r\npinnedpubkey: "sha256//{A}"\r\n', ME, {"me.example": key(A)}),
    ("curl/curlrc-comment-and-proxy", "curl", f'# pinnedpubkey = x\nproxy-pinnedpubkey = x\npinnedpubkey=sha256//{A}', ME,
     {"me.example": key(A)}),
    ("fingerprint/printed-with-certificate", "fingerprint", PRINTED, ME,
     {"me.example": [f"cert = sha256//{PRINTED_PIN}"]}),
    ("fingerprint/bare-colons", "fingerprint", COLONS + "\n", ME, CERT),
    ("fingerprint/bare-hex", "fingerprint", f"\n  {HEX}\r\n", ME, CERT),
    ("openvpn/configuration", "openvpn", OVPN, ME, CERT),
    ("openvpn/option", "openvpn", f"client\npeer-fingerprint {COLONS}\n", ME, CERT),
    ("openvpn/bare", "openvpn", f"{COLONS}\n", ME, CERT),
    ("hpkp/response", "hpkp", RESPONSE, ME, HEADER),
    ("hpkp/response-folded", "hpkp", RESPONSE.replace("; max", ";\r\n max"), ME, HEADER),
    ("hpkp/nginx", "hpkp", f"server {{\n  add_header Public-Key-Pins '{PINS}' always;\n}}\n", ME, HEADER),
    ("hpkp/nginx-escapes", "hpkp", 'add_header Public-Key-Pins "%s";' % PINS.replace('"', '\\"'), ME, HEADER),
    ("hpkp/apache", "hpkp", f"<IfModule mod_headers.c>\n  {APACHE}\n</IfModule>\n", ME, HEADER),
    ("hpkp/commented-line", "hpkp", f"# add_header Public-Key-Pins 'x';\n{APACHE}\n", ME, HEADER),
    ("hpkp/report-only-beside", "hpkp", f'Public-Key-Pins-Report-Only: pin-sha256="{B}"\nPublic-Key-Pins: {PINS}\n', ME,
     HEADER),
]

REFUSED = [
    ("curl/curlrc-file", "curl", 'pinnedpubkey = "/etc/key.pem"', ME, ":1:17: expected sha256//BASE64; for a file"),
    ("curl/curlrc-two", "curl", f"pinnedpubkey = sha256//{A}\nnext\npinnedpubkey = sha256//{B}\n", ME,
     ":3:16: a second pinnedpubkey"),
    ("curl/curlrc-cut", "curl", f'pinnedpubkey = "sha256//{A}\n', ME, "a quote is missing"),
    ("curl/curlrc-sha1", "curl", f"pinnedpubkey = sha1//{SHA1}", ME, ":1:16: expected sha256//"),
    ("curl/zeros", "curl", f"sha256//{A};sha256//{'A' * 43}=", ME, ":1:54: all bytes are zero"),
    ("fingerprint/bare-sha1", "fingerprint", COLONS[:59], ME, ":1:1: the length of SHA-1"),
    ("fingerprint/pem-cut", "fingerprint", PRINTED[:-60], ME, "the end of this PEM is missing"),
    ("fingerprint/only-a-certificate", "fingerprint", PEM, ME, "no pin"),
    ("fingerprint/other-line", "fingerprint", f"x\n{COLONS}", ME, ":1:1: expected sha256 Fingerprint"),
    ("openvpn/none", "openvpn", "client\nremote vpn.example\n", ME, "no pin"),
    ("openvpn/block-cut", "openvpn", f"<peer-fingerprint>\n{COLONS}\n", ME, ":1:1: the end of this block is missing"),
    ("openvpn/block-word", "openvpn", "<peer-fingerprint>\nx\n</peer-fingerprint>\n", ME, ":2:1: not a hex digit"),
    ("openvpn/verify-hash", "openvpn", f"verify-hash {COLONS}\n", ME, ":1:1: verify-hash"),
    ("openvpn/no-host", "openvpn", OVPN, [], "--host"),
    ("hpkp/two-headers", "hpkp", f"{APACHE}\n{APACHE}\n", ME, ":2:19: a second header"),
    ("hpkp/nginx-variable", "hpkp", "add_header Public-Key-Pins $pins;", ME, ":1:28: a variable"),
    ("hpkp/nginx-cut", "hpkp", f"add_header Public-Key-Pins '{PINS}\n", ME, "a quote is missing"),
    ("hpkp/other-place", "hpkp", f"proxy_hide_header Public-Key-Pins;\n", ME, ":1:1: expected Public-Key-Pins: VALUE"),
    ("hpkp/bad-pin-in-response", "hpkp", RESPONSE.replace("/Z/", "/!/"), ME, ":3:"),
    ("hpkp/short-pin-in-apache", "hpkp", APACHE.replace(A, A[4:]), ME, ":1:"),
]


def accepted():
    run_accepted(ACCEPTED)


def refused():
    run_refused(REFUSED)


run_tests(accepted, refused)
