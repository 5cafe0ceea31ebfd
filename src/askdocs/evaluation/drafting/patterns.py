"""Turns the clauses of sentences into questions with their answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from askdocs.answering.values import dates, durations, names, numbers
from askdocs.evaluation.drafting.clauses import COPULAS, Clause, hangs, take_apart
from askdocs.evaluation.drafting.naming import is_body, name_of_person
from askdocs.evaluation.drafting.numbers import (
    counted_subject,
    for_how_much,
    how_much,
    there_are,
    what_was,
)
from askdocs.evaluation.drafting.types import Drafted, Sentence, drafted, is_vague
from askdocs.evaluation.drafting.verbs import AUXILIARIES, PARTICIPLES, PAST, finite

_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_DAY = re.compile(r"\b\d{1,2}(?:st|nd|rd|th)?\b.*[A-Z]|[A-Z]\w+ \d{1,2}\b")
_HAPPENS_SOMEWHERE = frozenset(
    """born held open build found find establish base locate die study arrest launch sink strike
    meet hold live lead detain kill host bury bear take start begin restore discover capture hold
    serve relocate display exhibit teach""".split()
)
_OBJECT = re.compile(
    r"(?:(?:a|an|the|its|their|his|her) )?(?:own )?['‘]?(?P<object>[^,]+?)['’]?"
    r"(?P<rest>(?: (?:in|for|from|on|at|to|with|as) .*)?)$"
)
_BEFORE_OBJECTS = frozenset("to in on at for from with as by her him it them up out into".split())
_TAKES_OBJECT = frozenset(
    """acquire buy purchase publish win introduce invent receive sell impose declare launch open
    sign discover design replace found join sponsor supply own adopt award name""".split()
)
_WEAK = frozenset("may can must might should could is asked thought".split())
_SAYS = frozenset("said stated claimed announced reported warned argued explained promised".split())


_Draft = Callable[[Clause, Sentence], Iterator[Drafted]]


def from_sentence(sentence: Sentence) -> Iterator[Drafted]:
    """All questions that a sentence answers, as far as it is plain enough to tell.

    >>> text = "In May 2021, Acme Ltd bought Bolt Inc for $3 million."
    >>> [(d.question, d.all_of) for d in from_sentence(Sentence("a", 0, text, text))]
    [('When did Acme Ltd buy Bolt Inc for $3 million?', (('May 2021',),)), \
('For how much did Acme Ltd buy Bolt Inc in May 2021?', (('$3 million',),)), \
('What did Acme Ltd buy for $3 million in May 2021?', (('Bolt Inc',),))]
    """
    yield from (one for one in _all(sentence) if not hangs(one.question))


def _all(sentence: Sentence) -> Iterator[Drafted]:
    yield from counted_subject(sentence)
    yield from there_are(sentence)
    clause = take_apart(sentence.text)
    if clause and re.match(r"(?:and|but|or)\b", clause.rest):
        return
    if clause and not (clause.verb[-1] in AUXILIARIES and clause.rest.startswith("to ")):
        for draft in _DRAFTS:
            yield from draft(clause, sentence)


def _when(clause: Clause, sentence: Sentence) -> Iterator[Drafted]:
    if clause.verb in COPULAS and clause.rest.strip():
        return
    found = _only_date(clause.lead)
    if found and re.fullmatch(rf"(?:In|On|the|\s)*{re.escape(found)}", clause.lead):
        yield drafted("date", clause.asked("When", clause.rest, lead=False), found, sentence, 0.9)
        return
    match = re.search(
        r"(?:^|\s)(?P<since>in|on|since)\s+(?P<date>(?:the )?[^,]*\d.*)$", clause.rest
    )
    if match and not clause.lead:
        date = _only_date(match["date"])
        if date and date == match["date"].removeprefix("the "):
            word = "Since when" if match["since"] == "since" else "When"
            question = clause.asked(word, clause.rest[: match.start()])
            if clause.rest[: match.start()].strip() or clause.main:
                yield drafted("date", question, date, sentence, 0.9)


def _who(clause: Clause, sentence: Sentence) -> Iterator[Drafted]:
    """The subject, where it is somebody; what was said that way, too."""
    says = clause.verb[0] in _SAYS and len(clause.verb) == 1
    someone = name_of_person(clause.subject)
    if clause.verb[0] in ("are", "were", "have"):
        return
    if says and not someone:
        return
    if someone and len(clause.rest.split()) >= 2 and not is_vague(clause.rest):
        before = clause.lead[:1].lower() + clause.lead[1:]
        said = " ".join(f"Who {' '.join(clause.verb)} {clause.rest} {before}".split())
        worth = 0.4 if clause.verb[0] in _WEAK else 0.8
        yield drafted("person", f"{said}?", someone, sentence, worth)


def _by_whom(clause: Clause, sentence: Sentence) -> Iterator[Drafted]:
    found = re.search(r"(?:^|\s)by (?P<agent>.+)$", clause.rest)
    if not found or clause.verb[-1] not in PARTICIPLES or len(clause.verb) < 2:
        return
    for name in names(found["agent"])[:1]:
        if found["agent"].removeprefix("the ").startswith(name.text) and " " in name.text:
            rest = clause.rest[: found.start()].strip()
            someone = name_of_person(name.text)
            body = is_body(name.text)
            if someone or body:
                kind = "person" if someone else "organisation"
                word = "By whom" if someone else "By which organisation"
                answer = someone or name.text
                yield drafted(kind, clause.asked(word, rest), answer, sentence, 0.7)


def _where(clause: Clause, sentence: Sentence) -> Iterator[Drafted]:
    verb = PAST.get(clause.verb[0]) or PARTICIPLES.get(clause.verb[-1], "")
    found = re.search(r"(?:^|\s)(?:in|at|near|off) (?P<place>(?:the )?[A-Z].*)$", clause.rest)
    if not found or verb not in _HAPPENS_SOMEWHERE:
        return
    place = found["place"].removeprefix("the ")
    if (
        not dates(place)
        and not is_body(place)
        and [n.text for n in names(f"in {place}")] == [place]
    ):
        rest = re.sub(r"\s*\b(?:on|in) (?:the )?[^,]*\d.*$", "", clause.rest[: found.start()])
        question = clause.asked("Where", rest.strip())
        yield drafted("place", question, place, sentence, 0.8)


def _how_long(clause: Clause, sentence: Sentence) -> Iterator[Drafted]:
    for value in durations(clause.rest)[:1]:
        before = clause.rest[: value.start].rstrip()
        base = PAST.get(clause.verb[0], clause.verb[0])
        lasts = not before and base in ("last", "lasts", "takes", "take")
        if lasts or before.endswith(" for") or before == "for":
            rest = f"{before.removesuffix('for').strip()} {clause.rest[value.end :].strip()}"
            if not numbers(rest) and not re.match(
                r"\s*(?:of|old|and|to)\b", clause.rest[value.end :]
            ):
                question = clause.asked("How long", rest)
                yield drafted("duration", question, value.text, sentence, 0.8)


def _what(clause: Clause, sentence: Sentence) -> Iterator[Drafted]:
    """What was bought, published and so on: an object that is a name or a few words."""
    base = PAST.get(clause.verb[0], "")
    if len(clause.verb) > 1 or base not in _TAKES_OBJECT:
        return
    found = _OBJECT.match(clause.rest)
    if found and _no_object(found["object"]):
        return
    if found and 1 <= len(found["object"].split()) <= 5 and not numbers(found["object"]):
        question = clause.asked("What", found["rest"].strip())
        named = found["object"][0].isupper()
        if named or clause.lead or found["rest"]:
            worth = 0.7 if named else 0.5
            yield drafted("name", question, found["object"], sentence, worth)


def _no_object(words: str) -> bool:
    first, last = words.split()[0].lower(), words.split()[-1]
    if words[0].islower() and " " not in words:
        return True
    return first in _BEFORE_OBJECTS or finite(last) or last.endswith(("ed", "ing"))


def _why(clause: Clause, sentence: Sentence) -> Iterator[Drafted]:
    found = re.search(r"\s(?:because of|due to|owing to|as a result of) (?P<why>.+)$", clause.rest)
    named = clause.subject[0].isupper() or clause.subject.startswith("the ")
    if found and named and clause.verb not in COPULAS and 1 <= len(found["why"].split()) <= 7:
        reason = re.sub(r"^(?:the|a|an) ", "", found["why"])
        question = clause.asked("Why", clause.rest[: found.start()].strip())
        yield drafted("reason", question, reason, sentence, 0.6)


_DRAFTS: tuple[_Draft, ...] = (
    _when, how_much, for_how_much, what_was, _who, _by_whom, _where, _how_long, _what, _why,
)  # fmt: skip


def _only_date(text: str) -> str:
    """The one date in a text if it tells a day, a month or a year; else empty."""
    found = [value.text.rstrip(".") for value in dates(text)]
    if len(found) == 1 and (_YEAR.search(found[0]) or _DAY.search(found[0])):
        return found[0]
    return ""
