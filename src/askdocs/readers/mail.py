"""Read mail: a single message (.eml) or a mailbox of them (.mbox), with what is attached.

A message is its header lines, its text, and each attachment as its own reader reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from time import process_time

from askdocs.errors import ReadError
from askdocs.readers import ocr
from askdocs.readers.encodings import decode_as, decode_with_remarks
from askdocs.readers.mail_parts import (
    attached_file,
    author_of,
    content_of,
    date_of,
    header_words,
    is_body,
    name_of,
    parts_of,
)
from askdocs.readers.writing import TextWriter
from askdocs.types import Anchor, Extracted

_FROM_LINE = re.compile(rb"\nFrom [^\r\n]*\d\d:\d\d[^\r\n]*\r?\n")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.M)
_HEADER = re.compile(rb"[!-9;-~]+:")
_DEPTH = 3
_TEXT = 9_500_000
_ATTACHMENTS = 500
"""The most attachments of one file that are read."""
_SECONDS = 14.0
"""Processor time after which no more is read: a reader is given no more than 20 seconds."""
_NO_SUBJECT = "(no subject)"
_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_NOT_WORTH_SAYING = re.compile(r"image/|application/(?:pgp-|pkcs7-|x-pkcs7-)|text/calendar")
_WRAPPED = re.compile(
    r"(?<=[^\s>]) \n(?=[^\s>])"
)  # format=flowed: a blank before the break joins the lines


def extract(data: bytes, stem: str, depth: int = 0) -> Extracted:
    """One message, or those of a mailbox with an anchor "message" each. Raises `ReadError`."""
    padded = b"\n\n" + data
    places = [p for p in _FROM_LINE.finditer(padded) if _is_blank_before(padded, p.start())]
    if not places:
        if not _HEADER.match(data.lstrip(b"\r\n\xef\xbb\xbf")):
            raise ReadError("is not a mail: it has no header lines")
        return _Mailbox(depth).one(data, stem)
    ends = [*(place.start() for place in places[1:]), len(padded)]
    messages = (padded[p.end() : end] for p, end in zip(places, ends, strict=True))
    return _Mailbox(depth).all(messages, len(places), stem)


def _is_blank_before(data: bytes, line_end: int) -> bool:
    """Whether the line that ends there is empty."""
    return data[line_end - 1 : line_end] == b"\n" or data[line_end - 2 : line_end] == b"\n\r"


class _Mailbox:
    """Reads messages one after the other into one text, within the limits for a file."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._length = 0
        self._attachments = 0
        self._started = process_time()
        self._unread: list[str] = []
        self._partly: list[str] = []
        self._hidden = 0
        self._damaged = 0

    def one(self, data: bytes, stem: str) -> Extracted:
        """A file that is one message."""
        made = self._message(data)
        return replace(made, title=made.title or stem, remarks=tuple(self._remarks()))

    def all(self, messages: Iterator[bytes], count: int, stem: str) -> Extracted:
        """A file of many messages."""
        pieces: list[str] = []
        anchors: list[Anchor] = []
        dates: list[str] = []
        left_out = 0
        for data in messages:
            is_full = left_out or self._is_late()
            made = None if is_full else self._message(_QUOTED_FROM.sub(rb"\1", data))
            if made is None or self._length + len(made.text) > _TEXT:
                left_out += 1
                continue
            if not made.text:
                continue
            gap = 2 * bool(pieces)
            start = self._length + gap
            self._length = start + len(made.text)
            pieces.append(made.text)
            anchors.append(Anchor(start, self._length, "message", made.title or _NO_SUBJECT))
            anchors += (_moved(anchor, start) for anchor in made.anchors)
            dates += [made.date] if made.date else []
        remarks = list(self._remarks())
        if left_out:
            limit = f"{_SECONDS:.0f} seconds" if self._is_late() else f"{_TEXT:,} characters"
            remarks.append(f"left out: {left_out} of {count} messages (limit {limit})")
        date = max(dates, default=None)
        return Extracted("\n\n".join(pieces), stem, date, tuple(anchors), "", tuple(remarks))

    def _is_late(self) -> bool:
        return process_time() - self._started > _SECONDS

    def _remarks(self) -> Iterator[str]:
        if self._hidden:
            yield f"hidden text left out: {self._hidden} characters"
        if self._damaged:
            yield f"parts of damaged or unknown encoding: {self._damaged}"
        if self._unread:
            unread = list(dict.fromkeys(self._unread))
            shown = "; ".join(unread[:5]) + ("; …" if len(unread) > 5 else "")
            yield f"attachments not read: {len(self._unread)} ({shown})"
        yield from self._partly[:5]

    def _message(self, data: bytes) -> Extracted:
        """One message: header lines, text, attachments."""
        try:
            message = message_from_bytes(data)
            parts = parts_of(message)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise ReadError("is not a mail that can be taken apart") from error
        writer = TextWriter()
        found = {name.lower(): value for name, value in reversed(list(message.raw_items()))}
        headers = {name: header_words(found.get(name.lower(), "")) for name in _SHOWN}
        writer.block("\n".join(f"{name}: {value}" for name, value in headers.items() if value))
        bodies = [part for part in parts if is_body(part)]
        for part in bodies:
            self._body(part, writer)
        for part in parts:
            if part not in bodies:
                self._attachment(part, writer)
        text, anchors = writer.finish()
        return Extracted(
            text,
            title=headers["Subject"],
            date=date_of(headers["Date"]),
            anchors=anchors,
            author=author_of(headers["From"]),
        )

    def _body(self, part: Message, writer: TextWriter) -> None:
        text = self._text(part)
        if part.get_content_type() == "text/html":
            from askdocs.readers.web.html import read_markup

            markup = read_markup(text)
            self._hidden += markup.hidden
            writer.block(markup.text, markup.anchors)
            return
        if (part.get_param("format") or "") == "flowed":
            text = _WRAPPED.sub(" ", text)
        lines = (line.expandtabs(4).rstrip() for line in text.split("\n"))
        writer.block(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n"))

    def _text(self, part: Message) -> str:
        """A part's text in the encoding it names, or in the one that fits."""
        data = content_of(part)
        charset = part.get_content_charset() or ""
        text = decode_as(data, charset) if charset else None
        if text is None:
            try:
                text, remarks = decode_with_remarks(data)
            except ReadError:
                text, remarks = "", ("unreadable",)
            self._damaged += bool(remarks)
        return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")

    def _attachment(self, part: Message, writer: TextWriter) -> None:
        """Write what the reader for an attachment makes of it below its name, or remark on it."""
        from askdocs.readers import extract_named

        name = name_of(part)
        is_late = self._attachments >= _ATTACHMENTS or self._is_late()
        if is_late or self._depth >= _DEPTH:
            self._unread.append(f"{name} is {'one too many' if is_late else 'too deep in others'}")
            return
        self._attachments += 1
        try:
            made = extract_named(name, attached_file(part), self._depth + 1)
        except ReadError as error:
            if not _NOT_WORTH_SAYING.match(part.get_content_type()):
                self._unread.append(f"{name} {error}")
            return
        if not _NOT_WORTH_SAYING.match(part.get_content_type()):
            remarks = [*made.remarks, *([ocr.missing(len(made.pictures))] if made.pictures else [])]
            self._partly.extend(f"{name}: {remark}" for remark in remarks)
        if not made.text.strip():
            return
        around = Anchor(0, len(made.text), "attachment", name)
        inner = [a for a in made.anchors if a.kind != "attachment"]
        writer.block(f"Attachment: {name}")
        writer.block(made.text, [around, *inner])


def _moved(anchor: Anchor, by: int) -> Anchor:
    return replace(anchor, start=anchor.start + by, end=anchor.end + by)
