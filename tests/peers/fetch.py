"""Sources of the suites: fetched from Debian into a directory that is kept, installed nowhere. Each
function takes that directory and returns the one of the suite, or raises Missing."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile

from ways import E2E

import programs  # of tests/e2e


class Missing(Exception):
    """A suite cannot be had here; the text says why."""


def run(argv, cwd, **options):
    """The standard output of a command."""
    try:
        done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, errors="replace",
                              **options)
    except FileNotFoundError as gone:
        raise Missing(f"there is no program {gone.filename}") from gone
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).split("\n")[-2:]
        raise Missing(f"{' '.join(argv[:4])}: {' '.join(last)}")
    return done.stdout


def apt(cache, cwd, *words):
    return run([os.path.join(E2E, "private-apt"), os.path.join(cache, "apt"), *words], cwd)


@contextlib.contextmanager
def unfinished(final):
    """A directory that becomes final, unless its making fails."""
    work = tempfile.mkdtemp(prefix=os.path.basename(final) + ".", dir=os.path.dirname(final))
    try:
        yield work
        os.chmod(work, 0o755)
        os.rename(work, final)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def source_versions(cache, package):
    """Versions of a source package that are offered, the newest first."""
    config = os.path.join(cache, "apt", "etc", "apt.conf")
    text = run(["apt-cache", "showsrc", "--only-source", package], cache,
               env={**os.environ, "APT_CONFIG": config})
    versions = {line.split()[1] for line in text.splitlines() if line.startswith("Version:")}
    return run(["sort", "-rV"], cache, input="\n".join(versions)).split()


def unpack_source(cache, package, work):
    """Fetches and unpacks the newest version that the mirror really has."""
    apt(cache, work, "indextargets")  # makes the lists
    why = Missing(f"no source package {package} is offered")
    for version in source_versions(cache, package):
        try:
            return apt(cache, work, "source", f"{package}={version}")
        except Missing as refused:
            why = refused
    raise why


def source(package, keep=None, make=None):
    """A fetch function for a source package. keep is the part of the tree that is needed, None for
    all of it; make(tree) makes what the tests need besides."""
    def fetch(cache):
        final = os.path.join(cache, package)
        if not os.path.isdir(final):
            with unfinished(final) as work:
                whole = os.path.join(work, "whole")
                os.mkdir(whole)
                unpack_source(cache, package, whole)
                tree, = (entry.path for entry in os.scandir(whole) if entry.is_dir())
                move(tree, os.path.join(work, "tree"), keep)
                shutil.rmtree(whole)
                if make:
                    make(os.path.join(work, "tree"))
        return os.path.join(final, "tree")
    return fetch


def move(tree, to, keep):
    for path in keep or ["."]:
        target = os.path.normpath(os.path.join(to, path))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.rename(os.path.normpath(os.path.join(tree, path)), target)


# ---- CPython ----

PYTHON = "/usr/bin/python3"


def python_tests(cache):
    """The package test of Debian's Python: test.support and the runner are installed with Python,
    the tests are a package of their own."""
    version = run([PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
                  cache).strip()
    package = f"libpython{version}-testsuite"
    final = os.path.join(cache, package)
    if not os.path.isdir(final):
        with unfinished(final) as work:
            apt(cache, work, "download", package)
            deb, = (name for name in os.listdir(work) if name.endswith(".deb"))
            run(["dpkg", "-x", deb, "root"], work)
            shutil.move(os.path.join(work, "root", "usr", "lib", f"python{version}", "test"), work)
            shutil.copytree(f"/usr/lib/python{version}/test", os.path.join(work, "test"),
                            dirs_exist_ok=True)
            shutil.rmtree(os.path.join(work, "root"))
            os.remove(os.path.join(work, deb))
    return final


# ---- ruby ----

RUBY_TESTS = ("test/openssl", "test/runner.rb", "tool/lib", "tool/test")


# ---- node ----

NODE_FILE = "node-command.json"

node_tests = source("nodejs", keep=("test",))


def debian_node(cache):
    """The tests of Debian's node. The command line that runs it lies beside them."""
    tree = node_tests(cache)
    try:
        command = programs.debian_node(cache)[:-1]
    except programs.Missing as why:
        if "Debian's already" not in str(why):
            raise Missing(str(why)) from why
        command = ["node"]
    with open(os.path.join(tree, NODE_FILE), "w", encoding="utf-8") as out:
        json.dump(command, out)
    return tree


def debian_node_command(tree):
    with open(os.path.join(tree, NODE_FILE), encoding="utf-8") as text:
        return json.load(text)


def linked_node(cache):
    """The same tests for a node that has OpenSSL linked in, mostly of a later version."""
    found = shutil.which("node")
    if not programs.openssl_inside(found):
        raise Missing(f"{found} has no OpenSSL linked in")
    return node_tests(cache)


# ---- stunnel ----

def make_stunnel(tree):
    """Builds stunnel, because its tests want one that was built with the very OpenSSL it runs with,
    and makes their certificates."""
    run(["./configure", "-q", "--disable-libwrap", "--disable-systemd"], tree)
    run(["make", "-s", "-C", "src"], tree)
    run(["sh", "./maketestcert.sh"], os.path.join(tree, "tests", "certs"))
