"""A power cut at any moment: what was acknowledged is there, though much else is lost."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sys
from pathlib import Path

import pytest

from askdocs.errors import IndexDamaged, IndexNotFound
from askdocs.index import Index
from fakes import FakeEmbedder
from power_cuts import Call, Disk, traced

HERE = Path(__file__).parent
CUTS = int(os.environ.get("ASKDOCS_TEST_CUTS", "25"))
DOCUMENTS = 60

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]


def words(number: int, version: str) -> str:
    lines = (f"Report {number} of the {version} year, line {line}.\n" for line in range(12))
    return "".join(lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    for number in range(DOCUMENTS):
        (folder / f"{number:02}.txt").write_text(words(number, "first"))
    return folder


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def calls_of(folder: Path, index: Path) -> list[Call]:
    environment = {**os.environ, "PYTHONPATH": f"{HERE}:{os.environ.get('PYTHONPATH', '')}"}
    command = [sys.executable, str(HERE / "crash_worker.py"), str(folder), str(index)]
    try:
        return traced(command, environment, index.with_name("trace"))
    except PermissionError:
        pytest.skip("nothing can be traced here")


def told(call: Call) -> tuple[str, str] | None:
    """The document that a call acknowledges, and its version, none if it is out."""
    parts = call.data.decode("utf-8", "replace").split()
    if call.what != "write" or len(parts) != 3 or parts[0] not in ("in", "out"):
        return None
    return (parts[2], parts[1] if parts[0] == "in" else "")


def is_whole(index: Path, expected: dict[str, str]) -> bool:
    """Whether an index opens without a fault and holds what was acknowledged.

    One change more may be there: it was done, and not told any more.
    """
    try:
        with Index.open(index, embedder=FakeEmbedder(), exact=True) as opened:
            found = {info.id: info.sha256 for info in opened.documents()}
            differ = [n for n in found.keys() | expected if found.get(n) != expected.get(n)]
            texts = {name: opened.document(name).text for name in found}
            whole = opened.check() == [] and len(differ) <= 1
            return whole and all(digest(texts[name]) == found[name] for name in found)
    except IndexNotFound:
        return not expected
    except IndexDamaged:
        return False


def survives(
    calls: list[Call], before: Disk, expected: dict[str, str], target: Path, cut: int, flushes: bool
) -> bool:
    """Whether the index is whole after a power cut that comes after so many calls."""
    expected = dict(expected)
    for call in calls[:cut]:
        if acknowledged := told(call):
            expected[acknowledged[0]] = acknowledged[1]
        elif flushes or call.what != "flush":
            before.do(call)
    target.mkdir()
    before.after_a_cut(target, random.Random(cut))
    whole = is_whole(target, {name: version for name, version in expected.items() if version})
    shutil.rmtree(target)
    return whole


@pytest.mark.parametrize("first", [True, False], ids=["the first run", "a later run"])
def test_power_cuts(folder: Path, tmp_path: Path, first: bool) -> None:
    """Nothing acknowledged is lost and no document is half there, whatever was not flushed.

    That the cuts are hard ones is seen without the flushes: then they do lose documents.
    """
    index, target = tmp_path / "index", tmp_path / "after"
    held: dict[str, str] = {}
    if not first:
        Index.build(folder, index, embedder=FakeEmbedder()).close()
        held = {file.name: digest(file.read_text()) for file in folder.iterdir()}
        for number in range(0, DOCUMENTS, 2):
            (folder / f"{number:02}.txt").write_text(words(number, "second"))
        for number in range(1, DOCUMENTS, 7):
            (folder / f"{number:02}.txt").unlink()
    original = tmp_path / "original"
    shutil.copytree(index, original) if index.exists() else original.mkdir()
    calls = calls_of(folder, index)
    moments = [
        n for n, call in enumerate(calls, 1) if told(call) or call.path.startswith(str(index))
    ]
    assert sum(told(call) is not None for call in calls) > DOCUMENTS / 2
    chance = random.Random(2)
    lost_unflushed = 0
    for cut in sorted(chance.sample(moments, min(CUTS, len(moments)))):
        for flushes in (True, False):
            whole = survives(calls, Disk(index, original), held, target, cut, flushes)
            assert whole or not flushes, f"lost by a power cut after call {cut} of {len(calls)}"
            lost_unflushed += not whole
    assert lost_unflushed > 0
