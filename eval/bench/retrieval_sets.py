"""The retrieval sets of ../shared/data: documents as files, questions, and where the answers are.

Each set writes its documents into a folder, as a user would have them, and gives its questions. A
question's half is 0 or 1, for tuning on one and reporting on the other; questions on the same
subject (a conversation, an article) are in the same half.
"""

from __future__ import annotations

import ast
import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log2
from pathlib import Path
from typing import Any

from askdocs import Hit

Place = tuple[str, int, int]
"""A document's id and a span of its text."""


@dataclass(frozen=True)
class Asked:
    """A question, what was said before it, and the places that answer it.

    `speakers` tells who said each turn of `history`: "user" or "agent".
    """

    question: str
    places: tuple[Place, ...]
    half: int
    history: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()


@dataclass(frozen=True)
class RetrievalSet:
    """A set: how it is written to a folder, how many hits it needs, how hits are scored."""

    name: str
    measures: tuple[str, ...]
    k: int
    write: Callable[[Path, Path], list[Asked]]
    score: Callable[[Asked, Sequence[Hit]], tuple[float, ...]]


def documents_of(hits: Sequence[Hit]) -> list[str]:
    """The documents of hits, each once, in order of the best hit."""
    return list(dict.fromkeys(hit.passage.document for hit in hits))


def ndcg_at_10(asked: Asked, hits: Sequence[Hit]) -> tuple[float, ...]:
    """Normalised discounted cumulative gain of the first ten documents, all gains 1."""
    relevant = {document for document, _, _ in asked.places}
    found = documents_of(hits)[:10]
    gain = sum(1 / log2(rank + 2) for rank, document in enumerate(found) if document in relevant)
    return (gain / sum(1 / log2(rank + 2) for rank in range(min(10, len(relevant)))),)


def recall_at_5(asked: Asked, hits: Sequence[Hit]) -> tuple[float, ...]:
    """Share of the relevant documents among the first five."""
    relevant = {document for document, _, _ in asked.places}
    return (len(relevant & set(documents_of(hits)[:5])) / len(relevant),)


def first_right(asked: Asked, hits: Sequence[Hit]) -> tuple[float, ...]:
    """1 if the first hit is of the right document."""
    return (float(bool(hits) and hits[0].passage.document == asked.places[0][0]),)


def sentences_at_5(asked: Asked, hits: Sequence[Hit]) -> tuple[float, ...]:
    """Share of the reference sentences that stand whole in the first five passages."""
    whole = sum(_covered(place, hits[:5]) == place[2] - place[1] for place in asked.places)
    return (whole / len(asked.places),)


def characters_at_5(asked: Asked, hits: Sequence[Hit]) -> tuple[float, ...]:
    """Recall and precision of characters in the first five passages."""
    common = sum(_covered(place, hits[:5]) for place in asked.places)
    wanted = sum(b - a for _, a, b in asked.places)
    given = sum(hit.passage.end - hit.passage.start for hit in hits[:5])
    return common / wanted, common / max(given, 1)


def _covered(place: Place, hits: Sequence[Hit]) -> int:
    """How many characters of a place stand in the passages, which may not overlap."""
    document, start, end = place
    own = [hit.passage for hit in hits if hit.passage.document == document]
    # White space between two passages is in neither, and nobody misses it.
    spans = sorted((max(start, p.start), min(end, p.end)) for p in own)
    spans = [(a, b) for a, b in spans if b > a]
    total = sum(b - a for a, b in spans)
    gaps = (b - a for (_, a), (b, _) in pairwise(spans))
    return total + sum(gap for gap in gaps if gap <= 2)


def write_scifact(data: Path, folder: Path) -> list[Asked]:
    """One text file an abstract, its title in the first line."""
    for row in rows_of(data / "scifact-beir" / "corpus.jsonl.gz"):
        text = f"{row['title']}\n\n{row['text']}\n"
        (folder / f"{row['_id']}.txt").write_text(text, encoding="utf-8")
    relevant: dict[str, list[str]] = {}
    with (data / "scifact-beir" / "qrels.test.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            relevant.setdefault(row["query-id"], []).append(row["corpus-id"])
    return [
        Asked(
            row["text"],
            tuple((f"{document}.txt", 0, 1) for document in relevant[row["_id"]]),
            half_of(row["_id"]),
        )
        for row in rows_of(data / "scifact-beir" / "queries.jsonl")
        if row["_id"] in relevant
    ]


def write_mtrag(data: Path, folder: Path) -> list[Asked]:
    """One text file a passage of the pool; the questions with their whole conversations."""
    for row in rows_of(data / "mtrag-un" / "pool_corpus.jsonl.gz"):
        title = f"{row['title']}\n\n" if row["title"] else ""
        (folder / f"{row['_id']}.txt").write_text(title + row["text"], encoding="utf-8")
    relevant: dict[str, list[str]] = {}
    with (data / "mtrag-un" / "pool_qrels.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            relevant.setdefault(row["query-id"], []).append(row["corpus-id"])
    asked = []
    for row in rows_of(data / "mtrag-un" / "pool_queries.jsonl"):
        if row["_id"] not in relevant:
            continue
        turns = value_of(row["history"])
        asked.append(
            Asked(
                row["last_turn"],
                tuple((f"{document}.txt", 0, 1) for document in relevant[row["_id"]]),
                half_of(row["_id"].split("<::>")[0]),
                tuple(turn["text"] for turn in turns),
                tuple(turn["speaker"] for turn in turns),
            )
        )
    return asked


def write_dragonball(data: Path, folder: Path) -> list[Asked]:
    """All 108 documents; the finance questions that have reference sentences."""
    texts = {}
    for row in rows_of(data / "dragonball-en" / "docs.jsonl"):
        texts[str(row["doc_id"])] = row["content"]
        (folder / f"{row['doc_id']}.txt").write_text(row["content"], encoding="utf-8")
    asked = []
    for row in rows_of(data / "dragonball-en" / "queries_finance.jsonl"):
        truth, query = value_of(row["ground_truth"]), value_of(row["query"])
        places = tuple(
            (f"{document}.txt", at, at + len(reference.strip()))
            for document in map(str, truth["doc_ids"])
            for reference in truth["references"]
            if (at := texts.get(document, "").find(reference.strip())) >= 0
        )
        if places:
            asked.append(Asked(query["content"], places, half_of(places[0][0])))
    return asked


def write_chunking(data: Path, folder: Path) -> list[Asked]:
    """Five long documents; questions with the characters that answer them."""
    for path in sorted((data / "chunking-eval").glob("*.md")):
        # As text: what looks like Markdown in them is not, and the offsets are of the plain text.
        (folder / f"{path.stem}.txt").write_bytes(path.read_bytes())
    with (data / "chunking-eval" / "questions_df.csv").open(encoding="utf-8") as file:
        return [
            Asked(
                row["question"],
                tuple(
                    (f"{row['corpus_id']}.txt", place["start_index"], place["end_index"])
                    for place in json.loads(row["references"])
                ),
                half_of(row["question"]),
            )
            for row in csv.DictReader(file)
        ]


def write_xquad(data: Path, folder: Path) -> list[Asked]:
    """One text file a paragraph; the halves are of articles."""
    articles = json.loads((data / "xquad-en" / "xquad.en.json").read_text(encoding="utf-8"))["data"]
    asked = []
    for article in articles:
        for number, paragraph in enumerate(article["paragraphs"]):
            name = "".join(c if c.isalnum() else "_" for c in article["title"]) + f"-{number}.txt"
            (folder / name).write_text(paragraph["context"], encoding="utf-8")
            for row in paragraph["qas"]:
                at = row["answers"][0]["answer_start"]
                place = (name, at, at + len(row["answers"][0]["text"]))
                asked.append(Asked(row["question"], (place,), half_of(article["title"])))
    return asked


SETS = {
    each.name: each
    for each in (
        RetrievalSet("scifact", ("nDCG@10",), 30, write_scifact, ndcg_at_10),
        RetrievalSet("mtrag-un", ("R@5",), 15, write_mtrag, recall_at_5),
        RetrievalSet("dragonball", ("sentences@5",), 5, write_dragonball, sentences_at_5),
        RetrievalSet("chunking", ("recall@5", "precision@5"), 5, write_chunking, characters_at_5),
        RetrievalSet("xquad", ("first",), 1, write_xquad, first_right),
    )
}


def half_of(subject: str) -> int:
    """0 or 1, the same for the same subject always."""
    return zlib.crc32(subject.encode()) % 2


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    data = path.read_bytes()
    lines = gzip.decompress(data) if path.suffix == ".gz" else data
    yield from map(json.loads, lines.splitlines())


def value_of(field: Any) -> Any:
    """A field that may have been written as Python shows it."""
    return ast.literal_eval(field) if isinstance(field, str) else field
