"""A question with all that its answer depends on, and the answers that are remembered by it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from askdocs.types import EVERYTHING, Answer, Filter, History

if TYPE_CHECKING:
    from askdocs.assistant import Assistant

_KEPT = 256


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what came before it, and how it is to be answered.

    `None` stands for what the server is set to; `quoted` does without the language model.
    """

    question: str
    history: History = ()
    within: Filter = EVERYTHING
    k: int | None = None
    threshold: float | None = None
    quoted: bool = False

    def tune(self, assistant: Assistant) -> Assistant:
        """The assistant that answers it."""
        if self.k is None and self.threshold is None and not self.quoted:
            return assistant
        return assistant.tuned(k=self.k, threshold=self.threshold, quoted=self.quoted)


class Remembered:
    """The last quoted answers to questions that nothing came before.

    Such an answer depends on nothing but the question, how it was asked, the documents that whoever
    asked can see, and the revision of the index: it is found again by all of these together.
    """

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()

    def find(self, asked: Asked, visible: Filter, revision: int) -> Answer | None:
        """The answer, with how long it took to find as its only time; `None` if it is not known."""
        if asked.history:
            return None
        started, key = time.perf_counter(), _key(asked, visible, revision)
        with self._lock:
            answer = self._answers.get(key)
            if answer is None:
                return None
            self._answers.move_to_end(key)
        took = round(1000 * (time.perf_counter() - started), 1)
        return replace(answer, timings={"remembered_ms": took})

    def keep(self, asked: Asked, visible: Filter, revision: int, answer: Answer) -> None:
        """Remember an answer that was made from documents of `revision`."""
        if asked.history:
            return
        with self._lock:
            self._answers[_key(asked, visible, revision)] = answer
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)


def _key(asked: Asked, visible: Filter, revision: int) -> Hashable:
    question = " ".join(asked.question.split())
    return question, asked.k, asked.threshold, asked.quoted, visible, revision
