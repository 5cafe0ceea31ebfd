"""Which files are opened at all: those of the folder, and what they are by their content."""

from __future__ import annotations

import io
import os
import socket
import threading
import time
import zipfile
from pathlib import Path

import pytest

from askdocs.errors import ReadError
from askdocs.readers.folder import files
from askdocs.readers.kinds import kind_by_name, kind_of
from askdocs.readers.opening import load

SECRET = "the secret outside"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text(SECRET)
    root = tmp_path / "documents"
    (root / "below").mkdir(parents=True)
    (root / "below" / "inside.txt").write_text("inside")
    return root


LINKS = {
    "absolute file": ("a.txt", "{outside}/secret.txt"),
    "relative file": ("a.txt", "../outside/secret.txt"),
    "far up": ("a.txt", "../" * 30 + "etc/passwd"),
    "folder": ("a", "{outside}"),
    "folder above": ("a", ".."),
    "loop": ("a.txt", "a.txt"),
    "loop of folders": ("below/a", "../below"),
    "nowhere": ("a.txt", "gone.txt"),
    "process": ("a.txt", "/proc/self/environ"),
    "device": ("a.txt", "/dev/zero"),
    "through a link": ("below/a.txt", "../../documents/../outside/secret.txt"),
}


@pytest.mark.parametrize(("name", "target"), LINKS.values(), ids=LINKS.keys())
def test_links_out_of_the_folder(root: Path, name: str, target: str) -> None:
    """No link leads out, whatever it points to: it is listed with the reason, and not opened."""
    (root / name).symlink_to(target.format(outside=root.parent / "outside"))
    listing = files(root)
    assert [identifier for identifier, _ in listing.files] == ["below/inside.txt"]
    assert [identifier for identifier, _ in listing.skipped] == [name]
    with pytest.raises(ReadError):
        load(root / name, root=root)


def test_a_link_within_the_folder(root: Path) -> None:
    """A link to another file of the folder is that file."""
    (root / "a.txt").symlink_to("below/inside.txt")
    assert load(root / "a.txt", root=root) == b"inside"


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_link_put_in_the_way(root: Path, what: str) -> None:
    """Whoever swaps a file or a folder for a link while it is opened gets nothing out of it."""
    target = root / "below" / "inside.txt"
    victim = target if what == "file" else target.parent
    aside = root / "aside"
    trap = root.parent / "outside" / ("secret.txt" if what == "file" else "")
    (root.parent / "outside" / "inside.txt").write_text(SECRET)
    ended = threading.Event()

    def swap() -> None:
        while not ended.is_set():
            victim.rename(aside)
            victim.symlink_to(trap)
            victim.unlink()
            aside.rename(victim)
            time.sleep(0.0005)

    thread = threading.Thread(target=swap)
    thread.start()
    read = 0
    try:
        for _ in range(1000):
            try:
                assert load(target, root=root) == b"inside"
                read += 1
            except ReadError:
                pass
    finally:
        ended.set()
        thread.join()
    assert read > 0


def test_special_files(root: Path) -> None:
    """Pipes, sockets and devices are listed with a reason, at once."""
    os.mkfifo(root / "pipe.txt")
    server = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    try:
        os.chdir(root)  # the path of a socket may not be long
        server.bind("socket.txt")
    finally:
        os.chdir(here)
        server.close()
    with (root / "sparse.txt").open("wb") as file:
        file.truncate(1 << 40)
    listing = files(root)
    assert dict(listing.skipped) == {"pipe.txt": "is not a file", "socket.txt": "is not a file"}
    with pytest.raises(ReadError, match="larger than 50 MB"):
        load(root / "sparse.txt", root=root)


NAMES = (
    "a\\..\\..\\b.txt",
    "<img src=x onerror=alert(1)>.txt",
    "a\nb.txt",
    "a\u202etxt.exe.txt",
    "-rf.txt",
    "CON.txt",
    "'; DROP TABLE documents; --.txt",
    "x" * 251 + ".txt",
    "%2e%2e%2fa.txt",
    "é.txt",
    "e\u0301.txt",
    "A.txt",
    "a.txt",
)


def test_names_are_only_names(root: Path) -> None:
    """However a file is called, it is that file, and no two of them are one."""
    for name in NAMES:
        (root / name).write_text(name)
    listed = files(root).files
    assert {identifier for identifier, _ in listed} == {*NAMES, "below/inside.txt"}
    for identifier, path in listed[:-1]:
        if identifier in NAMES:
            assert load(path, root=root).decode() == identifier


def test_a_name_that_is_no_text(root: Path) -> None:
    """A name of broken bytes is shown escaped, and the file is left out."""
    (root / os.fsdecode(b"\xff.txt")).write_text("a")
    ((shown, reason),) = files(root).skipped
    assert "not valid UTF-8" in reason
    assert shown.encode()


def zipped(*names: str, **parts: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, parts.get(name, b"x"))
    return made.getvalue()


KINDS = {
    "a.txt": (b"words", "text"),
    "b.md": (b"# Title", "Markdown"),
    "c.txt": (b"\xef\xbb\xbf<!DOCTYPE html><html>", "HTML"),
    "d.txt": (b"%PDF-1.7", "PDF"),
    "e.pdf": (b"\n\n%PDF-1.7", "PDF"),
    "f.pdf": (zipped("word/document.xml"), "Word"),
    "g.docx": (zipped("xl/workbook.xml"), "Excel"),
    "h.doc": (b"{\\rtf1 x}", "RTF"),
    "i.docx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office"),
    "j.zip": (zipped("ppt/presentation.xml"), "PowerPoint"),
    "k.epub": (zipped("mimetype", mimetype=b"application/epub+zip"), "EPUB"),
    "l.txt": (b"MZ is what the man was called", "text"),
    "m.png": (b"\xff\xd8\xff\xe0", "picture"),
    "Makefile": (b"all: x", "source code"),
    "LICENSE": (b"Everyone may", "text"),
}


@pytest.mark.parametrize(
    ("name", "data", "kind"), [(n, *v) for n, v in KINDS.items()], ids=KINDS.keys()
)
def test_the_content_decides(name: str, data: bytes, kind: str) -> None:
    """What stands in a file says how it is read, whatever its name is."""
    assert kind_of(name, data).name == kind


REFUSED = {
    "program.pdf": b"MZ\x90\x00\x03\x00",
    "program.txt": b"\x7fELF\x02\x01\x01\x00",
    "text.pdf": b"just words",
    "text.docx": b"just words",
    "archive.docx": zipped("a.txt", "b.txt"),
    "archive.txt": b"\x1f\x8b\x08\x00",
    "half.docx": zipped("word/document.xml")[:40],
    "film.txt": b"\x1aE\xdf\xa3\x00\x00",
    "base.txt": b"SQLite format 3\x00",
}


@pytest.mark.parametrize(("name", "data"), REFUSED.items(), ids=REFUSED.keys())
def test_what_is_no_document(name: str, data: bytes) -> None:
    """A program, an archive or a film is none, and a file that is not what it is called is told."""
    with pytest.raises(ReadError):
        kind_of(name, data)


def test_names_that_promise_nothing() -> None:
    """A suffix that no reader knows is no document."""
    assert kind_by_name("a.xyz") is None
    assert kind_by_name("A.PDF") is not None
