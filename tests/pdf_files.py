"""PDF files for tests, drawn with reportlab or written by hand."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Sequence

from reportlab.pdfgen.canvas import Canvas

SIZE = (600.0, 800.0)
Draw = Callable[[Canvas], None]

PROSE = (
    "The committee met in the morning and heard the reports of all its members. "
    "Each of them spoke for ten minutes about the harvest of the past year. "
    "Nobody could say why the northern fields had given so little grain. "
    "A second meeting was set for the week after the holidays. "
    "The minutes were written by the clerk and read aloud before the end. "
)


def drawn(*pages: Draw, **options: object) -> bytes:
    """A PDF with a page for each function; `options` are those of the canvas."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=SIZE, **options)
    for draw in pages:
        canvas.setFont("Helvetica", 10)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def lines(
    *texts: str, x: float = 60, y: float = 700, size: float = 10, font: str = "Helvetica"
) -> Draw:
    """Lines of text below each other."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(font, size)
        for number, text in enumerate(texts):
            canvas.drawString(x, y - 1.2 * size * number, text)
        canvas.setFont("Helvetica", 10)

    return draw


def together(*parts: Draw) -> Draw:
    """Several drawings on one page."""

    def draw(canvas: Canvas) -> None:
        for part in parts:
            part(canvas)

    return draw


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of at most `width` characters."""
    made = [""]
    for word in text.split():
        if len(made[-1]) + len(word) >= width:
            made.append("")
        made[-1] = f"{made[-1]} {word}".strip()
    return made


def table(
    rows: Sequence[Sequence[str]],
    rights: Sequence[float],
    *,
    x: float = 60,
    y: float = 600,
    leading: float = 14,
) -> Draw:
    """Rows with the first cell at the left and the others ending at `rights`, without lines."""

    def draw(canvas: Canvas) -> None:
        for number, (label, *values) in enumerate(rows):
            at = y - leading * number
            canvas.drawString(x, at, label)
            for value, right in zip(values, rights, strict=False):
                if value.startswith("$ "):  # the sign stands at the left edge of its column
                    canvas.drawString(right - 60, at, "$")
                    value = value[2:]
                after = value.endswith((")", "%"))  # and these hang over its right edge
                canvas.drawRightString(right, at, value[:-1] if after else value)
                if after:
                    canvas.drawString(right + 0.5, at, value[-1])

    return draw


def by_hand(
    content: bytes,
    *,
    resources: bytes = b"",
    page: bytes = b"",
    catalog: bytes = b"",
    trailer: bytes = b"",
    fonts: bytes = b"",
    raw: bytes = b"",
    more: Sequence[bytes] = (),
) -> bytes:
    """A PDF of one page with this content; font /F1 is Helvetica, further objects are from 6 on.

    What stands in `raw` takes the place of the object with the content.
    """
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R " + page + b""
        b" /Resources << /Font << /F1 5 0 R " + fonts + b" >> " + resources + b" >> >>",
        raw or stream(content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *more,
    ]
    out, offsets = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer\n<< /Size %d /Root 1 0 R " + trailer + b" >>\nstartxref\n%d\n%%%%EOF"
    size = len(objects) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end % (size, len(out))


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """A compressed stream object."""
    packed = zlib.compress(content)
    head = b"<< /Length %d /Filter /FlateDecode %s >>" % (len(packed), entries)
    return head + b"\nstream\n" + packed + b"\nendstream"


def as_it_is(content: bytes, entries: bytes = b"") -> bytes:
    """A stream object whose bytes are `content`."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)
