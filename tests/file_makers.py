"""Small documents of every kind, made by the libraries that people's programs use, or by hand."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping

TEXT = (
    "The ferry to Kelmouth leaves at nine. Forty-four people were on board, and none was hurt.",
    "Mayor Ada Cole said on 4 March 2021 that the quay would be repaired for 42,000 pounds.",
)
ROWS = (("Quarter", "Revenue", "Guests"), ("Q1", "12.5", "140"), ("Q2", "13.75", "170"))


def pdf() -> bytes:
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table

    made = io.BytesIO()
    styles = getSampleStyleSheet()
    SimpleDocTemplate(made, pagesize=A4, title="Ferry report", author="Ada Cole").build(
        [
            Paragraph("Ferry report", styles["Title"]),
            *(Paragraph(text, styles["Normal"]) for text in TEXT),
            PageBreak(),
            Table(ROWS),
        ]
    )
    return made.getvalue()


def docx() -> bytes:
    import docx as library

    document = library.Document()
    document.add_heading("Ferry report", 1)
    for text in TEXT:
        document.add_paragraph(text)
    table = document.add_table(len(ROWS), len(ROWS[0]))
    for row, values in zip(table.rows, ROWS, strict=True):
        for cell, value in zip(row.cells, values, strict=True):
            cell.text = value
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def pptx() -> bytes:
    import pptx as library

    deck = library.Presentation()
    for text in TEXT:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = "Ferry report"
        slide.placeholders[1].text = text
        slide.notes_slide.notes_text_frame.text = "Speak slowly."
    made = io.BytesIO()
    deck.save(made)
    return made.getvalue()


def xlsx() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.create_sheet("Notes").append(("Note", TEXT[0]))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def zipped(parts: Mapping[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            stored = zipfile.ZIP_STORED if name == "mimetype" else None
            archive.writestr(name, text, compress_type=stored)
    return made.getvalue()


def odt() -> bytes:
    names = "urn:oasis:names:tc:opendocument:xmlns"
    paragraphs = "".join(f"<text:p>{text}</text:p>" for text in TEXT)
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f'<?xml version="1.0"?><office:document-content xmlns:office="{names}:'
            f'office:1.0" xmlns:text="{names}:text:1.0"><office:body><office:text><text:h '
            f'text:outline-level="1">Ferry report</text:h>{paragraphs}</office:text></office:body>'
            "</office:document-content>",
        }
    )


def epub() -> bytes:
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<?xml version="1.0"?><container version="1.0" xmlns="urn:'
            'oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="a.opf" '
            'media-type="application/oebps-package+xml"/></rootfiles></container>',
            "a.opf": '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" '
            'version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Ferry '
            'report</dc:title></metadata><manifest><item id="a" href="a.xhtml" media-type='
            '"application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>',
            "a.xhtml": html().decode(),
        }
    )


def html() -> bytes:
    cells = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in ROWS)
    body = "".join(f"<p>{text}</p>" for text in TEXT)
    return (
        "<!DOCTYPE html><html><head><title>Ferry report</title></head><body><h1>Ferry report</h1>"
        f"{body}<table>{cells}</table></body></html>"
    ).encode()


def markdown() -> bytes:
    return f"# Ferry report\n\n{TEXT[0]}\n\n## Costs\n\n{TEXT[1]}\n".encode()


def csv() -> bytes:
    return "\n".join(",".join(row) for row in ROWS).encode()


def json_lines() -> bytes:
    rows = (dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:])
    return "\n".join(json.dumps(row) for row in rows).encode()


def mail() -> bytes:
    from email.message import EmailMessage

    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ada@example.org", "b@example.org", "Ferry"
    message["Date"] = "Thu, 04 Mar 2021 10:00:00 +0000"
    message.set_content("\n".join(TEXT))
    message.add_alternative(html().decode(), subtype="html")
    message.add_attachment(csv(), maintype="text", subtype="csv", filename="costs.csv")
    return bytes(message)


def rtf() -> bytes:
    return (r"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 " + r"\par ".join(TEXT) + "}").encode()


def restructured() -> bytes:
    return f"Ferry report\n============\n\n{TEXT[0]}\n\nCosts\n-----\n\n{TEXT[1]}\n".encode()


def code() -> bytes:
    return f'"""{TEXT[0]}"""\n\n\ndef leave(hour: int) -> None:\n    # {TEXT[1]}\n'.encode()


def text() -> bytes:
    return "\n\n".join(TEXT).encode()


MAKERS: Mapping[str, Callable[[], bytes]] = {
    "a.pdf": pdf,
    "a.docx": docx,
    "a.pptx": pptx,
    "a.xlsx": xlsx,
    "a.odt": odt,
    "a.epub": epub,
    "a.html": html,
    "a.md": markdown,
    "a.csv": csv,
    "a.jsonl": json_lines,
    "a.eml": mail,
    "a.rtf": rtf,
    "a.rst": restructured,
    "a.py": code,
    "a.txt": text,
}
"""How to make a document of each kind, by a name for it."""
