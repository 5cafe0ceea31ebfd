"""Codes of vectors: nearly as good as comparing all, and made again at any doubt."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from askdocs import vectors
from askdocs.errors import IndexMismatch
from askdocs.store import Meta, Store
from askdocs.types import Document, Embedded, FloatArray, Passage
from askdocs.vectors import ExactVectors
from askdocs.vectors_codes import encode, no_codes
from askdocs.vectors_file import read_codes

DIMENSION = 96
META = Meta("fake", "fake-96", DIMENSION)


def clustered(count: int, seed: int = 0, dimension: int = DIMENSION) -> FloatArray:
    """Unit vectors in clusters, as those of texts are."""
    dice = np.random.default_rng(seed)
    centres = np.random.default_rng(7).normal(size=(40, dimension))
    rows = centres[dice.integers(40, size=count)] + 0.7 * dice.normal(size=(count, dimension))
    units: FloatArray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return units


def put(store: Store, name: str, count: int, seed: int = 0) -> None:
    text = "".join(f"word{i:05} " for i in range(count))
    passages = [Passage(name, i * 10, i * 10 + 9, text[i * 10 : i * 10 + 9]) for i in range(count)]
    embedded = [Embedded(vector, vector[None]) for vector in clustered(count, seed)]
    store.replace_document(Document(name, text, name, f"{name}{seed}"), passages, embedded)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store that counts as large."""
    monkeypatch.setattr(vectors, "WHOLE_LIMIT", 100)
    opened = Store.open(tmp_path / "store.sqlite3", create_with=META)
    yield opened
    opened.close()


def true_nearest(store: Store, query: FloatArray, limit: int) -> list[tuple[int, float]]:
    numbers, matrix = store.vectors()
    cosines = matrix @ query
    best = np.lexsort((numbers, -cosines))[:limit]
    return [(int(numbers[i]), pytest.approx(float(cosines[i]), abs=1e-5)) for i in best]


def codes_file(store: Store) -> Path:
    return store.path.with_name("codes-1")


def held(search: ExactVectors) -> list[int]:
    assert search._loaded and search._loaded.codes
    return [int(n) for n in search._loaded.codes.numbers]


def test_codes_find_the_nearest() -> None:
    """Of 20,000 vectors, the 200 nearest by their codes hold nearly all of the true ten nearest."""
    matrix = clustered(20_000, dimension=384)
    numbers = np.arange(1, 20_001) * 3
    codes = no_codes(384).joined([(numbers[:500], matrix[:500]), (numbers[500:], matrix[500:])])
    found = 0
    for query in clustered(50, seed=1, dimension=384):
        best = set(numbers[np.argsort(-(matrix @ query))[:10]].tolist())
        nearest = codes.nearest(query, 200)
        assert len(nearest) == len(set(nearest.tolist())) == 200
        found += len(best & set(nearest.tolist()))
    assert found / 500 >= 0.99


@pytest.mark.parametrize("dimension", [1, 63, 64, 65, 384])
def test_codes_of_any_dimension(dimension: int) -> None:
    """A vector's own code is the nearest to it, whatever the number of places."""
    matrix = clustered(60, dimension=dimension)
    codes = no_codes(dimension).joined([(np.arange(60), matrix)])
    assert codes.bits.shape == (2 * -(-dimension // 64), 60)
    for row in (0, 17, 59):
        ties = (encode(matrix) == encode(matrix[row : row + 1])).all(axis=0).sum()
        assert row in codes.nearest(matrix[row], int(ties))


def test_cosines_are_exact(store: Store) -> None:
    """In a large store, too, the cosines are those of the vectors themselves."""
    put(store, "a", 1500)
    search = ExactVectors(store)
    for query in clustered(20, seed=3):
        assert search.search(query, 10) == true_nearest(store, query, 10)
    assert held(search) == store.numbers().tolist()


def test_it_follows_the_store(store: Store) -> None:
    """What came is found at once; what went is not, even if it was all that was near."""
    put(store, "a", 900)
    put(store, "b", 900, seed=1)
    search = ExactVectors(store)
    query = clustered(900, seed=2)[5]
    search.search(query, 10)
    put(store, "c", 900, seed=2)
    assert search.search(query, 10) == true_nearest(store, query, 10)
    assert search.search(query, 1)[0][0] == store.numbers_of("c")[5]
    store.remove_document("c")
    assert search.search(query, 10) == true_nearest(store, query, 10)
    assert held(search) == store.numbers().tolist()  # so many gone are forgotten
    put(store, "d", 900, seed=2)
    assert search.search(query, 1)[0][0] == store.numbers_of("d")[5]


def test_gone_passages_do_not_push_out_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The passages of a removed document that was nearest to the question leave no hole."""
    monkeypatch.setattr(vectors, "_COMPARED", 20)
    monkeypatch.setattr(vectors, "_STALE", 1)  # their codes stay
    query = clustered(1, seed=5)[0]
    near = query + 0.05 * np.random.default_rng(0).normal(size=(60, DIMENSION))
    put(store, "a", 800)
    text = "".join(f"near{i:05} " for i in range(60))
    passages = [Passage("n", i * 10, i * 10 + 9, text[i * 10 : i * 10 + 9]) for i in range(60)]
    embedded = [
        Embedded(v, v[None])
        for v in (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)
    ]
    store.replace_document(Document("n", text, "n", "n"), passages, embedded)
    search = ExactVectors(store)
    assert {n for n, _ in search.search(query, 2)} <= set(store.numbers_of("n"))
    store.remove_document("n")
    assert len(search.search(query, 2)) == 2
    assert len(held(search)) == 860


def test_a_small_store_has_no_codes(store: Store) -> None:
    """Few passages are compared one and all; a file that is left from more goes."""
    put(store, "a", 500)
    search = ExactVectors(store)
    search.save()
    assert codes_file(store).exists()
    put(store, "a", 50)
    search.save()
    assert not codes_file(store).exists()
    assert search._loaded and search._loaded.codes is None


def test_the_file_is_used_and_kept_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The codes are read from the file; a few new passages are added to them, not written."""
    put(store, "a", 1000)
    ExactVectors(store).save()
    first = codes_file(store).read_bytes()
    put(store, "b", 10, seed=1)
    read: list[int] = []
    blocks = store.vector_blocks
    monkeypatch.setattr(
        store, "vector_blocks", lambda after: (read.append(len(b[0])) or b for b in blocks(after))
    )
    search = ExactVectors(store)
    query = clustered(10, seed=1)[4]
    assert search.search(query, 1)[0][0] == store.numbers_of("b")[4]
    assert read == [10]
    search.save()
    assert codes_file(store).read_bytes() == first
    put(store, "c", 100, seed=2)
    search.save()
    assert codes_file(store).read_bytes() != first
    assert read_codes(store, 1).numbers.tolist() == store.numbers().tolist()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "short": lambda path: path.write_bytes(path.read_bytes()[:-8]),
    "a bit": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\x5a"),
    "numbers": lambda path: path.write_bytes(bytes(8) + path.read_bytes()[8:]),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged_codes_are_made_again(store: Store, damage: Callable[[Path], object]) -> None:
    """A file that is not what was written is left alone; nothing is lost but some time."""
    put(store, "a", 1000)
    ExactVectors(store).save()
    damage(codes_file(store))
    assert not len(read_codes(store, 1).numbers)
    query = clustered(1, seed=8)[0]
    search = ExactVectors(store)
    assert search.search(query, 10) == true_nearest(store, query, 10)
    if codes_file(store).is_dir():
        codes_file(store).rmdir()
    search.save()
    assert read_codes(store, 1).numbers.tolist() == store.numbers().tolist()


def test_codes_of_another_state_are_not_used(store: Store, tmp_path: Path) -> None:
    """After a backup is brought back, numbers may mean other passages: the file does not count."""
    put(store, "a", 500)
    store.backup(tmp_path / "backup")
    put(store, "b", 500, seed=1)
    ExactVectors(store).save()
    store.close()
    shutil.copy(tmp_path / "backup", store.path)
    restored = Store.open(store.path)
    put(restored, "c", 500, seed=2)
    query = clustered(500, seed=2)[9]
    search = ExactVectors(restored)
    assert search.search(query, 1)[0][0] == restored.numbers_of("c")[9]
    assert held(search) == restored.numbers().tolist()
    restored.close()


def test_another_generation(store: Store) -> None:
    """After a switch to another model the old codes are neither used nor kept."""
    put(store, "a", 500)
    search = ExactVectors(store)
    search.save()
    text = "".join(f"word{i:05} " for i in range(300))
    passages = [Passage("a", i * 10, i * 10 + 9, text[i * 10 : i * 10 + 9]) for i in range(300)]
    narrow = clustered(300, dimension=16)
    embedded = [Embedded(vector, vector[None]) for vector in narrow]
    store.add_passages(store.document("a"), passages, embedded, 2)
    assert len(held(search)) == 500
    store.switch_generation(2, "1-1", dimension=16)
    assert search.search(narrow[7], 1)[0][0] == store.numbers_of("a")[7]
    with pytest.raises(IndexMismatch):
        search.search(clustered(1)[0], 3)
    search.save()
    assert [path.name for path in store.path.parent.glob("codes-*")] == ["codes-2"]
