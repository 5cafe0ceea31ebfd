"""Runs an evaluation: index the documents, ask every gold question, score the answers."""

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
from askdocs.evaluation.gold import GoldQuestion, check_evidence, read_gold
from askdocs.evaluation.judge import judge
from askdocs.evaluation.kept_answers import KeptAnswers
from askdocs.evaluation.record import record
from askdocs.evaluation.result import Judged, Result
from askdocs.evaluation.row import Row, score_row
from askdocs.index import Index
from askdocs.readers.folder import files
from askdocs.readers.sandbox import Sandbox
from askdocs.types import Embedder

Progress: TypeAlias = Callable[[str, int, int], None]


_EXPORT = Path("index/model")
"""Where `askdocs index` leaves the exported embedding model; making another one takes long."""


def evaluate(
    gold: Path,
    documents: Path,
    *,
    index: Path | None = None,
    config: Config | None = None,
    split: str = "",
    ragas: bool = True,
    fresh: bool = False,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> Result:
    """Ask the questions of a gold file over a folder of documents and score what is answered.

    The documents are indexed in a temporary folder, or in `index`, where only what changed is read
    again; there the answers are kept, so that a run that was cut goes on, and the result, too. With
    `fresh` every question is asked anew. `config.language_model` answers if it is set. Raises
    `GoldError` for a gold file that is not one, before anything is indexed, and whatever indexing
    raises.
    """
    questions = read_gold(gold, split=split)
    check_evidence(questions, _texts_in_folder(questions, documents))
    config = config or Config.from_environment()
    with _index_of(documents, index, config, embedder, progress) as opened:
        texts = {info.id: opened.document(info.id).text for info in opened.documents()}
        assistant = Assistant(opened, model=opened.config.language_model or None)
        passages = opened.store.passages([int(n) for n in opened.store.vectors()[0]])
        kept = KeptAnswers(index, assistant, passages, fresh=fresh) if index else None
        rows = tuple(_told(ask_all(questions, assistant, texts, kept), len(questions), progress))
        judged = Judged(skipped="left out by --no-ragas")
        if ragas:
            if progress:
                progress("scoring with ragas", 0, 1)
            judged = judge(rows, texts=texts, passages=passages, embedder=opened.embedder)
        # Names and not paths: a result does not depend on where the files lie.
        name = documents.resolve().name
        result = Result(gold.name, name, settings(assistant, split), rows, judged)
        if index:  # whoever gives one has the page show how it does, run after run
            opened.store.add_evaluation(gold.name, record(result))
    return result


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


def ask_all(
    questions: Sequence[GoldQuestion],
    assistant: Assistant,
    texts: Mapping[str, str],
    kept: KeptAnswers | None = None,
) -> Iterator[Row]:
    """Ask the questions one by one and score each answer; `texts` maps document ids to texts.

    What is `kept` of an earlier run is not asked again.
    """
    is_warm = False
    for question in questions:
        if known := kept and kept.get(question):
            yield score_row(question, known[0], texts, known[1])
            continue
        if not is_warm:  # so that no question's time holds the loading
            assistant.index.retrieve(question.question)
            is_warm = True
        started = time.perf_counter()
        answer = assistant.ask(question.question, history=question.history)
        milliseconds = 1000 * (time.perf_counter() - started)
        if kept:
            kept.add(question, answer, milliseconds)
        yield score_row(question, answer, texts, milliseconds)


def _told(rows: Iterator[Row], total: int, progress: Progress | None) -> Iterator[Row]:
    for done, row in enumerate(rows, start=1):
        yield row
        if progress:
            progress("asking", done, total)


def settings(assistant: Assistant, split: str = "") -> dict[str, object]:
    """With what the questions were asked."""
    index, config = assistant.index, assistant.config
    return {
        "split": split or "all",
        "documents": len(index.documents()),
        "passages": index.store.passage_count(),
        "model": config.model,
        "language_model": assistant.model_name or "none",
        "k": config.k,
        "threshold": config.threshold,
    }
