"""Characters that nobody sees: all of them go, but for those that shape what is seen."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.readers.hidden import remove_hidden, without_hidden
from askdocs.types import Anchor, Extracted

INVISIBLE = {
    "zero width space": "\u200b",
    "byte order mark": "\ufeff",
    "word joiner": "\u2060",
    "right to left override": "\u202e",
    "isolate": "\u2066",
    "left to right mark": "\u200e",
    "tag letters": "\U000e0041\U000e0042",
    "invisible times": "\u2062",
    "annotation": "\ufff9",
    "shorthand": "\U0001bca0",
    "music": "\U0001d173",
    "nul": "\0",
    "escape": "\x1b",
    "half a pair": "\ud83d",
    "unassigned": "\U000e0fff",
}


@pytest.mark.parametrize("mark", INVISIBLE.values(), ids=INVISIBLE.keys())
def test_what_is_invisible_goes(mark: str) -> None:
    """Zero-width, bidi and tag characters go wherever they stand, and are counted."""
    assert remove_hidden(f"a {mark}b{mark}") == ("a b", 2 * len(mark))
    assert remove_hidden(mark + "a")[0] == "a"


SHAPING = {
    "family": "👨\u200d👩\u200d👧\u200d👦",
    "heart on fire": "❤\ufe0f\u200d🔥",
    "astronaut": "👩🏽\u200d🚀",
    "eye in a bubble": "👁\ufe0f\u200d🗨\ufe0f",
    "keycap": "1\ufe0f\u20e3",
    "Scotland": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "Persian": "می\u200cخواهم",
    "Devanagari": "क्\u200dष",
    "Mongolian": "ᠮᠣᠩ\u180eᠠ",
    "old form": "葛\U000e0100",
}


@pytest.mark.parametrize("text", SHAPING.values(), ids=SHAPING.keys())
def test_what_shapes_letters_stays(text: str) -> None:
    """Joiners, selectors and the tags of flags stay where they change what is seen."""
    assert remove_hidden(text) == (text, 0)


SMUGGLED = {
    "joiner between Latin letters": ("pay\u200dment", "payment"),
    "joiner at the start": ("\u200dword", "word"),
    "tags without a flag": ("A\U000e0067\U000e0062\U000e007f", "A"),
    "bytes in selectors": ("😀" + "".join(map(chr, range(0xE0100, 0xE0110))), "😀"),
    "flag with a message": (
        "🏴" + "".join(chr(0xE0000 + ord(c)) for c in "ignorethis") + "\U000e007f",
        "🏴",
    ),
    "joiners in a row": ("می\u200c\u200c\u200cخواهم", "می\u200cخواهم"),
}


@pytest.mark.parametrize(("text", "left"), SMUGGLED.values(), ids=SMUGGLED.keys())
def test_nothing_is_smuggled(text: str, left: str) -> None:
    """The characters that may stay do so only where they mean something, and once."""
    assert remove_hidden(text)[0] == left


def test_soft_hyphens_go_without_a_word() -> None:
    """Soft hyphens are removed, and no more than that: every book has them."""
    assert remove_hidden("Donau\u00addampf\u00adschiff") == ("Donaudampfschiff", 0)
    assert without_hidden(Extracted("a\u00adb")).remarks == ()


@given(st.text(st.characters(categories=("L", "N", "P", "Z", "S", "M"))))
def test_visible_characters_stay(text: str) -> None:
    """No letter, digit or sign is lost, but for those that Unicode says are ignored."""
    ignored = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
    visible = [
        c
        for c in text
        if c not in ignored and not 0xFE00 <= ord(c) <= 0xFE0F and not 0xE0000 <= ord(c) <= 0xE0FFF
    ]
    left, count = remove_hidden(text)
    assert [c for c in left if c in visible] == visible
    assert len(left) + count == len(text)


@given(st.text("ab \u200b\u202e\U000e0041\u200d👩", max_size=40), st.data())
def test_anchors_keep_their_words(text: str, data: st.DataObject) -> None:
    """An anchor surrounds the same visible words as before; one around nothing goes."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    cleaned = without_hidden(Extracted(text, anchors=(Anchor(start, end, "row", "1"),)))
    alone = [c for c in text[start:end] if c in "ab 👩"]
    if not cleaned.anchors:
        assert not alone
        return
    (anchor,) = cleaned.anchors
    kept = [c for c in cleaned.text[anchor.start : anchor.end] if c in "ab 👩"]
    assert kept == alone


def test_the_remark() -> None:
    """A person is told how many characters nobody saw; title and labels are cleaned, too."""
    made = without_hidden(
        Extracted(
            "a\u200bb",
            title="T\u202e",
            author="\ufeffA",
            date="2020-01-01",
            anchors=(Anchor(0, 3, "heading", "H\u200b"),),
            remarks=("earlier",),
        )
    )
    assert made == Extracted(
        "ab",
        "T",
        "2020-01-01",
        (Anchor(0, 2, "heading", "H"),),
        "A",
        ("earlier", "invisible characters left out: 1"),
    )


def test_nothing_to_do_is_fast() -> None:
    """Ten million characters without any are looked through in a fraction of a second."""
    text = "Nothing – of “that” kind; 東京.\n" * 320_000
    assert len(text) > 9_000_000
    best = 1.0
    for _ in range(3):
        start = time.process_time()
        assert remove_hidden(text) == (text, 0)
        best = min(best, time.process_time() - start)
    assert best < 0.25


def test_every_format_character_is_known() -> None:
    """Of all that Unicode calls a format character only visible ones and joiners are left."""
    left = [
        c
        for c in map(chr, range(0x110000))
        if unicodedata.category(c) == "Cf" and remove_hidden(f"x{c}")[0] != "x"
    ]
    # Arabic signs that stand around numbers, a Syriac and Kaithi mark, hieroglyph quadrats.
    assert {ord(c) >> 4 for c in left} <= {0x60, 0x6D, 0x70, 0x89, 0x8E, 0x110B, 0x110C, 0x1343}
