"""Gold questions from what readers thought: valid where the answer was right, drafts where not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from askdocs.cli import main
from askdocs.errors import GoldError
from askdocs.evaluation.feedback import add_to_gold, gold_rows
from askdocs.evaluation.gold import check_evidence, count_drafts, read_gold
from askdocs.evaluation.metrics import holds
from askdocs.index import Index
from askdocs.store_feedback import FeedbackRow, Verdict
from askdocs.types import Answer, Citation, Claim, Conflict
from fakes import FakeEmbedder

TEXT = "Officials said that 44 people died. Earlier they had spoken of 164."
STANDS = Citation(1, "a.txt", 20, 34, "44 people died")
GONE = Citation(2, "a.txt", 36, 67, "Earlier they had spoken of 164.")
RIGHT = Answer("And how many died?", "44 [1]", direct="44", citations=(STANDS,), support=0.9)
REFUSED = Answer("Who is the mayor?", "The documents do not say.", refused=True)
DISAGREEING = Answer(
    "How many died?",
    "44 [1]; 164 was taken back [2]",
    citations=(STANDS, GONE),
    conflicts=(Conflict("", (Claim("44", "current", (1,)), Claim("164", "retracted", (2,)))),),
)
WRITTEN = Answer("What happened?", "People died [1].", mode="generative", citations=(STANDS,))


def opinion(
    answer: Answer, verdict: Verdict = "right", note: str = "", position: int = 0
) -> FeedbackRow:
    """What a reader thought of an answer, after one earlier question."""
    at = "2026-05-03T12:04:00+00:00"
    return FeedbackRow("c" * 32, position, at, verdict, note, answer, ("What happened?",))


def rows_of(*rows: FeedbackRow) -> list[dict[str, object]]:
    return gold_rows(rows, lambda citation: citation.quote in TEXT)


def test_an_answer_that_was_right_is_a_gold_question(tmp_path: Path) -> None:
    """It is read as gold, its evidence stands, and the answer that it was made of fulfils it."""
    path = tmp_path / "gold.jsonl"
    add_to_gold(path, rows_of(opinion(RIGHT)))
    (question,) = read_gold(path)
    assert (question.question, question.history) == (RIGHT.question, ("What happened?",))
    assert question.answerable
    check_evidence([question], {"a.txt": TEXT})
    assert all(holds(RIGHT.text, group[0]) for group in question.all_of)


def test_a_refusal_that_was_right_is_a_question_without_an_answer(tmp_path: Path) -> None:
    """It asks that the documents' silence is noticed again."""
    path = tmp_path / "gold.jsonl"
    add_to_gold(path, rows_of(opinion(REFUSED)))
    (question,) = read_gold(path)
    assert not question.answerable
    assert question.all_of == question.evidence == ()


def test_a_disagreement_that_was_right_keeps_its_claims(tmp_path: Path) -> None:
    """What stands must be said, and every claim must be shown with its status."""
    path = tmp_path / "gold.jsonl"
    add_to_gold(path, rows_of(opinion(DISAGREEING)))
    (question,) = read_gold(path)
    assert question.all_of == (("44",),)
    assert [(claim.value, claim.status) for claim in question.claims] == [
        ("44", "current"),
        ("164", "retracted"),
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        pytest.param(opinion(RIGHT, "wrong", "it was 43"), "it was 43", id="wrong"),
        pytest.param(opinion(REFUSED, "wrong"), "no note", id="refused-wrongly"),
        pytest.param(opinion(WRITTEN), '"all_of"', id="no-short-answer"),
        pytest.param(
            opinion(Answer("q", "x [1]", direct="x", citations=(Citation(1, "a.txt", 0, 1, "?"),))),
            "have changed",
            id="documents-changed",
        ),
    ],
)
def test_what_a_person_must_complete_is_a_draft(row: FeedbackRow, why: str, tmp_path: Path) -> None:
    """A draft says what is to be done, and is counted and not asked until it is done."""
    path = tmp_path / "gold.jsonl"
    (draft,) = add_to_gold(path, rows_of(row))
    assert draft["draft"] is True
    assert why in str(draft["note"])
    assert count_drafts(path) == 1
    with pytest.raises(GoldError, match="not a draft"):
        read_gold(path)
    add_to_gold(path, rows_of(opinion(REFUSED, position=7)))
    assert len(read_gold(path)) == 1
    done = {**draft, "draft": False, "all_of": [["43"]]}
    done["evidence"] = [{"document": "a.txt", "quote": "44 people died"}]
    path.write_text(json.dumps(done), encoding="utf-8")
    assert read_gold(path)[0].all_of == (("43",),)
    assert count_drafts(path) == 0


def test_small_talk_asks_nothing() -> None:
    """A thumb for a greeting makes no question."""
    assert rows_of(opinion(Answer("Hello", "Hello!", mode="conversation"))) == []


def test_what_stands_in_the_gold_file_stays(tmp_path: Path) -> None:
    """A draft that a person completed is not written over; the same opinion comes in once."""
    path = tmp_path / "gold.jsonl"
    (row,) = rows_of(opinion(RIGHT, "wrong", "it was 43"))
    completed = json.dumps({**row, "draft": False, "note": "done"})
    path.write_text(completed, encoding="utf-8")  # and no line end, as editors leave it
    new = rows_of(opinion(RIGHT, "wrong", "it was 43"), opinion(REFUSED, position=1))
    assert [one["question"] for one in add_to_gold(path, new)] == [REFUSED.question]
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == completed
    assert len(lines) == 2
    assert add_to_gold(path, new) == []


@pytest.mark.parametrize("content", [b"{nonsense", b"[]", b'{"question": "q"}', b"\xff\xfe"])
def test_another_file_is_not_written_into(content: bytes, tmp_path: Path) -> None:
    """A file that is no gold file is left as it is."""
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(GoldError, match="another file"):
        add_to_gold(path, rows_of(opinion(RIGHT)))
    assert path.read_bytes() == content


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Path]:
    """An index with two opinions, of which one comes with a note that steers terminals."""
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.txt").write_text(TEXT, encoding="utf-8")
    with Index.build(tmp_path / "documents", tmp_path / "index", embedder=FakeEmbedder()) as built:
        conversation = built.store.create_conversation("t")
        for answer in (RIGHT, REFUSED):
            built.store.add_turn(conversation, answer)
        built.store.give_feedback(conversation, 0, "right")
        built.store.give_feedback(conversation, 1, "wrong", "it is\x1b[2J Ann")
    yield tmp_path / "index"


def test_the_command_lists_and_writes(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Opinions are listed one a line, given as JSON, and added to a gold file that eval reads."""
    assert main(["feedback", "--index", str(index)]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in listed] == ["right", "wrong"]
    assert "\x1b" not in listed[1]
    assert main(["feedback", "--index", str(index), "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert first["citations"][0]["quote"] == "44 people died"
    assert (second["history"], second["refused"]) == ([RIGHT.question], True)
    gold = tmp_path / "gold.jsonl"
    assert main(["feedback", "--index", str(index), "--gold", str(gold)]) == 0
    assert capsys.readouterr().out == f"added 1 question and 1 draft to {gold}\n"
    assert [one.question for one in read_gold(gold)] == [RIGHT.question]
    assert main(["feedback", "--index", str(index), "--gold", str(gold), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"file": str(gold), "added": 0, "drafts": 0}


def test_no_feedback_is_said(sample_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without opinions the command says how they come about."""
    assert main(["feedback", "--index", str(sample_index)]) == 0
    assert "none yet" in capsys.readouterr().out
