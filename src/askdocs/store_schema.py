"""The tables of the store, and how a store comes into being whole."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from askdocs.errors import FolderError, IndexMismatch, IndexNotFound
from askdocs.store_connection import address, damaged, is_read_only, translate

APPLICATION = 0x61736B64
"""SQLite's `application_id` of a store: "askd"."""

VERSION = 4
"""Raised when the tables or `language.search_copy` change; a newer store is refused."""

TOKENIZER = "porter unicode61 remove_diacritics 2"
"""How the word index cuts texts into words, in the language of FTS5."""

QUICK_CHECK_LIMIT = 64_000_000
"""Stores up to this many bytes are checked whole whenever they are opened."""

_ADDED_IN_3 = """
CREATE TABLE feedback (
    conversation TEXT NOT NULL,
    position INTEGER NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('right', 'wrong')),
    note TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (conversation, position),
    FOREIGN KEY (conversation, position) REFERENCES turns (conversation, position)
        ON DELETE CASCADE
);
CREATE TABLE evaluations (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    gold TEXT NOT NULL,
    at TEXT NOT NULL,
    result TEXT NOT NULL
);
CREATE TABLE removed (path TEXT PRIMARY KEY, at TEXT NOT NULL);
"""

_ADDED_IN_4 = """CREATE INDEX conversations_owner ON conversations (owner, updated_at);
"""

# Vectors stand in tables of their own, so that reading all of them does not read the texts. `key`
# names a vector by its content: equal keys mean equal vectors. `reuse` names what was embedded.
# The index of generations holds nothing but numbers: it counts and lists passages without a look
# at their texts, which fill gigabytes in a large store.
_TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    date TEXT,
    sha256 TEXT NOT NULL,
    signature TEXT NOT NULL,
    indexed_at TEXT NOT NULL,
    anchors TEXT NOT NULL,
    characters INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    text TEXT NOT NULL,
    author TEXT NOT NULL DEFAULT '',
    remarks TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    generation INTEGER NOT NULL,
    id TEXT NOT NULL,
    document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    key TEXT NOT NULL,
    reuse TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    heading TEXT NOT NULL,
    sentences TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (generation, id)
);
CREATE INDEX passages_document ON passages (document, generation);
CREATE INDEX passages_generation ON passages (generation);
CREATE INDEX passages_reuse ON passages (generation, reuse);
CREATE INDEX passages_key ON passages (generation, key);
CREATE TABLE passage_vectors (
    number INTEGER PRIMARY KEY REFERENCES passages (number) ON DELETE CASCADE,
    checksum INTEGER NOT NULL,
    vector BLOB NOT NULL
);
CREATE TABLE sentence_vectors (
    number INTEGER PRIMARY KEY REFERENCES passages (number) ON DELETE CASCADE,
    checksum INTEGER NOT NULL,
    vectors BLOB NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5 (
    text, heading, title, content = '', tokenize = '{TOKENIZER}'
);
CREATE TABLE skipped (path TEXT PRIMARY KEY, reason TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    owner TEXT NOT NULL DEFAULT ''
);
{_ADDED_IN_4}CREATE TABLE turns (
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (conversation, position)
);
{_ADDED_IN_3}PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
"""


_UPGRADES = {
    1: """
ALTER TABLE documents ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN remarks TEXT NOT NULL DEFAULT '[]';
""",
    2: _ADDED_IN_3,
    3: f"ALTER TABLE conversations ADD COLUMN owner TEXT NOT NULL DEFAULT '';{_ADDED_IN_4}",
}
"""What makes a store of a version one of the next."""


def create(path: Path, meta: Mapping[str, str]) -> None:
    """Make a new store at `path`, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    _remove(new)
    try:
        with closing(sqlite3.connect(new, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(f"BEGIN; {_TABLES} COMMIT;")
            connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    except sqlite3.Error as error:
        raise translate(path, error) from error
    new.replace(path)
    sync_folder(path.parent)


def copy_whole(source: sqlite3.Connection, target: Path) -> None:
    """Copy a store that may be in use to a new file, which appears only when it is complete."""
    with appearing(target) as new, closing(sqlite3.connect(new)) as copy:
        source.backup(copy)


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """The name under which to write a file that is to appear as `target` when it is complete."""
    if target.exists():
        raise FolderError(f"{target} exists already; give another name for the backup")
    if not target.absolute().parent.is_dir():
        raise FolderError(f"{target.absolute().parent} is not a folder; create it for the backup")
    new = target.with_name(f"{target.name}.new")
    _remove(new)
    try:
        yield new
        with new.open("rb") as written:
            os.fsync(written.fileno())
        new.replace(target)
    finally:
        _remove(new)
    sync_folder(target.absolute().parent)


def _remove(path: Path) -> None:
    """Remove a database that was not completed, with what lies beside it."""
    for leftover in (path, *(Path(f"{path}-{end}") for end in ("wal", "shm", "journal"))):
        leftover.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Put the names in `folder` on the disk, so that a rename in it outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def verify(path: Path, *, thorough: bool = False) -> None:
    """Check that `path` is a sound store of a version that is understood here.

    Raises `IndexNotFound`, `IndexDamaged` or `IndexMismatch`.
    """
    if not path.is_file():
        raise IndexNotFound(f"there is no index in {path.parent}; run: askdocs index DOCUMENTS")
    size = path.stat().st_size
    # SQLite takes an empty file for an empty database, and would say "0 documents".
    if size == 0:
        raise damaged(path, "the file is empty")
    try:
        with closing(sqlite3.connect(address(path), uri=True, timeout=10)) as connection:
            _verify_header(path, connection)
            _upgrade(path, connection)
            if thorough or size <= QUICK_CHECK_LIMIT:
                (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
                if verdict != "ok":
                    raise damaged(path, str(verdict).replace("\n", " "))
    except sqlite3.Error as error:
        raise translate(path, error) from error


def _verify_header(path: Path, connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise damaged(path, "it is not a store of askdocs")
    if version > VERSION:
        raise IndexMismatch(
            f"{path.parent} was made by a newer askdocs (store version {version}, this one reads "
            f"{VERSION}); upgrade askdocs, or index into another folder"
        )
    if connection.execute("SELECT 1 FROM meta WHERE key = 'revision'").fetchone() is None:
        raise damaged(path, "its description is missing")


def _upgrade(path: Path, connection: sqlite3.Connection) -> None:
    """Give a store of an earlier version the tables of this one, whole or not at all."""
    connection.isolation_level = None
    if connection.execute("PRAGMA user_version").fetchone() == (VERSION,):
        return
    if is_read_only(path):
        raise IndexMismatch(
            f"{path.parent} was made by an earlier askdocs and cannot be written; make it writable "
            "once, and run: askdocs status"
        )
    connection.execute("BEGIN IMMEDIATE")  # another process may have been quicker
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for step in range(version, VERSION):
        for statement in _UPGRADES[step].split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
