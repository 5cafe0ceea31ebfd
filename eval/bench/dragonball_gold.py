"""Makes a folder of documents and a gold file of DRAGONBall's questions on companies.

    python eval/bench/dragonball_gold.py ../shared/data build/dragonball
    askdocs eval build/dragonball/gold.jsonl --documents build/dragonball/documents

Both stay in that folder: the data may be used for non-commercial ends only (CC BY-NC-SA 4.0), and
nothing of it is part of this project.

What a right answer holds is derived, since the set has answers in sentences and no values: of an
answer of at most six words, the whole of it; else the amounts, percentages, numbers and dates of
its key points. A value counts if it is not in the question and stands, as written, in a reference
sentence; in a date whose year no reference sentence repeats, the month alone. A question
counts as expressed so if at least half of its key points have such a value. The others, mostly
"how did this contribute to that" and summaries without figures, cannot be judged by strings: they
are left out, and counted. So are twelve whose label upstream contradicts their answer. A right
answer here says all those values; it may still say something wrong besides.
"""

from __future__ import annotations

import argparse
import collections
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from retrieval_sets import half_of, rows_of, value_of

from askdocs.evaluation.metrics import holds

SHORT = 6
"""Words of an answer that is a value itself."""

_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(rf"\b({_MONTH})(?: \d{{1,2}},)? \d{{4}}\b")
_NUMBER = re.compile(
    r"(?:[$€£] ?)?\b\d[\d,]*(?:\.\d+)?(?: ?%| (?:percent|million|billion|thousand|trillion)\b)?"
)
_LISTED = re.compile(r"^\d+[.)] ")

Skipped = collections.Counter[str]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with dragonball-en/")
    parser.add_argument("place", type=Path, help="folder to write to")
    options = parser.parse_args()
    if not (options.data / "dragonball-en").is_dir():
        sys.exit(f"{options.data} has no folder dragonball-en; give the one that has")
    texts = write_documents(options.data, options.place / "documents")
    skipped: Skipped = collections.Counter()
    rows = list(gold_rows(options.data, texts, skipped))
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (options.place / "gold.jsonl").write_text(lines, encoding="utf-8")
    answerable = sum(row["answerable"] for row in rows)
    counts = {
        "documents": len(texts),
        "answerable": answerable,
        "unanswerable": len(rows) - answerable,
        "left out": dict(sorted(skipped.items())),
    }
    (options.place / "counts.json").write_text(json.dumps(counts, indent=1) + "\n")
    print(json.dumps(counts))
    return 0


def write_documents(data: Path, folder: Path) -> dict[str, str]:
    """One text file a document; returns their texts."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {}
    for row in rows_of(data / "dragonball-en" / "docs.jsonl"):
        texts[f"{row['doc_id']}.txt"] = row["content"]
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return texts


def gold_rows(data: Path, texts: Mapping[str, str], skipped: Skipped) -> Iterator[dict[str, Any]]:
    """The questions as a gold file has them; counts in `skipped` those that it cannot have."""
    for row in rows_of(data / "dragonball-en" / "queries_finance.jsonl"):
        truth, query = value_of(row["ground_truth"]), value_of(row["query"])
        names = [f"{number}.txt" for number in truth["doc_ids"]]
        asked: dict[str, Any] = {
            "id": str(query["query_id"]),
            "question": query["content"],
            "answerable": row["answerable"],
        }
        kind = query["query_type"].removesuffix(" Question")
        # The halves are those of answer_sets.py: what was fitted was fitted on "tune".
        half = half_of(names[0] if names else query["content"])
        rest = {"type": kind, "split": ("tune", "test")[half]}
        if not row["answerable"]:
            yield asked | rest
            continue
        if row.get("note"):
            skipped["label and answer contradict each other"] += 1
            continue
        evidence = list(_evidence(truth["references"], names, texts))
        wanted = values(query["content"], truth, [one["quote"] for one in evidence])
        if not evidence:
            skipped["no reference sentence stands in the documents"] += 1
        elif not wanted:
            skipped[f"no values to compare: {kind}"] += 1
        else:
            yield asked | {"all_of": wanted, "evidence": evidence} | rest


def values(question: str, truth: Mapping[str, Any], quotes: Sequence[str]) -> list[list[str]]:
    """What a right answer holds, a group a value; empty if the answer is no matter of values.

    >>> truth = {
    ...     "content": "Alder had more, with $5 million against $3 million.",
    ...     "keypoints": ["1. Alder had more.", "2. Alder: $5 million.", "3. Birch: $3 million."],
    ... }
    >>> values("Who had more, Alder or Birch?", truth, ["It had $5 million.", "It had $3 million."])
    [['$5 million'], ['$3 million']]
    """
    short = truth["content"].strip().rstrip(".")
    if len(short.split()) <= SHORT and _counts(short, question, quotes):
        return [[short]]
    of_points = [
        [value for value in _values(_LISTED.sub("", point), quotes) if not holds(question, value)]
        for point in truth["keypoints"]
    ]
    telling = sum(bool(each) for each in of_points)
    if not telling or 2 * telling < len(of_points):
        return []
    return [[value] for value in dict.fromkeys(value for each in of_points for value in each)]


def _values(point: str, quotes: Sequence[str]) -> Iterator[str]:
    """The dates and numbers of a key point that stand in the reference sentences."""
    for date in _DATE.finditer(point):
        yield from [way for way in (date[0], date[1]) if _stands(way, quotes)][:1]
    for number in _NUMBER.finditer(_DATE.sub(" ", point)):
        value = number[0].strip(" ,")
        if not re.fullmatch(r"(?:19|20)\d\d", value) and _stands(value, quotes):
            yield value


def _counts(value: str, question: str, quotes: Sequence[str]) -> bool:
    return _stands(value, quotes) and not holds(question, value)


def _stands(value: str, quotes: Sequence[str]) -> bool:
    return any(holds(quote, value) for quote in quotes)


def _evidence(
    references: Sequence[str], names: Sequence[str], texts: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """The reference sentences that stand in the question's documents as they are written."""
    for reference in references:
        quote = reference.strip()
        for name in names:
            if quote and quote in texts.get(name, ""):
                yield {"document": name, "quote": quote}


if __name__ == "__main__":
    sys.exit(main())
