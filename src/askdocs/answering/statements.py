"""A language model's reply, cleaned and taken apart into statements with the passages they cite."""

from __future__ import annotations

import re
from dataclasses import dataclass

from askdocs.answering.facts import facts
from askdocs.answering.prompts import REFUSAL
from askdocs.sentences import sentence_spans

_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*\)")
_CITATION = re.compile(
    r"\s*[\[【](?:passages?|sources?|documents?)?\s*#?"
    r"(\d{1,9}(?:\s*(?:,|;|and|&|-|–)\s*#?\d{1,9})*)\s*[\]】]",
    re.IGNORECASE,
)
_OPEN_BRACKET = re.compile(r"\s*!?(?:[\[【][^\]】\n]{0,100}|\[[^\]\n]{0,100}\]\([^)\s]*)\Z")
_ONLY_CITATIONS = re.compile(r"(?:\s*[\[【][^\]】]*[\]】]?)+[.\s]*\Z")
_BULLET = re.compile(r"\s*(?:[-*•+]|\d{1,3}[.)])\s+")
_ENDS_IN_NUMBER = re.compile(r"\s+(\d{1,2})[.)]\Z")
_ORDINAL = re.compile(r"\d{1,2}[.)]")
_QUOTE_SIGN = re.compile(r"^(?:[ \t]*>)+[ \t]?", re.MULTILINE)
_SAYS_NOTHING = re.compile(
    r"(?:the |these |this )?(?:provided |given )?(?:documents?|passages?|texts?|sources?) "
    r"(?:do(?:es)?(?: not|n['’]t)|did(?: not|n['’]t)) (?:say|mention|state|specify|tell)",
    re.IGNORECASE,
)
_MOST_CITED = 20


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a reply: the space or bullet before it, its words, the passages it cites."""

    lead: str
    text: str
    cited: tuple[int, ...]

    @property
    def is_refusal(self) -> bool:
        """Whether it says that the documents do not say."""
        return self.text.startswith(REFUSAL.rstrip(".")) or bool(_SAYS_NOTHING.match(self.text))

    @property
    def is_neutral(self) -> bool:
        """Whether it claims nothing that a document could support, like "Here are the facts:"."""
        if self.is_refusal or (self.text.endswith(":") and not self.cited):
            return True
        found = facts(self.text)
        return not found.words and (not found.numbers or bool(_ORDINAL.fullmatch(self.text)))


def clean(reply: str) -> str:
    r"""The reply as plain text: no thoughts, control codes, links, or signs that mark quotations.

    >>> clean("<think>Hm.</think>**Yes**\x1b[31m, see ![x](http://a/b) [1](http://a)\n> sure")
    'Yes, see x [1]\nsure'
    """
    text = _THINKING.sub("", reply.replace("\r\n", "\n"))
    text = _CONTROLS.sub("", _ESCAPES.sub("", text))
    text = _LINK.sub(lambda m: f"[{m[1]}]" if m[1].isdigit() else m[1], text)
    # A line that begins with ">" is a verbatim quotation in an answer; a model cannot make one.
    return _QUOTE_SIGN.sub("", text.replace("**", "")).lstrip()


def segments(text: str) -> list[str]:
    r"""The sentences of a reply with all that stands between them; joined they are the reply.

    >>> segments("It rained. [1] We left [2].\n- Dr. Ray too.")
    ['It rained. [1]', ' We left [2].', '\n- Dr. Ray too.']
    """
    found: list[str] = []
    for line in re.findall(r"\n*[^\n]+|\n+\Z", text):
        bullet = _BULLET.match(line)
        offset = bullet.end() if bullet else 0
        begin = 0
        for _, end in sentence_spans(line[offset:]):
            found.append(line[begin : offset + end])
            begin = offset + end
        if begin < len(line):
            found.append(line[begin:])
    _give_items_their_numbers(found)
    return _with_citations_where_they_belong(found)


def statement(segment: str) -> Statement:
    """A segment as a statement.

    >>> statement(" Dozens [1, 3] died [Passage 2].")
    Statement(lead=' ', text='Dozens died.', cited=(1, 3, 2))
    """
    lead = segment[: len(segment) - len(segment.lstrip())]
    bullet = _BULLET.match(segment)
    if bullet:
        lead = bullet.group()
    cited: list[int] = []
    for match in _CITATION.finditer(segment, len(lead)):
        cited += _numbers(match.group(1))
    text = without_citations(segment[len(lead) :]).strip()
    return Statement(lead, text, tuple(dict.fromkeys(cited[:_MOST_CITED])))


def without_citations(text: str) -> str:
    """Words without citations, also none that appear when others go, as in "[1[2]]"."""
    without = _CITATION.sub("", text)
    return without if without == text else without_citations(without)


def settled(text: str) -> str:
    """A reply that is still coming, without a citation or link at its end that is not whole yet.

    >>> settled("See ![x](http://ho"), settled("It rained [1")
    ('See', 'It rained')
    """
    return _OPEN_BRACKET.sub("", text)


def _give_items_their_numbers(found: list[str]) -> None:
    """Move the number of a list's item from the end of what stands before it to the item.

    >>> parts = ["There are two: 1.", " Cats 2.", " Dogs."]
    >>> _give_items_their_numbers(parts)
    >>> parts
    ['There are two:', ' 1. Cats', ' 2. Dogs.']
    """
    for at in range(len(found) - 1):
        ends = _ENDS_IN_NUMBER.search(found[at])
        begins = _BULLET.match(found[at])
        if ends is None:
            continue
        before = re.sub(r"\D", "", begins.group()) if begins else ""
        expected = int(before or 0) + 1
        introduces = int(ends[1]) == 1 and found[at][: ends.start()].endswith(":")
        if introduces or (before and int(ends[1]) == expected):
            found[at], found[at + 1] = found[at][: ends.start()], ends.group() + found[at + 1]


def _with_citations_where_they_belong(found: list[str]) -> list[str]:
    """A citation after the full stop belongs to the sentence before it."""
    joined: list[str] = []
    for segment in found:
        leading = re.match(r"(?:[ \t]*[\[【][^\]】\n]*[\]】])+", segment)
        if joined and _ONLY_CITATIONS.match(segment):
            joined[-1] += segment
        elif joined and leading and "\n" not in segment[: leading.end()]:
            joined[-1] += leading.group()
            joined.append(segment[leading.end() :])
        else:
            joined.append(segment)
    return joined


def _numbers(cited: str) -> list[int]:
    """The numbers of one pair of brackets; a range stands for all between."""
    span = re.fullmatch(r"(\d+)\s*[-–]\s*(\d+)", cited)
    if span and int(span[1]) < int(span[2]) <= int(span[1]) + _MOST_CITED:
        return list(range(int(span[1]), int(span[2]) + 1))
    return [int(number) for number in re.findall(r"\d+", cited)]
