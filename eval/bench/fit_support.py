"""Fit the weights by which askdocs chooses sentences and refuses: `answering/support.json`.

    python eval/bench/fit_support.py ../shared/data [--keep build/fit] [--write]

Questions with known answers come from XQuAD (English) and DRAGONBall (finance). Half of the
documents (XQuAD) or of the questions (DRAGONBall) are fitted on; everything printed is measured on
the other half. Four cases teach when to refuse: the question as it is; with the sentences that
answer it taken away; with the passages taken away; with its names replaced by another question's.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from askdocs import Hit, Index
from askdocs.answering.evidence import FEATURES, Evidence, collect
from askdocs.answering.matching import term_weight
from askdocs.answering.questions import analyse
from askdocs.answering.support import MOST_AHEAD

TARGET = Path(__file__).parents[2] / "src" / "askdocs" / "answering" / "support.json"
ANSWERABLE_SHARE = 0.6  # of real questions, assumed; the cases are weighted to make it so
CASES = ("asked", "no sentence", "no passage", "other name")
NAME = re.compile(r"(?<=\w )(?:[A-Z][\w'’-]+)(?: (?:of )?[A-Z][\w'’-]+)*")
K = 12
_PAIRED = 15  # wrong sentences held against each right one

Place = tuple[str, int, int]


@dataclass(frozen=True)
class Asked:
    """A question, where it is answered, and the half it belongs to (0 is fitted on)."""

    question: str
    places: tuple[Place, ...]
    answerable: bool
    half: int


@dataclass(frozen=True)
class Row:
    """The features of the candidate sentences of one case, and which of them answer."""

    data: str
    case: str
    half: int
    features: np.ndarray
    answers: np.ndarray


def xquad(data: Path, folder: Path) -> list[Asked]:
    """Write one document an article, and return its questions."""
    asked = []
    articles = json.loads((data / "xquad-en" / "xquad.en.json").read_text(encoding="utf-8"))["data"]
    for number, article in enumerate(articles):
        paragraphs = [paragraph["context"] for paragraph in article["paragraphs"]]
        name = re.sub(r"\W", "_", article["title"]) + ".txt"
        (folder / name).write_text("\n\n".join(paragraphs), encoding="utf-8")
        start = 0
        for paragraph in article["paragraphs"]:
            for row in paragraph["qas"]:
                at = start + row["answers"][0]["answer_start"]
                place = (name, at, at + len(row["answers"][0]["text"]))
                asked.append(Asked(row["question"], (place,), True, number % 2))
            start += len(paragraph["context"]) + 2
    return asked


def dragonball(data: Path, folder: Path) -> list[Asked]:
    """Write all documents, and return the finance questions."""
    texts = {}
    for line in (data / "dragonball-en" / "docs.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        texts[row["doc_id"]] = row["content"]
        (folder / f"{row['doc_id']}.txt").write_text(row["content"], encoding="utf-8")
    asked = []
    lines = (data / "dragonball-en" / "queries_finance.jsonl").read_text(encoding="utf-8")
    for number, line in enumerate(lines.splitlines()):
        row = json.loads(line)
        truth = row["ground_truth"]
        places = tuple(
            (f"{document}.txt", at, at + len(reference.strip()))
            for document in truth["doc_ids"]
            for reference in truth["references"]
            if (at := texts.get(document, "").find(reference.strip())) >= 0
        )
        if places or not row["answerable"]:
            asked.append(Asked(row["query"]["content"], places, row["answerable"], number % 2))
    return asked


def rows(name: str, index: Index, asked: Sequence[Asked]) -> Iterator[Row]:
    """All cases of all questions. Deterministic."""
    chance = random.Random(0)
    names = [NAME.findall(item.question) for item in asked]
    pool = sorted({found for each in names for found in each})
    for item, own in zip(asked, names, strict=True):
        hits = index.retrieve(item.question, k=K)
        yield _row(name, "asked", item, _evidence(index, item.question, hits[:8]))
        if not item.answerable:
            continue
        elsewhere = [hit for hit in hits if not any(_holds(hit, p) for p in item.places)]
        yield _row(
            name, "no passage", item, _evidence(index, item.question, elsewhere[:8]), none=True
        )
        found = _evidence(index, item.question, hits[:8])
        others = [e for e in found if not any(_overlaps(e, p) for p in item.places)]
        yield _row(name, "no sentence", item, others, none=True)
        if own:
            swapped = item.question.replace(own[-1], chance.choice(pool))
            if swapped != item.question:
                evidence = _evidence(index, swapped, index.retrieve(swapped, k=8))
                yield _row(name, "other name", item, evidence, none=True)


def _evidence(index: Index, question: str, hits: Sequence[Hit]) -> list[Evidence]:
    total = index.store.passage_count()

    def weight(word: str) -> float:
        return term_weight(total, index.store.document_frequency(word))

    return collect(analyse(question), hits, vectors=index.embedder.encode_words, weight=weight)


def _row(name: str, case: str, item: Asked, found: Sequence[Evidence], none: bool = False) -> Row:
    answers = [not none and any(_overlaps(e, p) for p in item.places) for e in found]
    features = np.array([e.features for e in found]).reshape(len(found), len(FEATURES))
    return Row(name, case, item.half, features, np.array(answers, bool))


def _holds(hit: Hit, place: Place) -> bool:
    p = hit.passage
    return p.document == place[0] and p.start < place[2] and place[1] < p.end


def _overlaps(evidence: Evidence, place: Place) -> bool:
    start, end = evidence.span
    return evidence.hit.passage.document == place[0] and start < place[2] and place[1] < end


def fit_selection(half: Sequence[Row]) -> np.ndarray:
    """Weights that put answering sentences first: logistic regression on pairs' differences."""
    pairs = []
    for row in half:
        right, wrong = row.features[row.answers], row.features[~row.answers]
        pairs += [a - b for a in right for b in wrong[:: max(1, len(wrong) // _PAIRED)]]
    differences = np.array(pairs)
    both = np.concatenate([differences, -differences])
    labels = np.repeat([1, 0], len(differences))
    scale = both.std(axis=0) + 1e-6
    fitted = LogisticRegression(fit_intercept=False, max_iter=2000).fit(both / scale, labels)
    return np.maximum(fitted.coef_[0] / scale, 0.0)  # no signal may count against a sentence


def best(row: Row, selection: np.ndarray) -> tuple[np.ndarray, bool]:
    """The features of the sentence chosen, by how much it is ahead, and whether it answers."""
    scores = row.features @ selection
    first = int(np.argmax(scores))
    rival = float(np.sort(scores)[-2]) if len(scores) > 1 else 0.0
    ahead = min(MOST_AHEAD, float(scores[first]) - rival)
    return np.append(row.features[first], ahead), bool(row.answers[first])


def case_weights(rows: Sequence[Row], labels: np.ndarray) -> np.ndarray:
    """Weights that give each kind of failure the same say and right answers their assumed share."""
    kinds = np.array(["right" if y else row.case for row, y in zip(rows, labels, strict=True)])
    weights = np.zeros(len(rows))
    failures = sorted(set(kinds) - {"right"})
    for kind in (*failures, "right"):
        share = ANSWERABLE_SHARE if kind == "right" else (1 - ANSWERABLE_SHARE) / len(failures)
        weights[kinds == kind] = share / (kinds == kind).sum()
    return weights * len(rows)


def main() -> int:
    """Fit, report on the other half, and write the weights if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with xquad-en/ and dragonball-en/")
    parser.add_argument("--keep", type=Path, help="keep the indexes here, for the next time")
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.name}")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = args.keep or Path(temporary)
        made = [row for name in (xquad, dragonball) for row in _made(name, args.data, place)]
    usable = [row for row in made if len(row.features)]
    fitted_on = [row for row in usable if row.half == 0]
    selection = fit_selection([r for r in fitted_on if r.answers.any()])
    chosen = [best(row, selection) for row in fitted_on]
    features, labels = np.array([f for f, _ in chosen]), np.array([y for _, y in chosen])
    scale = features.std(axis=0) + 1e-6
    model = LogisticRegression(max_iter=2000, C=0.5)
    model.fit(features / scale, labels, sample_weight=case_weights(fitted_on, labels))
    weights, intercept = model.coef_[0] / scale, float(model.intercept_[0])
    report([row for row in usable if row.half == 1], selection, weights, intercept)
    if args.write:
        _write(selection, weights, intercept)
    return 0


def _made(source, data: Path, place: Path) -> list[Row]:
    documents = place / source.__name__
    documents.mkdir(parents=True, exist_ok=True)
    asked = source(data, documents)
    with Index.build(documents, place / f"{source.__name__}-index") as index:
        return list(rows(source.__name__, index, asked))


def report(
    rows: Sequence[Row], selection: np.ndarray, weights: np.ndarray, intercept: float
) -> None:
    """Print what the other half says."""
    chosen = [best(row, selection) for row in rows]
    sure = 1 / (1 + np.exp(-(np.array([f for f, _ in chosen]) @ weights + intercept)))
    right = np.array([y for _, y in chosen])
    case = np.array([row.case for row in rows])
    data = np.array([row.data for row in rows])
    for name in sorted(set(data)):
        here = data == name
        first = right[here & (case == "asked")].mean()
        auroc = roc_auc_score(right[here], sure[here])
        print(f"{name}: chosen sentence answers {first:.3f}, AUROC {auroc:.3f}")
    print("threshold  right kept  " + "  ".join(f"{c:>11}" for c in CASES[1:]))
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7):
        passed = [f"{(sure[case == c] >= threshold).mean():11.3f}" for c in CASES[1:]]
        print(f"{threshold:9.1f}  {(sure[right] >= threshold).mean():10.3f}  " + "  ".join(passed))


def _write(selection: np.ndarray, weights: np.ndarray, intercept: float) -> None:
    fitted = {
        "selection": dict(zip(FEATURES, selection.astype(float).round(3).tolist(), strict=True)),
        "probability": {
            "intercept": round(intercept, 3),
            **dict(zip((*FEATURES, "margin"), weights.round(3).tolist(), strict=True)),
        },
    }
    TARGET.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {TARGET.name}")


if __name__ == "__main__":
    sys.exit(main())
