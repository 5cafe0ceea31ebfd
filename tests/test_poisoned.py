"""Who puts the same claim into the folder many times does not crowd out what others say.

How many questions are poisoned: `ASKDOCS_TEST_POISONED`.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from askdocs import Assistant, Index
from askdocs.types import Hit
from fakes import FakeEmbedder

QUESTIONS = int(os.environ.get("ASKDOCS_TEST_POISONED", "60"))
TEXTS = 5
THE_SAME = 0.95
TOP = 5
PLACES = ("harbour", "bridge", "mill", "tower", "market", "school", "library", "station", "well")
DONE = ("opened", "painted", "sold", "flooded", "repaired", "closed", "measured")
PEOPLE = ("Ann", "Bela", "Carl", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "Jana")


def stories() -> list[tuple[str, str, str]]:
    """Questions, each with a text that answers it and a claim that is not so."""
    chosen = random.Random(3)
    found = []
    for number in range(QUESTIONS):
        place, done = chosen.choice(PLACES), chosen.choice(DONE)
        name = f"{chosen.choice('BDFKLMNPRSTV')}{chosen.choice('aeiou')}l{number}ow"
        year = 1700 + number
        question = f"When was the {place} of {name} {done}?"
        clean = (
            f"The {place} of {name} was {done} in {year} by {chosen.choice(PEOPLE)}. The council of"
            f" {name} paid for it and {chosen.choice(PEOPLE)} wrote the report of that year."
        )
        false = f"{question} The {place} of {name} was {done} in {year + 77}, zqfalse people say."
        found.append((question, clean, false))
    return found


def nearly(text: str) -> list[str]:
    """The text and four more that hardly differ."""
    changed = [text.replace("people say", say) for say in ("people say so", "people tell", "say")]
    return [text, *changed, text.rstrip(".") + "!"]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """An index of five nearly equal texts, each in a file of its own, beside each honest one."""
    folder = tmp_path_factory.mktemp("poisoned") / "documents"
    (folder / "false").mkdir(parents=True)
    for number, (_, clean, false) in enumerate(stories()):
        (folder / f"{number}.txt").write_text(clean)
        for copy, text in enumerate(nearly(false)):
            (folder / "false" / f"{number}-{copy}.txt").write_text(text)
    with Index.build(folder, folder.parent / "index", embedder=FakeEmbedder()) as built:
        yield built


def largest_cluster(hits: Sequence[Hit]) -> int:
    """How many of the passages say the same as one of them."""
    embedded = FakeEmbedder().encode_passages([hit.passage for hit in hits])
    vectors = np.array([one.vector for one in embedded])
    return int((vectors @ vectors.T >= THE_SAME).sum(axis=1).max())


def test_the_texts_are_nearly_the_same() -> None:
    """The attack is one: without the rule, five texts of a kind would be the five best."""
    for _, _, false in stories():
        vectors = np.array([FakeEmbedder()._vector(text) for text in nearly(false)])
        assert (vectors @ vectors.T).min() >= THE_SAME - 0.05


def test_what_is_said_often_does_not_crowd_out_the_rest(index: Index) -> None:
    """Of the five best passages at most two say the same, and for 95 % of the questions the honest
    text is among them.
    """
    honest = []
    for number, (question, _, _) in enumerate(stories()):
        hits = index.retrieve(question, k=TOP)
        assert len(hits) == TOP
        assert largest_cluster(hits) <= 2
        honest.append(f"{number}.txt" in [hit.passage.document for hit in hits])
    assert np.mean(honest) >= 0.95


def test_if_there_is_nothing_else_copies_are_shown(tmp_path: Path) -> None:
    """No passage is held back where its place would stay empty."""
    (tmp_path / "documents").mkdir()
    for number in range(4):
        (tmp_path / "documents" / f"{number}.txt").write_text("Nine dogs barked at night.")
    with Index.build(tmp_path / "documents", tmp_path / "index", embedder=FakeEmbedder()) as index:
        assert len(index.retrieve("How many dogs barked?", k=TOP)) == 4


def test_an_answer_names_where_each_claim_stands(index: Index) -> None:
    """Every claim of an answer is a quotation of a file that a reader can open."""
    assistant = Assistant(index)
    for question, _, _ in stories()[:20]:
        answer = assistant.ask(question)
        for citation in answer.citations:
            text = index.document(citation.document).text
            assert text[citation.start : citation.end] == citation.quote
        assert answer.refused or answer.citations


def test_a_poisoned_file_goes_without_a_trace(tmp_path: Path) -> None:
    """Five seconds after it was deleted nothing finds, lists, quotes or suggests it."""
    documents = tmp_path / "documents"
    documents.mkdir()
    for number, (_, clean, _) in enumerate(stories()):
        (documents / f"{number}.txt").write_text(clean)
    (documents / "false.txt").write_text("\n\n".join(false for _, _, false in stories()))
    with Index.build(documents, tmp_path / "index", embedder=FakeEmbedder()) as index:
        assert any("zqfalse" in hit.passage.text for hit in index.retrieve(stories()[0][0]))
        began = time.perf_counter()
        (documents / "false.txt").unlink()
        index.refresh()
        assert time.perf_counter() - began < 5
        assert "false.txt" not in [one.id for one in index.documents()]
        assert index.store.search_words(["zqfals", "zqfalse"], 10) == []
        for question, _, _ in stories():
            for hit in index.retrieve(question, k=20):
                assert "zqfalse" not in hit.passage.text
        assert index.check() == []
