"""Say what an old or encrypted Office file is, and what to do with it; its text is not read."""

from __future__ import annotations

from askdocs.errors import ReadError
from askdocs.types import Extracted

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How OLE files begin: those of Office before 2007, and encrypted ones of all Offices."""

_ENTRY = 128
_NAME = 64
_FIRST_SECTOR = 48
_TABLE = 76
_TABLES = 109
_LAST_SECTOR = 0xFFFFFFF9
_MOST_SECTORS = 256
_ENCRYPTED = "is encrypted; give a copy without password"
_OLD = (
    ("WordDocument", "an old Word file; save it as .docx"),
    ("Workbook", "an old Excel file; save it as .xlsx"),
    ("Book", "an old Excel file; save it as .xlsx"),
    ("PowerPoint Document", "an old PowerPoint file; save it as .pptx"),
    ("__properties_version1.0", "an Outlook message; save it as .eml"),
    ("VisioDocument", "a Visio drawing; save it as PDF"),
    ("Quill", "a Publisher file; save it as PDF"),
)


def extract(data: bytes, stem: str) -> Extracted:
    """Raise `ReadError` with what the file is."""
    raise ReadError(reason(data))


def reason(data: bytes) -> str:
    """What an OLE file is, and what to do with it, to follow its name.

    >>> reason(b"")
    'is a file of an old program; save it as PDF'
    """
    names = _names(data)
    if "EncryptedPackage" in names or "EncryptionInfo" in names:
        return _ENCRYPTED
    for name, told in _OLD:
        if name in names:
            return f"is {told}"
    return "is a file of an old program; save it as PDF"


def _names(data: bytes) -> set[str]:
    """The names in the directory of an OLE file, as far as it can be followed."""
    shift = _number(data, 30, 2)
    if not data.startswith(SIGNATURE) or shift not in (9, 12):
        return set()
    size = 1 << shift
    names: set[str] = set()
    sector = _number(data, _FIRST_SECTOR)
    for _ in range(_MOST_SECTORS):
        start = (sector + 1) * size  # the header takes the place of a sector
        if sector > _LAST_SECTOR or start >= len(data):
            break
        for offset in range(start, min(start + size, len(data) - _ENTRY + 1), _ENTRY):
            length = _number(data, offset + _NAME, 2)
            name = data[offset : offset + min(max(0, length - 2), _NAME)]
            names.add(name.decode("utf-16-le", "replace"))
        sector = _following(data, sector, size)
    return names


def _following(data: bytes, sector: int, size: int) -> int:
    """The sector after one, by the table of sectors that the header points to."""
    table, place = divmod(sector, size // 4)
    if table >= _TABLES:
        return _LAST_SECTOR + 1
    return _number(data, (_number(data, _TABLE + 4 * table) + 1) * size + 4 * place)


def _number(data: bytes, offset: int, length: int = 4) -> int:
    return int.from_bytes(data[offset : offset + length], "little")
