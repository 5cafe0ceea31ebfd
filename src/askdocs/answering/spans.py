"""The words of a sentence by what they do in it, and the spans of them that can answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from askdocs.language import NUMBER_WORDS, STOP_WORDS

CLASSES = tuple(
    "edge comma open close stop dash article determiner of in by to for on at with from as"
    " preposition be aux and but which pronoun number year month capital called ed ing ly"
    " possessive adjective plural word".split()
)
"""What a word can be; "edge" is what lies before the first and behind the last."""
LONGEST = 10
"""The most words that an answer has, articles aside."""

_COUNT = rf"(?:\d+|(?i:{'|'.join(NUMBER_WORDS)}))"
_TOKEN = re.compile(
    r"[$€£¥]\s?\d(?:[\d,.]*\d)?(?:[kmb]n?\b)?"
    r"|\d(?:[\d,.:/]*\d)?(?:(?:st|nd|rd|th|s)\b|%)?|%"
    rf"|['’]s\b|{_COUNT}(?=-)"
    r"|(?:[A-Z]\.(?=\s?[A-Z])|(?:Dr|Mr|Mrs|Ms|St|Prof|Gen|Col|Capt|Lt|Sgt|Jr|Sr|Mt|No|vs?)\.)"
    r"|[^\W_](?:[^\W_]|(?!['’]s\b)[&’'\-](?=[^\W_])|\.(?=[^\WA-Z_])|(?<=[A-Z])\.(?=[A-Z]))*"
    r"|[^\w\s]|_"
)


def _listed(name: str, members: str) -> dict[str, str]:
    return dict.fromkeys(members.split(), name)


_LISTED = (
    _listed("comma", ",")
    | _listed("open", "( [ { “ ‘ «")
    | _listed("close", ") ] } ” »")
    | _listed("stop", ". ; : ! ?")
    | _listed("article", "a an the")
    | _listed(
        "determiner",
        "this that these those his her its their our my your some any each every no another such"
        " both all many several few most more other much either neither",
    )
    | {word: word for word in "of in by to for on at with from as".split()}
    | _listed(
        "preposition",
        "about above after against along among around before behind below beneath beside besides"
        " between beyond despite during except into like near off onto out over per since through"
        " throughout toward towards under until unlike up upon via within without than according"
        " across down inside outside including",
    )
    | _listed("be", "is are was were be been being am became become becomes remains remained")
    | _listed(
        "aux",
        "has have had having do does did can could may might must shall should will would not"
        " also never ever always often then thus however still already only just now there",
    )
    | _listed("and", "and or & nor")
    | _listed("but", "but while although though because if unless whereas when whether so yet")
    | _listed("which", "which who whom whose where what why how")
    | _listed("pronoun", "he she it they him them we us i you me himself herself itself themselves")
    | _listed(
        "called",
        "called named known titled entitled dubbed termed nicknamed considered referred designated",
    )
    | _listed("possessive", "'s ’s")
)
_MONTHS = frozenset(
    """january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday""".split()
)
_YEAR = re.compile(r"(?:1\d{3}|20\d\d)s?")
_ADJECTIVE = re.compile(r"\w{2,}(?:al|ic|ous|ive|able|ible|ary|ful|less|ian|ish|ese)")
_PLURAL = re.compile(r"\w{2,}[^sui]s")
_ENDINGS = ("ed", "ing", "ly")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a mark of a sentence, where it stands, and one of `CLASSES`."""

    text: str
    start: int
    end: int
    kind: str

    @property
    def is_word(self) -> bool:
        """Whether it is a word or a number, not a mark."""
        return self.text[0].isalnum() or self.text[0] in "$€£¥"

    @property
    def counts(self) -> bool:
        """Whether it is counted in the length of an answer."""
        return self.is_word and self.kind != "article"


def tokens(sentence: str) -> list[Token]:
    """The words and marks of a sentence.

    >>> [(t.text, t.kind) for t in tokens("In 1901 Dr. Ruiz founded the three-day Fair.")]
    ... # doctest: +NORMALIZE_WHITESPACE
    [('In', 'in'), ('1901', 'year'), ('Dr.', 'capital'), ('Ruiz', 'capital'), ('founded', 'ed'),
     ('the', 'article'), ('three', 'number'), ('-', 'dash'), ('day', 'word'), ('Fair', 'capital'),
     ('.', 'stop')]
    """
    found: list[Token] = []
    quoting, first = False, True
    for match in _TOKEN.finditer(sentence):
        text = match.group()
        kind = _kind(text, first)
        if text == '"':
            kind = "close" if quoting else "open"
            quoting = not quoting
        found.append(Token(text, match.start(), match.end(), kind))
        first = first and not found[-1].is_word
    return found


def _kind(text: str, first: bool) -> str:
    lowered = text.casefold()
    capital = text[0].isupper()
    if lowered in _MONTHS and capital and (not first or lowered not in _LISTED):
        return "month"
    if lowered in _LISTED and not (text.isupper() and len(text) > 1):
        return _LISTED[lowered]
    if not (text[0].isalnum() or text[0] in "$€£¥%"):
        return "dash"
    if _YEAR.fullmatch(text):
        return "year"
    if not text[0].isalpha() or all(part in NUMBER_WORDS for part in lowered.split("-")):
        return "number"
    if any(letter.isupper() for letter in text) and not (first and lowered in STOP_WORDS):
        return "capital"
    return _by_ending(lowered)


def _by_ending(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return ending
    if _ADJECTIVE.fullmatch(word):
        return "adjective"
    return "plural" if _PLURAL.fullmatch(word) else "word"


_NOT_FIRST = frozenset(
    """article comma close stop dash of by as and but which be aux possessive to with at for in on
    called""".split()
)
_NOT_LAST = frozenset(
    """comma open stop dash article determiner of in by to for on at with from as preposition be
    aux and but which called""".split()
)
_QUOTES = '"“‘«'
_MOST_COMMAS = 4


def candidates(found: list[Token]) -> list[tuple[int, int]]:
    """The first and the last token, both included, of each span that can be an answer.

    No article begins one, as none is told apart by it.

    >>> sentence = tokens("They met in the Old Hall.")
    >>> [" ".join(t.text for t in sentence[a : b + 1]) for a, b in candidates(sentence)]
    ['They', 'They met', 'They met in the Old', 'They met in the Old Hall', 'met', \
'met in the Old', 'met in the Old Hall', 'Old', 'Old Hall', 'Hall']
    """
    return [
        (first, last)
        for first, token in enumerate(found)
        if token.kind not in _NOT_FIRST and (token.is_word or token.text in _QUOTES)
        for last in _ends(found, first)
    ]


def _ends(found: list[Token], first: int) -> list[int]:
    """Where a span that begins at `first` can end: brackets and quotes are never torn apart."""
    quoted = not found[first].is_word
    depth = size = commas = 0
    ends = []
    for last in range(first, len(found)):
        here = found[last]
        size += here.counts
        commas += here.kind == "comma"
        depth += (here.kind == "open") - (here.kind == "close")
        if size > LONGEST or commas > _MOST_COMMAS or depth < 0:
            break
        if here.kind == "stop" or here.text in "—|":
            break
        closes = here.kind == "close"
        can_end = here.is_word or closes or here.kind == "possessive" or here.text == "%"
        if can_end and not depth and here.kind not in _NOT_LAST and (closes or not quoted):
            ends.append(last)
            if quoted:
                break
    return ends
