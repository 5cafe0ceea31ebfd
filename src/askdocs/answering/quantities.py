"""The numbers of a text with their units, however they are written, and whether two agree."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from askdocs.language import NUMBER_WORDS

_TOKEN = re.compile(
    r"\d+(?:\.\d+){2,}|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[^\W\d_]+|[%°$€£¥₹]|\S"
)
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_CLOCK = re.compile(r"\b(\d{1,2}):00\b")
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "mn": 1e6,
    "billion": 1e9, "bn": 1e9, "b": 1e9, "trillion": 1e12, "tn": 1e12,
}  # fmt: skip
_SHORT_SCALES = frozenset({"k", "m", "mn", "b", "bn", "tn"})
_VAGUE = {"dozen": 12.0, "dozens": 12.0, "half": 0.5, "twice": 2.0, "both": 2.0, "pair": 2.0,
          "couple": 2.0, "double": 2.0, "doubled": 2.0, "triple": 3.0, "tripled": 3.0,
          "single": 1.0, "once": 1.0}  # fmt: skip
_ORDINALS = {
    word: float(value)
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(),
        start=1,
    )
}
# So common that a paraphrase adds or drops them without a change of meaning.
_NOT_ASKED_FOR = frozenset({"zero", "one", "first", "second", "hundred", "thousand", "million",
                            "billion"})  # fmt: skip
_ABOUT = frozenset(
    "about around nearly almost over some roughly approximately than under least".split()
)
_ROUNDING = 0.05
_PER_CENT = 100.0

# Written forms -> the unit they are counted in, and how many of it.
_UNITS: dict[str, tuple[str, float]] = {
    form: (unit, factor)
    for forms, unit, factor in (
        ("% percent percentage pct", "percent", 1),
        ("$ dollar usd buck", "dollar", 1),
        ("€ euro eur", "euro", 1),
        ("£ pound gbp sterling lb lbs", "pound", 1),
        ("¥ yen jpy", "yen", 1),
        ("₹ rupee inr", "rupee", 1),
        ("rouble ruble rub", "rouble", 1),
        ("tenge", "tenge", 1),
        ("cent penny pence", "cent", 1),
        ("second sec", "second", 1),
        ("minute min", "second", 60),
        ("hour hr", "second", 3600),
        ("day", "day", 1),
        ("week", "day", 7),
        ("fortnight", "day", 14),
        ("month", "month", 1),
        ("quarter", "month", 3),
        ("year yr", "month", 12),
        ("decade", "month", 120),
        ("century", "month", 1200),
        ("mm millimetre millimeter", "metre", 0.001),
        ("cm centimetre centimeter", "metre", 0.01),
        ("metre meter", "metre", 1),
        ("km kilometre kilometer", "metre", 1000),
        ("mile mi", "mile", 1),
        ("foot feet ft", "foot", 1),
        ("inch", "inch", 1),
        ("yard", "yard", 1),
        ("acre", "acre", 1),
        ("hectare ha", "hectare", 1),
        ("mg milligram", "gram", 0.001),
        ("gram", "gram", 1),
        ("kg kilo kilogram", "gram", 1000),
        ("ton tonne", "ton", 1),
        ("ounce oz", "ounce", 1),
        ("ml millilitre milliliter", "litre", 0.001),
        ("litre liter", "litre", 1),
        ("gallon", "gallon", 1),
        ("celsius", "celsius", 1),
        ("fahrenheit", "fahrenheit", 1),
        ("kw kilowatt", "watt", 1e3),
        ("mw megawatt", "watt", 1e6),
        ("gw gigawatt", "watt", 1e9),
        ("kb kilobyte", "byte", 1e3),
        ("mb megabyte", "byte", 1e6),
        ("gb gigabyte", "byte", 1e9),
        ("tb terabyte", "byte", 1e12),
        ("mph", "mph", 1),
        ("kph", "kph", 1),
    )
    for form in forms.split()
}
_PLURALS = {"centuries": "century", "pennies": "penny", "inches": "inch"}
_SIGNS = "$€£¥₹"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, which is empty where none is known.

    `about` says that it is rounded, `loose` that it is no more than a manner of speaking: it can
    support another number and asks for no support of its own.
    """

    value: float
    unit: str = ""
    factor: float = 1.0
    about: bool = False
    loose: bool = False
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        value = f"{self.value:.12g}"
        return f"{value} {self.unit}" if self.unit and self.factor == 1 else value


@lru_cache(maxsize=8192)
def quantities(text: str) -> tuple[Quantity, ...]:
    """The numbers of a text, in order.

    >>> [str(q) for q in quantities("Two of 1.2 million, in the 21st year; $5bn, twenty-five km")]
    ['2', '1200000', '21', '5000000000 dollar', '25']
    """
    text = _CLOCK.sub(r"\1   ", _ISO_DATE.sub(r"\1 \2 \3", text.lower()))
    matches = list(_TOKEN.finditer(text))
    return tuple(_read([match.group() for match in matches], [match.span() for match in matches]))


def lacking(wanted: Collection[Quantity], given: Collection[Quantity]) -> list[Quantity]:
    """The numbers that ask for support and find none, with their unit, among those given.

    >>> given = quantities("It grew by 7.4 % to 7,939 in two weeks.")
    >>> [str(q) for q in lacking(quantities("nearly 8,000 within 14 days, $7.4"), given)]
    ['7.4 dollar']
    """
    return [
        quantity
        for quantity in wanted
        if not quantity.loose and not any(_agree(quantity, other) for other in given)
    ]


def _agree(wanted: Quantity, given: Quantity) -> bool:
    if wanted.unit and given.unit:
        same_unit = wanted.unit == given.unit
        first, second = wanted.value * wanted.factor, given.value * given.factor
        if not same_unit:
            return False
    else:
        first, second = wanted.value, given.value
    if first == second:
        return True
    if {wanted.unit, given.unit} == {"percent", ""} and given.loose | wanted.loose:
        return first == _PER_CENT * second or second == _PER_CENT * first
    if wanted.about or given.about:
        return abs(first - second) <= _ROUNDING * max(abs(first), abs(second))
    return False


def _read(tokens: list[str], spans: list[tuple[int, int]]) -> Iterator[Quantity]:
    position = 0
    while position < len(tokens):
        number = _number(tokens, position)
        if number is None:
            position += 1
            continue
        value, end, loose = number
        about = tokens[position - 1] in _ABOUT if position else False
        unit, factor = _unit_at(tokens, position, end)
        place = spans[position][0], spans[end - 1][1]
        yield Quantity(value, unit, factor, about, loose, *place)
        position = end


def _number(tokens: list[str], position: int) -> tuple[float, int, bool] | None:
    """The number that begins at a token: its value, where it ends, whether it is loose."""
    token = tokens[position]
    if token[0].isdigit() and token.count(".") < 2:
        value, end, loose = float(token.replace(",", "")), position + 1, False
    elif token in NUMBER_WORDS and token not in _SCALES:
        value, end = _spelled(tokens, position)
        loose = end == position + 1 and token in _NOT_ASKED_FOR
    elif token in _ORDINALS or token in _VAGUE:
        return (_ORDINALS | _VAGUE)[token], position + 1, token in _NOT_ASKED_FOR | _VAGUE.keys()
    else:
        return None
    while end < len(tokens) and (scale := _scale(tokens, end)):
        value, end, loose = value * scale, end + 1, False
    return value, end, loose


def _spelled(tokens: list[str], position: int) -> tuple[float, int]:
    """The value of words such as "twenty-five"."""
    value, end = float(NUMBER_WORDS[tokens[position]]), position + 1
    if value >= 20 and tokens[end : end + 1] == ["-"]:
        end += 1
    units = NUMBER_WORDS.get(tokens[end], 0) if end < len(tokens) else 0
    if 20 <= value < 100 and 0 < units < 10:
        return value + units, end + 1
    return value, position + 1


def _scale(tokens: list[str], position: int) -> float:
    """The scale at a token, or 0; a letter counts only where money or a number says so."""
    token = tokens[position]
    if token in _SHORT_SCALES and not (
        token in ("bn", "mn", "tn") or (position > 1 and tokens[position - 2] in _SIGNS)
    ):
        return 0.0
    return _SCALES.get(token, 0.0)


def _unit_at(tokens: list[str], start: int, end: int) -> tuple[str, float]:
    """The unit before or after a number, none where it is not known."""
    if start and tokens[start - 1] in _SIGNS:
        return _UNITS[tokens[start - 1]]
    after = [token for token in tokens[end : end + 3] if token not in "-.°"]
    if after[:2] == ["per", "cent"]:
        return _UNITS["percent"]
    for token in after[:1]:
        form = _PLURALS.get(token, token)
        found = _UNITS.get(form) or _UNITS.get(form.removesuffix("s"))
        if found:
            return found
    return "", 1.0
