"""Recognise the letters in pictures of pages, with Tesseract where it is installed."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from askdocs.errors import ReadError
from askdocs.types import Anchor, Extracted

SECONDS = 60
"""Seconds that one page may take."""

_MEMORY_KB = 2_000_000
_LANGUAGES = re.compile(r"[A-Za-z0-9_]+(?:\+[A-Za-z0-9_]+)*")
_WORD_LEVEL = "5"
_LEAST_SURE = 20.0  # percent; below it a "word" is a stain or a line of the drawing
_ENDS = (".", "!", "?", ":", ";")
_LETTER = re.compile(r"\w")
_HYPHEN = re.compile(r"(?<=[a-zß-öø-ÿ])[-‐]$")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a page says: its paragraphs, and how sure of its words the program is, 0 to 100."""

    paragraphs: tuple[str, ...]
    sure: float

    @property
    def text(self) -> str:
        """The paragraphs with blank lines between them."""
        return "\n\n".join(self.paragraphs)


def is_there() -> bool:
    """Whether letters can be recognised on this machine."""
    return shutil.which("tesseract") is not None


def recognise(picture: bytes, languages: str = "eng") -> Recognised:
    """The text of a picture, given as the bytes of a PNG file. Raises `ReadError`.

    `languages` are Tesseract's names for them, such as "eng+deu".
    """
    if not _LANGUAGES.fullmatch(languages):
        raise ReadError(f"cannot be recognised: {languages!r} names no languages; try eng+deu")
    program = shutil.which("tesseract")
    if program is None:
        raise ReadError("is a picture; install Tesseract to have its letters recognised")
    limits = f"ulimit -v {_MEMORY_KB}; ulimit -t {SECONDS}; exec"
    command = f'{limits} "$0" stdin stdout -l "$1" --psm 3 tsv'
    try:
        done = subprocess.run(
            ["sh", "-c", command, program, languages],
            input=picture,
            capture_output=True,
            timeout=SECONDS,
            env={"OMP_THREAD_LIMIT": "1", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ReadError(f"takes more than {SECONDS} s a page to recognise") from error
    if done.returncode != 0:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ReadError(f"cannot be recognised: {told[-1][:200] if told else 'Tesseract fails'}")
    return _recognised(done.stdout.decode("utf-8", "replace"))


def with_recognised(extracted: Extracted, pages: Mapping[int, Recognised]) -> Extracted:
    """The extracted text with what was recognised, by the pages' numbers, put in at its place."""
    text, anchors = extracted.text, extracted.anchors
    for picture in reversed(extracted.pictures):
        words = pages[picture.number].text if picture.number in pages else ""
        if not words:
            continue
        at = picture.position
        before = "\n\n" if text[:at].strip() else ""
        after = "\n\n" if not before and text[at:].strip() else ""
        added = f"{before}{words}{after}"
        text = text[:at] + added + text[at:]
        start = at + len(before)
        page = Anchor(start, start + len(words), "page", picture.label)
        anchors = _with_page(anchors, page, at, len(added))
    left = tuple(picture for picture in extracted.pictures if picture.number not in pages)
    return replace(extracted, text=text, anchors=anchors, pictures=left)


def remark(pages: Mapping[int, Recognised]) -> str:
    """What a person should know of pages that were recognised."""
    sure = min(page.sure for page in pages.values())
    those = "1 page was" if len(pages) == 1 else f"{len(pages)} pages were"
    return f"{those} recognised from pictures, the least sure at {sure:.0f} %"


def missing(pictures: int) -> str:
    """What a person should know of pages that could not be recognised."""
    those = "1 page is a picture" if pictures == 1 else f"{pictures} pages are pictures"
    return f"{those} without text"


def _with_page(anchors: Sequence[Anchor], page: Anchor, at: int, added: int) -> tuple[Anchor, ...]:
    """The anchors after the words of `page` were put in at `at`, with one for the page itself."""
    made, is_known = [], not page.label
    for anchor in anchors:
        # A page with a few words of its own, such as a stamp, goes on with what was recognised.
        same = anchor.kind == "page" and (anchor.label, anchor.end) == (page.label, at)
        start = anchor.start + added * (anchor.start >= at and not same)
        end = anchor.end + added * (anchor.end > at or same)
        made.append(replace(anchor, start=start, end=end))
        is_known = is_known or same
    return tuple(sorted([*made, *([] if is_known else [page])], key=lambda a: (a.start, -a.end)))


def _recognised(table: str) -> Recognised:
    rows = csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE)
    words = [row for row in rows if row["level"] == _WORD_LEVEL and (row["text"] or "").strip()]
    words = [word for word in words if float(word["conf"]) >= _LEAST_SURE]
    by_paragraph = groupby(words, key=lambda word: (word["block_num"], word["par_num"]))
    paragraphs = _whole(_joined(_lines(list(group))) for _, group in by_paragraph)
    sure = [float(word["conf"]) for word in words if _LETTER.search(word["text"])]
    return Recognised(
        tuple(paragraph for paragraph in paragraphs if _LETTER.search(paragraph)),
        sum(sure) / len(sure) if sure else 0.0,
    )


def _whole(paragraphs: Iterable[str]) -> tuple[str, ...]:
    """The paragraphs, those put together again that were torn within a sentence."""
    made: list[str] = []
    for paragraph in paragraphs:
        if made and paragraph[:1].islower() and not made[-1].endswith(_ENDS):
            made[-1] = _joined([made[-1], paragraph])
        else:
            made.append(paragraph)
    return tuple(made)


def _lines(words: list[dict[str, str]]) -> Iterator[str]:
    for _, line in groupby(words, key=lambda word: word["line_num"]):
        yield " ".join(word["text"].strip() for word in line)


def _joined(lines: Iterable[str]) -> str:
    """The lines as one, words that were broken at a line's end made whole."""
    made = ""
    for line in lines:
        if _HYPHEN.search(made) and line[:1].islower():
            made = made[:-1] + line
        else:
            made = f"{made} {line}" if made else line
    return made
