"""Whether a sentence states anything, and whether it is about those whom the question names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from askdocs.answering.layout import is_list_item, is_table_row
from askdocs.answering.questions import Question
from askdocs.language import STOP_WORDS, stem, words
from askdocs.types import Hit, Passage

Run = tuple[str, ...]

_MUCH = 4
_ENDS = re.compile(r"[.!:;…][\s\"”’')\]]*$")
_ASKS = re.compile(r"\?[\s\"”’')\]]*$")
_TITLE = -0.5
_CAPITAL = r"[^\W\d_a-zß-ÿ][\w’'&.\-]*"
_BETWEEN = r"(?:(?:of|the|and|for|de|van|von|&) )*"
_RUN = re.compile(rf"{_CAPITAL}(?: {_BETWEEN}(?:{_CAPITAL}|\d[\w.,\-]*))*")
_BESIDE, _BEFORE, _ABOVE, _PART = 0.9, 0.8, 0.8, 0.6
_LONGEST_NAME = 12  # words; comparing longer ones would take the cube of their number


def states(question: Question, passage: Passage, number: int) -> float:
    """0 for a statement, a row or an item, -1 for a question: what is usual adds to no score.

    A line without an end may be a title, which answers nothing if it repeats the question: it
    counts by the words that it has beyond those.

    >>> from askdocs.answering.questions import analyse
    >>> asked = analyse("Who sings Let My Love Open the Door?")
    >>> title = "Let My Love Open the Door"
    >>> states(asked, Passage("song.txt", 0, 25, title, sentences=((0, 25),)), 0)
    -0.5
    """
    text = passage.slice(passage.sentences[number])
    if _ASKS.search(text):
        return -1.0
    if _ENDS.search(text) or is_table_row(passage, number) or is_list_item(passage, number):
        return 0.0
    asked = {stem(word) for word in (*words(question.text), *question.context)}
    said = {stem(word) for word in words(text) if word not in STOP_WORDS}
    return _TITLE * (1.0 - min(1.0, len(said - asked) / _MUCH))


def runs(question: Question) -> list[Run]:
    """The names in a question, each word by word.

    >>> from askdocs.answering.questions import analyse
    >>> runs(analyse("What did Retail Emporium's board decide in May 2020?"))
    [('retail', 'emporium'), ('may', '2020')]
    """
    found = []
    for match in _RUN.finditer(question.text):
        run = words(match.group())
        if match.start() == 0:
            run = run[1:]  # which begins with a capital letter anyhow
        if any(stem(word) in question.names for word in run):
            found.append(tuple(run[:_LONGEST_NAME]))
    return found


def named(names: Sequence[Run], hit: Hit, opening: str) -> list[float]:
    """How far all the `names` stand word after word in each sentence, near it, before or above it.

    The share of a question's names that occur cannot tell "Sparkling Clean Housekeeping" from
    "CleanCo Housekeeping". `opening` is what the document begins with.
    """
    passage = hit.passage
    said = [words(passage.slice(span)) for span in passage.sentences]
    above = words(f"{passage.heading} {passage.document.replace('_', ' ')}"), words(opening)
    least = [1.0] * len(said)
    for name in names:
        here = [_held(name, text) for text in said]
        top, before = _ABOVE * max(_held(name, text) for text in above), 0.0
        for number, own in enumerate(here):
            beside = max(here[max(0, number - 1) : number + 2])
            before = max(before, own)
            far = max(own, _BESIDE * beside, _BEFORE * before, top)
            least[number] = min(least[number], far)
    return least


def _held(name: Run, text: Sequence[str]) -> float:
    """1 if a name stands in a text, else less: by the longest part of it that does."""
    line = f" {' '.join(text)} "
    for length in range(len(name), 0, -1):
        parts = (name[start : start + length] for start in range(len(name) - length + 1))
        if any(f" {' '.join(part)} " in line for part in parts):
            return 1.0 if length == len(name) else _PART * length / len(name)
    return 0.0
