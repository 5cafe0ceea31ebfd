"""Hits -> answer without a language model: the sentences that answer, quoted word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from statistics import fmean

from askdocs.answering import conflict, support
from askdocs.answering.evidence import REACH, Evidence
from askdocs.answering.lexicon import Lexicon
from askdocs.answering.prompts import REFUSAL
from askdocs.answering.questions import Kind, Question, parts_of
from askdocs.answering.quoting import quoted
from askdocs.answering.reading import Reading, fits
from askdocs.answering.writing import Writer, marks_of, one_line, without_markers
from askdocs.answering.yes_no import yes_or_no
from askdocs.types import Answer, Claim, Conflict, Hit

_MOST_QUOTES = 3
_NEAR_BEST = 0.93
_SURE_SHORT = 0.4
_RULED = frozenset({Kind.NUMBER, Kind.DATE, Kind.DURATION})
_SPEECH = re.compile(r"[“”\"]|\b(?:said|says|added|told|asked|explained|promised)\b")
_SHOWN_OF_NEAREST = 240


def answer(
    question: Question, hits: Sequence[Hit], lexicon: Lexicon, *, threshold: float
) -> Answer:
    """The answer that the hits support, or a refusal if none does well enough.

    A question in several parts is answered part by part where that is answered better. The
    answer's `query` and `timings` are left to the caller.
    """
    whole = Reading.of(question, hits, lexicon)
    if whole is None:
        return _refusal(question, hits, None, 0.0)
    readings, strength = [whole], whole.strength
    parts = [Reading.of(part, hits, lexicon) for part in parts_of(question)]
    each = [part for part in parts if part is not None]
    if each and fmean(part.strength for part in each) > strength:
        readings, strength = each, fmean(part.strength for part in each)
    sure = support.probability(strength)
    if sure < threshold:
        return _refusal(question, hits, whole.best, sure)
    writer = Writer()
    conflicts = tuple(filter(None, (_write(writer, reading) for reading in readings)))
    return Answer(
        question=question.text,
        text=writer.text,
        direct=writer.direct,
        support=round(sure, 3),
        citations=tuple(writer.citations),
        conflicts=conflicts,
        hits=tuple(hits),
    )


def _refusal(
    question: Question, hits: Sequence[Hit], nearest: Evidence | None, sure: float
) -> Answer:
    text = REFUSAL
    if nearest is not None:
        sentence = one_line(nearest.text)
        if len(sentence) > _SHOWN_OF_NEAREST:
            sentence = sentence[:_SHOWN_OF_NEAREST].rsplit(" ", 1)[0] + " …"
        text += f" The nearest they come, in {nearest.hit.passage.document}: “{sentence}”"
    # What looks like a marker in the words shown must not pass for a citation.
    return Answer(
        question=question.text,
        text=without_markers(text),
        refused=True,
        support=round(sure, 3),
        hits=tuple(hits),
    )


def _write(writer: Writer, reading: Reading) -> Conflict | None:
    """Write what a reading says; the conflict, if it is one."""
    if reading.sides:
        return _write_conflict(writer, reading.question, reading.sides)
    _write_quotes(writer, reading)
    return None


def _write_quotes(writer: Writer, reading: Reading) -> None:
    question, best = reading.question, reading.best
    valued = _with_value(question, best, reading.ranked)
    chosen = list(_choose(question, reading.ranked))
    if valued is not best:
        chosen.insert(1 if valued.number > best.number else 0, valued)
    direct = _direct_answer(reading, valued)
    spans = [(evidence.hit, span) for evidence in chosen for span in quoted(question, evidence)]
    if direct:
        number = next(
            writer.cite(hit, span)
            for hit, span in spans
            if hit.passage.document == valued.hit.passage.document
            and span[0] <= valued.span[0] < span[1]
        )
        writer.answer(direct, number)
    else:
        writer.part()
    for hit, span in spans:
        writer.quote(hit, span)


def _with_value(question: Question, best: Evidence, ranked: Sequence[Evidence]) -> Evidence:
    """The sentence that gives the figure asked for: the best one, or one close to it."""
    if question.kind not in _RULED or (best.offered and fits(best)):
        return best
    near = [
        evidence
        for evidence in ranked
        if evidence.hit.passage.id == best.hit.passage.id
        and abs(evidence.number - best.number) <= REACH
        and evidence.offered
        and fits(evidence)
    ]
    return near[0] if near else best


def _choose(question: Question, ranked: Sequence[Evidence]) -> Iterator[Evidence]:
    """The best sentence, and those as good that come from elsewhere or that the kind asks for."""
    best, *others = ranked
    yield best
    left = _MOST_QUOTES - 1
    wanted = question.kind in (Kind.LIST, Kind.SUMMARY, Kind.STATEMENT, Kind.REASON)
    least = _NEAR_BEST * support.selection_score(best)
    for evidence in others:
        near = support.selection_score(evidence) >= least
        elsewhere = evidence.hit.passage.document != best.hit.passage.document
        if left and ((near and (wanted or elsewhere)) or _goes_on(question, best, evidence)):
            left -= 1
            yield evidence


def _goes_on(question: Question, best: Evidence, evidence: Evidence) -> bool:
    """Whether a sentence goes on with what somebody is quoted as saying."""
    close = evidence.hit.passage.id == best.hit.passage.id
    close = close and abs(evidence.number - best.number) <= REACH
    return close and question.kind is Kind.STATEMENT and bool(_SPEECH.search(evidence.text))


def _direct_answer(reading: Reading, valued: Evidence) -> str:
    """The short answer in a sentence, if the question has one and it is clear which."""
    if reading.question.kind is Kind.YES_NO:
        return yes_or_no(reading.question.text, reading.best)
    ruled = reading.question.kind in _RULED and valued.offered and fits(valued)
    value = conflict.said_value(reading.question, valued) if ruled else None
    short = reading.short if valued is reading.best else None
    if short is None or short.probability < _SURE_SHORT or reading.question.kind is Kind.DURATION:
        return value.text if value else ""
    return value.text if value and short.text in value.text else short.text  # with its unit


def _write_conflict(writer: Writer, question: Question, sides: Sequence[conflict.Side]) -> Conflict:
    """Write who says what, the disagreement first, and return it as a value."""
    claims = []
    numbered: list[tuple[conflict.Side, list[int]]] = []
    for side in sides:
        numbers = [writer.cite(s.evidence.hit, s.evidence.span) for s in side.statements]
        numbered.append((side, list(dict.fromkeys(numbers))))
        claims.append(Claim(side.value, side.status, tuple(dict.fromkeys(numbers)), side.source))
    standing = [(s, n) for s, n in numbered if s.status != "retracted"]
    old = [(s, n) for s, n in numbered if s.superseded]
    withdrawn = [(s, n) for s, n in numbered if s.status == "retracted" and not s.superseded]
    lead = _told(standing)
    if len(standing) == 1:
        writer.directs.append(without_markers(one_line(standing[0][0].value)))
    else:
        lead = f"The documents disagree: {_told(standing, ' or ', by_whom=True)}"
    if withdrawn:
        lead += f"; taken back: {_told(withdrawn)}"
    if old:
        lead += f"; in an earlier version: {_told(old)}"
    writer.lead(lead)
    for side, _ in numbered:
        for statement in side.statements:
            writer.quote(statement.evidence.hit, statement.evidence.span)
    return Conflict(about=question.text, claims=tuple(claims))


def _told(
    sides: Sequence[tuple[conflict.Side, list[int]]], joint: str = " and ", *, by_whom: bool = False
) -> str:
    """The values with their markers, and with those who say so if asked for."""
    parts = []
    for side, numbers in sides:
        who = f" ({without_markers(side.source)})" if by_whom and side.source else ""
        parts.append(f"{without_markers(one_line(side.value))}{who} {marks_of(numbers)}")
    return joint.join(parts)
