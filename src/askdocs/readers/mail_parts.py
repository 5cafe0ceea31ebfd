"""Take a mail apart: its parts, what they hold and are called, and what its header lines say."""

from __future__ import annotations

import re
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from askdocs.readers.encodings import decode_as
from askdocs.readers.properties import trusted

_PARTS = 1_000
_LONGEST_NAME = 80


def parts_of(message: Message) -> list[Message]:
    """The parts that hold something, in order; a message within is one part."""
    found: list[Message] = []
    waiting = [message]
    while waiting and len(found) < _PARTS:
        part = waiting.pop()
        payload = part.get_payload()
        is_mail = part.get_content_maintype() == "message" and part is not message
        if part.is_multipart() and isinstance(payload, list) and not is_mail:
            below = [one for one in payload if isinstance(one, Message)]
            waiting += reversed(_chosen(below) if _is_choice(part) else below)
        else:
            found.append(part)
    return found


def _is_choice(part: Message) -> bool:
    return part.get_content_type() == "multipart/alternative"


def _chosen(alternatives: list[Message]) -> list[Message]:
    """Of several forms of the same text the plain one, if anything stands in it."""
    plain = [one for one in alternatives if one.get_content_type() == "text/plain"]
    return [one for one in plain if content_of(one).strip()][:1] or alternatives


def is_body(part: Message) -> bool:
    """Whether a part is text of the mail itself, not attached to it."""
    # A part that promises others and has none is text, too.
    is_text = part.get_content_type() in {"text/plain", "text/html"} or (
        part.get_content_maintype() == "multipart"
    )
    return is_text and part.get_content_disposition() != "attachment" and not part.get_filename()


def content_of(part: Message) -> bytes:
    """What a part holds, unpacked."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError):
        payload = None
    raw = part.get_payload()
    if not payload and isinstance(raw, str):  # not in the code that it says it is
        return raw.encode("utf-8", "surrogateescape")
    return payload if isinstance(payload, bytes) else b""


def attached_file(part: Message) -> bytes:
    """The bytes of an attachment; of a message within, as it would be in a file."""
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return payload[0].as_bytes()
    return content_of(part)


def name_of(part: Message) -> str:
    """What an attachment is called, without folders."""
    name = _decoded(part.get_filename() or "")
    name = re.split(r"[/\\]", name)[-1].strip()
    if name:
        return name
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        subject = header_words(payload[0].get("Subject", ""))
        return f"{subject.replace('/', ' ')[:_LONGEST_NAME] or 'message'}.eml"
    endings = {"text/html": ".html", "application/pdf": ".pdf"}
    return f"unnamed{endings.get(part.get_content_type(), '.txt')}"


def header_words(value: object) -> str:
    """What a header line says, decoded."""
    return " ".join(_decoded(str(value)).split())


def _decoded(value: str) -> str:
    """The words of a header: those in `=?utf-8?…?=`, and bytes that should have been."""
    raw = value.encode("utf-8", "surrogateescape")
    try:
        value = raw.decode("utf-8")
    except UnicodeDecodeError:
        value = raw.decode("cp1252", "replace")
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value)
    except ValueError:
        return value
    return "".join(
        piece if isinstance(piece, str) else _decoded_bytes(piece, charset)
        for piece, charset in pieces
    )


def _decoded_bytes(piece: bytes, charset: str | None) -> str:
    text = decode_as(piece, charset) if charset else None
    return text if text is not None else piece.decode("utf-8", "replace")


def date_of(written_date: str) -> str | None:
    """The day of a mail by its header line, where the sender was."""
    try:
        written = parsedate_to_datetime(written_date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return trusted("", "", written.date().isoformat()).date


def author_of(sender: str) -> str:
    """Who sent a mail: names where they are given, else addresses."""
    try:
        names = [name or address for name, address in getaddresses([sender])]
    except (ValueError, IndexError):
        names = []
    return ", ".join(filter(None, names)) or sender
