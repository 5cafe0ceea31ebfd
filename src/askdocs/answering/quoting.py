"""What to quote of a sentence's surroundings, so that it can be understood by itself."""

from __future__ import annotations

import re

from askdocs.answering.evidence import Evidence
from askdocs.answering.layout import is_list_item, is_table_row, parent
from askdocs.answering.questions import Kind, Question
from askdocs.types import Passage, Span

_LEANS_BACK = re.compile(
    r"[\"“‘'(]?(?:he|she|it|they|this|these|that|those|his|her|its|their|such|both|the latter|"
    r"the former|"
    r"but|however|instead|there|then|so)\b",
    re.IGNORECASE,
)


def quoted(question: Question, evidence: Evidence) -> list[Span]:
    """The spans to quote for a sentence, in their order.

    A row of a table comes with the header, a list that is asked for whole, and a sentence that
    begins with a pronoun with the one before it.
    """
    passage, number = evidence.hit.passage, evidence.number
    spans = passage.sentences
    above = parent(passage, number)
    if is_table_row(passage, number):
        return [spans[number]] if above is None else [spans[above], spans[number]]
    if question.kind is Kind.LIST and is_list_item(passage, number):
        return _whole_list(passage, number)
    start = spans[number][0]
    leans = number > 0 and _LEANS_BACK.match(evidence.text)
    if leans and _same_paragraph(passage, spans[number - 1], spans[number]):
        start = spans[number - 1][0]
    following = _items_after(passage, number) if evidence.text.rstrip().endswith(":") else []
    return [(start, spans[number][1]), *following]


def _same_paragraph(passage: Passage, before: Span, after: Span) -> bool:
    between = passage.text[before[1] - passage.start : after[0] - passage.start]
    return not between.strip() and between.count("\n") < 2


def _items_after(passage: Passage, number: int) -> list[Span]:
    """The list items that a sentence ending in a colon introduces."""
    last = number
    while last + 1 < len(passage.sentences) and is_list_item(passage, last + 1):
        last += 1
    return list(passage.sentences[number + 1 : last + 1])


def _whole_list(passage: Passage, number: int) -> list[Span]:
    """The list that a list item belongs to, with the sentence that introduces it."""
    first = number
    while first > 0 and is_list_item(passage, first - 1):
        first -= 1
    introduced = [] if (above := parent(passage, number)) is None else [passage.sentences[above]]
    return [*introduced, passage.sentences[first], *_items_after(passage, first)]
