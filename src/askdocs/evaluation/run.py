"""Runs an evaluation: index the documents, ask every gold question, score the answers."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeAlias

from askdocs import readers
from askdocs.assistant import Assistant
from askdocs.config import Config
from askdocs.config_loading import load_settings
from askdocs.embedding import open_embedder
from askdocs.errors import GoldError, ModelError, ReadError
from askdocs.evaluation.files import write_whole
from askdocs.evaluation.gate import Condition, gate_failures, parse_gate
from askdocs.evaluation.gold import GoldQuestion, check_evidence, count_drafts, read_gold
from askdocs.evaluation.judge import judge
from askdocs.evaluation.record import record
from askdocs.evaluation.report import as_html, as_text
from askdocs.evaluation.result import Judged, Result
from askdocs.evaluation.row import Row, score_row
from askdocs.index import Index
from askdocs.readers.folder import files
from askdocs.readers.sandbox import Sandbox
from askdocs.types import Embedder

Progress: TypeAlias = Callable[[str, int, int], None]


class Bar(Protocol):
    """A progress bar that can be taken away before something is printed."""

    def __call__(self, what: str, done: int, total: int, /) -> None:
        """Show how far it is."""

    def clear(self) -> None:
        """Take it away."""


_EXPORT = Path("index/model")
"""Where `askdocs index` leaves the exported embedding model; making another one takes long."""

_RESULTS = Path("eval/results")


def evaluate(
    gold: Path,
    documents: Path,
    *,
    index: Path | None = None,
    config: Config | None = None,
    split: str = "",
    ragas: bool = True,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> Result:
    """Ask the questions of a gold file over a folder of documents and score what is answered.

    The documents are indexed in a temporary folder, or in `index`, where only what changed is read
    again; there the result is kept, too. `config.language_model` answers if it is set. Raises
    `GoldError` for a gold file that is not one, before anything is indexed, and whatever indexing
    raises.
    """
    questions = read_gold(gold, split=split)
    check_evidence(questions, _texts_in_folder(questions, documents))
    config = config or Config.from_environment()
    with _index_of(documents, index, config, embedder, progress) as opened:
        texts = {info.id: opened.document(info.id).text for info in opened.documents()}
        assistant = Assistant(opened, model=opened.config.language_model or None)
        rows = tuple(_told(ask_all(questions, assistant, texts), len(questions), progress))
        judged = Judged(skipped="left out by --no-ragas")
        if ragas:
            if progress:
                progress("scoring with ragas", 0, 1)
            passages = opened.store.passages([int(n) for n in opened.store.vectors()[0]])
            judged = judge(rows, texts=texts, passages=passages, embedder=opened.embedder)
        # Names and not paths: a result does not depend on where the files lie.
        name = documents.resolve().name
        result = Result(gold.name, name, settings(assistant, split), rows, judged)
        if index:  # whoever gives one has the page show how it does, run after run
            opened.store.add_evaluation(gold.name, record(result))
    return result


def evaluate_command(args: argparse.Namespace, *, progress: Bar | None = None) -> int:
    """`askdocs eval`: print the tables or JSON, write the results; return the exit code.

    Reads `gold`, `documents`, `index`, `json`, `report`, `split`, `no_ragas`, `model` (a language
    model) and `gate` of `args`. 1 if a citation is not exact or the gate does not hold.
    """
    gate = parse_gate(getattr(args, "gate", None) or "")
    config = load_settings(getattr(args, "config", None), written=getattr(args, "set", ())).config
    if args.model:
        config = replace(config, language_model=args.model)
    result = evaluate(
        Path(args.gold),
        Path(args.documents),
        index=Path(args.index) if args.index else None,
        config=config,
        split=args.split or "",
        ragas=not args.no_ragas,
        progress=progress,
    )
    if progress:
        progress.clear()
    if drafts := count_drafts(Path(args.gold)):
        print(f"askdocs: drafts left out of {args.gold}: {drafts}", file=sys.stderr)
    if args.json:
        print(_as_json(result), end="")
    else:
        print(as_text(result))
        _write_results(result)
    if args.report:
        write_whole(Path(args.report), as_html(result))
    return _verdict(result, gate)


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
    questions: Sequence[GoldQuestion], assistant: Assistant, texts: Mapping[str, str]
) -> Iterator[Row]:
    """Ask the questions one by one and score each answer; `texts` maps document ids to texts."""
    assistant.index.retrieve(questions[0].question)  # so that no question's time holds the loading
    for question in questions:
        started = time.perf_counter()
        answer = assistant.ask(question.question, history=question.history)
        yield score_row(question, answer, texts, 1000 * (time.perf_counter() - started))


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


def _verdict(result: Result, gate: Sequence[Condition]) -> int:
    failures = gate_failures(result, gate)
    inexact = sum(bool(row.faults) for row in result.rows)
    if inexact:
        failures.append(f"citations are not exact in {inexact} of {len(result.rows)} answers")
    for failure in failures:
        print(f"askdocs: {failure}", file=sys.stderr)
    return 1 if failures else 0


def _write_results(result: Result) -> None:
    """Write the results where the project keeps them; elsewhere, say how to have them."""
    if not _RESULTS.parent.is_dir():
        print("\nNo eval/ folder here, so no results file; for the results as JSON: --json")
        return
    path = _RESULTS / f"{Path(result.gold).stem}.json"
    write_whole(path, _as_json(result))
    print(f"\nWritten: {path}")


def _as_json(result: Result) -> str:
    return json.dumps(result.to_dict(), ensure_ascii=True, indent=1) + "\n"
