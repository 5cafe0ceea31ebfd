"""Read pictures: their pages, whose letters are recognised by `ocr`."""

from __future__ import annotations

import io
from datetime import date

from PIL import Image, ImageOps, UnidentifiedImageError

from askdocs.errors import ReadError
from askdocs.types import Extracted, Picture

PIXEL_LIMIT = 25_000_000
"""The largest picture that is decoded."""

_PAGE_LIMIT = 500
_SMALL = 1000  # pixels: letters of a smaller picture are recognised better when it is enlarged
_TAKEN = 306  # EXIF: when it was made


def extract(data: bytes, stem: str) -> Extracted:
    """No text yet: the numbers of the pictures in the file. Raises `ReadError`."""
    with opened(data) as picture:
        count = min(getattr(picture, "n_frames", 1), _PAGE_LIMIT)
        count = count if picture.format == "TIFF" else 1  # the frames of others are a film
        # Elsewhere it may stand behind the picture, which would have to be decoded first.
        known = picture.getexif() if picture.format in ("JPEG", "TIFF") else {}
        taken = str(known.get(_TAKEN, ""))[:10].replace(":", "-")
    return Extracted(
        "",
        title=stem,
        date=_day(taken),
        pictures=tuple(Picture(n, str(n) if count > 1 else "", 0) for n in range(1, count + 1)),
    )


def render_page(data: bytes, number: int, *, width: int = 0) -> bytes:
    """One picture of the file, upright, in shades of grey, as PNG; `width` is its own."""
    with opened(data) as picture:
        try:
            picture.seek(number - 1)
            _require_size(picture)
            upright = ImageOps.exif_transpose(picture).convert("LA")
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise ReadError("is a damaged picture") from error
    paper = Image.new("LA", upright.size, (255, 255))
    grey = Image.alpha_composite(paper.convert("RGBA"), upright.convert("RGBA")).convert("L")
    if max(grey.size) < _SMALL:
        grey = grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.LANCZOS)
    made = io.BytesIO()
    grey.save(made, "PNG")
    return made.getvalue()


def opened(data: bytes) -> Image.Image:
    """The picture of a file, not larger than can be decoded. Raises `ReadError`."""
    Image.MAX_IMAGE_PIXELS = None  # the limit below says it in words
    try:
        picture = Image.open(io.BytesIO(data))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise ReadError("is a damaged picture, or of a kind that cannot be read") from error
    _require_size(picture)
    return picture


def _require_size(picture: Image.Image) -> None:
    if picture.width * picture.height > PIXEL_LIMIT:
        limit = PIXEL_LIMIT // 1_000_000
        raise ReadError(f"is a picture of {picture.width} x {picture.height}; {limit} MP is most")


def _day(written: str) -> str | None:
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        return None
