"""Where the sentences of running English text begin and end.

The method is Punkt (Kiss and Strunk, "Unsupervised Multilingual Sentence Boundary Detection",
2006): whether a full stop ends a sentence depends on the token before and the token after it, and
on what was learnt from a large corpus about both. What was learnt comes with llama-index as files
of nltk, whose own tokenizer loads scipy and scikit-learn when it is imported. The spans here are
those of that tokenizer, its oddities included: an index that it split needs no other passages.
"""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from askdocs.errors import ModelError
from askdocs.types import Span

_LEARNT = Path("_static", "nltk_cache", "tokenizers", "punkt_tab", "english")
"""Where llama-index keeps what was learnt, inside `llama_index.core`."""
_MORE_ABBREVIATIONS = frozenset("e.g i.e approx est no nos fig figs p pp dept min".split())

_BLANKS = " \t\n\r\v\f"  # what parts the words; other white space, such as U+00A0, only ends one
_SEPARATORS = re.compile(r"[\x1c-\x1f]")  # white space to Python, but not to nltk
_NO_BLANK = "\x1b"
_APART = r"[?!)\";}\]*:@'({\[“”‘’«»]"  # stands for itself wherever it is
_RUN = r"-{2,}|\.{2,}|(?:\.[^\S\n]){2,}\."  # dashes and ellipses, also ". . ."
_WORD_ENDS = rf"{_APART}|{_RUN}"
_END = re.compile(rf"[.?!](?={_APART}|\s+(?P<following>\S+))")
_TOKEN = re.compile(
    rf"{_RUN}"
    rf"|[^\s(\"`{{\[:;&#*@)}}\]\-,](?:(?!{_WORD_ENDS}|,(?:\s|$|{_WORD_ENDS}))\S)*"
    r"|\S"
)
_NUMBER = re.compile(r"-?[.,]?\d[\d,.\-]*\Z")
_CLOSES = frozenset("\"')]}“”‘’«»")
_CLOSING = re.compile(r"[\"')\]}“”‘’«»]+?(?:\s+|(?=--)|$)", re.MULTILINE)
_PUNCTUATION = frozenset(";:,.!?")
_OF_WORDS = frozenset(["Mn", "Mc", "Me", "Nl", "Pc"])
_JOINERS = "\u200c\u200d"
_ENDS = frozenset(".?!")
_ANY_NUMBER = "##number##"

# How a word was seen in the corpus: upper or lower case; first in a sentence, inside, or unclear.
_UPPER_INSIDE = 4
_UPPER = 2 | _UPPER_INSIDE | 8
_LOWER_FIRST = 16
_LOWER = _LOWER_FIRST | 32 | 64


def sentence_spans(text: str) -> list[Span]:
    """The spans of the sentences of running text.

    >>> [("Dr. Ray left at 5 p.m. on Monday. He came back."[a:b]) for a, b in
    ...  sentence_spans("Dr. Ray left at 5 p.m. on Monday. He came back.")]
    ['Dr. Ray left at 5 p.m. on Monday.', 'He came back.']
    """
    length = len(text.rstrip())
    text = _SEPARATORS.sub(_NO_BLANK, text)
    return _with_closing_marks(text, list(_between_ends(text, length)))


def _between_ends(text: str, length: int) -> Iterator[Span]:
    """The stretches up to the marks that end a sentence, the last one up to `length`."""
    model = _model()
    start = 0
    for word, end in _possible_ends(text):
        if model.ends_sentence(text, word, end):
            yield start, end.end()
            start = max(end.end(), end.start("following"))
    yield start, length


def _possible_ends(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """The marks that may end a sentence, only the last of each word, and where the word begins."""
    word = seen = 0
    found: re.Match[str] | None = None
    for end in _END.finditer(text):
        blank = max(text.rfind(blank, seen, end.start()) for blank in _BLANKS)
        if found and (blank > 0 or word == seen):
            yield word, found
        if blank > 0:
            word = blank + 1
        seen = end.start()
        found = end
    if found:
        yield word, found


def _with_closing_marks(text: str, spans: list[Span]) -> list[Span]:
    """The spans; quotation marks and brackets that close a sentence moved to its end."""
    sentences = []
    moved = 0
    for number, (start, end) in enumerate(spans, start=1):
        start += moved
        moved = 0
        if number < len(spans) and text[spans[number][0]] in _CLOSES:
            closing = _CLOSING.match(text, *spans[number])
            if closing:
                moved = len(closing[0])
                end = closing.start() + len(closing[0].rstrip())
        if start < end:
            sentences.append((start, end))
    return sentences


@dataclass(frozen=True, slots=True)
class _Model:
    """What was learnt from a corpus about abbreviations and the words around full stops."""

    abbreviations: frozenset[str]
    collocations: frozenset[tuple[str, str]]
    starters: frozenset[str]
    cases: dict[str, int]
    unlike_words: frozenset[str]
    """The words that need a second look when a full stop follows them."""

    def ends_sentence(self, text: str, word: int, end: re.Match[str]) -> bool:
        """Whether the mark ends a sentence; the word that it is in begins at `word`."""
        if end[0] != ".":
            return True
        plain = text[word : end.start()]
        if len(plain) > 1 and plain.isalpha() and plain.lower() not in self.unlike_words:
            return True
        context_end = end.end("following") if end["following"] else end.end() + 1
        tokens = _TOKEN.findall(text, word, context_end)
        return any(self._parts(before, after) for before, after in pairwise(tokens))

    def _parts(self, before: str, after: str) -> bool:
        """Whether a sentence ends between two tokens."""
        if before in _ENDS:
            return True
        if not before.endswith("."):
            return False
        kind, following = _kind(before), self._kind_of_following(after)
        if (kind, following) in self.collocations:
            return False
        capital = after[0].isupper()
        starts = self._starts_sentence(after, following)
        is_initial = len(before) == 2 and _is_letter(before[0])
        if before.endswith("..") or self._is_abbreviation(before):
            return not is_initial and (starts is True or (capital and following in self.starters))
        if is_initial and starts is None:
            return not capital or bool(self.cases.get(following, 0) & _LOWER)
        return starts is not False or not (is_initial or kind == _ANY_NUMBER)

    def _starts_sentence(self, token: str, kind: str) -> bool | None:
        """Whether the token's first letter says that a sentence starts there; `None`: it does not.

        A word that is lower case elsewhere is capitalised because it starts a sentence; one
        without a capital does not start any, if it is known to be capitalised there.
        """
        if token in _PUNCTUATION:
            return False
        cases = self.cases.get(kind, 0)
        if token[0].isupper() and cases & _LOWER and not cases & _UPPER_INSIDE:
            return True
        if token[0].islower() and (cases & _UPPER or not cases & _LOWER_FIRST):
            return False
        return None

    def _is_abbreviation(self, token: str) -> bool:
        word = token[:-1].lower()
        known = word in self.abbreviations or word.rpartition("-")[2] in self.abbreviations
        return known and token.endswith(".")

    def _kind_of_following(self, token: str) -> str:
        """The kind of a token; that of an abbreviation or of dots keeps the full stop."""
        if token == "." or token.endswith("..") or self._is_abbreviation(token):
            return token.lower()
        return _kind(token)


def _is_letter(character: str) -> bool:
    """Whether a word can consist of it; so say accents and circled letters too, but no digits."""
    return (
        character.isalpha()
        or character.isupper()
        or character.islower()
        or unicodedata.category(character) in _OF_WORDS
        or character in _JOINERS
    )


def _kind(token: str) -> str:
    """What is looked up of a token: lower case, no full stop, and all numbers are one."""
    return _ANY_NUMBER if _NUMBER.match(token) else token.lower().removesuffix(".")


@cache
def _model() -> _Model:
    spec = importlib.util.find_spec("llama_index.core")
    if spec is None or spec.origin is None:
        raise ModelError("llama-index-core is not installed; install askdocs again")
    folder = Path(spec.origin).parent / _LEARNT

    def lines(name: str) -> list[str]:
        try:
            return (folder / name).read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise ModelError(
                f"{folder / name}: what is known about sentences cannot be read; "
                "install llama-index-core again"
            ) from error

    abbreviations = _MORE_ABBREVIATIONS.union(lines("abbrev_types.txt"))
    collocations = [line.partition("\t") for line in lines("collocations.tab")]
    cases = [line.partition("\t") for line in lines("ortho_context.tab")]
    return _Model(
        abbreviations,
        frozenset((first, second) for first, _, second in collocations),
        frozenset(lines("sent_starters.txt")),
        {word: int(seen) for word, _, seen in cases},
        abbreviations.union(first for first, _, _ in collocations),
    )
