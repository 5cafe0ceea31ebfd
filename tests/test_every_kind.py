"""Files of every kind, sound and broken, through the process that reads them."""

from __future__ import annotations

import io
import os
import random
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from askdocs.errors import ReadError
from askdocs.index import Index
from askdocs.readers.sandbox import Sandbox
from askdocs.splitting import split
from askdocs.types import Document, Extracted
from fakes import FakeEmbedder
from file_makers import MAKERS

MUTANTS = int(os.environ.get("ASKDOCS_TEST_MUTANTS", "5000"))
"""How many broken files are read."""


@pytest.fixture(scope="module")
def seeds() -> dict[str, bytes]:
    return {name: make() for name, make in MAKERS.items()}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def check(extracted: Extracted) -> None:
    """What holds for the text of any file, however broken."""
    text = extracted.text
    assert "\0" not in text and "\r" not in text
    text.encode()
    for anchor in extracted.anchors:
        assert 0 <= anchor.start <= anchor.end <= len(text)
        assert anchor.label.strip()
    assert extracted.date is None or re.fullmatch(r"\d{4}-\d\d-\d\d", extracted.date)
    for line in (extracted.title, extracted.author, *extracted.remarks):
        assert "\n" not in line


@pytest.mark.parametrize("name", MAKERS)
def test_a_sound_file(name: str, seeds: dict[str, bytes], sandbox: Sandbox) -> None:
    """Each kind gives its words, with anchors that fit, and its passages hold all of them."""
    extracted = sandbox.extract(name, seeds[name])
    check(extracted)
    plain = " ".join(extracted.text.split())
    if name in ("a.csv", "a.jsonl"):
        assert "13.75" in plain
    else:
        assert "Forty-four people were on board" in plain
    if name in ("a.pdf", "a.docx", "a.html", "a.xlsx"):
        assert "13.75" in plain
    document = Document(name, extracted.text, "a", "", anchors=extracted.anchors)
    passages = split(document, lambda words: len(words.split()), max_tokens=60)
    assert all(p.text == extracted.text[p.start : p.end] for p in passages)


@pytest.mark.slow
def test_broken_files(seeds: dict[str, bytes], sandbox: Sandbox) -> None:
    """Thousands of files broken at random: each gives its text or one line of reason."""
    chance = random.Random(7)
    names = sorted(seeds)
    ends: Counter[str] = Counter()
    for number in range(MUTANTS):
        name = names[number % len(names)]
        data = mutant(seeds[name], chance, list(seeds.values()))
        try:
            check(sandbox.extract(name, data))
            ends["read"] += 1
        except ReadError as error:
            reason = str(error)
            assert reason and "\n" not in reason
            ends[re.sub(r"[\d,.]+", "N", reason)[:60]] += 1
    crashed = sum(count for reason, count in ends.items() if "makes its reader" in reason)
    raw = {reason: count for reason, count in ends.items() if "cannot be read: " in reason}
    assert crashed == 0, ends
    assert sum(raw.values()) <= MUTANTS / 100, f"reasons that tell a person nothing: {raw}"
    assert ends["read"] > MUTANTS / 10


def mutant(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """A broken copy; of an archive as often one whose parts are broken as one broken itself."""
    if data.startswith(b"PK") and chance.random() < 0.6:
        return _with_a_broken_part(data, chance, others)
    return _broken(data, chance, others)


def _with_a_broken_part(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(made, "w") as broken:
        victim = chance.choice(archive.namelist())
        for name in archive.namelist():
            part = archive.read(name)
            broken.writestr(name, _broken(part, chance, others) if name == victim else part)
    return made.getvalue()


def _broken(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(data) + 1), chance.randint(1, 60)
        middle = _instead(data[at : at + length], chance, others)
        data = data[:at] + middle + data[at + length :]
        if chance.random() < 0.1:
            data = data[:at]
    return data


def _instead(piece: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """What comes in the place of a piece of a file."""
    odd = (b"", b"\0", b"\xff" * 8, b"-1", b"99999999999", b"<", b"{", b"%", b"\n", b"..")
    ways = (
        chance.randbytes(len(piece)),
        chance.choice(odd),
        piece * chance.randint(2, 50),
        chance.choice(others)[: len(piece)],
    )
    return chance.choice(ways)


@pytest.mark.slow
def test_one_bad_file_among_a_thousand(tmp_path: Path) -> None:
    """It costs one line with its reason, which is still told after a restart."""
    folder = tmp_path / "documents"
    folder.mkdir()
    for number in range(999):
        (folder / f"{number:03}.txt").write_text(f"Report {number}: all is well.")
    (folder / "500 b.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    Index.build(folder, tmp_path / "index", embedder=FakeEmbedder()).close()
    with Index.open(tmp_path / "index", exact=True) as index:
        assert len(index.documents()) == 999
        ((name, reason),) = [(one.path, one.reason) for one in index.skipped()]
    assert name == "500 b.pdf" and reason
