"""Commands that make one TLS connection and end: check_http, dig, s-nail and swaks. Their output is their log."""

from daemon import Answer, Proxy


class Command(Proxy):
    """Started for each request. {port}, {ca} and {page} in its words are the upstream server's port, the trusted CAs
    and the page."""
    one_process = True
    words = ()
    checks = ()           # further words to turn its own verification on …
    no_checks = ()        # … and off
    stdin = ""

    def __init__(self, place, verify, served):
        super().__init__(place, verify, served)
        self.output = ""

    def start(self):
        self.listen()

    def ask(self):
        words = [*self.words, *(self.checks if self.verify else self.no_checks)]
        done = self.place.run([word.format(port=self.upstream, ca=self.place.pki.trusted, page=self.place.fixture.page)
                               for word in words], with_module=True, stdin=self.stdin)
        self.output += done.out + done.err
        return Answer(self.place.fixture.page in done.out, done.out + done.err)

    def log(self):
        return self.output

    def processes(self):
        return []


CHECK_HTTP = "/usr/lib/nagios/plugins/check_http"


class CheckHttp(Command):
    """It verifies nothing. Without --sni it gives no name, also where -H has one. The socket is visible."""
    name = "check_http"
    files = (CHECK_HTTP,)
    nameless = True
    address = "127.0.0.1"
    verifies = (False,)
    complaint = r":certificate verify failed:[^\n]*:pinning\[REASON\]: refused"
    words = (CHECK_HTTP, "-v", "-H", "localhost", "-I", "127.0.0.1", "-p", "{port}", "-S", "-s", "{page}")


class CheckHttpNamed(CheckHttp):
    name = "check_http-sni"
    nameless = False
    address = ""
    words = (*CheckHttp.words, "--sni")


class Dig(Command):
    """dig +tls gives no name, unless +tls-hostname or +tls-ca asks for one to be verified. It uses memory BIOs, so the
    socket is not visible. It prints only OpenSSL's text of the error; the reason is in the module's record."""
    name = "dig"
    programs = ("dig",)
    speaks = "dns"
    nameless = True
    verifies = (False,)
    complaint = r"TLS peer certificate verification for \S+ failed: certificate rejected"
    words = ("dig", "@127.0.0.1", "-p", "{port}", "+tls", "+tries=1", "n.example.com", "TXT")


class DigNamed(Dig):
    name = "dig-hostname"
    nameless = False
    verifies = (True,)
    words = (*Dig.words, "+tls-ca={ca}", "+tls-hostname=localhost")


class Swaks(Command):
    """It gives no name without --tls-sni, also where --tls-verify is given. It prints only OpenSSL's text of the
    error; the reason is in the module's record."""
    name = "swaks"
    programs = ("swaks",)
    speaks = "smtp"
    nameless = True
    address = "127.0.0.1"
    complaint = r"TLS startup failed \(connect\(\): error:[^\n]*certificate verify failed"
    words = ("swaks", "-s", "127.0.0.1", "-p", "{port}", "-tls", "-f", "me@example.com", "-t", "you@example.com")
    checks = ("--tls-verify", "--tls-ca-path", "{ca}")


class SwaksNamed(Swaks):
    name = "swaks-sni"
    nameless = False
    address = ""
    words = (*Swaks.words, "--tls-sni", "localhost")
