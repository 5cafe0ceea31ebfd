"""What to quote of a sentence's surroundings, so that it can be understood by itself."""

from __future__ import annotations

import re

from askdocs.answering.evidence import Evidence
from askdocs.answering.questions import Kind, Question
from askdocs.types import Span

_LEANS_BACK = re.compile(
    r"[\"“‘'(]?(?:he|she|it|they|this|these|that|those|his|her|its|their|such|both|the latter|"
    r"the former|"
    r"but|however|instead|there|then|so)\b",
    re.IGNORECASE,
)
_TABLE_ROW = re.compile(r"\s*\|.*\|\s*$")
_LIST_ITEM = re.compile(r"(?:[-*+•‣◦▪–·]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])[ \t]+$")


def quoted(question: Question, evidence: Evidence) -> list[Span]:
    """The spans to quote for a sentence, so that it can be understood by itself."""
    passage, number = evidence.hit.passage, evidence.number
    spans = passage.sentences
    if _TABLE_ROW.match(evidence.text):
        header = number
        while header > 0 and _TABLE_ROW.match(passage.slice(spans[header - 1])):
            header -= 1
        return [spans[header], spans[number]] if header < number else [spans[number]]
    if question.kind is Kind.LIST and _is_list_item(evidence, number):
        return _whole_list(evidence)
    start = spans[number][0]
    if (
        number > 0
        and _LEANS_BACK.match(evidence.text)
        and _same_paragraph(passage.text, passage.start, spans[number - 1], spans[number])
    ):
        start = spans[number - 1][0]
    quoted = [(start, spans[number][1])]
    if evidence.text.rstrip().endswith(":"):
        quoted += _items_after(evidence)
    return quoted


def _same_paragraph(text: str, offset: int, before: Span, after: Span) -> bool:
    between = text[before[1] - offset : after[0] - offset]
    return not between.strip() and between.count("\n") < 2


def _items_after(evidence: Evidence) -> list[Span]:
    """The list items that a sentence ending in a colon introduces."""
    passage = evidence.hit.passage
    items: list[Span] = []
    for number in range(evidence.number + 1, len(passage.sentences)):
        if not _is_list_item(evidence, number):
            break
        items.append(passage.sentences[number])
    return items


def _whole_list(evidence: Evidence) -> list[Span]:
    """The list that a list item belongs to, with the sentence that introduces it."""
    first, last = evidence.number, evidence.number
    while first > 0 and _is_list_item(evidence, first - 1):
        first -= 1
    while last + 1 < len(evidence.hit.passage.sentences) and _is_list_item(evidence, last + 1):
        last += 1
    spans = evidence.hit.passage.sentences
    introduced = first > 0 and evidence.hit.passage.slice(spans[first - 1]).rstrip().endswith(":")
    return list(spans[first - introduced : last + 1])


def _is_list_item(evidence: Evidence, number: int) -> bool:
    """Whether a bullet or a number stands in front of a sentence on its line."""
    passage = evidence.hit.passage
    before = passage.text[: passage.sentences[number][0] - passage.start].rpartition("\n")[2]
    return bool(_LIST_ITEM.match(before.lstrip()))
