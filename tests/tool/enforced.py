#!/usr/bin/env python3
"""Changes made by pinctl, as seen by a program that is connecting."""

import re

from store_fixture import Store, options, pki, run, run_tests, serve, tap, top, waiters


def test_enforced():
    """Pins, rotates and suspends, and connects after each change with openssl s_client."""
    store = Store()
    conf = f"{top}/openssl.cnf"
    with open(conf, "w", encoding="ascii") as out:
        out.write("openssl_conf = init\n[init]\nproviders = sect\n[sect]\ndefault = on\npinning = ours\n[on]\n"
                  f"activate = 1\n[ours]\nmodule = {options.module}\nactivate = 1\npins = {store.path}\n"
                  f"log = file:{top}/log\n")
    old, old_at = serve("current")
    new, new_at = serve("other")

    def pinctl(*arguments):
        done = run(options.pinctl, *arguments, "--conf", conf, "--ca-file", pki.trusted, "--yes")
        waiters.extend(int(pid) for pid in re.findall(r"\(process (\d+)\)", done.out))
        return done

    def gets_through(server):
        return run("openssl", "s_client", "-connect", server, "-servername", "pinned.test", "-verify_hostname",
                   "pinned.test", "-CAfile", pki.trusted, "-verify_return_error",
                   env={"OPENSSL_CONF": conf}).status == 0

    tap.check("enforced: nothing is pinned", gets_through(old_at) and gets_through(new_at))
    done = pinctl("pin", "pinned.test", "--from", old_at)
    tap.check("enforced: pinned, and pinctl prints for which programs", done.status == 0 and gets_through(old_at) and
              not gets_through(new_at) and "It is enforced" in done.out, done)
    pinctl("suspend", "pinned.test", "--for", "1h")
    tap.check("enforced: suspended", gets_through(new_at))
    pinctl("suspend", "--end", "pinned.test")
    tap.check("enforced: the suspension has ended", not gets_through(new_at))
    pinctl("suspend", "--all", "--for", "1h")
    tap.check("enforced: all suspended", gets_through(new_at))
    pinctl("suspend", "--end", "--all")
    done = pinctl("rotate", "pinned.test", "--to", pki.path("other.leaf.pem"), "--until", "2999-01-01")
    tap.check("enforced: rotated, old and new", gets_through(old_at) and gets_through(new_at), done)
    pinctl("unpin", "pinned.test")
    pinctl("pin", "pinned.test", "--from", old_at, "--ca=issuer")
    tap.check("enforced: the CA is pinned", gets_through(old_at) and gets_through(new_at))
    old.kill()
    new.kill()


run_tests(test_enforced)
