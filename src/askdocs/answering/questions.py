"""What a question asks for: its kind, the thing asked about, and the words an answer must cover."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from askdocs.language import NUMBER_WORDS, STOP_WORDS, stem, words
from askdocs.retrieval_parts import parts


class Kind(StrEnum):
    """The form of answer a question asks for."""

    NUMBER = "number"
    DURATION = "duration"
    DATE = "date"
    PERSON = "person"
    PLACE = "place"
    NAME = "name"
    REASON = "reason"
    STATEMENT = "statement"
    DEFINITION = "definition"
    YES_NO = "yes/no"
    LIST = "list"
    SUMMARY = "summary"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart.

    `terms` are the words an answer has to cover, `head` those of them that name what is asked for
    ("how many *people*", "which *city*"), `names` those that name somebody or something, `context`
    the words taken over from the question before. `pairs` are places in `terms` of words that stand
    together in the question, such as "shareholder equity".
    """

    text: str
    kind: Kind
    terms: tuple[str, ...]
    head: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    context: tuple[str, ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()


_UNITS = r"(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?)"
_PLACES = (
    "city cities country countries town towns place places village street island region state"
    " county district province location venue hall building room capital river port harbour"
    " continent site"
)
_PEOPLE = (
    "person people man woman doctor minister author artist director president chief officer"
    " captain scientist researcher spokesman spokeswoman spokesperson teacher player founder"
    " employee politician councillor councilor mayor king queen child"
)
_QUANTITIES = (
    "number count amount total price cost costs fee fees fare fares charge rate percentage share"
    " proportion population budget size weight height length width depth distance temperature age"
    " salary wage revenue profit turnover score toll speed capacity value limit dose dosage"
    " maximum minimum average median allowance deposit fine"
)
_BODIES = (
    "company firm organisation organization group agency airline university school college bank"
    " party team club institution institute body department ministry museum outlet newspaper union"
    " court committee council charity contractor supplier manufacturer brand product service"
    " newspaper magazine journal ship boat vessel model language law book film song prize award"
)
_TIMES = "year day date month time hours deadline week weekday period season century quarter"


def _any_of(names: str) -> str:
    return "(?:" + "|".join(names.split()) + ")"


def _first(words: str) -> str:
    """A pattern for questions whose first question word is one of these."""
    return rf"^(?:(?!\b(?:who|whom|whose|where|what|which|how|why|when)\b).)*\b(?:{words})\b"


_RULES: tuple[tuple[Kind, str], ...] = (
    (
        Kind.SUMMARY,
        r"^(?:summari[sz]e|give (?:me )?a summary|sum up|what (?:is|are) (?:(?:this|these|the)"
        r"(?: documents?| texts?)?|it) (?:all )?about)\b",
    ),
    (
        Kind.DURATION,
        r"\b(?:how long (?!ago)|for how long|what (?:is|was) the (?:duration|length of time))",
    ),
    (Kind.DATE, r"\bhow long ago\b|\bhow soon\b|\bsince when\b|\buntil when\b"),
    (
        Kind.NUMBER,
        r"\bhow (?:many|much|old|far|tall|high|big|large|heavy|deep|wide|fast|often|few|"
        r"hot|cold|thick|loud|strong)\b",
    ),
    (
        Kind.NUMBER,
        rf"\b(?:what|which)(?:'s| is| are| was| were)? (?:\w+ ){{0,4}}?{_any_of(_QUANTITIES)}\b"
        rf"(?! (?:of the|of) {_any_of(_PLACES)}\b.*\bcalled)",
    ),
    (
        Kind.REASON,
        r"\bwhy\b|\bhow come\b|\bwhat (?:\w+ )?(?:caused?|causes|set off|sets off|triggered|"
        r"led to|prompted|sparked|made|started|brought about)\b|\b(?:for )?what reasons?\b|"
        r"\bwhat (?:is|was|were|are) the (?:\w+ )?(?:cause|causes|reason|reasons)\b",
    ),
    (
        Kind.STATEMENT,
        r"\bwhat (?:did|does|do|had|has|have) .{1,80}\b(?:say|said|tell|told|claim|claimed|"
        r"state|stated|announce|announced|write|written|think|report|reported|"
        r"recommend|recommended|argue|argued|warn|warned|promise|promised|explain)\b",
    ),
    (Kind.DATE, _first("when")),
    (
        Kind.DATE,
        rf"\b(?:what|which) (?:\w+ ){{0,2}}?{_any_of(_TIMES)}\b|\bat what time\b|"
        r"\bopening (?:hours|times)\b",
    ),
    (Kind.PERSON, rf"{_first('who|whom|whose')}|\b(?:what|which) (?:\w+ )?{_any_of(_PEOPLE)}\b"),
    (Kind.PLACE, rf"{_first('where')}|\b(?:what|which) (?:\w+ ){{0,2}}?{_any_of(_PLACES)}\b"),
    (Kind.NUMBER, r"^\s*(?:the )?(?:price|cost|fare|fee|number|total)s? "),
    (
        Kind.LIST,
        r"^(?:list|name|enumerate)\b|\bwhat (?:are|were) (?:all )?the\b|"
        r"\bwhich .{0,40}\b(?:are|were)\b",
    ),
    (
        Kind.YES_NO,
        r"^(?:is|are|was|were|do|does|did|can|could|may|must|should|shall|has|have|had|will|"
        r"would|am)(?:n't)? ",
    ),
    (
        Kind.DEFINITION,
        r"^(?:what|who) (?:is|are|was|were) (?:an? |the )?[\w' -]{2,40}\??$|^define\b|"
        r"\bwhat (?:does|do|did) .{1,60} (?:mean|stand for)\b|\b(?:meaning of|meant by)\b",
    ),
    (Kind.NAME, rf"\b(?:what|which) (?:\w+ ){{0,2}}?{_any_of(_BODIES)}\b"),
    (Kind.NAME, r"\b(?:what|which)(?:'s| is| was)? the (?:\w+ )?name\b|\b(?:called|named)\b"),
    (Kind.OTHER, r""),
)
_LEADING = re.compile(
    r"^\s*(?:(?:and|but|so|or|then|ok|okay|also|please|thanks|well)\b[,\s]*)+", re.IGNORECASE
)
_WHAT_ABOUT = re.compile(r"^\s*(?:and\s+)?(?:what|how) about\s+", re.IGNORECASE)
_HEAD = re.compile(r"\b(?:how (?:many|much)|what|which)\s+(.*)", re.IGNORECASE | re.DOTALL)
_STOPS_HEAD = frozenset(
    """is are was were be been got get gets won lost made makes am do does did has have had can
    could may might must shall should
    will would 's in on at by from to for with according per that which who when where as""".split()
)
_ASKING = frozenset(
    """many much what which who whom whose where when why how long old far name list tell define
    mean meant happen happened say said kind type sort please give summarise summarize exactly
    called documents document know total totally overall altogether number count amount size thing
    things want wants wanted""".split()
)
_ROLE = re.compile(r"\bwho (?:is|was|are|were) the (.+?)\b(?:of|in|at|for)\b", re.IGNORECASE)
_OF = re.compile(
    r"\b(?:number|size|amount|count|total|price|cost|weight|length|height|age|share|percentage)s? "
    r"of (.*)",
    re.IGNORECASE | re.DOTALL,
)
_CAUSING = frozenset(
    """set caused cause causes triggered led prompted sparked made started brought reason
    reasons""".split()
)
_CAPITALISED = re.compile(r"(?<![\w@#])[@#]?[A-Z][\w’'&.\-]*")


def analyse(question: str, earlier: Sequence[str] = ()) -> Question:
    """Take a question apart; `earlier` are the questions before it that it leans on.

    >>> q = analyse("How many members of the security forces were killed?")
    >>> str(q.kind), q.head, q.terms
    ('number', ('members', 'security', 'forces'), ('members', 'security', 'forces', 'killed'))
    """
    previous = analyse(earlier[-1], earlier[:-1]) if earlier else None
    bare = _LEADING.sub("", question).strip() or question
    about = _WHAT_ABOUT.match(question)
    kind = previous.kind if about and previous else kind_of(bare)
    terms = _terms(bare, kind)
    taken_over = (*previous.terms, *previous.context) if previous else ()
    if about and previous:
        taken_over = tuple(t for t in taken_over if stem(t) not in previous.names)
    context = tuple(t for t in taken_over if t not in terms)
    names = _names(bare)
    if previous and not terms:
        terms, context, names = previous.terms, previous.context, previous.names
    return Question(question, kind, terms, _head(bare), names, context, _pairs(bare, terms, names))


def parts_of(question: Question) -> list[Question]:
    """The parts of a question that asks several things; none if it asks one.

    >>> [part.text for part in parts_of(analyse("When did the inn open and who owned it?"))]
    ['When did the inn open?', 'who owned it?']
    """
    if question.context:
        return []
    return [analyse(part.text, part.earlier) for part in parts(question.text)]


def kind_of(question: str) -> Kind:
    """The kind of a question, by the first rule that fits.

    >>> [str(kind_of(q)) for q in ("What set off the protests?", "In which city was it?")]
    ['reason', 'place']
    """
    lowered = " ".join(question.lower().replace("’", "'").split())
    return next(kind for kind, pattern in _RULES if re.search(pattern, lowered))


_PHRASES = {
    r"\b(?:run|ran|runs|bump\w*|crash\w*|smash\w*) into\b": "hit",
    r"\b(?:lose|lost|loses) (?:his|her|their|its) (?:life|lives)\b|\bpass(?:ed)? away\b": "died",
    r"\bcall(?:ed)? off\b": "cancelled",
    r"\bput off\b": "postponed",
    r"\b(?:turn(?:ed)?|vote[sd]?) down\b": "rejected",
    r"\bin charge of\b": "lead",
    r"\b(?:find|found|finds) out\b": "discover",
    r"\b(?:take|took|takes) place\b": "held",
    r"\bset(?:s)? up\b": "founded",
    r"\bgot rid of\b": "removed",
}
"""Verbs of several words, whose parts say nothing of what they mean together."""


def _terms(question: str, kind: Kind) -> tuple[str, ...]:
    for phrase, word in _PHRASES.items():
        question = re.sub(phrase, word, question, flags=re.IGNORECASE)
    kept = [w for w in words(question) if w not in STOP_WORDS and w not in _ASKING]
    if kind is Kind.REASON:
        kept = [word for word in kept if word not in _CAUSING]
    return tuple(dict.fromkeys(kept))


def _pairs(
    question: str, terms: Sequence[str], names: frozenset[str]
) -> tuple[tuple[int, int], ...]:
    """The places of terms that stand together: no more than two stop words between them."""
    found = []
    last, gap = "", 0
    for word in words(question):
        if word in terms and stem(word) not in names:
            if last and gap <= _BETWEEN and word != last:
                found.append((terms.index(last), terms.index(word)))
            last, gap = word, 0
        elif word in terms:
            last = ""
        else:
            gap += 1
    return tuple(dict.fromkeys(found))


_BETWEEN = 2


def _head(question: str) -> tuple[str, ...]:
    """What is counted or chosen: the words between the question word and the verb."""
    straight = question.replace("’", "'")
    match = _ROLE.search(straight) or _OF.search(straight) or _HEAD.search(straight)
    if not match:
        return ()
    head: list[str] = []
    for word in words(match.group(1)):
        if word in _STOPS_HEAD or (head and (word.endswith("ed") or word in NUMBER_WORDS)):
            break
        if word not in STOP_WORDS and word not in _ASKING:
            head.append(word)
    return tuple(head)


def _names(question: str) -> frozenset[str]:
    """Stems of the capitalised words, but for the first of the sentence, and of all numbers."""
    found: set[str] = set()
    for match in _CAPITALISED.finditer(question):
        if match.start() > 0:
            found.update(words(match.group()))
    found.update(word for word in words(question) if word[0].isdigit())
    return frozenset(stem(word) for word in found if word not in STOP_WORDS and word not in _ASKING)
