"""What an administrator would have written: a pin store and an openssl.cnf, and what came of it:
the log."""

import json
import os

CONFIG = """\
# Two names for one section: node reads nodejs_conf.
openssl_conf = openssl_init
nodejs_conf = openssl_init
[openssl_init]
providers = provider_sect
[provider_sect]
default = default_sect
{pinning}
[default_sect]
activate = 1
[pinning_sect]
module = {module}
activate = 1
pins = {pins}
log = file:{log}
{section}
"""


def configure(store, module, section):
    """The text of openssl.cnf; section is further lines for the provider's section, module is None
    to leave the module out."""
    return CONFIG.format(module=module, pins=store.pins, log=store.log, section=section,
                         pinning="pinning = pinning_sect" if module else "")


class Store:
    """One row's files, below a directory of its own. A fixture is a scenario's description of
    them (scenarios.py)."""

    def __init__(self, directory, fixture, words, config_text):
        self.pins = os.path.join(directory, "pins.d")
        self.log = os.path.join(directory, "pinning.log")
        self.config = os.path.join(directory, "openssl.cnf")
        if fixture.store:
            os.mkdir(self.pins)
            if fixture.head is not None:
                self.write("_store", fixture.head)
            for name, text in fixture.files.items():
                self.write(name, text.format_map(words))
            for name, target in fixture.links.items():
                os.symlink(target, os.path.join(self.pins, name))
            for name, mode in fixture.modes.items():
                os.chmod(os.path.join(self.pins, name), mode)
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(config_text(self, fixture.section))

    def write(self, name, text):
        with open(os.path.join(self.pins, name), "w", encoding="utf-8") as out:
            out.write(text)

    def records(self):
        """The log: a list of objects."""
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return [record(line) for line in log]


def record(line):
    try:
        return json.loads(line)
    except ValueError:
        return {"broken": line}
