"""Turns clauses with numbers into questions: how many, how much, by how much."""

from __future__ import annotations

import re
from collections.abc import Iterator

from askdocs.answering.values import numbers
from askdocs.evaluation.drafting.clauses import COPULAS, Clause, up_to_end, without_lead
from askdocs.evaluation.drafting.types import Drafted, Sentence, drafted
from askdocs.evaluation.drafting.verbs import AUXILIARIES, PARTICIPLES, PAST, finite

_MONEY = re.compile(r"[$€£¥₹]|\b(?:dollars|euros|pounds|tenge|yen)\b")

_OF_WHAT = re.compile(r"^of (?:\w+ ){0,2}?\w+(?= in\b| from\b| through\b| to\b|$)")

_COUNTED = re.compile(r"(?P<noun>(?:[a-z-]+ ){0,2}?(?:[a-z-]{3,}s|people|children|men|women))\b")

_NOT_COUNTED = frozenset(
    "times plus has was is as this its his less across various previous his points percents cents"
    " dollars euros pounds".split()
)

_CHANGE = frozenset(
    "increase decrease rise fall grow drop decline improve reduce shrink climb expand cut".split()
)

_AMOUNTS_TO = frozenset("reached totalled totaled exceeded amounted stood equalled".split())


def how_much(clause: Clause, sentence: Sentence) -> Iterator[Drafted]:
    """The number right after the verb: money, or things that are counted."""
    for value in numbers(clause.rest)[:1]:
        before, after = clause.rest[: value.start].strip(), clause.rest[value.end :].strip()
        if before or clause.verb in COPULAS or clause.verb[-1] in (*_AMOUNTS_TO, "passed"):
            return
        if _MONEY.search(value.text):
            rest = _OF_WHAT.sub("", after).strip()
            if re.match(r"(?:in|from|to|through|for|of|at|on|$)\b|$", rest):
                question = clause.asked("How much", rest)
                yield drafted("number", question, value.text, sentence, 0.8)
        elif counted := _noun(after):
            word, verb = f"How many {counted}", clause
            if clause.verb in (("has",), ("have",), ("had",)):
                yield _has(clause, word, after[len(counted) :], value.text, sentence)
            elif clause.verb[0] not in ("has", "have", "had") or len(clause.verb) > 1:
                question = verb.asked(word, after[len(counted) :].strip())
                yield drafted("number", question, value.text, sentence, 0.8)


def _has(clause: Clause, word: str, rest: str, value: str, sentence: Sentence) -> Drafted:
    helper = {"has": "does", "have": "do", "had": "did"}[clause.verb[0]]
    before = clause.lead[:1].lower() + clause.lead[1:]
    said = " ".join(f"{word} {helper} {clause.subject_inside} have {rest} {before}".split())
    return drafted("number", f"{said}?", value, sentence, 0.9)


def for_how_much(clause: Clause, sentence: Sentence) -> Iterator[Drafted]:
    """What was paid for something, and by how much something changed."""
    for value in numbers(clause.rest):
        before = clause.rest[: value.start].rstrip()
        word = before.rpartition(" ")[2]
        base = PAST.get(clause.verb[0]) or PARTICIPLES.get(clause.verb[-1], "")
        by = word == "by" and base in _CHANGE
        if by or (word == "for" and _MONEY.search(value.text)):
            rest = f"{before[: -len(word)].strip()} {clause.rest[value.end :].strip()}"
            question = clause.asked("By how much" if by else "For how much", rest)
            yield drafted("number", question, value.text, sentence, 0.8)


def what_was(clause: Clause, sentence: Sentence) -> Iterator[Drafted]:
    """What something was, as in "The price of eggs was £3"."""
    copula = clause.verb in (("is",), ("was",))
    if not copula and (clause.verb[0] not in _AMOUNTS_TO or len(clause.verb) > 1):
        return
    rest = re.sub(r"^(?:to|at)\s+", "", clause.rest)
    for value in numbers(rest)[:1]:
        measured = re.search(r"[^\d.,\s]", value.text) or not copula
        if value.start == 0 and measured and not re.match(r"\s*[a-z-]", rest[value.end :]):
            several = re.search(r"[^s]s$", clause.subject.partition(" of ")[0])
            verb = clause.verb[0] if copula else "were" if several else "was"
            before = clause.lead[:1].lower() + clause.lead[1:]
            question = " ".join(f"What {verb} {clause.subject_inside} {before}".split())
            yield drafted("number", f"{question}?", value.text, sentence, 0.8)


def counted_subject(sentence: Sentence) -> Iterator[Drafted]:
    """What is counted does it: "44 people died"."""
    lead, text = without_lead(sentence.text)
    for value in numbers(text)[:1]:
        after = text[value.end :].strip()
        noun = _noun(after)
        words = up_to_end(after).split()
        verb = next((i for i, word in enumerate(words) if finite(word) and word.islower()), 0)
        inside = words[len(noun.split()) : verb]
        if (
            value.start
            or not noun
            or not 0 < verb <= 6
            or (inside and inside[0] not in ("of", "in"))
        ):
            continue
        if value.text[-1].isalpha() and value.amount is None:
            continue
        before = lead[:1].lower() + lead[1:]
        question = " ".join(f"How many {' '.join(words)} {before}".split())
        yield drafted("number", f"{question}?", value.text, sentence, 0.8)


def there_are(sentence: Sentence) -> Iterator[Drafted]:
    """What is counted is there: "There were 46 nests"."""
    lead, text = without_lead(sentence.text)
    found = re.match(r"[Tt]here (?P<verb>are|were|have been) ", text)
    for value in numbers(text)[:1] if found else ():
        after = text[value.end :].strip()
        noun = _noun(after)
        if found and value.start == found.end() and noun:
            verb, _, participle = found["verb"].partition(" ")
            rest = up_to_end(after)[len(noun) :].strip()
            before = lead[:1].lower() + lead[1:]
            said = f"How many {noun} {verb} there {participle} {rest} {before}"
            yield drafted("number", f"{' '.join(said.split())}?", value.text, sentence, 0.8)


def _noun(after: str) -> str:
    found = _COUNTED.match(after)
    if not found or set(found["noun"].split()) & _NOT_COUNTED:
        return ""
    words = found["noun"].split()
    if any(finite(w) or w in AUXILIARIES or w in ("of", "in", "and", "to") for w in words[:-1]):
        return ""
    return found["noun"]
