"""Choice of entries of a table by the names on the command line."""

import os


def chosen(table, names):
    return [entry for entry in table if not names or entry.name in names]


def check(parser, args, **tables):
    """Ends with a usage error if a name is in no table, or the module is missing."""
    if not args.list and not args.prove and not (args.module and os.path.isfile(args.module)):
        parser.error("--module PATH must be the built pinning.so")
    for kind, table in tables.items():
        unknown = set(getattr(args, kind) or []) - {entry.name for entry in table}
        if unknown:
            parser.error(f"no such {kind}: {', '.join(sorted(unknown))}")
