"""Takes a plain sentence apart: what goes before, who does it, the verb, and the rest.

Only what is surely plain is taken: a sentence that is not gives no clause. Drafting has many
sentences to choose from, and a question that somebody has to throw away costs that person time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from askdocs.answering.values import dates
from askdocs.evaluation.drafting.verbs import AUXILIARIES, PARTICIPLES, finite, helped
from askdocs.language import NUMBER_WORDS

_CONNECTIVE = re.compile(
    r"^(?:additionally|furthermore|moreover|however|also|finally|overall|then|notably|subsequently"
    r"|meanwhile|in addition|as a result|consequently|nevertheless|specifically|firstly|secondly"
    r"|thirdly|lastly|to date|in total|in all),\s+",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?P<lead>(?i:In|On|During|By|Since|From|At|After|Before|Until|Between|Within|Under) "
    r"[^,;:()]{2,60}?(?:\d{1,2}, \d{4})?),\s+"
)
COPULAS = (("is",), ("was",), ("are",), ("were",))
"""The verb alone, where it only joins two names for the same."""
_POINTING = re.compile(
    r"\b(?:this|these|those|that|it|they|them|he|she|him|his|her|hers|we|us|our|i|my|you|your"
    r"|the same|the latter|the former|such|another|other|others|here|there|the following"
    r"|the above|the other)\b",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:its|their|theirs)\b", re.IGNORECASE)
_END = re.compile(
    r"[;:!?—]| [–-] |\s\(|,(?!\d{3}\b)(?! \d{4}\b)|[“”]"
    r"|\s(?:which|who|whom|whose|where|while|when|because(?! of)|although|though|whereas|so|if"
    r"|until|unless|before|after|since (?!\d)|that|thereby|thus|following (?!the)|prompting"
    r"|to (?:allow|enable|ensure|help)|as (?:it|he|she|they|well|part))\b"
    r"|(?<!\bin)(?<!\bby)(?<!\bof)(?<!\bfor)(?<!\bfrom)(?<!\bto)(?<!\bon)"
    r"(?<!\bwith)(?<!\bat)(?<!\bthe)(?<!\ba)(?<!\ban)(?<!\band)"
    r"\s\w{3,}ing (?=(?:the|a|an|its|in|for|to|from)\b)"
)
_COORDINATED = re.compile(r"\s(?:and|but|or) (?:\w+ly |then |also )?(?P<verb>\w+)")
_HANGING = re.compile(
    r"\b(?:the|a|an|of|in|by|to|its|at|for|with|from|on|as|be|and|or|than|over|about|into|between)$"
    r"|\b(?:at|in) \d{1,3}(?: (?:on|in)\b|$)"
)
_NO_SUBJECT = frozenset(
    """in on during by at after before following under with for from as while when if given based
    since until despite due done although though because according""".split()
)
_NOT = re.compile(r"\b(?:not|never|no|none|nor|neither|without|hardly)\b|n['’]t\b", re.IGNORECASE)
_ADVERBS = frozenset(
    "also already still now then again later first recently currently officially successfully"
    " jointly further once only just".split()
)
_GENERIC = frozenset(
    """legal proceedings case hearing trial meeting
    company firm organization organisation court patient defendant plaintiff report study team
    group move acquisition event decision partnership program programme project strategy initiative
    restructuring increase decrease result impact documents text results person party case amount
    number total price figure agreement plan plans government authorities author authors officials
    police president department board management investigation ceo chairman""".split()
)
_LONGEST_SUBJECT = 9


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence taken apart. `lead` goes before it, `extra` tells who the subject is."""

    lead: str
    subject: str
    extra: str
    verb: tuple[str, ...]
    rest: str

    @property
    def helper(self) -> str:
        """The word that begins a question about it, after the question word."""
        return self.verb[0] if self.verb[0] in AUXILIARIES else helped(self.verb[0])[0]

    @property
    def main(self) -> str:
        """The other words of the verb, as they stand in a question."""
        if self.verb[0] not in AUXILIARIES:
            return helped(self.verb[0])[1]
        return " ".join(self.verb[1:])

    @property
    def subject_inside(self) -> str:
        """The subject as it stands within a sentence."""
        return re.sub(r"^(?:The|All|Some|Most|Many)\b", lambda m: m[0].lower(), self.subject)

    def asked(self, word: str, rest: str, *, lead: bool = True) -> str:
        """The question that `word` begins, with `rest` at its end.

        >>> Clause("In 2019", "Acme", "", ("sold",), "").asked("What", "")
        'What did Acme sell in 2019?'
        """
        before = self.lead[:1].lower() + self.lead[1:] if lead else ""
        said = [word, self.helper, self.subject_inside, self.main, rest, before]
        return f"{' '.join(' '.join(said).split())}?"


def take_apart(text: str) -> Clause | None:
    """The clause that a plain sentence begins with, `None` if it is not plain.

    What opens the sentence keeps its capital: `sentences` took it away where it was no name's.

    >>> take_apart("In May 2021, Acme Ltd bought Bolt for $3 million, its first purchase.")
    Clause(lead='In May 2021', subject='Acme Ltd', extra='', verb=('bought',), \
rest='Bolt for $3 million')
    """
    lead, text = without_lead(text)
    tokens = text.split(" ")
    place = _verb_place(tokens)
    if not place or (lead and (_POINTING.search(lead) or _OWN.search(lead))):
        return None
    subject, extra = _without_extra(" ".join(tokens[:place]))
    verb, used = _verb(tokens[place:])
    rest = " ".join(tokens[place + used :])
    if not verb or not is_subject(subject) or _NOT.search(" ".join(verb) + " " + rest[:20]):
        return None
    return Clause(lead, subject, extra, verb, up_to_end(rest))


def without_lead(text: str) -> tuple[str, str]:
    """What goes before a sentence, such as "In May 2021", and the sentence without it."""
    lead = ""
    for _ in range(3):
        text = _CONNECTIVE.sub("", text)
        found = _LEAD.match(text)
        if found and not lead:
            lead = found["lead"]
            text = text[found.end() :]
    return lead, text


def up_to_end(rest: str) -> str:
    """The words up to the next clause, without the marks at the end.

    >>> up_to_end("a fraud and took action"), up_to_end("on May 3, 2021, a Monday.")
    ('a fraud', 'on May 3, 2021')
    """
    found = _END.search(rest)
    while found and _within_date(rest, found.start()):
        found = _END.search(rest, found.end())
    rest = rest[: found.start()] if found else rest
    for joined in _COORDINATED.finditer(rest):
        if finite(joined["verb"]) or joined["verb"] in PARTICIPLES:
            rest = rest[: joined.start()]
            break
    return re.sub(r",? \w+(?<!fami)(?<!assemb)ly$", "", rest.strip().rstrip(".,;: "))


def hangs(words: str) -> bool:
    """Whether the words end in the middle of something.

    >>> hangs("blamed the unrest on"), hangs("blamed the unrest")
    (True, False)
    """
    return bool(_HANGING.search(words.rstrip("? ")))


def is_subject(subject: str) -> bool:
    """Whether the words name somebody or something by themselves.

    >>> [is_subject(s) for s in ("The Long Walk", "It", "The company", "The price of eggs")]
    [True, False, False, True]
    """
    words = subject.split()
    if not words or len(words) > _LONGEST_SUBJECT or re.search(r"[,;:()“”\"\[\]|/]", subject):
        return False
    if not subject[0].isalpha() or words[0].lower() in ("a", "an", "there", "what", "who", "how"):
        return False
    if _POINTING.search(subject) or _OWN.search(subject):
        return False
    if words[0].lower() in _NO_SUBJECT or words[0].lower() in NUMBER_WORDS:
        return False
    if words[0].endswith("ing") or re.search(r"(?<!of)(?<!in)(?<!for)(?<!on)(?<!at) the ", subject):
        return False
    if re.search(r"\b(?:who|which|what|where|when)\b", subject) or any(map(finite, words[1:-1])):
        return False
    telling = [word for word in words if word.lower() not in _GENERIC and word.lower() != "the"]
    return bool(telling) and (len(telling) > 1 or telling[0][0].isupper())


def points_elsewhere(question: str, *, own: bool) -> bool:
    """Whether a question has a word that only what stands before it explains.

    With `own`, "its" and "their" have somebody to belong to.
    """
    return bool(_POINTING.search(question) or (not own and _OWN.search(question)))


def _within_date(text: str, position: int) -> bool:
    return any(value.start < position < value.end for value in dates(text))


def _verb_place(tokens: list[str]) -> int:
    """Where the verb begins, 0 if that is not clear."""
    for place, token in enumerate(tokens[:22]):
        word = token.strip(",").lower()
        if place and finite(word) and token.islower() and not token.endswith(","):
            before = tokens[place - 1].lower()
            if before.endswith(("'s", "’s", "s'", "s’")) or before in (
                "the",
                "a",
                "an",
                "to",
                "of",
                "and",
                "or",
                "its",
                "their",
                "newly",
            ):
                continue
            after = tokens[place + 1].lower() if place + 1 < len(tokens) else ""
            if word not in AUXILIARIES and (after in AUXILIARIES or finite(after)):
                return 0
            return place
    return 0


def _verb(tokens: list[str]) -> tuple[tuple[str, ...], int]:
    """The words of the verb and how many they are, adverbs counted."""
    words = [token.lower() for token in tokens]
    if words[0] not in AUXILIARIES:
        return (words[0],), 1
    verb, used = [words[0]], 1
    for word in words[1:5]:
        if word in ("been", "be") or word in PARTICIPLES:
            verb.append(word)
        elif not (word in _ADVERBS or word.endswith("ly")):
            break
        used += 1
        if verb[-1] in PARTICIPLES and len(verb) > 1:
            break
    while used > 1 and words[used - 1] not in verb:
        used -= 1
    return tuple(verb), used


def _without_extra(subject: str) -> tuple[str, str]:
    """The subject, and what stands between commas after it."""
    found = re.fullmatch(r"([^,]+), ([^,]+(?:, [^,]+)?),", subject)
    if found:
        return found[1], found[2]
    adverb = re.sub(r"\s+(?:\w+ly|also|already|still|now|then|later|again)$", "", subject)
    return adverb, ""
