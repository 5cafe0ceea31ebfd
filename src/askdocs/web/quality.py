"""The evaluations of the served index: those that are kept, and the one that may be running."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from askdocs.errors import AskdocsError, DocumentNotFound
from askdocs.evaluation.gold import check_evidence, read_gold
from askdocs.web.problems import note_unexpected

if TYPE_CHECKING:
    from askdocs.assistant import Assistant
    from askdocs.evaluation.result import Result
    from askdocs.index import Index
    from askdocs.store_evaluations import EvaluationInfo


@dataclass(frozen=True, slots=True)
class GoldSet:
    """A gold file that can be run, and how many questions it had when the server started."""

    path: Path
    questions: int

    @property
    def name(self) -> str:
        """What it is called on the page, and where its results are kept."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, or how the last one ended: kept, stopped, or with what failed."""

    gold: str = ""
    done: int = 0
    total: int = 0
    running: bool = False
    stopped: bool = False
    failed: str = ""
    kept: int = 0
    """The number of the evaluation, once it is kept."""


class Quality:
    """What the quality page works with. Raises `GoldError` for a gold file that is not one."""

    def __init__(self, index: Index, assistant: Assistant, gold: Sequence[Path] = ()) -> None:
        self.index = index
        self.assistant = assistant
        self.gold = tuple(GoldSet(path, len(read_gold(path))) for path in gold)
        self._progress = Progress()
        self._changing = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def progress(self) -> Progress:
        """How far the run is."""
        return self._progress

    @property
    def model(self) -> str:
        """The language model that answers; empty where answers are quoted."""
        return self.assistant.model_name

    def evaluations(self) -> list[EvaluationInfo]:
        """What is kept, newest first."""
        return self.index.store.evaluations()

    def evaluation(self, number: int) -> dict[str, Any]:
        """A kept result. Raises `EvaluationNotFound`."""
        return self.index.store.evaluation(number)

    def start(self, place: int) -> bool:
        """Begin to ask the questions of a gold set; `False` if a run is under way already."""
        with self._changing:
            if self._progress.running:
                return False
            chosen = self.gold[place]
            self._stop.clear()
            self._progress = Progress(chosen.name, total=chosen.questions, running=True)
            self._thread = threading.Thread(
                target=self._run, args=(chosen.path,), name="quality", daemon=True
            )
            self._thread.start()
            return True

    def stop(self) -> None:
        """End the run after the question that is being asked; nothing of it is kept."""
        self._stop.set()

    def close(self) -> None:
        """Stop, and wait until the index is left alone."""
        self.stop()
        if self._thread is not None:
            self._thread.join()

    def _run(self, gold: Path) -> None:
        ended: dict[str, Any] = {}
        try:
            if result := self._ask_all(gold):
                from askdocs.evaluation.record import record

                kept = self.index.store.add_evaluation(gold.name, record(result))
                ended = {"kept": kept}
            else:
                ended = {"stopped": True}
        except AskdocsError as error:
            ended = {"failed": str(error)}
        except Exception as error:  # the boundary of the thread: the page says so
            note_unexpected(error)
            ended = {"failed": "the server's log has the details; check with: askdocs check"}
        finally:
            self._progress = replace(self._progress, running=False, **ended)

    def _ask_all(self, gold: Path) -> Result | None:
        """The result of all questions; `None` if it was stopped."""
        # These need numpy and the readers, which a page without evaluations does not.
        from askdocs.evaluation.result import Judged, Result
        from askdocs.evaluation.run import ask_all, settings

        questions = read_gold(gold)
        texts = Texts(self.index)
        check_evidence(questions, texts)
        self._progress = replace(self._progress, total=len(questions))
        rows = []
        for row in ask_all(questions, self.assistant, texts):
            rows.append(row)
            self._progress = replace(self._progress, done=len(rows))
            if self._stop.is_set():
                return None
        judged = Judged(skipped="not scored when run from the page")
        return Result(gold.name, "", settings(self.assistant), tuple(rows), judged)


class Texts(Mapping[str, str]):
    """The texts of an index by the ids of its documents, each read when it is wanted."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._read: dict[str, str] = {}

    def __getitem__(self, identifier: str) -> str:
        if identifier not in self._read:
            try:
                self._read[identifier] = self._index.document(identifier).text
            except DocumentNotFound as error:
                raise KeyError(identifier) from error
        return self._read[identifier]

    def __iter__(self) -> Iterator[str]:
        return (info.id for info in self._index.documents())

    def __len__(self) -> int:
        return len(self._index.documents())
