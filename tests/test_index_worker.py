"""What a worker makes of files, in this process: Ray only carries it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from askdocs.embedding import open_embedder
from askdocs.index_building import Work
from askdocs.index_embedding import Split
from askdocs.index_reading import FileRead, Reading
from askdocs.index_worker import Job, Keys, Parcel, Task, Worker, job_of, tasks_of
from askdocs.readers import folder as folders
from askdocs.store import DocumentInfo
from askdocs.store_rows import reuse_key
from askdocs.types import Embedder
from fakes import FakeEmbedder

TEXT = "It rained on Monday. The river rose.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "documents"
    made.mkdir()
    (made / "a.txt").write_text(TEXT)
    (made / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    return made


def work_in(folder: Path, embedder: Embedder, kept: tuple[str, ...] = ()) -> Work:
    def is_known(*_: object) -> bool:
        raise AssertionError("a worker decides that by itself")

    listing = folders.files(folder)
    known = {"gone.txt": DocumentInfo("gone.txt", "", None, "", 0, 0, "")}
    return Work(listing, Reading(is_known), known, lambda: iter(kept), embedder, 100)


def job_in(folder: Path, kept: tuple[str, ...] = ()) -> tuple[Job, list[Task]]:
    work = work_in(folder, FakeEmbedder(), kept)
    return job_of(work, ship=True), list(tasks_of(work, work.listing.files))


def parcels_of(job: Job, tasks: list[Task]) -> list[Parcel]:
    return [parcel for parcels in Worker(job).do(tasks) for parcel in parcels]


def test_a_file_becomes_a_parcel(folder: Path) -> None:
    """A document comes split and embedded, a file that cannot be read with the reason."""
    job, tasks = job_in(folder)
    sound, broken = parcels_of(job, tasks)
    made = sound.unpack(64)
    assert isinstance(made, Split)
    assert [made.document.id, made.document.text] == ["a.txt", TEXT]
    (passage,) = made.passages
    (expected,) = FakeEmbedder().encode_passages([passage])
    vectors = made.vectors[reuse_key(passage)]
    assert np.abs(vectors.vector - expected.vector).max() < 2e-3
    assert np.abs(vectors.sentences - expected.sentences).max() < 1e-2
    assert isinstance(broken.made, FileRead) and broken.made.reason
    assert broken.identifier == "broken.pdf" and broken.made.sha256


def test_the_same_file_gives_the_same_parcel(folder: Path) -> None:
    """So that it does not matter how often, and by whom, a task is done."""
    job, tasks = job_in(folder)
    first, second = (parcels_of(job, tasks) for _ in range(2))
    assert first == second


def test_what_the_index_has_is_not_made_again(folder: Path) -> None:
    """A file whose bytes are known is not split, a passage whose vector is there not embedded."""
    job, tasks = job_in(folder)
    parcel = next(Worker(job).do(tasks))[0]
    assert isinstance(parcel.made, Split)
    signature, sha256 = parcel.made.signature, parcel.made.document.sha256
    known = replace(tasks[0], sha256=sha256, signature=signature)
    assert next(Worker(job).do([known]))[0].made == FileRead("a.txt", sha256)
    other = replace(known, signature="an older reader")
    assert next(Worker(job).do([other]))[0] == parcel
    job, _ = job_in(folder, tuple(parcel.vectors))
    again = next(Worker(job).do([tasks[0]]))[0]
    assert again.made == parcel.made and not again.vectors


def test_a_model_that_fails_leaves_the_rest_to_others(folder: Path) -> None:
    """Whoever stores the document embeds it, and says what is wrong if that fails, too."""

    class Failing(FakeEmbedder):
        def encode_passages(self, passages, /):  # type: ignore[no-untyped-def]
            raise RuntimeError("out of order")

    job, tasks = job_in(folder)
    parcel = next(Worker(replace(job, model=Failing())).do(tasks[:1]))[0]
    assert isinstance(parcel.made, Split) and not parcel.vectors and not parcel.fault


def test_a_machine_that_cannot_help(folder: Path, tmp_path: Path) -> None:
    """Another version, or a folder that is not there, is said of the machine, not of its files."""
    job, tasks = job_in(folder)
    for fault, changed in {
        "install the same on all machines": replace(job, version="0.0.1"),
        "all machines of the cluster share": replace(job, root=tmp_path / "elsewhere"),
    }.items():
        for parcel in next(Worker(changed).do(tasks)):
            assert fault in parcel.fault


def test_the_model_travels(folder: Path, sample_index: Path, tmp_path: Path) -> None:
    """A machine without the exported model gets its files, and leaves none behind."""
    embedder = open_embedder(sample_index / "model")
    work = work_in(folder, embedder)
    tasks = list(tasks_of(work, work.listing.files))
    there = job_of(work, ship=True)
    moved = replace(there, model=replace(there.model, folder=tmp_path / "not here"))  # type: ignore[type-var]
    here = job_of(work, ship=False)
    assert not here.model.files  # type: ignore[union-attr]
    assert parcels_of(moved, tasks) == parcels_of(here, tasks)
    lost = replace(here, model=replace(here.model, folder=tmp_path / "not here"))  # type: ignore[type-var]
    assert "no usable export" in next(Worker(lost).do(tasks))[0].fault


def test_keys() -> None:
    """Every key that was given is found again, and one that was not is not."""
    keys = [f"{number:032x}" for number in (0, 1 << 64, 2**128 - 1)]
    kept = Keys(keys)
    assert all(key in kept for key in keys)
    assert f"{5 << 64:032x}" not in kept
    assert "0" * 32 not in Keys(())
