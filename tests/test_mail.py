"""Mail: header lines, the text, what is attached, and mailboxes of many messages."""

from __future__ import annotations

import time
from contextlib import suppress
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.errors import ReadError
from askdocs.readers import mail
from askdocs.types import Extracted


def message(subject: str = "Bridge", text: str = "It is closed.\n") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Jürgen Müller <j@example.org>"
    made["To"] = "a@example.org, Ann <b@example.org>"
    made["Date"] = "Sat, 09 Mar 2024 23:30:00 +0100"
    made["Subject"] = subject
    made.set_content(text)
    return made


def read(data: bytes) -> Extracted:
    extracted = mail.extract(data, "stem", 0)
    for anchor in extracted.anchors:
        assert 0 <= anchor.start < anchor.end <= len(extracted.text)
    return extracted


def labelled(extracted: Extracted, kind: str) -> dict[str, str]:
    return {a.label: extracted.text[a.start : a.end] for a in extracted.anchors if a.kind == kind}


def test_a_message() -> None:
    """Header lines come first, the text as it is written below: quotes and signature, too."""
    made = read(
        message(
            "Brücke – geschlossen", "Hallo,\n\nzu bis Mai.\n\n> bis wann?\n-- \nJM\n"
        ).as_bytes()
    )
    assert made.text == (
        "From: Jürgen Müller <j@example.org>\nTo: a@example.org, Ann <b@example.org>\n"
        "Date: Sat, 09 Mar 2024 23:30:00 +0100\nSubject: Brücke – geschlossen\n\n"
        "Hallo,\n\nzu bis Mai.\n\n> bis wann?\n--\nJM"
    )
    assert (made.title, made.author, made.date) == (
        "Brücke – geschlossen",
        "Jürgen Müller",
        "2024-03-09",
    )


def test_plain_text_is_preferred() -> None:
    """Of the same text in two forms the plain one is read; without it the HTML."""
    both = message(text="plain words\n")
    both.add_alternative("<p>HTML <b>words</b></p>", subtype="html")
    assert read(both.as_bytes()).text.endswith("\n\nplain words")
    only = message()
    only.set_content("<h1>Rules</h1><p>HTML <b>words</b></p><p hidden>no</p>", subtype="html")
    made = read(only.as_bytes())
    assert made.text.endswith("\n\nRules\n\nHTML words")
    assert labelled(made, "heading") == {"Rules": "Rules\n\nHTML words"}
    assert made.remarks == ("hidden text left out: 2 characters",)


def test_a_footer_does_not_replace_the_text() -> None:
    """A mailing list's plain footer stands beside an HTML text, not in its place."""
    mixed = EmailMessage()
    mixed["Subject"] = "x"
    mixed.make_mixed()
    for text, subtype in (("<p>the text</p>", "html"), ("list footer", "plain")):
        part = EmailMessage()
        part.set_content(text, subtype=subtype)
        mixed.attach(part)
    assert read(mixed.as_bytes()).text == "Subject: x\n\nthe text\n\nlist footer"


def test_attachments() -> None:
    """What is attached is read by its own reader, with its places; programs are remarked on."""
    outer = message()
    outer.add_attachment(
        b"name;price;unit\nnail;1,20;kg\nscrew;2,00;kg\n",
        maintype="application",
        subtype="octet-stream",
        filename="Preise März.csv",
    )
    outer.add_attachment(b"MZ\0\0", maintype="application", subtype="x-exe", filename="../evil.exe")
    inner = message("Inner", "inner words\n")
    inner.add_attachment("# Notes\nof a kind\n", subtype="markdown", filename="notes.md")
    outer.add_attachment(inner)
    made = read(outer.as_bytes())
    found = labelled(made, "attachment")
    assert list(found) == ["Preise März.csv", "Inner.eml"]
    assert "name: nail; price: 1,20; unit: kg" in found["Preise März.csv"]
    assert labelled(made, "row")["2"] == "name: nail; price: 1,20; unit: kg"
    assert "inner words" in found["Inner.eml"] and "# Notes" in found["Inner.eml"]
    assert labelled(made, "heading")["Notes"].startswith("# Notes\nof a kind")
    (remark,) = made.remarks
    assert remark.startswith("attachments not read: 1 (evil.exe is a program")


def test_mails_in_mails_end() -> None:
    """Mails within mails are read three deep; what is deeper is remarked on."""
    nested = message("level 6", "words of level 6\n")
    for level in range(5, -1, -1):
        around = message(f"level {level}", f"words of level {level}\n")
        around.add_attachment(nested)
        nested = around
    text = read(nested.as_bytes()).text
    assert "words of level 3" in text
    assert "words of level 4" not in text


def mailbox(*messages: EmailMessage) -> bytes:
    line = b"From j@example.org Sat Mar  9 10:00:00 2024\n"
    return b"".join(line + one.as_bytes() + b"\n" for one in messages)


def test_a_mailbox() -> None:
    """Each message of a mailbox has an anchor with its subject; quoted lines are unquoted."""
    made = read(mailbox(message("One", "first\n>From here on\n"), message("Two"), message("")))
    found = labelled(made, "message")
    assert list(found) == ["One", "Two", "(no subject)"]
    assert found["One"].endswith("first\nFrom here on")
    assert found["Two"].endswith("It is closed.")
    assert (made.title, made.date) == ("stem", "2024-03-09")


def test_a_line_that_begins_with_from() -> None:
    """A sentence that begins with "From" parts no message."""
    made = read(mailbox(message("One", "a\n\nFrom Monday on at 10:00 we meet, from\n")))
    assert len(labelled(made, "message")) <= 2  # mboxrd would have quoted it
    made = read(mailbox(message("One", "a\n\nFrom Monday on we meet.\n")))
    assert len(labelled(made, "message")) == 1


def test_a_large_mailbox() -> None:
    """A mailbox of 5,000 messages is read within the time that a reader has."""
    one = message("Report", "A line of words that go on for a while, as they do.\n" * 30)
    one.add_alternative("<p>The same, in HTML.</p>" * 20, subtype="html")
    data = mailbox(one) * 5_000
    start = time.process_time()
    made = read(data)
    assert time.process_time() - start < 15
    assert sum(anchor.kind == "message" for anchor in made.anchors) == 5_000


def test_a_mailbox_beyond_the_limit() -> None:
    """Of a mailbox too large the first messages are read, and a remark says how many are not."""
    made = read(mailbox(*[message("Long", "words " * 150_000)] * 15))
    assert len(labelled(made, "message")) == 1
    (remark,) = made.remarks
    assert remark == "left out: 5 of 15 messages (limit 9,500,000 characters)"


ODD = {
    "raw bytes": (b"Subject: caf\xc3\xa9\n\nwords", "Subject: café\n\nwords"),
    "old bytes": (b"Subject: caf\xe9\n\nwords", "Subject: café\n\nwords"),
    "unknown word": (b"Subject: =?bad?x?y?=\n\nwords", "Subject: =?bad?x?y?=\n\nwords"),
    "folded": (b"Subject: one\n two\n\nwords", "Subject: one two\n\nwords"),
    "unknown charset": (
        b"Subject: x\nContent-Type: text/plain; charset=foo\n\nna\xc3\xafve",
        "Subject: x\n\nnaïve",
    ),
    "wrong charset": (
        b"Subject: x\nContent-Type: text/plain; charset=utf-8\n\nLe caf\xe9 \xe9tait ferm\xe9",
        "Subject: x\n\nLe café était fermé",
    ),
    "broken base64": (
        b"Subject: x\nContent-Transfer-Encoding: base64\n\n!!!",
        "Subject: x\n\n!!!",
    ),
    "flowed": (
        b"Subject: x\nContent-Type: text/plain; format=flowed\n\none \ntwo\nthree",
        "Subject: x\n\none two\nthree",
    ),
    "boundary that never comes": (
        b"Subject: x\nContent-Type: multipart/mixed; boundary=a\n\nwords",
        "Subject: x\n\nwords",
    ),
    "no headers we show": (b"X-Y: z\n\nwords", "words"),
    "windows": (b"Subject: x\r\n\r\none\r\ntwo\r\n", "Subject: x\n\none\ntwo"),
}


@pytest.mark.parametrize(("data", "text"), ODD.values(), ids=ODD.keys())
def test_odd_mails(data: bytes, text: str) -> None:
    """Mails that break the rules are read as far as they can be."""
    assert read(data).text == text


def test_not_a_mail() -> None:
    """Text without header lines is no mail."""
    with pytest.raises(ReadError, match="is not a mail"):
        read(b"just some words\n")


def test_parts_within_parts() -> None:
    """A mail of thousands of nested parts is refused or read, but breaks nothing."""
    parts = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3_000)
    )
    start = time.process_time()
    with pytest.raises(ReadError):
        read(f"Subject: s\n{parts}\nwords".encode())
    assert time.process_time() - start < 8


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """Whatever follows a header line, there is a text or a reason."""
    with suppress(ReadError):
        read(b"Subject: x\nContent-Type: multipart/mixed; boundary=a\n\n--a\n" + data)
