"""Runs of an evaluation: kept answers, JUnit, and the comparison of two."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from askdocs.assistant import Assistant
from askdocs.errors import AskdocsError
from askdocs.evaluation import compare
from askdocs.evaluation.junit import as_junit
from askdocs.evaluation.kept_answers import NAME
from test_evaluation import INEXACT, MIXED, RIGHT, WRONG, evaluate, result, write_documents


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Documents and a gold file for them."""
    return write_documents(tmp_path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that are really asked."""
    questions: list[str] = []
    ask = Assistant.ask

    def counting(self: Assistant, question: str, **options: Any) -> Any:
        questions.append(question)
        return ask(self, question, **options)

    monkeypatch.setattr(Assistant, "ask", counting)
    return questions


def without_times(folder: Path, **options: Any) -> dict[str, Any]:
    found = evaluate(folder, **options).to_dict()
    del found["timings"]
    return found


def test_a_second_run_asks_nothing_and_finds_the_same(folder: Path, asked: list[str]) -> None:
    """Kept answers score like those that were asked, hits and all."""
    first = without_times(folder, index=folder / "index")
    assert len(asked) == 2
    assert without_times(folder, index=folder / "index") == first
    assert len(asked) == 2
    assert without_times(folder, index=folder / "index", fresh=True) == first
    assert len(asked) == 4


def test_a_run_that_was_cut_goes_on(folder: Path, asked: list[str]) -> None:
    """A line that was half written is asked again, the ones before it are not."""
    first = without_times(folder, index=folder / "index")
    kept = folder / "index" / NAME
    lines = kept.read_bytes().splitlines(keepends=True)
    kept.write_bytes(lines[0] + lines[1][: len(lines[1]) // 2])
    assert without_times(folder, index=folder / "index") == first
    assert len(asked) == 3


def test_a_changed_document_is_asked_anew(folder: Path, asked: list[str]) -> None:
    """An answer holds for the documents that gave it only."""
    evaluate(folder, index=folder / "index")
    document = next((folder / "documents").iterdir())
    document.write_text(document.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    evaluate(folder, index=folder / "index")
    assert len(asked) == 4


def test_junit_counts_what_is_not_right() -> None:
    """Wrong, refused and inexact answers are failures with their reason; the rest passes."""
    suite = ElementTree.fromstring(as_junit(result(RIGHT, WRONG, INEXACT)))
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    reasons = [failure.get("message") for failure in suite.iter("failure")]
    assert "expected" in reasons[0]
    assert "not exact" in reasons[1]
    assert {one.get("name") for one in suite.iter("property")} >= {"right", "citations_exact"}


def test_junit_is_xml_whatever_the_documents_hold() -> None:
    """Control characters and half characters of an answer do not spoil the file."""
    from dataclasses import replace

    nasty = replace(WRONG, answer=replace(WRONG.answer, text="\x00\x1b[31m<&\ud800]]>"))
    assert len(ElementTree.fromstring(as_junit(result(nasty)))) == 2


def test_a_run_compared_with_itself_has_not_changed() -> None:
    """No difference, no doubt, no flips."""
    found = compare.compare(MIXED.to_dict(), MIXED.to_dict())
    assert not found.flips
    assert all(one.before == one.after and not one.is_sure for one in found.changes)


def rows(*outcomes: str) -> dict[str, Any]:
    """A result with these outcomes."""
    same = {"history": [], "answerable": True, "expected": "44", "scores": {}}
    listed = [
        {**same, "id": str(at), "question": f"Question {at}?", "outcome": outcome}
        for at, outcome in enumerate(outcomes)
    ]
    return {"settings": {"k": len(outcomes)}, "rows": listed}


def test_flips_and_differences_are_told() -> None:
    """Each question whose outcome changed is named; the shares differ by as many."""
    found = compare.compare(rows("right", "wrong", "refused"), rows("right", "right", "wrong"))
    assert [(flip.id, flip.before, flip.after) for flip in found.flips] == [
        ("1", "wrong", "right"),
        ("2", "refused", "wrong"),
    ]
    right = next(one for one in found.changes if one.name == "right")
    assert (right.before, right.after) == pytest.approx((1 / 3, 2 / 3))
    assert "wrong -> right  1: Question 1?" in compare.as_text(found)


def test_a_sure_difference_is_marked() -> None:
    """Where every question got better, the interval leaves out 0."""
    found = compare.compare(rows(*["wrong"] * 20), rows(*["right"] * 20))
    assert {one.name for one in found.changes if one.is_sure} == {"right", "wrong"}
    assert json.loads(json.dumps(found.to_dict()))["changes"][0]["difference"] == 1.0


def test_questions_that_are_not_the_same_are_left_out_and_named() -> None:
    """A question asked otherwise, or in one run only, is not compared."""
    before, after = rows("right", "right", "right"), rows("right", "right")
    after["rows"][1]["question"] = "Another?"
    found = compare.compare(before, after)
    assert (found.questions, found.left_out) == (1, ("1", "2"))
    with pytest.raises(AskdocsError, match="no question in common"):
        compare.compare(rows(), after)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"rows": 1}'])
def test_a_file_that_is_no_result_is_refused_in_a_line(tmp_path: Path, content: str) -> None:
    """The error names the file and how to write one."""
    file = tmp_path / "a.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(AskdocsError, match=r"a\.json .*askdocs eval"):
        compare.read_result(file)
