#!/usr/bin/env python3
"""pinctl edit: an editor's result replaces the file only if it is valid."""

import os
import pty
import re
import shutil
import signal
import subprocess
import time

from store_fixture import A, B, C, Store, options, run_tests, tap, top, with_answers

started = time.time() - 1
editor = f"{top}/editor"


def write_editor(script):
    with open(editor, "w", encoding="ascii") as out:
        out.write("#!/bin/sh\n" + script)
    os.chmod(editor, 0o755)


def edit(text, store, host="x.test", answers="", script=None, env=None):
    with open(f"{top}/wanted", "w", encoding="utf-8") as out:
        out.write(text)
    write_editor(script or f'cat {top}/wanted > "$2"\n')
    return with_answers(answers, options.pinctl, "edit", host, "--pins", store.path,
                        env={"EDITOR": f"{editor} -x", **(env or {})})


def leftovers(directory="/tmp"):
    return [name for name in os.listdir(directory) if name.startswith("pinctl-edit-")
            and os.stat(f"{directory}/{name}").st_mtime >= started]


def test_edit():
    for name, before, text, status in (
            ("changed", f"key = {A}\n", f"key = {B}\n", 0), ("new", None, f"key = {B}\n", 0),
            ("fixed", "ky\n", f"key = {B}\n", 0), ("same", f"key = {A}\n", f"key = {A}\n", 0),
            ("broken", f"key = {A}\n", "ky\n", 2), ("emptied", f"key = {A}\n", "", 2),
            ("NUL", f"key = {A}\n", f"key = {B}\n\0", 2), ("too large", f"key = {A}\n", "# x\n" * 300000, 2)):
        store = Store({"x.test.pins": before} if before is not None else {})
        got = edit(text, store, answers="n\n")
        expected = text if status == 0 else before
        tap.check(f"edit/{name}", got[0] == status and store.read("x.test.pins") == expected,
                  f"expected exit status {status} and {expected!r:.200}, got {got}")
    store = Store({"x.test.pins": f"key = {A}\n"})
    again = f'if [ -e {top}/once ]; then echo "key = {B}" > "$2"; else : > {top}/once; echo ky > "$2"; fi\n'
    got = edit("", store, answers="y\n", script=again)
    tap.check("edit: an error, edited again", got[0] == 0 and store.read("x.test.pins") == f"key = {B}\n" and
              "missing '='" in got[2], got)
    got = edit("", store, script="exit 3\n")
    tap.check("edit: the editor failed", got[0] == 2 and "status 3" in got[2], got)
    got = edit("", store, script=f'echo "key = {C}" > "$2"; echo "key = {A}" > {store.path}/x.test.pins\n')
    tap.check("edit: changed meanwhile", got[0] == 2 and store.read("x.test.pins") == f"key = {A}\n" and
              "changed meanwhile" in got[2], got)
    kept = re.search(r"is in (/tmp/pinctl-\S+)\.\n", got[2])
    tap.check("edit: what was written is not lost", kept and os.path.exists(kept.group(1)), got)
    if kept:
        os.unlink(kept.group(1))
        os.rmdir(os.path.dirname(kept.group(1)))
    got = edit("unpinned = refuse\n", store, host="_store")
    tap.check("edit: _store", got[0] == 0 and store.read("_store") == "unpinned = refuse\n", got)
    got = edit("unpinned = maybe\n", store, host="_store", answers="n\n")
    tap.check("edit, refused: _store", got[0] == 2 and store.read("_store") == "unpinned = refuse\n", got)
    tap.equal("edit: no copy is left", leftovers(), [])


def test_copy():
    """The copy is out of the reach of other users, and what the editor leaves is checked."""
    new = f"key = {B}"
    # name, script of the editor, part of the message ("" if the file is installed)
    cases = [
        ("by-rename", f'echo "{new}" > "$2.new"; mv "$2.new" "$2"', ""),
        ("with-backup", f'mv "$2" "$2~"; echo "{new}" > "$2"; : > "$(dirname "$2")/.x.swp"', ""),
        ("mode-0644", f'echo "{new}" > "$2"; chmod 644 "$2"', ""),
        ("symbolic-link", f'echo "{new}" > {top}/o; ln -sf {top}/o "$2"', "is a link to a different file"),
        ("dangling-link", f'ln -sf {top}/nothing "$2"', "is a link to a different file"),
        ("hard-link", f'rm "$2"; cp {top}/wanted "$2.1"; ln "$2.1" "$2"', "is a link to a different file"),
        ("removed", 'rm "$2"', "No such file"),
        ("directory", 'rm "$2"; mkdir "$2"', "not a regular file"),
        ("fifo", 'rm "$2"; mkfifo "$2"', "not a regular file"),
        ("directory-of-the-copy-replaced", f'd=$(dirname "$2"); mv $d {top}/moved; mkdir -m 700 $d; echo "{new}" > "$2"',
         "was changed or replaced"),
        ("directory-of-the-copy-a-link", f'd=$(dirname "$2"); mv $d {top}/moved; ln -s {top}/moved $d', "was changed or replaced"),
        ("directory-of-the-copy-opened", f'chmod 777 $(dirname "$2"); echo "{new}" > "$2"', "was changed or replaced"),
    ]
    if os.geteuid() == 0:
        cases += [("owner-changed", f'echo "{new}" > "$2"; chown 65534 "$2"', "belongs to a different user (UID 65534)"),
                  ("directory-owner-changed", 'chown 65534 $(dirname "$2")', "was changed or replaced")]
    for name, script, message in cases:
        store = Store({"x.test.pins": f"key = {A}\n"})
        got = edit("x", store, script=script + "\n")
        expected = (2, f"key = {A}\n", 1) if message else (0, f"{new}\n", 0)
        tap.check(f"edit/copy-{name}", (got[0], store.read("x.test.pins"), got[2].count("\n")) == expected and message in
                  got[2], f"expected (exit status, file, lines of errors) {expected} and {message!r}, got {got}")
        for left in leftovers():
            path = f"/tmp/{left}"
            tap.check(f"edit/copy-{name}-cleaned-up", "replaced" in name or "a-link" in name, os.listdir(path))
            os.unlink(path) if os.path.islink(path) else shutil.rmtree(path)
        shutil.rmtree(f"{top}/moved", ignore_errors=True)
    store = Store({"x.test.pins": f"key = {A}\n"})
    os.mkdir(f"{top}/tmp")
    look = f'stat -c "%a %u %n" "$(dirname "$2")" "$2" > {top}/seen\n'
    for name, tmpdir, place in [("tmpdir", f"{top}/tmp", f"{top}/tmp"), ("store-as-tmpdir", store.path, "/tmp"),
                                ("relative-tmpdir", "x", "/tmp")]:
        got = edit("", store, script=look, env={"TMPDIR": tmpdir})
        with open(f"{top}/seen", encoding="utf-8") as seen:
            seen = seen.read()
        tap.check(f"edit/copy-in-{name}", got[0] == 0 and re.fullmatch(
            f"700 {os.geteuid()} {place}/pinctl-edit-\\w+\n600 {os.geteuid()} {place}/pinctl-edit-\\w+/x.test.pins\n", seen),
            f"expected modes 700 and 600 in {place}, got {seen!r}, {got}")
    got = edit("", store, env={"TMPDIR": f"{top}/none"})
    tap.check("edit/copy-in-no-directory-refused", got[0] == 2 and "cannot make a directory" in got[2], got)
    tap.equal("edit/copy-none-is-left", (leftovers(), leftovers(f"{top}/tmp"), sorted(store.files())),
              ([], [], ["_store", "x.test.pins"]))


def test_signals():
    """pinctl and the editor get the signals of a terminal; each case says which of them ends, and the exit status."""
    new = f"key = {B}\n"
    wait = f': > {top}/up; while [ -z "$go_on" ]; do sleep 0.05; done\n'
    cases = [("ends-the-editor", wait, signal.SIGINT, 2, "ended by a signal"),
             ("is-for-the-editor", f"trap go_on=1 INT\n{wait}cp {top}/wanted \"$2\"\n", signal.SIGINT, 0, ""),
             ("terminates-pinctl", f"trap go_on=1 TERM\n{wait}cp {top}/wanted \"$2\"\n", signal.SIGTERM, 2, "interrupted"),
             ("hangs-up", wait, signal.SIGHUP, 2, "ended by a signal")]
    for name, script, number, status, message in cases:
        store = Store({"x.test.pins": f"key = {A}\n"})
        with open(f"{top}/wanted", "w", encoding="utf-8") as out:
            out.write(new)
        if os.path.exists(f"{top}/up"):
            os.unlink(f"{top}/up")
        write_editor(script)
        child = subprocess.Popen([options.pinctl, "edit", "x.test", "--pins", store.path], stdin=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True,
                                 env={"PATH": os.environ["PATH"], "OPENSSL_CONF": "/dev/null", "EDITOR": f"{editor} -x"})
        while not os.path.exists(f"{top}/up"):
            time.sleep(0.01)
        os.killpg(child.pid, number)
        err = child.communicate(timeout=40)[1]
        text = new if status == 0 else f"key = {A}\n"
        tap.check(f"edit/signal-{name}", (child.returncode, store.read("x.test.pins")) == (status, text) and message in err,
                  f"expected exit status {status}, {text!r}, {message!r}, got {child.returncode} {err!r}")
        tap.equal(f"edit/signal-{name}-cleaned-up", leftovers(), [])
    master, slave = pty.openpty()
    write_editor('echo ky > "$2"\n')
    store = Store({"x.test.pins": f"key = {A}\n"})
    child = subprocess.Popen([options.pinctl, "edit", "x.test", "--pins", store.path], stdin=slave, stderr=subprocess.PIPE,
                             env={"PATH": os.environ["PATH"], "OPENSSL_CONF": "/dev/null", "EDITOR": f"{editor} -x"})
    err = b""
    while b"[y/N]" not in err:
        err += os.read(child.stderr.fileno(), 1000)
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=40)
    os.close(master)
    os.close(slave)
    tap.equal("edit/signal-at-the-question", (child.returncode, store.read("x.test.pins"), leftovers()),
              (2, f"key = {A}\n", []))


run_tests(test_edit, test_copy, test_signals)
