"""The table of suites: where each comes from, how it is run, how its results are read."""

import glob
import os
import re
from dataclasses import dataclass

import fetch
import results


@dataclass(frozen=True, eq=False)
class Suite:
    name: str
    program: str              # what runs it
    fetch: object             # fetch.py: the directory of the suite below a cache
    parts: object             # parts(tree): names of what is run
    command: object           # command(tree, part, scratch): a command line
    parse: object             # results.py
    directory: str = "."      # the working directory, below tree
    environment: dict = None  # additions
    part_secs: int = 300      # how long one part may take
    side_by_side: int = 1     # how many parts may run at once
    uses_tls: bool = True     # must the module leave records?

    def __str__(self):
        return self.name


# ---- CPython ----

def python(name, *modules, **more):
    """A suite of CPython's. It is run without resources, so that it needs no internet."""
    def command(_, module, scratch):
        return [fetch.PYTHON, "-m", "test", "-v", "--junit-xml", f"{scratch}/{results.JUNIT}",
                module]
    return Suite(name, fetch.PYTHON, fetch.python_tests, lambda _: modules or [name], command,
                 results.junit, environment={"PYTHONPATH": "{tree}"}, **more)


# ---- perl ----

def perl(name, package, pattern, *options):
    """A suite of perl files. Tests follow the order of hashes, so perl must not shuffle them."""
    return Suite(name, "prove", fetch.source(package), files(pattern),
                 lambda tree, part, _: ["prove", "-v", *options, part], results.tap,
                 environment={"PERL_HASH_SEED": "0", "PERL_PERTURB_KEYS": "0"})


def files(*patterns):
    """The parts of a suite that has one file for each."""
    return lambda tree: sorted(path for pattern in patterns
                               for path in glob.glob(pattern, root_dir=tree))


# ---- ruby ----

def ruby(_, part, __):
    return ["ruby", "test/runner.rb", "-v", "--seed=1", part]


# ---- node ----

NODE_FLAGS = re.compile(r"^// Flags: *(.*)$", re.M)


def node(name, program, fetched, kind, command, side_by_side=1):
    """The tests of one kind, each with the flags that it asks for, as node's tools/test.py does."""
    def with_flags(tree, part, _):
        with open(os.path.join(tree, part), encoding="utf-8") as source:
            flags = NODE_FLAGS.search(source.read())
        return [*command(tree), *(flags.group(1).split() if flags else []), part]

    parts = files(*(f"test/{kind}/test-{protocol}-*.{ending}" for protocol in ("tls", "https")
                    for ending in ("js", "mjs")))
    return Suite(name, program, fetched, parts, with_flags, results.one_test, part_secs=120,
                 side_by_side=side_by_side, environment={"NODE_TEST_DIR": "{scratch}"})


def debian_node(name, kind, **more):
    return node(name, "unshare", fetch.debian_node, kind, fetch.debian_node_command, **more)


# ---- stunnel ----

def stunnel(tree, part, _):
    return [fetch.PYTHON, part, "--program", os.path.join(tree, "src", "stunnel")]


# ---- the table ----

# The slow ones first, because suites are run side by side.
SUITES = [
    debian_node("node-parallel", "parallel", side_by_side=3),
    debian_node("node-sequential", "sequential"),
    node("node-linked", "node", fetch.linked_node, "parallel", lambda _: ["node"], side_by_side=3),
    python("test_ssl"),
    python("test_asyncio", *(f"test_asyncio.test_{name}" for name in
                             ("ssl", "sslproto", "streams", "events", "sendfile"))),
    python("test_httplib"),
    python("test_smtplib", uses_tls=False),
    python("test_imaplib"),
    python("test_ftplib"),
    perl("IO-Socket-SSL", "libio-socket-ssl-perl", "t/*.t"),
    # t/local/22_provider*.t empty OPENSSL_CONF themselves, so they run without the module.
    perl("Net-SSLeay", "libnet-ssleay-perl", "t/local/*.t", "-Iinc"),
    Suite("ruby-openssl", "ruby", fetch.source("ruby3.1", keep=fetch.RUBY_TESTS),
          files("test/openssl/test_*.rb"), ruby, results.ruby),
    Suite("stunnel", fetch.PYTHON, fetch.source("stunnel4", make=fetch.make_stunnel),
          lambda _: ["maketest.py"], stunnel, results.stunnel, directory="tests"),
]
