"""Small Office and OpenDocument files made by hand, so that a test decides every element."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from askdocs.types import Extracted

OOXML = "http://schemas.openxmlformats.org"
RELATIONS = f"{OOXML}/officeDocument/2006/relationships"
_W = f'xmlns:w="{OOXML}/wordprocessingml/2006/main" xmlns:r="{RELATIONS}"'
_S = f'xmlns="{OOXML}/spreadsheetml/2006/main" xmlns:r="{RELATIONS}"'
_P = (
    f'xmlns:p="{OOXML}/presentationml/2006/main" xmlns:a="{OOXML}/drawingml/2006/main" '
    f'xmlns:r="{RELATIONS}"'
)
_CORE = (
    'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
)
_URN = "urn:oasis:names:tc:opendocument:xmlns"
_ODF = (
    " ".join(
        f'xmlns:{prefix}="{_URN}:{name}:1.0"'
        for prefix, name in (
            *(("office", "office"), ("text", "text"), ("table", "table"), ("style", "style")),
            *(("draw", "drawing"), ("fo", "xsl-fo-compatible"), ("svg", "svg-compatible")),
            *(("presentation", "presentation"), ("meta", "meta")),
        )
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def pack(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip archive of these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def relations(targets: Mapping[str, tuple[str, str]]) -> str:
    """A part of relations: id -> (kind, target)."""
    lines = (
        f'<Relationship Id="{name}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return (
        f'<Relationships xmlns="{OOXML}/package/2006/relationships">{"".join(lines)}'
        "</Relationships>"
    )


def office(main: str, content: str, parts: Mapping[str, tuple[str, str]], core: str = "") -> bytes:
    """An Office file; `parts` are those that the main part refers to: path -> (kind, content)."""
    folder, _, file = main.rpartition("/")
    named = {f"r{number}": (kind, path) for number, (path, (kind, _)) in enumerate(parts.items())}
    return pack(
        {
            "_rels/.rels": relations(
                {"r1": ("officeDocument", main), "r2": ("core-properties", "core.xml")}
            ),
            main: content,
            f"{folder}/_rels/{file}.rels": relations(named),
            "core.xml": f"<cp:coreProperties {_CORE}>{core}</cp:coreProperties>",
            **{f"{folder}/{path}": content for path, (_, content) in parts.items()},
        }
    )


def word(body: str, core: str = "", **parts: str) -> bytes:
    """A Word file: its body, and parts such as `styles` or `footnotes` by their kind."""
    made = {
        f"{kind}.xml": (kind, f"<w:{kind} {_W}>{content}</w:{kind}>")
        for kind, content in parts.items()
    }
    content = f"<w:document {_W}><w:body>{body}</w:body></w:document>"
    return office("word/document.xml", content, made, core)


def paragraph(text: str, properties: str = "", run: str = "") -> str:
    """A paragraph of a Word file in one run."""
    return (
        f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr>"
        f'<w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


def styled(text: str, style: str) -> str:
    return paragraph(text, f'<w:pStyle w:val="{style}"/>')


def excel(sheets: Mapping[str, str], *, states: Mapping[str, str] = {}, **parts: str) -> bytes:
    """An Excel file: the content of each sheet by its name, and other parts by their kind."""
    made = {
        f"sheet{number}.xml": ("worksheet", f"<worksheet {_S}>{content}</worksheet>")
        for number, content in enumerate(sheets.values())
    }
    listed = "".join(
        f'<sheet name="{name}" r:id="r{number}" state="{states.get(name, "visible")}"/>'
        for number, name in enumerate(sheets)
    )
    for kind, content in parts.items():
        tag = {"sharedStrings": "sst", "styles": "styleSheet"}[kind]
        made[f"{kind}.xml"] = (kind, f"<{tag} {_S}>{content}</{tag}>")
    return office("xl/workbook.xml", f"<workbook {_S}><sheets>{listed}</sheets></workbook>", made)


def rows(*lines: tuple[str | float | None, ...], attributes: Mapping[int, str] = {}) -> str:
    """The rows of a sheet from the first on; `attributes` are those of rows by number."""
    made = []
    for number, line in enumerate(lines, 1):
        cells = "".join(
            _cell(value, f"{chr(ord('A') + column)}{number}") for column, value in enumerate(line)
        )
        made.append(f'<row r="{number}" {attributes.get(number, "")}>{cells}</row>')
    return f"<sheetData>{''.join(made)}</sheetData>"


def _cell(value: str | float | None, place: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def powerpoint(slides: list[str], core: str = "", hidden: tuple[int, ...] = ()) -> bytes:
    """A PowerPoint file: the shapes of each slide."""
    made = {
        f"slide{number}.xml": (
            "slide",
            f'<p:sld {_P} show="{int(number not in hidden)}"><p:cSld><p:spTree>{shapes}'
            "</p:spTree></p:cSld></p:sld>",
        )
        for number, shapes in enumerate(slides, 1)
    }
    listed = "".join(f'<p:sldId r:id="r{number}"/>' for number in range(len(slides)))
    content = (
        f"<p:presentation {_P}><p:sldIdLst>{listed}</p:sldIdLst>"
        '<p:sldSz cx="1000" cy="1000"/></p:presentation>'
    )
    return office("ppt/presentation.xml", content, made, core)


def shape(text: str, left: int = 0, top: int = 0, kind: str = "", extra: str = "") -> str:
    """A shape of a slide with one paragraph; `kind` makes it a placeholder."""
    placeholder = f'<p:ph type="{kind}"/>' if kind else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="x" {extra}/><p:nvPr>{placeholder}</p:nvPr>'
        f'</p:nvSpPr><p:spPr><a:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="100" cy="100"/>'
        f"</a:xfrm></p:spPr><p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def open_document(
    kind: str, body: str, *, styles: str = "", master: str = "", meta: str = ""
) -> bytes:
    """An OpenDocument file: "text", "spreadsheet" or "presentation", and what stands in it."""
    return pack(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {_ODF}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
            "</office:body></office:document-content>",
            "styles.xml": f"<office:document-styles {_ODF}>{master}</office:document-styles>",
            "meta.xml": f"<office:document-meta {_ODF}><office:meta>{meta}</office:meta>"
            "</office:document-meta>",
            "META-INF/manifest.xml": "<manifest/>",
        }
    )


def slices(extracted: Extracted, kind: str) -> list[tuple[str, str]]:
    """The label and the words of each anchor of a kind."""
    text = extracted.text
    return [(a.label, text[a.start : a.end]) for a in extracted.anchors if a.kind == kind]


def assert_in_order(extracted: Extracted) -> None:
    """Every rule that the text and the anchors of all readers keep."""
    text = extracted.text
    assert not set("\r\0\t") & set(text)
    assert "\n\n\n" not in text
    assert all(line == line.strip() for line in text.split("\n"))
    reached: dict[str, int] = {}
    for anchor in extracted.anchors:
        assert 0 <= anchor.start < anchor.end <= len(text)
        if anchor.kind != "heading":
            assert anchor.start >= reached.get(anchor.kind, 0)
            reached[anchor.kind] = anchor.end
