"""Looks for what is wrong with a gold file: quotes that are gone, answers given away, and so on."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from askdocs.answering.evidence import offers
from askdocs.answering.questions import Kind, analyse
from askdocs.errors import GoldError
from askdocs.evaluation.drafting.choice import Corpus, alike, terms
from askdocs.evaluation.drafting.clauses import points_elsewhere
from askdocs.evaluation.drafting.sentences import every_sentence
from askdocs.evaluation.drafting.types import Sentence
from askdocs.evaluation.gold import GoldQuestion, as_question, find_quote
from askdocs.evaluation.gold_documents import find_in
from askdocs.evaluation.metrics import holds
from askdocs.types import Document

_NEARLY = 0.8
_SPEAKS_OF_IT = 0.9
_NEAR_QUOTE = 0.3
_SHOWN = 160
_VALUES = frozenset({Kind.NUMBER, Kind.DATE, Kind.DURATION, Kind.PERSON, Kind.PLACE})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a row; `code` names the kind of it for programs."""

    place: str
    level: Literal["error", "warning"]
    code: str
    value: str
    reason: str

    def __str__(self) -> str:
        shown = json.dumps(self.value, ensure_ascii=False)
        shown = shown if len(shown) <= 80 else f'{shown[:76]}..."'
        return f"{self.place}: {self.level}: {shown}: {self.reason}"


def check_gold(
    rows: Sequence[tuple[str, Mapping[str, Any]]], documents: Mapping[str, Document]
) -> list[Finding]:
    """What is wrong with the rows of a gold file, in their order; drafts as far as they are filled.

    An error is a row that cannot be asked, or not scored; a warning is one that somebody should
    look at.
    """
    checker = _Checker(documents)
    found: list[Finding] = []
    asked: list[GoldQuestion] = []
    for place, row in rows:
        try:
            question = as_question(row, place)
        except GoldError as error:
            if not row.get("draft"):
                found.append(_invalid(str(error), place, row))
            continue
        found += checker.check(question)
        found += _repeats(question, asked)
        asked.append(question)
    return found


def check_question(question: GoldQuestion, texts: Mapping[str, str]) -> list[Finding]:
    """What is wrong with a question by itself and with its quotes."""
    found = list(_without_subject(question)) + list(_leaks(question)) + list(_unfounded(question))
    for evidence in question.evidence:
        if not find_quote(texts.get(evidence.document, ""), evidence.quote):
            told = f"is not in {evidence.document}; copy the quote from the document"
            found.append(Finding(question.place, "error", "quote_gone", evidence.quote, told))
    return found


class _Checker:
    """The checks that need the documents."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents
        self._texts = {identifier: one.text for identifier, one in documents.items()}

    @cached_property
    def _corpus(self) -> Corpus:
        return Corpus(list(every_sentence(self._documents)))

    def check(self, question: GoldQuestion) -> Iterator[Finding]:
        yield from self._quotes(question)
        yield from _leaks(question)
        yield from _without_subject(question)
        yield from _unfounded(question)
        if question.answerable:
            yield from self._rivals(question)
        else:
            yield from self._answered(question)

    def _quotes(self, question: GoldQuestion) -> Iterator[Finding]:
        for evidence in question.evidence:
            text = self._texts.get(evidence.document)
            places = find_quote(text, evidence.quote) if text is not None else []
            if not places:
                named = evidence.document if text is None else evidence.quote
                reason = (
                    f"is not in {evidence.document}" if text is not None else "no such document"
                )
                told = f"{reason}; {self._instead(evidence.document, evidence.quote)}"
                yield Finding(question.place, "error", "quote_gone", named, told)
            elif len(places) > 1:
                told = f"stands {len(places)} times in {evidence.document}; quote more words"
                yield Finding(question.place, "warning", "quote_ambiguous", evidence.quote, told)

    def _instead(self, document: str, quote: str) -> str:
        """What may be quoted in place of a quote that is gone."""
        found = find_in(self._texts, quote, document)
        if found:
            return f"{found[0]} has it as {_quoted(found[1])}"
        nearest = max(
            self._corpus.speaking_of(terms(quote)),
            key=lambda pair: (round(pair[0], 2), pair[1].document == document),
            default=None,
        )
        if nearest is None or nearest[0] < _NEAR_QUOTE:
            return "nothing like it is left; correct or remove the row"
        return f"nearest is {_quoted(nearest[1].quote)} in {nearest[1].document}"

    def _rivals(self, question: GoldQuestion) -> Iterator[Finding]:
        """Another sentence speaks of all that is asked, and has another value."""
        kind = analyse(question.question, question.history).kind
        if question.claims or question.history or kind not in _VALUES:
            return
        asked = terms(question.question)
        shares = list(self._corpus.speaking_of(asked))
        own = max((share for share, one in shares if _is_evidence(question, one)), default=1.0)
        for share, one in sorted(shares, key=lambda pair: -pair[0]):
            rival = share >= max(own, _NEARLY) and not _is_evidence(question, one)
            if rival and offers(kind, one.text) and not _answers(question, one):
                where = f"{one.document}: {_quoted(one.text)}"
                told = f"may be answered otherwise in {where}; ask more exactly"
                yield Finding(question.place, "warning", "value_ambiguous", question.question, told)
                return

    def _answered(self, question: GoldQuestion) -> Iterator[Finding]:
        """A sentence speaks of all that is asked, and has a value of the kind asked for."""
        kind = analyse(question.question, question.history).kind
        asked = terms(question.question)
        if question.history or len(asked) < 2:
            return
        for share, one in self._corpus.speaking_of(asked):
            if share >= _SPEAKS_OF_IT and (kind not in _VALUES or offers(kind, one.text)):
                told = f"seems to be answered in {one.document}: {_quoted(one.text)}; look there"
                yield Finding(question.place, "warning", "answer_exists", question.question, told)
                return


def _invalid(message: str, place: str, row: Mapping[str, Any]) -> Finding:
    reason = message.removeprefix(f"{place}: ")
    return Finding(place, "error", "row_invalid", str(row.get("id", "")), reason)


def _repeats(question: GoldQuestion, before: Collection[GoldQuestion]) -> Iterator[Finding]:
    """An id that stands twice, and a question that is asked twice, or nearly."""
    wanted = terms(question.question)
    for other in before:
        if other.id == question.id:
            told = f"this id stands already at {other.place}; give another"
            yield Finding(question.place, "error", "id_repeated", question.id, told)
        if other.history != question.history:
            continue
        if other.question.casefold().split() == question.question.casefold().split():
            told = f"is asked already at {other.place}; remove one of them"
            yield Finding(question.place, "error", "question_repeated", question.question, told)
        elif alike(wanted, terms(other.question)) > _NEARLY:
            told = f"is nearly {_quoted(other.question)} at {other.place}; keep one of them"
            yield Finding(question.place, "warning", "question_similar", question.question, told)


def _leaks(question: GoldQuestion) -> Iterator[Finding]:
    for group in question.all_of:
        given = [value for value in group if holds(question.question, value)]
        if given:
            told = "the question gives this part of the answer away; ask otherwise"
            yield Finding(question.place, "warning", "answer_given", given[0], told)


def _without_subject(question: GoldQuestion) -> Iterator[Finding]:
    """A question that only a conversation before it could explain, and there is none."""
    if question.history:
        return
    asked = analyse(question.question)
    pointing = points_elsewhere(_there(question.question), own=bool(asked.names))
    if not asked.terms or (pointing and len(asked.terms) <= 1):
        told = "does not say what it asks about; name it, or give the history"
        yield Finding(question.place, "warning", "no_subject", question.question, told)


def _there(question: str) -> str:
    return question.replace(" there", "").replace("There ", "")


def _unfounded(question: GoldQuestion) -> Iterator[Finding]:
    quotes = [evidence.quote for evidence in question.evidence]
    for group in question.all_of:
        if not any(holds(quote, value) for value in group for quote in quotes):
            told = "no quote of the row has this or another of its group; quote where it stands"
            yield Finding(question.place, "warning", "answer_unfounded", group[0], told)


def _is_evidence(question: GoldQuestion, sentence: Sentence) -> bool:
    return any(
        evidence.document == sentence.document
        and (evidence.quote in sentence.quote or sentence.quote in evidence.quote)
        for evidence in question.evidence
    )


def _answers(question: GoldQuestion, sentence: Sentence) -> bool:
    return any(holds(sentence.text, value) for group in question.all_of for value in group)


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= _SHOWN else line[: _SHOWN - 1] + '…'}”"
