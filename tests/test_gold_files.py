"""Gold rows as CSV and as ragas datasets: nothing is lost on the way there and back."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.errors import GoldError
from askdocs.evaluation.gold import check_evidence, read_gold, read_rows
from askdocs.evaluation.gold_csv import as_csv, from_csv, row_from
from askdocs.evaluation.gold_files import add_rows, as_lines, export_text, import_rows
from askdocs.evaluation.gold_ragas import as_ragas, from_sample, sample

GOLD = sorted((Path(__file__).parent.parent / "eval" / "gold").glob("*.jsonl"))
TEXTS = {
    "a.txt": "On Monday,\n  44 people “died”, officials said.",
    "b.txt": "The bridge\nwas opened in 1931.",
}
TEXT = st.text(max_size=12) | st.sampled_from(
    ["=1+1", "a | b", " x ", '"q"', "[1]", '[["x"]]', "\r\n", "-", "\ud800", "\x00", "true", "@a"]
)
ROW = st.fixed_dictionaries(
    {"id": TEXT, "question": TEXT, "answerable": st.booleans()},
    optional={
        "history": st.lists(TEXT, max_size=3),
        "all_of": st.lists(st.lists(TEXT, max_size=3), max_size=3),
        "evidence": st.lists(st.fixed_dictionaries({"document": TEXT, "quote": TEXT}), max_size=3),
        "claims": st.lists(st.fixed_dictionaries({"value": TEXT, "status": TEXT}), max_size=2),
        "type": TEXT,
        "split": TEXT,
        "draft": st.booleans(),
        "note": TEXT,
    },
)


def read_back(text: str) -> list[dict[str, Any]]:
    """The rows of a table, as they are imported."""
    return [row_from(cells, place) for place, cells in from_csv(text, "gold.csv")]


@settings(max_examples=400, deadline=None)
@given(st.lists(ROW, max_size=4))
def test_a_table_is_read_back_as_it_was_written(rows: list[dict[str, Any]]) -> None:
    """Gold to CSV to gold is the same, whatever the cells hold; the text is valid UTF-8."""
    text = as_csv(rows)
    assert read_back(text.encode().decode()) == rows


@settings(max_examples=200, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=4))
def test_no_cell_is_a_formula(rows: list[dict[str, Any]]) -> None:
    """No cell begins as a spreadsheet's formula does."""
    table = csv.reader(io.StringIO(as_csv(rows).removeprefix("\ufeff"), newline=""))
    for line in table:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line)


@pytest.mark.parametrize("path", GOLD, ids=lambda path: path.stem)
@pytest.mark.parametrize("name", ["gold.csv", "gold.ragas.jsonl", "gold.jsonl"])
def test_our_own_gold_comes_back_from_every_format(path: Path, name: str, tmp_path: Path) -> None:
    """Every row of the project's gold, exported and imported, is what it was."""
    rows = [row for _, row in read_rows(path)]
    file = tmp_path / name
    file.write_bytes(export_text(rows, name).encode())
    assert import_rows(file, {}) == rows


def test_a_table_that_a_person_wrote_is_imported(tmp_path: Path) -> None:
    """Columns question, answer, document and quote will do; the quote becomes exact."""
    file = tmp_path / "own.csv"
    file.write_text(
        "question,answer,document,quote\n"
        'How many died?,44,a.txt,44 people "died"\n'
        "Who is the mayor?,,,\n",
        encoding="utf-8",
    )
    first, second = import_rows(file, TEXTS)
    assert first["all_of"] == [["44"]]
    assert first["evidence"] == [{"document": "a.txt", "quote": "44 people “died”"}]
    assert not second["answerable"]
    path = tmp_path / "gold.jsonl"
    add_rows(path, [first, second])
    check_evidence(read_gold(path), TEXTS)


def test_a_quote_that_is_in_no_document_makes_a_draft(tmp_path: Path) -> None:
    """The row stays, with its quote and a note that says so."""
    file = tmp_path / "own.csv"
    file.write_text("question,answer,quote\nHow many?,50,50 people left\n", encoding="utf-8")
    (row,) = import_rows(file, TEXTS)
    assert row["draft"]
    assert "50 people left" in row["note"]
    assert row["evidence"][0]["quote"] == "50 people left"


def test_ragas_reads_what_is_exported(tmp_path: Path) -> None:
    """The exported lines are an EvaluationDataset of ragas with questions and references."""
    schema = pytest.importorskip("ragas.dataset_schema", reason="the extra eval is not installed")
    rows = [row for _, row in read_rows(GOLD[0])]
    file = tmp_path / "gold.ragas.jsonl"
    file.write_text(as_ragas(rows), encoding="utf-8")
    dataset = schema.EvaluationDataset.from_jsonl(str(file))
    assert [one.user_input for one in dataset.samples] == [row["question"] for row in rows]
    assert all(one.reference for one in dataset.samples)


def test_what_ragas_writes_is_imported(tmp_path: Path) -> None:
    """JSON lines and CSV of a ragas dataset: the passages are found again in the documents."""
    schema = pytest.importorskip("ragas.dataset_schema", reason="the extra eval is not installed")
    samples = [
        schema.SingleTurnSample(
            user_input="When was the bridge opened?",
            reference="1931",
            reference_contexts=["The bridge was opened in 1931."],
            response="In 1931.",
        ),
        schema.SingleTurnSample(
            user_input="How many died?",
            reference="In all, officials say that 44 people lost their lives on Monday, a sad day.",
            reference_contexts=['44 people "died", officials said.'],
        ),
        schema.SingleTurnSample(
            user_input="Who left?", reference="Ana", reference_contexts=["Ana left."]
        ),
    ]
    dataset = schema.EvaluationDataset(samples=samples)
    lines, table = tmp_path / "ragas.jsonl", tmp_path / "ragas.csv"
    dataset.to_jsonl(str(lines))
    dataset.to_csv(str(table))
    for file in (lines, table):
        opened, died, left = import_rows(file, TEXTS)
        assert opened["all_of"] == [["1931"]]
        assert opened["evidence"] == [{"document": "b.txt", "quote": TEXTS["b.txt"]}]
        assert not opened.get("draft")
        assert "In 1931." in opened["note"]
        assert died["draft"]
        assert ["44"] in died["all_of"]
        assert "a sad day" in died["note"]
        assert left["draft"]
        assert "Ana left." in left["note"]
        assert "reference: Ana" in left["note"]


def test_a_conversation_of_ragas_becomes_a_history() -> None:
    """The last thing that a person says is the question, what they said before its history."""
    turns = [
        {"content": "What happened?", "type": "human"},
        {"content": "People died.", "type": "ai"},
        {"content": "How many?", "type": "human"},
    ]
    row = from_sample({"user_input": turns, "reference": "44"}, TEXTS)
    assert (row["history"], row["question"]) == (["What happened?"], "How many?")


def test_what_has_no_answer_refers_to_the_refusal() -> None:
    """An unanswerable row has the refusal as its reference, and comes back from it alone."""
    row = {"id": "a", "question": "Who?", "answerable": False}
    exported = sample(row)
    exported.pop("askdocs_gold")
    assert not from_sample(exported, TEXTS)["answerable"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        pytest.param("a.csv", "question\na,b\n", "more cells", id="cells"),
        pytest.param("a.csv", 'question\n"a', "not a table", id="open quote"),
        pytest.param("a.csv", "answer\n44\n", 'no "question"', id="no question"),
        pytest.param("a.csv", "question\n", "no question in it", id="empty"),
        pytest.param("a.csv", "question,answerable\na,perhaps\n", "true or false", id="truth"),
        pytest.param("a.jsonl", "{nonsense", "not JSON", id="json"),
        pytest.param("a.jsonl", "[1]", "not a JSON object", id="array"),
    ],
)
def test_a_file_that_is_none_is_refused(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    """The message is one line with the file and the reason."""
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    with pytest.raises(GoldError, match=reason) as caught:
        import_rows(file, TEXTS)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_rows_are_added_once(tmp_path: Path) -> None:
    """What stands in the gold file stays as it is; a row with its id is not written again."""
    path = tmp_path / "gold.jsonl"
    path.write_text(as_lines([{"id": "a", "question": "Who?", "answerable": False}]))
    again = {"id": "a", "question": "Other?", "answerable": False}
    new = {"id": "b", "question": "Where?", "answerable": False}
    assert add_rows(path, [again, new]) == [new]
    assert [json.loads(line)["question"] for line in path.read_text().splitlines()] == [
        "Who?",
        "Where?",
    ]
