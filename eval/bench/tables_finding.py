"""The tables of how well passages are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tables_format import Records, published, table

MEASURES = (
    ("scifact", "nDCG@10", "SciFact, nDCG@10"),
    ("mtrag-un", "R@5", "mtrag-un pool, R@5"),
    (
        "dragonball",
        "sentences@5",
        "DRAGONBall finance, reference sentences in the first 5 passages",
    ),
    ("chunking", "recall@5", "chunking-eval, characters recalled in the first 5"),
    ("chunking", "precision@5", "chunking-eval, precision of the same"),
    ("xquad", "first", "XQuAD, right paragraph first"),
)
_SHORT = ("SciFact", "mtrag-un", "DRAGONBall", "XQuAD")
_NAMES = tuple(dict.fromkeys(name for name, _, _ in MEASURES))


def retrieval(records: Records) -> str:
    """Half 0, half 1 and all, with the interval."""
    found = records.read("retrieval")
    rows = []
    for name, measure, title in MEASURES:
        row = found[f"{name}, as it is"]
        each = row[measure]
        halves = [f"{each[half]:.1f}" for half in ("half 0", "half 1")]
        low, high = each["interval"]
        all_ = f"**{each['all']:.1f}**"
        rows.append([title, str(row["questions"]), *halves, all_, f"{low:.1f} to {high:.1f}"])
    check = found["self-test"]
    rows.append(
        [
            "self-test: SciFact, nDCG@10, the model alone",
            "",
            "",
            "",
            f"{check['nDCG@10']:.2f}",
            f"published: {check['published']}",
        ]
    )
    return table(["measure", "questions", "half 0", "half 1", "all", "95 % interval"], rows)


def before(records: Records) -> str:
    """What others reach on the same measure, with the source; then askdocs."""
    found = records.read("retrieval")
    rows = []
    for name, measure, title in MEASURES:
        for each in published():
            if each["measure"] == title:
                source = ": ".join(part for part in (each["kind"], each["source"]) if part)
                rows.append([title, each["system"], f"{each['value']:.1f}", source])
        ours = found[f"{name}, as it is"][measure]["all"]
        rows.append([title, "askdocs", f"**{ours:.1f}**", "`retrieval.py`"])
    return table(["measure", "system", "value", "source"], rows)


def retrieval_short(records: Records) -> str:
    """The four that the README shows, beside the best that was measured before."""
    found = records.read("retrieval")
    rows = []
    for name, measure, title in MEASURES:
        if title.startswith(_SHORT):
            ours = found[f"{name}, as it is"][measure]["all"]
            earlier = _earlier(title)
            told = f"{earlier['value']:.1f} ({earlier['system']})"
            rows.append([title, told, f"{ours:.1f}"])
    title = "finding the right passage, with the small embedded model (`eval/bench/retrieval.py`)"
    return table([title, "measured before", "askdocs"], rows)


def _earlier(title: str) -> Mapping[str, Any]:
    own = (one for one in published() if one["measure"] == title and one["kind"] != "published")
    return next(own)


def signals(records: Records) -> str:
    """What is lost without each signal, all questions, the first measure of each set."""
    found = records.read("retrieval")
    first = {name: measure for name, measure, _ in reversed(MEASURES)}
    variants = dict.fromkeys(key.split(", ", 1)[1] for key in found if ", " in key)
    rows = []
    for variant in variants:
        cells = []
        for name in _NAMES:
            row = found.get(f"{name}, {variant}")
            cells.append(f"{row[first[name]]['all']:.1f}" if row else "–")
        rows.append([variant, *cells])
    return table(["", *_NAMES], rows)
