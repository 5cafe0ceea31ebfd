"""Measure the check of a language model's sentences against people and against edits.

    python eval/bench/grounding.py ../shared/data [--write] [--wrong FILE]

People: MTRAG's answers that three readers rated for faithfulness (few < 3 of 4), and BEGIN-WoW's
replies that are or are not borne out by the sentence they were written from. The weights of
`groundedness` are fitted on one half of the questions or source sentences, and the check's limits
were chosen there; every line gives the other half and all.

Sentences that people found supported (all three ratings 4; "fully attributable") must be accepted
as they are, though they paraphrase, and refused after one edit (`grounding_edits.py`) or beside
passages that they do not come from.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).parent))

from grounding_edits import EDITS

from askdocs.answering.groundedness import FEATURES, features
from askdocs.answering.grounding import find_support
from askdocs.answering.statements import clean, segments, statement
from askdocs.sentences import sentence_spans
from askdocs.types import Passage

TARGET = Path(__file__).parents[2] / "src" / "askdocs" / "answering" / "groundedness.json"
SETS = ("mtrag", "begin-wow")
FAITHFUL = 3.0  # mean rating of 4, as in the published comparison
EDITED = 300
OTHERS = 400  # sentences held against passages that they do not come from


@dataclass(frozen=True)
class Judged:
    """A text that people judged, with what it was written from."""

    data: str
    half: int
    question: str
    text: str
    passages: tuple[Passage, ...]
    faithful: bool
    supported: bool  # beyond doubt, so that each of its sentences should be accepted


def mtrag(data: Path) -> Iterator[Judged]:
    path = data / "mtrag-human" / "faithfulness_calibration.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["contexts"]:
                ratings = row["human_faithfulness"]
                yield Judged(
                    "mtrag",
                    _half(row["task_id"]),
                    row["question"],
                    row["response"],
                    tuple(_passage(c["text"], c["id"]) for c in row["contexts"]),
                    float(np.mean(ratings)) >= FAITHFUL,
                    min(ratings) >= 4,
                )


def begin_wow(data: Path) -> Iterator[Judged]:
    path = data / "begin-wow" / "begin_test_wow.tsv"
    with path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["begin_label"] != "Generic":
                source, borne_out = row["knowledge"], row["begin_label"] == "Fully attributable"
                passages = (_passage(source, "source"),)
                half = _half(source)
                yield Judged("begin-wow", half, "", row["response"], passages, borne_out, borne_out)


def _passage(text: str, name: str) -> Passage:
    return Passage(name, 0, len(text), text, "", tuple(sentence_spans(text)))


def _half(key: str) -> int:
    return hashlib.sha256(key.encode()).digest()[0] % 2


def sentences(judged: Sequence[Judged]) -> list[Judged]:
    """The sentences that claim something, each with all of its text's passages.

    A reply of BEGIN-WoW was judged as a whole, chat such as "that's cool" aside: only those with
    one sentence say which one was borne out.
    """
    found = []
    for item in judged:
        said = [s for s in map(statement, segments(clean(item.text))) if s.text]
        if item.supported and (item.data != "begin-wow" or len(said) == 1):
            found += [replace(item, text=s.text) for s in said if not s.is_neutral]
    return found


def accepted(item: Judged) -> bool:
    """What the check decides, by the very call that answers are made with."""
    return bool(find_support(item.text, (), item.passages, question=item.question))


def fit(judged: Sequence[Judged], signals: np.ndarray) -> tuple[np.ndarray, float]:
    """Logistic regression on the first half; both sets and both verdicts have the same say."""
    first = np.array([item.half == 0 for item in judged])
    kinds = np.array([f"{item.data} {item.faithful}" for item in judged])[first]
    weights = 1 / np.array([(kinds == kind).mean() for kind in kinds])
    scale = signals[first].std(axis=0) + 1e-6
    model = LogisticRegression(max_iter=2000)
    labels = [item.faithful for item in judged if item.half == 0]
    model.fit(signals[first] / scale, labels, sample_weight=weights / weights.mean())
    return model.coef_[0] / scale, float(model.intercept_[0])


def report_people(judged: Sequence[Judged], scores: dict[str, np.ndarray]) -> None:
    print("AUROC for what people found unfaithful: the half not fitted on / all")
    for data in SETS:
        for name, score in scores.items():
            halves = [_auroc(judged, score, data, half) for half in ((1,), (0, 1))]
            print(f"  {data:10} {name:24} {halves[0]:.3f} / {halves[1]:.3f}")


def _auroc(judged: Sequence[Judged], score: np.ndarray, data: str, halves: Sequence[int]) -> float:
    here = np.array([item.data == data and item.half in halves for item in judged])
    labels = np.array([item.faithful for item in judged])
    return float(roc_auc_score(labels[here], score[here]))


def report_alarms(supported: Sequence[Judged], verdicts: Sequence[bool], wrong: list[str]) -> None:
    print("False alarms on supported sentences: the half not tuned on / all")
    for data in SETS:
        counts = []
        for halves in ((1,), (0, 1)):
            these = [
                verdict
                for item, verdict in zip(supported, verdicts, strict=True)
                if item.data == data and item.half in halves
            ]
            counts.append(f"{1 - np.mean(these):.3f} of {len(these)}")
        print(f"  {data:10} {' / '.join(counts)}")
    wrong += [
        f"false alarm: {item.text}"
        for item, verdict in zip(supported, verdicts, strict=True)
        if not verdict and item.half == 0
    ]


def report_edits(supported: Sequence[Judged], verdicts: Sequence[bool], wrong: list[str]) -> None:
    """Edits of sentences that were accepted before, so that only the edit can be what is seen."""
    print(
        f"{EDITED} edits of accepted sentences that are refused then: the other half / first half"
    )
    for half in (1, 0):
        chance = random.Random(half)
        pool = [s for s, ok in zip(supported, verdicts, strict=True) if ok and s.half == half]
        edited = list(_edited(pool, chance))
        seen = [(kind, not accepted(item)) for kind, item in edited]
        by_kind = [
            f"{kind} {np.mean([s for k, s in seen if k == kind]):.2f}"
            f" ({sum(k == kind for k, _ in seen)})"
            for kind in EDITS
            if any(k == kind for k, _ in seen)
        ]
        print(f"  {np.mean([s for _, s in seen]):.3f} of {len(seen)}: {', '.join(by_kind)}")
        if half == 0:
            wrong += [
                f"missed, {kind}: {item.text}"
                for (kind, item), (_, was_seen) in zip(edited, seen, strict=True)
                if not was_seen
            ]


def _edited(pool: Sequence[Judged], chance: random.Random) -> Iterator[tuple[str, Judged]]:
    """Edits in turn of each kind and of each set, no sentence twice for one kind."""
    offers = {}
    for kind, edit in EDITS.items():
        for data in SETS:
            these = []
            for item in pool:
                passages = "\n".join(passage.text for passage in item.passages)
                if item.data == data and (text := edit(item.text, passages, chance)):
                    these.append(replace(item, text=text))
            chance.shuffle(these)
            offers[kind, data] = these
    made = 0
    while made < EDITED and any(offers.values()):
        for (kind, _), these in offers.items():
            if these and made < EDITED:
                made += 1
                yield kind, these.pop()


def report_others(supported: Sequence[Judged]) -> None:
    """A sentence must not find support in passages about something else."""
    chance = random.Random(2)
    print("Sentences refused beside passages of another question: the other half / first half")
    for data in SETS:
        shares = []
        for half in (1, 0):
            pool = [s for s in supported if s.data == data and s.half == half]
            refused = []
            for item in chance.sample(pool, min(OTHERS // 4, len(pool))):
                other = chance.choice([s for s in pool if not _shares_source(s, item)])
                refused.append(not accepted(replace(item, passages=other.passages)))
            shares.append(f"{np.mean(refused):.3f} of {len(refused)}")
        print(f"  {data:10} {' / '.join(shares)}")


def _shares_source(one: Judged, other: Judged) -> bool:
    return bool({p.text for p in one.passages} & {p.text for p in other.passages})


def main() -> int:
    """Fit, report, and write the weights if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with mtrag-human/ and begin-wow/")
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.name}")
    parser.add_argument("--wrong", type=Path, help="write what goes wrong in the first half here")
    parser.add_argument("--check-only", action="store_true", help="leave out the AUROC")
    args = parser.parse_args()
    judged = [*mtrag(args.data), *begin_wow(args.data)]
    if not args.check_only:
        signals = np.array([features(i.text, i.passages, question=i.question) for i in judged])
        weights, intercept = fit(judged, signals)
        by_words = signals[:, FEATURES.index("content")]
        report_people(judged, {"content words": by_words, "groundedness": signals @ weights})
        if args.write:
            _write(weights, intercept)
    wrong: list[str] = []
    supported = sentences(judged)
    verdicts = [accepted(item) for item in supported]
    report_alarms(supported, verdicts, wrong)
    report_edits(supported, verdicts, wrong)
    report_others(supported)
    if args.wrong:
        args.wrong.write_text("\n".join(wrong) + "\n", encoding="utf-8")
    return 0


def _write(weights: np.ndarray, intercept: float) -> None:
    values = dict(zip(FEATURES, weights.astype(float).round(3).tolist(), strict=True))
    fitted = {"intercept": round(intercept, 3), **values}
    TARGET.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {TARGET.name}")


if __name__ == "__main__":
    sys.exit(main())
