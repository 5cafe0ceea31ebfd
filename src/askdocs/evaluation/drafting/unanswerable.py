"""Drafts questions that the documents do not answer, though they speak of what is asked about.

One kind asks of somebody or something what is often asked and is not told here; the other asks a
question that the documents do answer, of another name. Neither is taken if any document with that
name has the words that an answer would need: better too few than one that can be answered.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from askdocs.answering.values import names
from askdocs.evaluation.drafting.choice import terms
from askdocs.evaluation.drafting.naming import is_body, is_firm, name_of_person
from askdocs.evaluation.drafting.types import Drafted, Sentence
from askdocs.language import stem, words
from askdocs.types import Document

_PERSON = (
    ("Where was {} born?", "born birth birthplace native birthdate"),
    ("Which university did {} go to?", "university college degree graduate study school education"),
    ("Who is {} married to?", "married wife husband spouse marry marital widow"),
    ("How much does {} earn?", "salary earn pay paid wage income compensation remuneration"),
    ("What is the telephone number of {}?", "telephone phone call tel contact ring ext"),
)
_BODY = (
    ("Who founded {}?", "found founder founded founding establish established set start create"),
    ("How many people work for {}?", "employ employee staff work worker workforce personnel"),
    ("Where is the head office of {}?", "headquarter office based seat located base address"),
    ("What is the telephone number of {}?", "telephone phone call tel contact ring ext"),
    ("Who audits {}?", "audit auditor accountant"),
    ("What is the web address of {}?", "web website www http https online internet site"),
)
_PLACE = (
    ("How many inhabitants does {} have?", "inhabitant population resident people census"),
    ("Who is the mayor of {}?", "mayor"),
    ("When was {} founded?", "founded found established settled built"),
)
_LOCATED = re.compile(r"\b(?:in|near|from) (?P<place>[A-Z][a-z]{3,}(?: [A-Z][a-z]+)?)\b")
_OF_PERSON = re.compile(
    r"(?:(?:Dr|Mr|Mrs|Ms|Prof|Sir|Capt|Captain)\.? )(?:[A-Z][\w’'.-]* )*[A-Z][\w’'-]+$"
    r"|[A-Z]\. [A-Z][\w’'-]+$|[A-Z][\w’'-]+ [A-Z][\w’'-]+$"
)
_OVERLAP = 0.5
_SURE = 0.7


def unanswerable(
    documents: Mapping[str, Document], sentences: Collection[Sentence], good: Iterable[Drafted]
) -> Iterator[Drafted]:
    """Questions without an answer in the documents; each has the sentence that it sprang from.

    The type tells the form, so that they can be spread over the forms.
    """
    kinds = _entities(sentences)
    places = _Places(documents)
    for name, (kind, sentence) in kinds.items():
        said = places.words_at(name)
        for form, cues in _ASKED[kind]:
            if not said & {stem(cue) for cue in cues.split()}:
                yield Drafted(form, form.format(_with_article(name, sentence)), (), sentence, 0.7)
    yield from _of_others(places, kinds, sentences, good)


def _entities(sentences: Collection[Sentence]) -> dict[str, tuple[str, Sentence]]:
    """The people, bodies and places that are surely such, with a sentence that names them."""
    found: dict[str, tuple[str, Sentence]] = {}
    places: Counter[str] = Counter()
    first: dict[str, Sentence] = {}
    for sentence in sentences:
        for value in names(sentence.text):
            name = re.sub(r"^(?:The|the) ", "", value.text)
            if len(name.split()) > 5 or re.search(r"[’']s?$|\.$|[|*#]", name):
                continue
            if is_body(name) and len(name.split()) > 1:
                found.setdefault(name, ("body", sentence))
            elif name_of_person(name) and (person := _person(name)):
                found.setdefault(person, ("person", sentence))
        for located in _LOCATED.finditer(sentence.text):
            places[located["place"]] += 1
            first.setdefault(located["place"], sentence)
    everything = "\n".join(sentence.text for sentence in sentences)
    taken = {part for name in found for part in name.split()}
    for place, often in places.items():
        named = len(re.findall(rf"\b{re.escape(place)}\b", everything))
        small = re.search(rf"\b{re.escape(place.lower())}\b", everything)
        surely = often > 1 and often >= named / 2 and not small and place not in _MONTHS
        if surely and not taken & set(place.split()):
            found.setdefault(place, ("place", first[place]))
    return found


def _person(name: str) -> str:
    """A person as one speaks of them: without an office before the name.

    >>> _person("Court Clerk O. Murphy"), _person("President of Oslo Ana Ruiz"), _person("Dr. Ruiz")
    ('O. Murphy', 'Ana Ruiz', 'Dr. Ruiz')
    """
    found = _OF_PERSON.search(name)
    return found[0] if found else ""


def _with_article(name: str, sentence: Sentence) -> str:
    if " of " in name:
        return f"the {name}"
    return f"the {name}" if re.search(rf"\bthe {re.escape(name)}", sentence.text, re.I) else name


class _Places:
    """Which documents have a name, by its last word, and what words they have."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents
        self._known: dict[str, tuple[str, ...]] = {}
        self._words: dict[str, frozenset[str]] = {}

    def of(self, name: str) -> tuple[str, ...]:
        last = name.split()[-1]
        if last not in self._known:
            found = (one for one, document in self._documents.items() if last in document.text)
            self._known[last] = tuple(found)
        return self._known[last]

    def words_at(self, name: str) -> frozenset[str]:
        return frozenset().union(*map(self._stems, self.of(name)))

    def _stems(self, identifier: str) -> frozenset[str]:
        if identifier not in self._words:
            said = frozenset(words(self._documents[identifier].text))
            self._words[identifier] = frozenset(map(stem, said))
        return self._words[identifier]


def _of_others(
    places: _Places,
    kinds: Mapping[str, tuple[str, Sentence]],
    sentences: Collection[Sentence],
    good: Iterable[Drafted],
) -> Iterator[Drafted]:
    """Questions that have an answer, asked of another firm or person, of whom it is not told."""
    alike = {name: found for name, found in kinds.items() if found[0] == "person" or is_firm(name)}
    told: dict[str, list[frozenset[str]]] = defaultdict(list)
    for sentence in sentences:
        told[sentence.document].append(terms(sentence.text))
    for draft in good:
        inside = [name for name in alike if name in draft.question]
        if len(inside) != 1 or draft.worth < _SURE or draft.type not in ("number", "date", "name"):
            continue
        (own,) = inside
        asked = terms(draft.question) - terms(own)
        for other, (kind, source) in alike.items():
            if kind != alike[own][0] or source.document == draft.sentence.document:
                continue
            said = (one for place in places.of(other) for one in told[place])
            if all(len(asked & one) < _OVERLAP * len(asked) for one in said):
                question = _asked_of(draft.question, own, _with_article(other, source))
                yield Drafted("another", question, (), source, 0.7)
                break


def _asked_of(question: str, own: str, other: str) -> str:
    """The question with another name in place of its own.

    >>> _asked_of("When did the Bank of Oslo open?", "Bank of Oslo", "Acme Ltd")
    'When did Acme Ltd open?'
    """
    for form in (f"the {own} ", f"{own}. ", f"{own} "):
        question = question.replace(form, f"{other} ")
    return question.replace(own, other).replace("s's ", "s' ")


_ASKED = {"person": _PERSON, "body": _BODY, "place": _PLACE}
_MONTHS = frozenset(
    "January February March April May June July August September October November December Monday"
    " Tuesday Wednesday Thursday Friday Saturday Sunday".split()
)
