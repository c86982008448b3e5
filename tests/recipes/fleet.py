"""Recipes for many hosts: the ConfigMap in a pod, and the playbook."""

import os
import shutil
import subprocess
from types import SimpleNamespace

from host import API, mount, piece, read

import page
import fixture
from store import store_changed, write_pin_file

PAGE = "s_server -accept 443"


class Volume:
    """Volume as kubelet makes it from a ConfigMap: links into a directory that is replaced as a whole."""

    def __init__(self, place):
        self.place, self.number = place, 0
        os.mkdir(place)
        os.chmod(place, 0o777)

    def put(self, files):
        self.number += 1
        data = f"..2026_11_21_{self.number}"
        os.mkdir(f"{self.place}/{data}")
        for name, text in files.items():
            write_pin_file(f"{self.place}/{data}", name, text)
        os.symlink(data, f"{self.place}/..data_tmp")
        os.rename(f"{self.place}/..data_tmp", f"{self.place}/..data")
        for name in files:
            if not os.path.islink(f"{self.place}/{name}"):
                os.symlink(f"..data/{name}", f"{self.place}/{name}")
        store_changed(self.place)


def projected(volume, maps):
    """Returns the files of a volume of the Deployment."""
    sources = volume["projected"]["sources"] if "projected" in volume else [volume]
    files = {}
    for source in (source["configMap"] for source in sources):
        data = maps[source["name"]]
        items = source.get("items") or [{"key": key, "path": key} for key in data]
        files.update({item["path"]: data[item["key"]] for item in items})
    return files


def in_pod(pod, volumes, command):
    """Runs a command as in the container: its mounts, its user, a read-only root, no capabilities."""
    container, = pod["containers"]
    context = pod["securityContext"]
    mounts = [f"mount --bind {volumes[m['name']].place} {m['mountPath']} && "
              f"mount -o remount,bind,ro {m['mountPath']}" for m in container["volumeMounts"]]
    environment = [f"{e['name']}={e['value']}" for e in container["env"]]
    drop = (f"setpriv --reuid {context['runAsUser']} --regid {context['runAsGroup']} --clear-groups"
            " --no-new-privs --bounding-set=-all --inh-caps=-all")
    script = " && ".join(["set -e", *mounts, "mount -o remount,bind,ro /",
                          f"exec {drop} env {' '.join(environment)} {command}"])
    return subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True)


def kubernetes(tap, host):
    try:
        import yaml
    except ImportError:
        print("# SKIP kubernetes: no python3-yaml")
        return
    with open(piece("kubernetes/pinning.yaml"), encoding="utf-8") as text:
        documents = list(yaml.safe_load_all(text))
    maps = {d["metadata"]["name"]: d["data"] for d in documents if d["kind"] == "ConfigMap"}
    pod = next(d for d in documents if d["kind"] == "Deployment")["spec"]["template"]["spec"]
    legal = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    tap.check("kubernetes: names of keys are legal", all(set(k) <= legal for m in maps.values() for k in m))
    container, = pod["containers"]
    tap.check("kubernetes: subPath is not used", not any("subPath" in m for m in container["volumeMounts"]))
    host.enable()
    mount("-t", "tmpfs", "tmpfs", "/opt")
    volumes = {}
    for volume in pod["volumes"]:
        volumes[volume["name"]] = Volume(f"{host.top}/volume-{volume['name']}")
        if "emptyDir" not in volume:
            volumes[volume["name"]].put(projected(volume, maps))
    for m in container["volumeMounts"]:
        os.makedirs(m["mountPath"], exist_ok=True)
    shutil.copy(f"{host.modules}/pinning.so", f"{volumes['module'].place}/pinning.so")
    in_the_pod(tap, host, lambda command: in_pod(pod, volumes, command), volumes["pins"])


def in_the_pod(tap, host, run, pins):
    curl = "curl -q -sS -m 10 https://api.example.com/"
    tap.check("kubernetes: the root is read-only", "Read-only" in run("touch /x").stderr)
    done = run("ls /etc/ssl/pins.d")
    tap.check("kubernetes: an IPv6 address has its file", "2001:db8::10.pins\n" in done.stdout, done)
    done = run(f"{host.top}/bin/pinctl check --errors --lint /etc/ssl/pins.d")
    tap.check("kubernetes: pinctl finds no mistake", done.returncode == 0, done)
    done = run(curl)
    tap.check("kubernetes: in report mode without any change", PAGE in done.stdout and
              f"would be refused {API}: no pinned key" in done.stderr, done)
    pins.put({"_store": "", f"{API}.pins": f"key = {host.pin_of['next']}\n"})
    done = run(curl)
    tap.check("kubernetes: enforced, the log has the reason", PAGE not in done.stdout and
              f"pinning[P07]: refused {API}: " in done.stderr, done)
    page.check_log(tap, SimpleNamespace(name="kubernetes", log=lambda text=done.stderr: text), 0)
    pins.put({"_store": "", f"{API}.pins": f"key = {host.pin_of['server']}\n"})
    done = run(curl)
    tap.check("kubernetes: the right pin is served", PAGE in done.stdout and "pinning[" not in
              done.stderr, done)


def ansible(tap, host):
    if not shutil.which("ansible-playbook") or not shutil.which("rsync"):
        print("# SKIP ansible: no ansible-playbook or no rsync")
        return
    host.enable()
    play = f"{host.top}/play"
    os.makedirs(f"{play}/pins.d")
    shutil.copy(piece("ansible/pinning.yml"), play)
    store = "/etc/ssl/pins.d"
    host.pin("_store", "mode = report # by hand\n")
    host.pin("gone.example.com.pins", f"key = {host.pin_of['next']}\n")
    fixture.write(f"{play}/pins.d/{API}.pins", f"key = {host.pin_of['server']}\n")
    os.chmod(f"{play}/pins.d/{API}.pins", 0o666)

    def run():
        return host.shell(f"ansible-playbook -c local -i localhost, -e ansible_become=false "
                          f"-e ansible_python_interpreter=/usr/bin/python3 {play}/pinning.yml")

    done = run()
    tap.check("ansible: the playbook runs", done.returncode == 0 and "changed=1 " in done.stdout, done)
    tap.check("ansible: the store has the files of the source alone", sorted(os.listdir(store)) == ["_store", f"{API}.pins"],
              os.listdir(store))
    tap.check("ansible: the mode of a pin file is 0644", oct(os.stat(f"{store}/{API}.pins").st_mode) == "0o100644")
    tap.check("ansible: _store is not changed", "by hand" in read(f"{store}/_store"))
    tap.check("ansible: pinctl finds no mistake", host.shell("pinctl check --errors").returncode == 0)
    tap.check("ansible: a second run changes nothing", "changed=0 " in run().stdout)
    fixture.write(f"{play}/pins.d/{API}.pins", "ky = mistake\n")
    done = run()
    tap.check("ansible: a mistake ends the run", done.returncode != 0 and "unknown name" in done.stdout, done)
    tap.check("ansible: after the mistake the store is as before", host.pin_of["server"] in read(f"{store}/{API}.pins"))


FLEET = [kubernetes, ansible]
