"""What the machine does wrong: a full disk, a folder that cannot be written, a signal to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from askdocs.errors import AskdocsError, IndexInUse, IndexProblem
from askdocs.index import Index
from askdocs.types import Answer
from fakes import FakeEmbedder
from stores import Place

WORDS = "Forty-four people died in the flood of that year, and the bridge was lost. "


@contextmanager
def mounted(place: Path, *arguments: str) -> Iterator[Path]:
    """A folder on a file system of its own; the test is skipped where that is not allowed."""
    place.mkdir(exist_ok=True)
    command = ["mount", *arguments, str(place)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"nothing can be mounted here: {error}")
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(folder: Path, count: int, sentences: int = 30) -> Path:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"{number:03}.txt").write_text(f"Report {number}. " + WORDS * sentences)
    return folder


def acknowledged(index: Index) -> set[str]:
    return {document.id for document in index.documents()}


@pytest.mark.slow
def test_a_full_disk(tmp_path: Path) -> None:
    """It is said in one line, nothing that was indexed is lost, and with space it goes on."""
    folder = fill(tmp_path / "documents", 150)
    with mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=4m", "tmpfs") as disk:
        path = disk / "index"
        told: list[int] = []
        with pytest.raises(AskdocsError) as raised:
            Index.build(
                folder,
                path,
                embedder=FakeEmbedder(),
                progress=lambda what, done, total: told.append(done),
            )
        assert "full" in str(raised.value) and "\n" not in str(raised.value)
        assert max(told) > 0
        with Index.open(path, embedder=FakeEmbedder(), exact=True) as index:
            kept = acknowledged(index)
            assert len(kept) >= max(told) - 64
            assert index.retrieve("how many died in the flood?")
        subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
        with Index.build(folder, path, embedder=FakeEmbedder()) as index:
            assert len(acknowledged(index)) == 150
            assert index.summary.unchanged >= len(kept)
            assert index.check() == []


def test_an_index_that_cannot_be_written(tmp_path: Path) -> None:
    """It is searched and read as ever; what would change it says so in one line."""
    folder = fill(tmp_path / "documents", 3)
    Index.build(folder, tmp_path / "index", embedder=FakeEmbedder()).close()
    with mounted(tmp_path / "same", "--bind", str(tmp_path / "index")) as same:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(same)], check=True)
        with Index.open(same, embedder=FakeEmbedder()) as index:
            assert not index.owned
            assert len(index.retrieve("how many died in the flood?")) > 0
            assert index.check() == []
            with pytest.raises(IndexInUse, match="opened to read"):
                index.refresh()
            answer = Answer(question="q", text="t", query="q")
            with pytest.raises(IndexProblem, match="cannot be written"):
                index.store.add_turn("c", answer)
        with pytest.raises(IndexProblem, match="cannot be written"):
            Index.build(folder, same, embedder=FakeEmbedder())


def test_a_disk_that_is_not_mounted_any_more(tmp_path: Path) -> None:
    """Documents on a disk that went away stay in the index; an emptied folder is just empty."""
    folder = fill(tmp_path / "documents", 2)
    fill(folder / "plain", 2)
    index = tmp_path / "index"
    with mounted(folder / "disk", "-t", "tmpfs", "tmpfs") as disk:
        fill(disk, 2)
        Index.build(folder, index, embedder=FakeEmbedder()).close()
    for file in (folder / "plain").iterdir():
        file.unlink()
    for _ in range(2):
        with Index.build(folder, index, embedder=FakeEmbedder()) as built:
            assert acknowledged(built) == {"000.txt", "001.txt", "disk/000.txt", "disk/001.txt"}
            ((name, reason),) = [(one.path, one.reason) for one in built.skipped()]
            assert (name, "no longer mounted" in reason) == ("disk", True)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminated"])
def test_indexing_stops_in_order(number: signal.Signals, tmp_path: Path) -> None:
    """Told to stop, the indexer ends soon and in one line; the next run does only the rest."""
    folder = fill(tmp_path / "documents", 400, sentences=60)
    command = [sys.executable, "-m", "askdocs", "index", str(folder), "--index"]
    path = tmp_path / "index"
    process = subprocess.Popen(
        [*command, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in the background pass on that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        limit = time.monotonic() + 120
        while not has_documents(path):
            assert process.poll() is None and time.monotonic() < limit
            time.sleep(0.1)
        process.send_signal(number)
        started = time.monotonic()
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert errors == (
        "askdocs: interrupted; what was indexed is kept, and the same command goes on\n"
    )
    assert time.monotonic() - started < 20
    with Index.open(path, exact=True) as index:
        kept = acknowledged(index)
        assert kept
        assert index.check() == []


def has_documents(path: Path) -> bool:
    try:
        with Index.open(path, exact=True) as index:
            return bool(index.documents())
    except AskdocsError:
        return False


def test_access_is_looked_up_not_guessed(tmp_path: Path) -> None:
    """A store in a folder without the right to write is opened to read, by a plain user too."""
    if os.geteuid() == 0:
        pytest.skip("the administrator may write everywhere")
    folder = fill(tmp_path / "documents", 1)
    Index.build(folder, tmp_path / "index", embedder=FakeEmbedder()).close()
    (tmp_path / "index").chmod(0o500)
    try:
        with Index.open(tmp_path / "index", embedder=FakeEmbedder()) as index:
            assert index.retrieve("flood")
    finally:
        (tmp_path / "index").chmod(0o700)


WORKER = """
import sys
from pathlib import Path
from askdocs import Assistant
from stores import Place

with Place(Path(sys.argv[1]), sys.argv[2]).open() as index:
    for number in range(10):
        answer = Assistant(index).ask("Who died in the flood of that year?")
        assert all(each.quote in index.document(each.document).text for each in answer.citations)
        assert answer.citations or answer.refused
print("done", index.owned)
"""


def in_a_process(code: str, *arguments: str | Path) -> subprocess.Popen[str]:
    here = str(Path(__file__).parent)
    environment = {**os.environ, "PYTHONPATH": f"{here}:{os.environ.get('PYTHONPATH', '')}"}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_several_workers(place: Place, tmp_path: Path) -> None:
    """Processes that a web server starts share an index that one of them changes meanwhile."""
    folder = fill(tmp_path / "documents", 20)
    place.build(folder).close()
    with place.open() as owner:
        workers = [in_a_process(WORKER, place.folder, place.address) for _ in range(2)]
        runs = 0
        while any(worker.poll() is None for worker in workers):
            runs += 1
            (folder / f"{runs % 20:03}.txt").write_text(f"Report, edition {runs}. " + WORDS * 20)
            owner.refresh()
        assert runs > 1, "nothing was changed while the workers asked"
        for worker in workers:
            told, complaints = worker.communicate()
            assert not complaints, complaints
            assert told == "done False\n"
        assert owner.check() == []


FORKED = """
import os, sys
from pathlib import Path
from askdocs import Assistant
from stores import Place

place = Place(Path(sys.argv[1]), sys.argv[2])
index = place.open(exact=True)
question = "Who died in the flood of that year?"
expected = Assistant(index).ask(question).text
children = []
for _ in range(2):
    child = os.fork()
    if child == 0:
        with place.open(exact=True) as own:
            same = all(Assistant(own).ask(question).text == expected for _ in range(20))
        os._exit(0 if same else 1)
    children.append(child)
assert all(Assistant(index).ask(question).text == expected for _ in range(20))
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
print(index.check())
"""


@pytest.mark.slow
def test_forked_workers(place: Place, tmp_path: Path) -> None:
    """A server that forks its workers is served as well, if each of them opens the index."""
    place.build(fill(tmp_path / "documents", 5)).close()
    process = in_a_process(FORKED, place.folder, place.address)
    told, complaints = process.communicate(timeout=120)
    assert told == "[0, 0]\n[]\n", complaints


LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
from askdocs import Index
from fakes import FakeEmbedder

folder, path = Path(sys.argv[1]), sys.argv[2]
Index.build(folder, path, embedder=FakeEmbedder()).close()
(folder / "large.txt").write_text("A word that is long, or not. " * 300_000)
for number in range(30):
    (folder / f"later {number}.txt").write_text(f"Report {number}. The bridge was built again. ")
pages = int(Path("/proc/self/statm").read_text().split()[0])
before, hard = resource.getrlimit(resource.RLIMIT_AS)
limit = pages * resource.getpagesize() + 60_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
with Index.build(folder, path, embedder=FakeEmbedder()) as index:
    print(index.summary.added, [(one.path, one.reason) for one in index.skipped()])
    resource.setrlimit(resource.RLIMIT_AS, (before, hard))
    assert index.check() == []
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured as on Linux")
def test_little_memory(tmp_path: Path) -> None:
    """A file that needs more memory than there is costs itself alone, with the reason."""
    folder = fill(tmp_path / "documents", 3)
    process = in_a_process(LITTLE_MEMORY, folder, tmp_path / "index")
    told, complaints = process.communicate(timeout=120)
    assert process.returncode == 0, complaints
    assert told == "30 [('large.txt', 'needs more memory than there is; split it')]\n"
