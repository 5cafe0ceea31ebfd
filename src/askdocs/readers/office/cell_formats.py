"""Write the number in a spreadsheet's cell as the sheet shows it; dates in ISO form.

A format code such as `#,##0.00 "€";(#,##0.00)` has up to three sections, for positive numbers,
negative ones and zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    14: "yyyy-mm-dd",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm",
    37: "#,##0;(#,##0)",
    38: "#,##0;(#,##0)",
    39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;(#,##0.00)",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "0.0E+0",
    41: "#,##0;-#,##0;-",
    42: "$#,##0;-$#,##0;-",
    43: "#,##0.00;-#,##0.00;-",
    44: "$#,##0.00;-$#,##0.00;-",
    **dict.fromkeys((*range(27, 37), *range(50, 59)), "yyyy-mm-dd"),
}
"""The formats that files name by a number only."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|[_*](?P<space>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]'
    r"|(?P<bracket>\[[^\]]*\])|(?P<other>.)",
    re.S,
)
_CONDITION = re.compile(r"\[[<>=]")
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.I)
_DIGITS = frozenset("0#?.,")
_GENERAL = frozenset({"", "general", "standard", "@"})
_LONGEST_CODE = 255
_MOST_DECIMALS = 15
_EPOCH = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
_LAST_DAY = 2_958_466  # the year 9999
_FEBRUARY_1900 = 60  # Excel holds that 1900 was a leap year


@dataclass(frozen=True, slots=True)
class _Format:
    """A section of a format: what stands before and after the digits, and how these are written."""

    before: str
    after: str
    smallest: int = 0
    decimals: tuple[int, int] = (0, 0)
    grouped: bool = False
    scale: int = 0
    has_digits: bool = True


def shown(value: float, code: str, *, from_1904: bool = False) -> str:
    """A number as a cell of this format shows it.

    >>> [shown(0.125, "0.0%"), shown(1234.5, '#,##0.00 "€"'), shown(45000, "dd/mm/yyyy")]
    ['12.5%', '1,234.50 €', '2023-03-15']
    """
    code = code[:_LONGEST_CODE]
    parts = _date_parts(code)
    if parts:
        return _date(value, parts, from_1904)
    sections = _sections(code)
    if sections is None:
        return general(value)
    number = Decimal(repr(value))
    sign = "-" if number < 0 else ""
    section = sections[0]
    if number < 0 and len(sections) > 1:
        section, sign = sections[1], ""
    elif number == 0 and len(sections) > 2:
        section = sections[2]
    if not section.has_digits:
        return section.before.strip()
    try:
        digits = _digits(abs(number), section)
    except InvalidOperation:
        return general(value)
    sign = sign if any(digit in "123456789" for digit in digits) else ""
    return " ".join(f"{sign}{section.before}{digits}{section.after}".split())


def general(value: float) -> str:
    """A number without a format: whole ones without a point.

    >>> [general(12.0), general(0.1 + 0.2), general(1e21)]
    ['12', '0.3', '1e+21']
    """
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.12g}"


@lru_cache(maxsize=1_000)
def _sections(code: str) -> tuple[_Format, ...] | None:
    """The sections of a format; `None` if it is none, or none that is known."""
    if code.strip().lower() in _GENERAL or _CONDITION.search(code):
        return None
    found = []
    for tokens in _split(code)[:3]:
        section = _section(tokens)
        if section is None:
            return None
        found.append(section)
    return tuple(found)


def _split(code: str) -> list[list[tuple[bool, str]]]:
    """Each section as characters with the flag whether they are literal."""
    sections: list[list[tuple[bool, str]]] = [[]]
    for token in _TOKEN.finditer(code):
        kind, text = token.lastgroup or "", token[token.lastgroup or 0]
        if kind == "other" and text == ";":
            sections.append([])
        elif kind in ("quoted", "escaped", "currency"):
            sections[-1].append((True, text))
        elif kind == "other":
            sections[-1].append((False, text))
    return sections


def _section(tokens: list[tuple[bool, str]]) -> _Format | None:
    places = [n for n, (literal, text) in enumerate(tokens) if not literal and text in _DIGITS]
    if not places:
        words = "".join(text for _, text in tokens)
        return None if "general" in words.lower() else _Format(words, "", has_digits=False)
    first, last = places[0], places[-1]
    if last - first + 1 != len(places):
        return None  # letters between the digits: a fraction, a telephone number
    after = "".join(text for _, text in tokens[last + 1 :])
    if any(not literal and text in "eE/" for literal, text in tokens[last + 1 :]):
        return None
    pattern = "".join(text for _, text in tokens[first : last + 1])
    whole, _, fraction = pattern.partition(".")
    digits, commas = pattern.rstrip(","), len(pattern) - len(pattern.rstrip(","))
    percent = sum(1 for literal, text in tokens if not literal and text == "%")
    return _Format(
        before="".join(text for _, text in tokens[:first]),
        after=after,
        smallest=whole.count("0"),
        decimals=(fraction.count("0"), min(_MOST_DECIMALS, len(fraction.strip(",")))),
        grouped="," in digits.partition(".")[0].lstrip(","),
        scale=2 * percent - 3 * commas,
    )


def _digits(number: Decimal, section: _Format) -> str:
    least, most = section.decimals
    rounded = number.scaleb(section.scale).quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP)
    whole, _, fraction = f"{rounded:f}".partition(".")
    whole = "" if whole == "0" and not section.smallest else whole.zfill(section.smallest)
    fraction = fraction[:least] + fraction[least:].rstrip("0")
    if section.grouped and whole:
        whole = f"{int(whole):,}" if len(whole) > 3 and whole[0] != "0" else whole
    return f"{whole}.{fraction}" if fraction else whole


@lru_cache(maxsize=1_000)
def _date_parts(code: str) -> frozenset[str]:
    """Which of y, d, h, s, m a date's format shows, and "e" if its hours are counted on."""
    first = code.split(";")[0]
    elapsed = {"e"} if _ELAPSED.search(first) else set()
    tokens = _TOKEN.finditer(re.sub(r"am/pm|a/p", "h", _ELAPSED.sub("h", first), flags=re.I))
    letters = "".join(t["other"] for t in tokens if t["other"]).lower()
    if letters.strip() in _GENERAL or "general" in letters or set(letters) & set("0#?") - {"0"}:
        return frozenset()
    return frozenset(elapsed | {letter for letter in "ydhsm" if letter in letters})


def _date(value: float, parts: frozenset[str], from_1904: bool) -> str:
    if not 0 <= value < _LAST_DAY:
        return general(value)
    days = value + 1 if not from_1904 and value < _FEBRUARY_1900 else value
    seconds = round((days % 1) * 86_400)
    moment = (_EPOCH_1904 if from_1904 else _EPOCH) + timedelta(days=int(days), seconds=seconds)
    if "e" in parts:
        minutes, rest = divmod(round(value * 86_400), 60)
        return f"{minutes // 60}:{minutes % 60:02d}" + (f":{rest:02d}" if "s" in parts else "")
    time = moment.strftime("%H:%M:%S" if moment.second else "%H:%M")
    if not parts & set("yd") and parts & set("hs"):
        return time if "h" in parts else moment.strftime("%M:%S")
    shows_month = bool(parts & set("md"))
    day = moment.date().isoformat()
    if "d" not in parts and "y" in parts:
        return day[:7] if shows_month else day[:4]
    return f"{day} {time}" if "h" in parts and seconds else day
