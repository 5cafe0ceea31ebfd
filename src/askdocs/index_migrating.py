"""Move an index: from its folder to a PostgreSQL server, back, or from server to server.

The target bears a mark until it holds what the source does, which is found out by reading both;
with the mark nothing opens it as an index. Whenever the work is ended, it can be taken up again.
"""

from __future__ import annotations

import shlex
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from askdocs.access.database import PREFIX, Database
from askdocs.access.database import opened as open_accounts
from askdocs.access.moving import accounts_in, replace_accounts
from askdocs.config_store import is_address, parsed, store_place
from askdocs.errors import IndexInUse, IndexNotFound, IndexProblem, SettingsError
from askdocs.index_opening import STORE, make_folder, refreshing
from askdocs.locking import Lock
from askdocs.store import Store
from askdocs.store_connection import address, is_read_only
from askdocs.store_copying import Progress, copy_store
from askdocs.store_digests import Compared, Digest, compare, digest_of, digest_of_rows
from askdocs.store_marks import MIGRATED, MIGRATING, Mark, mark_of, require_complete
from askdocs.store_schema import VERSION, copy_whole
from askdocs.store_tables import KEPT, TABLES

_ROUNDS = 3
"""How often what has changed in the source meanwhile is copied, too."""


@dataclass(frozen=True, slots=True)
class Migration:
    """What was copied, and how source and target compare. `documents` are those copied now."""

    documents: int
    tables: tuple[Compared, ...]
    seconds: float

    @property
    def differences(self) -> str:
        """What is not the same in both, in words; nothing if all is."""
        return "; ".join(str(table) for table in self.tables if not table.same)


def migrate(source: str, target: str, progress: Progress = lambda *_: None) -> Migration:
    """Copy the index at `source` to `target`; each is an index folder, or an address.

    Goes on where an earlier run was ended. The source stays as it is. Where the two differ at last,
    the target stays unusable, and the result says in what. Raises `IndexInUse` if the source is
    being changed, and `IndexProblem` for a target that holds another index.
    """
    began = time.monotonic()
    for place in (source, target):
        if is_address(place) and (wrong := store_place(place)):
            raise SettingsError(f"the address of an index {wrong}")
    if _home(source) == _home(target):
        raise IndexProblem(f"{target} is the source itself; name another place to copy it to")
    command = " ".join(
        ("askdocs", "migrate", shlex.quote(_full(source)), shlex.quote(_full(target)))
    )
    mark = Mark(_home(source), command)
    with ExitStack() as opened:
        origin = opened.enter_context(_source(source))
        copy = opened.enter_context(_target(target, origin, mark))
        copied = 0
        if mark_of(copy.store, MIGRATING) is None:
            tables = _compared(origin, copy, progress)
        else:
            copied, tables = _copy_all(origin, copy, progress)
            if all(table.same for table in tables):
                copy.store.checkpoint()
                copy.store.describe(**{MIGRATED: mark.written(), MIGRATING: ""})
    return Migration(copied, tables, time.monotonic() - began)


class _Place(NamedTuple):
    """A store, and the accounts of who may use its server."""

    store: Store
    accounts: Database


def _copy_all(
    source: _Place, target: _Place, progress: Progress
) -> tuple[int, tuple[Compared, ...]]:
    """Copy and compare, again if the source has changed meanwhile."""
    copied = 0
    for _ in range(_ROUNDS):
        with source.store.snapshot():
            revision = source.store.revision
            copied += copy_store(source.store, target.store, progress)
            _copy_accounts(source, target)
            tables = _compared(source, target, progress)
        if source.store.revision == revision and _is_as_compared(source, tables):
            return copied, tables
    raise IndexInUse(f"{source.store.name} keeps changing; stop what writes it, and run it again")


def _copy_accounts(source: _Place, target: _Place) -> None:
    wanted = accounts_in(source.accounts)
    if wanted != accounts_in(target.accounts):  # else a place without any stays without
        replace_accounts(target.accounts, wanted)


def _compared(source: _Place, target: _Place, progress: Progress) -> tuple[Compared, ...]:
    names = [*(table.name for table in TABLES), "words"]
    found = compare(
        source.store,
        target.store,
        lambda name: progress("comparing", names.index(name), len(names)),
    )
    there, here = _digests(source.accounts), _digests(target.accounts)
    return *found, *(Compared(name, there[name], here[name]) for name in there)


def _digests(accounts: Database) -> dict[str, Digest]:
    tables = accounts_in(accounts).items()
    return {f"{PREFIX}{name}": digest_of_rows(rows) for name, rows in tables}


def _is_as_compared(source: _Place, tables: tuple[Compared, ...]) -> bool:
    """Whether what does not count as a change of the passages is still what was compared."""
    now = {one.name: digest_of(source.store, one) for one in TABLES if not one.is_large}
    now |= _digests(source.accounts)
    known = {one.table: one.source for one in tables}
    return all(known[name] == digest for name, digest in now.items())


@contextmanager
def _source(place: str) -> Iterator[_Place]:
    """What is to be copied, while nobody brings it up to date."""
    with ExitStack() as opened:
        accounts = _accounts(place, opened)
        if is_address(place):
            store = opened.enter_context(closing(Store.open(place)))
            opened.enter_context(refreshing(store))
        else:
            file = Path(place) / STORE
            if file.is_file() and not is_read_only(file):
                opened.enter_context(Lock(file.parent))
            current = opened.enter_context(_of_this_version(file))
            store = opened.enter_context(closing(Store.open(current)))
        yield _Place(store, accounts)


def _accounts(place: str, opened: ExitStack) -> Database:
    folder, address = (Path(), place) if is_address(place) else (Path(place), "")
    return opened.enter_context(closing(open_accounts(folder, address)))


@contextmanager
def _of_this_version(file: Path) -> Iterator[Path]:
    """The file of a store, or a copy of one by an earlier askdocs: to open it would change it."""
    if not _is_earlier(file):
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="askdocs-") as place:
        copied = Path(place) / STORE
        with closing(sqlite3.connect(address(file), uri=True)) as connection:
            copy_whole(connection, copied)
        yield copied


def _is_earlier(file: Path) -> bool:
    if not file.is_file():
        return False
    try:
        with closing(sqlite3.connect(address(file), uri=True)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error:
        return False  # opening it will say what is wrong
    return 0 < int(version) < VERSION


@contextmanager
def _target(place: str, source: _Place, mark: Mark) -> Iterator[_Place]:
    """Where to copy to, made if there is nothing, while nobody else writes it."""
    made = {entry: source.store.note(entry) for entry in KEPT} | {MIGRATING: mark.written()}
    with ExitStack() as opened:
        accounts = _accounts(place, opened)
        if not is_address(place):
            make_folder(Path(place))
            opened.enter_context(Lock(Path(place)))
        try:
            store = _opened(place, None)
        except IndexNotFound:
            if any(accounts_in(accounts).values()):
                raise IndexProblem(f"{place} has users already; name a place without any") from None
            store = _opened(place, made)
        opened.enter_context(closing(store))
        _require_ours(store, mark)
        opened.enter_context(refreshing(store))
        yield _Place(store, accounts)


def _opened(place: str, made: Mapping[str, str] | None) -> Store:
    """The store at a place, also one that is not complete."""
    if is_address(place):
        from askdocs.store_postgres import PostgresStore

        return PostgresStore.opened(place, made, Path())
    from askdocs.store_sqlite import SqliteStore

    return SqliteStore.opened(Path(place) / STORE, made)


def _require_ours(store: Store, mark: Mark) -> None:
    """Raise `IndexProblem` unless a store was made of this source, or is being made of it."""
    marks = [mark_of(store, entry) for entry in (MIGRATING, MIGRATED)]
    if mark.home in (one.home for one in marks if one is not None):
        return
    require_complete(store)
    raise IndexProblem(f"{store.name} holds an index already; name a place that holds none")


def _home(place: str) -> str:
    """What a store is known by everywhere."""
    if is_address(place):
        known = parsed(place)
        return f"{known.server} {known.schema}"
    return str((Path(place) / STORE).resolve())


def _full(place: str) -> str:
    """A place as it is written wherever one stands."""
    return place if is_address(place) else str(Path(place).absolute())
