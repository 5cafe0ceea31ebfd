"""Whether a question asks for a summary, and of what: a folder, a document, a subject."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from askdocs.language import STOP_WORDS, stem, words
from askdocs.types import Answer, History


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be summed up.

    `about` are the words that name it; without any it is the document `document`, or the folder if
    that is empty, too. `subject` says that they may name something which documents speak of,
    `only_subject` that they name nothing else.
    """

    about: str = ""
    document: str = ""
    subject: bool = False
    only_subject: bool = False

    @property
    def of_folder(self) -> bool:
        """Whether an overview of all documents is asked for."""
        return not self.about and not self.document


_NOUNS = (
    r"(?:documents?|texts?|files?|folders?|reports?|articles?|papers?|collections?|corpus|"
    r"sources?|handbooks?|guides?|minutes|stud(?:y|ies)|notes|books?|chapters?|leaflets?|manuals?|"
    r"stor(?:y|ies)|transcripts?|bulletins?|letters?|pages?|pdfs?|contracts?|polic(?:y|ies)|"
    r"brochures?|essays?|thesis|memos?|biograph(?:y|ies)|entr(?:y|ies)|outlines?|data ?base)"
)
_FILE = r"[\w./-]+\.(?:txt|md|markdown|pdf|docx?|html?|csv|pptx?|xlsx?|rtf|odt|epub|text)"
_SUMMARY = (
    r"(?:summary|overview|outline|synopsis|recap|digest|gist|rundown|r[eé]sum[eé]|abstract|"
    r"tl;?dr|summaries|summari[sz]ation)"
)
_POINTS = (
    r"(?:(?:main|key|most important|central|chief|principal|major|essential|core|important) "
    r"(?:points?|ideas?|messages?|findings|take-?aways?|topics|themes|facts|results|"
    r"conclusions|contents?|insights)|highlights|takeaways|gist|essence)"
)
_ASK = (
    r"(?:(?:please|kindly|now|ok|okay|and|so|then|just|first),? )*(?:(?:can|could|would|will) you "
    r"(?:please )?|i (?:would|'d) like (?:you to )?|i (?:want|need) (?:you to )?|let us |let's )?"
    r"(?:please )?"
)
_ADJECTIVES = r"(?:(?:very |really )?(?:short|brief|quick|concise|general|rough|full|good|nice|"
_ADJECTIVES += r"one-sentence|short,|high-level|executive|detailed) )*"
_SHAPES: tuple[str, ...] = (
    rf"{_ASK}(?:summari[sz]e|sum up|recap|outline|condense)(?: (?P<a>.+?))?",
    rf"{_ASK}(?:(?:give|write|make|provide|get|show|have|create|tell|offer|prepare|see)"
    rf"(?: me| us)? )?(?:an? |the )?{_ADJECTIVES}{_SUMMARY}"
    r"(?: (?:of|on|about|for|over) (?P<b>.+?))?",
    rf"{_ASK}(?:(?:give|tell|list|show|name)(?: me| us)? |what (?:are|is|were) )?(?:the )?"
    rf"(?:\w+ )?{_POINTS}(?: (?:of|in|from|made in|made by|on|covered (?:in|by)) (?P<c>.+?))?",
    r"what(?: is| are| was| were|'s|'re) (?P<d>.+?) (?:all |mainly |mostly |basically )?about",
    r"what (?:do|does|did) (?P<e>.+?) (?:say|contain|cover|discuss|deal with|talk about|"
    r"describe|tell(?: me| us)?|treat|include)(?: in (?:short|brief|general|a nutshell))?",
    r"what(?: is| are|'s) (?:(?:there|written|said|contained) )?in (?P<f>.+?)",
    r"(?:what|which) (?:(?:kinds?|sorts?|types?) of )?(?:documents?|files?|texts?|topics?|"
    r"subjects?|themes?) (?:are|is) (?:there|here|covered|in (?P<g>.+?))(?: here)?",
    r"(?:what|which) (?:documents?|files?|texts?|topics?|subjects?)(?: do| can| did)? (?:you|i|we)"
    r" (?:have|know|hold|read|cover|ask(?: you)? about)(?: here)?",
    r"(?:what|which) (?:topics?|subjects?|themes?) (?:do|does) (?P<h>.+?) (?:cover|treat|contain|"
    r"deal with|discuss|have)",
    r"tl;?dr:?(?: (?:of|for|on) )?\s*(?P<i>.+)?",
    r"(?:based on|according to|from|in|with) (?P<j>.+?),? (?:please )?(?:summari[sz]e|sum up|"
    r"outline|give (?:me )?an? (?:summary|overview) of) (?P<subject>.+?)",
)
_COMPILED = [re.compile(rf"{shape}[\s?!.]*", re.IGNORECASE) for shape in _SHAPES]
_NEEDS_NOUN = "defh"
"""Shapes that ask for a summary only where the words name a document."""
_AROUND = re.compile(
    r"^(?:please|me|us|for me)\b ?|(?:,? (?:please|for (?:me|us)|to me|briefly|shortly|in (?:short|"
    r"brief|a nutshell|(?:a few|one|two|three|four|five|\d) (?:words?|sentences?|lines?|"
    r"paragraphs?|points?))))+$",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?:(?:all|each|every|any|of|the|these|this|those|that|your|my|our|here|whole|entire|"
    r"documents?|texts?|files?|folders?|collection|corpus|everything|it|them|above|current|"
    r"sources?|data ?base|index|library|document set|contents?|content) ?)+",
    re.IGNORECASE,
)
_ONE = re.compile(
    rf"(?:the (?:same |above )?(?:document|text|file|report|article|page|paper|one)|it|"
    rf"(?:this|that)(?: (?:same )?(?:one|{_NOUNS}))?)",
    re.IGNORECASE,
)
_MANY = re.compile(
    r"\b(?:all|these|those|documents|files|texts|folder|everything|them|corpus|"
    r"collection|your|my|here|library|index|database|sources)\b",
    re.IGNORECASE,
)
_JUDGMENT = re.compile(rf"\b{_SUMMARY} (?:judg|offen|dismiss|execution|trial|table)", re.IGNORECASE)
_THIS_ALONE = re.compile(r"(?:all )?(?:of )?(?:this|these)(?: all)?", re.IGNORECASE)
_THIS = re.compile(rf"{_THIS_ALONE.pattern}|that|it|those|they", re.IGNORECASE)
_WHAT_ABOUT = re.compile(r"(?:and )?(?:what|how) about (?P<a>.+?)[\s?!.]*", re.IGNORECASE)
_HEADED = re.compile(
    rf"(?:[\w'-]+ ){{0,4}}?{_NOUNS}(?!['\w])(?: (?:on|about|of|by|from|in|for|to|with|at)\b.*)?$",
    re.IGNORECASE,
)
_NOUN = re.compile(rf"\b{_NOUNS}\b|{_FILE}", re.IGNORECASE)


def requested(question: str, history: History = ()) -> Request | None:
    """What a question asks to sum up, or `None` if it asks for something else.

    >>> requested("Give me an overview of the staff handbook, please.").about
    'the staff handbook'
    >>> requested("What are these documents about?").of_folder
    True
    >>> requested("What is the summary judgment in the case?")
    """
    asked = " ".join(question.replace("’", "'").split()).removesuffix(", please.")
    if _JUDGMENT.search(asked):
        return None
    for shape in _COMPILED:
        if match := shape.fullmatch(asked):
            named = {name: words for name, words in match.groupdict().items() if words}
            return _request(named, history)
    follows = _WHAT_ABOUT.fullmatch(asked)
    if follows and history and requested(_asked(history[-1]), history[:-1]):
        return _request({"a": follows["a"]}, history)
    return None


def _request(named: dict[str, str], history: History) -> Request | None:
    subject = named.pop("subject", "")
    shape, about = next(iter(named.items()), ("", ""))
    about = _AROUND.sub("", about).strip()
    if shape and shape in _NEEDS_NOUN and not _NOUN.search(about):
        known = _THIS if shape == "d" else _THIS_ALONE
        if not known.fullmatch(about) or (history and shape != "d"):
            return None
    if subject:
        return Request(f"{subject} {about}".strip(), subject=True, only_subject=True)
    last = next((turn for turn in reversed(history) if isinstance(turn, Answer)), None)
    cited = last.citations[0].document if last and last.citations else ""
    alone = not about or (_ONE.fullmatch(about) and not _MANY.search(about))
    if alone and (cited or not _NOUN.search(about) or about.casefold().startswith("this")):
        return Request(document=cited)
    if _BARE.fullmatch(about):
        return Request()
    return Request(about, subject=shape in ("a", "b"))


def _asked(turn: Answer | str) -> str:
    return turn.question if isinstance(turn, Answer) else turn


def key_stems(about: str) -> dict[str, float]:
    """The stems of the words that name a document, with what each counts for.

    >>> key_stems("the report on garlic")
    {'report': 0.3, 'garlic': 1.0}
    """
    found: dict[str, float] = {}
    for word in words(about):
        if word not in STOP_WORDS:
            found[stem(word)] = 0.3 if _NOUN.fullmatch(word) else 1.0
    return found


def speaks_of_document(about: str) -> bool:
    """Whether words name a document and not only a subject.

    >>> [speaks_of_document(words) for words in ("the report on garlic", "the report's figures")]
    [True, False]
    """
    return bool(_HEADED.match(about))


def named_share(about: str, name: str) -> float:
    """How much of what names a document is in a title or an id.

    >>> named_share("the garlic leaflet", "growing-garlic.txt Garlic, from clove to plait")
    0.77
    """
    wanted = key_stems(about)
    have = {stem(word) for word in words(name.replace("_", " ").replace(".", " "))}
    total = sum(wanted.values())
    return round(sum(w for s, w in wanted.items() if s in have) / total, 2) if total else 0.0


def file_named(about: str, identifiers: Sequence[str]) -> str:
    """The id of the document whose path, or whose file's name, stands in the words."""
    said = about.casefold()
    paths = {identifier.casefold(): identifier for identifier in identifiers}
    files = {path.rpartition("/")[2]: identifier for path, identifier in paths.items()}
    for name, identifier in (*paths.items(), *files.items()):
        if name in said and re.search(rf"(?<![\w/.-]){re.escape(name)}(?!\w)", said):
            return identifier
    return ""
