"""The documents as the page shows and manages them: list, search, add, remove, ask only some.

Everything here is for whoever is acting: what they do not see is not there for them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from askdocs.access.principal import Right, acting, require
from askdocs.errors import DocumentNotFound, QuestionError
from askdocs.locking import holder
from askdocs.types import Filter
from askdocs.web.catalogue import (
    EARLIER,
    ORDERS,
    SKIPPED,
    Catalogue,
    Choice,
    Entry,
    Shown,
    catalogue,
    fold,
)
from askdocs.web.receiving import UPLOADS, Incoming, Refused, delete
from askdocs.web.refreshing import Progress, Refresher

if TYPE_CHECKING:
    from askdocs.index import Index

SIDE = 200
"""So many documents stand in the side bar; the search finds the others."""

TABLE = 100
NAMES = 12
_COUNTED_AT_MOST = 5_000
_NEW_ENOUGH = 10.0
"""Seconds that a list is not made again while documents are being read."""


class Shelf:
    """The documents of an index. Safe to use from any thread; `stop` it before the index closes.

    With `read_only` nothing can be added or removed. `folders` are those that are offered, below
    the documents folder; without any, all that hold documents.
    """

    def __init__(
        self, index: Index, *, read_only: bool = False, folders: Sequence[str] = ()
    ) -> None:
        self.index = index
        self.read_only = read_only
        self._offered = tuple(folders)
        self._refresher = Refresher(index, after=self._listed)
        self._places: dict[tuple[str, str], Mapping[str, int]] = {}
        self._changes = 0
        self._known: Catalogue | None = None
        self._making = threading.Lock()

    @property
    def root(self) -> Path:
        """The documents folder. Raises `Refused` if the index does not know it."""
        folder = self.index.store.meta.folder
        if not folder:
            raise Refused("the index does not know its folder; run: askdocs index DOCUMENTS")
        return Path(folder)

    @property
    def closed(self) -> str:
        """Why they can add or remove nothing here; empty if they can."""
        if acting().right < Right.MANAGE:
            return "You can read the documents here, not add or remove any."
        if self.read_only:
            return "This server only reads: documents are added and removed elsewhere."
        if not self.index.owned:
            other = holder(self.index.path) or "another process"
            return (
                f"The index was in use by another process when this server started ({other}), so"
                " it is only read here. To add or remove documents, stop both and start this again."
            )
        return ""

    def require_open(self) -> None:
        """Raise `NotAllowed` or `Refused` if they may change nothing here."""
        require(Right.MANAGE)
        if self.closed:
            raise Refused(self.closed, 403 if self.read_only else 409)

    @property
    def into(self) -> str:
        """The folder that files go to if none is chosen.

        That of uploads is for those who see everything; others put files where they see them.
        """
        folders = acting().folders
        return UPLOADS if folders is None or UPLOADS in folders else next(iter(folders), "")

    def shown(
        self,
        search: str = "",
        sort: str = "name",
        folder: str = "",
        start: int = 0,
        count: int = TABLE,
        *,
        only_read: bool = False,
    ) -> Shown:
        """The files that have all words of `search` in their names or titles, below `folder`."""
        known = self._all()
        sort = sort if sort in ORDERS else "name"
        wanted = fold(search).split()
        found = [
            one
            for one in known.sorted(sort)
            if one.id.startswith(folder)
            and (one.readable or not only_read)
            and all(word in one.folded for word in wanted)
        ]
        start = max(start, 0)
        part = self._with_places(found[start : start + count])
        shown = Shown(part, start, len(found), known.documents, search, sort, folder)
        return replace(
            shown,
            closed=self.closed,
            read_only=self.read_only,
            into=self.into,
            asks=acting().right >= Right.ASK,
            state="-".join(map(str, known.state)),
        )

    def skipped(self) -> list[Entry]:
        """The files that are not read, or not in their present form."""
        return [one for one in self._all().entries if one.state in (SKIPPED, EARLIER)]

    def folders(self) -> list[Choice]:
        """The folders that are offered, with how many documents are below each."""
        known, principal = self._all().folders, acting()
        # Their own folders are offered, with nothing in them yet, too.
        offered = self._offered or sorted({*known, *(principal.folders or ())}, key=fold)
        return [
            Choice(f"{one}/", one, known.get(one, 0))
            for one in offered
            if one in known or principal.sees(f"{one}/")
        ]

    def names(self, search: str = "", count: int = NAMES) -> list[Choice]:
        """Folders and documents to choose from, those first whose name begins as `search` does."""
        wanted = fold(search)
        folders = [one for one in self.folders() if one.documents and wanted in fold(one.title)]
        documents = [
            Choice(one.id, one.title)
            for one in self.shown(search, count=SIDE, only_read=True).entries
        ]
        found = [*folders, *documents]
        found.sort(key=lambda one: not fold(PurePosixPath(one.title).name).startswith(wanted))
        return found[:count]

    def chosen(self, places: Iterable[str]) -> list[Choice]:
        """The documents and folders of these ids, in their order; also those that are gone."""
        known = self._all()
        found = []
        for place in dict.fromkeys(places):
            folder = place.removesuffix("/")
            if place.endswith("/"):
                number = known.folders.get(folder, 0)
                found.append(Choice(place, folder, number, gone=not number))
            else:
                one = known.by_id.get(place)
                title = one.title if one else PurePosixPath(place).name
                found.append(Choice(place, title, gone=one is None or not one.readable))
        return found

    def within(self, asked: Filter) -> Filter:
        """The filter as the index takes it: what is below a chosen folder is named.

        Raises `QuestionError` for what is gone.
        """
        if not any(place.endswith("/") for place in asked.documents):
            return asked
        for choice in self.chosen(asked.documents):
            if choice.gone:
                raise QuestionError(
                    f"{choice.title!r} is not in the index any more; take it away from the"
                    " question, or put it back into the folder"
                )
        named = {place for place in asked.documents if not place.endswith("/")}
        below = tuple(place for place in asked.documents if place.endswith("/"))
        ids = [one.id for one in self._all().entries if one.readable]
        return replace(asked, documents=tuple(i for i in ids if i in named or i.startswith(below)))

    def receive(self, name: str, folder: str = "") -> Incoming:
        """Begin to take in a file. Raises `Refused`; call `refresh` when it is kept."""
        self.require_open()
        folder = folder.strip("/") or self.into
        is_known = folder == UPLOADS or folder in {one.title for one in self.folders()}
        if not (is_known and acting().sees(f"{folder}/")):
            raise Refused(
                f"{folder!r} is not a folder of the documents; choose one of the list", 422
            )
        return Incoming(self.root, folder, name)

    def remove(self, identifier: str) -> None:
        """Delete a file that came from the page; leave out any other, which stays where it is."""
        self.require_open()
        entry = self._entry(identifier)
        if entry.uploaded:
            delete(self.root, identifier)
            self.index.store.forget(identifier)
        else:
            self.index.store.remove(identifier)
        self.refresh()

    def restore(self, identifier: str) -> None:
        """Read a file again that was left out."""
        self.require_open()
        if not acting().sees(identifier) or not self.index.store.restore(identifier):
            raise DocumentNotFound(f"{identifier!r} is not left out; load the page again")
        self.refresh()

    def refresh(self) -> None:
        """Bring the index up to date, in the background."""
        self.require_open()
        self._changes += 1
        self._refresher.request()

    def begin(self) -> None:
        """Read the folder if that is still to be done for a server that has ended."""
        if not self.read_only and self.index.owned:
            self._refresher.watch()

    def stop(self) -> None:
        """End what is done in the background."""
        self._refresher.stop()

    @property
    def progress(self) -> Progress:
        """How far the reading of the folder is; to who sees a part of it, no more than that."""
        now, principal = self._refresher.progress, require(Right.READ)
        if principal.folders is None:
            return now
        file = now.file if principal.sees(now.file) else ""
        error = now.error and "the documents could not be read; ask whoever runs this server"
        return replace(now, file=file, error=error, summary=None)

    def state(self) -> str:
        """A mark that changes with the list."""
        return "-".join(map(str, self._state()))

    def _entry(self, identifier: str) -> Entry:
        if identifier not in self._all().by_id:
            raise DocumentNotFound(f"there is no file {identifier!r} any more; load the page again")
        return self._all().by_id[identifier]

    def _with_places(self, entries: Sequence[Entry]) -> list[Entry]:
        """The files with how many pages they have, which is read for those that are shown only."""
        keys = {one.id: (one.id, one.indexed_at) for one in entries if one.readable}
        missing = [identifier for identifier, key in keys.items() if key not in self._places]
        if missing:
            if len(self._places) > _COUNTED_AT_MOST:
                self._places.clear()
            counted = self.index.store.places(missing)
            self._places |= {keys[identifier]: counts for identifier, counts in counted.items()}
        return [
            replace(one, places=self._places.get((one.id, one.indexed_at), {})) for one in entries
        ]

    def _state(self) -> tuple[object, ...]:
        store = self.index.store
        return store.revision, store.note("read_at"), self._changes, self._refresher.progress.turn

    def _all(self) -> Catalogue:
        """All files that they see."""
        return self._listed().seen_by(require(Right.READ))

    def _listed(self) -> Catalogue:
        """All files, for nobody to see.

        They are listed anew when the index has changed, but not with each document of a run. The
        end of a run lists them, so that nobody waits for it.
        """
        state, known = self._state(), self._known
        if known is not None and (known.state == state or self._will_do(known, state)):
            return known
        with self._making:
            known = self._known
            if known is None or known.state != state:
                known = self._known = catalogue(self.index, state)
        return known

    def _will_do(self, known: Catalogue, state: tuple[object, ...]) -> bool:
        is_new = time.monotonic() - known.made_at < _NEW_ENOUGH
        return is_new and self._refresher.progress.running and known.state[2:] == state[2:]
