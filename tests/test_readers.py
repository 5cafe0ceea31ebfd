"""Reading files: every encoding, exact places, and a reason for whatever is left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs import readers
from askdocs.errors import FolderError, ReadError
from askdocs.readers import markdown, opening, plain
from askdocs.readers.dates import find_date
from askdocs.readers.encodings import decode
from askdocs.readers.folder import files
from askdocs.types import Anchor

ENCODED = {
    "utf-8": ("Zoë met 44 people – «так» 東京 🙂", "utf-8"),
    "utf-8-bom": ("Zoë", "utf-8-sig"),
    "utf-16": ("Zoë 東京", "utf-16"),
    "utf-32": ("Zoë 東京", "utf-32"),
    "french": ("Le café était déjà fermé, d'où l'idée naïve.", "latin-1"),
    "quotes": ("He said “forty-four people died” – and left.", "cp1252"),
    "german": ("Die Straße über die Brücke war gesperrt.", "cp1252"),
    "spanish": ("¿Cuántos niños nacieron mañana?", "cp1252"),
    "polish": ("Zażółć gęślą jaźń. Władze podały, że zatrzymano osiem tysięcy osób.", "cp1250"),
    "russian": ("Около 7939 человек были задержаны полицией страны.", "cp1251"),
    "greek": ("Περίπου οκτώ χιλιάδες άνθρωποι συνελήφθησαν", "cp1253"),
    "japanese": ("約八千人が拘束されたと政府が発表した。四十四人が死亡した。", "shift_jis"),
    "chinese": ("据政府称,约八千人被拘留,四十四人在骚乱中死亡。", "gb18030"),
}


@pytest.mark.parametrize(("text", "encoding"), ENCODED.values(), ids=ENCODED.keys())
def test_encodings(text: str, encoding: str) -> None:
    """A text comes out as it was written, whichever encoding it is in."""
    assert decode(text.encode(encoding)) == text


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Z", "S"))))
def test_utf8_is_verbatim(text: str) -> None:
    """UTF-8 comes out character for character, but for a byte order mark and the line ends."""
    expected = text.removeprefix("\ufeff")
    assert decode(text.encode()) == expected.replace("\r\n", "\n").replace("\r", "\n")


BINARY = {
    "nul": b"text\0text",
    "picture": bytes(range(1, 256)) * 4,
    "control": b"\x01\x02\x03\x04" * 20 + b"abc",
    "half-utf-16": b"\xff\xfea\x00b",
}


@pytest.mark.parametrize("data", BINARY.values(), ids=BINARY.keys())
def test_binary_is_refused(data: bytes) -> None:
    """What is not text is refused, never indexed as gibberish."""
    with pytest.raises(ReadError):
        decode(data)


def test_line_ends_become_newlines() -> None:
    """Only the line ends are changed."""
    assert decode(b" a\r\nb\rc\n\n d\t") == " a\nb\nc\n\n d\t"


def test_headings_are_anchors_with_their_path() -> None:
    """A heading reaches to the next of its level or above; its label says what it is under."""
    text = "# Report\nfirst\n## Dead and *wounded*\nfour\n# Other #\nlast\n"
    extracted = markdown.extract(text.encode(), "stem")
    assert extracted.text == text
    assert extracted.title == "Report"
    assert [(a.label, text[a.start : a.end]) for a in extracted.anchors] == [
        ("Report", "# Report\nfirst\n## Dead and *wounded*\nfour\n"),
        ("Report > Dead and wounded", "## Dead and *wounded*\nfour\n"),
        ("Other", "# Other #\nlast\n"),
    ]


def test_underlined_headings() -> None:
    """Headings of the underlined kind count; rules, tables and lists do not."""
    text = "Top\n===\na\n\nBelow\n---\nb\n\n---\n\n| a |\n---\n- item\n---\n"
    found = markdown.extract(text.encode(), "stem").anchors
    assert [a.label for a in found] == ["Top", "Top > Below"]


NO_HEADING = {
    "fenced": "```\n# no\n```\n",
    "tildes": "~~~ python\n# no\n```\n# no\n~~~\n",
    "unclosed": "```\n# no\n",
    "indented": "    # no\n",
    "hashtag": "#no\n",
    "seven": "####### no\n",
}


@pytest.mark.parametrize("text", NO_HEADING.values(), ids=NO_HEADING.keys())
def test_not_a_heading(text: str) -> None:
    """Lines of code and hashtags are no headings."""
    assert markdown.extract(text.encode(), "stem").anchors == ()


@given(st.lists(st.sampled_from(["# A", "## B", "### C", "text", "", "```", "Under", "---"])))
def test_anchors_nest(lines: list[str]) -> None:
    """Two anchors are one within the other, or apart; all lie within the text."""
    extracted = markdown.extract("\n".join(lines).encode(), "stem")
    for one in extracted.anchors:
        assert 0 <= one.start < one.end <= len(extracted.text)
        assert all(apart_or_nested(one, other) for other in extracted.anchors)


def apart_or_nested(a: Anchor, b: Anchor) -> bool:
    apart = a.end <= b.start or b.end <= a.start
    within = a.start <= b.start and b.end <= a.end
    return apart or within or (b.start <= a.start and a.end <= b.end)


def test_front_matter() -> None:
    """The front matter gives a title where no heading does, and the date; it stays in the text."""
    text = '---\ntitle: "The bridge"\ndate: 2024-3-9\n---\nIt fell.\n'
    extracted = markdown.extract(text.encode(), "stem")
    assert (extracted.title, extracted.date, extracted.text) == ("The bridge", "2024-03-09", text)


TITLES = {
    "first line": ("The bridge\n\nIt fell.", "The bridge"),
    "sentence": ("The bridge fell.\n\nAll were safe.", "stem"),
    "paragraph": ("The bridge\nfell.", "stem"),
    "only line": ("The bridge", "stem"),
    "long": ("x" * 121 + "\n\ny", "stem"),
}


@pytest.mark.parametrize(("text", "title"), TITLES.values(), ids=TITLES.keys())
def test_title_of_plain_text(text: str, title: str) -> None:
    """A short line alone at the top is the title; else the file's name is."""
    assert plain.extract(text.encode(), "stem").title == title


DATES = {
    "iso": ("Report\n2022-01-10\n", "2022-01-10"),
    "labelled": ("T\n\n\n\n\n\nx\nx\nx\nx\nDate: 10 January 2022", "2022-01-10"),
    "label first": ("1999-01-01\nPublished: Jan 10, 2022", "2022-01-10"),
    "american": ("Almaty, January 10th, 2022", "2022-01-10"),
    "impossible": ("2022-02-30 and 2022-02-28", "2022-02-28"),
    "too far down": ("a\nb\nc\nd\ne\n2022-01-10", None),
    "number": ("call 555-2022-01-10-9", None),
    "none": ("nothing", None),
}


@pytest.mark.parametrize(("text", "expected"), DATES.values(), ids=DATES.keys())
def test_dates(text: str, expected: str | None) -> None:
    """The date a document gives itself is found near its top, and never made up."""
    assert find_date(text) == expected


def test_listing(tmp_path: Path) -> None:
    """Every file is either listed or left out with a reason; hidden ones are passed over."""
    folder, outside = tmp_path / "docs", tmp_path / "secret.txt"
    (folder / "sub").mkdir(parents=True)
    outside.write_text("secret")
    for name in ("b.txt", "a.MD", "sub/c.text", "picture.xyz", ".hidden.txt", "noname"):
        (folder / name).write_text("words")
    (folder / "out.txt").symlink_to(outside)
    (folder / "in.txt").symlink_to(folder / "b.txt")
    (folder / "dangling.txt").symlink_to(folder / "nowhere")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.txt")
    listing = files(folder)
    assert [identifier for identifier, _ in listing.files] == [
        "a.MD",
        "b.txt",
        "in.txt",
        "sub/c.text",
    ]
    reasons = dict(listing.skipped)
    assert reasons.keys() == {
        "picture.xyz",
        "noname",
        "out.txt",
        "dangling.txt",
        "loop",
        "pipe.txt",
    }
    assert reasons["out.txt"] == "is a link to a file outside the folder"
    assert reasons["picture.xyz"] == "type .xyz is not supported"


def test_listing_leaves_out_the_index(tmp_path: Path) -> None:
    """An index within the documents folder is not among the documents."""
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "note.txt").write_text("words")
    assert files(tmp_path, leave_out=tmp_path / "index").files == ()


def test_names_that_are_not_text(tmp_path: Path) -> None:
    """A file whose name is not UTF-8 is left out with a reason that can be printed."""
    with open(os.fsencode(tmp_path) + b"/caf\xe9.txt", "wb") as file:  # noqa: PTH123
        file.write(b"words")
    ((name, reason),) = files(tmp_path).skipped
    assert name.encode()
    assert reason == "its name is not valid UTF-8"


def test_no_folder(tmp_path: Path) -> None:
    """A folder that is not there, or is a file, is said to be so."""
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match="there is no folder"):
        files(tmp_path / "none")
    with pytest.raises(FolderError, match="not a folder"):
        files(tmp_path / "file")


def test_reasons_of_read(tmp_path: Path) -> None:
    """A file that cannot be read says why, and a pipe does not hang the reader."""
    (tmp_path / "empty.txt").write_text(" \n")
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(ReadError, match="is empty"):
        readers.read(tmp_path / "empty.txt")
    with pytest.raises(ReadError, match="is not a file"):
        readers.read(tmp_path / "pipe.txt")
    with pytest.raises(ReadError, match="No such file"):
        readers.read(tmp_path / "gone.txt")


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beyond the limit is refused before it fills the memory."""
    monkeypatch.setattr(opening, "SIZE_LIMIT", 1_000_000)
    (tmp_path / "a.txt").write_text("x" * 1_000_001)
    with pytest.raises(ReadError, match="larger than 1 MB"):
        readers.read(tmp_path / "a.txt")


def test_a_file_being_written_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that changed just now is read again after a moment, and then as a whole."""
    path = tmp_path / "a.txt"
    path.write_text("the first half")

    def finish(seconds: float) -> None:
        path.write_text("the first half and the second")
        os.utime(path, (0, 0))

    monkeypatch.setattr(opening.time, "sleep", finish)
    assert readers.read(path).text == "the first half and the second"


def test_a_file_that_never_rests_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that goes on changing is left out with a reason, not indexed by half."""
    path = tmp_path / "log.txt"
    path.write_text("a line\n")

    def grow(seconds: float) -> None:
        with path.open("a") as file:
            file.write("another line\n")

    monkeypatch.setattr(opening.time, "sleep", grow)
    with pytest.raises(ReadError, match="being written"):
        readers.read(path)
