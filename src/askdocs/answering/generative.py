"""An answer in a language model's words, each sentence checked against the passages."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace

from askdocs.answering.grounding import Grounding, find_support, runs
from askdocs.answering.model_errors import PromptTooLong
from askdocs.answering.prompts import (
    REFUSAL,
    REWRITE_SYSTEM,
    SYSTEM,
    question_prompt,
    repeats_instructions,
    rewrite_prompt,
)
from askdocs.answering.statements import (
    Statement,
    clean,
    segments,
    settled,
    statement,
    without_citations,
)
from askdocs.errors import LanguageModelError
from askdocs.language import content_words, stem
from askdocs.retrieval_query import resolve_follow_up
from askdocs.stopping import present
from askdocs.types import Answer, Citation, History, Hit, LanguageModel

NOT_SUPPORTED = " (not supported by the documents)"
"""Stands after a sentence of the model for which no passage has the words."""
LONGEST_QUESTION = 400
_ENOUGH_TAIL = 12


class Unsupported(LanguageModelError):
    """Nothing the language model said is in the documents; the quoted answer takes its place."""


def generate(
    question: str, query: str, hits: Sequence[Hit], model: LanguageModel
) -> Iterator[Answer]:
    """Answers whose text grows as the model writes; the last one is complete.

    A sentence is checked when it ends: its citations become verbatim ones, numbered by first
    mention; without support it is kept and marked. `support` is the share of sentences that have
    it. While the model is silent the same answer comes again, so that the caller may stop. Pages
    are not filled in: a passage does not know them.

    When all passages are more than the model can read, it is asked with the best of them, and the
    answer ends by saying so.

    Raises `LanguageModelError` when the model fails before a supported sentence, `Unsupported` when
    none of its sentences has support.
    """
    if not hits:
        yield _refusal(question, query, hits)
        return
    read = len(hits)
    while True:
        try:
            yield from _written(
                _Draft(question, query, hits[:read], left_out=len(hits) - read), model
            )
            return
        except PromptTooLong:
            if read == 1:
                raise
        read = read * 2 // 3  # One by one would ask often; half might leave out twice too many.


def _written(draft: _Draft, model: LanguageModel) -> Iterator[Answer]:
    """The draft as the model writes it; the last one is complete. Raises like `generate`."""
    reply = ""
    try:
        for piece in _said(model, SYSTEM, question_prompt(draft.question, draft.query, draft.hits)):
            reply += piece
            yield draft.grow(settled(clean(reply)))
    except LanguageModelError as error:
        if not draft.supported:
            raise
        yield draft.finish(cut_off=str(error))
        return
    draft.grow(clean(reply), complete=True)
    yield draft.finish()


def _said(model: LanguageModel, system: str, prompt: str) -> Iterator[str]:
    """The pieces of a reply, until nobody wants it any more; the model is let go at once then."""
    pieces = model.stream(system, prompt)
    try:
        for piece in pieces:
            present().require()
            yield piece
    finally:
        if isinstance(pieces, Generator):
            pieces.close()


def verify(reply: str, question: str, query: str, hits: Sequence[Hit]) -> Answer:
    """The answer that a whole reply makes. Raises `Unsupported`.

    >>> from askdocs.types import Passage
    >>> hit = Hit(Passage("a.txt", 0, 15, "Two cats slept.", "", ((0, 15),)), 1.0)
    >>> print(verify("Two cats slept [7]. Nine dogs barked [1].", "Who slept?", "", [hit]).text)
    Two cats slept [1]. Nine dogs barked. (not supported by the documents)
    <BLANKLINE>
    1 of 2 statements are in the documents.
    """
    draft = _Draft(question, query, hits)
    draft.grow(clean(reply), complete=True)
    return draft.finish()


def rewrite_follow_up(question: str, history: History, model: LanguageModel) -> str:
    """`question` in words that need no history, by the model; its plain rewrite where that fails.

    A rewrite that brings in words of its own is not trusted.
    """
    if not history:
        return question
    reply = ""
    try:
        for piece in _said(model, REWRITE_SYSTEM, rewrite_prompt(question, history)):
            reply += piece
            if len(clean(reply)) > LONGEST_QUESTION:
                break
    except LanguageModelError:
        return resolve_follow_up(question, history)
    lines = clean(reply).strip().splitlines() or [""]
    rewritten = lines[0].removeprefix("Rewritten question:").strip().strip('"“”')
    if _is_faithful(rewritten, question, history):
        return rewritten
    return resolve_follow_up(question, history)


@dataclass(slots=True)
class _Draft:
    """The answer so far: the sentences that have ended, checked, and the one being written."""

    question: str
    query: str
    hits: Sequence[Hit]
    left_out: int = 0
    text: str = ""
    tail: str = ""
    seen: str = ""
    claims: int = 0
    supported: int = 0
    refusals: int = 0
    heard: set[str] = field(default_factory=set)
    citations: dict[tuple[str, int, int], Citation] = field(default_factory=dict)

    def grow(self, reply: str, *, complete: bool = False) -> Answer:
        """Check the sentences of `reply` that have ended since the last time."""
        if not reply.startswith(self.seen):
            # What came later changed how the beginning reads: a thought or a link was closed.
            self._forget()
        pending = segments(reply[len(self.seen) :])
        # The splitter needs to see how the next sentence begins to be sure of the end of one.
        ready = len(pending) if complete else len(pending) - 1
        if not complete and pending and len(pending[-1]) < _ENOUGH_TAIL:
            ready -= 1
        for segment in pending[: max(0, ready)]:
            self.seen += segment
            self._add(statement(segment))
        tail = without_citations(reply[len(self.seen) :])
        self.tail = "" if repeats_instructions(statement(tail).text, SYSTEM) else tail
        return self._answer(self.text + self.tail)

    def finish(self, *, cut_off: str = "") -> Answer:
        """The complete answer. Raises `Unsupported`."""
        if not self.supported:
            if self.refusals:
                refusal = _refusal(self.question, self.query, self.hits)
                return replace(refusal, text=refusal.text + self._left_out())
            raise Unsupported("the language model said nothing that is in the documents")
        text = self.text.rstrip()
        if self.supported < self.claims:
            text += f"\n\n{self.supported} of {self.claims} statements are in the documents."
        if cut_off:
            text += f"\n\nThe answer ends here: {cut_off}."
        return self._answer(text + self._left_out())

    def _left_out(self) -> str:
        """What is said of passages that the model was not shown."""
        if not self.left_out:
            return ""
        read = len(self.hits)
        return f"\n\nThe language model could read only {read} of {read + self.left_out} passages."

    def _answer(self, text: str) -> Answer:
        return Answer(
            question=self.question,
            text=text,
            query=self.query,
            support=self.supported / self.claims if self.claims else 0.0,
            mode="generative",
            citations=tuple(self.citations.values()),
            hits=tuple(self.hits),
        )

    def _forget(self) -> None:
        self.text = self.seen = ""
        self.claims = self.supported = self.refusals = 0
        self.citations = {}
        self.heard = set()

    def _add(self, said: Statement) -> None:
        if not said.text:
            self.text += said.lead
            return
        if said.text in self.heard:
            return  # A model that has lost its thread says the same again and again.
        self.heard.add(said.text)
        self.refusals += said.is_refusal
        if said.is_neutral:
            self.text += said.lead + said.text
            return
        groundings = self._support(said)
        if not groundings and repeats_instructions(said.text, SYSTEM):
            return  # What it was told is no answer, though a document may order to repeat it.
        self.claims += 1
        self.supported += bool(groundings)
        if groundings:
            numbers = [n for grounding in groundings for n in self._cite(grounding)]
            self.text += said.lead + _with_markers(said.text, list(dict.fromkeys(numbers)))
        else:
            self.text += said.lead + said.text + NOT_SUPPORTED

    def _support(self, said: Statement) -> list[Grounding]:
        passages = [hit.passage for hit in self.hits]
        cited = [passages[number - 1] for number in said.cited if 0 < number <= len(passages)]
        others = [passage for passage in passages if passage not in cited]
        asked = f"{self.question} {self.query}"
        return find_support(said.text, cited, others, question=asked)

    def _cite(self, grounding: Grounding) -> list[int]:
        """The numbers of the citations for `grounding`, made when they are new."""
        numbers = []
        passage = grounding.passage
        for start, end in runs(grounding.spans, passage):
            key = (passage.document, start, end)
            if key not in self.citations:
                number = len(self.citations) + 1
                quote = passage.slice((start, end))
                self.citations[key] = Citation(number, *key, quote, score=grounding.coverage)
            numbers.append(self.citations[key].number)
        return numbers


def _refusal(question: str, query: str, hits: Sequence[Hit]) -> Answer:
    return Answer(question, REFUSAL, query, refused=True, mode="generative", hits=tuple(hits))


def _with_markers(text: str, numbers: Sequence[int]) -> str:
    """The markers before the full stop."""
    markers = " " + "".join(f"[{number}]" for number in numbers)
    end = len(text.rstrip(".!?"))
    return text[:end].rstrip() + markers + text[end:]


def _is_faithful(rewritten: str, question: str, history: History) -> bool:
    if not rewritten or len(rewritten) > LONGEST_QUESTION:
        return False
    turns = [turn if isinstance(turn, str) else f"{turn.question} {turn.text}" for turn in history]
    known = {stem(word) for word in content_words(" ".join([question, *turns]))}
    new = {stem(word) for word in content_words(rewritten)}
    kept = {stem(word) for word in content_words(question)}
    return new <= known and (not kept or bool(new & kept))
