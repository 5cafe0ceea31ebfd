"""Question -> answer in three hops: resolve the follow-up, retrieve, write the answer."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace

from askdocs.answering import extractive
from askdocs.answering.questions import analyse
from askdocs.config import Config
from askdocs.errors import QuestionError
from askdocs.index import Index
from askdocs.retrieval import leans_on_history, resolve_follow_up
from askdocs.types import Answer, Citation, History, Hit, LanguageModel


class Assistant:
    """Answers questions about the documents of an index."""

    def __init__(
        self,
        index: Index,
        *,
        model: str | LanguageModel | None = None,
        config: Config | None = None,
    ) -> None:
        self.index = index
        self.config = config or index.config

    def ask(self, question: str, *, history: History = ()) -> Answer:
        """The answer to a question; `history` are the earlier turns, oldest first.

        Raises `QuestionError` for a question that is empty or too long.
        """
        question = check_question(question, self.config.question_limit)
        started = time.perf_counter()
        query = resolve_follow_up(question, history)
        hits = self.index.retrieve(question, k=max(self.config.k, 8), history=history)
        retrieved = time.perf_counter()
        answer = self._quote(question, hits, history)
        finished = time.perf_counter()
        timings = {
            "retrieve_ms": round(1000 * (retrieved - started), 1),
            "answer_ms": round(1000 * (finished - retrieved), 1),
        }
        return replace(
            answer,
            query=query,
            timings=timings,
            hits=tuple(hits[: self.config.k]),
            citations=tuple(self._placed(citation) for citation in answer.citations),
        )

    def stream(self, question: str, *, history: History = ()) -> Iterator[Answer]:
        """Answers to a question whose text grows; the last is complete."""
        answer = self.ask(question, history=history)
        lines = answer.text.split("\n")
        for number in range(1, len(lines)):
            yield replace(answer, text="\n".join(lines[:number]), citations=(), conflicts=())
        yield answer

    def _quote(self, question: str, hits: list[Hit], history: History) -> Answer:
        earlier = [turn.question if isinstance(turn, Answer) else turn for turn in history]
        parsed = analyse(question, earlier if leans_on_history(question) else ())
        return extractive.answer(
            parsed,
            hits,
            vectors=self.index.embedder.encode_words,
            weight=self._term_weight,
            threshold=self.config.threshold,
        )

    def _term_weight(self, word: str) -> float:
        """How much a word says: about 1, less for one that many passages hold."""
        total = self.index.store.passage_count()
        frequency = self.index.store.document_frequency(word)
        return 0.3 + math.log((total + 1) / (frequency + 0.5)) / math.log(total + 2)

    def _placed(self, citation: Citation) -> Citation:
        """The citation with its page, if the document has pages."""
        page = self.index.document(citation.document).anchor(citation.start, "page")
        return replace(citation, page=page)


def check_question(question: str, limit: int) -> str:
    """The question without blanks around it. Raises `QuestionError` if it cannot be asked."""
    question = " ".join(question.split())
    if not question:
        raise QuestionError("the question is empty; type one, such as: How many were detained?")
    if len(question) > limit:
        raise QuestionError(
            f"the question has {len(question):,} characters and {limit:,} are the most; shorten it"
        )
    return question
