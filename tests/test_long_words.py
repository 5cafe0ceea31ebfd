"""Texts made to take for ever: no spaces, nothing but spaces, brackets, joined signs.

How large a document is, in characters: `ASKDOCS_TEST_LONG`.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from askdocs import Assistant, Index
from askdocs.errors import QuestionError
from askdocs.readers import extract
from askdocs.splitting import split
from askdocs.types import Document
from fakes import FakeEmbedder

CHARACTERS = int(os.environ.get("ASKDOCS_TEST_LONG", "400000"))
QUESTION_SECONDS = 2.0
BYTES_A_SECOND = 500_000
"""10 MB in 20 s."""
GROWTH = 3.0
"""Twice as much takes at most so many times as long: twice, and 1.5 for what is measured badly."""
PIECES = {
    "one character": "a",
    "spaces": " ",
    "lines": "\n",
    "joined signs": "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "brackets": "[",
    "round brackets": "((",
    "quotes": "\"'",
    "numbers": "1,",
    "full stops": ". ",
    "capitals": "A.",
    "marks": "[1]",
    "accents": "a\u0301\u0300",
    "tables": "| ",
    "dashes": "- ",
    "and": "and ",
    "names": "Ann and ",
}


@pytest.fixture(scope="module")
def assistant(sample_index: Path) -> Iterator[Assistant]:
    """With the real model."""
    with Index.open(sample_index) as index:
        assistant = Assistant(index)
        assistant.ask("When did the ferry sink?")
        yield assistant


def long_text(piece: str, length: int) -> str:
    return (piece * (length // len(piece) + 1))[:length]


@pytest.mark.parametrize(
    "piece",
    [pytest.param(piece, id=name) for name, piece in PIECES.items()],
)
def test_a_question_at_the_limit_is_answered_soon(assistant: Assistant, piece: str) -> None:
    """Two seconds of one core at most; a longer question is refused at once."""
    limit = assistant.index.config.question_limit
    question = f"Who {long_text(piece, limit - 5)}?"
    began = time.process_time()
    assistant.ask(question)
    assert time.process_time() - began < 2 * QUESTION_SECONDS  # of two cores
    began = time.process_time()
    with pytest.raises(QuestionError):
        assistant.ask(long_text(piece, 200_000))
    assert time.process_time() - began < 0.2


def seconds(text: str) -> float:
    """What reading and splitting takes of a core."""
    data = f"The ferry sank in 1987.\n\n{text}\n\nNobody was hurt.".encode()
    began = time.process_time()
    extracted = extract("long.txt", data)
    document = Document("long.txt", extracted.text, "long", hashlib.sha256(data).hexdigest())
    split(document, FakeEmbedder().count_tokens, max_tokens=200)
    return time.process_time() - began


@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES.keys())
def test_a_long_document_takes_time_by_its_length(piece: str) -> None:
    """10 MB take 20 s at most, and twice as much no more than twice as long, measured roughly."""
    half, whole = long_text(piece, CHARACTERS // 2), long_text(piece, CHARACTERS)
    seconds(half)
    first, second = (min(seconds(text) for _ in range(2)) for text in (half, whole))
    assert second <= 0.5 + len(whole.encode()) / BYTES_A_SECOND
    assert second <= 0.1 + GROWTH * first
