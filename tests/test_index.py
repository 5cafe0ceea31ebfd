"""The index of a folder: it follows the folder, and loses nothing that stands in it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from askdocs import readers
from askdocs.config import Config
from askdocs.errors import (
    AskdocsError,
    DocumentNotFound,
    FolderError,
    IndexDamaged,
    IndexInUse,
    IndexMismatch,
    IndexNotFound,
    QuestionError,
)
from askdocs.index import Index
from askdocs.index_building import Summary
from askdocs.index_once import retrieve
from askdocs.index_telling import Notice
from askdocs.types import Embedded, Passage
from fakes import FakeEmbedder
from stores import Place, texts_in

TEXTS = {
    "bridge.txt": "The bridge fell in winter. Nobody was hurt. It was built in 1931.",
    "sub/river.md": "# The river\n\nIt rose by two metres.\n\n## Damage\n\nThree houses fell.",
    "police.txt": "Police detained 7,939 people. The minister retracted the figure.",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TEXTS.items():
        write(tmp_path / "documents" / name, text)
    return tmp_path / "documents"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def build(folder: Path, place: Path | Place, embedder: FakeEmbedder | None = None) -> Index:
    where = Place(place) if isinstance(place, Path) else place
    return where.build(folder, embedder)


def counts(index: Index) -> tuple[int, ...]:
    done = index.summary
    return (done.added, done.changed, done.removed, done.unchanged, done.skipped)


def contents(index: Index) -> dict[str, list[Passage]]:
    store = index.store
    return {d.id: store.passages(store.numbers_of(d.id)) for d in index.documents()}


def test_what_is_built_can_be_searched(folder: Path, place: Place) -> None:
    """Documents come out as they are in their files, and the right passage is found first."""
    with build(folder, place) as index:
        assert [d.id for d in index.documents()] == sorted(TEXTS)
        assert {d.id: index.document(d.id).text for d in index.documents()} == TEXTS
        hit = index.retrieve("How many people were detained?", k=1)[0]
        assert hit.passage.document == "police.txt"
        assert index.document("police.txt").text[hit.passage.start :].startswith(hit.passage.text)
        assert index.check() == []


def test_owner_and_reader_find_the_same(folder: Path, place: Place) -> None:
    """The vector index and the exact search give the same hits with the same scores."""
    build(folder, place).close()
    questions = ("Who was detained?", "What fell in winter?", "What did the minister say?")
    with place.open() as owner:
        assert owner.owned
        with place.open() as reader:
            assert not reader.owned
            for question in questions:
                expected, found = reader.retrieve(question), owner.retrieve(question)
                assert [h.passage for h in found] == [h.passage for h in expected]
                assert [h.score for h in found] == pytest.approx([h.score for h in expected])


def test_running_again_does_nothing(folder: Path, place: Place) -> None:
    """A second run reads the files, embeds nothing and leaves the store as it is."""
    with build(folder, place) as index:
        assert counts(index) == (3, 0, 0, 0, 0)
        before, revision = contents(index), index.store.revision
    embedder = FakeEmbedder()
    with build(folder, place, embedder) as index:
        assert counts(index) == (0, 0, 0, 3, 0)
        assert (contents(index), index.store.revision) == (before, revision)
    assert embedder.embedded == 0


def test_only_what_changed_is_done(folder: Path, place: Place) -> None:
    """New files come in, changed ones are replaced, vanished ones go; the rest stays."""
    build(folder, place).close()
    write(folder / "new.txt", "A new minister came.")
    write(folder / "bridge.txt", "The bridge stands again.")
    (folder / "police.txt").unlink()
    with build(folder, place) as index:
        assert counts(index) == (1, 1, 1, 1, 0)
        assert index.document("bridge.txt").text == "The bridge stands again."
        with pytest.raises(DocumentNotFound):
            index.document("police.txt")
        found = {hit.passage.document for hit in index.retrieve("police detained people", k=10)}
        assert "police.txt" not in found
        assert index.check() == []


def test_a_moved_file_is_not_embedded_again(folder: Path, place: Place) -> None:
    """A file that only got another name keeps its vectors."""
    build(folder, place).close()
    (folder / "police.txt").rename(folder / "sub" / "moved.txt")
    embedder = FakeEmbedder()
    with build(folder, place, embedder) as index:
        assert counts(index) == (1, 0, 1, 2, 0)
        assert index.check() == []
    assert embedder.embedded == 0


def test_changes_are_seen_by_content(folder: Path, place: Place) -> None:
    """Same size and same time with other words is a change; another time alone is none."""
    file = folder / "bridge.txt"
    build(folder, place).close()
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    write(file, file.read_text().replace("1931", "1932"))
    os.utime(file, ns=times)
    os.utime(folder / "police.txt", (0, 2**33))
    with build(folder, place) as index:
        assert counts(index) == (0, 1, 0, 2, 0)
        assert "1932" in index.document("bridge.txt").text


def test_another_passage_length_splits_again(folder: Path, place: Place) -> None:
    """Documents are split anew when the length of passages is set otherwise."""
    with build(folder, place) as index:
        before = index.summary.passages
    config = Config(passage_tokens=6)
    with place.build(folder, config=config) as index:
        assert counts(index) == (0, 3, 0, 0, 0)
        assert index.summary.passages > before
        assert index.check() == []


def test_skipped_files_are_told(folder: Path, place: Place) -> None:
    """Files that are left out are listed with the reason, also after the index is opened again."""
    (folder / "film.mp4").write_bytes(b"\0\0\0 ftyp")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / "binary.txt").write_bytes(b"a\0b")
    write(folder / "empty.md", " \n")
    with build(folder, place) as index:
        assert counts(index) == (3, 0, 0, 0, 4)
    with place.open(exact=True) as index:
        assert {s.path: s.reason for s in index.skipped()} == {
            "binary.txt": "is not text, or text in an unknown encoding",
            "empty.md": "is empty",
            "film.mp4": "type .mp4 is not supported",
            "picture.png": "is not a valid picture file: it does not begin like one",
        }


def test_an_emptied_file_leaves_the_index(folder: Path, place: Place) -> None:
    """Words that no longer stand in their file are not answered from."""
    build(folder, place).close()
    write(folder / "police.txt", "")
    with build(folder, place) as index:
        assert counts(index) == (0, 0, 1, 2, 1)
        assert "police.txt" not in contents(index)


def test_an_unreadable_file_keeps_its_version(
    folder: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be read for now, or vanishes while it is read, is one skipped line."""
    build(folder, place).close()
    read = readers.load

    def load(file: Path, *, root: Path) -> bytes:
        if file.name == "police.txt":
            file.unlink()  # between the listing and the reading
        return read(file, root=root)

    monkeypatch.setattr(readers, "load", load)
    with build(folder, place) as index:
        assert counts(index) == (0, 0, 0, 2, 1)
        (skipped,) = index.skipped()
        assert skipped.reason.startswith("cannot be read: No such file")
        assert "police.txt" in contents(index)
        monkeypatch.undo()
        assert index.refresh().removed == 1


class FailingEmbedder(FakeEmbedder):
    """Fails on passages that contain a word."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word

    def encode_passages(self, passages: Sequence[Passage], /) -> list[Embedded]:
        if any(self.word in passage.text for passage in passages):
            raise RuntimeError("out of\nmemory")
        return super().encode_passages(passages)


def test_one_failing_document_does_not_stop_the_others(folder: Path, place: Place) -> None:
    """19 indexed, 1 failed; the next run indexes it."""
    for number in range(17):
        write(folder / f"more{number}.txt", f"Report number {number}.")
    with build(folder, place, FailingEmbedder("minister")) as index:
        assert counts(index) == (19, 0, 0, 0, 1)
        assert index.skipped()[0].reason == "cannot be embedded: RuntimeError: out of memory"
    with build(folder, place) as index:
        assert counts(index) == (1, 0, 0, 19, 0)
        assert index.skipped() == []


def test_a_failing_change_keeps_the_old_version(folder: Path, place: Place) -> None:
    """If the new version cannot be embedded the old one stays, whole."""
    build(folder, place).close()
    write(folder / "bridge.txt", "The earthquake came.")
    with build(folder, place, FailingEmbedder("earthquake")) as index:
        assert index.document("bridge.txt").text == TEXTS["bridge.txt"]
        assert index.skipped()[0].reason.endswith("; the index keeps its earlier version")


@pytest.mark.parametrize("loss", ["gone", "empty", "only others"])
def test_a_lost_folder_removes_nothing(folder: Path, place: Place, loss: str) -> None:
    """A folder that is unreachable or looks empty is an error, and the documents stay."""
    build(folder, place).close()
    shutil.rmtree(folder)
    if loss != "gone":
        folder.mkdir()
    if loss == "only others":
        (folder / "a.png").write_bytes(b"")
    with pytest.raises(FolderError):
        build(folder, place)
    with place.open() as index:
        assert len(index.documents()) == 3
        with pytest.raises(FolderError):
            index.refresh()
        assert len(index.documents()) == 3


def test_a_closed_folder_within_removes_nothing(
    folder: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a folder within cannot be listed, the documents known from it stay."""
    build(folder, place).close()
    scan = os.scandir

    def scandir(place: Path) -> object:
        if Path(place).name == "sub":
            raise PermissionError(13, "Permission denied")
        return scan(place)

    monkeypatch.setattr(os, "scandir", scandir)
    with build(folder, place) as index:
        assert counts(index) == (0, 0, 0, 2, 1)
        assert "sub/river.md" in contents(index)


@pytest.mark.parametrize("kind", ["none", "file", "empty", "unsupported"])
def test_no_documents(tmp_path: Path, place: Place, kind: str) -> None:
    """A folder without documents is an error, and no index is made."""
    folder = tmp_path / "documents"
    if kind == "file":
        folder.write_text("")
    elif kind != "none":
        folder.mkdir()
    if kind == "unsupported":
        (folder / "a.xyz").write_bytes(b"")
    with pytest.raises(FolderError):
        build(folder, place)
    assert not place.folder.exists()
    assert not place.address or place.tables() == []


def test_no_index(path: Path) -> None:
    """Opening an index that is not there makes nothing and says how to make one."""
    for exact in (True, False):
        with pytest.raises(IndexNotFound, match="askdocs index"):
            Index.open(path, exact=exact)
    assert not path.exists()


def test_another_model_is_refused(folder: Path, place: Place) -> None:
    """An index is never searched or extended with vectors of another model."""
    build(folder, place).close()
    other, asked = FakeEmbedder("other"), replace(place.config, model="other")
    for call in (
        lambda: place.open(other),
        lambda: build(folder, place, other),
        lambda: Index.open(place.folder, config=asked, exact=True),
        lambda: Index.build(folder, place.folder, config=asked),
    ):
        with pytest.raises(IndexMismatch, match="rebuild with: askdocs rebuild --model other"):
            call()
    build(folder, place).close()  # the lock was let go


def test_rebuild_with_another_model(folder: Path, place: Place) -> None:
    """After it every passage has the new model's vectors; the old generation is gone."""
    build(folder, place).close()
    other = FakeEmbedder("other", 32)
    with place.open() as index:
        shutil.rmtree(folder)  # the texts are in the store
        index.rebuild(embedder=other)
        assert index.retrieve("people detained", k=1)[0].passage.document == "police.txt"
        assert index.check() == []
        assert (index.status().model, index.status().generation) == ("other", 2)
    with place.open(other) as index:
        assert index.retrieve("people detained", k=1)[0].passage.document == "police.txt"
        chroma = [] if place.address else ["chroma-2"]
        assert [p.name for p in place.folder.glob("chroma-*")] == chroma


def test_questions_go_on_while_the_index_changes(folder: Path, place: Place) -> None:
    """Answers come without error through refreshes and rebuilds, and only from whole states."""
    build(folder, place).close()
    stop, failures, asked = threading.Event(), list[BaseException](), list[int]()

    def ask(index: Index) -> None:
        while not stop.is_set():
            try:
                (hit,) = index.retrieve("people detained by police", k=1)
                assert hit.passage.document == "police.txt"
                asked.append(1)
            except BaseException as error:
                failures.append(error)

    with place.open() as index:
        askers = [threading.Thread(target=ask, args=(index,)) for _ in range(4)]
        for asker in askers:
            asker.start()
        for turn in range(6):
            write(folder / "changing.txt", f"Version {turn} of a report on bridges.")
            index.refresh()
            if turn % 2:
                index.rebuild()
            else:
                index.rebuild(embedder=FakeEmbedder(f"model{turn}"))
        stop.set()
        for asker in askers:
            asker.join()
        assert not failures
        assert len(asked) > 6
        assert index.check() == []


class PausingEmbedder(FakeEmbedder):
    """Stops before the passages of the second call, until it may go on."""

    def __init__(self) -> None:
        super().__init__("pausing")
        self.paused, self.go_on = threading.Event(), threading.Event()

    def encode_passages(self, passages: Sequence[Passage], /) -> list[Embedded]:
        self.paused.set()
        assert self.go_on.wait(20)
        return super().encode_passages(passages)


def test_the_old_generation_answers_during_a_rebuild(folder: Path, place: Place) -> None:
    """While a rebuild for another model runs, questions are answered as before."""
    build(folder, place).close()
    slow = PausingEmbedder()
    with place.open() as index:
        before = index.retrieve("people detained")
        rebuilding = threading.Thread(target=index.rebuild, kwargs={"embedder": slow})
        rebuilding.start()
        assert slow.paused.wait(20)
        assert index.retrieve("people detained") == before
        slow.go_on.set()
        rebuilding.join()
        assert index.store.meta.model == "pausing"
        assert index.retrieve("people detained", k=1)[0].passage.document == "police.txt"


def test_an_ended_rebuild_goes_on(folder: Path, place: Place) -> None:
    """A rebuild that failed half way changed nothing, and the next one takes up its work."""
    for number in range(80):
        write(folder / f"more{number:02}.txt", f"Report number {number}.")
    build(folder, place).close()
    failing = FailingEmbedder("7,939")
    failing.name, failing.fingerprint = "second", "second"
    with place.open() as index:
        before = contents(index)
        with pytest.raises(AskdocsError, match="cannot be embedded"):
            index.rebuild(embedder=failing)
        assert (contents(index), index.check()) == (before, [])
        done = failing.embedded
        assert done > 0
        failing.word, failing.embedded = "nowhere", 0
        index.rebuild(embedder=failing)
        assert failing.embedded + done == index.store.passage_count()
        assert index.check() == []


def test_rebuild_makes_the_derived_again(folder: Path, place: Place) -> None:
    """Without a model the word index and the vector index are made again, without embedding."""
    embedder = FakeEmbedder()
    build(folder, place).close()
    with place.open(embedder) as index:
        before = [hit.passage for hit in index.retrieve("people detained")]
        index.rebuild()
        assert [hit.passage for hit in index.retrieve("people detained")] == before
        assert index.check() == []
    assert embedder.embedded == 0


def damage_words(path: Path) -> None:
    with sqlite3.connect(path / "store.sqlite3") as connection:
        connection.execute("UPDATE words_data SET block = zeroblob(60) WHERE id > 10")
    connection.close()


def test_a_damaged_word_index_is_healed(folder: Path, path: Path) -> None:
    """The owner notices at opening, and makes it again from the passages."""
    build(folder, path).close()
    damage_words(path)
    with Index.open(path, embedder=FakeEmbedder()) as index:
        assert index.check() == []
        assert index.store.document_frequency("detained") == 1


def test_a_damaged_word_index_does_not_stop_indexing(folder: Path, path: Path) -> None:
    """The indexer makes it again before it changes anything."""
    build(folder, path).close()
    damage_words(path)
    write(folder / "police.txt", "Nobody was detained after all.")
    with build(folder, path) as index:
        assert counts(index) == (0, 1, 0, 2, 0)
        assert index.check() == []


DAMAGED = {"empty": b"", "garbage": b"garbage " * 2000, "half a header": b"SQLite format 3"}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_store_is_told(folder: Path, path: Path, data: bytes) -> None:
    """A damaged store is one clear error for owner, reader and indexer, and is left as it is."""
    build(folder, path).close()
    (path / "store.sqlite3").write_bytes(data)
    for call in (
        lambda: Index.open(path),
        lambda: Index.open(path, exact=True),
        lambda: build(folder, path),
    ):
        with pytest.raises(IndexDamaged, match="restore a backup"):
            call()
    assert (path / "store.sqlite3").read_bytes() == data


def test_a_damaged_vector_index_is_healed(folder: Path, path: Path) -> None:
    """It is made again at opening from the store; nothing is embedded, nothing else is done."""
    build(folder, path).close()
    for file in path.glob("chroma-1/**/*"):
        if file.is_file():
            file.write_bytes(b"\xa5" * file.stat().st_size)
    embedder = FakeEmbedder()
    with Index.open(path, embedder=embedder) as index:
        assert index.retrieve("people detained", k=1)[0].passage.document == "police.txt"
        assert index.check() == []
    assert embedder.embedded == 0


def test_a_closed_index_is_one_file(folder: Path, path: Path) -> None:
    """After closing, all that is true stands in the store's one file."""
    build(folder, path).close()
    assert not list(path.glob("store.sqlite3-*"))


def test_a_document_that_is_gone_leaves_no_trace(folder: Path, place: Place) -> None:
    """No table and no file of the index folder has a word of it, however it went.

    What the databases themselves remember of rows that are gone is theirs: pages that are free, and
    the pieces of SQLite's word index until they are merged. So is what Chroma's graph takes into
    its file of memory that it has not written to, where anything of the process may stand.
    """
    word = "zqkanar"
    for name in ("gone", "rewritten", "taken out"):
        write(folder / f"{name}.md", f"# The {word}x\n\n## A {word}y\n\nWords with {word}z.\n")
    write(folder / f"{word}.txt", f"It is named {word}.")
    with build(folder, place) as index:
        assert index.store.document_frequency(f"{word}z") == 3
        assert word in repr(place.rows()["passages"])
        (folder / "gone.md").unlink()
        (folder / f"{word}.txt").unlink()
        write(folder / "rewritten.md", "Other words.")
        index.store.remove("taken out.md")
        index.refresh()
        assert [index.store.document_frequency(f"{word}{end}") for end in ("", *"xyz")] == [0] * 4
        assert index.retrieve(f"{word} {word}z")
        assert index.check() == []
        rows = place.rows()
    if not place.address:
        del rows["words_data"], rows["words_idx"]
    assert not [name for name, kept in rows.items() if word in "".join(texts_in(kept)).lower()]
    graphs = set(place.folder.glob("chroma-*/*/data_level0.bin"))
    files = {file for file in place.folder.rglob("*") if file.is_file()} - graphs - {place.file}
    assert not [file for file in files if word.encode() in file.read_bytes().lower()]


def test_check_names_what_is_wrong(folder: Path, place: Place) -> None:
    """A text that was changed in the store, and a missing word entry, are both told."""
    build(folder, place).close()
    place.run("UPDATE documents SET text = replace(text, '7,939', '44')")
    entry = "words WHERE number = 1" if place.address else "words_docsize WHERE id = 1"
    place.run(f"DELETE FROM {entry}")
    with place.open(exact=True) as index:
        problems = index.check()
        with pytest.raises(IndexDamaged):
            index.document("police.txt")
    assert any("document police.txt" in problem for problem in problems)
    assert any("the word index has" in problem for problem in problems)


def test_a_reader_sees_each_commit(folder: Path, place: Place) -> None:
    """A reader opened before a run finds what the run brought, without being opened again."""
    build(folder, place).close()
    with place.open(exact=True) as reader:
        reader.retrieve("minister")
        write(folder / "snow.txt", "Snow blocked the airport of Oslo.")
        build(folder, place).close()
        assert reader.retrieve("airport in Oslo", k=1)[0].passage.document == "snow.txt"


def test_a_second_indexer_is_refused(folder: Path, path: Path) -> None:
    """While an index is owned nobody else changes it, and reading goes on."""
    with build(folder, path):
        with pytest.raises(IndexInUse):
            build(folder, path)
        with Index.open(path, embedder=FakeEmbedder()) as reader:
            for change in (reader.refresh, reader.rebuild):
                with pytest.raises(IndexInUse, match=str(os.getpid())):
                    change()
            assert reader.retrieve("minister")


def test_a_failed_build_lets_go(folder: Path, place: Place) -> None:
    """After an error the lock and the files are free."""
    build(folder, place).close()
    shutil.rmtree(folder)
    folder.mkdir()
    for _ in range(2):
        with pytest.raises(FolderError):
            build(folder, place)


QUESTIONS = {
    "empty": ("  \n", 5),
    "long": ("why " * 2001, 5),
    "half a character": ("why \ud800?", 5),
    "none wanted": ("why?", 0),
}


@pytest.mark.parametrize(("question", "k"), QUESTIONS.values(), ids=QUESTIONS.keys())
def test_questions_that_cannot_be_asked(folder: Path, place: Place, question: str, k: int) -> None:
    """An empty or too long question, or none wanted, is one clear error."""
    with build(folder, place) as index, pytest.raises(QuestionError):
        index.retrieve(question, k=k)


def test_status_counts(folder: Path, place: Place) -> None:
    """The status says how much there is, and who owns it."""
    with build(folder, place) as index:
        status = index.status()
        assert (status.documents, status.model, status.dimension) == (3, "fake", 64)
        assert status.passages == index.summary.passages
        assert status.folder == str(folder)
        assert status.in_use.startswith(f"process {os.getpid()} ")
    with place.open(exact=True) as index:
        assert index.status().in_use == ""


def test_git_leaves_the_index_alone(folder: Path, path: Path) -> None:
    """An index tells git to ignore what is in it, but keeps a .gitignore that is there."""
    build(folder, path).close()
    assert "*\n" in (path / ".gitignore").read_text()
    (path / ".gitignore").write_text("own")
    build(folder, path).close()
    assert (path / ".gitignore").read_text() == "own"


def test_progress_is_told(folder: Path, place: Place) -> None:
    """Progress rises to the number of files, then to that of the vectors."""
    told: list[tuple[str, int, int]] = []
    place.build(folder, progress=lambda *step: told.append(step)).close()
    indexing = [step[1:] for step in told if step[0].startswith("files")]
    assert indexing == sorted(indexing)
    assert indexing[-1] == (3, 3)
    assert told[-1][1] == told[-1][2]
    assert told[-1][0] == "vectors" or place.address  # beside a server nothing is made of them


def test_an_index_for_its_documents(folder: Path) -> None:
    """The documents folder itself is not made the index."""
    with pytest.raises(FolderError, match="--index"):
        build(folder, folder)
    assert not (folder / "store.sqlite3").exists()


def test_an_index_within_its_documents(folder: Path) -> None:
    """The index may lie in the documents folder; its files are no documents."""
    for _ in range(2):
        with build(folder, folder / "index") as index:
            assert len(index.documents()) == 3
            assert index.skipped() == []


def test_reading_loads_no_vector_library(folder: Path, path: Path) -> None:
    """A one-shot retrieval imports neither chromadb nor torch."""
    build(folder, path).close()
    code = (
        "import sys; from fakes import FakeEmbedder; from askdocs.index import Index\n"
        f"i = Index.open({str(path)!r}, embedder=FakeEmbedder(), exact=True)\n"
        "assert i.retrieve('minister')\n"
        "assert not {'chromadb', 'torch'} & sys.modules.keys()\n"
    )
    environment = dict(os.environ)
    environment["PYTHONPATH"] = f"{Path(__file__).parent}:{environment.get('PYTHONPATH', '')}"
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_the_function_opens_what_is_there(path: Path) -> None:
    """`retrieve` without an index says that there is none."""
    with pytest.raises(IndexNotFound):
        retrieve("why?", index=path)


NEW_RULES = {
    "readers": ("askdocs.readers.VERSION", "askdocs reads files in a new way"),
    "splitter": ("askdocs.index_building.SPLITTER", "askdocs makes passages in a new way"),
}


@pytest.mark.parametrize(("rule", "why"), NEW_RULES.values(), ids=NEW_RULES.keys())
def test_reading_again_is_said_before_it_begins(
    folder: Path, place: Place, monkeypatch: pytest.MonkeyPatch, rule: str, why: str
) -> None:
    """With new rules the first thing told is how many documents are read again, and why."""
    told: list[str] = []

    def built() -> Summary:
        told.clear()
        with place.build(folder, progress=lambda what, *_: told.append(what)) as index:
            return index.summary

    assert built().read_again == 0
    write(folder / "new.txt", "A new document is not read again.")
    (folder / "police.txt").unlink()
    monkeypatch.setattr(rule, "99")
    summary = built()
    assert (summary.read_again, summary.changed, summary.added, summary.removed) == (2, 2, 1, 1)
    notices = [what for what in told if isinstance(what, Notice)]
    assert notices == told[:1] == [f"2 documents are read again: {why}"]
    summary = built()
    assert (summary.read_again, summary.unchanged) == (0, 3)
    assert not any(isinstance(what, Notice) for what in told)


def test_other_settings_read_again_what_they_are_about(folder: Path, place: Place) -> None:
    """Passages of another length are made of every document, and that is said."""
    build(folder, place).close()
    told: list[str] = []
    config = Config(passage_tokens=24)
    place.build(folder, config=config, progress=lambda *step: told.append(step[0])).close()
    assert told[0] == "3 documents are read again: passages are to have another length"


@pytest.mark.parametrize(
    "note", ["{", "3", "null", '"disk"', "[1]", '["disk", null]', "[" * 100_000, "\x00"]
)
def test_a_damaged_note_of_mounted_folders(folder: Path, place: Place, note: str) -> None:
    """It is said in one line, nothing is removed, and questions are answered as before."""
    build(folder, place).close()
    with place.open() as index:
        index.store.describe(mounts=note)
    (folder / "police.txt").unlink()
    with pytest.raises(IndexDamaged, match="note of the mounted folders") as raised:
        build(folder, place)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 400
    with place.open() as index:
        assert len(index.documents()) == 3
        assert index.retrieve("bridge")
