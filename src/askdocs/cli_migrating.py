"""`askdocs migrate`: move an index from its folder to a PostgreSQL server, or back."""

from __future__ import annotations

import argparse
import signal
from typing import TYPE_CHECKING, Any

from askdocs import cli_output as output
from askdocs.cli_settings import settings_of
from askdocs.config_store import is_address

if TYPE_CHECKING:
    from askdocs.index_migrating import Migration
    from askdocs.store_digests import Compared

_SHOWN = 16  # digits of a digest


def add_migrate(commands: Any, add: Any) -> None:
    """Add the command."""
    purpose = "copy an index to another place: a folder, or a PostgreSQL server"
    command = add(commands, "migrate", migrate, purpose, index=False)
    place = "index folder, or postgresql://user@host/database?schema=NAME"
    command.add_argument("source", metavar="SOURCE", help=place)
    command.add_argument("target", metavar="TARGET", help="the same, with no index in it yet")


def migrate(options: argparse.Namespace) -> int:
    """Copy an index and compare the two; exit 1 if they differ."""
    from askdocs.index_migrating import migrate

    settings_of(options)  # which are refused here as everywhere, though none is needed
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # it ends as by Ctrl-C: in order
    try:
        with output.ProgressBar() as progress:
            done = migrate(options.source, options.target, progress)
    except KeyboardInterrupt:
        output.complain("interrupted; what was copied is kept, and the same command goes on")
        return 130
    if options.json:
        output.print_json(_as_json(options, done))
    else:
        _show(options, done)
    if done.differences:
        output.complain(
            f"{options.target} differs from {options.source} in {done.differences}; remove it and"
            " run the command again"
        )
        return 1
    return 0


def _as_json(options: argparse.Namespace, done: Migration) -> dict[str, Any]:
    return {
        "source": options.source,
        "target": options.target,
        "same": not done.differences,
        "copied": done.documents,
        "seconds": round(done.seconds, 3),
        "tables": [
            {
                "table": table.table,
                "same": table.same,
                "rows": {"source": table.source.rows, "target": table.target.rows},
                "digest": {"source": table.source.value, "target": table.target.value},
                "differing": list(table.differing),
            }
            for table in done.tables
        ],
    }


def _show(options: argparse.Namespace, done: Migration) -> None:
    print(f"{'table':<16}  {'rows':>11}  digest of the rows in source and target")
    for table in done.tables:
        print(f"{table.table:<16}  {table.source.rows:>11,}  {_verdict(table)}".rstrip())
    if done.differences:
        return
    copied = output.count(done.documents, "document")
    print(f"the same in both; {copied} copied in {done.seconds:.1f} s")
    if is_address(options.target):
        print(f"to use it: index.store = {output.printable_line(options.target)}")
    else:
        print(f"to use it: --index {output.printable_line(options.target)}, without index.store")


def _verdict(table: Compared) -> str:
    if table.same:
        return table.source.value[:_SHOWN]
    source, target = (one.value[:_SHOWN] for one in (table.source, table.target))
    return f"{source} {target} ({table.target.rows:,} rows): they differ"
