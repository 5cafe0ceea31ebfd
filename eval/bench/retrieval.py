"""How well askdocs finds: five question sets over documents it has never seen.

    python eval/bench/retrieval.py ../shared/data --keep build/retrieval
    python eval/bench/retrieval.py ../shared/data --keep build/retrieval --ablation
    python eval/bench/retrieval.py ../shared/data --model FOLDER --reranker FOLDER

Each set's documents are indexed as a user would index them, and each question goes through
`Index.retrieve`. What was tuned was tuned on half 0; half 1 is what a new document set may expect.
The intervals are 95 % bootstrap intervals of the mean over questions. The self-test embeds SciFact
without askdocs' passages and fusion: all-MiniLM-L6-v2 alone is published with nDCG@10 = 64.5.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from retrieval_sets import SETS, Asked, RetrievalSet, ndcg_at_10

from askdocs import Config, Index
from askdocs.config import Signals
from askdocs.evaluation.metrics import bootstrap_interval, mean
from askdocs.types import Hit, Passage

PUBLISHED, TOLERANCE = 64.5, 0.2
WITHOUT = ("dense", "sentence", "lexical", "neighbours")

Figures = dict[str, dict[str, object]]


def main() -> int:
    options = _options()
    figures: Figures = {}
    with _folder(options.keep) as folder:
        if options.self_test:
            measured = self_test(options.data, folder)
            figures["self-test"] = {"nDCG@10": measured, "published": PUBLISHED}
            print(f"self-test: all-MiniLM-L6-v2 alone, SciFact nDCG@10 {measured:.2f}")
            if abs(measured - PUBLISHED) > TOLERANCE:
                print(f"not {PUBLISHED} ± {TOLERANCE}: the harness is wrong", file=sys.stderr)
                return 1
        for name in options.sets:
            figures |= measure(SETS[name], options, folder)
            if options.json:
                options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def measure(each: RetrievalSet, options: argparse.Namespace, folder: Path) -> Figures:
    """The table of a set: the pipeline as it is and, for an ablation, without each signal."""
    documents = folder / each.name / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    asked = each.write(options.data, documents)
    config = Config(
        model=options.model, reranker=options.reranker, passage_tokens=options.passage_tokens
    )
    figures: Figures = {}
    place = f"index-{Path(options.model).name}-{options.passage_tokens}"
    with Index.build(documents, folder / each.name / place, config=config) as index:
        passages = index.store.passage_count()
        print(f"\n{each.name}: {len(asked)} questions, {passages} passages")
        for name, signals, in_turn in _variants(ablation=options.ablation):
            index.config = replace(config, signals=signals)
            if not in_turn and not any(item.history for item in asked):
                continue
            scores = np.array([_score(each, index, item, in_turn=in_turn) for item in asked])
            figures[f"{each.name}, {name}"] = _row(each, name, asked, scores)
    return figures


def self_test(data: Path, folder: Path) -> float:
    """nDCG@10 on SciFact of the embedding model alone, title and abstract embedded as one."""
    documents = folder / "scifact" / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    asked = SETS["scifact"].write(data, documents)
    kept = folder / "scifact" / "self-test.npz"
    with tempfile.TemporaryDirectory() as temporary:
        from askdocs.exporting import load_embedder

        embedder = load_embedder(Config().model, exported=Path(temporary) / "model")
        if not kept.exists():
            paths = sorted(documents.glob("*.txt"))
            texts = [path.read_text(encoding="utf-8").replace("\n\n", " ", 1) for path in paths]
            passages = [Passage("", 0, len(text), text.strip()) for text in texts]
            vectors = np.array([one.vector for one in embedder.encode_passages(passages)])
            np.savez(kept, vectors=vectors, names=[path.name for path in paths])
        with np.load(kept) as stored:
            vectors, names = stored["vectors"], stored["names"]
        scores = []
        for item in asked:
            cosines = vectors @ embedder.encode_query(item.question)
            hits = [
                Hit(Passage(str(names[i]), 0, 0, ""), float(cosines[i]))
                for i in np.argsort(-cosines)[:10]
            ]
            scores.append(ndcg_at_10(item, hits)[0])
    return 100 * mean(scores)


def _variants(*, ablation: bool) -> Iterator[tuple[str, Signals, bool]]:
    """Name, signals, and whether the conversation is known."""
    yield "as it is", Signals(), True
    if ablation:
        for signal in WITHOUT:
            yield f"without {signal}", replace(Signals(), **{signal: 0.0}), True
        yield "without facets", replace(Signals(), facets=False), True
        yield "without the conversation", Signals(), False


def _score(each: RetrievalSet, index: Index, item: Asked, *, in_turn: bool) -> tuple[float, ...]:
    turns = zip(item.history, item.speakers, strict=True)
    history = [text for text, speaker in turns if speaker == "user"] if in_turn else []
    return each.score(item, index.retrieve(item.question, k=each.k, history=history))


def _row(
    each: RetrievalSet, name: str, asked: Sequence[Asked], scores: np.ndarray
) -> dict[str, object]:
    """The means over the halves and over all, in percent; prints them."""
    halves = np.array([item.half for item in asked])
    row: dict[str, object] = {"questions": len(asked)}
    for column, measure_name in enumerate(each.measures):
        values = 100 * scores[:, column]
        low, high = bootstrap_interval(values.tolist())
        row[measure_name] = {
            "half 0": round(float(values[halves == 0].mean()), 4),
            "half 1": round(float(values[halves == 1].mean()), 4),
            "all": round(float(values.mean()), 4),
            "interval": [round(low, 4), round(high, 4)],
        }
        print(
            f"  {name:<26}{measure_name:<14}half 0 {values[halves == 0].mean():5.1f}   "
            f"half 1 {values[halves == 1].mean():5.1f}   all {values.mean():5.1f}  "
            f"[{low:.1f}, {high:.1f}]",
            flush=True,
        )
    return row


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="askdocs-retrieval-") as temporary:
        yield Path(temporary)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder that holds the sets")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--keep", type=Path, help="keep the indexes here, for the next run")
    parser.add_argument("--ablation", action="store_true", help="also without each signal")
    parser.add_argument("--model", default=Config().model)
    parser.add_argument("--reranker", default="")
    parser.add_argument("--passage-tokens", type=int, default=Config().passage_tokens)
    parser.add_argument("--no-self-test", dest="self_test", action="store_false")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"{options.data} is not a folder; name the one that holds scifact-beir and so on")
    return options


if __name__ == "__main__":
    sys.exit(main())
