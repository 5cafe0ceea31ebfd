"""JSON: records as lines that can be quoted, values as they are written, damage told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.errors import ReadError
from askdocs.readers import json_text
from askdocs.types import Extracted


def read(text: str) -> Extracted:
    return json_text.extract(text.encode(), "stem")


def rows(extracted: Extracted) -> dict[str, str]:
    return {a.label: extracted.text[a.start : a.end] for a in extracted.anchors if a.kind == "row"}


def test_records() -> None:
    """Each record is a line with its number; keys within are dotted, numbers as written."""
    made = read(
        '[{"id": 1, "name": "Ann", "home": {"city": "Oslo", "tags": ["a", "b"]}, "none": null},'
        ' {"big": 123456789012345678901234567890, "price": 1.10, "ok": true, "day": "2020-01-02"}]'
    )
    assert rows(made) == {
        "1": "id: 1; name: Ann; home.city: Oslo; home.tags: a, b",
        "2": "big: 123456789012345678901234567890; price: 1.10; ok: true; day: 2020-01-02",
    }


def test_lines() -> None:
    """JSON lines are numbered by line; a broken one costs itself, with a remark."""
    made = read('{"a": 1}\n\n{"a": 2\n{"a": 3}\n')
    assert rows(made) == {"1": "a: 1", "4": "a: 3"}
    assert made.remarks == ("left out: 1 line is not valid JSON (3)",)


def test_a_document() -> None:
    """What an object says of itself is its title, author and date; lists in it are records."""
    made = read(
        '{"title": "Lakes", "author": "K. Lund", "date": "2020-05-03", "size": {"n": 2},'
        ' "lakes": [{"name": "Ordu"}, {"name": "Osk"}]}'
    )
    assert made.text == (
        "title: Lakes\nauthor: K. Lund\ndate: 2020-05-03\nsize.n: 2\n\nname: Ordu\n\nname: Osk"
    )
    assert (made.title, made.author, made.date) == ("Lakes", "K. Lund", "2020-05-03")
    assert rows(made) == {"1": "name: Ordu", "2": "name: Osk"}


def test_several_lists_name_their_records() -> None:
    """Where there are two lists of records, each line says which it is from."""
    made = read('{"lakes": [{"name": "Ordu"}], "rivers": [{"name": "Osk"}]}')
    assert made.text == "lakes.name: Ordu\n\nrivers.name: Osk"


def test_long_texts_are_paragraphs() -> None:
    """A long text stands by itself, its paragraphs apart, within the anchor of its record."""
    words = "A sentence of a few words. " * 12
    made = read(json.dumps([{"id": 7, "text": f"{words}\n\nThe end."}]))
    assert made.text == f"id: 7\n\ntext: {words.strip()}\n\nThe end."
    assert rows(made) == {"1": made.text}


@pytest.mark.parametrize("text", ['{"a": 1', "words", "{'a': 1}", ""], ids=repr)
def test_broken(text: str) -> None:
    """What is not JSON is refused with the place where it breaks."""
    with pytest.raises(ReadError, match="is not valid JSON"):
        read(text)


DEEP = {
    "lists": "[" * 100_000 + "]" * 100_000,
    "objects": '{"a":' * 150 + "1" + "}" * 150,
    "open": "[" * 100_000,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP.keys())
def test_deep(text: str) -> None:
    """What is nested endlessly is refused, and nothing recurses."""
    with pytest.raises(ReadError, match="nested deeper than 100"):
        read(text)


def test_too_many_values_are_cut() -> None:
    """Beyond 200,000 values records are left out, and a remark says how many."""
    made = read("[" + ",".join('{"a": 1, "b": 2}' for _ in range(100_005)) + "]")
    assert len(made.anchors) == 100_000
    assert made.remarks == ("left out: 5 records beyond 200,000 values",)


VALUES = st.recursive(
    st.text("abc \n", max_size=8) | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz", max_size=3), inner),
    max_leaves=12,
)


@given(VALUES)
def test_no_word_is_lost(value: object) -> None:
    """Every letter of every value is in the text."""
    text = read(json.dumps(value)).text
    plain = json.dumps(value, ensure_ascii=False)
    for letter in "abc":
        if "true" not in plain and "false" not in plain:
            assert text.count(letter) == plain.count(letter)
