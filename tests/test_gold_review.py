"""Going through drafts: what is written for each step, and what the page shows of strangers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from askdocs.errors import GoldError
from askdocs.evaluation.gold import as_question, read_gold, read_rows
from askdocs.evaluation.gold_context import Context, told
from askdocs.evaluation.gold_review import Edited, Review
from askdocs.types import Document

TEXT = "Before.\nThe bridge at <b>Pennick</b> was opened\nin 1931.\n\nAfter <script>x</script>."
TEXTS = {"a.txt": TEXT, "b.txt": "Other words."}
DRAFT: dict[str, Any] = {
    "id": "opened",
    "question": "When was the bridge at Pennick opened?",
    "answerable": True,
    "all_of": [["1931"]],
    "evidence": [{"document": "a.txt", "quote": "was opened\nin 1931"}],
    "type": "date",
    "draft": True,
    "note": "look",
}
ASKED: dict[str, Any] = {"id": "mayor", "question": "Who is the mayor?", "answerable": False}
SECOND = DRAFT | {"id": "second", "question": "When did the bridge at Pennick open at last?"}


@pytest.fixture
def review(tmp_path: Path) -> Review:
    """A gold file with a question between two drafts."""
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in (DRAFT, ASKED, SECOND)))
    return Review(path, TEXTS)


def rows(path: Path) -> list[dict[str, Any]]:
    return [row for _, row in read_rows(path)]


def test_an_accepted_draft_is_a_question_where_it_stood(review: Review) -> None:
    """Unchanged fields come back as they were, the quote with its line break; draft and note go."""
    review.accept("opened", review.edited(DRAFT))
    first, *others = rows(review.path)
    assert first == {name: DRAFT[name] for name in DRAFT if name not in ("draft", "note")}
    assert others == [ASKED, SECOND]
    assert [one.id for one in read_gold(review.path)] == ["opened", "mayor"]


def test_what_is_edited_is_written(review: Review) -> None:
    """Groups and their alternatives, another quote, whatever its white space."""
    edited = Edited("In which year?", True, "1931 | nineteen thirty-one\nPennick", "opened in 1931")
    review.accept("opened", edited)
    first = rows(review.path)[0]
    assert first["all_of"] == [["1931", "nineteen thirty-one"], ["Pennick"]]
    assert first["evidence"] == [{"document": "a.txt", "quote": "opened\nin 1931"}]


def test_a_draft_can_be_made_unanswerable(review: Review) -> None:
    """Then it has no answer and no evidence, whatever the fields hold."""
    review.accept("opened", Edited("Who paid for it?", False, "1931", "a.txt | 1931"))
    question = as_question(rows(review.path)[0], "gold")
    assert not question.answerable


@pytest.mark.parametrize(
    ("edited", "why"),
    [
        pytest.param(Edited("When?", True, "1931", "a.txt | in 1932"), "no document", id="quote"),
        pytest.param(Edited("When?", True, "1931", "b.txt | in 1931"), "a.txt has", id="document"),
        pytest.param(Edited(" ", True, "1931", "in 1931"), "is empty", id="question"),
        pytest.param(Edited("When?", True, "", "in 1931"), "all_of", id="answers"),
        pytest.param(Edited("When?", True, "[[", "in 1931"), "not JSON", id="json"),
    ],
)
def test_what_could_not_be_asked_is_not_written(review: Review, edited: Edited, why: str) -> None:
    """The file stays as it is, byte by byte, and the reason is told."""
    before = review.path.read_bytes()
    with pytest.raises(GoldError, match=why):
        review.accept("opened", edited)
    assert review.path.read_bytes() == before


def test_nothing_rejected_is_lost(review: Review) -> None:
    """Rejected drafts lie in a file beside it, whole, one after the other."""
    review.reject("second")
    review.reject("opened")
    assert rows(review.path) == [ASKED]
    assert rows(review.rejected) == [SECOND, DRAFT]


def test_every_step_can_be_undone(review: Review) -> None:
    """Back to the beginning, to the byte but for how JSON is written; then there is no more."""
    before = rows(review.path)
    review.accept("opened", review.edited(DRAFT))
    review.reject("second")
    assert [review.undo(), review.undo(), review.undo()] == ["second", "opened", ""]
    assert rows(review.path) == before
    assert rows(review.rejected) == []


def test_what_another_program_writes_meanwhile_stays(review: Review) -> None:
    """A row that was added after the page was opened is there after a step."""
    added = ASKED | {"id": "added"}
    with review.path.open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps(added))
    review.reject("opened")
    assert rows(review.path) == [ASKED, SECOND, added]
    with pytest.raises(GoldError, match="no draft"):
        review.reject("opened")


def test_evidence_is_shown_in_its_place_and_escaped() -> None:
    """The quote is marked in its document, the answer in the quote; no markup of theirs is left."""
    documents = {name: Document(name, text, name, "") for name, text in TEXTS.items()}
    shown = Context(documents).show(DRAFT)
    assert "<mark>was opened in <strong>1931</strong></mark>" in shown
    assert "&lt;b&gt;Pennick" in shown
    assert "<script>" not in shown and "<b>" not in shown
    hostile = DRAFT | {"note": "<img src=x>", "type": "<i>", "history": ["<u>"]}
    head = told(1, 2, hostile, ["<a>"])
    assert not any(mark in head for mark in ("<img", "<i>", "<u>", "<a>"))
    gone = DRAFT | {"evidence": [{"document": "<x>", "quote": "<y>"}]}
    assert "&lt;x&gt;" in Context(documents).show(gone)


def test_without_evidence_the_nearest_sentences_are_shown() -> None:
    """Whoever says that documents do not answer sees what comes nearest to it."""
    documents = {"a.txt": Document("a.txt", "The mayor of Pennick spoke. It rained.", "", "")}
    shown = Context(documents).show(ASKED)
    assert "The mayor of Pennick spoke." in shown
    assert "It rained." not in shown


def test_only_pages_of_this_computer_may_speak_to_it(review: Review) -> None:
    """Another host name and another page's origin are refused."""
    gold_page = pytest.importorskip("askdocs.evaluation.gold_page")
    app = gold_page.create_review_app(review, Context({}))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get("/").status_code == 200
        assert client.get("/", headers={"host": "evil.example"}).status_code == 400
        told = client.post("/gradio_api/queue/join", headers={"origin": "http://evil.example"})
        assert told.status_code == 403
