"""Look at picture files in their colours: `picture` reads them in grey, as recognition wants it."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

from askdocs.errors import ReadError
from askdocs.readers.picture import opened


def pages(data: bytes) -> list[tuple[str, float, float]]:
    """The number of each picture in a file, its width and its height. Raises `ReadError`."""
    with opened(data) as picture:
        count = getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1
        return [(str(n), *_size(picture, n)) for n in range(1, count + 1)]


def render_page(data: bytes, number: int, *, width: int) -> bytes:
    """One picture of the file, upright, no wider than it is, as PNG. Raises `ReadError`."""
    with opened(data) as picture:
        try:
            picture.seek(number - 1)
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise ReadError("is a damaged picture") from error
    paper = Image.new("RGBA", upright.size, (255, 255, 255, 255))
    shown = Image.alpha_composite(paper, upright).convert("RGB")
    if shown.width > width:
        height = max(1, round(shown.height * width / shown.width))
        shown = shown.resize((width, height), Image.Resampling.LANCZOS)
    made = io.BytesIO()
    shown.save(made, "PNG")
    return made.getvalue()


def _size(picture: Image.Image, number: int) -> tuple[float, float]:
    try:
        picture.seek(number - 1)
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise ReadError("is a damaged picture") from error
    turned = picture.getexif().get(274, 1) in (5, 6, 7, 8)  # EXIF: how the camera was held
    width, height = picture.size[::-1] if turned else picture.size
    return float(width), float(height)
