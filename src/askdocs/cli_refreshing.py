"""`askdocs index` while a server owns the index: the server reads the folder again."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from askdocs import client_requests, running
from askdocs.client_connection import Connection
from askdocs.config import Config
from askdocs.errors import AskdocsError, IndexInUse
from askdocs.index_building import Progress, Summary

if TYPE_CHECKING:
    from askdocs.index import Index

_LOOK = 0.2
_SECONDS = 30.0


def refreshed(
    options: argparse.Namespace, config: Config, progress: Progress, in_use: IndexInUse
) -> Index:
    """The index, to read, after its server has brought it up to date; its summary says how.

    Raises `in_use` where no server can be asked to: there is none of this user and version, it is
    set otherwise, or it was started for another folder or to read only.
    """
    from askdocs.index import Index

    found = running.find(Path(options.index))
    if found is None or options.watch or options.ray:
        raise in_use
    named = IndexInUse(f"{in_use}; its server is at {found.address}")
    if not running.reads_as(found, config):
        raise named
    opened = Index.open(options.index, exact=True)
    try:
        if Path(opened.store.meta.folder) != options.documents.resolve():
            raise named
        headers = client_requests.credentials(found.token, "", "")
        with Connection(found.address, headers, timeout=_SECONDS, trusting=True) as connection:
            _refresh(opened, connection, progress, named)
    except BaseException:
        opened.close()
        raise
    return opened


def _refresh(index: Index, connection: Connection, progress: Progress, named: IndexInUse) -> None:
    began, before = time.monotonic(), _documents(index)
    try:
        state = connection.json(client_requests.refresh())
    except AskdocsError as error:
        raise named from error
    while state["running"]:
        progress(state["what"] or "waiting", state["done"], state["total"])
        time.sleep(_LOOK)
        state = connection.json(client_requests.indexing())
    if state["error"]:
        raise AskdocsError(state["error"])
    seconds = round(time.monotonic() - began, 3)
    index.summary = _summary(before, _documents(index), index, seconds)


def _documents(index: Index) -> dict[str, tuple[Any, ...]]:
    return {one.id: (one.sha256, one.indexed_at) for one in index.documents()}


def _summary(
    before: dict[str, tuple[Any, ...]],
    after: dict[str, tuple[Any, ...]],
    index: Index,
    seconds: float,
) -> Summary:
    stayed = before.keys() & after.keys()
    changed = [name for name in stayed if before[name] != after[name]]
    return Summary(
        added=len(after.keys() - before.keys()),
        changed=len(changed),
        removed=len(before.keys() - after.keys()),
        unchanged=len(stayed) - len(changed),
        skipped=len(index.skipped()),
        passages=index.store.passage_count(),
        seconds=seconds,
        read_again=sum(before[name][0] == after[name][0] for name in changed),
    )
