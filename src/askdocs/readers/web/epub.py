"""Read EPUB: the chapters of a book in the order they are read in, each with its title."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from askdocs.errors import ReadError
from askdocs.readers.archives import damage_as, open_archive, parse_xml, read_part
from askdocs.readers.properties import trusted
from askdocs.readers.web.html import decode_markup, hidden_remark, read_markup
from askdocs.readers.web.html_tree import parse
from askdocs.readers.writing import TextWriter
from askdocs.types import Extracted

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[<>]*>", re.I)  # one that declares nothing


@dataclass(frozen=True, slots=True)
class _Item:
    """A file of the book as its manifest names it."""

    path: str
    media_type: str
    properties: str


def extract(data: bytes, stem: str) -> Extracted:
    """The text of the chapters, with an anchor "chapter" each. Raises `ReadError`."""
    with damage_as("is damaged: its chapters cannot be made out"):
        return _Book(open_archive(data)).extract(stem)


class _Book:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {name.lower(): name for name in archive.namelist()}
        self._package_path = self._find_package()
        self._package = self._xml(self._package_path)
        self._items = dict(self._manifest())
        self._remarks: list[str] = []

    def extract(self, stem: str) -> Extracted:
        """The whole book."""
        writer = TextWriter()
        contents = self._contents()
        hidden = written = 0
        first_heading = ""
        for path in self._spine():
            try:
                markup, damage = decode_markup(self._part(path))
            except ReadError as error:
                self._remarks.append(f"left out: {posixpath.basename(path)} {error}")
                continue
            chapter = read_markup(markup)
            hidden += chapter.hidden
            self._remarks += damage
            if not chapter.text:
                continue
            heading = next((a.label for a in chapter.anchors if a.kind == "heading"), "")
            title = contents.get(path.lower()) or heading
            # A file that no entry points to goes on with the chapter before it.
            if title or not written:
                writer.place("chapter", title or posixpath.splitext(posixpath.basename(path))[0])
            writer.block(chapter.text, chapter.anchors)
            written += 1
            first_heading = first_heading or heading
        if not written:
            raise ReadError(f"has no text{': ' + self._remarks[0] if self._remarks else ''}")
        text, anchors = writer.finish()
        properties = trusted(
            self._said("title"), ", ".join(self._all_said("creator")), *self._dates()
        )
        return Extracted(
            text,
            title=properties.title or first_heading or stem,
            date=properties.date,
            anchors=anchors,
            author=properties.author,
            remarks=(*dict.fromkeys(self._remarks), *hidden_remark(hidden)),
        )

    def _find_package(self) -> str:
        """The part that lists all others; a book without its container may still have it."""
        try:
            for element in _all(self._xml(_CONTAINER), "rootfile"):
                if element.get("full-path", "").lower() in self._names:
                    return str(element.get("full-path"))
        except ReadError:
            pass
        for name in self._archive.namelist():
            if name.lower().endswith(".opf"):
                return name
        raise ReadError("is damaged: it lacks its list of chapters")

    def _xml(self, path: str) -> Any:
        return parse_xml(_DOCTYPE.sub(b"", self._part(path), count=1))

    def _part(self, path: str) -> bytes:
        return read_part(self._archive, self._names.get(path.lower(), path))

    def _manifest(self) -> Iterator[tuple[str, _Item]]:
        for element in _all(self._package, "item"):
            path = _resolve(self._package_path, element.get("href", ""))
            media_type = element.get("media-type", "")
            yield element.get("id", ""), _Item(path, media_type, element.get("properties", ""))

    def _spine(self) -> Iterator[str]:
        """The files of the text in their order, without the table of contents."""
        protected = self._protected()
        references = [element.get("idref", "") for element in _all(self._package, "itemref")]
        items = [self._items[name] for name in references if name in self._items]
        items = items or [item for item in self._items.values() if item.media_type in _PAGES]
        for item in items:
            if item.path.lower() in protected:
                raise ReadError("is protected against copying (DRM); give a copy without it")
            if item.media_type in _PAGES and "nav" not in item.properties.split():
                yield item.path

    def _protected(self) -> set[str]:
        if _ENCRYPTION.lower() not in self._names:
            return set()
        references = _all(self._xml(_ENCRYPTION), "CipherReference")
        return {unquote(element.get("URI", "")).lower() for element in references}

    def _contents(self) -> Mapping[str, str]:
        """The titles in the table of contents by file; the first of several for one file."""
        contents: dict[str, str] = {}
        for item in self._items.values():
            try:
                if "nav" in item.properties.split():
                    entries = self._navigation(item.path)
                elif item.media_type == "application/x-dtbncx+xml":
                    entries = self._old_navigation(item.path)
                else:
                    continue
                for path, title in entries:
                    contents.setdefault(path.lower(), title)
            except ReadError as error:
                self._remarks.append(f"table of contents left out: it {error}")
        return contents

    def _navigation(self, path: str) -> Iterator[tuple[str, str]]:
        tree = parse(decode_markup(self._part(path))[0])
        for number in tree.find("a"):
            kinds = {tree.get(n, "epub:type") for n in tree.above(number) if tree.tags[n] == "nav"}
            title = tree.words(number)
            if title and not kinds & {"landmarks", "page-list"}:
                yield _resolve(path, tree.get(number, "href")), title

    def _old_navigation(self, path: str) -> Iterator[tuple[str, str]]:
        for point in _all(self._xml(path), "navPoint"):
            words = next((" ".join((e.text or "").split()) for e in _all(point, "text")), "")
            source = next((e.get("src", "") for e in _all(point, "content")), "")
            if words and source:
                yield _resolve(path, source), words

    def _said(self, name: str) -> str:
        return next(iter(self._all_said(name)), "")

    def _all_said(self, name: str) -> list[str]:
        metadata = next(_all(self._package, "metadata"), None)
        elements = _all(metadata, name) if metadata is not None else ()
        return [text for e in elements if (text := " ".join((e.text or "").split()))]

    def _dates(self) -> list[str]:
        """The dates in full; a year alone is none."""
        return self._all_said("date")


def _all(root: Any, name: str) -> Iterator[Any]:
    """The elements below `root` of this name, whatever its namespace."""
    return iter(root.iter(f"{{*}}{name}"))


def _resolve(base: str, reference: str) -> str:
    """The path within the archive that a reference in the part `base` points to."""
    target = unquote(reference.partition("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), target)) if target else ""
