"""Certificates and pins, all made by the openssl command, so that the module is compared with an independent
implementation."""

import os
import subprocess

# The certificates the servers present: name -> (key, issuer, what is sent above the leaf). All of
# them have the same names, so that only keys and issuers differ.
LEAVES = {
    "current": ("current", "intermediate", ["intermediate"]),
    # The same, and the root is sent too.
    "whole": ("current", "intermediate", ["intermediate", "root"]),
    # An impostor: a different key for the same names, signed by the same trusted CA.
    "other": ("other", "intermediate", ["intermediate"]),
    # Signed by a different trusted CA, with the pinned CA's certificate merely appended
    # (CVE-2016-2402).
    "appended": ("other", "second", ["root"]),
    # The pinned key in a certificate of an untrusted CA.
    "untrusted": ("current", "stranger", []),
}
NAMES = "DNS:localhost,DNS:pinned.test,IP:127.0.0.1,IP:::1"
TRUSTED = ["root", "second"]
ROOTS = ["root", "second", "stranger"]
SPARE_KEYS = ["spare"]  # not served: backup keys


def openssl(*args, stdin=None):
    """Runs an openssl command without the module. Returns its output."""
    env = {"PATH": os.environ["PATH"], "OPENSSL_CONF": "/dev/null"}
    done = subprocess.run(["openssl", *args], input=stdin, env=env, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(args)}: {done.stderr.decode()}")
    return done.stdout


def base64_of_sha256(der):
    digest = openssl("dgst", "-sha256", "-binary", stdin=der)
    return openssl("base64", "-A", stdin=digest).decode()


class Pki:
    """Keys and certificates in one directory: NAME.key, NAME.pem, NAME.chain.pem, trusted.pem."""

    def __init__(self, directory):
        self.directory = directory
        keys = {key for key, _, _ in LEAVES.values()} | {*ROOTS, *SPARE_KEYS, "intermediate"}
        for key in sorted(keys):
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-out", self.path(f"{key}.key"))
        for root in ROOTS:
            self.sign(root, root, None, ["basicConstraints=critical,CA:TRUE",
                                         "keyUsage=critical,keyCertSign,cRLSign"])
        self.sign("intermediate", "intermediate", "root",
                  ["basicConstraints=critical,CA:TRUE,pathlen:0",
                   "keyUsage=critical,keyCertSign,cRLSign"])
        for leaf, (key, issuer, above) in LEAVES.items():
            self.sign(f"{leaf}.leaf", key, issuer,
                      ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
                       "extendedKeyUsage=serverAuth", f"subjectAltName={NAMES}"])
            self.join([f"{leaf}.leaf", *above], f"{leaf}.chain.pem")
        self.trusted = self.join(TRUSTED, "trusted.pem")

    def path(self, name):
        return os.path.join(self.directory, name)

    def sign(self, name, key, issuer, extensions):
        """Writes NAME.pem for a key, signed by an issuer or (None) by itself."""
        config = self.path(f"{name}.cnf")
        with open(config, "w", encoding="ascii") as out:
            out.write("[req]\ndistinguished_name=dn\n[dn]\n[x]\nsubjectKeyIdentifier=hash\n")
            if issuer:
                out.write("authorityKeyIdentifier=keyid\n")
            out.write("\n".join(extensions) + "\n")
        request = openssl("req", "-new", "-config", config, "-key", self.path(f"{key}.key"),
                          "-subj", f"/CN=pinning tests: {name}")
        by = (["-CA", self.path(f"{issuer}.pem"), "-CAkey", self.path(f"{issuer}.key"),
               "-CAcreateserial"] if issuer else ["-signkey", self.path(f"{key}.key")])
        openssl("x509", "-req", *by, "-extfile", config, "-extensions", "x", "-days", "2",
                "-sha256", "-out", self.path(f"{name}.pem"), stdin=request)

    def join(self, names, to):
        with open(self.path(to), "wb") as out:
            for name in names:
                with open(self.path(f"{name}.pem"), "rb") as pem:
                    out.write(pem.read())
        return self.path(to)

    def pin(self, key):
        """Returns the pin of a key: over its SubjectPublicKeyInfo."""
        der = openssl("pkey", "-in", self.path(f"{key}.key"), "-pubout", "-outform", "DER")
        return "sha256//" + base64_of_sha256(der)

    def certificate_pin(self, leaf):
        """Returns the pin of a leaf's whole certificate."""
        der = openssl("x509", "-in", self.path(f"{leaf}.leaf.pem"), "-outform", "DER")
        return "sha256//" + base64_of_sha256(der)

    def served(self, leaf):
        """Returns the two files a server needs: chain and key."""
        return self.path(f"{leaf}.chain.pem"), self.path(f"{LEAVES[leaf][0]}.key")
