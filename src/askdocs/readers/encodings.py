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
_UNMARKED = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_SHARE = 0.02
_BINARY = "is not text, or text in an unknown encoding"
_ISO_2022_JP = re.compile(rb"\x1b\$[@B].{2,}?\x1b\([BJ]", re.S)
_LOST = "\ufffd"
_GOOD_PER_BAD = 4
"""Whole characters of UTF-8 for each damaged one in a text that is still taken to be UTF-8."""
_CHARACTERS_PER_BAD = 500
"""Characters for each damaged one in a text that is in no encoding but for these."""
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
_SYMBOL_IN_WORD = re.compile(r"[^\W\d_](?:[¡-»¿×÷¹²³]+[^\W\d_]|[‚„ˆ˜])")

_STRAY = re.compile(r"(?<![A-Za-z])[À-ÿŒœŠšŽžŸƒ](?![A-Za-z])|[¡-¿ˆ˜](?<![£§©«®°±²³´·»¿¡½])")


def decode(data: bytes) -> str:
    r"""The text of a file, with `\n` at the end of every line. Raises `ReadError`.

    Damaged text is refused; `decode_with_remarks` gives what is left of it.

    >>> decode("Zoë\r\n".encode("utf-16"))
    'Zoë\n'
    """
    text, remarks = decode_with_remarks(data)
    if remarks:
        raise ReadError(f"encoding unsure: {remarks[0]}")
    return text


def decode_with_remarks(data: bytes) -> tuple[str, tuple[str, ...]]:
    r"""The text of a file as `decode` gives it, and what of it could not be read.

    What could not is U+FFFD in the text, and counted. Raises `ReadError` if it is not text at all.

    >>> decode_with_remarks("naïve, déjà vu, à côté, été".encode() + b"\xc3")
    ('naïve, déjà vu, à côté, été\ufffd', ('1 damaged character shown as \ufffd',))
    """
    text, damaged = _decode(data)
    if len(_CONTROL.findall(text)) > _CONTROL_SHARE * len(text) or "\0" in text:
        raise ReadError(_BINARY)
    ending = "" if damaged == 1 else "s"
    remark = f"{damaged} damaged character{ending} shown as {_LOST}"
    text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    return text, (remark,) if damaged else ()


def decode_as(data: bytes, encoding: str) -> str | None:
    r"""The text in the encoding that a file names for itself, or `None` if it cannot be in that.

    >>> decode_as(b"caf\xe9", "ISO-8859-1"), decode_as(b"caf\xe9", "utf-8")
    ('café', None)
    """
    try:
        name = codecs.lookup(encoding.strip()).name
        # Everybody who says Latin-1 or ASCII means this one.
        name = "cp1252" if name in {"iso8859-1", "ascii"} else name
        text = data.decode(name)
    except (LookupError, UnicodeError, ValueError):
        return None
    return text if isinstance(text, str) and "\0" not in text else None


def _decode(data: bytes) -> tuple[str, int]:
    """The text, and how many of its characters are damaged."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            rest = data[len(mark) :]
            damaged = _damaged_utf8(rest) if encoding == "utf-8" else None
            return damaged or (_strictly(rest, encoding), 0)
    if b"\0" in data:
        return _damaged(data) or (_unmarked(data), 0)
    if b"\x1b$" in data and _ISO_2022_JP.search(data):
        return _strictly(data, "iso2022_jp_2"), 0
    try:
        return data.decode("utf-8"), 0
    except UnicodeDecodeError:
        return _damaged_utf8(data) or _guessed(data)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadError(f"is not the {encoding} text it says it is") from error


def _unmarked(data: bytes) -> str:
    """UTF-16 or UTF-32 without a mark, told by the zeros in it."""
    best, found = 0.9, ""
    for encoding in _UNMARKED:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        sample = text[:10_000]
        share = sum(map(_is_usual, sample)) / max(1, len(sample))
        if share > best:
            best, found = share, text
    if not found or "\0" in found:
        raise ReadError(_BINARY)
    return found


def _is_usual(character: str) -> bool:
    """Whether text consists of such: letters of living scripts, blanks, punctuation."""
    if character <= "\x7f":
        return character >= " " or character in "\t\n\r\f"
    return (
        "\xa0" <= character <= "\u05ff" and character.isprintable() and character.isalnum()
    ) or bool(_USUAL.match(character))


_USUAL = re.compile(
    "[\xa0-\xff\u0600-\u06ff\u0900-\u0dff\u0e01-\u0e5b\u10a0-\u10ff\u1e00-\u1fff\u2010-\u2027"
    "\u2030-\u203a\u20a0-\u20bf\u2100-\u21ff\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e"
    "\U0001f300-\U0001faff]"
)


def _damaged_utf8(data: bytes) -> tuple[str, int] | None:
    """UTF-8 with a few characters cut or overwritten, and their number."""
    text = data.decode("utf-8", "replace")
    damaged = text.count(_LOST) - data.count(_LOST.encode())
    whole = len(text) - len(text.encode("ascii", "ignore")) - text.count(_LOST)
    return (text, damaged) if damaged and whole >= _GOOD_PER_BAD * damaged else None


def _damaged(data: bytes) -> tuple[str, int] | None:
    """Text of which next to nothing can be no text: a byte of a page, zeros in a log."""
    text = data.replace(b"\0", _LOST.encode()).decode("utf-8", "replace")
    damaged = text.count(_LOST) - data.count(_LOST.encode())
    return (text, damaged) if damaged * _CHARACTERS_PER_BAD <= len(text) else None


def _guessed(data: bytes) -> tuple[str, int]:
    """The text in an encoding that makes words of it; a few stray bytes are no evidence for one."""
    damaged = _damaged(data)
    if damaged is None:
        return _guess(data), 0
    western = _western(data)
    return damaged if western is None or _STRAY.search(western) else (western, 0)


def _guess(data: bytes) -> str:
    from askdocs.readers.encodings_guess import guess

    western = _western(data)
    if western is not None:
        return western
    encoding = guess(data)
    if encoding is not None:
        return data.decode(encoding)
    from charset_normalizer import from_bytes

    best = from_bytes(data[:200_000]).best()
    text = decode_as(data, best.encoding) if best else None
    if text is None:
        raise ReadError(_BINARY)
    return text


def _western(data: bytes) -> str | None:
    """The text in Windows-1252, if that makes words of a Western European language."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    foreign = {letter for letter in text if letter.isalpha() and not letter.isascii()} - {"ª", "º"}
    one_language = any(foreign <= alphabet for alphabet in _ALPHABETS)
    return text if one_language and not _SYMBOL_IN_WORD.search(text) else None
