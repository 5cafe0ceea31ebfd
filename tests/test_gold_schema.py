"""The JSON Schema of gold rows says of every row what the reader says of it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.cli import main
from askdocs.errors import GoldError
from askdocs.evaluation.gold import FIELDS, as_question, read_rows
from askdocs.evaluation.gold_schema import gold_schema

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
GOLD = Path(__file__).parent.parent / "eval" / "gold"
ACCEPTS = jsonschema.Draft202012Validator(gold_schema()).is_valid

WORDS = st.sampled_from(["44", "a.txt", "", " ", "\u2003\x85", "\u200b", "tune", "current", "ü\n"])
ANY = st.one_of(st.none(), st.booleans(), st.integers(0, 1), WORDS, st.just([]), st.just({}))
PAIR = st.one_of(
    st.fixed_dictionaries({"document": WORDS, "quote": WORDS}),
    st.fixed_dictionaries({"value": WORDS, "status": st.sampled_from(["current", "true", ""])}),
    st.fixed_dictionaries({"document": WORDS}, optional={"more": WORDS, "quote": ANY}),
    ANY,
)
LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "id": WORDS,
    "question": WORDS,
    "answerable": st.booleans(),
    "history": st.lists(st.one_of(WORDS, ANY), max_size=2),
    "all_of": st.lists(st.one_of(st.lists(WORDS, max_size=2), ANY), max_size=2),
    "evidence": st.lists(PAIR, max_size=2),
    "claims": st.lists(PAIR, max_size=2),
    "type": WORDS,
    "split": st.sampled_from(["", "tune", "test", "dev"]),
    "draft": st.booleans(),
    "note": WORDS,
}
GOOD = {
    "id": "a",
    "question": "How many?",
    "answerable": True,
    "all_of": [["44"]],
    "evidence": [{"document": "a.txt", "quote": "44 died"}],
}


def reader_accepts(row: dict[str, Any]) -> bool:
    """Whether `read_gold` would take the row, or pass over it as a draft."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gold.jsonl"
        path.write_text(json.dumps(row), encoding="utf-8")
        try:
            ((place, read),) = read_rows(path)
            if not read.get("draft"):
                as_question(read, place)
        except GoldError:
            return False
    return True


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """A good row with some fields drawn anew, some missing, and now and then one nobody knows."""
    row: dict[str, Any] = dict(GOOD)
    for name in draw(st.lists(st.sampled_from(sorted(LIKELY)), max_size=4, unique=True)):
        row[name] = draw(st.one_of(LIKELY[name], ANY))
    for name in draw(st.lists(st.sampled_from(sorted(row)), max_size=1)):
        del row[name]
    if draw(st.integers(0, 19)) == 0:
        row["answer"] = "44"
    return row


@settings(max_examples=400, deadline=None)
@given(rows())
def test_schema_and_reader_agree(row: dict[str, Any]) -> None:
    """What the one takes the other takes, and what the one refuses the other refuses."""
    assert ACCEPTS(row) == reader_accepts(row), row


@pytest.mark.parametrize("value", ["\x1c", "\x85", "\u2028", "\u3000", "\ufeff", "\u180e"])
def test_schema_and_reader_mean_the_same_white_space(value: str) -> None:
    """What is blank to Python is blank to the schema, and nothing else is."""
    row = {"id": "a", "question": value, "answerable": False}
    assert ACCEPTS(row) == reader_accepts(row) == bool(value.strip())


@pytest.mark.parametrize("path", sorted(GOLD.glob("*.jsonl")), ids=lambda path: path.stem)
def test_our_own_gold_fulfils_the_schema(path: Path) -> None:
    """Every row of the project's own gold files is one."""
    assert all(ACCEPTS(row) for _, row in read_rows(path))


def test_the_schema_names_the_fields_of_the_reader_in_their_order() -> None:
    """A field that is added to the reader is added to the schema, too."""
    schema = gold_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert list(schema["properties"]) == list(FIELDS)


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    """`askdocs gold schema` prints JSON that is the schema."""
    assert main(["gold", "schema"]) == 0
    assert json.loads(capsys.readouterr().out) == gold_schema()
