"""Asks gold questions over a folder of documents, one at a time, and scores each answer."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from askdocs import readers
from askdocs.assistant import Assistant
from askdocs.config import Config
from askdocs.embedding import open_embedder
from askdocs.errors import GoldError, ModelError, ReadError
from askdocs.evaluation.gold import GoldQuestion, check_evidence
from askdocs.evaluation.kept_answers import KeptAnswers
from askdocs.evaluation.row import Row, score_row
from askdocs.index import Index
from askdocs.readers.folder import files
from askdocs.readers.sandbox import Sandbox
from askdocs.types import Embedder, Passage

Progress: TypeAlias = Callable[[str, int, int], None]

_EXPORT = Path("index/model")
"""Where `askdocs index` leaves the exported embedding model; making another one takes long."""


class Asker:
    """Asks one question after the other. `texts` maps document ids to texts; `passages` are all
    those of the index; what is `kept` of an earlier run is not asked again.
    """

    def __init__(
        self,
        assistant: Assistant,
        texts: Mapping[str, str],
        passages: Sequence[Passage] = (),
        kept: KeptAnswers | None = None,
    ) -> None:
        self.assistant = assistant
        self.texts = texts
        self.passages = passages
        self._kept = kept
        self._is_warm = False

    def ask(self, question: GoldQuestion) -> Row:
        """The answer to a question, with its scores."""
        if self._kept and (known := self._kept.get(question)):
            return score_row(question, known[0], self.texts, known[1])
        if not self._is_warm:  # so that no question's time holds the loading
            self.assistant.index.retrieve(question.question)
            self._is_warm = True
        started = time.perf_counter()
        answer = self.assistant.ask(question.question, history=question.history)
        milliseconds = 1000 * (time.perf_counter() - started)
        if self._kept:
            self._kept.add(question, answer, milliseconds)
        return score_row(question, answer, self.texts, milliseconds)


@contextmanager
def asking(
    questions: Sequence[GoldQuestion],
    documents: Path,
    *,
    index: Path | None = None,
    config: Config | None = None,
    fresh: bool = False,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> Iterator[Asker]:
    """What asks questions over a folder, which is indexed in `index` or in a temporary place.

    Raises `GoldError` for evidence that does not stand there, before anything is indexed, and
    whatever indexing raises.
    """
    check_evidence(questions, _texts_in_folder(questions, documents))
    config = config or Config.from_environment()
    with _index_of(documents, index, config, embedder, progress) as opened:
        texts = {info.id: opened.document(info.id).text for info in opened.documents()}
        assistant = Assistant(opened, model=opened.config.language_model or None)
        passages = opened.store.passages([int(n) for n in opened.store.vectors()[0]])
        kept = KeptAnswers(index, assistant, passages, fresh=fresh) if index else None
        yield Asker(assistant, texts, passages, kept)


def _texts_in_folder(questions: Sequence[GoldQuestion], folder: Path) -> dict[str, str]:
    """The text of the documents that the questions name and that the folder has."""
    named = {evidence.document for question in questions for evidence in question.evidence}
    texts: dict[str, str] = {}
    listing = files(folder)
    with Sandbox() as sandbox:
        for identifier, path in listing.files:
            if identifier in named:
                try:
                    data = readers.load(path, root=listing.root)
                    texts[identifier] = sandbox.extract(path.name, data).text
                except ReadError as error:
                    raise GoldError(f"{path}, which the gold file quotes, {error}") from error
    return texts


@contextmanager
def _index_of(
    documents: Path,
    path: Path | None,
    config: Config,
    embedder: Embedder | None,
    progress: Progress | None,
) -> Iterator[Index]:
    with tempfile.TemporaryDirectory(prefix="askdocs-eval-") as temporary:
        folder = path or Path(temporary) / "index"
        if embedder is None and path is None:
            embedder = _ready_embedder(config.model)
        with Index.build(
            documents, folder, config=config, embedder=embedder, progress=progress
        ) as index:
            yield index


def _ready_embedder(model: str) -> Embedder | None:
    try:
        embedder = open_embedder(_EXPORT)
    except ModelError:
        return None
    return embedder if embedder.name == model else None
