"""Find out whether an index can be used as asked, before it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from askdocs.config import DEFAULT_MODEL, Config
from askdocs.errors import (
    IndexInUse,
    IndexMismatch,
    IndexNotFound,
    IndexProblem,
    QuestionError,
)
from askdocs.exporting import load_embedder
from askdocs.locking import Lock
from askdocs.store import Meta, Store
from askdocs.types import Embedder

STORE = "store.sqlite3"

REFRESHING = "refreshing"
"""What one process at a time does with a store, wherever the others are."""

_UNTRACKED = "# The index is made by: askdocs index DOCUMENTS\n*\n!.gitignore\n"


def make_folder(path: Path) -> None:
    """Make the folder of an index, which git is told to leave alone."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        ignore = path / ".gitignore"
        if not ignore.exists():
            ignore.write_text(_UNTRACKED, encoding="utf-8")
    except OSError as error:
        raise IndexProblem(
            f"{path} cannot be made: {error.strerror}; give another folder with --index"
        ) from error


def lock_if_free(path: Path) -> Lock | None:
    """The lock of an index, or `None` if it is taken or the folder cannot be written."""
    try:
        return Lock(path)
    except IndexProblem:
        return None


def open_known(path: Path, config: Config) -> Store:
    """The store of an index: the file in its folder, or where the settings say.

    Raises `IndexNotFound` and what `Store.open` raises else.
    """
    if not config.store:
        return Store.open(path / STORE)
    return Store.open(config.store, folder=path)


def is_there(path: Path, config: Config) -> bool:
    """Whether there is a store already. Raises `StoreUnreachable`."""
    if not config.store:
        return (path / STORE).exists()
    try:
        open_known(path, config).close()
    except IndexNotFound:
        return False
    return True


def open_store(path: Path, config: Config, embedder: Embedder | None) -> tuple[Store, Embedder]:
    """The store of an index, made if there is none, and the embedder it is to be filled with."""
    if not is_there(path, config):
        embedder = embedder or load_embedder(config.model, exported=path / "model")
        made = Meta(embedder.name, embedder.fingerprint, embedder.dimension)
        where = config.store or path / STORE
        return Store.open(where, folder=path, create_with=made), embedder
    store = open_known(path, config)
    try:
        meta = store.meta
        require_model(path, meta, config, embedder)
        if embedder is None:
            embedder = load_embedder(meta.model, exported=path / meta.exported)
            require_model(path, meta, config, embedder)
    except BaseException:
        store.close()
        raise
    return store, embedder


def require_model(path: Path, meta: Meta, config: Config, embedder: Embedder | None) -> None:
    """Raise `IndexMismatch` if another model is asked for than the index was made with.

    An index remembers its model, so the default stands for whichever that is.
    """
    if embedder is not None and embedder.fingerprint != meta.fingerprint:
        raise _mismatch(path, meta.model, embedder.name)
    if embedder is None and config.model not in (DEFAULT_MODEL, meta.model):
        raise _mismatch(path, meta.model, config.model)


def require_question(question: str, k: int, limit: int) -> None:
    """Raise `QuestionError` if a question cannot be searched for."""
    if not question.strip():
        raise QuestionError("the question is empty; ask something")
    if not question.isascii() and any("\ud800" <= character <= "\udfff" for character in question):
        raise QuestionError("the question is not valid text; type it again")
    if len(question) > limit:
        raise QuestionError(
            f"the question has {len(question)} characters, more than {limit}; ask a shorter one"
        )
    if k < 1:
        raise QuestionError(f"k is {k}; ask for at least 1 passage")


@contextmanager
def refreshing(store: Store) -> Iterator[None]:
    """Be the one of all processes that brings a store up to date. Raises `IndexInUse`."""
    with store.alone(REFRESHING) as other:
        if other:
            raise IndexInUse(f"{store.name} is being written by {other}; wait for it or stop it")
        yield


def not_owned(path: Path, owner: str) -> IndexInUse:
    """The error for a change to an index that this process only reads."""
    if not owner:
        return IndexInUse(f"{path} was opened to read; open it again to change it")
    return IndexInUse(f"{path} is in use by {owner}; wait for it or stop it")


def _mismatch(path: Path, made_with: str, asked_for: str) -> IndexMismatch:
    return IndexMismatch(
        f"{path} was made with {made_with}, not with {asked_for}; "
        f"rebuild with: askdocs rebuild --model {asked_for}"
    )
