"""Fit the weights by which askdocs chooses sentences and refuses: `answering/support.json`.

    python eval/bench/fit_support.py ../shared/data --keep build/answers [--write]

Questions with known answers come from XQuAD, DRAGONBall (finance), CLAPNQ and MTRAG-UN; half 0 of
each is fitted on (see answer_sets.py), what is printed is measured on the other. Beside the
questions as they are, three cases teach when to refuse: the sentences that answer taken away; the
passages taken away; a name in the question replaced by another question's.

First the choice of sentences is fitted, on pairs of a right and a wrong sentence; then, on the
sentences that it chooses, how much each signal speaks for an answer (boosted stumps, so that a
signal may count in its own way but none can turn another round); then, with `--write`, the
probability that an answer of such strength is right, on the answers that askdocs really gives. It
takes 15 minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from answer_sets import SETS, Question
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from askdocs import Hit, Index
from askdocs.answering import questions
from askdocs.answering.evidence import FEATURES, Evidence, collect
from askdocs.answering.lexicon import Lexicon, lexicon_for
from askdocs.answering.questions import analyse, parts_of
from askdocs.answering.reading import Reading
from askdocs.answering.support import MOST_AHEAD, SIGNALS
from askdocs.retrieval_query import leans_on

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "src" / "askdocs" / "answering" / "support.json"
FITTED_ON = ("xquad", "clapnq", "dragonball", "mtrag-un")
CASES = {"asked": 3.0, "no passage": 1.0, "no sentence": 1.0, "other name": 1.0}
"""What each case counts for, its questions together; those asked, as much again if unanswerable."""
NAME = re.compile(r"(?<=\w )(?:[A-Z][\w'’-]+)(?: (?:of )?[A-Z][\w'’-]+)*")
K = 12
READ = 8  # as many as the assistant reads
_PAIRED = 15  # wrong sentences held against each right one
_LEAST_IN_STEP = 25  # answers behind each step of the calibration
_KNOTS = 17  # of the curve of a signal, at equal shares of the cases


@dataclass(frozen=True)
class Row:
    """A case of a question: the sentences found for it and for its parts, and which answer."""

    data: str
    case: str
    half: int
    answerable: bool
    asked: questions.Question
    found: list[Evidence]
    right: np.ndarray
    lexicon: Lexicon
    parts: tuple[tuple[questions.Question, list[Evidence]], ...] = ()


def main() -> int:
    """Fit, report on the other half, and write the weights if asked to."""
    options = _options()
    with tempfile.TemporaryDirectory() as temporary:
        place = options.keep or Path(temporary)
        made = [row for name in FITTED_ON for row in rows(name, options.data, place)]
        selection = fit_selection([r for r in made if r.half == 0 and r.case == "asked"])
        chosen = [choose(row, selection) for row in made if row.found]
        curves = fit_curves([each for each in chosen if each.half == 0])
        report([each for each in chosen if each.half == 1], curves)
        if options.write:
            even = np.linspace(-8, 8, 65)
            write(selection, curves, even, 1 / (1 + np.exp(-even)))
            write(selection, curves, *calibration(options.data, place))
    return 0


def rows(name: str, data: Path, place: Path) -> Iterator[Row]:
    """All cases of all questions of a set. Deterministic."""
    folder = place / name / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    asked = SETS[name](data, folder)
    chance = random.Random(0)
    pool = sorted({found for question in asked for found in NAME.findall(question.text)})
    with Index.build(folder, place / name / "index") as index:
        for question in asked:
            yield from _cases(index, name, question, pool, chance)


def _cases(
    index: Index, name: str, question: Question, pool: Sequence[str], chance: random.Random
) -> Iterator[Row]:
    hits = index.retrieve(question.text, k=K, history=question.history, within=question.within)
    whole = _row(index, name, "asked", question, hits[:READ])
    yield whole
    if not question.places:
        return
    others = [not right for right in whole.right]
    kept = [e for e, other in zip(whole.found, others, strict=True) if other]
    yield replace(
        whole, case="no sentence", answerable=False, found=kept, right=np.zeros(len(kept), bool)
    )
    if question.within.documents:
        return  # asked of one passage alone
    elsewhere = [hit for hit in hits if not any(_holds(hit, place) for place in question.places)]
    yield _row(index, name, "no passage", question, elsewhere[:READ])
    if own := NAME.findall(question.text):
        swapped = question.text.replace(own[-1], chance.choice(pool))
        if swapped != question.text:
            other = replace(question, text=swapped, places=(), answerable=False)
            yield _row(index, name, "other name", other, index.retrieve(swapped, k=READ))


def _row(index: Index, name: str, case: str, question: Question, hits: Sequence[Hit]) -> Row:
    lexicon = lexicon_for(hits, index.store, index.embedder)
    asked = analyse(question.text, leans_on(question.text, question.history))
    found = collect(asked, hits, lexicon)
    right = [any(_overlaps(e, place) for place in question.places) for e in found]
    parts = tuple((part, collect(part, hits, lexicon)) for part in parts_of(asked))
    answerable = question.answerable and case == "asked"
    return Row(
        name, case, question.half, answerable, asked, found, np.array(right, bool), lexicon, parts
    )


def _holds(hit: Hit, place: tuple[str, int, int]) -> bool:
    p = hit.passage
    return p.document == place[0] and p.start < place[2] and place[1] < p.end


def _overlaps(evidence: Evidence, place: tuple[str, int, int]) -> bool:
    start, end = evidence.span
    return evidence.hit.passage.document == place[0] and start < place[2] and place[1] < end


def fit_selection(asked: Sequence[Row]) -> np.ndarray:
    """Weights that put answering sentences first: logistic regression on pairs' differences."""
    pairs, counts = [], []
    sizes = {name: sum(row.data == name for row in asked) for name in FITTED_ON}
    for row in asked:
        features = np.array([e.features for e in row.found]).reshape(-1, len(FEATURES))
        right, wrong = features[row.right], features[~row.right]
        own = [a - b for a in right for b in wrong[:: max(1, len(wrong) // _PAIRED)]]
        pairs += own
        counts += [1 / (max(1, len(own)) * sizes[row.data] ** 0.5)] * len(own)
    differences = np.array(pairs)
    both = np.concatenate([differences, -differences])
    labels = np.repeat([1, 0], len(differences))
    scale = both.std(axis=0) + 1e-6
    weights = np.tile(counts / np.mean(counts), 2)
    model = LogisticRegression(fit_intercept=False, max_iter=2000)
    model.fit(both / scale, labels, sample_weight=weights)
    return np.maximum(model.coef_[0] / scale, 0.0)  # no signal may count against a sentence


@dataclass(frozen=True)
class Chosen:
    """A case and the `SIGNALS` of the sentence chosen for it, then of those for its parts."""

    data: str
    case: str
    half: int
    answerable: bool
    right: bool
    signals: list[np.ndarray]


Curves = dict[str, tuple[np.ndarray, np.ndarray]]
"""For each signal, its values and what each adds."""


def choose(row: Row, selection: np.ndarray) -> Chosen:
    """The sentences that are chosen, and their signals."""
    found = []
    for asked, evidence in ((row.asked, row.found), *row.parts):
        if evidence:
            ranked = sorted(evidence, key=lambda e: -float(selection @ e.features))
            scores = [float(selection @ e.features) for e in ranked[:2]]
            signals = Reading(asked, tuple(ranked), row.lexicon).signals(ranked[0])
            ahead = scores[0] - (scores[1:] or [0.0])[0]
            signals[SIGNALS.index("ahead")] = min(MOST_AHEAD, ahead)
            found.append(signals)
    first = int(np.argmax([selection @ e.features for e in row.found]))
    right = bool(row.right[first])
    return Chosen(row.data, row.case, row.half, row.answerable, right, found)


def fit_curves(fitted_on: Sequence[Chosen]) -> Curves:
    """What each value of each signal adds to the strength of an answer."""
    # A wrong sentence for a question that has an answer teaches neither.
    told = [each for each in fitted_on if each.right or not each.answerable]
    matrix = np.array([each.signals[0] for each in told])
    weights = np.array([CASES[each.case] for each in told])
    kinds = [(each.data, each.case, each.answerable) for each in told]
    for kind in set(kinds):
        here = np.array([each == kind for each in kinds])
        weights[here] /= here.sum()
    model = HistGradientBoostingClassifier(
        max_depth=1, max_iter=150, learning_rate=0.06, l2_regularization=10, min_samples_leaf=30
    )
    labels = [each.answerable for each in told]
    model.fit(matrix, labels, sample_weight=weights * len(weights) / weights.sum())
    middle = np.median(matrix, axis=0)
    base = float(model.decision_function(middle[np.newaxis])[0])
    curves = {"always": (np.zeros(1), np.array([base]))}
    for column, name in enumerate(SIGNALS):
        values = np.unique(np.quantile(matrix[:, column], np.linspace(0, 1, _KNOTS)).round(3))
        varied = np.repeat(middle[np.newaxis], len(values), axis=0)
        varied[:, column] = values
        adds = model.decision_function(varied) - base
        if np.abs(adds).max() > 0:
            curves[name] = (values, adds)
    return curves


def strength(signals: np.ndarray, curves: Curves) -> float:
    """The sum of what the signals add."""
    total = float(curves["always"][1][0])
    for name, (values, adds) in curves.items():
        if name != "always":
            total += float(np.interp(signals[SIGNALS.index(name)], values, adds))
    return total


def calibration(data: Path, place: Path) -> tuple[np.ndarray, np.ndarray]:
    """Strengths and the share of right answers at each, on half 0 of all sets."""
    with tempfile.TemporaryDirectory() as folder:
        answered = Path(folder) / "answers.json"
        command = [sys.executable, str(HERE / "answers.py"), str(data), "--keep", str(place)]
        subprocess.run([*command, "--half", "0", "--json", str(answered)], check=True)
        told = json.loads(answered.read_text(encoding="utf-8"))
    sure = np.clip([row["support"] for row in told], 0.0005, 0.9995)
    strength = np.log(sure / (1 - sure))
    right = np.array([row["answerable"] and row["right"] for row in told], float)
    order = np.argsort(strength)
    groups = np.array_split(order, max(2, len(order) // _LEAST_IN_STEP))
    middle = np.array([strength[group].mean() for group in groups])
    share = np.array([right[group].mean() for group in groups])
    smooth = IsotonicRegression(y_min=0.01, y_max=0.99).fit_transform(middle, share)
    # One point in the middle of each level, so that more strength is always more probability.
    levels = np.unique(smooth)
    return np.array([middle[smooth == level].mean() for level in levels]), levels


def report(held_out: Sequence[Chosen], curves: Curves) -> None:
    """Print what the other half says."""
    scores = []
    for each in held_out:
        whole, *parts = (strength(signals, curves) for signals in each.signals)
        scores.append(max(whole, np.mean(parts)) if parts else whole)
    for name in FITTED_ON:
        own = [(e, s) for e, s in zip(held_out, scores, strict=True) if e.data == name]
        asked = [(e, s) for e, s in own if e.case == "asked"]
        if right := [e.right for e, _ in asked if e.answerable]:
            print(f"{name}: the sentence chosen answers {np.mean(right):.3f}")
        for title, which in (("as asked", asked), ("all cases", own)):
            labels = [e.answerable for e, _ in which]
            if len(set(labels)) == 2:
                area = roc_auc_score(labels, [s for _, s in which])
                print(f"{name}: answerable, {title}, AUROC {area:.3f}")


def write(
    selection: np.ndarray, curves: Curves, strengths: np.ndarray, probability: np.ndarray
) -> None:
    """Write the weights where askdocs reads them."""
    fitted = {
        "selection": dict(zip(FEATURES, selection.astype(float).round(3).tolist(), strict=True)),
        "strength": {
            name: {"at": values.round(3).tolist(), "adds": adds.round(3).tolist()}
            for name, (values, adds) in curves.items()
        },
        "calibration": {
            "strength": strengths.round(2).tolist(),
            "probability": probability.round(3).tolist(),
        },
    }
    lines = json.dumps(fitted, indent=1)
    lines = re.sub(r"\n +(-?[\d.]+,?)(?=\n)", r" \1", lines)  # numbers side by side
    TARGET.write_text(lines.replace("\n  ]", "]").replace("\n   ]", "]") + "\n", encoding="utf-8")
    print(f"wrote {TARGET.name}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with xquad-en/, clapnq-dev/ and others")
    parser.add_argument("--keep", type=Path, help="keep the indexes here, for the next time")
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.name}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
