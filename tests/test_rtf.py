r"""RTF: what is shown of it, in every encoding its fonts may have."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.errors import ReadError
from askdocs.readers import rtf
from askdocs.types import Extracted

HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Times;}"
    r"{\f2\fcharset2 Symbol;}{\f3\fcharset128 MS Mincho;}}{\colortbl;\red0\green0\blue0;}"
    r"{\stylesheet{\ql Normal;}{\s1\outlinelevel0 heading 1;}{\s2 heading 2;}{\*\cs10 Default;}}"
)


def read(body: str, head: str = HEAD) -> Extracted:
    return rtf.extract((head + body + "}").encode("latin-1"), "stem")


WORDS = {
    "paragraphs": (r"\pard One\b  two\b0 .\par Three\line four\par", "One two.\n\nThree\nfour"),
    "code page": (r"caf\'e9 \'93x\'94\'85", "café “x”…"),
    "unicode with a fallback": (r"a\u8211\'96b\u960 ?c", "a–bπc"),
    "two fallbacks": (r"{\uc2 \u8211\'96\'97b}", "–b"),
    "no fallback": (r"{\uc0 \u8211 b}", "–b"),
    "surrogates": (r"\u-10179?\u-8704?", "😀"),
    "font's encoding": (r"{\f1 \'cf\'f0\'e8\'e2\'e5\'f2}, {\f3 \'93\'8c\'8b\'9e}", "Привет, 東京"),
    "second byte a letter": (r"{\f3 \'83A\'83C}", "アイ"),
    "signs": (r"a\~b\_c\emdash d\-e \{x\} \\", "a b-c—de {x} \\"),
    "field": (r"{\field{\*\fldinst{HYPERLINK \"http://x\"}}{\fldrslt link}}", "link"),
    "unknown groups": (r"a{\*\unknown junk}{\*\bkmkstart b}b", "ab"),
    "twice": (r"{\upr{old}{\*\ud{new}}}", "new"),
    "picture": (r"a{\pict\pngblip 89504e47}b{\pict\bin3 }}}}c", "abc"),
    "running head": (r"{\header Page\par}{\footer 1}words", "words"),
    "text box": (r"{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt boxed\par}}}", "boxed"),
    "footnote": (
        r"Known.{\footnote{\super\chftn} By few.\par} More.\par",
        "Known. More.\n\nBy few.",
    ),
    "bullets": (
        r"{\pntext\f2\'b7\tab}First\par{\listtext 2.\tab}Second\par{\listtext o\tab}Third\par",
        "- First\n2. Second\n- Third",
    ),
    "table": (
        r"\trowd\pard\intbl Item\cell Price\par each\cell\row"
        r"\trowd\pard\intbl a|b\cell 1,20\cell\row"
        r"\pard after",
        "| Item | Price each |\n| a¦b | 1,20 |\n\nafter",
    ),
    "no end": (r"words {\b more", "words more"),
}


@pytest.mark.parametrize(("body", "text"), WORDS.values(), ids=WORDS.keys())
def test_words(body: str, text: str) -> None:
    """What a word processor shows is the text, and nothing else."""
    assert read(body).text == text


def test_headings_and_properties() -> None:
    """Styles and outline levels make headings; title, author and date are the file's own."""
    made = read(
        r"{\info{\title Rules of the lib\'e9ry}{\author Ann Lee}{\creatim\yr2021\mo5\dy4\hr1}"
        r"{\revtim\yr2022\mo1\dy1}{\operator x}}"
        r"\pard\s1 Rules\par\pard\s2{\listtext 1.1\tab}Loans\par\pard words\par"
    )
    assert made.text == "Rules\n\n1.1 Loans\n\nwords"
    assert [(a.label, made.text[a.start : a.end]) for a in made.anchors] == [
        ("Rules", made.text),
        ("Rules > 1.1 Loans", "1.1 Loans\n\nwords"),
    ]
    assert (made.title, made.author, made.date) == ("Rules of the libéry", "Ann Lee", "2021-05-04")


def test_hidden_text() -> None:
    """Hidden and deleted text is left out, and counted."""
    made = read(r"a {\v secret words}{\deleted gone}b\v  c\v0 d")
    assert made.text == "a bd"
    assert made.remarks == (
        "hidden text left out: 12 characters",
        "deleted text (tracked changes) left out: 4 characters",
    )


def test_not_rtf() -> None:
    """What does not begin like RTF is refused."""
    with pytest.raises(ReadError, match="not a valid RTF file"):
        rtf.extract(b"words", "stem")


HOSTILE = {
    "braces": "{" * 500_000 + "x",
    "closing": "}" * 500_000,
    "bin": r"\bin999999999 x",
    "numbers": r"\u99999999\'e9\s-5\outlinelevel99\fs9999999999 x",
    "lone half": r"\u-10179?x",
    "cells": r"\intbl x\cell" * 50_000,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files(body: str) -> None:
    """Files made to break a reader do not, nor do they take long."""
    start = time.process_time()
    read(body).text.encode("utf-8")
    assert time.process_time() - start < 5


@given(st.text(st.characters(categories=("L", "N", "S"), exclude_characters="\ufb05\ufb06")))
def test_every_character_comes_through(text: str) -> None:
    """Whatever is written by the numbers of its characters is read back."""
    units = text.encode("utf-16-le")
    escaped = "".join(
        rf"\u{int.from_bytes(units[n : n + 2], 'little', signed=True)}?"
        for n in range(0, len(units), 2)
    )
    expected = "".join(
        text.translate({0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl"})
    )
    assert read(r"\pard " + escaped + r"\par").text == expected
