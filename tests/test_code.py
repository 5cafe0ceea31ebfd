"""Source code: the text as it stands, with what is defined in it; what is said in subtitles."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.readers import code

DEFINED = {
    "python": (
        "import os\n"
        "\n"
        "async def load(a):\n"
        "    def inner():\n"
        "        pass\n"
        "\n"
        "class Cart(dict):\n"
        "    x = 1\n",
        ["load", "Cart"],
    ),
    "javascript": (
        "export default class Cart extends Base {\n"
        "}\n"
        "export const load = async (a) => {\n"
        "};\n"
        "function* gen() {}\n"
        "const LIMIT = 5;\n",
        ["Cart", "load", "gen"],
    ),
    "typescript": (
        "interface Item {\n  n: number;\n}\nexport type Id = string;\n",
        ["Item", "Id"],
    ),
    "c": (
        "#include <stdio.h>\n"
        "struct point\n"
        "{\n"
        "  int x;\n"
        "};\n"
        "static const char *name_of(int a,\n"
        "  int b)\n"
        "{\n"
        "  return 0;\n"
        "}\n"
        "extern int far(void);\n",
        ["point", "name_of"],
    ),
    "go": (
        "package cart\n\ntype Cart struct {\n}\n\nfunc (c *Cart) Total(x int) int {\n}\n",
        ["Cart", "Total"],
    ),
    "rust": (
        "pub struct Cart<T> {\n}\npub(crate) async fn total(a: i32) -> i32 {\n}\n",
        ["Cart", "total"],
    ),
    "java": (
        "package a;\n\npublic final class Cart {\n  int total() { return 1; }\n}\n",
        ["Cart"],
    ),
    "ruby": (
        "module Shop\n  class Cart\n  end\nend\n",
        ["Shop"],
    ),
    "shell": (
        "#!/bin/bash\nbuild() {\n  echo x\n}\nfunction run {\n  echo\n}\n",
        ["build"],
    ),
    "sql": (
        "CREATE TABLE IF NOT EXISTS shop.items (\n"
        "  id INTEGER\n"
        ");\n"
        "create view cheap as\n"
        "select 1;\n",
        ["shop.items", "cheap"],
    ),
    "toml": (
        '[project]\nname = "x"\n\n[tool.ruff]\nline = 100\n',
        ["project", "tool.ruff"],
    ),
    "yaml": (
        "services:\n  web:\n    image: x\nname: y\nvolumes:\n  - a\n",
        ["services", "volumes"],
    ),
    "css": (
        ".a, .b > c {\n  color: red;\n}\n",
        [".a, .b > c"],
    ),
    "xml": (
        "<a><b>x</b></a>\n",
        [],
    ),
}


@pytest.mark.parametrize(("text", "names"), DEFINED.values(), ids=DEFINED.keys())
def test_definitions(text: str, names: list[str]) -> None:
    """What is defined in the first column has an anchor with its name; the text is verbatim."""
    made = code.extract(text.encode(), "stem")
    assert made.text == text
    assert [anchor.label for anchor in made.anchors] == names
    for anchor in made.anchors:
        assert anchor.label in text[anchor.start : anchor.end].split("\n")[0]


TITLES = {
    "docstring": ('"""Sum a cart."""\nimport os\n', "Sum a cart"),
    "comment": ("#!/bin/sh\n# Deploy the site\nset -e\n", "Deploy the site"),
    "block": ("/*\n * Sums of carts\n */\nint x;\n", "Sums of carts"),
    "licence": ("// Copyright (c) 2020 A B\nint x;\n", "stem"),
    "none": ("x = 1\n", "stem"),
}


@pytest.mark.parametrize(("text", "title"), TITLES.values(), ids=TITLES.keys())
def test_titles(text: str, title: str) -> None:
    """A short first comment is the title; a licence is none."""
    assert code.extract(text.encode(), "stem").title == title


def test_latex() -> None:
    """Sections of LaTeX are headings that nest; title, author and date are its own."""
    made = code.extract(
        rb"\documentclass{article}\title{On \emph{Lakes}}\author{K. Lund}"
        + b"\n\\date{3 May 2020}\n"
        rb"\section{Area}" + b"\ntext\n" + rb"\subsection*{Depth $d$}" + b"\n" + rb"\section{End}",
        "stem",
    )
    assert (made.title, made.author) == ("On Lakes", "K. Lund")
    assert [a.label for a in made.anchors] == ["Area", "Area > Depth d", "End"]


def test_subtitles() -> None:
    """Of subtitles only what is said is read, a line for each cue."""
    srt = (
        "1\r\n00:00:01,000 --> 00:00:02,500\r\nWelcome to\r\n<i>the show</i>.\r\n\r\n"
        "2\r\n00:00:03,000 --> 00:00:04,000\r\n12\r\n"
    )
    assert code.extract(srt.encode(), "stem").text == "Welcome to the show.\n12"
    vtt = "WEBVTT\n\nNOTE by hand\n\nc1\n00:01.000 --> 00:02.000 align:start\n<v Ann>Hello there\n"
    assert code.extract(vtt.encode(), "stem").text == "Ann: Hello there"


SLOW = {
    "words": "class " * 50_000,
    "lines": "x\n" * 200_000,
    "modifiers": ("export " * 57 + "\n") * 500,
    "types": '#include "a"\n' + ("unsigned " * 40 + "\n") * 500,
    "blanks": " " * 300_000,
    "braces": "{" * 300_000,
}


@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW.keys())
def test_no_expression_runs_away(text: str) -> None:
    """Text made to be slow for regular expressions is read in a moment."""
    start = time.process_time()
    code.extract(text.encode(), "stem")
    assert time.process_time() - start < 2


@given(st.text("def clas(){}:;=\n \t#/*\"'<-\\[]", max_size=200))
def test_text_is_verbatim(text: str) -> None:
    """Whatever the text, it is given as it stands, and the anchors lie in it."""
    made = code.extract(text.encode(), "stem")
    assert made.text == text
    assert all(0 <= a.start < a.end <= len(text) for a in made.anchors)
