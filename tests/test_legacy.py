"""Old and encrypted Office files: named for what they are, with what to do about it."""

from __future__ import annotations

import pytest

from askdocs.errors import ReadError
from askdocs.readers.office import docx, legacy


def ole(*names: str, shift: int = 9) -> bytes:
    """An OLE file with a directory of these names and nothing else."""
    size = 1 << shift
    header = bytearray(size)
    header[:8] = legacy.SIGNATURE
    header[30:32] = shift.to_bytes(2, "little")
    header[48:52] = (1).to_bytes(4, "little")  # the directory; the table of sectors is before it
    entries = bytearray()
    for number, name in enumerate(("Root Entry", *names)):
        entry = bytearray(128)
        written = name.encode("utf-16-le")
        entry[: len(written)] = written
        entry[64:66] = (len(written) + 2).to_bytes(2, "little")
        entry[66] = 5 if number == 0 else 2
        entries += entry
    # The directory is at the sectors 1, 3, 5 and so on: it need not lie in one piece.
    pieces = [bytes(entries[a : a + size]).ljust(size, b"\0") for a in range(0, len(entries), size)]
    table = bytearray(b"\xff" * size)
    for number in range(len(pieces) - 1):
        table[8 * number + 4 : 8 * number + 8] = (2 * number + 3).to_bytes(4, "little")
    between = bytes(size)
    return bytes(header) + bytes(table) + between.join(pieces)


REASONS = {
    "Word": (ole("1Table", "WordDocument"), "is an old Word file; save it as .docx"),
    "Excel": (ole("Workbook"), "is an old Excel file; save it as .xlsx"),
    "Excel 95": (ole("Book"), "is an old Excel file; save it as .xlsx"),
    "PowerPoint": (ole("PowerPoint Document"), "is an old PowerPoint file; save it as .pptx"),
    "encrypted": (
        ole("EncryptionInfo", "EncryptedPackage"),
        "is encrypted; give a copy without password",
    ),
    "long directory": (
        ole(*(f"Stream {number}" for number in range(9)), "WordDocument"),
        "is an old Word file; save it as .docx",
    ),
    "large sectors": (ole("WordDocument", shift=12), "is an old Word file; save it as .docx"),
    "other": (ole("Contents"), "is a file of an old program; save it as PDF"),
    "cut": (ole("WordDocument")[:40], "is a file of an old program; save it as PDF"),
    "nonsense": (legacy.SIGNATURE + b"\xff" * 2_000, "is a file of an old program; save it as PDF"),
}


@pytest.mark.parametrize(("data", "reason"), REASONS.values(), ids=REASONS.keys())
def test_reasons(data: bytes, reason: str) -> None:
    """The directory in the file says which program wrote it."""
    with pytest.raises(ReadError) as caught:
        legacy.extract(data, "stem")
    assert str(caught.value) == reason


def test_an_encrypted_file_under_a_new_name() -> None:
    """A .docx with a password is an OLE file within."""
    with pytest.raises(ReadError, match="is encrypted"):
        docx.extract(ole("EncryptedPackage"), "stem")
