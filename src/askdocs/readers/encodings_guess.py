"""Guess the encoding of a text that is not UTF-8, by the letters that each one would make of it.

Every candidate is tried on the first lines that are not plain ASCII. Right is the one that gives
letters of one language, the frequent ones more often, whose words are not of mixed alphabets and
have no capitals within.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import NamedTuple

_SAMPLE = 6000
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_LEAST = 0.3
_BETTER = 0.05  # than a candidate that is more widely used, and stands before it
_PUNCTUATION = frozenset("“”„‘’‚–—…«»‹›°§№€£•·¿¡©®™ªº±²³½×\u00a0\u00ad")
_WIDE_PUNCTUATION = frozenset(
    "、。「」『』（）！？，：；《》【】·…—“”‘’％／〜～ー々　０１２３４５６７８９"
)
_LATIN = (
    "éèàêçùâîôûëïüœÿæ",  # French
    "üäößé",  # German, Finnish
    "óíáéñúü¿",  # Spanish
    "ãçéáíóêõúâôà",  # Portuguese
    "èàùìòéî",  # Italian
    "åäöæøéü",  # the Nordic languages
    "ëéèïöüóáíúê",  # Dutch, Catalan
)
_CENTRAL = (
    "ęąółśżćńź",  # Polish
    "íáéěýřžčšůúňťďóľĺŕôä",  # Czech, Slovak
    "áéöóőüíúű",  # Hungarian
    "ăîâșțşţ",  # Romanian
    "čšžćđ",  # Croatian, Slovene
)
_BALTIC = ("āīēšūņļžčģķ", "ėšžųąįūčę", "õäüöšž")
_TURKISH = ("ıüşğöçâîû",)
_CYRILLIC = (
    "оаеинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "оаинвеітрслкдумпязьгбчйхжїцшєюфщґ",
    "оаеијнтсрвклупмдзгбчшхцжњћђљф",
)
_GREEK = ("αοιετσνηυρπκμλςίόάγέύήωδχθώφβξζψϊϋ",)
_HEBREW = ("יוהלאמרתבשנעםדקחפךגצטןסכזףץ",)
_ARABIC = ("الينمرتوبةعدسفهكقحجشصطخضذثىغءئأإآؤظ", "ایرنمدتوهبسشکزگخعفلقپجحچصطآضذظژثغئء")
_THAI = ("านรอกเงมยลวดทส่ตะปบคหแจพชขใไโผ้ัิีึืุูำ็์ๆฯซศณภฉญธษถฟฝฐฎฏฆฬฌฒฑฮฤๅ",)
_ALPHABETS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("cp1252", "iso8859-15", "mac_roman", "cp850"), _LATIN),
    (("cp1250", "iso8859-2", "cp852"), _CENTRAL),
    (("cp1251", "koi8-u", "koi8-r", "iso8859-5", "cp866", "mac_cyrillic"), _CYRILLIC),
    (("cp1253", "iso8859-7"), _GREEK),
    (("cp1254",), _TURKISH),
    (("cp1257",), _BALTIC),
    (("cp1255",), _HEBREW),
    (("cp1256", "iso8859-6"), _ARABIC),
    (("cp874",), _THAI),
)
# Those whose frequent characters take less of the code go first.
_WIDE = ("cp949", "euc-jp", "cp932", "big5", "gb18030", "utf-16-le", "utf-16-be")


class _Common(NamedTuple):
    """The frequent characters of the East Asian standards: their first levels."""

    chinese: frozenset[str]
    taiwanese: frozenset[str]
    japanese: frozenset[str]
    korean: frozenset[str]


def guess(data: bytes) -> str | None:
    """The encoding of `data` that makes words, or `None` if none does so convincingly."""
    sample = _sample(data)
    best, encoding = _LEAST, None
    for candidate, score in _candidates():
        text = _begin(sample, candidate)
        reached = score(text) if text and not _CONTROL.search(text) else -1.0
        if reached > best + _BETTER and _decodes(data, candidate):
            best, encoding = reached, candidate
    return encoding


def _sample(data: bytes) -> bytes:
    """Lines from the first that is not ASCII on; even, so that units of two bytes stay whole."""
    first = next((n for n, byte in enumerate(data) if byte > 127), 0)
    start = data.rfind(b"\n", 0, first) + 1
    start -= start % 2
    return data[start : start + _SAMPLE]


def _begin(sample: bytes, encoding: str) -> str:
    """What the sample says, but for a last character that is cut; nothing if it cannot be so."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return ""


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _candidates() -> Iterator[tuple[str, Callable[[str], float]]]:
    for encodings, languages in _ALPHABETS:
        for encoding in encodings:
            yield encoding, partial(_best, languages)
    for encoding in _WIDE:
        yield encoding, partial(_wide, encoding)


def _best(languages: tuple[str, ...], text: str) -> float:
    """How well a text's letters beyond ASCII fit the language that they fit best."""
    return max(_alphabetic(text, language) for language in languages)


@cache
def _weights(language: str) -> dict[str, float]:
    """What finding a letter says for a language; capitals say less."""
    weights: dict[str, float] = {}
    for place, letter in enumerate(language):
        weight = 1.0 - 0.5 * place / len(language)
        weights[letter.upper()[:1]] = 0.8 * weight
        weights[letter] = weight
    return weights


def _alphabetic(text: str, language: str) -> float:
    """How well a text's letters beyond ASCII fit a language, from -2 to 1 for the average one."""
    weights = _weights(language)
    latin = "a" <= language[0] < "\u0370"
    total, seen, before = 0.0, 0, " "
    padded = text[1:] + " "
    for character, after in zip(text, padded, strict=True):
        if character > "\x7f":
            seen += 1
            if character in weights:
                total += weights[character] - _misfit(before, character, after, latin)
            elif character in _PUNCTUATION:
                total += -1.5 if before.isalpha() and after.isalpha() and character != "’" else 0.5
            else:
                total -= 2.0
        before = character
    return total / seen if seen else -1.0


def _misfit(before: str, character: str, after: str, latin: bool) -> float:
    """What speaks against a letter where it stands."""
    if character.isupper() and before.islower():
        return 1.5
    neighbours = [near for near in (before, after) if near.isalpha()]
    if latin:  # Latin words are mostly ASCII
        return 0.9 if neighbours and not any(near.isascii() for near in neighbours) else 0.0
    return 1.5 if any(near.isascii() for near in neighbours) else 0.0


def _wide(encoding: str, text: str) -> float:
    """How well a text's characters fit an East Asian language, from -1 to 1 for the average one."""
    common = _common()
    languages = {
        "gb18030": (common.chinese,),
        "big5": (common.taiwanese,),
        "cp932": (common.japanese,),
        "euc-jp": (common.japanese,),
        "cp949": (common.korean,),
    }.get(encoding, tuple(common))
    characters = [character for character in text if character > "\x7f"]
    if not characters:
        return -1.0
    return max(sum(_weigh(c, frequent) for c in characters) for frequent in languages) / len(
        characters
    )


def _weigh(character: str, frequent: frozenset[str]) -> float:
    if character in frequent:
        return 1.0
    if character in _WIDE_PUNCTUATION:
        return 0.6
    return -0.6 if "\u4e00" <= character <= "\u9fff" else -1.0


@cache
def _common() -> _Common:
    def level(encoding: str, first: int, last: int, low: int = 0xA1) -> frozenset[str]:
        pairs = bytes(b for a in range(first, last + 1) for c in range(low, 0xFF) for b in (a, c))
        return frozenset(pairs.decode(encoding, "ignore"))

    kana = frozenset(map(chr, range(0x3041, 0x30FF)))
    return _Common(
        level("gb2312", 0xB0, 0xD7),
        level("big5", 0xA4, 0xC6, 0x40),
        level("euc-jp", 0xB0, 0xCF) | kana,
        level("euc-kr", 0xB0, 0xC8),
    )
