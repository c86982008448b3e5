#!/usr/bin/env python3
"""pinctl edit: an editor's result replaces the file only if it is valid."""

import os
import re
import time

from store_fixture import A, B, C, Store, options, run_tests, tap, top, with_answers

started = time.time() - 1


def test_edit():
    editor = f"{top}/editor"

    def edit(text, store, host="x.test", answers="", script=None):
        with open(f"{top}/wanted", "w", encoding="utf-8") as out:
            out.write(text)
        with open(editor, "w", encoding="ascii") as out:
            out.write("#!/bin/sh\n" + (script or f'cat {top}/wanted > "$2"\n'))
        os.chmod(editor, 0o755)
        return with_answers(answers, options.pinctl, "edit", host, "--pins", store.path,
                            env={"EDITOR": f"{editor} -x"})

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
    got = edit("unpinned = refuse\n", store, host="_store")
    tap.check("edit: _store", got[0] == 0 and store.read("_store") == "unpinned = refuse\n", got)
    got = edit("unpinned = maybe\n", store, host="_store", answers="n\n")
    tap.check("edit, refused: _store", got[0] == 2 and store.read("_store") == "unpinned = refuse\n", got)
    leftovers = [name for name in os.listdir("/tmp") if name.startswith("pinctl-") and name.endswith(".pins")
                 and os.stat(f"/tmp/{name}").st_mtime >= started]
    tap.check("edit: no copy is left", not leftovers, leftovers)


run_tests(test_edit)
