"""Process groups of the programs that a run starts, so that all of them can be ended."""

import os
import signal
import subprocess
import threading


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


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
