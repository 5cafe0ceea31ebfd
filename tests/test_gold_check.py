"""`askdocs gold check` and `stats`: each thing that can be wrong is found, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from askdocs.cli import main
from askdocs.evaluation.gold import read_rows
from askdocs.evaluation.gold_check import Finding, check_gold
from askdocs.evaluation.gold_documents import read_documents
from askdocs.evaluation.gold_stats import gold_stats, stats_lines
from askdocs.types import Document

ROOT = Path(__file__).parent.parent
FERRY = (
    "The ferry Lady Amaranth carried 44 passengers. She sank on 2 November 2023. "
    "Owen Threlkeld was the chief engineer. He was seen at noon. He was seen at noon."
)
BRIDGE = "The old bridge at Pennick was opened in 1931. The new bridge has three spans."
PIER = "The ferry Lady Amaranth carried 52 passengers, said the owner."
DOCUMENTS = {
    name: Document(name, text, name, "")
    for name, text in (("ferry.txt", FERRY), ("bridge.txt", BRIDGE))
}
OPENED: dict[str, Any] = {
    "id": "opened",
    "question": "When was the old bridge at Pennick opened?",
    "answerable": True,
    "all_of": [["1931"]],
    "evidence": [{"document": "bridge.txt", "quote": "was opened in 1931"}],
}
MAYOR: dict[str, Any] = {"id": "mayor", "question": "Who is the mayor?", "answerable": False}


def found(*rows: dict[str, Any], more: dict[str, Document] | None = None) -> list[Finding]:
    """What the check finds in these rows."""
    placed = [(f"gold.jsonl:{number}", row) for number, row in enumerate(rows, 1)]
    return check_gold(placed, DOCUMENTS | (more or {}))


@pytest.mark.parametrize(
    ("change", "level", "code", "told"),
    [
        pytest.param(
            {"evidence": [{"document": "bridge.txt", "quote": "opened in the year 1931"}]},
            "error", "quote_gone", "nearest is “The old bridge at Pennick was opened in 1931.”",
            id="quote gone",
        ),
        pytest.param(
            {"evidence": [{"document": "bridge.txt", "quote": "was  opened in\n1931"}]},
            "error", "quote_gone", "bridge.txt has it as “was opened in 1931”",
            id="other white space",
        ),
        pytest.param(
            {"evidence": [{"document": "gone.txt", "quote": "was opened in 1931"}]},
            "error", "quote_gone", "no such document; bridge.txt has it",
            id="document gone",
        ),
        pytest.param(
            {
                "question": "When was Owen Threlkeld seen?",
                "all_of": [["noon"]],
                "evidence": [{"document": "ferry.txt", "quote": "He was seen at noon."}],
            },
            "warning", "quote_ambiguous", "stands 2 times in ferry.txt",
            id="quote twice",
        ),
        pytest.param(
            {"question": "Was the old bridge at Pennick opened in 1931?"},
            "warning", "answer_given", "gives this part of the answer away",
            id="leak",
        ),
        pytest.param(
            {"all_of": [["1931"], ["mayor"]]},
            "warning", "answer_unfounded", "no quote of the row has this",
            id="value without evidence",
        ),
        pytest.param(
            {"question": "How many were there?"}, "warning", "no_subject", "does not say what",
            id="no subject",
        ),
        pytest.param(
            {"all_of": []}, "error", "row_invalid", 'needs "all_of" and "evidence"', id="invalid"
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found(change: dict[str, Any], level: str, code: str, told: str) -> None:
    """One fault gives one finding of its kind, with its place, the value and what to do."""
    (finding,) = found(OPENED | change)
    assert (finding.level, finding.code) == (level, code)
    assert told in finding.reason
    assert str(finding).startswith(f"gold.jsonl:1: {level}: ")
    assert "\n" not in str(finding)


def test_what_is_right_gives_no_finding() -> None:
    """Sound rows, a follow-up that leans on its history, and an unfinished draft among them."""
    follow_up = OPENED | {"id": "b", "question": "And when?", "history": [OPENED["question"]]}
    draft = {"id": "c", "question": "", "answerable": True, "draft": True}
    assert found(OPENED, MAYOR, follow_up, draft) == []


def test_what_is_asked_twice_is_found() -> None:
    """The same words are an error, nearly the same a warning, an id that stands twice an error."""
    same = OPENED | {"id": "same", "question": OPENED["question"].upper()}
    like = MAYOR | {"id": "like", "question": "When was the bridge at Pennick opened again?"}
    codes = [(one.level, one.code) for one in found(OPENED, same)]
    assert codes == [("error", "question_repeated")]
    assert [one.code for one in found(OPENED, OPENED | {"question": "Who built Pennick?"})] == [
        "id_repeated"
    ]
    assert "question_similar" in [one.code for one in found(OPENED, like)]


def test_a_value_that_another_document_gives_otherwise_is_found() -> None:
    """Two documents say how many: the row that takes one of them is told of the other."""
    row = {
        "id": "carried",
        "question": "How many passengers were carried on the ferry Lady Amaranth?",
        "answerable": True,
        "all_of": [["44"]],
        "evidence": [{"document": "ferry.txt", "quote": "carried 44 passengers"}],
    }
    assert found(row) == []
    (finding,) = found(row, more={"pier.txt": Document("pier.txt", PIER, "pier", "")})
    assert (finding.level, finding.code) == ("warning", "value_ambiguous")
    assert "pier.txt" in finding.reason
    shown = {"claims": [{"value": "44", "status": "disputed"}]}
    assert found(row | shown, more={"pier.txt": Document("pier.txt", PIER, "pier", "")}) == []


def test_an_answer_that_should_not_be_there_is_found() -> None:
    """An unanswerable question whose words and kind of answer one sentence has is a warning."""
    asked = MAYOR | {"question": "How many passengers did the ferry Lady Amaranth carry?"}
    (finding,) = found(asked)
    assert (finding.level, finding.code) == ("warning", "answer_exists")
    assert "ferry.txt" in finding.reason


def test_our_own_gold_has_no_error() -> None:
    """The project's gold has no error; of its 64 questions at most three give a warning."""
    rows = list(read_rows(ROOT / "eval" / "gold" / "corpus.jsonl"))
    findings = check_gold(rows, read_documents(ROOT / "eval" / "corpus"))
    assert [one for one in findings if one.level == "error"] == []
    assert len(findings) <= 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of documents, with a gold file beside it."""
    documents = tmp_path / "documents"
    documents.mkdir()
    for name, document in DOCUMENTS.items():
        (documents / name).write_text(document.text, encoding="utf-8")
    lines = [json.dumps(row) for row in (OPENED, MAYOR)]
    (tmp_path / "gold.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return documents


def test_the_command_fails_on_errors_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 0 for sound rows and for warnings, 1 for errors; one line each with file and line."""
    gold = folder.parent / "gold.jsonl"
    command = ["gold", "check", str(gold), "--documents", str(folder)]
    assert main(command) == 0
    assert "2 rows: 0 errors, 0 warnings" in capsys.readouterr().out
    with gold.open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps(MAYOR | {"id": "x", "question": "How many were there?"}))
    assert main(command) == 0
    assert f"{gold}:3: warning: " in capsys.readouterr().out
    with gold.open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps(OPENED | {"all_of": []}))
    assert main([*command, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["errors"] == 1
    assert [one["code"] for one in told["findings"]] == ["no_subject", "row_invalid"]


def test_the_counts_are_those_of_the_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows, drafts, answers, types and documents are counted, and those nobody asks about told."""
    gold = folder.parent / "gold.jsonl"
    assert main(["gold", "stats", str(gold), "--documents", str(folder), "--json"]) == 0
    stats = json.loads(capsys.readouterr().out)
    assert (stats["rows"], stats["answerable"], stats["unanswerable"]) == (2, 1, 1)
    assert stats["documents"] == {"bridge.txt": 1}
    assert stats["documents_not_asked"] == ["ferry.txt"]
    assert stats["question_words"] == {"least": 4, "median": 6, "most": 8}
    assert main(["gold", "stats", str(gold), "--documents", str(folder)]) == 0
    assert "not asked about: ferry.txt" in capsys.readouterr().out


def test_nothing_can_be_counted() -> None:
    """A file of nothing has counts, too."""
    assert stats_lines(gold_stats([]))
