"""Command lines for programs of a different release of Debian, which are unpacked, not installed (fetch-openssl):
each gets its own loader and all of its own libraries."""

import glob
import os


def command(root, program):
    """The first words of a program's command line."""
    words = [one(f"{root}/usr/lib*/ld-linux*.so.*"), "--library-path", libraries(root),
             f"{root}/usr/bin/{program}"]
    # Otherwise it looks for its modules beside the loader.
    return ["env", f"PYTHONHOME={root}/usr", *words] if program == "python3" else words


def has(root, program):
    return os.path.exists(f"{root}/usr/bin/{program}")


def libraries(root):
    return os.path.dirname(one(f"{root}/usr/lib/*/libc.so.6"))


def one(pattern):
    found = sorted(glob.glob(pattern))
    if not found:
        raise FileNotFoundError(pattern)
    return found[0]
