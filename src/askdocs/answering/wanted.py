"""What a question wants to hear, word by word: its question phrase, its head, its form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from askdocs.answering.spans import Token, tokens
from askdocs.language import STOP_WORDS

WANTS = ("person", "place", "time", "number", "body", "thing", "open", "manner")
"""The sorts of answer that are told apart: "thing" is what a noun names, "open" has no noun."""

_ASKING = frozenset("what which who whom whose when where how why".split())
_WITH_NOUN = frozenset(("what", "which", "whose", "how many", "how much"))
_BEHIND = frozenset(
    """be aux of in by to for on at with from as preposition and but which pronoun stop comma
    possessive ed open called""".split()
)
_VERBS = frozenset(
    """won lost made makes got gets led did does gave took became wrote began said ran held built
    sold met left kept grew fell rose helped caused causes includes include contains contain allows
    allow provides provide produced plays play played owns runs leads gives goes comes went came
    shows show make takes take happened happens occurs begins begun saw sent set put paid brought
    bought broke chose drew drove flew hit knew laid meant read sang sank spent stood taught told
    wore use uses need""".split()
)
_SORTS = frozenset("kind kinds type types sort sorts form group name names term title".split())
_SHARES = frozenset("part amount percentage share number".split())
_MEASURES = frozenset(
    """many much long old far tall high big large heavy deep wide fast often few hot
    cold""".split()
)
_NOUNS = {
    "time": frozenset(
        """year day date month time hour deadline week weekday season century decade
        millennium""".split()
    ),
    "person": frozenset(
        """person people man woman doctor minister author artist director president chief officer
        captain scientist researcher spokesman spokeswoman teacher player founder politician
        councillor mayor king queen emperor child actor singer writer leader""".split()
    ),
    "place": frozenset(
        """city country town place village street island region state county district province
        location venue hall building capital river port harbour continent site area""".split()
    ),
    "number": frozenset(
        """number count amount total price cost fee fare charge rate percentage share proportion
        population budget size weight height length width depth distance temperature age salary
        wage revenue profit turnover score toll speed capacity value limit dose fine""".split()
    ),
    "body": frozenset(
        """company firm organisation organization group agency airline university school college
        bank party team club institution institute body department ministry museum newspaper union
        court committee council charity supplier manufacturer brand magazine journal""".split()
    ),
}
_WORDS = {"who": "person", "whom": "person", "whose": "person", "when": "time", "where": "place"}
_MOST_HEAD = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question's words; the numbers in it count `tokens`.

    `asking` is the question word ("what", "how many"), `phrase` where it and its noun stand, `head`
    those words that name the sort of thing asked for, `content` the words that say something.
    `form` tells what follows the question phrase: "copular" a form of "be", "inverted" of "do",
    "aux" another auxiliary, "last" nothing, "subject" the verb itself; else it is "embedded".
    """

    tokens: tuple[Token, ...]
    words: tuple[str, ...]
    asking: str
    phrase: tuple[int, int]
    head: tuple[int, ...]
    content: tuple[int, ...]
    form: str
    wants: str

    @property
    def noun(self) -> str:
        """The last word of the head: "team" of "which football team"; empty if there is none."""
        return self.words[self.head[-1]] if self.head else ""

    @property
    def behind(self) -> tuple[int, ...]:
        """Those words of the content that stand behind the question phrase."""
        return tuple(number for number in self.content if number >= self.phrase[1])

    @property
    def prepositions(self) -> frozenset[str]:
        """What stands right before the question phrase and at the end: "in which", "lie in"."""
        last = [w for w, t in zip(self.words, self.tokens, strict=True) if t.is_word][-1:]
        before = self.words[self.phrase[0] - 1 : self.phrase[0]] if self.phrase[0] else ()
        return frozenset((*before, *last))


def wanted(question: str) -> Wanted:
    """Take a question apart.

    >>> w = wanted("Which football team won the Super Bowl?")
    >>> w.asking, w.noun, w.form, w.wants
    ('which', 'team', 'subject', 'body')
    """
    found = tokens(question)
    words = tuple(token.text.casefold() for token in found)
    start = _asking(words)
    if start is None:
        return _without(found, words)
    asking, end = words[start], start + 1
    if asking == "how" and end < len(words):
        asking, end = f"how {words[end]}", end + 1
    head: list[int] = []
    if asking in _WITH_NOUN:
        head, end = _noun(found, words, end)
    form = _form(found, words, end)
    verb = next((n for n in head[1:] if words[n] in _VERBS), None)
    if verb is not None and form != "copular":
        head, end, form = [n for n in head if n < verb], verb, "subject"
    if form == "copular" and not head and asking in ("what", "which", "who"):
        head = _predicated(found, words, end + 1)
    noun = words[head[-1]] if head else ""
    content = _content(found, words)
    wants = _wants(asking, noun)
    return Wanted(tuple(found), words, asking, (start, end), tuple(head), content, form, wants)


def _without(found: Sequence[Token], words: tuple[str, ...]) -> Wanted:
    content = _content(found, words)
    return Wanted(tuple(found), words, "", (0, 0), (), content, "embedded", "open")


def _asking(words: Sequence[str]) -> int | None:
    """The question word: the first, unless that one seems to begin a clause further in."""
    places = [number for number, word in enumerate(words) if word in _ASKING]
    clause = frozenset(("when", "where", "who", "which", "why"))
    if len(places) > 1 and places[0] > 0 and words[places[0]] in clause:
        return places[-1]
    return places[0] if places else None


def _run(found: Sequence[Token], start: int, most: int) -> int:
    """Where a run of words that name something, begun at `start`, ends."""
    end = start
    while end < len(found) and found[end].kind not in _BEHIND and end - start < most:
        end += 1
    return end


def _noun(found: Sequence[Token], words: Sequence[str], start: int) -> tuple[list[int], int]:
    """The noun behind "what" or "which", and where its phrase ends; "kind of" is looked through."""
    end = _run(found, start, _MOST_HEAD)
    head = list(range(start, end))
    if start < end < len(found) and words[end] == "of" and words[end - 1] in _SORTS | _SHARES:
        after = _run(found, end + 1, _MOST_HEAD - 1)
        if words[end - 1] in _SORTS:
            head = list(range(end + 1, after))
        end = after
    return head, end


def _form(found: Sequence[Token], words: Sequence[str], end: int) -> str:
    if end >= len(found) or found[end].kind == "stop":
        return "last"
    if found[end].kind in ("be", "possessive"):
        return "copular"
    if found[end].kind == "aux":
        return "inverted" if words[end] in ("did", "does", "do") else "aux"
    return "subject"


def _predicated(found: Sequence[Token], words: Sequence[str], start: int) -> list[int]:
    """The noun of "what is the capital of ..."; "the name of the king" is looked through."""
    begin = _behind_articles(found, start)
    end = _run(found, begin, _MOST_HEAD - 1)
    if begin in (start, end):
        return []
    if end < len(found) and words[end] == "of" and words[end - 1] in _SORTS:
        begin = _behind_articles(found, end + 1)
        end = _run(found, begin, _MOST_HEAD - 1)
    return list(range(begin, end))


def _behind_articles(found: Sequence[Token], start: int) -> int:
    while start < len(found) and found[start].kind in ("article", "determiner"):
        start += 1
    return start


def _content(found: Sequence[Token], words: Sequence[str]) -> tuple[int, ...]:
    empty = STOP_WORDS | _ASKING | {"name", "called", "many", "much"}
    return tuple(n for n, token in enumerate(found) if token.is_word and words[n] not in empty)


def _wants(asking: str, noun: str) -> str:
    if asking in _WORDS:
        return _WORDS[asking]
    if asking.startswith("how "):
        return "number" if asking.removeprefix("how ") in _MEASURES else "manner"
    forms = {noun, noun.removesuffix("s"), noun.removesuffix("ies") + "y"}
    sorts = (sort for sort, members in _NOUNS.items() if forms & members)
    return next(sorts, "thing") if noun else "open"
