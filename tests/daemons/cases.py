"""Cases of the daemons: a daemon in a scenario, with its own verification on or off; how one is run and judged."""

import os
import shutil
import tempfile
from dataclasses import dataclass

from place import Place
from scenarios import FellBack, Noticed, Refused, Reported, Resumed, file_of


# A worker of a daemon may have a session cache for each of the upstream server's addresses.
SESSION_CACHES = 6
NOT_REFUSED = "the answer of the upstream server came back"


@dataclass(frozen=True)
class Case:
    daemon: type
    scenario: object
    verify: bool

    def __str__(self):
        state = "on" if self.verify else "off"
        return f"{self.daemon.name}/{self.scenario.name}, verification {state}"

    def needs_module(self):
        """Returns whether any step fails without the module."""
        return any(isinstance(step.expect, (FellBack, Refused)) for step in self.scenario.steps)


def run(case, fixture):
    """Runs a case. Returns the faults as sentences, none if it passed."""
    with tempfile.TemporaryDirectory(dir=fixture.directory) as directory:
        place = Place(directory, fixture, case.daemon.section)
        daemon = case.daemon(place, case.verify, case.scenario.served)
        try:
            fill(place, daemon, case.scenario)
            daemon.start()
            faults = [fault for number, step in enumerate(case.scenario.steps, 1)
                      for fault in run_step(daemon, step, number)]
            faults += [f"it has ended: status {process.returncode}"
                       for process in daemon.processes() if process.poll() is not None]
            return faults + stop(daemon)
        except (RuntimeError, OSError) as error:
            return [f"{type(error).__name__}: {error}", *tail(daemon)]
        finally:
            place.end()


def stop(daemon):
    """Stops the daemon, after faults too, because only it can free its kernel resources. Returns the faults."""
    try:
        daemon.stop()
        return []
    except (RuntimeError, OSError) as error:
        return [f"it does not stop: {error}"]


def fill(place, daemon, scenario):
    if scenario.settings is None:
        os.rmdir(place.pins)
        return
    place.pin("_store", scenario.settings)
    for name, text in scenario.files.items():
        place.pin(file_of(name, daemon), text)


def run_step(daemon, step, number):
    """Runs one step. Returns its faults."""
    if step.do is not None:
        step.do(daemon)
    since = len(daemon.log())
    answer = daemon.ask()
    bytes_seen = daemon.reached()
    for _ in range(SESSION_CACHES if isinstance(step.expect, Resumed) else 0):
        if daemon.resumed():
            break
        answer = daemon.ask()
        bytes_seen += daemon.reached()
    daemon.records = getattr(daemon, "records", []) + daemon.place.records()
    faults = list(judge(daemon, step.expect, answer, bytes_seen, since))
    faults = [f"step {number}: expected {step.expect}, got: {fault}" for fault in faults]
    if faults:
        faults += [f"the client's output: {answer.output}", *(f"record: {r}" for r in daemon.records),
                   *tail(daemon)]
    return faults


def judge(daemon, expect, answer, bytes_seen, since):
    if any("broken" in record for record in daemon.records):
        yield "a line of the log is not JSON"
    if isinstance(expect, Refused):
        yield from not_refused(daemon, expect, answer, bytes_seen, since)
        return
    if isinstance(expect, FellBack):
        yield from not_fallen_back(daemon, expect, answer, bytes_seen, since)
        return
    if not answer.served:
        yield "the answer of the upstream server did not come back"
    if isinstance(expect, Reported) and not logged(daemon, "would be refused", expect.reason):
        yield f"no record of what would be refused, {expect.reason}"
    if isinstance(expect, Noticed):
        yield from not_noticed(daemon, expect)
    if isinstance(expect, Resumed) and not daemon.resumed():
        yield "no session was resumed"
    if daemon.complains(since):
        yield "its own log has a refusal"


def not_noticed(daemon, expect):
    if [(r.get("action"), r.get("reason")) for r in daemon.records] != [("notice", expect.reason)]:
        yield f"the log does not have exactly one record, a notice {expect.reason}"


def not_refused(daemon, expect, answer, bytes_seen, since):
    reason = daemon.reasons.get(expect.reason, expect.reason)
    if answer.served:
        yield NOT_REFUSED
    yield from not_logged(daemon, answer, reason, bytes_seen, since)


def not_fallen_back(daemon, expect, answer, bytes_seen, since):
    if answer.served and not daemon.fell_back():
        yield NOT_REFUSED
    if not answer.served:
        yield "nothing came back, not in clear text either: this is not a limitation any more"
    yield from not_logged(daemon, answer, expect.reason, bytes_seen, since)


def not_logged(daemon, answer, reason, bytes_seen, since):
    if bytes_seen:
        yield f"the upstream server received {bytes_seen} bytes of application data"
    if not logged(daemon, "refused", reason):
        yield f"no record of a refusal with reason {reason} for one of {sorted(daemon.names())}"
    try:
        daemon.place.wait_for(lambda: daemon.complains(since, reason), "its error message",
                              0 if answer.served else 3)
    except RuntimeError:
        yield f"its own log lacks the reason: no {daemon.complaint!r} with {reason}"


def logged(daemon, action, reason):
    """Returns whether a record was logged since the case began: repeats are suppressed, and some daemons retry."""
    return any(r.get("action") == action and r.get("reason") == reason
               and r.get("hostname", "") in daemon.names() for r in daemon.records)


def tail(daemon):
    return [f"its log: {line[:500]}" for line in daemon.log().splitlines()[-12:]]


def missing(daemon, under):
    """Returns why this daemon cannot run here, or an empty string."""
    for program in daemon.programs:
        if not shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin"):
            return f"{program} is not installed"
    for path in daemon.files:
        if not os.path.exists(path):
            return f"{path} is not installed"
    if daemon.needs_root and os.geteuid() != 0:
        return "needs root, for a chroot and a different user"
    if under and not daemon.newer:
        return "runs with no OpenSSL but the one it was installed with"
    return daemon.impossible()
