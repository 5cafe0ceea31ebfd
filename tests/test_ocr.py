"""Pictures of pages: their letters are recognised where Tesseract is installed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from askdocs.errors import ReadError
from askdocs.index import Index
from askdocs.readers import ocr, picture
from askdocs.types import Anchor, Extracted, Picture
from fakes import FakeEmbedder

LINES = (
    "Notice of Inspection",
    "",
    "The bridge was closed on 4 March because",
    "17 of its bolts had cor-",
    "roded. The county paid for the repair.",
)
needs_tesseract = pytest.mark.skipif(not ocr.is_there(), reason="Tesseract is not installed")


def page(*lines: str) -> Image.Image:
    made = Image.new("L", (1240, 700), 255)
    draw = ImageDraw.Draw(made)
    font = ImageFont.load_default(size=40)
    for number, line in enumerate(lines):
        draw.text((100, 80 + 64 * number), line, font=font, fill=0)
    return made


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    made = io.BytesIO()
    picture.save(made, kind, **options)
    return made.getvalue()


@needs_tesseract
def test_a_page_is_recognised() -> None:
    """Lines become paragraphs, and a word broken at a line's end is whole again."""
    read = ocr.recognise(saved(page(*LINES), "PNG"))
    assert "17 of its bolts had corroded. The county paid for the repair." in read.text
    assert read.sure > 80


@needs_tesseract
def test_a_folder_with_scans(tmp_path: Path) -> None:
    """Pictures and scanned PDFs are searched like texts, with their pages, and come last."""
    folder = tmp_path / "documents"
    folder.mkdir()
    page(*LINES).save(folder / "a scan.png")
    pages = [page("Dogs are welcome in the garden."), page("Cats are not.")]
    pages[0].save(folder / "b.tiff", save_all=True, append_images=pages[1:])
    (folder / "z.txt").write_text("Nothing of this.")
    with Index.build(folder, tmp_path / "index", embedder=FakeEmbedder()) as index:
        found = index.document("b.tiff")
        assert found.place(found.text.index("Cats")) == "page 2"
        assert "17 of its bolts" in index.document("a scan.png").text
        (told,) = index.document("a scan.png").remarks
        assert told.startswith("1 page was recognised from pictures, the least sure at")
        order = [d.id for d in sorted(index.documents(), key=lambda d: d.indexed_at)]
        assert order == ["z.txt", "a scan.png", "b.tiff"]
    with Index.build(folder, tmp_path / "index", embedder=FakeEmbedder()) as index:
        assert index.summary.unchanged == 3


def test_without_tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture is left out with the reason, and is read once Tesseract is there."""
    folder = tmp_path / "documents"
    folder.mkdir()
    page("Dogs are welcome in the garden.").save(folder / "a.png")
    (folder / "b.txt").write_text("Text.")
    with monkeypatch.context() as context:
        context.setattr(ocr, "is_there", lambda: False)
        with Index.build(folder, tmp_path / "index", embedder=FakeEmbedder()) as index:
            (skipped,) = index.skipped()
    assert "install Tesseract" in skipped.reason
    if not ocr.is_there():
        pytest.skip("Tesseract is not installed")
    with Index.build(folder, tmp_path / "index", embedder=FakeEmbedder()) as index:
        assert "Dogs are welcome" in index.document("a.png").text


def test_recognised_pages_go_where_they_belong() -> None:
    """What a page says is put in at its place, and every later anchor moves with its words."""
    text = "One\n\nStamp\n\nFive is text."
    extracted = Extracted(
        text,
        anchors=(
            Anchor(0, 3, "page", "i"),
            Anchor(5, 10, "page", "2"),
            Anchor(12, len(text), "page", "5"),
            Anchor(12, len(text), "heading", "Five"),
        ),
        pictures=tuple(Picture(n, str(n), position) for n, position in ((2, 10), (3, 10), (4, 10))),
    )
    read = {2: ocr.Recognised(("Two.",), 90), 4: ocr.Recognised(("Four.", "More."), 90)}
    made = ocr.with_recognised(extracted, read)
    assert made.text == "One\n\nStamp\n\nTwo.\n\nFour.\n\nMore.\n\nFive is text."
    assert [(a.label, made.text[a.start : a.end]) for a in made.anchors] == [
        ("i", "One"),
        ("2", "Stamp\n\nTwo."),
        ("4", "Four.\n\nMore."),
        ("5", "Five is text."),
        ("Five", "Five is text."),
    ]
    assert [picture.number for picture in made.pictures] == [3]


def test_a_huge_picture_is_refused_before_it_is_decoded() -> None:
    """A few kilobytes may hold a picture of gigabytes."""
    with pytest.raises(ReadError, match="25 MP"):
        picture.extract(saved(Image.new("1", (12_000, 12_000)), "PNG"), "bomb")


@pytest.mark.parametrize("cut", [0, 1, 20, 200])
def test_a_damaged_picture(cut: int) -> None:
    """What is no picture any more is refused with a reason."""
    data = saved(page(*LINES), "PNG")[:-1][: cut or None]
    with pytest.raises(ReadError):
        picture.extract(data[:cut] if cut else b"", "a")
        picture.render_page(data, 1)


@pytest.mark.parametrize("languages", ["", "eng;ls", "../eng", "eng+", "-x"])
def test_languages_are_names(languages: str) -> None:
    """Nothing but names of languages reaches the command line."""
    with pytest.raises(ReadError, match="names no languages"):
        ocr.recognise(b"", languages)
