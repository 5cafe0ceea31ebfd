"""The documents as the page manages them: nothing is overwritten, lost, or deleted unasked."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.access.principal import OWNER, acting_as
from askdocs.cli_output import show_status
from askdocs.errors import DocumentNotFound, QuestionError, ServerError
from askdocs.index import Index
from askdocs.readers.kinds import kind_by_name
from askdocs.types import Anchor, Document, Embedded, Filter, Passage
from askdocs.web.catalogue import Entry
from askdocs.web.receiving import UPLOADS, Incoming, Refused, clean_name
from askdocs.web.refreshing import Refresher
from askdocs.web.serving import _offered
from askdocs.web.shelf import Shelf
from fakes import FakeEmbedder

TEXTS = {
    "bridge.txt": "The bridge fell in winter. It was built in 1931.",
    "reports/river.md": "# Überblick über den Fluss\n\nThe river rose by two metres.",
    "reports/2021/police.txt": "Police detained 7,939 people.",
}


class WaitingEmbedder(FakeEmbedder):
    """Embeds only when it may, and says when it is about to."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.may = threading.Event(), threading.Event()
        self.may.set()

    def encode_passages(self, passages: Sequence[Passage], /) -> list[Embedded]:
        self.reached.set()
        assert self.may.wait(20)
        return super().encode_passages(passages)


@pytest.fixture(autouse=True)
def owner() -> Iterator[None]:
    """All is done for the one person of a server without users."""
    with acting_as(OWNER):
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A documents folder, with one file that cannot be read, and its index; not to be changed."""
    made = tmp_path_factory.mktemp("made")
    for name, text in TEXTS.items():
        path = made / "documents" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (made / "documents" / "broken.pdf").write_bytes(b"%PDF-1.7")
    Index.build(made / "documents", made / "index", embedder=FakeEmbedder()).close()
    return made


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A documents folder of the test's own."""
    return Path(shutil.copytree(made / "documents", tmp_path / "documents"))


@pytest.fixture
def embedder() -> WaitingEmbedder:
    return WaitingEmbedder()


@pytest.fixture
def index(made: Path, folder: Path, tmp_path: Path, embedder: WaitingEmbedder) -> Iterator[Index]:
    """The index of the folder."""
    shutil.copytree(made / "index", tmp_path / "index")
    with Index.open(tmp_path / "index", embedder=embedder) as index:
        index.store.describe(folder=str(folder))
        yield index


@pytest.fixture
def shelf(index: Index) -> Iterator[Shelf]:
    shelf = Shelf(index)
    yield shelf
    shelf.stop()


def add(shelf: Shelf, name: str, data: bytes = b"A lighthouse.", folder: str = UPLOADS) -> str:
    """Send a file, piece by piece, from any thread."""
    with acting_as(OWNER), shelf.receive(name, folder) as incoming:
        for start in range(0, len(data), 5):
            incoming.write(data[start : start + 5])
        return incoming.keep()


def settle(shelf: Shelf, until: Callable[[], bool] = lambda: True) -> None:
    """Wait until nothing is done in the background any more, and `until` holds."""
    end = time.monotonic() + 20
    while shelf.progress.running or not until():
        assert time.monotonic() < end, shelf.progress
        time.sleep(0.01)


def states(shelf: Shelf) -> dict[str, str]:
    return {one.id: one.state for one in shelf.shown().entries}


def entry(shelf: Shelf, identifier: str) -> Entry:
    return next(one for one in shelf.shown().entries if one.id == identifier)


def parts(folder: Path) -> list[str]:
    """What a sending left behind."""
    return [path.name for path in folder.rglob(".part-*")]


# -- the list -------------------------------------------------------------------------------------


def test_the_list_says_what_became_of_every_file(shelf: Shelf) -> None:
    """Each file has its kind, its passages and its state; the reason is told."""
    assert states(shelf) == {**dict.fromkeys(TEXTS, "indexed"), "broken.pdf": "skipped"}
    assert entry(shelf, "reports/river.md").kind == "Markdown"
    assert entry(shelf, "bridge.txt").passages == 1
    assert "PDF" in entry(shelf, "broken.pdf").told
    assert shelf.shown().documents == 3


def test_pages_slides_and_sheets_are_counted(index: Index, shelf: Shelf) -> None:
    """A document says how long it is by the places that its reader named."""
    anchors = (Anchor(0, 1, "page", "1"), Anchor(1, 2, "page", "2"), Anchor(0, 1, "heading", "A"))
    index.store.replace_document(Document("a.pdf", "ab", "A", "", None, anchors), [], [])
    assert entry(shelf, "a.pdf").places == {"page": 2}
    assert entry(shelf, "bridge.txt").places == {}


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("uberblick", ["reports/river.md"]),
        ("REPORTS police", ["reports/2021/police.txt"]),
        ("nothing", []),
        ("", ["bridge.txt", "broken.pdf", "reports/2021/police.txt", "reports/river.md"]),
    ],
)
def test_the_search_looks_at_names_and_titles(shelf: Shelf, search: str, found: list[str]) -> None:
    """All words must be there, in any order, whatever their case and accents."""
    assert sorted(one.id for one in shelf.shown(search).entries) == found


def test_the_list_is_sorted_and_shown_in_parts(index: Index, shelf: Shelf) -> None:
    """The latest document comes first, or what went wrong; the rest is counted."""
    for name, date in (("old.txt", "1999-01-01"), ("new.txt", "2024-05-01")):
        index.store.replace_document(Document(name, "x", name, "", date), [], [])
    assert [one.id for one in shelf.shown(sort="date", count=2).entries] == ["new.txt", "old.txt"]
    assert shelf.shown(sort="state", count=1).entries[0].id == "broken.pdf"
    assert shelf.shown(sort="kind", count=1).found == 6
    assert [one.id for one in shelf.shown(folder="reports/2021/").entries] == [
        "reports/2021/police.txt"
    ]


def test_folders_are_offered_with_their_documents(shelf: Shelf, index: Index) -> None:
    """Every folder that holds documents, or those that the server names."""
    assert [(one.id, one.documents) for one in shelf.folders()] == [
        ("reports/", 2),
        ("reports/2021/", 1),
    ]
    named = Shelf(index, folders=("reports/2021", "later"))
    assert [(one.id, one.documents) for one in named.folders()] == [
        ("reports/2021/", 1),
        ("later/", 0),
    ]


def test_only_folders_within_the_documents_can_be_offered(folder: Path) -> None:
    """Another folder of the server is none of the index's."""
    assert _offered(folder, (Path("reports"), folder / "reports" / "2021")) == (
        "reports",
        "reports/2021",
    )
    for other in (folder.parent, folder, Path("reports/../.."), Path("missing")):
        with pytest.raises(ServerError, match="is not a folder within"):
            _offered(folder, (other,))


# -- a question of some documents -----------------------------------------------------------------


def test_a_question_is_asked_of_chosen_documents_and_folders(shelf: Shelf) -> None:
    """A folder stands for what is below it; what is chosen is joined, not intersected."""
    asked = Filter(documents=("reports/2021/", "bridge.txt"))
    assert shelf.within(asked).documents == ("bridge.txt", "reports/2021/police.txt")
    alone = Filter(documents=("bridge.txt",))
    assert shelf.within(alone) is alone


def test_a_choice_that_is_gone_is_said(shelf: Shelf) -> None:
    """It is shown as gone, and a question of it says what to do; it is not asked of all."""
    assert [one.gone for one in shelf.chosen(["bridge.txt", "gone/", "gone.md"])] == [
        False,
        True,
        True,
    ]
    with pytest.raises(QuestionError, match="take it away"):
        shelf.within(Filter(documents=("gone/",)))


def test_names_that_begin_so_come_first(shelf: Shelf) -> None:
    """Folders and documents are found by a part of their names; files not read are not offered."""
    assert [one.id for one in shelf.names("r")][:1] == ["reports/"]
    assert {one.id for one in shelf.names("bro")} == set()
    assert [one.id for one in shelf.names("poli")] == ["reports/2021/police.txt"]


# -- adding ---------------------------------------------------------------------------------------


def test_an_added_file_is_indexed(shelf: Shelf, folder: Path, index: Index) -> None:
    """It stands whole below `uploads/`, and is read in the background."""
    assert add(shelf, "notes.md") == "uploads/notes.md"
    shelf.refresh()
    settle(shelf)
    assert (folder / "uploads/notes.md").read_bytes() == b"A lighthouse."
    assert index.document("uploads/notes.md").text == "A lighthouse."
    assert entry(shelf, "uploads/notes.md").uploaded
    assert shelf.progress.summary is not None
    assert shelf.progress.summary.added == 1
    assert parts(folder) == []


def test_no_file_is_ever_overwritten(shelf: Shelf, folder: Path) -> None:
    """Files of one name that are sent at the same time all stay, each whole."""
    texts = [f"text {number} ".encode() * 50 for number in range(12)]
    threads = [threading.Thread(target=add, args=(shelf, "a.txt", text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = sorted((folder / UPLOADS).glob("a*.txt"))
    assert sorted(path.read_bytes() for path in kept) == sorted(texts)
    assert {"a.txt", "a (2).txt", "a (12).txt"} <= {path.name for path in kept}
    assert add(shelf, "bridge.txt", folder="reports") == "reports/bridge.txt"
    assert add(shelf, "river.md", folder="reports") == "reports/river (2).md"
    assert (folder / "reports/river.md").read_text() == TEXTS["reports/river.md"]


def test_on_a_disk_without_links_nothing_is_overwritten_either(
    shelf: Shelf, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no second name can be given to a file, its name is taken first."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert add(shelf, "a.txt", b"one") == "uploads/a.txt"
    assert add(shelf, "a.txt", b"two") == "uploads/a (2).txt"
    assert (folder / "uploads/a.txt").read_bytes() == b"one"
    assert parts(folder) == []


def test_a_file_that_is_too_large_is_refused_on_the_way(folder: Path) -> None:
    """The limit holds for what comes, whatever was said before; nothing stays behind."""
    sending = Incoming(folder, UPLOADS, "a.txt", limit=10)
    with pytest.raises(Refused, match="is larger than") as refused, sending as incoming:
        for _ in range(3):
            incoming.write(b"12345")
    assert refused.value.status == 413
    assert list((folder / UPLOADS).glob("[!.]*")) == []
    assert parts(folder) == []


def test_a_sending_that_breaks_off_leaves_nothing(shelf: Shelf, folder: Path) -> None:
    """What was not kept is gone; what a killed server left is cleared away when it is old."""
    with pytest.raises(RuntimeError), shelf.receive("a.txt") as incoming:
        incoming.write(b"half")
        raise RuntimeError
    assert parts(folder) == []
    old, young = (folder / UPLOADS / f".part-{digit * 16}" for digit in "ab")
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    add(shelf, "a.txt")
    assert parts(folder) == [young.name]


def test_links_are_not_followed(shelf: Shelf, folder: Path, tmp_path: Path) -> None:
    """Neither a folder nor a file that is a link leads a sent file, or a deletion, elsewhere."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "victim.txt").write_text("precious")
    (folder / UPLOADS).symlink_to(outside)
    with pytest.raises(Refused, match="is behind a link"):
        add(shelf, "a.txt")
    (folder / UPLOADS).unlink()
    add(shelf, "first.txt")
    (folder / UPLOADS / "victim.txt").symlink_to(outside / "victim.txt")
    (folder / UPLOADS / "dangling.txt").symlink_to(outside / "new.txt")
    assert add(shelf, "victim.txt", b"x") == "uploads/victim (2).txt"
    assert add(shelf, "dangling.txt", b"x") == "uploads/dangling (2).txt"
    shelf.refresh()
    settle(shelf)
    shelf.remove("uploads/victim.txt")
    assert (outside / "victim.txt").read_text() == "precious"
    assert [path.name for path in outside.iterdir()] == ["victim.txt"]


@pytest.mark.parametrize("target", ["..", "../outside", "reports/../..", "/etc", ".git", "missing"])
def test_files_go_only_into_folders_of_the_documents(shelf: Shelf, target: str) -> None:
    """A folder that is not offered is refused."""
    with pytest.raises(Refused, match="is not a folder of the documents"):
        add(shelf, "a.txt", folder=target)


def test_a_kind_of_file_that_nobody_can_read_is_not_taken(shelf: Shelf) -> None:
    """Its name tells so before a byte of it is sent."""
    with pytest.raises(Refused, match="cannot be read") as refused:
        shelf.receive("virus.exe")
    assert refused.value.status == 415


@given(st.text(max_size=400) | st.from_regex(r"[./\\~]{0,9}[\w. /\\\x00-\x1f]{0,300}\.pdf"))
def test_every_name_becomes_one_that_is_safe(name: str) -> None:
    """Whatever a file is called: no folder, no hidden file, no control, not too long; settled."""
    cleaned = clean_name(name)
    assert cleaned == clean_name(cleaned)
    assert 0 < len(cleaned.encode("utf-8")) <= 230
    assert "/" not in cleaned and "\\" not in cleaned
    assert not cleaned.startswith(".")
    assert cleaned.isprintable()


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("Bericht für März.pdf", "Bericht für März.pdf"),
        ("fdp\u202e.exe.txt", "fdp.exe.txt"),
        ('<img src=x onerror="a">.md', "_img src=x onerror=_a__.md"),
        ("x" * 400 + ".docx", "x" * 195 + ".docx"),
        ("a.txt\r\nX-Evil: 1.txt", "a.txt X-Evil_ 1.txt"),
        ("\ud800.txt", "document.txt"),
    ],
)
def test_names_keep_what_is_harmless(name: str, cleaned: str) -> None:
    """A name stays as it was as far as it can."""
    assert clean_name(name) == cleaned
    assert kind_by_name("README") is not None


# -- removing -------------------------------------------------------------------------------------


def test_a_file_of_the_folder_is_left_out_and_never_deleted(
    shelf: Shelf, folder: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    """It goes from the index, stays on the disk, is not read again, and can be put back."""
    shelf.remove("bridge.txt")
    with pytest.raises(DocumentNotFound):
        index.document("bridge.txt")
    settle(shelf)
    (folder / "bridge.txt").write_text("The bridge was built again.")
    index.refresh()
    assert states(shelf)["bridge.txt"] == "left-out"
    assert index.status().left_out == ("bridge.txt",)
    show_status(index.status())
    assert "1 skipped, 1 removed in the page" in capsys.readouterr().out
    shelf.restore("bridge.txt")
    settle(shelf)
    assert index.document("bridge.txt").text == "The bridge was built again."
    with pytest.raises(DocumentNotFound):
        shelf.restore("bridge.txt")


def test_what_is_left_out_stays_so_for_every_command(
    shelf: Shelf, folder: Path, index: Index, tmp_path: Path
) -> None:
    """`askdocs index` does not read it again either, nor count it as skipped."""
    shelf.remove("broken.pdf")
    shelf.remove("reports/river.md")
    shelf.stop()
    index.close()
    with Index.build(folder, tmp_path / "index", embedder=FakeEmbedder()) as again:
        assert [one.id for one in again.documents()] == ["bridge.txt", "reports/2021/police.txt"]
        assert again.skipped() == []
        assert again.check() == []


def test_an_added_file_is_deleted(shelf: Shelf, folder: Path) -> None:
    """What came from the page goes for good, also if it could not be read."""
    add(shelf, "notes.md")
    add(shelf, "broken.pdf", b"%PDF-1.7")
    shelf.refresh()
    settle(shelf)
    assert states(shelf)["uploads/broken.pdf"] == "skipped"
    for name in ("uploads/notes.md", "uploads/broken.pdf"):
        shelf.remove(name)
        assert name not in states(shelf)
        assert not (folder / name).exists()
    settle(shelf)
    assert shelf.index.store.removed() == {}


def test_a_folder_of_uploads_that_was_there_before_is_not_ours(shelf: Shelf, folder: Path) -> None:
    """Files that a person put into a folder called `uploads` are left out only."""
    (folder / UPLOADS).mkdir()
    (folder / UPLOADS / "mine.txt").write_text("My own words.")
    add(shelf, "notes.md")
    shelf.refresh()
    settle(shelf)
    shelf.remove("uploads/mine.txt")
    assert (folder / UPLOADS / "mine.txt").exists()
    assert states(shelf)["uploads/mine.txt"] == "left-out"


def test_only_what_is_listed_can_be_removed(shelf: Shelf, folder: Path) -> None:
    """A path that leads elsewhere is no file of the list."""
    add(shelf, "notes.md")
    for path in ("../outside", "uploads/../bridge.txt", "uploads/.made-by-askdocs", "", "/etc"):
        with pytest.raises(DocumentNotFound):
            shelf.remove(path)
    assert (folder / "bridge.txt").exists()


def test_everything_can_be_left_out(shelf: Shelf, index: Index) -> None:
    """An index of which all was removed is empty, in order, and can be filled again."""
    for name in (*TEXTS, "broken.pdf"):
        shelf.remove(name)
    settle(shelf)
    assert shelf.progress.error == ""
    assert index.documents() == []
    shelf.restore("bridge.txt")
    settle(shelf)
    assert [one.id for one in index.documents()] == ["bridge.txt"]


# -- in the background ----------------------------------------------------------------------------


def test_what_is_removed_while_it_is_read_stays_removed(
    shelf: Shelf, folder: Path, embedder: WaitingEmbedder
) -> None:
    """A run that had the file in its hands puts it back for a moment; the next one does not."""
    (folder / "late.txt").write_text("Something new about a tunnel.")
    shelf.index.refresh()
    (folder / "late.txt").write_text("Something else about a tunnel.")
    embedder.reached.clear()
    embedder.may.clear()
    shelf.refresh()
    assert embedder.reached.wait(20)
    shelf.remove("late.txt")
    embedder.may.set()
    settle(shelf)
    assert states(shelf)["late.txt"] == "left-out"
    with pytest.raises(DocumentNotFound):
        shelf.index.document("late.txt")


class CountingIndex:
    """Counts its refreshes, each of which goes on until it may end."""

    def __init__(self) -> None:
        self.begun = 0
        self.at_once = 0
        self.most_at_once = 0
        self.started, self.may = threading.Semaphore(0), threading.Event()
        self.store = SimpleNamespace(wanted="", want=lambda: None)

    def refresh(self, progress: Callable[[str, int, int], None]) -> Any:
        self.begun += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.started.release()
        while not self.may.wait(0.01):
            progress("files, 3 passages embedded", 5, 10)
        self.at_once -= 1


def test_a_run_that_is_wanted_during_another_follows_it_once() -> None:
    """However often it is asked for, one run at a time is under way, and one more comes after."""
    index = CountingIndex()
    refresher = Refresher(index)  # type: ignore[arg-type]
    refresher.request()
    assert index.started.acquire(timeout=5)
    for _ in range(5):
        refresher.request()
    assert (refresher.progress.running, refresher.progress.turn) == (True, 0)
    index.may.set()
    assert index.started.acquire(timeout=5)
    end = time.monotonic() + 5
    while refresher.progress.running:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert (index.begun, index.most_at_once, refresher.progress.turn) == (2, 1, 2)


def test_the_end_of_the_server_ends_a_run() -> None:
    """A run that is under way stops at its next step, and none begins any more."""
    index = CountingIndex()
    refresher = Refresher(index)  # type: ignore[arg-type]
    refresher.request()
    assert index.started.acquire(timeout=5)
    refresher.stop()
    refresher.request()
    assert not refresher.progress.running
    assert index.begun == 1


def test_progress_tells_which_file_is_read(
    shelf: Shelf, folder: Path, embedder: WaitingEmbedder
) -> None:
    """While files are read, their number and the name of one is known."""
    (folder / "late.txt").write_text("Something new about a tunnel.")
    embedder.reached.clear()
    embedder.may.clear()
    shelf.refresh()
    assert embedder.reached.wait(20)
    now = shelf.progress
    embedder.may.set()
    assert (now.running, now.what, now.total) == (True, "files", 5)
    assert now.file in {*TEXTS, "broken.pdf", "late.txt"}
    settle(shelf)


def test_a_failure_is_told(shelf: Shelf, folder: Path) -> None:
    """When the folder has gone, the page says so; the index keeps what it has."""
    folder.rename(folder.with_name("away"))
    shelf.refresh()
    settle(shelf)
    assert "there is no folder" in shelf.progress.error
    assert shelf.shown().documents == 3


# -- who may --------------------------------------------------------------------------------------


def test_a_reading_server_changes_nothing(index: Index) -> None:
    """With `read_only` all changes are refused."""
    shelf = Shelf(index, read_only=True)
    for change in (
        lambda: shelf.receive("a.txt"),
        lambda: shelf.remove("bridge.txt"),
        lambda: shelf.restore("bridge.txt"),
        shelf.refresh,
    ):
        with pytest.raises(Refused, match="only reads") as refused:
            change()
        assert refused.value.status == 403


def test_beside_the_owner_nothing_is_changed(index: Index, tmp_path: Path) -> None:
    """A server that does not own the index says who does, and only reads."""
    with Index.open(tmp_path / "index", embedder=FakeEmbedder()) as reader:
        shelf = Shelf(reader)
        assert f"process {os.getpid()}" in shelf.closed
        with pytest.raises(Refused) as refused:
            shelf.remove("bridge.txt")
        assert refused.value.status == 409
        assert len(shelf.shown().entries) == 4
