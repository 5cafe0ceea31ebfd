"""Fit the weights by which askdocs chooses sentences and refuses: `answering/support.json`.

    python eval/bench/fit_support.py ../shared/data --keep build/answers [--write]

Questions with known answers come from XQuAD, DRAGONBall (finance), CLAPNQ and MTRAG-UN; half 0 of
each is fitted on (see answer_sets.py), what is printed is measured on the other. The cases that
teach when to refuse are made by support_cases.py.

First the choice of sentences is fitted, on pairs of a right and a wrong sentence; then, on the
sentences that it chooses, how much each signal speaks for an answer: half a logistic regression and
half boosted stumps, so that a signal may count in its own way but none can turn another round, and
none can count against an answer; then, with `--write`, the probability that an answer of such
strength is right, on the answers that askdocs really gives. It takes 15 minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import roc_auc_score
from support_cases import Row, rows

from askdocs.answering.evidence import FEATURES
from askdocs.answering.reading import Reading
from askdocs.answering.support import MOST_AHEAD, SIGNALS

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "src" / "askdocs" / "answering" / "support.json"
FITTED_ON = ("xquad", "clapnq", "dragonball", "mtrag-un")
CASES = {"asked": 6.0, "no passage": 1.0, "no sentence": 1.0, "other name": 1.0}
"""What each case counts for, its questions together; those asked, as much again if unanswerable."""
_PAIRED = 15  # wrong sentences held against each right one
_LEAST_IN_STEP = 25  # answers behind each step of the calibration
MOST = 8.0
"""Of a weight that is written: in these sets every line without an end is a title, in others it is
not. The curves are fitted on sentences that are chosen with the weights as they were fitted."""
PENALTY = 10.0  # of squared weights
_KNOTS = 17  # of the curve of a signal, at equal shares of the cases


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
            selection = np.minimum(selection, MOST)
            even = np.linspace(-8, 8, 65)
            write(selection, curves, even, 1 / (1 + np.exp(-even)))
            write(selection, curves, *calibration(options.data, place))
    return 0


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
    labels = np.repeat([1.0, 0.0], len(differences))
    return fit_weights(both, labels, np.tile(counts / np.mean(counts), 2), intercept=False)[1:]


def fit_weights(
    matrix: np.ndarray, labels: np.ndarray, counts: np.ndarray, *, intercept: bool
) -> np.ndarray:
    """An intercept and weights of logistic regression, none of them below 0."""
    scale = matrix.std(axis=0) + 1e-6
    columns = np.column_stack([np.ones(len(matrix)), matrix / scale])
    sign = np.where(labels > 0, 1.0, -1.0)
    penalty = np.array([0.0, *[PENALTY / len(matrix)] * matrix.shape[1]])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (columns @ weights)
        slope = -counts * sign / (1 + np.exp(margin)) / len(matrix)
        value = float((counts * np.logaddexp(0, -margin)).mean() + penalty @ weights**2 / 2)
        return value, columns.T @ slope + penalty * weights

    limits = [(None, None) if intercept else (0, 0), *[(0, None)] * matrix.shape[1]]
    begin = np.zeros(columns.shape[1])
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=limits).x
    return np.concatenate([found[:1], found[1:] / scale])


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
    weights *= len(weights) / weights.sum()
    labels = np.array([float(each.answerable) for each in told])
    line = fit_weights(matrix, labels, weights, intercept=True)
    stumps = HistGradientBoostingClassifier(
        max_depth=1,
        max_iter=150,
        learning_rate=0.06,
        l2_regularization=10,
        min_samples_leaf=30,
        monotonic_cst=[1] * len(SIGNALS),
    ).fit(matrix, labels, sample_weight=weights)

    def speaks(rows: np.ndarray) -> np.ndarray:
        """Half of what each says: steps alone leave most of a signal's range flat."""
        return (line[0] + rows @ line[1:] + stumps.decision_function(rows)) / 2

    middle = np.median(matrix, axis=0)
    base = float(speaks(middle[np.newaxis])[0])
    curves = {"always": (np.zeros(1), np.array([base]))}
    for column, name in enumerate(SIGNALS):
        values = np.unique(np.quantile(matrix[:, column], np.linspace(0, 1, _KNOTS)).round(3))
        varied = np.repeat(middle[np.newaxis], len(values), axis=0)
        varied[:, column] = values
        adds = speaks(varied) - base
        if np.abs(adds).max() > 1e-3:
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
