"""The kernel's keyring of the user (keyrings(7)), in which the module remembers what it logged today."""

import ctypes
import functools
import platform

ADD_KEY, KEYCTL = {"x86_64": (248, 250), "aarch64": (217, 219)}.get(platform.machine(), (None, None))
UNLINK, USER_KEYRING = 9, -4


@functools.cache
def is_available():
    """Returns whether this process can keep a key, as it cannot in most containers."""
    if ADD_KEY is None or "\nSeccomp:\t0\n" not in open("/proc/self/status", encoding="utf-8").read():
        return False
    call = ctypes.CDLL(None).syscall
    key = call(ADD_KEY, b"user", b"pinning:e2e", b"1", 1, USER_KEYRING)
    return key >= 0 and call(KEYCTL, UNLINK, key, USER_KEYRING) == 0
