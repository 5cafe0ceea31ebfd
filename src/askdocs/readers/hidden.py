"""Take out of a text what no reader of it could see: zero-width marks, bidi controls, tags.

Such characters can carry instructions to a language model, or part a word so that it is not found.
What shapes the letters around it stays: joiners within emoji and in Arabic and Indic scripts, the
tags of a flag, one variation selector behind a character.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import accumulate

import numpy as np

from askdocs.types import Anchor, Extracted, Span

_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_SOFT_HYPHEN = "\u00ad"
_INVISIBLE = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls, but for line ends and tabs
    f"{_SOFT_HYPHEN}\u034f\u061c\u17b4\u17b5\u180e\u3164\uffa0"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f"  # zero width, bidi, invisible operators
    "\ud800-\udfff\ufe00-\ufe0f\ufeff\ufff0-\ufffb"  # half a pair, selectors, marks
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_RUN = re.compile(f"[{_INVISIBLE}]+")
_FLAG = "\U0001f3f4"
_FLAG_TAGS = re.compile("[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
_EMOJI = re.compile("[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]")
_JOINING = re.compile(  # scripts whose letters change shape at a joiner
    "[\u0600-\u07ff\u0840-\u08ff\u0900-\u109f\u1780-\u18af\u1b00-\u1c4f\ua800-\uabff"
    "\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00010aff\U00011000-\U00011fff]"
)
_MONGOLIAN = re.compile("[\u1800-\u18af]")
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# UTF-16 units that may be, or begin, one of the above: a look-up is faster than the expression.
_SUSPECTS = np.zeros(0x10000, dtype=bool)
for _run in _RUN.finditer("".join(map(chr, range(0x10000)))):
    _SUSPECTS[_run.start() : _run.end()] = True
_SUSPECTS[0xD800:0xE000] = False
_SUSPECTS[[0xD82F, 0xD834, *range(0xDB40, 0xDB44)]] = True
_CHUNK = 1 << 20


def without_hidden(extracted: Extracted) -> Extracted:
    """The same without invisible characters, its anchors moved, with a remark if there were any."""
    spans = _spans(extracted.text)
    title, author = remove_hidden(extracted.title)[0], remove_hidden(extracted.author)[0]
    if not spans:
        return replace(extracted, title=title, author=author)
    text, count = _cut(extracted.text, spans)
    move = _mover(spans)
    remarks = (f"invisible characters left out: {count}",) if count else ()
    return replace(
        extracted,
        text=text,
        title=title,
        author=author,
        anchors=tuple(_moved(extracted.anchors, move)),
        remarks=(*extracted.remarks, *remarks),
        pictures=tuple(
            replace(picture, position=move(picture.position)) for picture in extracted.pictures
        ),
    )


def remove_hidden(text: str) -> tuple[str, int]:
    r"""The text without invisible characters, and how many there were, soft hyphens not counted.

    >>> remove_hidden("in\u200bvisible \U0001f468\u200d\U0001f469")
    ('invisible 👨\u200d👩', 1)
    """
    spans = _spans(text)
    return _cut(text, spans) if spans else (text, 0)


def _cut(text: str, spans: list[Span]) -> tuple[str, int]:
    starts = [0, *(end for _, end in spans)]
    ends = [*(start for start, _ in spans), len(text)]
    left_out = sum(end - start - text.count(_SOFT_HYPHEN, start, end) for start, end in spans)
    return "".join(text[a:b] for a, b in zip(starts, ends, strict=True)), left_out


def _mover(spans: list[Span]) -> Callable[[int], int]:
    """Tells where a position is once the spans are taken out."""
    starts = [start for start, _ in spans]
    before = [0, *accumulate(end - start for start, end in spans)]

    def move(position: int) -> int:
        number = bisect_left(starts, position)
        inside = max(0, spans[number - 1][1] - position) if number else 0
        return position - before[number] + inside

    return move


def _moved(anchors: tuple[Anchor, ...], move: Callable[[int], int]) -> Iterator[Anchor]:
    for anchor in anchors:
        start, end = move(anchor.start), move(anchor.end)
        if start < end:
            yield Anchor(start, end, anchor.kind, remove_hidden(anchor.label)[0])


def _spans(text: str) -> list[Span]:
    """The stretches to take out, in order."""
    if not _is_suspect(text):
        return []
    return [span for run in _RUN.finditer(text) for span in _within(text, run.start(), run.end())]


def _is_suspect(text: str) -> bool:
    try:
        for start in range(0, len(text), _CHUNK):
            units = np.frombuffer(text[start : start + _CHUNK].encode("utf-16-le"), np.uint16)
            if _SUSPECTS[units].any():
                return True
    except UnicodeEncodeError:  # half of a surrogate pair
        return True
    return False


def _within(text: str, start: int, end: int) -> Iterator[Span]:
    """What of a run of invisible characters goes: all but what shapes the letter before it."""
    kept = _kept(text, start, end)
    if kept:
        before, position = text[start - 1], start + kept
        # An emoji and its selector may be joined to the next: a heart on fire.
        if position < end and text[position] == "\u200d" and _EMOJI.match(before):
            position += position + 1 == end and bool(_EMOJI.match(text[end : end + 1]))
        start = position
    if start < end:
        yield start, end


def _kept(text: str, start: int, end: int) -> int:
    """How many characters from `start` on belong to the visible one before it."""
    if start == 0:
        return 0
    before, first = text[start - 1], text[start]
    after = text[end : end + 1]
    if first in _JOINERS:
        emoji = first == "\u200d" and _EMOJI.match(before) and _EMOJI.match(after)
        return int(bool(_JOINING.match(before)) or bool(emoji and end == start + 1))
    if first == "\u180e":
        return int(bool(_MONGOLIAN.match(before)))
    if "\ufe00" <= first <= "\ufe0f":
        return int(not before.isspace())
    if "\U000e0100" <= first <= "\U000e01ef":
        return int(bool(_IDEOGRAPH.match(before)))
    tags = _FLAG_TAGS.match(text, start, end) if before == _FLAG else None
    return tags.end() - start if tags else 0
