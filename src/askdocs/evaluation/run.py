"""Runs an evaluation: index the documents, ask every gold question, score the answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from askdocs.answering.language_models import load_language_model
from askdocs.assistant import Assistant
from askdocs.config import Config
from askdocs.evaluation.asking import Asker, Progress, asking
from askdocs.evaluation.gold import GoldQuestion, read_gold
from askdocs.evaluation.judge import judge
from askdocs.evaluation.record import record
from askdocs.evaluation.result import Judged, Result
from askdocs.evaluation.row import Row
from askdocs.types import Embedder, LanguageModel


def evaluate(
    gold: Path,
    documents: Path,
    *,
    index: Path | None = None,
    config: Config | None = None,
    split: str = "",
    ragas: bool = True,
    fresh: bool = False,
    judge_model: str | LanguageModel = "",
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> Result:
    """Ask the questions of a gold file over a folder of documents and score what is answered.

    The documents are indexed in a temporary folder, or in `index`, where only what changed is read
    again; there the answers are kept, so that a run that was cut goes on, and the result, too. With
    `fresh` every question is asked anew. `config.language_model` answers if it is set; with a
    `judge_model` the metrics of ragas that need one are there, too. Raises `GoldError` for a gold
    file that is not one, before anything is indexed, and whatever indexing raises.
    """
    questions = read_gold(gold, split=split)
    with asking(
        questions,
        documents,
        index=index,
        config=config,
        fresh=fresh,
        embedder=embedder,
        progress=progress,
    ) as asker:
        opened, assistant, texts = asker.assistant.index, asker.assistant, asker.texts
        rows = tuple(_told(map(asker.ask, questions), len(questions), progress))
        judged = Judged(skipped="left out by --no-ragas")
        if ragas:
            if progress:
                progress("scoring with ragas", 0, 1)
            judged = judge(
                rows,
                texts=texts,
                passages=asker.passages,
                embedder=opened.embedder,
                model=load_language_model(judge_model) if judge_model else None,
            )
        # Names and not paths: a result does not depend on where the files lie.
        name = documents.resolve().name
        result = Result(gold.name, name, settings(assistant, split), rows, judged)
        if index:  # whoever gives one has the page show how it does, run after run
            opened.store.add_evaluation(gold.name, record(result))
    return result


def ask_all(
    questions: Iterable[GoldQuestion], assistant: Assistant, texts: Mapping[str, str]
) -> Iterator[Row]:
    """Ask the questions one by one and score each answer; `texts` maps document ids to texts."""
    return map(Asker(assistant, texts).ask, questions)


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
