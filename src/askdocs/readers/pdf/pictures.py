"""The pictures of a PDF page: how much they cover, what it looks like, and where it is blank."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from ctypes import byref, c_float
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

PIXEL_LIMIT = 25_000_000
"""The largest picture that is made of a page."""

_DEPTH = 4
_OBJECT_LIMIT = 20_000
_FLAT = 12  # of 255: the most that a blank place varies in
_DRAWN = 40  # outlines on a page without text: letters drawn as curves, or a chart


def covered_by_pictures(page: pypdfium2.PdfPage) -> float:
    """The share of the page that its pictures cover, at most 1; overlaps count twice."""
    left, bottom, right, top = page.get_bbox()
    whole: float = max(1.0, (right - left) * (top - bottom))
    edges = [c_float() for _ in range(4)]
    area = 0.0
    for item in _objects(page, {pdfium.FPDF_PAGEOBJ_IMAGE}):
        if pdfium.FPDFPageObj_GetBounds(item, *map(byref, edges)):
            x0, y0, x1, y1 = (edge.value for edge in edges)
            width, height = min(x1, right) - max(x0, left), min(y1, top) - max(y0, bottom)
            area += max(0.0, width) * max(0.0, height)
    return min(1.0, area / whole)


def is_drawn(page: pypdfium2.PdfPage) -> bool:
    """Whether there is something to see on a page: a picture, or more than a few lines."""
    picture, path = pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH
    items = _objects(page, {picture, path, pdfium.FPDF_PAGEOBJ_SHADING})
    return any(
        number > _DRAWN or pdfium.FPDFPageObj_GetType(item) == picture
        for number, item in enumerate(items, start=1)
    )


def pixels(page: pypdfium2.PdfPage, scale: float) -> NDArray[np.uint8]:
    """The page as it is shown, (height, width, 3), in a size within `PIXEL_LIMIT`."""
    width, height = page.get_size()
    largest = (PIXEL_LIMIT / max(1.0, (width + 1) * (height + 1))) ** 0.5
    bitmap = page.render(scale=min(scale, largest), rev_byteorder=True)
    try:
        return np.ascontiguousarray(bitmap.to_numpy()[:, :, :3])
    finally:
        bitmap.close()


def blank_places(
    page: pypdfium2.PdfPage, boxes: Sequence[tuple[float, float, float, float]]
) -> list[bool]:
    """For each box in points of the page, whether nothing can be made out there."""
    picture = pixels(page, 1.5)
    scale = picture.shape[1] / max(1.0, page.get_width())
    blank = []
    for x0, top, x1, bottom in boxes:
        a, b, c, d = (max(0, int(edge * scale)) for edge in (x0, top, x1, bottom))
        part = picture[b : d + 1, a : c + 1].astype(int)
        blank.append(part.size == 0 or int(np.ptp(part, axis=(0, 1)).max()) <= _FLAT)
    return blank


def png(picture: NDArray[np.uint8]) -> bytes:
    """A picture (height, width, 3) as the bytes of a PNG file."""
    height, width = picture.shape[:2]
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with its filter: none
    rows[:, 1:] = picture.reshape(height, 3 * width)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def _objects(page: pypdfium2.PdfPage, kinds: set[int]) -> Iterator[Any]:
    """The objects of a page and of the forms in it, of some kinds."""
    open_forms: list[tuple[Any, int]] = [(None, 0)]
    seen = 0
    while open_forms:
        form, depth = open_forms.pop()
        raw = page.raw
        count = pdfium.FPDFFormObj_CountObjects(form) if form else pdfium.FPDFPage_CountObjects(raw)
        for number in range(max(0, count)):
            item = (
                pdfium.FPDFFormObj_GetObject(form, number)
                if form
                else pdfium.FPDFPage_GetObject(raw, number)
            )
            kind = pdfium.FPDFPageObj_GetType(item)
            if kind in kinds:
                yield item
            elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEPTH:
                open_forms.append((item, depth + 1))
            seen += 1
            if seen > _OBJECT_LIMIT:
                return
