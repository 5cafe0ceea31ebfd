"""Fits what tells a rival answer from another thing: `answering/rivals.json`.

    python eval/bench/fit_rivals.py ../shared/data --keep build/answers [--write]

Pairs of an answer and what another document says to the same question come from RAMDocs and RGB,
where a second value is an answer if it is one of the valid or planted ones, and from XQuAD, where
no question has two. Half 0 of each is fitted on (see answer_sets.py): a logistic regression in
which each signal may count only the way that makes sense, so that none tells the sets apart. The
threshold is the lowest at which at most `--alarms` of the XQuAD questions of half 0 are answered
with a disagreement; what is printed for half 1 is held out.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from answer_figures import same
from answer_sets import SETS, Question
from scipy.optimize import minimize

from askdocs import Index
from askdocs.answering import rivals
from askdocs.answering.lexicon import lexicon_for
from askdocs.answering.questions import analyse
from askdocs.answering.reading import Reading

TARGET = Path(__file__).parents[2] / "src" / "askdocs" / "answering" / "rivals.json"
FITTED_ON = ("xquad", "ramdocs", "rgb")
NAMES = (*rivals.OF_SENTENCES, *rivals.OF_VALUES)
EITHER_WAY = frozenset({"both dates", "both numbers", "both names"})
AGAINST = frozenset(
    {"behind", "asked only by first", "first words of question", "length", "first value there"}
    | {name for name in NAMES if name.startswith("less ")}
)
"""Signals that speak against a rival; the others speak for one."""
PENALTY = 10.0  # of squared weights
READ = 8  # passages, as many as the assistant reads
DOCUMENTS = 6  # besides the one that answers best
MISSED = 0.02  # the share of rivals whose sentences may seem to promise none


@dataclass(frozen=True)
class Pair:
    """What is known of a second value, and whether it is an answer, too."""

    data: str
    half: int
    question: str
    signals: np.ndarray
    answers: bool


def main() -> int:
    """Fit, report on both halves, and write the weights if asked to."""
    options = _options()
    with tempfile.TemporaryDirectory() as temporary:
        place = options.keep or Path(temporary)
        made = [pair for name in FITTED_ON for pair in pairs(name, options.data, place)]
    weights = fit([pair for pair in made if pair.half == 0])
    threshold = _threshold([p for p in made if p.half == 0], weights, options.alarms)
    for half in (0, 1):
        _report(half, [pair for pair in made if pair.half == half], weights, threshold)
    if options.write:
        TARGET.write_text(_as_json(made, weights, threshold), encoding="utf-8")
    return 0


def pairs(name: str, data: Path, place: Path) -> Iterator[Pair]:
    """The pairs of a set: the best sentence's value and the first other one of each document."""
    folder = place / name / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    questions = SETS[name](data, folder)
    with Index.build(folder, place / name / "index") as index:
        for question in questions:
            yield from _pairs(name, index, question)


def _pairs(name: str, index: Index, question: Question) -> Iterator[Pair]:
    hits = index.retrieve(question.text, k=READ, within=question.within)
    asked = analyse(question.text)
    reading = Reading.of(asked, hits, lexicon_for(hits, index.store, index.embedder))
    first = reading.said(reading.best) if reading else None
    if reading is None or first is None:
        return
    for evidence in reading.elsewhere(DOCUMENTS):
        other = reading.said(evidence)
        if other is None or same(other.value.text, first.value.text):
            continue
        known = (*question.answers, *question.wrong)
        answers = name != "xquad" and any(same(other.value.text, gold) for gold in known)
        found = np.concatenate(
            [
                rivals.of_sentences(first.evidence, other.evidence),
                rivals.of_values(asked, first, other),
            ]
        )
        yield Pair(name, question.half, question.key, found, answers)


def fit(made: list[Pair]) -> np.ndarray:
    """An intercept and the weights of `NAMES`."""
    matrix = np.array([pair.signals for pair in made])
    scale = matrix.std(axis=0) + 1e-6
    columns = np.column_stack([np.ones(len(made)), matrix / scale])
    sign = np.where([pair.answers for pair in made], 1.0, -1.0)
    penalty = np.array([0.0, *[PENALTY / len(made)] * len(NAMES)])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (columns @ weights)
        slope = -sign / (1 + np.exp(margin)) / len(made)
        value = float(np.logaddexp(0, -margin).mean() + penalty @ weights**2 / 2)
        return value, columns.T @ slope + penalty * weights

    limits = [(None, None), *(_limits(name) for name in NAMES)]
    begin = np.zeros(columns.shape[1])
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=limits).x
    return np.concatenate([found[:1], found[1:] / scale])


def _limits(name: str) -> tuple[float | None, float | None]:
    if name in EITHER_WAY:
        return None, None
    return (None, 0.0) if name in AGAINST else (0.0, None)


def _probability(pair: Pair, weights: np.ndarray) -> float:
    return float(1 / (1 + np.exp(-(weights[0] + pair.signals @ weights[1:]))))


def _threshold(made: list[Pair], weights: np.ndarray, alarms: float) -> float:
    """The lowest threshold, in hundredths, at which few questions with one answer get two."""
    count = len({pair.question for pair in made if pair.data == "xquad"})
    for hundredths in range(1, 100):
        if _alarmed(made, weights, hundredths / 100) <= alarms * count:
            return hundredths / 100
    return 1.0


def _alarmed(made: list[Pair], weights: np.ndarray, threshold: float) -> int:
    given = (p for p in made if p.data == "xquad" and _probability(p, weights) >= threshold)
    return len({pair.question for pair in given})


def _report(half: int, made: list[Pair], weights: np.ndarray, threshold: float) -> None:
    for name in FITTED_ON:
        own = [pair for pair in made if pair.data == name]
        shown = [pair for pair in own if _probability(pair, weights) >= threshold]
        asked, told = ({pair.question for pair in group} for group in (own, shown))
        right = sum(pair.answers for pair in shown)
        print(
            f"half {half} {name}: disagreement in {len(told)} of {len(asked)} questions; "
            f"{right} of {len(shown)} values shown are answers, of {sum(p.answers for p in own)}"
        )


def _as_json(made: list[Pair], weights: np.ndarray, threshold: float) -> str:
    """The fitted numbers, with what a sentence must promise before its value is looked for."""
    width = len(rivals.OF_SENTENCES)
    promised = [
        float(pair.signals[:width] @ weights[1 : width + 1])
        for pair in made
        if pair.half == 0 and _probability(pair, weights) >= threshold
    ]
    fitted = {
        "always": round(float(weights[0]), 4),
        "promising": round(float(np.quantile(promised, MISSED)), 4),
        "threshold": threshold,
        "weights": dict(zip(NAMES, (round(float(w), 4) for w in weights[1:]), strict=True)),
    }
    return json.dumps(fitted, indent=1) + "\n"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with xquad-en/, ramdocs/ and rgb-en-fact/")
    parser.add_argument("--keep", type=Path, help="keep the indexes here, for the next time")
    parser.add_argument("--alarms", type=float, default=0.025, help="share of XQuAD questions")
    parser.add_argument("--write", action="store_true", help="write the fitted weights")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
