"""Process groups of the programs that a run starts, so that all of them can be ended."""

import os
import signal
import socket
import subprocess
import threading
import time

PATIENCE_SECS = 20


class Processes:
    def __init__(self):
        self.lock = threading.Lock()
        self.running = set()
        self.over = False

    def run(self, argv, env, cwd, timeout_secs, stdin=""):
        """Runs a program to its end. Returns (exit status, standard output, standard error). A program that takes too
        long is killed and has the status -9."""
        with self.lock:
            if self.over:
                raise InterruptedError
            process = subprocess.Popen(argv, env=env, cwd=cwd, stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       start_new_session=True)
            self.running.add(process)
        try:
            out, err = process.communicate(stdin.encode(), timeout=timeout_secs)
        except subprocess.TimeoutExpired:
            kill_group(process)
            out, err = process.communicate()
        finally:
            with self.lock:
                self.running.discard(process)
        return process.returncode, out.decode(errors="replace"), err.decode(errors="replace")

    def end_all(self):
        """Kills what still runs, and prevents new starts."""
        with self.lock:
            self.over = True
            for process in self.running:
                kill_group(process)


def wait_for(condition, what, patience_secs=PATIENCE_SECS):
    """Waits until condition() is true. Raises RuntimeError if it does not become true."""
    until = time.monotonic() + patience_secs
    while not condition():
        if time.monotonic() > until:
            raise RuntimeError(f"waited {patience_secs} s without effect for {what}")
        time.sleep(0.02)


def wait_for_port(port, process, output=lambda: ""):
    """Waits until a process listens on loopback. Raises RuntimeError, with its output, if it ends or does not."""
    def listens():
        if process.poll() is not None:
            raise RuntimeError(f"ended before it listened on port {port}: {output()[-800:]}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False
    try:
        wait_for(listens, f"port {port}")
    except RuntimeError as error:
        raise RuntimeError(f"{error}: {output()[-800:]}") from error


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
