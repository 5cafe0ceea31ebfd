"""Gold files: what is read, and what is refused with its line, its value and the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from askdocs.errors import GoldError
from askdocs.evaluation.gold import Evidence, ExpectedClaim, check_evidence, find_quote, read_gold
from askdocs.evaluation.metrics import holds
from askdocs.readers import read
from askdocs.readers.folder import files

EVAL = Path(__file__).parent.parent / "eval"

TEXTS = {"a.txt": "At first 164 were counted.\nThen 44 died.\nThen 44 died."}
ANSWERABLE: dict[str, Any] = {
    "id": "died",
    "question": "How many died?",
    "answerable": True,
    "all_of": [["44", "forty-four"]],
    "evidence": [{"document": "a.txt", "quote": "44 died"}],
}
UNANSWERABLE: dict[str, Any] = {"id": "who", "question": "Who?", "answerable": False}


def write(folder: Path, *rows: object) -> Path:
    """A gold file with these rows; a string stands as it is."""
    path = folder / "gold.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_gold_file_is_read_whole_and_in_order(tmp_path: Path) -> None:
    """Every field arrives, the optional ones have defaults, and `place` is the file and line."""
    full = {
        **ANSWERABLE,
        "history": ["What happened?"],
        "claims": [{"value": "44", "status": "current"}, {"value": "164", "status": "retracted"}],
        "type": "figure",
        "split": "tune",
    }
    path = write(tmp_path, full, "", UNANSWERABLE)
    first, second = read_gold(path)
    assert first.history == ("What happened?",)
    assert first.all_of == (("44", "forty-four"),)
    assert first.evidence == (Evidence("a.txt", "44 died"),)
    assert first.claims[1] == ExpectedClaim("164", "retracted")
    assert (first.type, first.split) == ("figure", "tune")
    assert second.place == f"{path}:3"
    assert not second.answerable


def test_a_split_keeps_only_its_questions(tmp_path: Path) -> None:
    """`split` filters, and a split without questions is an error and not an empty evaluation."""
    path = write(tmp_path, {**ANSWERABLE, "split": "tune"}, UNANSWERABLE)
    assert [question.id for question in read_gold(path, split="tune")] == ["died"]
    with pytest.raises(GoldError, match='no question with "split": "test"'):
        read_gold(path, split="test")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param("{nonsense", "not JSON", id="no-json"),
        pytest.param("[1]", "not a JSON object", id="array"),
        pytest.param({"id": "x", "answerable": False}, '"question" is missing', id="missing"),
        pytest.param({**UNANSWERABLE, "id": 7}, '"id" must be a JSON string', id="id-number"),
        pytest.param({**UNANSWERABLE, "id": " "}, '"id" is empty', id="id-blank"),
        pytest.param({**UNANSWERABLE, "answerable": 1}, "true or false", id="answerable-number"),
        pytest.param({**UNANSWERABLE, "answer": "x"}, "unknown field", id="unknown-field"),
        pytest.param({**UNANSWERABLE, "history": [1]}, '"history" holds', id="history-number"),
        pytest.param({**ANSWERABLE, "all_of": ["44"]}, '"all_of" holds', id="flat-all-of"),
        pytest.param({**ANSWERABLE, "all_of": [[]]}, "non-empty array", id="empty-group"),
        pytest.param({**ANSWERABLE, "all_of": [[""]]}, "non-empty string", id="empty-string"),
        pytest.param({**ANSWERABLE, "all_of": []}, 'needs "all_of"', id="no-all-of"),
        pytest.param({**ANSWERABLE, "evidence": []}, 'needs "all_of" and', id="no-evidence"),
        pytest.param(
            {**ANSWERABLE, "evidence": [{"quote": "44"}]}, "document and quote", id="half-evidence"
        ),
        pytest.param({**ANSWERABLE, "answerable": False}, "no evidence", id="evidence-for-none"),
        pytest.param(
            {**ANSWERABLE, "claims": [{"value": "44", "status": "true"}]},
            "status is one of",
            id="claim-status",
        ),
        pytest.param({**UNANSWERABLE, "split": "dev"}, '"tune" or "test"', id="split-name"),
    ],
)
def test_a_bad_row_is_named_by_file_and_line(tmp_path: Path, row: object, reason: str) -> None:
    """The message is one line with file, line and reason."""
    path = write(tmp_path, {**UNANSWERABLE, "id": "good"}, row)
    with pytest.raises(GoldError, match=reason) as caught:
        read_gold(path)
    assert str(caught.value).startswith(f"{path}:2: ")
    assert "\n" not in str(caught.value)


def test_an_id_stands_once(tmp_path: Path) -> None:
    """The second of two equal ids is an error that names the first."""
    path = write(tmp_path, ANSWERABLE, UNANSWERABLE, ANSWERABLE)
    with pytest.raises(GoldError, match=r'gold\.jsonl:3: "died".*already at .*gold\.jsonl:1'):
        read_gold(path)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\x00"], ids=["empty", "blank", "bin"])
def test_a_file_without_questions_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty or binary file is no gold file."""
    path = tmp_path / "gold.jsonl"
    path.write_bytes(content)
    with pytest.raises(GoldError, match=r"gold\.jsonl"):
        read_gold(path)


def test_a_missing_file_is_a_gold_error(tmp_path: Path) -> None:
    """A path that is not there is one clear line."""
    with pytest.raises(GoldError, match="no such gold file"):
        read_gold(tmp_path / "none.jsonl")


def test_a_quote_must_stand_in_its_document(tmp_path: Path) -> None:
    """A quote that is not verbatim is an error with file, line, the quote and the document."""
    row = {**ANSWERABLE, "evidence": [{"document": "a.txt", "quote": "44 people died"}]}
    questions = read_gold(write(tmp_path, row))
    with pytest.raises(GoldError, match=r'gold\.jsonl:1: "44 people died": .* not in a\.txt'):
        check_evidence(questions, TEXTS)


def test_a_document_must_be_in_the_folder(tmp_path: Path) -> None:
    """A document that is not there is an error with its name."""
    row = {**ANSWERABLE, "evidence": [{"document": "../b.txt", "quote": "44"}]}
    with pytest.raises(GoldError, match=r'"\.\./b\.txt": no such document'):
        check_evidence(read_gold(write(tmp_path, row)), TEXTS)


def test_a_quote_is_found_at_every_place_and_across_newlines() -> None:
    """All places count, and a quote with Windows newlines finds the text as it is read."""
    places = find_quote(TEXTS["a.txt"], "44 died")
    assert [TEXTS["a.txt"][start:end] for start, end in places] == ["44 died", "44 died"]
    assert find_quote(TEXTS["a.txt"], "counted.\r\nThen") == find_quote(
        TEXTS["a.txt"], "counted.\nThen"
    )
    assert find_quote(TEXTS["a.txt"], "counted.\r\nThen")


@pytest.mark.parametrize(
    "path", sorted((EVAL / "gold").glob("*.jsonl")), ids=lambda path: path.stem
)
def test_our_own_gold_can_be_answered_from_its_evidence(path: Path) -> None:
    """Every quote stands in its document, and the quotes together hold every expected answer."""
    texts = {identifier: read(file).text for identifier, file in files(EVAL / "corpus").files}
    questions = read_gold(path)
    check_evidence(questions, texts)
    for question in questions:
        quoted = "\n".join(evidence.quote for evidence in question.evidence)
        missing = [group for group in question.all_of if not any(holds(quoted, w) for w in group)]
        assert not missing, f"{question.place}: {missing} not in the evidence"
