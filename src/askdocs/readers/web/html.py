"""Read HTML: the main text of a page, with its headings, lists and tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from askdocs.readers.dates import find_date
from askdocs.readers.encodings import decode_as, decode_with_remarks
from askdocs.readers.web.html_about import about
from askdocs.readers.web.html_blocks import Walker
from askdocs.readers.web.html_main import main_text
from askdocs.readers.web.html_page import Page
from askdocs.readers.web.html_tables import cell_words
from askdocs.readers.web.html_tree import Tree, parse
from askdocs.readers.writing import TextWriter
from askdocs.types import Anchor, Extracted, Span

_DECLARED = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]+)|<\?xml[^>]{0,100}?encoding=[\"']([\w.-]+)",
    re.I,
)
_HEAD = 4_096
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")


class Markup(NamedTuple):
    """What some HTML says, all that is shown of it."""

    text: str
    anchors: tuple[Anchor, ...]
    hidden: int
    """How many characters are not shown."""


def extract(data: bytes, stem: str) -> Extracted:
    """The main text of a page; menus, banners and what is not shown are left out."""
    markup, damage = decode_markup(data)
    tree = parse(markup)
    page = Page(tree)
    spans, left_out = main_text(page)
    writer = TextWriter()
    Walker(tree, left_out, writer).walk(spans)
    text, anchors = writer.finish()
    said = about(tree, _main_headings(tree, spans, left_out))
    first = next((a.label for a in anchors if a.kind == "heading"), "")
    return Extracted(
        text,
        title=said.title or first or stem,
        date=said.published or find_date(text) or said.changed,
        anchors=anchors,
        author=said.author,
        remarks=(*damage, *hidden_remark(page.hidden_letters)),
    )


def _main_headings(tree: Tree, spans: Sequence[Span], left_out: set[int]) -> list[str]:
    """The words of the headings of the first level, those within `spans` first."""
    numbers = sorted(tree.find("h1"), key=lambda n: not any(a <= n < b for a, b in spans))
    words = (cell_words(tree, number, left_out) for number in numbers)
    return [heading for heading in words if heading]


def read_markup(markup: str) -> Markup:
    """All that some HTML shows, without telling menus from text: a mail, a chapter."""
    tree = parse(markup)
    page = Page(tree)
    writer = TextWriter()
    spans, left_out = page.everything()
    Walker(tree, left_out, writer).walk(spans)
    return Markup(*writer.finish(), page.hidden_letters)


def hidden_remark(characters: int) -> tuple[str, ...]:
    """What is said of hidden text, if there is any."""
    return (f"hidden text left out: {characters} characters",) if characters else ()


def decode_markup(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The markup in the encoding that it names, if that is right, and remarks on damage."""
    if not data.startswith(_MARKS) and b"\0" not in data[:_HEAD]:
        try:
            return data.decode("utf-8").replace("\0", ""), ()
        except UnicodeDecodeError:
            pass
        declared = _DECLARED.search(data[:_HEAD])
        name = (declared[1] or declared[2]).decode("ascii", "replace") if declared else ""
        text = decode_as(data, name) if name and "utf" not in name.lower() else None
        if text is not None:
            return text, ()
    return decode_with_remarks(data)
