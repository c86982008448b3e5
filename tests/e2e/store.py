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


class Store:
    """One row's files, below a directory of its own. A fixture is a scenario's description of
    them (scenarios.py); module is None to leave the module out of the configuration."""

    def __init__(self, directory, module, fixture, words):
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
            out.write(CONFIG.format(module=module, pins=self.pins, log=self.log,
                                    pinning="pinning = pinning_sect" if module else "",
                                    section=fixture.section))

    def write(self, name, text):
        with open(os.path.join(self.pins, name), "w", encoding="utf-8") as out:
            out.write(text)

    def records(self):
        """The log: a list of objects; ValueError if a line is none."""
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8") as log:
            return [json.loads(line) for line in log]
