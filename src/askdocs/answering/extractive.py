"""Hits -> answer without a language model: the sentences that answer, quoted word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from askdocs.answering import conflict, support
from askdocs.answering.evidence import (
    REACH,
    VALUED,
    Evidence,
    TermWeight,
    WordVectors,
    collect,
)
from askdocs.answering.prompts import REFUSAL
from askdocs.answering.questions import Kind, Question
from askdocs.answering.values import Value
from askdocs.types import Answer, Citation, Claim, Conflict, Hit, Span

_MOST_QUOTES = 3
_NEAR_BEST = 0.9
_COMPARABLE_SCORE = 0.75
_LEADING_KINDS = frozenset({Kind.NUMBER, Kind.DATE, Kind.DURATION, Kind.PERSON, Kind.PLACE, Kind.NAME})
_LEANS_BACK = re.compile(
    r"[\"“‘'(]?(?:he|she|it|they|this|these|that|those|his|her|its|their|such|both|the latter|the former|"
    r"but|however|instead|there|then|so)\b",
    re.IGNORECASE,
)
_TABLE_ROW = re.compile(r"\s*\|.*\|\s*$")
_LIST_ITEM = re.compile(r"(?:[-*+•‣◦▪–·]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])[ \t]+$")
_LONGEST_ACRONYM = 5
_SHOWN_OF_NEAREST = 240


def answer(
    question: Question,
    hits: Sequence[Hit],
    *,
    vectors: WordVectors,
    weight: TermWeight,
    threshold: float,
) -> Answer:
    """The answer that the hits support, or a refusal if none does well enough.

    `vectors` and `weight` tell how near words are and how much a word says. The answer's `query`
    and `timings` are left to the caller.
    """
    found = collect(question, hits, vectors=vectors, weight=weight)
    ranked = sorted(found, key=support.selection_score, reverse=True)
    sure = support.probability(ranked[0]) if ranked else 0.0
    if sure < threshold:
        return _refusal(question, hits, ranked[:1], sure)
    good = [e for e in ranked if support.probability(e) >= max(threshold, _NEAR_BEST * sure)]
    sides = conflict.sides(question, _comparable(question, ranked))
    writer = _Writer()
    conflicts = (_write_conflict(writer, question, sides),) if sides else ()
    if not sides:
        _write_quotes(writer, question, good, ranked)
    return Answer(
        question=question.text,
        text=writer.text,
        support=round(sure, 3),
        citations=tuple(writer.citations),
        conflicts=conflicts,
        hits=tuple(hits),
    )


def _comparable(question: Question, ranked: Sequence[Evidence]) -> list[Evidence]:
    """The sentences whose values may be held against the best one's: they answer as it does."""
    if question.kind not in conflict.COMPARABLE:
        return []
    best, *others = [(support.selection_score(e), e) for e in ranked]
    least = _COMPARABLE_SCORE * best[0]
    return [best[1]] + [e for score, e in others if score >= least and e.feature("value_fits") == 1.0]


def _refusal(
    question: Question, hits: Sequence[Hit], nearest: Sequence[Evidence], sure: float
) -> Answer:
    text = REFUSAL
    for evidence in nearest:
        sentence = _one_line(evidence.text)
        if len(sentence) > _SHOWN_OF_NEAREST:
            sentence = sentence[:_SHOWN_OF_NEAREST].rsplit(" ", 1)[0] + " …"
        text += f" The nearest they come, in {evidence.hit.passage.document}: “{sentence}”"
    # What looks like a marker in the words shown must not pass for a citation.
    text = re.sub(r"\[(\d+)\]", r"(\1)", text)
    return Answer(
        question=question.text, text=text, refused=True, support=round(sure, 3), hits=tuple(hits)
    )


@dataclass
class _Writer:
    """Collects lines and numbers the citations in the order they are first mentioned."""

    lines: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def cite(self, hit: Hit, span: Span) -> int:
        """The number of the citation of a span, a new one if it is not cited yet."""
        for citation in self.citations:
            if (citation.document, citation.start, citation.end) == (hit.passage.document, *span):
                return citation.number
        quote = hit.passage.slice(span)
        number = len(self.citations) + 1
        self.citations.append(
            Citation(number, hit.passage.document, *span, quote, score=round(hit.score, 4))
        )
        return number

    def lead(self, text: str) -> None:
        """A short line in front of the quotes."""
        self.lines += [text, ""]

    def quote(self, hit: Hit, span: Span) -> None:
        """A line that quotes a span, unless one already does."""
        known = len(self.citations)
        number = self.cite(hit, span)
        line = f"> {_without_markers(_one_line(hit.passage.slice(span)))} [{number}]"
        if number > known or line not in self.lines:
            self.lines.append(line)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _without_markers(text: str) -> str:
    """The words of a document in which nothing looks like one of our own markers."""
    return re.sub(r"\[(\d+)\]", r"(\1)", text)


def _write_quotes(
    writer: _Writer, question: Question, good: Sequence[Evidence], ranked: Sequence[Evidence]
) -> None:
    best = good[0]
    valued = _with_value(question, best, ranked)
    chosen = list(_choose(question, good))
    if valued is not best:
        chosen.insert(1 if valued.number > best.number else 0, valued)
    direct = _direct_answer(question, valued)
    spans = [(evidence.hit, span) for evidence in chosen for span in _quoted(question, evidence)]
    if direct:
        number = next(
            writer.cite(hit, span)
            for hit, span in spans
            if hit.passage.document == valued.hit.passage.document
            and span[0] <= valued.span[0] < span[1]
        )
        writer.lead(f"{_without_markers(_one_line(direct.text))} [{number}]")
    for hit, span in spans:
        writer.quote(hit, span)


def _with_value(question: Question, best: Evidence, ranked: Sequence[Evidence]) -> Evidence:
    """The sentence that gives the value asked for: the best one, or one close to it."""
    if question.kind not in VALUED or (best.offered and best.feature("value_fits") == 1.0):
        return best
    near = [
        evidence
        for evidence in ranked
        if evidence.hit.passage.id == best.hit.passage.id
        and abs(evidence.number - best.number) <= REACH
        and evidence.offered
        and evidence.feature("value_fits") == 1.0
    ]
    return near[0] if near else best


def _choose(question: Question, good: Sequence[Evidence]) -> Iterator[Evidence]:
    """The best sentence, and others that add a term, or more where a list is asked for."""
    best, *others = good
    yield best
    kept = [best]
    for evidence in others:
        if len(kept) == _MOST_QUOTES:
            return
        near = support.selection_score(evidence) >= _NEAR_BEST * support.selection_score(best)
        wanted = question.kind in (Kind.LIST, Kind.SUMMARY, Kind.STATEMENT, Kind.REASON)
        if near and (wanted or evidence.hit.passage.document != best.hit.passage.document):
            kept.append(evidence)
            yield evidence


def _direct_answer(question: Question, evidence: Evidence) -> Value | None:
    """The short answer in a sentence, if the question has one and the sentence tells which it is."""
    fits = bool(evidence.offered) and evidence.feature("value_fits") == 1.0
    if question.kind not in _LEADING_KINDS or not fits:
        return None
    value = conflict.said_value(question, evidence)
    if value is None or question.kind not in (Kind.PERSON, Kind.PLACE, Kind.NAME):
        return value
    return value if _certain_name(question.kind, value, evidence.text) else None


def _certain_name(kind: Kind, value: Value, sentence: str) -> bool:
    """Whether a capitalised run is surely the name of such a thing."""
    if value.text.isupper() and len(value.text) > _LONGEST_ACRONYM:
        return False
    if kind is Kind.PLACE:
        return bool(re.search(r"\b(?:in|at|near|to|from|of|on|city|town),?\s+(?:the\s+)?$", sentence[: value.start]))
    return " " in value.text or value.text.startswith("@")


def _quoted(question: Question, evidence: Evidence) -> list[Span]:
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
    if number > 0 and _LEANS_BACK.match(evidence.text) and _same_paragraph(passage.text, passage.start, spans[number - 1], spans[number]):
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


def _write_conflict(
    writer: _Writer, question: Question, sides: Sequence[conflict.Side]
) -> Conflict:
    """Write who says what, the disagreement first, and return it as a value."""
    claims = []
    numbered: list[tuple[conflict.Side, list[int]]] = []
    for side in sides:
        numbers = [writer.cite(s.evidence.hit, s.evidence.span) for s in side.statements]
        numbered.append((side, list(dict.fromkeys(numbers))))
        claims.append(Claim(side.value, side.status, tuple(dict.fromkeys(numbers))))
    standing = [(s, n) for s, n in numbered if s.status != "retracted"]
    withdrawn = [(s, n) for s, n in numbered if s.status == "retracted"]
    lead = " or ".join(f"{_one_line(s.value)} {_marks(n)}" for s, n in standing)
    if len(standing) > 1:
        lead = f"The documents disagree: {lead}"
    if withdrawn:
        taken_back = " and ".join(f"{_one_line(s.value)} {_marks(n)}" for s, n in withdrawn)
        lead += f"; taken back: {taken_back}"
    writer.lead(lead)
    for side, _ in numbered:
        for statement in side.statements:
            writer.quote(statement.evidence.hit, statement.evidence.span)
    return Conflict(about=question.text, claims=tuple(claims))


def _marks(numbers: Sequence[int]) -> str:
    return "".join(f"[{number}]" for number in numbers)
