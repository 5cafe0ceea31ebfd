"""A document as it was read: its text and the places named in it."""

from __future__ import annotations

from dataclasses import dataclass

_PLACES = (
    ("message", "“{}”"),
    ("attachment", "attachment {}"),
    ("chapter", "“{}”"),
    ("page", "page {}"),
    ("slide", "slide {}"),
    ("sheet", "sheet {}"),
    ("row", "row {}"),
)
"""The kinds of anchors that say where something stands, the outer ones first."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A named place in a document: a page, slide, sheet, row, chapter or heading."""

    start: int
    end: int
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A page that is a picture without text: its number, from 1, what it is called, if anything,
    and where in the text its words would stand.
    """

    number: int
    label: str
    position: int


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a reader makes of one file: its text and the places named in it.

    `remarks` tell a person what of the file is not in the text; `pictures` are the pages whose
    words are yet to be recognised.
    """

    text: str
    title: str = ""
    date: str | None = None
    anchors: tuple[Anchor, ...] = ()
    author: str = ""
    remarks: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was read. `id` is its path below the folder, with `/` between parts."""

    id: str
    text: str
    title: str
    sha256: str
    date: str | None = None
    anchors: tuple[Anchor, ...] = ()
    author: str = ""
    remarks: tuple[str, ...] = ()

    def anchor(self, position: int, kind: str) -> str | None:
        """The label of the innermost anchor of `kind` around `position`, or `None`."""
        return self.around(position).get(kind)

    def around(self, position: int) -> dict[str, str]:
        """The labels of the innermost anchors around `position`, by their kinds."""
        around = [a for a in self.anchors if a.start <= position < a.end]
        around.sort(key=lambda a: a.start - a.end)
        return {anchor.kind: anchor.label for anchor in around}

    def place(self, position: int) -> str:
        """Where `position` is, for people: "page 12", "sheet Q3, row 18"; may be empty."""
        labels = self.around(position)
        return ", ".join(form.format(labels[kind]) for kind, form in _PLACES if kind in labels)
