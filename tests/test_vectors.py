"""The vector index: as good as exact search, and never trusted further than its seal."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from askdocs import vectors, vectors_chroma
from askdocs.errors import IndexMismatch
from askdocs.store import Meta, Store
from askdocs.types import Document, Embedded, FloatArray, Passage
from askdocs.vectors import ExactVectors, OwnedExact
from askdocs.vectors_chroma import ChromaVectors
from askdocs.vectors_client import COLLECTION, SETTINGS, probe
from askdocs.vectors_seal import UnsealableError, digest
from fakes import FakeEmbedder

DIMENSION = 32
META = Meta("fake", "fake-32", DIMENSION)


def random_units(count: int, seed: int = 0) -> FloatArray:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    units: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return units


def put(store: Store, name: str, count: int, seed: int = 0) -> None:
    """A document of `count` passages with random vectors."""
    text = "".join(f"word{i:05} " for i in range(count))
    passages = [Passage(name, i * 10, i * 10 + 9, text[i * 10 : i * 10 + 9]) for i in range(count)]
    vectors = random_units(count, seed)
    embedded = [Embedded(vector, vector[None]) for vector in vectors]
    store.replace_document(Document(name, text, name, f"{name}{seed}"), passages, embedded)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "store.sqlite3", create_with=META)
    yield opened
    opened.close()


def opened(store: Store) -> ChromaVectors:
    vectors = ChromaVectors(store, store.path.parent)
    vectors.prepare()
    assert vectors.trouble == ""
    return vectors


def assert_like_exact(store: Store, vectors: ChromaVectors) -> None:
    """Chroma is in use, holds exactly the store's passages and finds what exact search finds."""
    assert vectors.numbers() == set(store.numbers().tolist())
    exact = ExactVectors(store)
    for query in random_units(20, seed=99):
        expected, found = exact.search(query, 10), vectors.search(query, 10)
        assert found[0][0] == expected[0][0]
        assert len({n for n, _ in found} & {n for n, _ in expected}) >= 9
        cosines = dict(expected)
        assert all(abs(c - cosines[n]) < 1e-4 for n, c in found if n in cosines)


def test_exact_search(store: Store) -> None:
    """The nearest come first with their cosines, and a change of the store is seen at once."""
    put(store, "a", 50)
    vectors = ExactVectors(store)
    query = random_units(50)[7]
    found = vectors.search(query, 5)
    assert found[0] == (store.numbers_of("a")[7], pytest.approx(1, abs=1e-3))
    assert [c for _, c in found] == sorted((c for _, c in found), reverse=True)
    put(store, "b", 50)
    assert {n for n, _ in vectors.search(query, 2)} == {
        store.numbers_of("a")[7],
        store.numbers_of("b")[7],
    }
    store.remove_document("a")
    store.remove_document("b")
    assert vectors.search(query, 5) == []


def test_codes_on_two_machines(
    postgres_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each machine that shares a store has its own file of codes, and finds what the other does."""
    monkeypatch.setattr(vectors, "WHOLE_LIMIT", 100)
    stores = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        stores.append(Store.open(postgres_address, create_with=META, folder=tmp_path / name))
    put(stores[0], "a", 300)
    for opened_store in stores:
        OwnedExact(opened_store).prepare()
    put(stores[1], "b", 100, seed=1)
    OwnedExact(stores[1]).prepare()
    counts = [json.loads(each.note(f"codes{each.here}"))["count"] for each in stores]
    assert counts == [300, 400]
    query, nearest = random_units(100, seed=1)[7], stores[0].numbers_of("b")[7]
    for opened_store in stores:
        again = ExactVectors(opened_store)
        assert again.search(query, 5)[0][0] == nearest
        assert again._loaded is not None and again._loaded.written == counts.pop(0)
        opened_store.close()


def test_a_vector_of_another_model(store: Store) -> None:
    """A question embedded with another model is refused, not compared."""
    put(store, "a", 3)
    with pytest.raises(IndexMismatch):
        ExactVectors(store).search(FakeEmbedder().encode_query("x"), 3)


@pytest.mark.parametrize("count", [1, 60, 1500])
def test_chroma_finds_what_exact_search_finds(store: Store, count: int) -> None:
    """With one passage, with few (kept in Chroma's log) and with many (in its graph)."""
    put(store, "a", count)
    vectors = opened(store)
    assert vectors.numbers() == set(store.numbers().tolist())
    if count > 10:
        assert_like_exact(store, vectors)
    else:
        assert vectors.search(random_units(1)[0], 10)[0][0] == store.numbers_of("a")[0]
    vectors.close()


def test_no_passages(store: Store) -> None:
    """An index without passages finds nothing and makes no folder."""
    vectors = opened(store)
    assert vectors.search(random_units(1)[0], 5) == []
    assert not vectors.folder.exists()


@pytest.mark.parametrize("count", [60, 1200])
def test_the_seal_holds_while_searching(store: Store, count: int) -> None:
    """Neither searching nor a second opening breaks the seal, so a killed server costs nothing."""
    put(store, "a", count)
    opened(store).close()
    for _ in range(2):
        vectors = opened(store)
        for query in random_units(10):
            vectors.search(query, 10)
        assert vectors._is_sealed() == store.revision
        vectors.close()
        assert vectors._is_sealed() == store.revision


def test_changes_are_a_difference(store: Store) -> None:
    """What came and what went is brought over; the search is exact in between."""
    put(store, "a", 80)
    put(store, "b", 80, seed=1)
    vectors = opened(store)
    put(store, "a", 40, seed=2)
    query = random_units(40, seed=2)[5]
    assert vectors.search(query, 1)[0][0] == store.numbers_of("a")[5]
    store.remove_document("b")
    gone = random_units(80, seed=1)[3]
    assert vectors.search(gone, 1)[0][1] < 0.99
    vectors.prepare()
    assert_like_exact(store, vectors)
    vectors.close()
    assert_like_exact(store, again := opened(store))
    again.close()


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(0, len(data), 500):
        data[place] ^= 0xFF
    path.write_bytes(data)


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def sparse(path: Path) -> None:
    os.truncate(path, 400_000_000_000)


DAMAGES: list[Callable[[Path], None]] = [
    truncate,
    empty,
    flip,
    zero,
    Path.unlink,
    replace_by_folder,
    sparse,
]
FILES = [
    "chroma.sqlite3",
    "data_level0.bin",
    "header.bin",
    "index_metadata.pickle",
    "length.bin",
    "link_lists.bin",
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index folder with vectors enough that Chroma has written all its kinds of files."""
    folder = tmp_path_factory.mktemp("sound")
    store = Store.open(folder / "store.sqlite3", create_with=META)
    put(store, "a", 1100)
    opened(store).close()
    store.close()
    assert {p.name for p in (folder / "chroma-1").rglob("*") if p.is_file()} == set(FILES)
    return folder


def damaged_copy(sound: Path, target: Path, name: str, damage: Callable[[Path], None]) -> Store:
    folder = shutil.copytree(sound, target / "index")
    (file,) = folder.rglob(name)
    damage(file)
    return Store.open(folder / "store.sqlite3")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_is_healed(
    sound: Path, tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    """A damaged file is noticed before Chroma opens it; the folder is made again from the store."""
    store = damaged_copy(sound, tmp_path, name, damage)
    vectors = ChromaVectors(store, tmp_path / "index")
    assert vectors._is_sealed() is None
    vectors.prepare()
    assert vectors.trouble == ""
    assert_like_exact(store, vectors)
    vectors.close()
    store.close()


PROBED = [
    ("data_level0.bin", zero),
    ("data_level0.bin", flip),
    ("header.bin", truncate),
    ("header.bin", flip),
    ("index_metadata.pickle", truncate),
    ("chroma.sqlite3", zero),
    ("chroma.sqlite3", empty),
]


@pytest.mark.parametrize(
    ("name", "damage"), PROBED, ids=lambda part: getattr(part, "__name__", part)
)
def test_the_probe_refuses_damage(
    sound: Path, tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    """The other process finds the damage, or ends by a signal; ours does neither."""
    store = damaged_copy(sound, tmp_path, name, damage)
    assert not probe(tmp_path / "index" / "chroma-1", store.path)
    store.close()


def test_an_unsealed_folder_in_order_is_kept(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a kill, a large folder that the probe finds in order is not made again."""
    monkeypatch.setattr(vectors_chroma, "REBUILD_LIMIT", 0)
    folder = shutil.copytree(sound, tmp_path / "index")
    store = Store.open(folder / "store.sqlite3")
    store.describe(seal="")
    (data,) = folder.rglob("data_level0.bin")
    before = data.stat().st_ino
    vectors = opened(store)
    assert data.stat().st_ino == before
    assert_like_exact(store, vectors)
    vectors.close()
    store.close()


def test_without_chroma_the_search_is_exact(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """If Chroma cannot be used at all, answers still come, and the trouble is told."""

    def fail(folder: Path) -> None:
        raise RuntimeError("unsupported version of sqlite3")

    monkeypatch.setattr(vectors_chroma, "open_client", fail)
    put(store, "a", 20)
    vectors = ChromaVectors(store, store.path.parent)
    vectors.prepare()
    assert vectors.trouble == "RuntimeError: unsupported version of sqlite3"
    query = random_units(20)[3]
    assert vectors.search(query, 4) == ExactVectors(store).search(query, 4)


def test_a_large_index_opens_in_the_background(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for Chroma: answers come meanwhile, and the same ones after it."""
    monkeypatch.setattr(vectors_chroma, "BACKGROUND_LIMIT", 50)
    may_go_on, open_client = threading.Event(), vectors_chroma.open_client

    def open_late(folder: Path) -> object:
        may_go_on.wait(30)
        return open_client(folder)

    monkeypatch.setattr(vectors_chroma, "open_client", open_late)
    put(store, "a", 60)
    vectors = ChromaVectors(store, store.path.parent)
    vectors.prepare_soon()
    query = random_units(60)[3]
    meanwhile = vectors.search(query, 5)
    assert not vectors.in_use
    assert meanwhile == ExactVectors(store).search(query, 5)
    may_go_on.set()
    assert vectors._workers
    vectors._workers[-1].join(30)
    assert vectors.in_use
    assert_like_exact(store, vectors)
    vectors.close()


def test_closing_ends_the_background_work(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is being built is left after the present batch; the next owner goes on with it."""
    monkeypatch.setattr(vectors_chroma, "BACKGROUND_LIMIT", 50)
    monkeypatch.setattr(vectors_chroma, "_BATCH", 10)
    put(store, "a", 400)
    vectors = ChromaVectors(store, store.path.parent)
    under_way, vectors_of = threading.Event(), store.vectors_of

    def slowly(numbers: Sequence[int]) -> object:
        under_way.set()
        time.sleep(0.02)
        return vectors_of(numbers)

    monkeypatch.setattr(store, "vectors_of", slowly)
    vectors.prepare_soon()
    assert under_way.wait(30)
    vectors.close()
    assert vectors._workers
    vectors._workers[-1].join(30)
    assert not vectors._workers[-1].is_alive()
    assert not vectors.in_use
    assert vectors._is_sealed() is None
    monkeypatch.undo()
    assert_like_exact(store, again := opened(store))
    again.close()


def test_a_change_while_chroma_is_being_built(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passages that come and go meanwhile are brought over before Chroma is used."""
    put(store, "a", 300)
    put(store, "b", 300, seed=1)
    vectors_of, changes = store.vectors_of, [1]

    def with_a_change(numbers: Sequence[int]) -> object:
        if changes:
            changes.pop()
            store.remove_document("b")
            put(store, "c", 100, seed=2)
        return vectors_of(numbers)

    monkeypatch.setattr(store, "vectors_of", with_a_change)
    vectors = opened(store)
    assert not changes
    assert vectors.in_use
    assert_like_exact(store, vectors)
    vectors.close()


def test_a_folder_of_other_names_is_cleaned(store: Store) -> None:
    """What Chroma holds under names that are no passages' numbers is taken out."""
    put(store, "a", 20)
    client = vectors_chroma.open_client(store.path.with_name("chroma-1"))
    made = client.create_collection(
        COLLECTION,
        embedding_function=None,
        configuration=SETTINGS,
    )
    made.add(ids=["0f3a", "9" * 32, "٣"], embeddings=random_units(3))
    client.close()
    vectors = ChromaVectors(store, store.path.parent)
    vectors._seal(0)
    vectors.prepare()
    assert vectors.trouble == ""
    assert_like_exact(store, vectors)
    vectors.close()


def test_the_digest_sees_names_sizes_and_contents(tmp_path: Path) -> None:
    """Any change to a file's name, size or content changes the digest; time does not."""
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"two")
    first = digest(tmp_path, size_limit=100)
    os.utime(tmp_path / "a", (0, 0))
    assert digest(tmp_path, size_limit=100) == first
    (tmp_path / "a").write_bytes(b"onet")
    (tmp_path / "b").write_bytes(b"wo")
    assert digest(tmp_path, size_limit=100) != first
    with pytest.raises(UnsealableError, match="grown"):
        digest(tmp_path, size_limit=5)
    (tmp_path / "link").symlink_to("a")
    with pytest.raises(UnsealableError, match="not a file"):
        digest(tmp_path, size_limit=100)
