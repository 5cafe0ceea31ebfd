"""Fit the weights by which askdocs finds short answers: `answering/short_answers.json`.

    python eval/bench/fit_short_answers.py ../shared/data [--keep build/fit] [--write]

Pairs of a question and the sentence that answers it come from XQuAD (English), RAMDocs and
PoisonedRAG. Half of the articles (XQuAD) or of the questions (RAMDocs) are fitted on, and all of
PoisonedRAG; everything printed is measured on the other half. The probability of an answer is
fitted on what three thirds of the first half say of one another, given the sentences that askdocs
puts first, whether they answer or not.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from short_answer_pairs import Example, Pair, examples, pairs
from sklearn.linear_model import LogisticRegression

from askdocs.answering import span_context, span_features
from askdocs.answering.short_answers import Ranker, Vectors, certainty, expected
from askdocs.answering.wanted import WANTS
from askdocs.embedding import open_embedder

TARGET = Path(__file__).parents[2] / "src" / "askdocs" / "answering" / "short_answers.json"
SHARES = {"xquad": 1.0, "ramdocs": 0.5, "poisonedrag": 0.5}  # how much a pair of each counts
PENALTIES = {"all": 0.05, "own": 0.15, "vectors": 0.1}
COORDINATES, QUESTION, TOGETHER = 64, 24, 32
WRONG = 30  # wrong spans that each right one is held against
RIGHT = 0.3  # an F1 above it makes a span partly right
SHARPNESS = 1.5  # by how much a span that is only partly right counts less
ROUNDS = 40
PARTS = ("span", "first", "last", "before", "after")
HALF = 0.5


def projection(rows: np.ndarray, count: int) -> np.ndarray:
    """The principal components (d, count), scaled to unit variance, as they are written."""
    rows = rows.astype(np.float64)
    rows = rows - rows.mean(axis=0)
    values, vectors = np.linalg.eigh(rows.T @ rows / len(rows))
    found = vectors[:, ::-1][:, :count]
    found = found * np.sign(found[np.abs(found).argmax(axis=0), np.arange(count)])
    return np.round(found / np.sqrt(values[::-1][:count]), 2).astype(np.float32)


def coordinates(example: Example, words: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The coordinates of the candidates' parts, and their products with the question's."""
    places = span_context.projected(example.searched, example.context, words)
    phrase = span_context.phrase(example.searched, example.context) @ asked
    products = places["span"][:, :TOGETHER, None] * phrase[None, None] * HALF
    return np.concatenate(
        [*(places[p] for p in PARTS), products.reshape(len(products), -1)], axis=1
    )


def fit(examples: list[Example], names: list[str], with_vectors: bool) -> Ranker:
    """The weights that make the right spans of these examples the most probable."""
    chosen = [sample(example) for example in examples]
    columns = [example.columns(names) for example in examples]
    columns = np.concatenate([c[rows] for c, rows in zip(columns, chosen, strict=True)])
    scale = columns.std(axis=0) + 3e-2
    columns = (columns - columns.mean(axis=0)) / scale
    words = asked = None
    extra = np.zeros((len(columns), 0), np.float32)
    if with_vectors:
        words = projection(np.concatenate([e.context.words[::3] for e in examples]), COORDINATES)
        phrases = [span_context.phrase(e.searched, e.context) for e in examples]
        asked = projection(np.array(phrases), QUESTION)
        places = [coordinates(e, words, asked)[r] for e, r in zip(examples, chosen, strict=True)]
        extra = np.concatenate(places).astype(np.float32)
    right = np.concatenate([e.agrees[r] for e, r in zip(examples, chosen, strict=True)])
    starts = np.cumsum([0, *(len(r) for r in chosen)])[:-1]
    shares = np.array([SHARES[e.pair.data] for e in examples])
    wants = np.array([WANTS.index(e.searched.wanted.wants) for e in examples])
    shared, own, vectors = solve(columns, extra, right**SHARPNESS, starts, shares, wants)
    weights = ((shared[:, None] + own) / scale[:, None]).astype(np.float32)
    parts = together = None
    if with_vectors:
        cut = len(PARTS) * COORDINATES
        parts = dict(zip(PARTS, vectors[:cut].reshape(len(PARTS), -1), strict=True))
        together = vectors[cut:].reshape(TOGETHER, QUESTION) * HALF
    found = Vectors(words, asked, parts, together) if with_vectors else None
    return Ranker(tuple(names), weights, {}, found)


def sample(example: Example) -> np.ndarray:
    """The candidates that are fitted on: the right ones, and some of the others."""
    chance = np.random.default_rng(len(example.searched.text))
    wrong = np.flatnonzero(example.agrees <= RIGHT)
    wrong = chance.permutation(wrong)[:WRONG]
    return np.sort(np.concatenate([np.flatnonzero(example.agrees > RIGHT), wrong]))


def solve(columns, extra, right, starts, shares, wants):
    """Weights for all sorts, for each sort, and of the vectors, by the softmax over candidates."""
    sizes = np.diff([*starts, len(right)])
    row = np.repeat(np.arange(len(starts)), sizes)
    shares = shares * (np.add.reduceat(right, starts) > RIGHT)
    shares = (shares / shares.sum()).astype(np.float32)
    of_sort = [np.flatnonzero(wants[row] == sort) for sort in range(len(WANTS))]
    count = columns.shape[1]
    shape = (count, count * len(WANTS), extra.shape[1])
    penalties = np.repeat([PENALTIES["all"], PENALTIES["own"], PENALTIES["vectors"]], shape)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        shared, own, vectors = np.split(weights.astype(np.float32), np.cumsum(shape)[:-1])
        own = own.reshape(count, -1)
        scores = columns @ shared + extra @ vectors
        for sort, rows in enumerate(of_sort):
            scores[rows] += columns[rows] @ own[:, sort]
        scores = np.exp(scores - np.maximum.reduceat(scores, starts)[row])
        likely = scores / np.add.reduceat(scores, starts)[row]
        hit = np.add.reduceat(likely * right, starts) + 1e-6
        slope = shares[row] * (likely - likely * right / hit[row])
        by_sort = [columns[rows].T @ slope[rows] for rows in of_sort]
        slopes = (columns.T @ slope, np.stack(by_sort, axis=1).ravel(), extra.T @ slope)
        value = -float(shares @ np.log(hit)) + float(penalties @ weights**2)
        return value, np.concatenate(slopes).astype(np.float64) + 2 * penalties * weights

    begin = np.zeros(sum(shape))
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS}).x
    shared, own, vectors = np.split(found, np.cumsum(shape)[:-1])
    return shared, own.reshape(count, -1), vectors.astype(np.float32)


def chosen(example: Example, ranker: Ranker) -> tuple[float, float]:
    """How far the span chosen agrees with the right answer, and how far it is expected to."""
    scores = ranker.scores(example.searched, example.context)
    order = np.arange(len(scores))
    shared = expected(example.searched, scores, order)
    best = int(np.argmax(shared))
    return float(example.agrees[best]), float(shared[best])


def fit_certainty(examples: list[Example], names: list[str], with_vectors: bool) -> dict:
    """The weights of the probability, from what each third says after the other two."""
    rows, right = [], []
    for third in range(3):
        ranker = fit(
            [e for e in examples if e.pair.gold and e.pair.group % 3 != third], names, with_vectors
        )
        for example in examples:
            if example.pair.group % 3 == third and example.pair.first:
                agrees, shared = chosen(example, ranker)
                rows.append(certainty(example.searched, shared))
                right.append(agrees >= HALF)
    keys = ("always", "agreement", "coverage", *WANTS)
    table = np.array([[row.get(key, 0.0) for key in keys] for row in rows])
    model = LogisticRegression(C=0.3, fit_intercept=False, max_iter=2000).fit(table, right)
    return dict(zip(keys, model.coef_[0].astype(float), strict=True))


def report(name: str, examples: list[Example], unread: list[Pair], ranker: Ranker) -> None:
    """Print what the other half says; questions left out count as answered wrongly in `all`."""
    for data, given in (
        ("xquad", "gold"),
        ("xquad", "first"),
        ("ramdocs", "gold"),
        ("ramdocs", "first"),
    ):
        here = [e for e in examples if e.pair.data == data and getattr(e.pair, given)]
        silent = sum(p.data == data and getattr(p, given) for p in unread)
        found = np.array([chosen(e, ranker) for e in here])
        agrees = 100 * found[:, 0]
        sure = [ranker.probability(e.searched, s) for e, (_, s) in zip(here, found, strict=True)]
        surest = agrees[np.argsort(-np.array(sure), kind="stable")]
        error = np.mean((np.array(sure) - (agrees >= 50)) ** 2)
        print(
            f"{name:10} {data:7} {given:5} {len(here):4} asked, {silent:3} left out:"
            f" F1 {agrees.mean():.1f} (all {agrees.sum() / (len(here) + silent):.1f}),"
            f" exact {(agrees > 99.9).mean():.1%}, half right {(agrees >= 50).mean():.1%};"
            f" F1 of the surest quarter {surest[: len(here) // 4].mean():.1f},"
            f" half {surest[: len(here) // 2].mean():.1f}; Brier {error:.3f}",
            flush=True,
        )


def main() -> int:
    """Fit, report on the other half, and write the weights if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with xquad-en/, ramdocs/ and security/")
    parser.add_argument("--keep", type=Path, help="keep the indexes here, for the next time")
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.name}")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = args.keep or Path(temporary)
        known = list(pairs(args.data, place))
        embedder = open_embedder(place / "xquad" / "index" / "model")
        read = list(examples(known, embedder))
    fitted_on = [example for example in read if example.pair.half == 0]
    held_out = [example for example in read if example.pair.half == 1]
    unread = [pair for pair in known if pair.half == 1 and pair.left_out]
    plain = list(span_features.features(read[0].searched))
    every = list(read[0].found)
    rankers = {}
    for name, names, with_vectors in (("plain", plain, False), ("contextual", every, True)):
        ranker = fit([e for e in fitted_on if e.pair.gold], names, with_vectors)
        sure = fit_certainty(fitted_on, names, with_vectors)
        rankers[name] = rounded(replace(ranker, certainty=sure))
        report(name, held_out, unread, rankers[name])
    if args.write:
        write(rankers, embedder.name)
    return 0


def rounded(ranker: Ranker) -> Ranker:
    """The weights as they are written, so that what is measured is what is shipped."""
    vectors = ranker.vectors and replace(
        ranker.vectors,
        parts={part: row.round(3) for part, row in ranker.vectors.parts.items()},
        together=ranker.vectors.together.round(3),
    )
    sure = {name: round(weight, 3) for name, weight in ranker.certainty.items()}
    return replace(ranker, weights=ranker.weights.round(3), certainty=sure, vectors=vectors)


def write(rankers: dict[str, Ranker], embedder: str) -> None:
    """Write the weights, a line for each feature and for each coordinate."""
    contextual = rankers["contextual"].vectors
    fitted = {
        "embedder": embedder,
        "projections": {
            "words": (contextual.words.T * 100).round().astype(int).tolist(),
            "question": (contextual.question.T * 100).round().astype(int).tolist(),
        },
    }
    for name, ranker in rankers.items():
        rows = numbers(ranker.weights)
        fitted[name] = {
            "certainty": ranker.certainty,
            "features": dict(zip(ranker.names, rows, strict=True)),
        }
        if ranker.vectors:
            parts = {part: numbers(row) for part, row in ranker.vectors.parts.items()}
            fitted[name] |= {"parts": parts, "together": numbers(ranker.vectors.together)}
    text = json.dumps(fitted, indent=1, ensure_ascii=False)
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: "[" + re.sub(r"\s+", " ", m[1]) + "]", text)
    TARGET.write_text(text + "\n", encoding="utf-8")
    print(f"wrote {TARGET.name}: {len(text) // 1024} KiB")


def numbers(array: np.ndarray) -> list:
    """Plain numbers of three places; adding nothing turns -0.0 into 0.0."""
    return (array.astype(float).round(3) + 0.0).tolist()


if __name__ == "__main__":
    sys.exit(main())
