"""Documents as people see them: pages as pictures, tables, long texts, the file itself."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from askdocs import Index
from askdocs.errors import ReadError
from askdocs.readers import extract
from askdocs.readers.sandbox import Sandbox
from askdocs.types import Anchor, Document
from askdocs.web import windows
from askdocs.web.page_pictures import PagePictures
from askdocs.web.render import document as render
from askdocs.web.render import tables
from askdocs.web.render.document import Showing
from askdocs.web.security import Guard
from askdocs.web.service import Service
from askdocs.web.viewing import add_view
from fakes import FakeEmbedder
from fakes_web import ScriptedAssistant, make_document
from file_makers import csv, mail, xlsx
from pdf_files import PROSE, drawn, lines, wrapped

QUOTE = "Nobody could say why the northern fields had given so little grain."
HANGS = str(Path(__file__).with_name("hostile_worker.py"))
CSV = "Quarter,Revenue,Note\nQ1,12.5,calm\nQ2,13.75,; a storm: loud\n"


class Shown(HTMLParser):
    """What a browser makes of a view: its words, those that are seen, and the elements."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words, self.seen, self.marked = "", "", ""
        self.elements: list[tuple[str, dict[str, str]]] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self.elements.append((tag, known))
        if tag not in ("img", "br"):
            self._open.append((tag, "hidden" in known))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.words += data
        if not any(hidden for _, hidden in self._open):
            self.seen += data
        if any(tag == "mark" for tag, _ in self._open):
            self.marked += data

    def of(self, tag: str, kind: str = "") -> list[dict[str, str]]:
        return [
            a
            for t, a in self.elements
            if t == tag and (not kind or kind in a.get("class", "").split())
        ]


def text_of(shown: str) -> Shown:
    """The document's own part of a view."""
    return Shown(shown.split('dir="auto">', 2)[2].removesuffix("</div>"))


def read(name: str, data: bytes) -> Document:
    """A file as its reader gives it."""
    made = extract(name, data)
    return Document(name, made.text, made.title, "", made.date, made.anchors)


# -- the text ------------------------------------------------------------------------------------

LINE = st.one_of(
    st.text(alphabet="ab1 |;:#-\n", max_size=30),
    st.sampled_from(
        ["| a | b |\n", "| 1 | 2 |\n", "|---|---|\n", "Quarter: Q1; Sum: 2\n", "```\n", "- item\n",
         "# Head\n", "=====\n", "From: me\n", "\n", "Quarter; Sum\n"]
    ),
)  # fmt: skip


@settings(max_examples=80)
@given(st.lists(LINE, max_size=14), st.data())
def test_no_word_is_lost_or_changed_however_a_text_is_shown(
    parts: list[str], data: st.DataObject
) -> None:
    """The HTML of every kind of document has its text, whole and in order, and marks the quote."""
    text = "".join(parts)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    begins = [0, *(n + 1 for n, character in enumerate(text) if character == "\n")]
    kinds = st.sampled_from(["row", "heading", "page", "sheet", "message"])
    places = data.draw(st.lists(st.tuples(st.sampled_from(begins), kinds), max_size=8))
    anchors = tuple(Anchor(p, len(text), kind, "7") for p, kind in sorted(places))
    name = data.draw(st.sampled_from(["a.txt", "a.csv", "a.eml", "a.py", "a.md"]))
    document = Document(name, text, "t", "", None, anchors)
    for look in ("reading", "text"):
        shown = render.view(document, (start, end), Showing(look=look))
        body = Shown(shown.split('dir="auto">', 2)[2].removesuffix("</div>"))
        assert body.words == text
        assert body.marked == text[start:end]


def test_a_csv_is_a_table_with_the_quoted_row_in_it() -> None:
    """Names stand in the header and only there; the row of the quote is marked as such."""
    document = read("a.csv", CSV.encode())
    start = document.text.index("Quarter: Q2")
    shown = text_of(render.view(document, (start, len(document.text))))
    assert shown.words == document.text
    assert " ".join(shown.seen.split()) == "QuarterRevenueNoteQ112.5calmQ213.75; a storm: loud"
    assert len(shown.of("th")) == 3
    assert len(shown.of("tr", "quoted")) == 1
    numbers = [a["data-label"] for a in shown.of("td", "row-number")]
    assert numbers == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("name", "data", "headers", "rows"),
    [("a.csv", csv(), 3, 3), ("a.xlsx", xlsx(), 4, 5), ("a.eml", mail(), 3, 3)],
    ids=["csv", "xlsx", "mail"],
)
def test_the_words_of_the_table_view_are_the_words_of_the_document(
    name: str, data: bytes, headers: int, rows: int
) -> None:
    """Each kind of file with rows is shown as tables, without losing a word."""
    document = read(name, data)
    shown = text_of(render.view(document))
    assert shown.words == document.text
    assert len(shown.of("th")) == headers
    assert len(shown.of("tr")) == rows


def test_rows_between_bars_are_a_table_whose_header_is_found() -> None:
    """Cells lose their bars; a first row of names above numbers is the header."""
    document = make_document("a.html", "Before\n\n| Item | 2023 |\n| Rent | 410 |\n\nAfter")
    shown = text_of(render.view(document))
    assert shown.words == document.text
    assert "|" not in shown.seen
    assert [attributes.get("class", "") for attributes in shown.of("th")] == ["", "number"]


def test_the_middle_of_a_long_table_keeps_its_header() -> None:
    """A window that begins in the middle of a table names its columns again."""
    count = 12_000
    data = "n,square\n" + "".join(f"{n},{n * n}\n" for n in range(count))
    document = read("a.csv", data.encode())
    quote = f"n: {count // 2}; square: {(count // 2) ** 2}"
    start = document.text.index(quote)
    shown = Shown(
        render.view(document, (start, start + len(quote)), Showing(address="/view?document=a.csv"))
    )
    assert [a["data-label"] for a in shown.of("th")] == ["n", "square"]
    assert shown.marked == quote
    assert shown.words.count("square: ") < 2500
    assert [a["data-more"] for a in shown.of("a", "more")] == ["earlier", "later"]


def test_a_long_text_is_shown_around_the_quote_and_all_of_it_can_be_had() -> None:
    """Following "Show earlier" and "Show later" reaches both ends; each window is whole lines."""
    text = "".join(f"This is line {n} of a long text.\n" for n in range(20_000))
    quote = "This is line 9876 of a long text."
    start = text.index(quote)
    shown = windows.window(text, (start, start + len(quote)))
    assert len(text) > shown[1] - shown[0] < 3 * windows.AROUND
    assert text[shown[0] : shown[1]].startswith("This is line")
    seen = shown
    for _ in range(30):
        shown = windows.window(text, (0, 0), *windows.earlier(shown))
        seen = min(seen[0], shown[0]), max(seen[1], shown[1])
    assert shown[0] == 0
    assert shown[1] - shown[0] <= windows.MOST + 100
    for _ in range(30):
        shown = windows.window(text, (0, 0), *windows.later(shown, len(text)))
        seen = min(seen[0], shown[0]), max(seen[1], shown[1])
    assert seen == (0, len(text))


def test_a_text_without_lines_has_windows_too() -> None:
    """A text of one line of ten million characters is not shown at once."""
    text = "word " * 2_000_000
    low, high = windows.window(text, (5_000_000, 5_000_010))
    assert low < 5_000_000 < high
    assert high - low < 3 * windows.AROUND


def test_code_is_numbered_and_a_mail_has_its_head() -> None:
    """Source files have numbered lines, a mail shows its fields apart."""
    code = render.view(make_document("a.py", "one = 1\ntwo = 2\n"))
    assert len(Shown(code).of("span", "line")) == 2
    letter = text_of(render.view(read("a.eml", mail())))
    assert len(letter.of("div", "field")) == 4


def test_a_column_name_needs_more_than_one_row_of_many() -> None:
    """What one row has before a colon is its words, not a column."""
    rows = [f"Item: i{n}; Sum: {n}" for n in range(20)]
    rows[7] = "Item: a; NB: late; Sum: 3"
    assert tables.column_names(rows) == ["Item", "Sum"]


# -- the pages and the file ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a PDF, a picture's file, a table and a file that only its name makes a PDF."""
    folder = tmp_path_factory.mktemp("documents")
    first, second = PROSE[: PROSE.index("Nobody") + 40], PROSE[PROSE.index("Nobody") + 40 :]
    data = drawn(lines(*wrapped(first, 60)), lines(*wrapped(second, 60)), lines("The end."))
    (folder / "minutes.pdf").write_bytes(data)
    (folder / "changed.pdf").write_bytes(drawn(lines(*wrapped(PROSE, 60))))
    (folder / "gone.pdf").write_bytes(drawn(lines(*wrapped(PROSE, 60))))
    (folder / 'a & b; "c".csv').write_text(CSV)
    return folder


@pytest.fixture(scope="module")
def index(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """An index of the folder, two of whose files are other ones afterwards."""
    path = tmp_path_factory.mktemp("index") / "index"
    with Index.build(folder, path, embedder=FakeEmbedder()) as index:
        (folder / "changed.pdf").write_bytes(drawn(lines("Other words stand here now.")))
        (folder / "gone.pdf").unlink()
        yield index


def _view(app: FastAPI, index: Index, pictures: PagePictures | None = None) -> None:
    """Add the addresses below /view, for the one person of a server without users."""
    add_view(app, Service(index, ScriptedAssistant(index, {})), pictures)
    app.add_middleware(Guard, hosts=("testserver",))


@pytest.fixture(scope="module")
def client(index: Index) -> Iterator[TestClient]:
    """A client of the addresses below /view."""
    app = FastAPI()
    _view(app, index)
    with TestClient(app) as client:
        yield client


def address(path: str, index: Index, name: str, words: str = "", **more: object) -> str:
    """An address that asks for a document with these words quoted."""
    asked: dict[str, object] = {"document": name}
    if words:
        pattern = r"\s+".join(map(re.escape, words.split()))  # a page may end within
        found = re.search(pattern, index.document(name).text)
        assert found
        asked |= {"start": found.start(), "end": found.end()}
    return f"{path}?{urlencode(asked | more)}"


def test_a_pdf_opens_as_its_pages(client: TestClient, index: Index) -> None:
    """Every page has its place, as high as it is wide; the one with the quote is known."""
    shown = Shown(
        client.get(address("/view", index, "minutes.pdf", "so little grain", part=1)).text
    )
    assert [a["data-page"] for a in shown.of("section", "sheet")] == ["1", "2", "3"]
    assert [a["data-page"] for a in shown.of("section", "quoted")] == ["2"]
    assert shown.of("div", "picture")[0]["style"] == "aspect-ratio: 600.0 / 800.0"
    assert [a["data-look"] for a in shown.of("a", "look")] == ["pages", "reading", "text"]


def test_a_quote_over_two_pages_is_marked_on_both(client: TestClient, index: Index) -> None:
    """The part on each page is marked there, on its picture and in its words."""
    asked = address("/view", index, "minutes.pdf", QUOTE, part=1)
    quoted = Shown(client.get(asked).text).of("section", "quoted")
    assert [a["data-page"] for a in quoted] == ["1", "2"]
    marked = ""
    for number in (1, 2):
        asked = address("/view/sheet", index, "minutes.pdf", QUOTE, page=number, width=800)
        sheet = Shown(client.get(asked).text)
        assert sheet.of("span", "box")
        marked += f"{sheet.marked} "
    assert " ".join(marked.split()) == QUOTE


def test_the_picture_of_a_page_is_a_png_of_the_wanted_width(
    client: TestClient, index: Index
) -> None:
    """Widths are rounded up to one of a few and limited; the picture may be kept."""
    sheet = client.get(address("/view/sheet", index, "minutes.pdf", page=1, width=750))
    picture = client.get(Shown(sheet.text).of("img")[0]["src"])
    assert picture.headers["content-type"] == "image/png"
    assert "private" in picture.headers["cache-control"]
    assert Image.open(io.BytesIO(picture.content)).width == 800
    large = client.get(address("/view/page", index, "minutes.pdf", page=1, width=99_999))
    assert Image.open(io.BytesIO(large.content)).width == 2400


def test_a_page_that_is_not_there_is_said_to_be_missing(client: TestClient, index: Index) -> None:
    """A wrong number, a wrong document and a file without pages are answered in words."""
    for asked in (
        address("/view/sheet", index, "minutes.pdf", page=99),
        address("/view/sheet", index, 'a & b; "c".csv', page=1),
        "/view/sheet?document=nothing.pdf&page=1",
    ):
        reply = client.get(asked)
        assert reply.status_code == 200
        assert "cannot be shown" in reply.text
        assert client.get(asked.replace("/sheet", "/page")).status_code == 404


@pytest.mark.parametrize(
    ("name", "told"),
    [("changed.pdf", "has changed since it was indexed"), ("gone.pdf", "is not there any more")],
)
def test_another_file_of_that_name_is_not_shown(
    client: TestClient, index: Index, name: str, told: str
) -> None:
    """The text stays as it was read, with one line that says why there are no pages."""
    shown = client.get(address("/view", index, name, QUOTE, part=1)).text
    assert told in shown
    assert 'class="sheet' not in shown
    assert Shown(shown).marked == QUOTE
    assert client.get(address("/view/page", index, name, page=1)).status_code == 404


def test_the_file_itself_can_be_had(client: TestClient, index: Index, folder: Path) -> None:
    """It comes as an attachment of no type, under its name; what is gone is said to be gone."""
    name = 'a & b; "c".csv'
    reply = client.get(address("/view/file", index, name))
    assert reply.content == (folder / name).read_bytes()
    assert reply.headers["content-type"] == "application/octet-stream"
    expected = "attachment; filename*=UTF-8''a%20%26%20b%3B%20%22c%22.csv"
    assert reply.headers["content-disposition"] == expected
    assert client.get(address("/view/file", index, "changed.pdf")).content.startswith(b"%PDF")
    assert client.get(address("/view/file", index, "gone.pdf")).status_code == 404
    assert client.get("/view/file?document=../../etc/passwd").status_code == 404


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """A document whose file became a link to elsewhere is not read."""
    (tmp_path / "secret").write_text("a secret")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").symlink_to(tmp_path / "secret")
    pictures = PagePictures(lambda: str(tmp_path / "folder"))
    original = pictures.original(make_document("a.txt", "a secret"))
    assert original.state == "unknown"
    assert original.data == b""
    outside = pictures.original(make_document("../secret", "a secret"))
    assert outside.data == b""


def test_the_keys_are_explained(client: TestClient) -> None:
    """The dialog names each key."""
    assert len(Shown(client.get("/view/keyboard").text).of("kbd")) == 9


class Counting(Sandbox):
    """Draws nothing, and counts how often it is asked, and by how many at once."""

    def __init__(self, size: int = 1000) -> None:
        super().__init__()
        self.drawn: list[int] = []
        self.size = size
        self.inside = threading.Lock()

    def show_page(self, name: str, data: bytes, number: int, *, width: int) -> bytes:
        assert self.inside.acquire(blocking=False), "two pages are drawn at once"
        self.drawn.append(number)
        self.inside.release()
        if number == 13:
            raise ReadError("takes more than 10 s to read")
        return bytes(self.size)


@pytest.fixture
def minutes(folder: Path, index: Index) -> tuple[Document, str]:
    return index.document("minutes.pdf"), str(folder)


def test_pages_are_drawn_once_while_there_is_room(minutes: tuple[Document, str]) -> None:
    """What was drawn is kept; with little room the oldest goes, and what failed fails quickly."""
    document, folder = minutes
    sandbox = Counting()
    pictures = PagePictures(lambda: folder, sandbox=sandbox, kept=2500)
    for number in (1, 2, 1, 3, 1, 2):
        pictures.picture(document, number, 800)
    assert sandbox.drawn == [1, 2, 3, 2]
    for _ in range(3):
        with pytest.raises(ReadError, match="takes more than 10 s"):
            pictures.picture(document, 13, 800)
    assert sandbox.drawn.count(13) == 1


def test_pages_are_drawn_one_at_a_time(minutes: tuple[Document, str]) -> None:
    """Several readers wait for each other, and each gets a page."""
    document, folder = minutes
    pictures = PagePictures(lambda: folder, sandbox=Counting())
    sizes: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: sizes.append(len(pictures.picture(document, n, 800))))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == [1000] * 8


def test_a_file_that_hangs_is_a_sentence_and_the_text_stays(index: Index) -> None:
    """A child process that hangs is ended; the page says so, and nothing is an error."""
    app = FastAPI()
    pictures = PagePictures(lambda: index.store.meta.folder, sandbox=Hanging())
    _view(app, index, pictures)
    with TestClient(app) as client:
        shown = client.get(address("/view", index, "minutes.pdf", "so little", part=1))
        assert shown.status_code == 200
        assert "takes more than 1 s to read" in shown.text
        assert Shown(shown.text).marked == "so little"


class Hanging(Sandbox):
    """Whatever is asked of it hangs in the child process."""

    def __init__(self) -> None:
        super().__init__(seconds=1, script=HANGS)
        self.extract("warm", b"up")

    def _ask(self, about: dict[str, object], data: bytes) -> dict[str, object]:
        wanted = about.get("wanted")
        return super()._ask({"name": "hang"} if wanted == "pages" else about, data)


def test_the_child_process_ends_with_the_app(index: Index) -> None:
    """Closing the app ends what draws the pages."""
    app = FastAPI()
    sandbox = Sandbox()
    _view(app, index, PagePictures(lambda: index.store.meta.folder, sandbox=sandbox))
    with TestClient(app) as client:
        client.get(address("/view/sheet", index, "minutes.pdf", page=1))
        process = sandbox._process
        assert process is not None
    assert process.poll() is not None


def test_a_picture_is_shown_in_its_colours_and_no_wider_than_it_is() -> None:
    """A picture file has one page, of its own size."""
    file = io.BytesIO()
    Image.new("RGB", (300, 200), (200, 30, 30)).save(file, "PNG")
    with Sandbox() as sandbox:
        assert sandbox.pages("a.png", file.getvalue()) == [("1", 300.0, 200.0)]
        assert sandbox.word_boxes("a.png", file.getvalue(), 1) == []
        made = sandbox.show_page("a.png", file.getvalue(), 1, width=800)
    shown = Image.open(io.BytesIO(made))
    assert shown.size == (300, 200)
    assert shown.getpixel((5, 5)) == (200, 30, 30)
