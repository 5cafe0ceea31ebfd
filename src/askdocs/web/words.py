"""The small wordings of the page: counts, days, support in words, what of a text to show."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import PurePosixPath

from askdocs.types import Hit, Span
from askdocs.web.wording import say, spoken

MONTHS = tuple("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())


def title_of(identifier: str, title: str) -> str:
    """What a document is called: by its file's name, if its title says no more than that.

    >>> title_of("a/ferry.csv", "ferry"), title_of("a/b.pdf", "Ferry report")
    ('ferry.csv', 'Ferry report')
    """
    path = PurePosixPath(identifier)
    return path.name if title in ("", path.stem) else title


def plural(count: int, noun: str) -> str:
    """The count with its noun.

    >>> plural(1, "document"), plural(1200, "passage")
    ('1 document', '1,200 passages')
    """
    one = count == 1 or (count == 0 and spoken() == "fr")
    return say(f"{{n}} {noun}" + ("" if one else "s"), n=number(count))


def separators() -> tuple[str, str]:
    """The decimal point and what stands between thousands, as the language has them."""
    sample = say("1,234.5")
    return sample[-2], sample[1]


def number(value: float, digits: int = 0) -> str:
    """A number with so many digits after the point.

    >>> number(1200), number(0.738, 2)
    ('1,200', '0.74')
    """
    point, thousands = separators()
    return f"{value:,.{digits}f}".translate({ord("."): point, ord(","): thousands})


def shortened(text: str, limit: int) -> str:
    """`text` cut to `limit` characters, at a space where there is one near the end.

    >>> shortened("one two three", 9), shortened("one", 9)
    ('one two…', 'one')
    """
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip() + "…"


def support_words(support: float) -> tuple[str, str]:
    """How well an answer is supported, for people and for the style sheet.

    >>> support_words(0.95), support_words(0.8), support_words(0.55)
    (('Well supported', 'good'), ('Supported', 'fair'), ('Weakly supported', 'weak'))
    """
    if support >= 0.9:
        return say("Well supported"), "good"
    return (say("Supported"), "fair") if support >= 0.7 else (say("Weakly supported"), "weak")


def day(moment: str) -> str:
    """The day of an ISO moment, such as `3 May 2026`; other text stays as it is.

    >>> day("2026-05-03T12:00:00+00:00"), day("soon")
    ('3 May 2026', 'soon')
    """
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    month = say(MONTHS[parsed.month - 1])
    return say("{day} {month} {year}", day=parsed.day, month=month, year=parsed.year)


def when(moment: str, now: datetime | None = None) -> str:
    """How a recent moment is called: its time today, else its day.

    >>> when("2026-05-03T12:04:00+00:00", datetime(2026, 5, 3, 20, tzinfo=UTC))
    '12:04'
    """
    try:
        parsed = datetime.fromisoformat(moment).astimezone(now.tzinfo if now else None)
    except ValueError:
        return moment
    today = (now or datetime.now(UTC).astimezone()).date()
    return f"{parsed:%H:%M}" if parsed.date() == today else day(parsed.isoformat())


def best_sentence(hit: Hit) -> Span:
    """The span of the passage's sentence most like the question; the whole passage if unknown."""
    sentences, similarities = hit.passage.sentences, hit.similarities
    if not sentences or len(sentences) != len(similarities):
        return hit.passage.start, hit.passage.end
    return max(zip(similarities, sentences, strict=True))[1]


_BULLET = re.compile(r"^\s*[-*•] ")


def runs(lines: Iterable[str]) -> list[tuple[list[str], str]]:
    """Neighbouring lines of one kind together; the kind is `quote`, `item` or `text`.

    >>> runs(["Two things:", "- one", "- two"])
    [(['Two things:'], 'text'), (['- one', '- two'], 'item')]
    """
    found: list[tuple[list[str], str]] = []
    for line in lines:
        kind = "quote" if line.startswith("> ") else "item" if _BULLET.match(line) else "text"
        if found and found[-1][1] == kind:
            found[-1][0].append(line)
        else:
            found.append(([line], kind))
    return found


def unbulleted(line: str) -> str:
    """A list item without its bullet.

    >>> unbulleted("  - one")
    'one'
    """
    return _BULLET.sub("", line)


# What begins a line of its own: an item, a heading, a table row, an indent, `key: value`.
_BEGINS = re.compile(r"\s*(?:[-*•#|>+~]|\d+[.)]\s|\s{2}|\w{1,20}:\s)")


def goes_on(line: str, after: str) -> bool:
    """Whether a paragraph runs over from one line to the next because the author broke it there.

    >>> broken = "a line that its author broke because it came to the margin"
    >>> goes_on(broken, "and goes on"), goes_on(broken, "- an item"), goes_on(broken, "date: 1931")
    (True, False, False)
    """
    hard = 48 <= len(line.rstrip()) <= 110
    return hard and bool(after.strip()) and not _BEGINS.match(after) and not _BEGINS.match(line)
