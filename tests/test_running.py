"""The note that says where the server of an index is: who writes it, and who believes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from askdocs import running
from askdocs.config import Config
from askdocs.locking import Lock
from askdocs.running import NAME, Running, find, local_address, noted

HERE = Running("http://127.0.0.1:7860", "a token", config=running.settings_of(Config()))


@pytest.fixture
def owned(tmp_path: Path) -> Iterator[Path]:
    """An index folder that this process owns."""
    with Lock(tmp_path):
        yield tmp_path


def rewrite(folder: Path, **changed: Any) -> None:
    """Change what a note says, and leave all else of the file."""
    file = folder / NAME
    file.write_text(json.dumps({**json.loads(file.read_text()), **changed}))


def test_a_note_is_found_while_the_server_runs_and_gone_after(owned: Path) -> None:
    """The note says what the server is, only its user can read it, and nothing of it stays."""
    before = sorted(owned.iterdir())
    with noted(owned, HERE):
        assert find(owned) == HERE
        assert (owned / NAME).stat().st_mode & 0o777 == 0o600
    assert find(owned) is None
    assert sorted(owned.iterdir()) == before


def test_a_note_goes_when_the_server_fails(owned: Path) -> None:
    """A server that ends by an error leaves no note either."""
    with pytest.raises(KeyError), noted(owned, HERE):
        raise KeyError
    assert not (owned / NAME).exists()


def test_only_the_owner_of_an_index_notes_itself(tmp_path: Path) -> None:
    """A server that only reads the index leaves the note to the one that owns it."""
    with noted(tmp_path, HERE):
        assert not (tmp_path / NAME).exists()
    code = "import sys; from pathlib import Path; from askdocs.locking import Lock\n"
    code += "Lock(Path(sys.argv[1])); print('taken', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout and other.stdout.readline() == b"taken\n"
        with noted(tmp_path, HERE):
            assert not (tmp_path / NAME).exists()


def test_a_folder_that_cannot_be_written_is_no_harm(owned: Path) -> None:
    """Without a note the server runs all the same."""
    (owned / NAME).mkdir()
    with noted(owned, HERE):
        assert find(owned) is None
    assert sorted(path.name for path in owned.iterdir()) == [".lock", NAME]


def test_a_note_of_another_is_not_taken_away(owned: Path) -> None:
    """What a server did not write itself it does not remove."""
    with noted(owned, HERE):
        rewrite(owned, token="another")
    assert (owned / NAME).exists()


def test_a_note_left_behind_is_not_believed(tmp_path: Path) -> None:
    """The lock decides: free, or taken by another process or again, the note counts no more."""
    with Lock(tmp_path), noted(tmp_path, HERE):
        kept = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(kept)
    (tmp_path / NAME).chmod(0o600)
    assert find(tmp_path) is None
    with Lock(tmp_path):
        (tmp_path / ".lock").write_text(f"{os.getpid()} 2020-01-01T00:00:00+00:00\n")
        assert find(tmp_path) is None
        (tmp_path / ".lock").write_text(json.loads(kept)["lock"] + "\n")
        assert find(tmp_path) == HERE


def test_a_process_that_is_gone_is_not_believed(owned: Path) -> None:
    """Though the lock is held by a child that outlived it, a server that is gone is not there."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with noted(owned, HERE):
        lock = f"{gone.pid} 2020-01-01T00:00:00+00:00"
        (owned / ".lock").write_text(lock + "\n")
        rewrite(owned, lock=lock, pid=gone.pid)
        assert find(owned) is None


@pytest.mark.parametrize(
    "address",
    [
        "http://192.168.1.5:7860",
        "http://example.org:7860",
        "http://localhost:7860",
        "http://127.0.0.1",
        "http://127.0.0.1:7860/elsewhere",
        "http://127.0.0.1:7860?x",
        "http://user@127.0.0.1:7860",
        "http://127.0.0.1:7860@example.org:80",
        "http://127.0.0.1:port",
        "ftp://127.0.0.1:7860",
        "unix:///tmp/socket",
        "",
        7860,
        None,
    ],
)
def test_only_addresses_of_this_machine_are_believed(owned: Path, address: object) -> None:
    """The token is sent nowhere else, whatever the note says."""
    with noted(owned, HERE):
        rewrite(owned, address=address)
        assert find(owned) is None


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1", "http://[::1]:80", "https://127.1.2.3:4"]
)
def test_all_addresses_of_this_machine_are_believed(owned: Path, address: str) -> None:
    """Both versions of IP, with TLS or without."""
    with noted(owned, replace(HERE, address=address)):
        found = find(owned)
    assert found and found.address == address


def test_a_note_that_others_can_read_is_not_believed(owned: Path) -> None:
    """Whoever could read or write it might have made it."""
    with noted(owned, HERE):
        for mode in (0o640, 0o604, 0o620, 0o602):
            (owned / NAME).chmod(mode)
            assert find(owned) is None
        (owned / NAME).chmod(0o400)
        assert find(owned) == HERE


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_note_of_another_user_is_not_believed(owned: Path) -> None:
    """A stranger's note could lead anywhere, and its token would be no secret of ours."""
    with noted(owned, HERE):
        os.chown(owned / NAME, 12345, -1)
        assert find(owned) is None


def test_a_note_that_is_no_file_is_not_believed(owned: Path, tmp_path: Path) -> None:
    """A link is not followed, and a pipe does not make anybody wait."""
    with noted(owned, HERE):
        (owned / NAME).rename(tmp_path / "elsewhere")
        (owned / NAME).symlink_to(tmp_path / "elsewhere")
        assert find(owned) is None
        (owned / NAME).unlink()
        os.mkfifo(owned / NAME, 0o600)
        assert find(owned) is None


@pytest.mark.parametrize(
    "changed",
    [{"token": 5}, {"config": []}, {"model": None}, {"pid": "x"}, {"network": "net:[1]"}],
    ids=str,
)
def test_a_note_of_another_form_is_not_believed(owned: Path, changed: dict[str, object]) -> None:
    """Fields of other types, and the note of a server in another container, are left alone."""
    with noted(owned, HERE):
        rewrite(owned, **changed)
        assert find(owned) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"address": 1}', "\udcff"])
def test_a_damaged_note_is_not_believed(owned: Path, text: str) -> None:
    """Whatever stands in the file, looking for a server is no error."""
    with noted(owned, HERE):
        (owned / NAME).write_bytes(text.encode("utf-8", "surrogateescape"))
        assert find(owned) is None


def test_no_secret_is_noted() -> None:
    """The settings that a note tells hold no token and no key."""
    told = json.dumps(running.settings_of(Config(chroma_token="much too secret")))
    assert "much too secret" not in told


def test_a_server_elsewhere_has_no_address_to_note(owned: Path) -> None:
    """One that listens on another address than this machine's own cannot be found."""
    assert local_address(("10.1.2.3", 80)) == ""
    with noted(owned, replace(HERE, address="")):
        assert not (owned / NAME).exists()


@pytest.mark.parametrize("name", ["k", "threshold", "pool", "reranker", "question_limit", "model"])
def test_a_server_that_is_set_otherwise_answers_otherwise(name: str) -> None:
    """Every setting that changes an answer tells a server from this process."""
    values: dict[str, Any] = {"reranker": "another", "model": "another", "threshold": 0.5}
    changed = replace(Config(), **{name: values.get(name, 7)})
    assert running.answers_as(HERE, Config()) and not running.answers_as(HERE, changed)
    assert running.answers_as(HERE, changed, but=(name,))
    assert not running.answers_as(replace(HERE, version="0.0.1"), Config())


def test_a_setting_that_one_of_them_does_not_know_tells_them_apart() -> None:
    """A server with a setting more or less is not the same."""
    more = replace(HERE, config={**HERE.config, "mood": 1})
    less = replace(HERE, config={})
    assert not running.answers_as(more, Config()) and not running.answers_as(less, Config())


def test_how_documents_are_read_is_told_apart() -> None:
    """What only matters for reading does not keep a server from answering, and the reverse."""
    read = replace(Config(), ocr_languages="deu")
    answered = replace(Config(), k=7)
    assert running.answers_as(HERE, read) and not running.reads_as(HERE, read)
    assert running.reads_as(HERE, answered) and not running.answers_as(HERE, answered)
