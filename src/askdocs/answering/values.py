"""Values that a sentence gives: numbers with their nouns, dates, durations, names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from askdocs.language import NUMBER_WORDS, STOP_WORDS, words

_WORD_NUMBERS = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
_NUMERAL = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_NUMBER = re.compile(
    r"(?<![\w.,/:\-])(?:(?P<approx>about|around|nearly|almost|roughly|some|over|more than|at least|"
    r"up to|at most|fewer than|less than|under|approximately|an estimated|only|just)\s+)?"
    rf"(?P<value>(?P<money>[$€£¥]\s?)?(?:(?P<digits>{_NUMERAL})(?:\s?[–-]\s?(?:{_NUMERAL}))?"
    r"(?P<scale>\s(?:hundred|thousand|million|billion|trillion)s?\b)?"
    r"(?P<unit>\s?(?:%|°\s?[CF]?\b|per\s?cent\b|percent\b|(?:k|c|m|µ)?(?:m|g|l|W|Wh|Hz)\b|kWh\b|"
    r"(?:euros?|dollars?|pounds?|pence|cents?)\b|[€£¥$]))?"
    rf"|(?P<words>(?:{_WORD_NUMBERS})(?:(?:\s|-|\sand\s)(?:{_WORD_NUMBERS}))*"
    r"(?:\s?(?:per\s?cent|percent))?|dozens|hundreds|thousands|millions|half|a dozen|a third|"
    r"two[- ]thirds|three[- ]quarters|a quarter|none|nobody|twice|once)))"
    r"(?![\w]|[.,:/]\d)",
    re.IGNORECASE,
)
_MONTHS = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DAYS = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?"
_CLOCK = r"\d{1,2}(?:[:.]\d{2})?\s?(?:[ap]\.?m\b\.?)|\d{1,2}:\d{2}|noon|midnight"
_DATE = re.compile(
    rf"\b(?:(?:{_DAYS},?\s+)?\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTHS}(?:,?\s+\d{{4}})?|"
    rf"(?:{_DAYS},?\s+)?{_MONTHS}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?|"
    rf"{_MONTHS}\s+\d{{4}}|\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}/\d{{1,2}}/\d{{2,4}}|"
    rf"(?:1[0-9]|20)\d{{2}}s?\b(?!\s*(?:people|km|metres|meters|kg))|"
    rf"(?:{_CLOCK})(?:\s?(?:to|until|and|[–-])\s?(?:{_CLOCK}))?|"
    rf"(?:every\s|each\s|last\s|next\s|on\s)?{_DAYS}(?:\s+(?:to|and|through|until)\s+{_DAYS})?|"
    rf"(?:early\s|mid-?|late\s|in\s)?{_MONTHS[:-3]}\b(?:,?\s+\d{{4}}\b)?|"
    r"(?:last|next|this)\s+(?:week|month|year|spring|summer|autumn|fall|winter|night)|"
    r"yesterday|today|tomorrow|tonight)",
)
_DURATION = re.compile(
    rf"\b(?:(?:about|around|nearly|almost|at least|up to|over|more than)\s+)?"
    rf"(?:{_NUMERAL}|{_WORD_NUMBERS}|a|an|half an?|several|a few|couple of)"
    r"(?:[\s-](?:and a half|to\s\w+))?"
    r"[\s-](?:second|minute|hour|day|night|week|fortnight|month|year|decade)s?(?:[\s-]long)?\b",
    re.IGNORECASE,
)
_BOUNDARY = re.compile(r"[,;:!?()“”\"—|]|\.(?=\s|$)|\b(?:and|but|while|whereas|although)\b")
_NAME = re.compile(
    r"(?:(?:Dr|Mr|Mrs|Ms|Prof|Sir|St|Capt|Col|Gen|Sgt)\.?\s+)?"
    r"(?<![\w])@?[A-Z][\w’'&\-]*(?:\.(?=[A-Z]))?[\w’'&\-]*"
    r"(?:\s+(?:(?:of|the|de|la|van|von|der|al|and|&)\s+)?[A-Z][\w’'&\-]*\.?(?=[\s,;:.)!?”\"]|$))*"
)


@dataclass(frozen=True, slots=True)
class Value:
    """A value in a sentence, its span counted from the sentence's start.

    `amount` is what a number comes to, `noun` the words right after it, `clause` those of the part
    of the sentence that it stands in. `asked` tells how well that part speaks of what was asked,
    from 0 to 1; who knows the question sets it.
    """

    text: str
    start: int
    end: int
    amount: float | None = None
    noun: tuple[str, ...] = ()
    clause: tuple[str, ...] = ()
    asked: float = 0.0


def numbers(sentence: str) -> list[Value]:
    """The numbers of a sentence that count or measure; dates and clock times are left out.

    >>> [(v.text, v.amount, v.noun) for v in numbers("On 3 May nearly 8,000 people met; two left.")]
    [('nearly 8,000', 8000.0, ('people', 'met')), ('two', 2.0, ('left',))]
    """
    taken = [match.span() for match in _DATE.finditer(sentence)]
    found = []
    for match in _NUMBER.finditer(sentence):
        start, end = match.span("value")
        if any(a <= start < b for a, b in taken):
            continue
        start = match.start("approx") if match.group("approx") else start
        noun = tuple(words(_BOUNDARY.split(sentence[end:], maxsplit=1)[0])[:4])
        text = sentence[start:end].strip()
        found.append(Value(text, start, start + len(text), _amount(match), noun))
    return _with_clauses(sentence, found)


def _with_clauses(sentence: str, found: list[Value]) -> list[Value]:
    """The values with the words around them, up to a punctuation mark or the next value."""
    breaks = [0, *(m.end() for m in _BOUNDARY.finditer(sentence)), len(sentence)]
    known = []
    for number, value in enumerate(found):
        before = found[number - 1].end if number else 0
        after = found[number + 1].start if number + 1 < len(found) else len(sentence)
        start = max(before, *(b for b in breaks if b <= value.start))
        end = min(after, *(b for b in breaks if b >= value.end))
        known.append(replace(value, clause=tuple(words(sentence[start:end]))))
    return known


def _amount(match: re.Match[str]) -> float | None:
    if digits := match.group("digits"):
        scale = (match.group("scale") or "").strip().lower().rstrip("s")
        return float(digits.replace(",", "")) * NUMBER_WORDS.get(scale, 1)
    total, current = 0.0, 0.0
    parts = re.split(r"[\s-]+", match.group("words").lower())
    if not all(part in NUMBER_WORDS or part in ("and", "per", "cent", "percent") for part in parts):
        return None
    for part in parts:
        value = NUMBER_WORDS.get(part, 0)
        if value >= 1000:
            total, current = total + max(current, 1) * value, 0.0
        elif value == 100:
            current = max(current, 1) * 100
        else:
            current += value
    return total + current


def dates(sentence: str) -> list[Value]:
    """Dates, weekdays, clock times and the like.

    >>> [v.text for v in dates("It shut on 4 March 2021 at 5 p.m., a Monday.")]
    ['4 March 2021', '5 p.m.', 'Monday']
    >>> [v.text for v in dates("Opened in December 2005, it shut in June.")]
    ['December 2005', 'June']
    """
    return _with_clauses(sentence, [_value(match) for match in _DATE.finditer(sentence)])


def durations(sentence: str) -> list[Value]:
    """Lengths of time.

    >>> [v.text for v in durations("A two-week ban, then about three months of calm.")]
    ['two-week', 'about three months']
    """
    return _with_clauses(sentence, [_value(match) for match in _DURATION.finditer(sentence)])


def names(sentence: str) -> list[Value]:
    """Runs of capitalised words; a capital that only begins the sentence does not count.

    >>> [v.text for v in names("At noon Dr. Ana Ruiz met the Bank of Turin in Oslo.")]
    ['Dr. Ana Ruiz', 'Bank of Turin', 'Oslo']
    """
    taken = [match.span() for match in _DATE.finditer(sentence)]
    return [
        value
        for value in _runs(sentence)
        if not any(a < value.end and value.start < b for a, b in taken)
    ]


def _runs(sentence: str) -> Iterator[Value]:
    for match in _NAME.finditer(sentence):
        start, end = match.span()
        parts = match.group().split()
        at_start = not re.search(r"\w", sentence[:start])
        if at_start and (
            len(parts) == 1 or (words(parts[0])[:1] and words(parts[0])[0] in STOP_WORDS)
        ):
            if len(parts) == 1 and not _surely_name(parts[0]):
                continue
            if len(parts) > 1:
                start += match.group().index(parts[1])
        text = sentence[start:end].rstrip(".,;:’'-")
        if re.search(r"[^\W\d]{2}", text) and not all(w in STOP_WORDS for w in words(text)):
            yield Value(text, start, start + len(text))


def _surely_name(word: str) -> bool:
    """Whether a word at the head of a sentence is a name by its spelling: NATO, iOS, O'Neill."""
    return sum(character.isupper() for character in word) > 1


def _value(match: re.Match[str]) -> Value:
    text = match.group().strip()
    text = re.sub(r"^(?:on|in)\s", "", text)
    start = match.start() + match.group().index(text)
    return Value(text, start, start + len(text))
