#!/usr/bin/env python3
"""pinctl hash, explain and check: their output and exit status, mostly for errors."""

import argparse
import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time

os.environ["OPENSSL_CONF"] = "/dev/null"
import ssl

from tap import Tap, run  # before the modules of tests/e2e, which it adds to the path
from pki import Pki, base64_of_sha256, openssl
from store import write_pin_file

options = argparse.ArgumentParser()
options.add_argument("--pinctl", required=True)
options = options.parse_args()
tap = Tap()
os.umask(0o022)


# ---- servers and stores ----

class Server:
    """openssl s_server on its own loopback port."""

    def __init__(self, leaf, *more):
        chain, key = pki.served(leaf)
        self.process = subprocess.Popen(
            ["openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", chain,
             "-cert_chain", pki.path("intermediate.pem"), "-key", key, *more],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = None
        for line in self.process.stdout:
            if line.startswith("ACCEPT"):
                self.port = int(line.rsplit(":", 1)[1])
                break
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def end(self):
        self.process.kill()
        self.process.wait()


class Plain:
    """Listener that calls answer(socket) for each connection, in a thread."""

    def __init__(self, answer):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.answer = answer
        threading.Thread(target=self.loop, daemon=True).start()

    def loop(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        try:
            with connection:
                self.answer(connection)
        except OSError:
            pass

    def end(self):
        self.socket.close()


def smtp(connection):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pki.served("current"))
    connection.sendall(b"220 test ESMTP\r\n")
    connection.recv(1000)
    connection.sendall(b"250-test\r\n250 STARTTLS\r\n")
    connection.recv(1000)
    connection.sendall(b"220 go on\r\n")
    with context.wrap_socket(connection, server_side=True) as tls:
        tls.recv(1000)


def pinctl(*args, env=None, **how):
    return run(options.pinctl, *args, env={"SSL_CERT_FILE": pki.trusted, "SSL_CERT_DIR": "/nonexistent",
                                           **(env or {})}, cwd=top, **how)


def store(files, settings=""):
    """Creates a store with these files. Returns its path."""
    path = tempfile.mkdtemp(dir=top, prefix="store-")
    os.chmod(path, 0o755)
    for name, text in {"_store": settings, **files}.items():
        write_pin_file(path, name, text)
    return path


def write(name, data):
    with open(os.path.join(top, name), "wb") as out:
        out.write(data)
    return os.path.join(top, name)


# ---- hash ----

def hash_files():
    pin, root = pki.pin("current"), pki.pin("root")
    der = openssl("x509", "-in", pki.path("current.leaf.pem"), "-outform", "DER")
    request = openssl("req", "-new", "-config", pki.path("root.cnf"), "-key", pki.path("current.key"), "-subj", "/CN=x")
    public = openssl("pkey", "-in", pki.path("current.key"), "-pubout")
    locked = openssl("pkey", "-in", pki.path("current.key"), "-aes128", "-passout", "pass:x")
    leaf = open(pki.path("current.leaf.pem"), "rb").read()
    cases = [
        ("leaf", pki.path("current.leaf.pem"), 0, [f"\nkey = {pin}\n", "CN=pinning tests: current.leaf"]),
        ("CA", pki.path("root.pem"), 0, [f"\nca = {root}\n", "issued by itself"]),
        ("chain", pki.path("whole.chain.pem"), 0, [f"key = {pin}", f"ca = {pki.pin('intermediate')}", f"ca = {root}"]),
        ("DER certificate", write("leaf.der", der), 0, [f"key = {pin}"]),
        ("certificate request", write("leaf.csr", request), 0, [f"key = {pin}", "# a certificate request"]),
        ("public key", write("leaf.pub", public), 0, [f"key = {pin}", "# a public key"]),
        ("private key", pki.path("current.key"), 0, [f"key = {pin}", "# a private key"]),
        ("private key with a passphrase", write("locked.key", locked), 2, ["passphrase", "!key ="]),
        ("certificate and locked key", write("both.pem", leaf + locked), 0, [f"key = {pin}"]),
        ("damaged PEM", write("cut.pem", leaf[:300]), 2, ["cut.pem: PEM block 1 is damaged"]),
        ("second block damaged", write("cut2.pem", leaf + leaf[:300]), 2, ["PEM block 2 is damaged"]),
        ("DER with more behind it", write("more.der", der + b"x"), 2, ["neither PEM nor DER"]),
        ("empty file", write("empty.pem", b""), 2, ["neither PEM nor DER"]),
        ("PEM of nothing", write("none.pem", b"-----BEGIN X-----\nAA==\n-----END X-----\n"), 2, ["no such PEM block"]),
        ("no file", "./nosuch.pem", 2, ["./nosuch.pem: cannot open the file: No such file"]),
        ("a directory", "./", 2, ["cannot read"]),
        ("a URL", "https://example.com/", 2, ["is a URL"]),
    ]
    for name, file, status, words in cases:
        tap.expect(f"hash: {name}", pinctl("hash", file), status, *words)
    tap.expect("hash: nothing", pinctl("hash"), 2, "expected FILE")
    tap.expect("hash: weak", pinctl("hash", "--hash", "sha1", "./x"), 2, "expected sha256, sha384 or sha512")
    whole = pki.certificate_pin("current")
    tap.expect("hash: whole certificate", pinctl("hash", "--cert", pki.path("current.leaf.pem")), 0, f"cert = {whole}")
    tap.expect("hash: standard input", pinctl("hash", "-", stdin=public.decode()), 0, f"key = {pin}")


def hash_agrees():
    """Compares with openssl pkey | openssl dgst, for every kind of key, and with curl."""
    kinds = [["RSA", "rsa_keygen_bits:2048"], ["RSA-PSS", "rsa_keygen_bits:2048"], ["EC", "ec_paramgen_curve:P-384"],
             ["ED25519"], ["EC", "ec_paramgen_curve:P-256", "ec_param_enc:explicit"]]
    for kind in kinds:
        opts = [x for opt in kind[1:] for x in ("-pkeyopt", opt)]
        key = write("kind.key", openssl("genpkey", "-algorithm", kind[0], *opts))
        cert = write("kind.pem", openssl("req", "-x509", "-config", pki.path("root.cnf"), "-key", key, "-subj", "/CN=x"))
        der = openssl("pkey", "-in", key, "-pubout", "-outform", "DER")
        want = "sha256//" + base64_of_sha256(der)
        for file in (key, cert):
            tap.expect(f"hash: {' '.join(kind)} as openssl dgst, {file[-3:]}", pinctl("hash", file), 0, want)
    tap.expect("hash: a host's chain", pinctl("hash", f"127.0.0.1:{server.port}"), 0,
           f"key = {pki.pin('current')}", f"ca = {pki.pin('intermediate')}")
    tap.expect("hash: STARTTLS", pinctl("hash", f"localhost:{mail.port}", "--starttls", "smtp"), 0, f"key = {pki.pin('current')}")
    tap.expect("hash: unknown protocol", pinctl("hash", f"localhost:{mail.port}", "--starttls", "nosuch"), 2, "does not know the protocol")
    tap.expect("hash: an option as protocol", pinctl("hash", "localhost:1", "--starttls", "-x"), 2, "is not a protocol")
    tap.expect("hash: no server", pinctl("hash", "127.0.0.1:1"), 2, "127.0.0.1:1: Connection refused")
    tap.expect("hash: no TLS there", pinctl("hash", f"127.0.0.1:{chatter.port}"), 2, "wrong version number")
    tap.expect("hash: bad port", pinctl("hash", "localhost:70000"), 2, "not a number of 1 to 65535")
    if shutil.which("curl"):
        for key, status in (("current", True), ("spare", False)):
            done = subprocess.run(["curl", "-qsk", "-m", "10", "--pinnedpubkey", pki.pin(key), f"https://127.0.0.1:{server.port}/"],
                                  capture_output=True, check=False)
            tap.check(f"hash: curl --pinnedpubkey, {key}", (done.returncode != 90) == status, done)


def hash_hostile():
    """Names with control characters for a terminal, or with a line of a pin file."""
    hostile = write("hostile.pem", openssl(
        "req", "-x509", "-config", pki.path("root.cnf"), "-key", pki.path("current.key"), "-utf8", "-subj",
        "/CN=a\x1b[2J\nkey = sha256:b\u202e"))
    done = pinctl("hash", hostile)
    lines = [line for line in done.out.splitlines() if line and not line.startswith("#")]
    tap.check("hash: a hostile subject stays in its comment", done.status == 0 and len(lines) == 1, done)
    tap.check("hash: newlines of a subject are text", "CN=a\\1B[2J\\0Akey = sha256:b" in done.out, done)
    tap.check("hash: no control characters", done.out.isascii() and "\x1b" not in done.out, done)
    done = pinctl("hash", "--json", hostile)
    tap.check("hash: JSON", json.loads(done.out)[0]["kind"] == "key", done)
    names = ",".join(f"DNS:host{i:05}.{'x' * 40}.example" for i in range(1700))
    conf = write("many.cnf", f"[req]\ndistinguished_name=dn\n[dn]\n[x]\nsubjectAltName={names}\n".encode())
    cert = write("many.pem", openssl("req", "-x509", "-config", conf, "-extensions", "x", "-key", pki.path("current.key"),
                                     "-subj", "/CN=x"))
    tap.expect("hash: 100 KiB of names", pinctl("hash", cert), 0, f"{pki.pin('current')}")


# ---- explain ----

def explain():
    current, spare, root = pki.pin("current"), pki.pin("spare"), pki.pin("root")
    port, other = server.port, impostor.port
    good = f"key = {current}\nkey = {spare}\n"
    miss = f"# only\nkey = {spare}\n"
    cases = [
        ("accepted", good, f"localhost:{port}", 0,
         ["against the trust store: yes", "localhost.pins: found", f"line 1   key {current}: matches",
          f"line 2   key {spare}: does not match", "verdict: accepted", "!to do"]),
        ("by a CA", f"ca = {root}\nkey = {spare}\n", f"localhost:{port}", 0, [f"ca {root}: matches", "line 1 matches: ca"]),
        ("impostor", good, f"localhost:{other}", 1,
         ["verdict: refused (P07)", "pinctl help P07", "not over this connection", "!rotate", "!pinctl pin", "!pinctl edit"]),
        ("mode = report", miss + "mode = report\n", f"localhost:{port}", 1, ["would be refused (P07)", "allowed by mode = report of"]),
        ("mode = off", "mode = off\n", f"localhost:{other}", 0, ["mode = off of"]),
        ("expired", f"key = {spare}\nkey = {current} until 2020-01-01\n", f"localhost:{port}", 1,
         ["would match, but has expired", "line 2 of localhost.pins has the presented key", "pinctl edit localhost"]),
        ("all expired", f"key = {current} until 2020-01-01\n", f"localhost:{port}", 1, ["refused (P08)"]),
        ("of another kind", f"cert = {current}\n", f"localhost:{port}", 1, ["would match as key, not as cert: pinctl edit localhost"]),
        ("a file with an error", "ky = x\n", f"localhost:{port}", 1, ["refused (P06)", "localhost.pins:1:1", "pinctl edit localhost"]),
        ("nothing pinned", good, f"127.0.0.1:{other}", 0, ["accepted: nothing is pinned"]),
        ("not reached", good, "localhost:1", 2, ["unknown: no certificate", "Connection refused", "localhost.pins: found"]),
        ("no host", good, "bücher.example", 2, ["A-labels"]),
        ("probe", good + f"probe = 127.0.0.1:{port}\n", "localhost", 0, [f"127.0.0.1:{port} presents", "looking for localhost", "accepted"]),
        ("probe with STARTTLS", good + f"probe = 127.0.0.1:{mail.port} smtp # mail\n", "localhost", 0, ["accepted"]),
    ]
    for name, text, host, status, words in cases:
        tap.expect(f"explain: {name}", pinctl("explain", "--pins", store({"localhost.pins": text}), host), status, *words)
    path = store({"_default.pins": good + f"probe = 127.0.0.1:{port}\n"})
    tap.expect("explain: the probe of _default is a different host", pinctl("explain", "--pins", path, "localhost"), 2,
           "localhost:443", "_default.pins: found", "!accepted")
    path = store({"_default.pins": good + f"probe = localhost:{port}\n"})
    tap.expect("explain: unless it names the host", pinctl("explain", "--pins", path, "localhost"), 0, f"localhost:{port} presents", "accepted")
    path = store({"test.pins": good + f"subdomains = yes\nprobe = 127.0.0.1:{port}\n"})
    tap.expect("explain: the probe of a parent", pinctl("explain", "--pins", path, "a.test"), 2, "a.test:443", "test.pins: found", "!accepted")
    chain = ["localhost", "--chain", pki.path("other.chain.pem")]
    path = store({"localhost.pins": good})
    cases = [
        ("chain of a file", [], 1, ["refused (P07)"]),
        ("key of the operator", ["--file", pki.path("other.leaf.pem")], 1, [f"pinctl rotate localhost --to {pki.path('other.leaf.pem')}"]),
        ("CA of the operator", ["--file", pki.path("root.pem")], 1, ["pinctl rotate localhost --to"]),
        ("another key", ["--file", pki.path("spare.key")], 1, ["the peer matches no key of", "!rotate"]),
        ("another CA", ["--file", pki.path("second.pem")], 1, ["the peer matches no key of", "!rotate"]),
    ]
    for name, more, status, words in cases:
        tap.expect(f"explain: {name}", pinctl("explain", "--pins", path, *chain, *more), status, *words)
    appended = ["localhost", "--chain", pki.path("appended.chain.pem")]
    tap.expect("explain: a CA that was merely appended", pinctl("explain", "--pins", store({"localhost.pins": f"ca = {root}\n"}), *appended),
           1, "refused (P07)", f"ca {root}: does not match")
    tap.expect("explain: untrusted", pinctl("explain", "--pins", path, "localhost", "--chain", pki.path("untrusted.chain.pem")), 0,
           "against the trust store: no: ")
    tap.expect("explain: chain without certificates", pinctl("explain", "--pins", path, "x", "--chain", pki.path("spare.key")), 2,
           "expected the certificate that the server presents")
    hostile = write("hostile-chain.pem", openssl("req", "-x509", "-key", pki.path("current.key"), "-utf8", "-subj",
                                                 "/CN=a\x1b[2J\nverdict: accepted"))
    done = pinctl("explain", "--pins", path, "localhost", "--chain", hostile)
    verdicts = [line for line in done.out.splitlines() if line.startswith("verdict: ")]
    tap.check("explain: newlines of a subject add no line", len(verdicts) == 1 and "\x1b" not in done.out and
              "\n  0  CN=a\\1B[2J\\0Averdict: accepted\n" in done.out, done)
    tap.expect("explain: no trust anchors", pinctl("explain", "--pins", path, *chain, "--ca-file", "/nonexistent"), 2, "/nonexistent")
    nameless = store({"_nameless.pins": f"key = {spare}\n"})
    tap.expect("explain: nameless", pinctl("explain", "--pins", nameless, f"127.0.0.1:{port}", "--nameless"), 1, "_nameless.pins: found")
    done = pinctl("explain", "--pins", path, "--json", f"localhost:{other}")
    said = json.loads(done.out)
    tap.check("explain: JSON", (said["action"], said["reason"], said["verifies"], [pin["state"] for pin in said["pins"]]) ==
              ("refused", "P07", True, ["does not hold"] * 2), done)


# ---- check ----

def check_files():
    current, spare, root = (f"{kind} = {pki.pin(key)}\n" for kind, key in (("key", "current"), ("key", "spare"), ("ca", "root")))
    two, soon = current + spare, time.strftime("%Y-%m-%d", time.gmtime(time.time() + 20 * 86400))
    later = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 40 * 86400))
    bad = "never looked up"
    cases = [
        ({"a.example.pins": two, "README": "x", "a.example.pins~": "x", ".hidden": ""}, 0, ["1 files, 0 errors, 0 warnings"]),
        ({"API.example.pins": two}, 1, [bad, "expected api.example.pins", "0 files, 1 errors"]),
        ({"bücher.example.pins": two}, 1, [bad, "A-labels"]),
        ({"a.example:443.pins": two}, 1, ["a port", "expected a.example.pins"]),
        ({"[::1].pins": two}, 1, ["brackets", "::1.pins"]),
        ({"*.a.example.pins": two}, 1, ["wildcard", "expected a.example.pins with subdomains = yes"]),
        ({"a.example.pin": two}, 1, ["never read", "ends in .pins"]),
        ({"a.example.PINS": two}, 1, ["never read"]),
        ({"_defaults.pins": two}, 1, [bad, "expected _default.pins or _nameless.pins"]),
        ({"_default": two}, 1, ["never read"]),
        ({"a.example..pins": two}, 1, ["expected a.example.pins"]),
        ({"127.1.pins": two}, 1, ["expected 127.0.0.1.pins"]),
        ({"::ffff:192.0.2.1.pins": two}, 1, ["expected 192.0.2.1.pins"]),
        ({"a.1.pins": two}, 1, [bad]),
        ({"alice@a.example.pins": two}, 1, ["store of clients"]),
        ({"a\nb.pins": two, "c\x1b[2J.pins": two}, 1, [bad, "!\x1b", "a\\x0Ab.pins", "c\\x1B[2J.pins"]),
        ({"_default.pins": two, "_nameless.pins": two, "192.0.2.1.pins": two, "2001:db8::1.pins": two}, 0, ["4 files"]),
        ({"a.example.pins": "ky = 1\n"}, 1, ["error P06: a.example.pins:1:1: unknown name"]),
        ({"a.example.pins": ""}, 1, ["error P06"]),
        ({"a.example.pins": current}, 1, ["warning: a.example.pins: a single pin"]),
        ({"a.example.pins": current + spare.strip() + " until 2020-01-01\n"}, 1, ["a single pin"]),
        ({"a.example.pins": current.strip() + " until 2020-01-01\n"}, 1, ["error P08", "every pin has expired", "!single"]),
        ({"a.example.pins": current + spare.strip() + f" until {soon}\n"}, 1, [f"P10: a.example.pins: the pin of line 2 expires on {soon}"]),
        ({"a.example.pins": current + spare.strip() + f" until {later}\n"}, 0, []),
        ({"a.example.pins": two + f"report-after = {soon}\n"}, 1, [f"is on {soon} (report-after)"]),
        ({"a.example.pins": two + "report-after = 2020-01-01\n"}, 1, ["was on 2020-01-01"]),
        ({"a.example.pins": two + f"report-after = {later}\n"}, 0, []),
        ({"a.example.pins": "mode = off\n"}, 0, []),
        ({"a.example.pins": root + f"ca = {pki.pin('second')}\n"}, 1, ["only roots are pinned", "!single"]),
        ({"a.example.pins": root + f"ca = {pki.pin('intermediate')}\n"}, 0, []),
        ({"a.example.pins": root + spare}, 0, []),
        ({"a.example.pins": two + "subdomains = yes\n", "b.a.example.pins": two}, 1, ["b.a.example.pins: a.example.pins has subdomains = yes"]),
        ({"a.example.pins": two + "subdomains = yes\n", "b.a.example.pins": two + "subdomains = yes\n"}, 0, []),
        ({"a.example.pins": two, "b.a.example.pins": two}, 0, []),
        ({"_store": "mode = on\n"}, 1, ["error P03: _store:1:8"]),
        ({"_store": "mode = report\n", "a.example.pins": two}, 0, ["nothing is enforced"]),
    ]
    for files, status, words in cases:
        name = ", ".join(files).encode("unicode_escape").decode()
        tap.expect(f"check: {name}: {words[0] if words else 'nothing'}", pinctl("check", "--lint", store(files)), status, *words)


def check_store():
    two = f"key = {pki.pin('current')}\nkey = {pki.pin('spare')}\n"
    path = store({"a.example.pins": two, "b.example.pins": "key\n", "_default.pins": f"key = {pki.pin('spare')}\n"})
    os.chmod(os.path.join(path, "a.example.pins"), 0o664)
    os.symlink("nowhere", os.path.join(path, "c.example.pins"))
    os.mkdir(os.path.join(path, "d.example.pins"))
    tap.expect("check: unsafe, link, directory", pinctl("check", "--lint", path), 1, "error P04", "chmod g-w", "error P05",
           "is a link to a file that does not exist", "is a directory", "error P06: b.example.pins:1:4")
    tap.expect("check: one host", pinctl("check", "--lint", path, "b.example"), 1, "1 files, 1 errors, 0 warnings", "P06")
    tap.expect("check: a host by _default", pinctl("check", "--lint", path, "x.example"), 1, "_default.pins: a single pin")
    tap.expect("check: errors alone", pinctl("check", "--lint", path, "--errors", "x.example"), 0, "0 warnings")
    os.remove(os.path.join(path, "_default.pins"))
    tap.expect("check: a host of no file", pinctl("check", "--lint", path, "x.example"), 1, "nothing is pinned for it")
    os.remove(os.path.join(path, "_store"))
    tap.expect("check: no _store", pinctl("check", "--lint", path), 1, "error P03", "does not contain _store")
    os.chmod(path, 0o777)
    tap.expect("check: unsafe directory", pinctl("check", "--lint", path), 1, "error P04")
    tap.expect("check: no directory", pinctl("check", "--lint", path + "x"), 2, "No such file or directory")
    tap.expect("check: a file", pinctl("check", "--lint", pki.trusted), 1, "error P02")
    tap.expect("check: nothing configured", pinctl("check"), 2, "enables no pinning provider")
    done = pinctl("check", "--lint", store({"a.example.pins": "key\n"}), "--json")
    output = json.loads(done.out)
    tap.check("check: JSON", (output["errors"], output["findings"][0]["reason"]) == (1, "P06"), done)
    clients = store({"alice@a.example.pins": two, "Bob@a.example.pins": two})
    conf = write("clients.cnf", f"openssl_conf=a\n[a]\nproviders=b\n[b]\npinning=c\n[c]\nmodule=pinning.so\npins={store({})}\nclients={clients}\n".encode())
    tap.expect("check: the store of clients", pinctl("check", "--conf", conf), 1, "Bob@a.example.pins", "mail address in lower case", "1 files, 1 errors")
    apt = tempfile.mkdtemp(dir=top)
    with open(os.path.join(apt, "sources.list"), "w", encoding="ascii") as out:
        out.write("# deb https://c.example/ x\ndeb http://b.example/ x\ndeb [signed-by=x] https://u:p@a.example:8443/debian x main\n")
    tap.expect("check: apt", pinctl("check", "--lint", store({"a.example.pins": two}), "--apt", apt), 1, "names a.example", "1 warnings")
    tap.expect("check: apt by CA", pinctl("check", "--lint", store({"a.example.pins": two + f"ca = {pki.pin('root')}\n"}), "--apt", apt), 0)


def check_as():
    two = f"key = {pki.pin('current')}\nkey = {pki.pin('spare')}\n"
    path = store({"a.example.pins": two, "b.example.pins": two})
    tap.expect("check: as an unknown user", pinctl("check", "--lint", path, "--as", "no such"), 2, "there is no such user")
    if os.geteuid() != 0:
        tap.expect("check: --as wants root", pinctl("check", "--lint", path, "--as", "root"), 2, "run it as root")
        return
    user = pwd.getpwuid(65534).pw_name
    tap.expect(f"check: as {user}", pinctl("check", "--lint", path, "--as", user), 0, "2 files, 0 errors")
    os.chmod(os.path.join(path, "a.example.pins"), 0o600)
    os.chmod(path, 0o711)
    tap.expect("check: a file that a daemon cannot read", pinctl("check", "--lint", path, "--as", user), 1,
           "error P05", "a.example.pins: cannot open the file: Permission denied", "2 files, 1 errors")
    os.chmod(path, 0o700)
    tap.expect("check: a store that a daemon cannot enter", pinctl("check", "--lint", path, "--as", user), 1, "Permission denied")
    path = store({"a.example.pins": two})
    os.chown(os.path.join(path, "a.example.pins"), 65533, 65533)
    tap.expect("check: a file of a different owner", pinctl("check", "--lint", path, "--as", user), 1, "error P04")


def check_live():
    key, spare = (f"key = {pki.pin(key)}\n" for key in ("current", "spare"))
    ca = f"ca = {pki.pin('root')}\n"
    probe, away = f"probe = localhost:{server.port}\n", "probe = 127.0.0.1:1\n"
    done = pinctl("check", "--live", "--lint", store({
        "localhost.pins": key + ca + probe, "pinned.test.pins": spare + spare.replace("key", "cert") + probe,
        "127.0.0.1.pins": spare + ca.replace("ca", "key") + "mode = report\n" + probe,
        "gone.test.pins": key + spare + away, "_default.pins": key + spare,
        "mail.test.pins": spare + key + f"probe = 127.0.0.1:{mail.port} smtp\n"}))
    tap.expect("check --live", done, 1, "error P07: pinned.test: refused today", "see: pinctl explain pinned.test",
           "warning P07: 127.0.0.1: would be refused under enforce", "localhost: its certificate expires on", "!error P07: localhost",
           "!P07: mail.test", "unknown: gone.test: 127.0.0.1:1 presents no certificate: Connection refused", "5 hosts checked (1 not reached)")
    tap.check("check --live: no progress off a terminal", "\r" not in done.out + done.err and "\x1b" not in done.out, done)
    tap.expect("check --live: no server", pinctl("check", "--errors", "--live", "--lint", store({"gone.test.pins": key + spare + away})), 2, "1 not reached")
    tap.expect("check --live: a host", pinctl("check", "--errors", "--live", "--lint", store({"localhost.pins": key + probe, "gone.test.pins": key + away}),
                                          "localhost"), 0, "1 hosts checked (0 not reached)")
    began = time.monotonic()
    slow = store({f"h{i}.test.pins": key + spare + f"probe = 127.0.0.1:{silent.port}\n" for i in range(30)})
    tap.expect("check --live: silent servers", pinctl("check", "--errors", "--live", "--timeout", "2", "--lint", slow), 2, "no answer in time", "30 not reached")
    tap.check("check --live: many at once", time.monotonic() - began < 8, f"{time.monotonic() - began} s")
    many = store({f"h{i}.test.pins": key + spare + probe for i in range(100)})
    tap.expect("check --live: 100 hosts", pinctl("check", "--errors", "--live", "--parallel", "8", "--lint", many), 0, "100 hosts checked (0 not reached)")
    tap.expect("check --live: too many at once", pinctl("check", "--live", "--parallel", "9999"), 2, "1 to 400")


top = tempfile.mkdtemp(prefix="pinctl-look-")
os.chmod(top, 0o755)
os.mkdir(os.path.join(top, "pki"))
pki = Pki(os.path.join(top, "pki"))
server, impostor = Server("current"), Server("other")
mail = Plain(smtp)
chatter = Plain(lambda connection: connection.sendall(b"hello, who is there?\r\n") or connection.recv(1000))
silent = Plain(lambda connection: time.sleep(20))
try:
    for part in (hash_files, hash_agrees, hash_hostile, explain, check_files, check_store, check_as, check_live):
        part()
finally:
    for each in (server, impostor, mail, chatter, silent):
        each.end()
    shutil.rmtree(top)
tap.end()
