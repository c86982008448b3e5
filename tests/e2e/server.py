"""TLS servers on loopback, which report each connection.

All listeners are in one process, started with OPENSSL_CONF=/dev/null so that it does not load the module.
Commands and answers are JSON, one a line, on its standard input and output; it ends when its standard input
does. Each case of the tests opens its own listener, so that every connection is known to belong to it.
"""

import json
import os
import select
import socket
import subprocess
import sys
import threading
import time

from dialogues import DIALOGUES, PAGE  # noqa: F401

PATIENCE_SECS = 10


# ---- in the harness ----

class Servers:
    """Handle of the server process. Any thread may call it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "OPENSSL_CONF": "/dev/null"}, start_new_session=True)

    def ask(self, **command):
        with self.lock:
            self.process.stdin.write(json.dumps(command) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("the server process has ended")
        return json.loads(answer)

    def listen(self, chain, key, tls, speaks="http"):
        """Opens a listener with a certificate. Returns its port number, the same on 127.0.0.1 and ::1.
        speaks: of dialogues.py."""
        return self.ask(do="listen", chain=chain, key=key, tls=tls, speaks=speaks)["port"]

    def connections(self, port):
        """Closes a listener and waits for its connections to end. Returns each as {"handshake": done?,
        "reused": was a session resumed?, "bytes": of application data received over TLS,
        "in_clear": served without TLS?, "error": text}."""
        self.ask(do="close", port=port)
        return self.ask(do="report", port=port)["connections"]

    def seen(self, port):
        """Returns the same for a listener that stays open: the connections since the last call, which must end by
        themselves."""
        return self.ask(do="seen", port=port)["connections"]

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE_SECS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


# ---- in the server process ----

class Listener:
    def __init__(self, chain, key, tls, speaks):
        import ssl  # not in the harness, where OpenSSL would read the configuration too
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain, key)
        self.context.maximum_version = {"1.2": ssl.TLSVersion.TLSv1_2,
                                        "1.3": ssl.TLSVersion.TLSv1_3}[tls]
        self.before, self.answer = DIALOGUES[speaks]
        self.sockets, self.port = bind_loopback()
        self.lock = threading.Lock()
        self.connections = []
        self.threads = []
        self.acceptors = [self.start(self.accept, s) for s in self.sockets]

    @staticmethod
    def start(function, *args):
        thread = threading.Thread(target=function, args=args, daemon=True)
        thread.start()
        return thread

    def accept(self, listening):
        while True:
            try:
                plain, _ = listening.accept()
            except OSError:
                return  # closed
            with self.lock:
                self.threads.append(self.start(self.serve, plain))

    def serve(self, plain):
        seen = {"handshake": False, "reused": False, "bytes": 0, "in_clear": False, "error": ""}
        plain.settimeout(PATIENCE_SECS)
        try:
            if self.before(plain, seen):
                with self.context.wrap_socket(plain, server_side=True) as tls:
                    seen.update(handshake=True, reused=tls.session_reused)
                    self.answer(tls, seen)
            plain.close()
        except OSError as error:  # ssl.SSLError is one
            seen["error"] = str(error)
            plain.close()
        with self.lock:
            self.connections.append(seen)

    def close(self):
        for listening in self.sockets:
            # Accept the clients that have connected, even if they have gone already.
            while select.select([listening], [], [], 0)[0]:
                time.sleep(0.01)
            try:
                listening.shutdown(socket.SHUT_RDWR)  # wakes accept()
            except OSError:
                pass
            listening.close()
        for thread in self.acceptors:
            thread.join()

    def report(self):
        """Waits for the connections that have been accepted until now. Returns them."""
        with self.lock:
            threads, self.threads = self.threads, []
        for thread in threads:
            thread.join(PATIENCE_SECS)
        with self.lock:
            connections, self.connections = self.connections, []
        return connections


def bind_loopback():
    """Returns sockets on 127.0.0.1 and, if it exists, ::1, with the same free port, and the port."""
    for _ in range(100):
        four = socket.create_server(("127.0.0.1", 0))
        port = four.getsockname()[1]
        try:
            return [four, socket.create_server(("::1", port), family=socket.AF_INET6)], port
        except OSError:
            if not has_ipv6_loopback():
                return [four], port
            four.close()  # this port is taken on ::1
    raise RuntimeError("no port is free on both 127.0.0.1 and ::1")


def has_ipv6_loopback():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def main():
    listeners = {}
    for line in sys.stdin:
        command = json.loads(line)
        answer = {}
        if command["do"] == "listen":
            listener = Listener(command["chain"], command["key"], command["tls"],
                                command["speaks"])
            listeners[listener.port] = listener
            answer = {"port": listener.port}
        elif command["do"] == "close":
            listeners[command["port"]].close()
        elif command["do"] == "seen":
            answer = {"connections": listeners[command["port"]].report()}
        elif command["do"] == "report":
            answer = {"connections": listeners.pop(command["port"]).report()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
