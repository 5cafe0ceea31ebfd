"""Turn the bytes of a text file into text, whatever its encoding."""

from __future__ import annotations

import codecs
import re

from askdocs.errors import ReadError

# UTF-32 before UTF-16: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_SHARE = 0.02
_BINARY = "is not text, or text in an unknown encoding"
# Detectors take short Western European text for almost anything, so it is tried first: its accented
# letters are those of one of these languages, and no symbol stands within a word.
_ALPHABETS = tuple(
    frozenset(letters + letters.upper())
    for letters in (
        "àâæçéèêëïîôœùûüÿ",  # French
        "äöüßé",  # German, Finnish
        "áéíñóúüçàèïò",  # Spanish, Catalan
        "àèéìîòù",  # Italian
        "áâãàçéêíóôõúü",  # Portuguese
        "åäöæøéü",  # the Nordic languages
        "éèëïüöáóíú",  # Dutch
    )
)
_SYMBOL_IN_WORD = re.compile(r"[^\W\d_][¡-»¿×÷¹²³]+[^\W\d_]")


def decode(data: bytes) -> str:
    r"""The text of a file, with `\n` at the end of every line. Raises `ReadError`.

    >>> decode("Zoë\r\n".encode("utf-16"))
    'Zoë\n'
    """
    text = _decode(data)
    if len(_CONTROL.findall(text)) > _CONTROL_SHARE * len(text):
        raise ReadError(_BINARY)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], encoding)
    if b"\0" in data:
        raise ReadError(_BINARY)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(data)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadError(f"is not the {encoding} text it says it is") from error


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    western = _western(data)
    if western is not None:
        return western
    best = from_bytes(data).best()
    if best is None:
        raise ReadError(_BINARY)
    return str(best)


def _western(data: bytes) -> str | None:
    """The text in Windows-1252, if that makes words of a Western European language."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    foreign = {letter for letter in text if letter.isalpha() and not letter.isascii()} - {"ª", "º"}
    one_language = any(foreign <= alphabet for alphabet in _ALPHABETS)
    return text if one_language and not _SYMBOL_IN_WORD.search(text) else None
