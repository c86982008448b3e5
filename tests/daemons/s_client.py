"""openssl s_client, started for each request. It keeps the session in a file, as in its manual. Its output is
its log."""

import os

from daemon import Answer, Proxy


class SClient(Proxy):
    name = "s_client"
    programs = ("openssl",)
    one_process = True
    resumes = True
    complaint = r":certificate verify failed:[^\n]*:pinning\[REASON\]: refused"
    calls = ("-connect", "localhost:{port}", "-servername", "localhost")
    checks = ("-verify_return_error", "-verify_hostname", "localhost")

    def __init__(self, place, verify, served):
        super().__init__(place, verify, served)
        self.output = ""

    def start(self):
        self.listen()

    def ask(self):
        session = self.place.path("session.pem")
        done = self.place.run(
            ["openssl", "s_client", *(word.format(port=self.upstream) for word in self.calls),
             "-CAfile", self.place.pki.trusted, *(self.checks if self.verify else ()),
             *(["-sess_in", session] if os.path.exists(session) else []), "-sess_out", session,
             "-quiet"], with_module=True, stdin="GET / HTTP/1.0\r\n\r\n")
        self.output += done.out + done.err
        return Answer(self.place.fixture.page in done.out, done.out + done.err)

    def log(self):
        return self.output

    def processes(self):
        return []


class SClientNameless(SClient):
    """It gives no name. The socket is visible."""
    name = "s_client-nameless"
    nameless = True
    address = "127.0.0.1"
    calls = ("-connect", "127.0.0.1:{port}", "-noservername")
    checks = ("-verify_return_error",)
