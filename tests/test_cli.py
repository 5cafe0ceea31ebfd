"""The command line: its words, its JSON, its exit codes, and one clear line for bad input."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import askdocs
from askdocs import cli_commands
from askdocs.cli import main
from askdocs.cli_output import ProgressBar, printable
from ports import free_port

ASKDOCS = [sys.executable, "-m", "askdocs"]
QUESTION = "How many people died in the ferry sinking?"
CONTROL = "\x1b[2J\x9b31m\u202e"


@pytest.fixture
def one_line(capsys: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    """After the test: standard output was empty and standard error one line, given here."""
    lines: list[str] = []
    yield lines
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1 and printed.err.startswith("askdocs: ")
    for words in lines:
        assert words in printed.err


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "ferry.txt").write_text("The ferry sailed at noon on 3 May 2021.\n")
    return folder


@pytest.fixture
def index(sample_index: Path, tmp_path: Path) -> Path:
    """A copy of the sample index, to be changed at will."""
    return Path(shutil.copytree(sample_index, tmp_path / "index"))


@pytest.mark.parametrize(
    "line",
    [
        *("", "fly", "ask", "ask x --colour", "ask x --js", "backup", "eval gold.jsonl", "index"),
        *("index a b", "retrieve x -k 0", "retrieve x -k two", "serve --port http"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(line: str, one_line: list[str]) -> None:
    """A command that cannot be understood is answered with what is wrong and where help is."""
    one_line.append("--help")
    with pytest.raises(SystemExit) as left:
        main(line.split())
    assert left.value.code == 2


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`askdocs --version` prints the version of the package."""
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"askdocs {askdocs.__version__}\n"


@pytest.mark.parametrize(
    "line", ["ask x", "retrieve x", "status", "check", "rebuild", "backup copy.tar"]
)
def test_without_an_index_the_next_command_is_named(
    line: str, one_line: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command that needs an index says in one line how to make it, and makes nothing."""
    monkeypatch.chdir(tmp_path)
    one_line.append("askdocs index")
    assert main(line.split()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["missing", "a file", "empty"])
def test_a_folder_that_cannot_be_indexed(kind: str, one_line: list[str], tmp_path: Path) -> None:
    """No folder, a file in its place, and an empty folder are each said in one line."""
    folder = tmp_path / "documents"
    if kind == "a file":
        folder.write_text("no folder\n")
    elif kind == "empty":
        folder.mkdir()
    one_line.append("documents")
    assert main(["index", str(folder), "--index", str(tmp_path / "index")]) == 1


def test_indexing_again_does_only_what_changed(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The summary counts what was added, changed, removed and left; a skipped file makes exit 3."""
    corpus = Path(shutil.copytree(Path(__file__).parent.parent / "eval/corpus", tmp_path / "c"))
    names = sorted(corpus.iterdir())
    names[0].unlink()
    names[1].write_text(names[1].read_text(encoding="utf-8") + "\nOne more line.\n")
    (corpus / "new.txt").write_text("A new document.\n")
    (corpus / "broken.txt").write_bytes(b"\x00\x01\x02\xff\x00")
    assert main(["index", str(corpus), "--index", str(index)]) == 3
    printed = capsys.readouterr()
    kept = len(names) - 2
    assert f"{len(names)} documents, " in printed.out
    counts = f": 1 added, 1 changed, 1 removed, {kept} unchanged, 1 skipped in "
    assert counts in printed.out and printed.out.count("\n") == 1
    assert printed.err.startswith("askdocs: skipped broken.txt: ")
    assert main(["index", str(corpus), "--index", str(index), "--json"]) == 3
    summary = json.loads(capsys.readouterr().out)
    assert (summary["added"], summary["changed"], summary["unchanged"]) == (0, 0, kept + 2)
    assert summary["skipped_files"][0]["path"] == "broken.txt"


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["words", "JSON"])
def test_reading_again_is_said_in_one_line(
    index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
) -> None:
    """After an upgrade that makes passages otherwise, `index` says so, and JSON has the number."""
    corpus = Path(shutil.copytree(Path(__file__).parent.parent / "eval/corpus", tmp_path / "c"))
    number = len(list(corpus.iterdir()))
    monkeypatch.setattr("askdocs.index_building.SPLITTER", "99")
    assert main(["index", str(corpus), "--index", str(index), *options]) == 0
    printed = capsys.readouterr()
    assert printed.err.splitlines()[0] == (
        f"askdocs: {number} documents are read again: askdocs makes passages in a new way"
    )
    if options:
        assert json.loads(printed.out)["read_again"] == number


def test_an_answer_lists_its_sources(
    sample_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`ask` prints the answer, then every source with its document and the quoted words."""
    assert main(["ask", QUESTION, "--index", str(sample_index)]) == 0
    shown = capsys.readouterr().out
    assert main(["ask", QUESTION, "--index", str(sample_index), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert shown.startswith(printable(answer["text"]))
    sources = shown.split("\nSources\n")[1]
    for citation in answer["citations"]:
        assert f"[{citation['number']}] {citation['document']}, " in sources
        assert " ".join(citation["quote"].split()) in sources


def test_the_json_of_an_answer_has_the_documented_fields(
    sample_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fields of `ask --json` are the public ones, and every quote is in its document."""
    main(["ask", QUESTION, "--index", str(sample_index), "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == set(
        "question text query refused direct support mode citations conflicts hits timings".split()
    )
    assert answer["citations"]
    with askdocs.Index.open(sample_index, exact=True) as opened:
        for citation in answer["citations"]:
            text = opened.document(citation["document"]).text
            assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_a_follow_up_is_understood(sample_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--after` gives the earlier question, and the query that is searched takes it up."""
    arguments = ["ask", "And how many were rescued?", "--index", str(sample_index), "--json"]
    assert main([*arguments, "--after", QUESTION]) == 0
    assert "ferry" in json.loads(capsys.readouterr().out)["query"]


def test_retrieve_gives_as_many_passages_as_asked(
    sample_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`retrieve -k 3` prints three passages, best first, alike in words and in JSON."""
    arguments = ["retrieve", QUESTION, "-k", "3", "--index", str(sample_index)]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert main([*arguments, "--json"]) == 0
    hits = json.loads(capsys.readouterr().out)
    assert len(hits) == 3
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    for rank, hit in enumerate(hits, 1):
        assert f"{rank}. {hit['document']}, characters {hit['start']}-{hit['end']}, " in shown


def test_only_some_documents_are_asked(
    sample_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--in`, `--type`, `--since` and `--until` leave the other documents out."""
    place = ["--index", str(sample_index), "--json"]
    some = ["--in", "radio-ferry-bulletin.txt", "--in", "ledger-ferry-inquiry.md"]
    assert main(["retrieve", QUESTION, *some, *place]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {hit["document"] for hit in found} == set(some[1::2])
    assert main(["ask", QUESTION, *some, "--type", "txt", *place]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {hit["document"] for hit in answer["hits"]} == {"radio-ferry-bulletin.txt"}
    assert main(["retrieve", QUESTION, "--since", "2023-11-21", *place]) == 0
    late = [hit["document"] for hit in json.loads(capsys.readouterr().out)]
    assert "ledger-ferry-inquiry.md" in late and "radio-ferry-bulletin.txt" not in late
    within = askdocs.Filter(since="2023-11-21")
    hits = askdocs.retrieve(QUESTION, index=sample_index, within=within)
    assert [hit.passage.document for hit in hits] == late


@pytest.mark.parametrize(
    "line", ["--in no-such.txt", "--in radio-ferry", "--since 2023", "--until yesterday"]
)
@pytest.mark.parametrize("command", ["ask", "retrieve"])
def test_documents_that_there_are_not(
    command: str, line: str, sample_index: Path, one_line: list[str]
) -> None:
    """A place where no document is, and a date that is none, are said in one line."""
    one_line.append(repr(line.split()[1]))
    assert main([command, QUESTION, *line.split(), "--index", str(sample_index)]) == 1


@pytest.mark.parametrize("question", ["", " \n", "why " * 2_500], ids=["empty", "blank", "long"])
@pytest.mark.parametrize("command", ["ask", "retrieve"])
def test_a_question_that_cannot_be_asked(
    command: str, question: str, sample_index: Path, one_line: list[str]
) -> None:
    """An empty question and one of 10,000 characters are refused in one line."""
    one_line.append("question")
    assert main([command, question, "--index", str(sample_index)]) == 1


def test_status_and_check_of_a_sound_index(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`status` counts the documents, `check` finds no problem, in words and in JSON."""
    assert main(["status", "--index", str(index)]) == 0
    assert "documents" in capsys.readouterr().out
    assert main(["status", "--index", str(index), "--json"]) == 0
    count = len(list((Path(__file__).parent.parent / "eval/corpus").iterdir()))
    assert json.loads(capsys.readouterr().out)["documents"] == count
    assert main(["check", "--index", str(index), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"problems": []}


def test_rebuild_and_backup(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`rebuild` leaves a sound index; `backup` writes a file that was not there."""
    assert main(["rebuild", "--index", str(index)]) == 0
    assert main(["check", "--index", str(index)]) == 0
    file = tmp_path / "copy"
    assert main(["backup", str(file), "--index", str(index)]) == 0
    assert file.stat().st_size > 1_000
    assert str(file) in capsys.readouterr().out


@pytest.mark.parametrize("command", ["index", "rebuild"])
def test_an_index_in_use_is_exit_75(
    command: str, index: Path, documents: Path, one_line: list[str]
) -> None:
    """While one process owns the index, another that would write to it says who has it."""
    one_line.append(f"process {os.getpid()}")
    place = [str(documents)] if command == "index" else []
    with askdocs.Index.open(index):
        assert main([command, *place, "--index", str(index)]) == 75


def test_a_question_can_be_asked_while_the_index_is_in_use(
    index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reading needs no lock: `ask` and `status` answer beside the owner."""
    with askdocs.Index.open(index):
        assert main(["ask", QUESTION, "--index", str(index)]) == 0
        assert main(["status", "--index", str(index)]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("damage", ["newer", "emptied"])
def test_an_index_that_cannot_be_used(damage: str, index: Path, one_line: list[str]) -> None:
    """An index of a newer askdocs, and a store that was emptied, are said in one line."""
    file = index / "store.sqlite3"
    if damage == "newer":
        with contextlib.closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("PRAGMA user_version = 999")
        one_line.append("newer")
    else:
        for path in index.glob("store.sqlite3*"):
            path.write_bytes(b"")
    assert main(["ask", QUESTION, "--index", str(index)]) == 1


def test_a_model_that_the_index_was_not_made_with(
    sample_index: Path, one_line: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With another embedding model in the settings, a question is refused with the way out."""
    monkeypatch.setenv("ASKDOCS_MODEL", "another")
    one_line.append("askdocs rebuild --model another")
    assert main(["ask", QUESTION, "--index", str(sample_index)]) == 1


def test_an_index_of_another_model_can_be_looked_after(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever model the settings name, `status`, `check`, `rebuild` and `backup` work."""
    monkeypatch.setenv("ASKDOCS_MODEL", "another")
    for line in (["status"], ["check"], ["rebuild"], ["backup", str(tmp_path / "copy")]):
        assert main([*line, "--index", str(index)]) == 0


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("no json", id="not JSON"),
        pytest.param('{"id": "a"}', id="fields missing"),
        pytest.param(
            '{"id": "a", "question": "q?", "answerable": true, "all_of": [["x"]],'
            ' "evidence": [{"document": "ferry.txt", "quote": "It never sailed."}]}',
            id="quote not in its document",
        ),
    ],
)
def test_a_gold_file_that_is_none(
    line: str, documents: Path, tmp_path: Path, one_line: list[str]
) -> None:
    """A gold file that cannot be right is refused in one line, before anything is indexed."""
    gold = tmp_path / "gold.jsonl"
    gold.write_text(line + "\n")
    one_line.append("gold.jsonl")
    assert main(["eval", str(gold), "--documents", str(documents)]) == 1


def test_documents_cannot_steer_the_terminal(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Control characters of a document, in its name and its words, are printed as escapes."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    name = "ferry\x1b]0;title\x07.txt"
    (folder / name).write_text(f"Doctor Quill sailed to {CONTROL} Brindlemere in 1987.\n")
    main(["index", str(folder), "--index", str(index)])
    for line in ("ask", "retrieve", "status"):
        words = [] if line == "status" else ["Where did Doctor Quill sail in 1987?"]
        for form in ([], ["--json"]):
            main([line, *words, *form, "--index", str(index)])
    printed = capsys.readouterr()
    assert "Brindlemere" in printed.out
    assert not set(CONTROL + "\x07") - set("[2J31m") & set(printed.out + printed.err)


def test_a_reader_that_leaves_early_is_no_error(sample_index: Path) -> None:
    """With the other end of the pipe closed, the command ends without a word."""
    process = subprocess.Popen(
        [*ASKDOCS, "retrieve", QUESTION, "--index", str(sample_index)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout and process.stderr
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 141


def test_an_interrupt_is_exit_130(monkeypatch: pytest.MonkeyPatch, one_line: list[str]) -> None:
    """Ctrl-C ends a command with one line, as the shell expects it."""

    def interrupted(options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_commands, "status", interrupted)
    one_line.append("interrupted")
    assert main(["status"]) == 130


def test_a_system_error_is_one_line(
    sample_index: Path, tmp_path: Path, one_line: list[str]
) -> None:
    """An error of the system, here a folder that is not there, names the place and the reason."""
    one_line.append("no-such-folder")
    place = tmp_path / "no-such-folder" / "copy"
    assert main(["backup", str(place), "--index", str(sample_index)]) == 1


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_the_progress_bar_fills_and_leaves() -> None:
    """On a terminal the bar shows how far things are, and in the end it is gone."""
    terminal = Terminal()
    with ProgressBar(terminal) as bar:
        bar("reading", 0, 4)
        bar("reading", 4, 4)
    first, *_, last, gone = terminal.getvalue().split("\r")[1:]
    assert "0/4 reading" in first and "#" not in first
    assert "4/4 reading" in last and "#" * ProgressBar.width in last
    assert gone == "\x1b[K"


def test_there_is_no_progress_bar_in_a_file() -> None:
    """Where standard error is no terminal, nothing is written."""
    stream = io.StringIO()
    with ProgressBar(stream) as bar:
        bar("reading", 1, 2)
    assert stream.getvalue() == ""


def test_a_port_in_use_is_one_line(sample_index: Path, one_line: list[str]) -> None:
    """`serve` on a port that is taken says so, and how to choose another."""
    one_line.append("--port")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["serve", "--port", port, "--index", str(sample_index)]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminated"])
def test_the_server_stops_quietly(number: signal.Signals, index: Path) -> None:
    """The server prints its address and how to stop it; stopped, it ends with 0 and no word."""
    port = free_port()
    process = subprocess.Popen(
        [*ASKDOCS, "serve", "--port", str(port), "--index", str(index)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert is_served(port, process)
        process.send_signal(number)
        shown, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert f"http://127.0.0.1:{port}" in shown and "Ctrl-C" in shown
    assert (process.returncode, errors) == (0, "")


def is_served(port: int, process: subprocess.Popen[str], seconds: float = 60) -> bool:
    """Whether the page answers before the time is over or the process has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/"):
            return True
        time.sleep(0.1)
    return False
