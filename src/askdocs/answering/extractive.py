"""Hits -> answer without a language model: the sentences that answer, quoted word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from askdocs.answering import conflict, support
from askdocs.answering.evidence import REACH, VALUED, Evidence, collect
from askdocs.answering.matching import TermWeight, WordVectors
from askdocs.answering.prompts import REFUSAL
from askdocs.answering.questions import Kind, Question
from askdocs.answering.quoting import quoted
from askdocs.answering.values import Value
from askdocs.answering.writing import Writer, marks_of, one_line, without_markers
from askdocs.types import Answer, Claim, Conflict, Hit

_MOST_QUOTES = 3
_NEAR_BEST = 0.9
_COMPARABLE_SCORE = 0.75
_LEADING_KINDS = VALUED - {Kind.REASON}
_BEFORE_A_PLACE = re.compile(r"\b(?:in|at|near|to|from|of|on|city|town),?\s+(?:the\s+)?$")
_SPEECH = re.compile(r"[“”\"]|\b(?:said|says|added|told|asked|explained|promised)\b")
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
    if not ranked:
        return _refusal(question, hits, ranked, 0.0)
    sides = conflict.sides(question, _comparable(question, ranked))
    sure = _support(ranked, [s.evidence for side in sides for s in side.statements])
    if sure < threshold:
        return _refusal(question, hits, ranked[:1], sure)
    enough = max(threshold, _NEAR_BEST * sure)
    writer = Writer()
    conflicts = (_write_conflict(writer, question, sides),) if sides else ()
    if not sides:
        _write_quotes(writer, question, ranked, enough)
    return Answer(
        question=question.text,
        text=writer.text,
        direct=writer.direct,
        support=round(sure, 3),
        citations=tuple(writer.citations),
        conflicts=conflicts,
        hits=tuple(hits),
    )


def _support(ranked: Sequence[Evidence], speaking: Sequence[Evidence]) -> float:
    """The probability that the best sentence answers.

    Sentences that speak of the same figure, if only to differ, support one another: they are held
    together against the rest.
    """
    together = [ranked[0], *speaking]
    places = {(e.hit.passage.document, e.span) for e in together}
    others = (e for e in ranked if (e.hit.passage.document, e.span) not in places)
    rival = max(map(support.selection_score, others), default=0.0)
    return max(support.probability(evidence, rival) for evidence in together)


def _comparable(question: Question, ranked: Sequence[Evidence]) -> list[Evidence]:
    """The sentences whose values may be held against the best one's: they answer as it does."""
    if question.kind not in conflict.COMPARABLE:
        return []
    best, *others = [(support.selection_score(e), e) for e in ranked]
    least = _COMPARABLE_SCORE * best[0]
    return [best[1]] + [e for score, e in others if score >= least and _fits(e)]


def _refusal(
    question: Question, hits: Sequence[Hit], nearest: Sequence[Evidence], sure: float
) -> Answer:
    text = REFUSAL
    for evidence in nearest:
        sentence = one_line(evidence.text)
        if len(sentence) > _SHOWN_OF_NEAREST:
            sentence = sentence[:_SHOWN_OF_NEAREST].rsplit(" ", 1)[0] + " …"
        text += f" The nearest they come, in {evidence.hit.passage.document}: “{sentence}”"
    # What looks like a marker in the words shown must not pass for a citation.
    return Answer(
        question=question.text,
        text=without_markers(text),
        refused=True,
        support=round(sure, 3),
        hits=tuple(hits),
    )


def _write_quotes(
    writer: Writer, question: Question, ranked: Sequence[Evidence], enough: float
) -> None:
    best = ranked[0]
    valued = _with_value(question, best, ranked)
    chosen = list(_choose(question, ranked, enough))
    if valued is not best:
        chosen.insert(1 if valued.number > best.number else 0, valued)
    direct = _direct_answer(question, valued)
    spans = [(evidence.hit, span) for evidence in chosen for span in quoted(question, evidence)]
    if direct:
        number = next(
            writer.cite(hit, span)
            for hit, span in spans
            if hit.passage.document == valued.hit.passage.document
            and span[0] <= valued.span[0] < span[1]
        )
        writer.direct = without_markers(one_line(direct.text))
        writer.lead(f"{writer.direct} [{number}]")
    for hit, span in spans:
        writer.quote(hit, span)


def _with_value(question: Question, best: Evidence, ranked: Sequence[Evidence]) -> Evidence:
    """The sentence that gives the value asked for: the best one, or one close to it."""
    if question.kind not in VALUED or (best.offered and _fits(best)):
        return best
    near = [
        evidence
        for evidence in ranked
        if evidence.hit.passage.id == best.hit.passage.id
        and abs(evidence.number - best.number) <= REACH
        and evidence.offered
        and _fits(evidence)
    ]
    return near[0] if near else best


def _choose(question: Question, ranked: Sequence[Evidence], enough: float) -> Iterator[Evidence]:
    """The best sentence, and those as good that come from elsewhere or that the kind asks for."""
    best, *others = ranked
    yield best
    left = _MOST_QUOTES - 1
    wanted = question.kind in (Kind.LIST, Kind.SUMMARY, Kind.STATEMENT, Kind.REASON)
    least = _NEAR_BEST * support.selection_score(best)
    for evidence in others:
        near = support.selection_score(evidence) >= least
        near = near and support.probability(evidence, least) >= enough
        elsewhere = evidence.hit.passage.document != best.hit.passage.document
        if left and ((near and (wanted or elsewhere)) or _goes_on(question, best, evidence)):
            left -= 1
            yield evidence


def _goes_on(question: Question, best: Evidence, evidence: Evidence) -> bool:
    """Whether a sentence goes on with what somebody is quoted as saying."""
    close = evidence.hit.passage.id == best.hit.passage.id
    close = close and abs(evidence.number - best.number) <= REACH
    return close and question.kind is Kind.STATEMENT and bool(_SPEECH.search(evidence.text))


def _direct_answer(question: Question, evidence: Evidence) -> Value | None:
    """The short answer in a sentence, if the question has one and it is clear which."""
    if question.kind not in _LEADING_KINDS or not evidence.offered or not _fits(evidence):
        return None
    value = conflict.said_value(question, evidence)
    if value is None or question.kind not in (Kind.PERSON, Kind.PLACE, Kind.NAME):
        return value
    return value if _certain_name(question.kind, value, evidence.text) else None


def _fits(evidence: Evidence) -> bool:
    return bool(evidence.feature("value_fits") == 1.0 and evidence.feature("has_name") == 1.0)


def _certain_name(kind: Kind, value: Value, sentence: str) -> bool:
    """Whether a capitalised run is surely the name of such a thing."""
    if value.text.isupper() and len(value.text) > _LONGEST_ACRONYM:
        return False
    if kind is Kind.PLACE:
        return bool(_BEFORE_A_PLACE.search(sentence[: value.start]))
    return " " in value.text or value.text.startswith("@")


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
        writer.direct = without_markers(one_line(standing[0][0].value))
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
