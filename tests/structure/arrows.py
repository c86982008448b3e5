#!/usr/bin/python3
"""Fails unless the source files depend on each other one way.

Two graphs are read: the #include lines, and the calls, as the symbols of the object files show them.
Neither may have a circle of files, and no arrow may go against the order of the components
(../shared design, section 3; README, "The source").

usage: arrows.py SOURCE BUILD   (BUILD: the directory of a build, for its object files)
"""
import pathlib
import re
import subprocess
import sys

# Component: the components it may include or call. "base" and "ossl" belong to nobody and may be
# used by all; they use nobody but each other, in that order.
SHARED = ["base", "ossl"]
PROVIDER = {
    "provider": {"guard", "config", "hook", "judge", "instance", "sink"},
    "guard": set(),
    "instance": {"config", "store"},  # what a provider context has
    "config": {"sink"},  # data only: where records go
    "hook": {"judge", "instance", "record", "sink"},
    "judge": {"instance", "identity", "store", "parse", "chain", "match", "verdict"},
    "identity": set(),
    "store": set(),
    "parse": set(),
    "chain": set(),
    "match": set(),
    "verdict": set(),
    "record": {"judge", "sink", "verdict"},
    "sink": set(),
    "base": set(),
    "ossl": {"base"},
}

# Headers of include/pinning that belong to base.
BASE = {"error", "reasons", "policy", "mode", "date", "digest", "str", "str_set", "names", "limits",
        "proc"}

# The folders of pinctl; each may use those after it, and the components of the module.
PINCTL = ["command", "check", "explain", "form", "host", "opensslcnf", "x509", "tls", "store", "say"]


def component_of(path):
    """provider/hook/conn.c: hook; provider/record.c: record; include/pinning/judge.h: judge."""
    parts = path.parts
    if parts[0] == "include":
        return "base" if path.stem in BASE else "ossl" if path.stem == "ossl_names" else path.stem
    if parts[0] == "tools":
        return f"pinctl/{parts[2]}" if len(parts) > 3 else "pinctl"
    return parts[1] if len(parts) > 2 else path.stem


def may(one, other):
    if one == other or other in SHARED and one not in SHARED:
        return True
    if one.startswith("pinctl/"):
        if not other.startswith("pinctl"):
            return True
        names = [one.split("/")[1], other.split("/")[1]] if "/" in other else None
        return names is None or PINCTL.index(names[0]) < PINCTL.index(names[1])
    if one == "pinctl":
        return not other.startswith("pinctl/")
    return other in PROVIDER.get(one, set())


def source_files(top):
    for folder in ("provider", "include", "tools/pinctl"):
        for path in sorted((top / folder).rglob("*.[ch]")):
            yield path.relative_to(top)


def included(top, path):
    """The files of ours that a file includes, with the line's number."""
    for number, line in enumerate((top / path).read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s+(?:<(pinning/[^>]+)>|"([^"]+)")', line)
        if not found:
            continue
        places = ["include"] if found[1] else [path.parent, "tools/pinctl"]
        for place in places:
            other = pathlib.Path(place) / (found[1] or found[2])
            if (top / other).is_file():
                yield number, other
                break


def include_arrows(top):
    for path in source_files(top):
        for number, other in included(top, path):
            yield path, other, f"{path}:{number}: includes {other}"


def symbols(files):
    """For each object file (defined, undefined) global symbols, by one call of nm."""
    out = subprocess.run(["nm", "-g", "-A", "--format=posix", *files], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    table = {str(file): (set(), set()) for file in files}
    for line in out.splitlines():
        file, name, kind = re.match(r"(.*?)(?:\[[^]]*\])?: (\S+) (\S)", line).groups()
        table[file][kind in "Uw"].add(name)
    return table


def object_files(top, build):
    """Pairs of a source file and its object file."""
    for object_file in sorted(build.rglob("*.c.o")):
        text = str(object_file.relative_to(build))
        found = re.match(r"(provider|tools/pinctl)/(?:[a-z0-9]+/)?CMakeFiles/\w+\.dir/(.+)\.o$", text)
        if found and (top / found[1] / found[2]).is_file():
            yield pathlib.Path(found[1]) / found[2], object_file


def call_arrows(top, build):
    files = dict(object_files(top, build))
    found = symbols(files.values()) if files else {}
    table = {path: found[str(file)] for path, file in files.items()}
    home = {name: path for path, (defined, _) in table.items() for name in defined}
    for path, (_, undefined) in table.items():
        for name in sorted(undefined):
            if name in home and home[name] != path:
                yield path, home[name], f"{path}: calls {name}() of {home[name]}"


def circles(arrows):
    """Strongly connected groups of more than one file (Tarjan)."""
    graph = {}
    for one, other, _ in arrows:
        graph.setdefault(one, set()).add(other)
        graph.setdefault(other, set())
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = []
            while not group or group[-1] != node:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(map(str, group)))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def main(top, build):
    wrong = []
    files = list(source_files(top))
    for path in files:
        component = component_of(path)
        folder = component.split("/")[1] if component.startswith("pinctl/") else None
        if folder not in PINCTL if folder else component not in PROVIDER and component != "pinctl":
            wrong.append(f"{path} belongs to no component of the table")
    kinds = {"include": list(include_arrows(top)), "call": list(call_arrows(top, build))}
    for kind, arrows in kinds.items():
        if len(arrows) < 100:
            wrong.append(f"only {len(arrows)} arrows of kind {kind}: is {build} a build of this tree?")
        wrong += [f"{text}: {component_of(one)} may not use {component_of(other)}"
                  for one, other, text in arrows if not may(component_of(one), component_of(other))]
        wrong += [f"circle ({kind}): {', '.join(group)}" for group in circles(arrows)]
    print("\n".join(sorted(set(wrong)))
          or f"{len(files)} files, {sum(map(len, kinds.values()))} arrows, all one way")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
