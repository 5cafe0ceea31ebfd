"""Follow a documents folder: whenever something in it changes, bring the index up to date."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from askdocs.errors import AskdocsError

if TYPE_CHECKING:
    from askdocs.index import Index
    from askdocs.index_building import Summary

_QUIET_MS = 1000
"""Milliseconds without a change that end a burst of them."""

_LONGEST_BURST_MS = 10_000
_AWAY_SECONDS = 5.0


def watch(
    index: Index, tell: Callable[[str], None], *, stop: threading.Event | None = None
) -> Iterator[Summary]:
    """Refresh the index after each burst of changes, and say what that did, until stopped.

    A folder that goes away is waited for; what the index has of it stays. What goes wrong is told,
    and the watch goes on.
    """
    from watchfiles import watch as changes

    stop = stop or threading.Event()
    folder, own = Path(index.store.meta.folder), index.path.resolve()
    while not stop.is_set():
        if not folder.is_dir():
            tell(f"{folder} has gone; waiting for it, and the index keeps what it has")
            while not (folder.is_dir() or stop.wait(_AWAY_SECONDS)):
                pass
            if stop.is_set():
                return
            tell(f"{folder} is back")
            yield from _refresh(index, tell)
        try:
            for burst in changes(
                folder,
                watch_filter=lambda _, path: not Path(path).is_relative_to(own),
                debounce=_LONGEST_BURST_MS,
                step=_QUIET_MS,
                stop_event=stop,
                raise_interrupt=True,
                yield_on_timeout=True,
                rust_timeout=int(_AWAY_SECONDS * 1000),
            ):
                if not folder.is_dir():
                    break
                if burst:
                    yield from _refresh(index, tell)
        except FileNotFoundError:  # it went away in between
            continue


def _refresh(index: Index, tell: Callable[[str], None]) -> Iterator[Summary]:
    try:
        summary = index.refresh()
    except AskdocsError as error:
        tell(str(error))
        return
    if summary.added or summary.changed or summary.removed:
        yield summary
