"""Files of one case as an administrator would write them, a pin store and an openssl.cnf; and the log."""

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


def write_pin_file(directory, name, text, mode=0o644):
    """Writes a file of a store, by rename. Returns its path. All tests in Python write pin files through this."""
    path = os.path.join(directory, name)
    with open(path + ".new", "w", encoding="utf-8") as out:
        out.write(text)
    os.chmod(path + ".new", mode)
    os.rename(path + ".new", path)
    store_changed(directory)
    return path


def store_changed(directory):
    """Called after each change of a store by a test: the place to wait until programs see it."""


def configure(store, module, section):
    """Returns the text of openssl.cnf. section: further lines of the provider's section; module: None to leave the
    module out."""
    return CONFIG.format(module=module, pins=store.pins, log=store.log, section=section,
                         pinning="pinning = pinning_sect" if module else "")


class Store:
    """Pin store, openssl.cnf and log of one case, as a scenario (scenarios.py) describes them."""

    def __init__(self, directory, scenario, words, config_text):
        self.pins = os.path.join(directory, "pins.d")
        self.log = os.path.join(directory, "pinning.log")
        self.config = os.path.join(directory, "openssl.cnf")
        if scenario.store:
            os.mkdir(self.pins)
            if scenario.settings is not None:
                self.write("_store", scenario.settings)
            for name, text in scenario.files.items():
                self.write(name, text.format_map(words))
            for name, target in scenario.links.items():
                os.symlink(target, os.path.join(self.pins, name))
            for name, mode in scenario.modes.items():
                os.chmod(os.path.join(self.pins, name), mode)
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(config_text(self, scenario.section))

    def write(self, name, text):
        write_pin_file(self.pins, name, text)

    def records(self):
        """Returns the records of the log."""
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return [record(line) for line in log]


def record(line):
    try:
        return json.loads(line)
    except ValueError:
        return {"broken": line}
