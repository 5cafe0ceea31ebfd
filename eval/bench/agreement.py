"""How far each metric agrees with people, on the answers of mtrag-human that people rated.

    python eval/bench/agreement.py ../shared/data [--json FILE]

Three readers rated each answer from 1 to 4 for faithfulness to its passages, for completeness and
for appropriateness. Spearman's correlation is with their mean; AUROC is for telling the answers
below 3 in faithfulness from the others. The metrics that compare with a reference answer have the
one that people wrote for the question, and leave out that answer itself.

`groundedness` was fitted on half of these questions (and on other data): the last two columns are
for the half that it never saw. Two rows are as published with the data, with a language model as
judge or another embedding model; nothing here runs one. A metric that cannot score a row has the
rows it could score counted.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import math
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

sys.path.insert(0, str(Path(__file__).parent))

from grounding import FAITHFUL, _half, _passage

from askdocs.answering.facts import facts
from askdocs.answering.groundedness import groundedness
from askdocs.answering.grounding import find_support
from askdocs.answering.statements import clean, segments, statement
from askdocs.config import DEFAULT_MODEL
from askdocs.evaluation import metrics
from askdocs.evaluation.judge import Sample, ragas_metrics
from askdocs.exporting import load_embedder
from askdocs.types import Passage

RATINGS = ("faithfulness", "completeness", "appropriateness")


@dataclass(frozen=True)
class Rated:
    """An answer, what it was written from, what people thought of it and what was published."""

    half: int
    question: str
    text: str
    passages: tuple[Passage, ...]
    reference: str
    ratings: Mapping[str, float]
    published: Mapping[str, float]


def read(data: Path) -> list[Rated]:
    path = data / "mtrag-human" / "faithfulness_calibration.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    written = {row["task_id"]: row["response"] for row in rows if row["system"] == "reference"}
    return [_rated(row, written) for row in rows if row["contexts"]]


def _rated(row: dict[str, Any], written: Mapping[str, str]) -> Rated:
    is_reference = row["system"] == "reference"
    return Rated(
        _half(row["task_id"]),
        row["question"],
        row["response"],
        tuple(_passage(c["text"], c["id"]) for c in row["contexts"]),
        "" if is_reference else written.get(row["task_id"], ""),
        {name: float(np.mean(row[f"human_{name}"])) for name in RATINGS},
        {name: _number(row[name]) for name in ("ragas_faithfulness_llm", "bert_kprec")},
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def statements_borne_out(item: Rated) -> float:
    said = [s for s in map(statement, segments(clean(item.text))) if s.text and not s.is_neutral]
    good = [bool(find_support(s.text, (), item.passages, question=item.question)) for s in said]
    return metrics.mean([float(one) for one in good])


def word_precision(item: Rated) -> float:
    said = facts(clean(item.text)).words
    known = {word for passage in item.passages for word in facts(passage.text).words}
    return len(said & known) / len(said) if said else math.nan


def against_reference(measure: Callable[[str, str], float]) -> Callable[[Rated], float]:
    return lambda item: measure(item.text, item.reference) if item.reference else math.nan


def ours() -> dict[str, Callable[[Rated], float]]:
    return {
        "groundedness": lambda item: groundedness(item.text, item.passages, question=item.question),
        "statements_borne_out": statements_borne_out,
        "content words in the passages": word_precision,
        "token_f1 with the reference": against_reference(metrics.token_f1),
        "length": lambda item: float(len(item.text.split())),
    }


def published() -> dict[str, Callable[[Rated], float]]:
    return {
        "ragas faithfulness, judged by a language model (published)": lambda item: item.published[
            "ragas_faithfulness_llm"
        ],
        "BERT-KPrec (published)": lambda item: item.published["bert_kprec"],
    }


def by_ragas(items: Sequence[Rated]) -> dict[str, list[float]]:
    """The metrics of ragas that need no language model, with our embedder."""
    with tempfile.TemporaryDirectory() as folder:
        judges = ragas_metrics(load_embedder(DEFAULT_MODEL, exported=Path(folder)))
    chosen = {
        f"ragas {name} with the reference": judges[name]
        for name in ("string_similarity", "semantic_similarity")
    }

    async def score(judge: Any, item: Rated) -> float:
        if not item.reference:
            return math.nan
        return float(await judge(Sample((), (), (), (item.reference,), item.text)))

    return {
        name: [asyncio.run(score(judge, item)) for item in items] for name, judge in chosen.items()
    }


def row(items: Sequence[Rated], scores: Sequence[float], half: int | None) -> dict[str, float]:
    """The agreement of one metric over the rows that it could score, of one half or of all."""
    kept = [
        (item, score)
        for item, score in zip(items, scores, strict=True)
        if not math.isnan(score) and half in (None, item.half)
    ]
    found: dict[str, float] = {"rows": len(kept)}
    for name in RATINGS:
        ratings = [item.ratings[name] for item, _ in kept]
        found[name] = float(spearmanr(ratings, [score for _, score in kept]).statistic)
    found["auroc"] = metrics.auroc(
        (item.ratings["faithfulness"] >= FAITHFUL, score) for item, score in kept
    )
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args()
    items = read(options.data)
    scores = {
        name: [measure(item) for item in items] for name, measure in (ours() | published()).items()
    }
    scores |= by_ragas(items)
    figures = {
        name: {"all": row(items, each, None), "held out": row(items, each, 1)}
        for name, each in scores.items()
    }
    print(f"{len(items)} rated answers with passages")
    print("| metric | rows | faithfulness | completeness | appropriateness | AUROC | held out |")
    print("|---|---|---|---|---|---|---|")
    for name, both in figures.items():
        all_, held = both["all"], both["held out"]
        cells = [f"{all_[rating]:.3f}" for rating in RATINGS]
        held_out = f"{held['faithfulness']:.3f} / {held['auroc']:.3f}"
        print(
            f"| {name} | {all_['rows']} | {' | '.join(cells)} | {all_['auroc']:.3f} | {held_out} |"
        )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
