"""One row: a daemon in a scenario, its own verification on or off. Runs it, and yields what is not
as expected."""

import os
import shutil
import tempfile
from dataclasses import dataclass

from place import Place
from scenarios import FellBack, Refused, Reported, Resumed, file_of


# Each worker of a daemon may keep the sessions of each of the upstream server's addresses apart.
STORES_OF_SESSIONS = 6
GOT_THROUGH = "the answer of the upstream server came back"


@dataclass(frozen=True)
class Row:
    daemon: type
    scenario: object
    verify: bool

    def __str__(self):
        state = "on" if self.verify else "off"
        return f"{self.daemon.name} / {self.scenario.name} / verification {state}"

    def needs_module(self):
        """Does any step fail if the module is not there?"""
        return any(isinstance(step.expect, (FellBack, Refused)) for step in self.scenario.steps)


def run(row, world):
    """The faults, each a sentence; none if the row passed."""
    with tempfile.TemporaryDirectory(dir=world.directory) as directory:
        place = Place(directory, world, row.daemon.section)
        daemon = row.daemon(place, row.verify, row.scenario.served)
        try:
            fill(place, daemon, row.scenario)
            daemon.start()
            faults = [fault for number, step in enumerate(row.scenario.steps, 1)
                      for fault in take(daemon, step, number)]
            faults += [f"it has ended: status {process.returncode}"
                       for process in daemon.processes() if process.poll() is not None]
            return faults + stop(daemon)
        except (RuntimeError, OSError) as error:
            return [f"{type(error).__name__}: {error}", *tail(daemon)]
        finally:
            place.end()


def stop(daemon):
    """After faults, too: what it holds in the kernel only it gives back."""
    try:
        daemon.stop()
        return []
    except (RuntimeError, OSError) as error:
        return [f"it does not stop: {error}"]


def fill(place, daemon, scenario):
    if scenario.head is None:
        os.rmdir(place.pins)
        return
    place.pin("_store", scenario.head)
    for name, text in scenario.files.items():
        place.pin(file_of(name, daemon), text)


def take(daemon, step, number):
    """One step: its faults."""
    if step.do is not None:
        step.do(daemon)
    since = len(daemon.log())
    answer = daemon.ask()
    bytes_seen = daemon.reached()
    for _ in range(STORES_OF_SESSIONS if isinstance(step.expect, Resumed) else 0):
        if daemon.resumed():
            break
        answer = daemon.ask()
        bytes_seen += daemon.reached()
    daemon.told = getattr(daemon, "told", []) + daemon.place.records()
    faults = list(judge(daemon, step.expect, answer, bytes_seen, since))
    faults = [f"step {number}, {step.expect}: {fault}" for fault in faults]
    if faults:
        faults += [f"the client was told: {answer.said}", *(f"record: {r}" for r in daemon.told),
                   *tail(daemon)]
    return faults


def judge(daemon, expect, answer, bytes_seen, since):
    if any("broken" in record for record in daemon.told):
        yield "a line of the log is not JSON"
    if isinstance(expect, Refused):
        yield from not_refused(daemon, expect, answer, bytes_seen, since)
        return
    if isinstance(expect, FellBack):
        yield from not_fallen_back(daemon, expect, answer, bytes_seen, since)
        return
    if not answer.served:
        yield "the answer of the upstream server did not come back"
    if isinstance(expect, Reported) and not told(daemon, "would be refused", expect.reason):
        yield f"no record of what would be refused, {expect.reason}"
    if isinstance(expect, Resumed) and not daemon.resumed():
        yield "no session was resumed"
    if daemon.complains(since):
        yield "its own log has a refusal"


def not_refused(daemon, expect, answer, bytes_seen, since):
    reason = daemon.reasons.get(expect.reason, expect.reason)
    if answer.served:
        yield GOT_THROUGH
    yield from not_told(daemon, answer, reason, bytes_seen, since)


def not_fallen_back(daemon, expect, answer, bytes_seen, since):
    if answer.served and not daemon.fell_back():
        yield GOT_THROUGH
    if not answer.served:
        yield "nothing came back, not in clear text either: the gap is closed"
    yield from not_told(daemon, answer, expect.reason, bytes_seen, since)


def not_told(daemon, answer, reason, bytes_seen, since):
    if bytes_seen:
        yield f"the upstream server received {bytes_seen} bytes of application data"
    if not told(daemon, "refused", reason):
        yield f"no record of a refusal with reason {reason} for one of {sorted(daemon.names())}"
    try:
        daemon.place.wait_for(lambda: daemon.complains(since, reason), "its complaint",
                              0 if answer.served else 3)
    except RuntimeError:
        yield f"its own log does not say why: no {daemon.complaint!r} with {reason}"


def told(daemon, action, reason):
    """Since the row began: repeats are held back, and some daemons retry."""
    return any(r.get("action") == action and r.get("reason") == reason
               and r.get("hostname", "") in daemon.names() for r in daemon.told)


def tail(daemon):
    return [f"its log: {line[:500]}" for line in daemon.log().splitlines()[-12:]]


def missing(daemon, under):
    """Why this daemon cannot be had here, or an empty string."""
    for program in daemon.programs:
        if not shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin"):
            return f"{program} is not installed"
    for path in daemon.files:
        if not os.path.exists(path):
            return f"{path} is not installed"
    if daemon.needs_root and os.geteuid() != 0:
        return "needs root, to chroot and become another user"
    if under and not daemon.newer:
        return "runs on the OpenSSL it was installed with only"
    return daemon.impossible()
