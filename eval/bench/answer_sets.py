"""The answering sets of ../shared/data: documents as files, questions, and what is right to say.

Each set writes its documents into a folder, as a user would have them, and gives its questions.
Questions on the same subject (an article, a conversation) are in the same half, 0 or 1: askdocs is
fitted on half 0.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from retrieval_sets import Place, half_of, rows_of, value_of

from askdocs import Filter
from askdocs.types import EVERYTHING


@dataclass(frozen=True)
class Question:
    """A question with all that tells whether an answer to it is right.

    `places` are where the answer stands, `answers` its short forms, `wrong` what planted documents
    say instead. `key` names the question in reports.
    """

    key: str
    text: str
    half: int
    answerable: bool = True
    places: tuple[Place, ...] = ()
    answers: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    within: Filter = EVERYTHING


Write = Callable[[Path, Path], list[Question]]


def write_xquad(data: Path, folder: Path) -> list[Question]:
    """240 paragraphs of Wikipedia, a file each; every question is answered in one of them."""
    articles = json.loads((data / "xquad-en" / "xquad.en.json").read_text(encoding="utf-8"))["data"]
    questions = []
    for place, article in enumerate(articles):
        for number, paragraph in enumerate(article["paragraphs"]):
            name = "".join(c if c.isalnum() else "_" for c in article["title"]) + f"-{number}.txt"
            _put(folder, name, paragraph["context"])
            for row in paragraph["qas"]:
                answer = row["answers"][0]
                start, text = answer["answer_start"], answer["text"]
                questions.append(
                    Question(
                        row["id"],
                        row["question"],
                        place % 2,
                        places=((name, start, start + len(text)),),
                        answers=(text,),
                    )
                )
    return questions


def write_clapnq(data: Path, folder: Path) -> list[Question]:
    """Wikipedia passages, each with a question that is asked of it alone: half have no answer."""
    questions = []
    for kind in ("answerable", "unanswerable"):
        for row in rows_of(data / "clapnq-dev" / f"clapnq_dev_{kind}.jsonl"):
            (passage,), name = row["passages"], f"{row['id']}.txt"
            title = f"{passage['title']}\n\n"
            _put(folder, name, title + passage["text"])
            sentences = row["output"][0]["selected_sentences"]
            starts = [(passage["text"].find(sentence), len(sentence)) for sentence in sentences]
            places = [
                (name, len(title) + start, len(title) + start + length)
                for start, length in starts
                if start >= 0
            ]
            questions.append(
                Question(
                    row["id"],
                    row["input"],
                    half_of(row["id"]),
                    kind == "answerable",
                    tuple(places),
                    within=Filter(documents=(name,)),
                )
            )
    return questions


def write_dragonball(data: Path, folder: Path) -> list[Question]:
    """108 invented documents on companies, courts and patients; the questions on companies."""
    texts = {}
    for row in rows_of(data / "dragonball-en" / "docs.jsonl"):
        texts[f"{row['doc_id']}.txt"] = row["content"]
        _put(folder, f"{row['doc_id']}.txt", row["content"])
    questions = []
    for row in rows_of(data / "dragonball-en" / "queries_finance.jsonl"):
        truth, query = value_of(row["ground_truth"]), value_of(row["query"])
        names = [f"{number}.txt" for number in truth["doc_ids"]]
        places = [
            (name, start, start + len(reference.strip()))
            for name in names
            for reference in truth["references"]
            if (start := texts.get(name, "").find(reference.strip())) >= 0
        ]
        if places or not row["answerable"]:
            subject = names[0] if names else query["content"]
            questions.append(
                Question(
                    str(query["query_id"]),
                    query["content"],
                    half_of(subject),
                    row["answerable"],
                    tuple(places),
                )
            )
    return questions


def write_mtrag(data: Path, folder: Path) -> list[Question]:
    """The last turns of conversations to which the documents have no answer."""
    for row in rows_of(data / "mtrag-un" / "pool_corpus.jsonl.gz"):
        title = f"{row['title']}\n\n" if row["title"] else ""
        _put(folder, f"{row['_id']}.txt", title + row["text"])
    questions = []
    for row in rows_of(data / "mtrag-un" / "reference.jsonl"):
        if value_of(row["answerability"]) != ["UNANSWERABLE"]:
            continue
        asked = [turn["text"] for turn in value_of(row["input"]) if turn["speaker"] == "user"]
        half = half_of(row["conversation_id"])
        questions.append(
            Question(row["task_id"], asked[-1], half, False, history=tuple(asked[:-1]))
        )
    return questions


def write_ramdocs(data: Path, folder: Path) -> list[Question]:
    """Questions with a few documents each: several valid answers, false ones, and noise."""
    questions = []
    for number, row in enumerate(rows_of(data / "ramdocs" / "ramdocs.jsonl")):
        own = f"{number:03d}"
        for place, document in enumerate(row["documents"]):
            _put(folder, f"{own}/{place}.txt", document["text"])
        questions.append(
            Question(
                own,
                row["question"],
                number % 2,
                answers=tuple(row["gold_answers"]),
                wrong=tuple(row["wrong_answers"]),
                within=Filter(folder=own),
            )
        )
    return questions


def write_rgb(data: Path, folder: Path) -> list[Question]:
    """Questions with true passages and one false one among them."""
    rows = [
        row
        for row in rows_of(data / "rgb-en-fact" / "en_fact.json")
        if row["positive"] and row["positive_wrong"]
    ]
    questions = []
    for row in rows:
        own = f"{row['id']:03d}"
        for place, text in enumerate([*row["positive"][:2], row["positive_wrong"][-1]]):
            _put(folder, f"{own}/{place}.txt", text)
        answers = row["answer"] if isinstance(row["answer"], list) else [row["answer"]]
        flat = [each for answer in answers for each in _listed(answer)]
        questions.append(
            Question(
                own,
                row["query"],
                half_of(own),
                answers=tuple(flat),
                wrong=tuple(_listed(row["fakeanswer"])),
                within=Filter(folder=own),
            )
        )
    return questions


SETS: dict[str, Write] = {
    "xquad": write_xquad,
    "clapnq": write_clapnq,
    "dragonball": write_dragonball,
    "mtrag-un": write_mtrag,
    "ramdocs": write_ramdocs,
    "rgb": write_rgb,
}


def _listed(value: str | list[str]) -> Iterator[str]:
    yield from [value] if isinstance(value, str) else value


def _put(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
