"""Question -> answer in three hops: resolve the follow-up, retrieve, write the answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from askdocs.answering import conversation, extractive, generative
from askdocs.answering.language_models import load_language_model
from askdocs.answering.lexicon import lexicon_for
from askdocs.answering.questions import analyse
from askdocs.answering.summary import summarise
from askdocs.answering.summary_request import requested
from askdocs.config import Config
from askdocs.errors import LanguageModelError
from askdocs.index import Index
from askdocs.index_opening import require_question
from askdocs.retrieval_query import leans_on, leans_on_history, resolve_follow_up
from askdocs.stopping import present
from askdocs.types import (
    EVERYTHING,
    Answer,
    Citation,
    Conflict,
    Document,
    Filter,
    History,
    Hit,
    LanguageModel,
)

_LOOKED_AT = 8
"""Passages read for an answer, though fewer may be shown: the value may stand in the next one."""


class Assistant:
    """Answers questions about the documents of an index.

    Without a language model answers are quoted. `model` is a name such as `ollama:llama3.2`, or an
    object; it is loaded when the first question is asked.
    """

    def __init__(
        self,
        index: Index,
        *,
        model: str | LanguageModel | None = None,
        config: Config | None = None,
    ) -> None:
        self.index = index
        self.config = config or index.config
        self._model = model or self.config.language_model or None

    def tuned(
        self, *, k: int | None = None, threshold: float | None = None, quoted: bool = False
    ) -> Assistant:
        """An assistant with other settings for one reader; `None` keeps what is set here.

        With `quoted` it answers without the language model.
        """
        config = replace(
            self.config,
            k=self.config.k if k is None else k,
            threshold=self.config.threshold if threshold is None else threshold,
            language_model="" if quoted else self.config.language_model,
        )
        model = None if quoted else self._language_model()
        return Assistant(self.index, model=model, config=config)

    @property
    def generates(self) -> bool:
        """Whether a language model writes the answers."""
        return self._model is not None

    @property
    def model_name(self) -> str:
        """The name of that language model; empty where answers are quoted."""
        return getattr(self._model, "name", None) or str(self._model or "")

    def ask(self, question: str, *, history: History = (), within: Filter = EVERYTHING) -> Answer:
        """The answer to a question; `history` are the earlier turns, oldest first.

        Only the documents that `within` admits are asked. Raises `QuestionError` for a question
        that is empty or too long and for a filter that names what is not there,
        `LanguageModelError` for a name that is no language model's.
        """
        *_, answer = self._answers(question, history, within)
        return answer

    def stream(
        self, question: str, *, history: History = (), within: Filter = EVERYTHING
    ) -> Iterator[Answer]:
        """Answers to a question whose text grows; the last is complete. Raises like `ask`."""
        if self._model is not None:
            yield from self._answers(question, history, within)
            return
        answer = self.ask(question, history=history, within=within)
        lines = answer.text.split("\n")
        for number in range(1, len(lines)):
            yield replace(answer, text="\n".join(lines[:number]), citations=(), conflicts=())
        yield answer

    def _answers(self, question: str, history: History, within: Filter) -> Iterator[Answer]:
        question = " ".join(question.split())
        require_question(question, self.config.k, self.config.question_limit)
        if said := conversation.reply(question):
            yield said
            return
        started = time.perf_counter()
        model = self._language_model()
        meant, turns = conversation.meant(question, history)
        request = requested(meant, turns)
        summary = summarise(request, self.index, within=within) if request else None
        query = meant if summary else self._query(meant, turns, model)
        hits = summary.hits if summary else self._hits(meant, query, turns, within)
        present().require()
        retrieved = time.perf_counter()
        read: dict[str, Document] = {}

        def quote() -> Answer:
            return summary.answer(meant) if summary else self._quoted(meant, hits, turns)

        if model is None:
            answers = iter([quote()])
        else:
            answers = self._generated(meant, query, hits, model, quote)
        for answer in answers:
            timings = {
                "retrieve_ms": round(1000 * (retrieved - started), 1),
                "answer_ms": round(1000 * (time.perf_counter() - retrieved), 1),
            }
            yield replace(
                answer,
                question=question,
                query=query,
                timings=timings,
                hits=tuple(hits[: self.config.k]),
                citations=tuple(self._placed(citation, read) for citation in answer.citations),
                conflicts=tuple(_dated(each, answer, read) for each in answer.conflicts),
            )

    def _language_model(self) -> LanguageModel | None:
        if isinstance(self._model, str):
            self._model = load_language_model(self._model)
        return self._model

    def _query(self, question: str, history: History, model: LanguageModel | None) -> str:
        if model is None or not history or not leans_on_history(question):
            query = resolve_follow_up(question, history)
        else:
            query = generative.rewrite_follow_up(question, history, model)
        return query if len(query) <= self.config.question_limit else question

    def _hits(self, question: str, query: str, history: History, within: Filter) -> list[Hit]:
        """The passages for a question; where a model made it stand alone, for its rewrite."""
        k = max(self.config.k, _LOOKED_AT)
        if query == resolve_follow_up(question, history):
            hits = self.index.retrieve(question, k=k, history=history, within=within)
        else:
            hits = self.index.retrieve(query, k=k, within=within)
        return conversation.not_yet_said(question, hits, history)

    def _quoted(self, question: str, hits: list[Hit], history: History) -> Answer:
        parsed = analyse(question, leans_on(question, history))
        lexicon = lexicon_for(hits, self.index.store, self.index.embedder)
        return extractive.answer(parsed, hits, lexicon, threshold=self.config.threshold)

    def _generated(
        self,
        question: str,
        query: str,
        hits: list[Hit],
        model: LanguageModel,
        quote: Callable[[], Answer],
    ) -> Iterator[Answer]:
        """The model's answer as it grows; the quoted one, and why, if the model fails."""
        try:
            yield from generative.generate(question, query, hits[: self.config.k], model)
        except LanguageModelError as error:
            quoted = quote()
            parts = [str(error), quoted.text]
            if quoted.refused:
                parts.reverse()  # a refusal begins with the sentence that refuses
            yield replace(quoted, text="\n\n".join(parts))

    def _placed(self, citation: Citation, read: dict[str, Document]) -> Citation:
        """The citation with where it stands; `read` holds the documents read so far."""
        if citation.document not in read:
            read[citation.document] = self.index.document(citation.document)
        document, start = read[citation.document], citation.start
        return replace(citation, page=document.anchor(start, "page"), place=document.place(start))


def _dated(conflict: Conflict, answer: Answer, read: Mapping[str, Document]) -> Conflict:
    """The conflict with the latest date of the documents that give each claim."""
    documents = {citation.number: citation.document for citation in answer.citations}
    claims = []
    for claim in conflict.claims:
        dates = [read[documents[number]].date for number in claim.citations]
        claims.append(replace(claim, date=max(filter(None, dates), default=None)))
    return replace(conflict, claims=tuple(claims))
