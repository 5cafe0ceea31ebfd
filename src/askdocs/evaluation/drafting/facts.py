"""Turns what documents say in a set form into questions: who and what is what, fields, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from askdocs.answering.naming import initials
from askdocs.evaluation.drafting.clauses import COPULAS, is_subject, take_apart
from askdocs.evaluation.drafting.naming import is_body, name_of_person
from askdocs.evaluation.drafting.sentences import plain
from askdocs.evaluation.drafting.types import Drafted, Sentence
from askdocs.language import content_words
from askdocs.splitting import TABLE_ROW
from askdocs.types import Document

_SHORT_FORM = re.compile(
    r"\b(?P<full>[A-Z][\w-]+(?: (?:of|and|for|the|[A-Z][\w-]+)){1,6}) \((?P<short>[A-Z]{2,6})\)"
)
_KIND = re.compile(
    r"^(?:an?|the name of an?) (?P<kind>(?:[\w'’-]+ ){0,4}?[\w'’-]+?)"
    r"(?=$| (?:of|for|with|in|on|at|from|by|to|near|based|established|founded|located|specializing"
    r"|specialising|designed|built|made|used|called|named|run|owned|known|who|which|that|where)\b)"
)
_NO_KIND = frozenset(
    "lot number part result matter member good better bad great little few".split()
)
_OCCUPATIONS = (
    "engineer master warden clerk mayor director manager president chairman chairwoman chair"
    " captain architect botanist zoologist biologist chemist physicist scientist economist"
    " historian professor lecturer teacher headteacher doctor physician surgeon nurse lawyer"
    " solicitor judge prosecutor officer secretary minister governor senator councillor spokesman"
    " spokeswoman spokesperson editor author writer poet painter sculptor composer singer actor"
    " actress journalist correspondent reporter photographer skipper deckhand fisherman farmer"
    " builder electrician carpenter shopkeeper owner founder co-founder chief head leader treasurer"
    " accountant banker investor analyst consultant researcher inspector superintendent general"
)
_ROLE = re.compile(
    r"(?P<name>(?:[A-Z][\w.’'-]*\s){1,3}[A-Z][\w’'-]+), (?:the |an? )?"
    rf"(?P<role>(?:[a-z][\w'’-]* ){{0,4}}?(?:{_OCCUPATIONS.replace(' ', '|')}))"
    r"(?: of [\w' ]{3,30}| at [\w' ]{3,30}| for [\w' ]{3,30})?(?=[,.;]| who\b)"
)
_AGE = re.compile(r"(?P<name>(?:[A-Z][\w.’'-]*\s)+[A-Z][\w’'-]+), (?P<age>[1-9]\d)(?=[,.;]| who\b)")
_FIELD = re.compile(
    r"^[ \t]*(?:[-*•] )?\*{0,2}(?P<label>[A-Z][a-z]+(?: [A-Za-z]+){0,2})\*{0,2}:\*{0,2}[ \t]+"
    r"(?P<value>[^\s\[][^\n:]{0,58}?)\*{0,2}[ \t]*$",
    re.MULTILINE,
)
_NAMES = frozenset({"Name", "Patient Name", "Full Name", "Patient"})
_GIVEN = "What is given as {} for {}?"
_NOT_ASKED = frozenset(
    {"none", "normal", "n/a", "no", "yes", "self", "unknown", "", "-", "negative"}
)
_LABELS_ASKED = {
    "age": "How old is {}?",
    "address": "What is the address of {}?",
    "residence": "Where does {} live?",
    "birthplace": "Where was {} born?",
    "birthdate": "When was {} born?",
    "date of birth": "When was {} born?",
    "gender": "What is {}'s gender?",
    "ethnicity": "What is {}'s ethnicity?",
    "occupation": "What is {}'s occupation?",
    "marital status": "What is {}'s marital status?",
    "admission time": "When was {} admitted?",
}


def from_facts(sentence: Sentence) -> Iterator[Drafted]:
    """Definitions, roles, ages and short forms in a sentence.

    >>> text = "Ana Ruiz, a naval architect who is 44, leads the World Food Programme (WFP)."
    >>> [(d.question, d.all_of[0]) for d in from_facts(Sentence("a", 0, text, text))]
    [('What does WFP stand for?', ('World Food Programme',)), \
('Who is Ana Ruiz?', ('naval architect',))]
    """
    for found in _SHORT_FORM.finditer(sentence.text):
        full = found["full"].strip()
        while full and not _stands_for(found["short"], full):
            full = full.partition(" ")[2]
        if full:
            question = f"What does {found['short']} stand for?"
            yield Drafted("definition", question, ((full,),), sentence, 1.0)
    for found in _ROLE.finditer(sentence.text):
        if not is_body(found["name"]):
            question = f"Who is {found['name']}?"
            yield Drafted("person", question, ((found["role"],),), sentence, 0.9)
    for found in _AGE.finditer(sentence.text):
        question = f"How old is {found['name']}?"
        yield Drafted("number", question, ((found["age"],),), sentence, 0.9)
    yield from _what_is(sentence)


def _what_is(sentence: Sentence) -> Iterator[Drafted]:
    clause = take_apart(sentence.text)
    if not clause or clause.verb not in COPULAS or clause.lead:
        return
    found = _KIND.match(clause.rest)
    subject = clause.subject_inside.removeprefix("the ")
    if not found or len(subject.split()) > 5 or not is_subject(clause.subject):
        return
    kind, said = found["kind"], set(content_words(subject))
    if _NO_KIND & set(kind.split()) or set(content_words(kind)) <= said or len(kind) < 4:
        return
    if kind.endswith(("ed", "ing", "ly")) or not content_words(kind):
        return
    word = "Who" if name_of_person(subject) else "What"
    question = f"{word} {clause.verb[0]} {clause.subject_inside}?"
    yield Drafted("definition", question, ((kind,),), sentence, 0.9)


def _stands_for(short: str, full: str) -> bool:
    """Whether the letters are the first ones of the words."""
    return full[0] == short[0] and short.casefold() in initials(full)


def from_fields(documents: Mapping[str, Document]) -> Iterator[Drafted]:
    """What forms say of whom they name: "Name: Q. Ruiz", and below it "Age: 44"."""
    for identifier, document in documents.items():
        name, last = "", 0
        for found in _FIELD.finditer(document.text):
            gap = document.text[last : found.start()]
            last = found.end()
            if name and re.search(r"^#|^---|^.+:\s*$", gap, re.MULTILINE):
                name = ""
            label, value = found["label"], found["value"].strip().rstrip(".")
            if label in _NAMES:
                name = value if re.fullmatch(r"(?:[A-Z][\w.'’-]*\s?){2,4}", value) else ""
            elif name and _tells(label, value):
                form = _LABELS_ASKED.get(label.lower(), "")
                worth = 0.7 if form else 0.4
                form = form or _GIVEN.format(label.lower(), "{}")
                quote = found[0].strip()
                start = document.text.index(quote, found.start())
                sentence = Sentence(identifier, start, quote, plain(quote))
                yield Drafted("field", form.format(name), ((value,),), sentence, worth)


def _tells(label: str, value: str) -> bool:
    return value.lower() not in _NOT_ASKED and len(value.split()) <= 6 and "Time" not in label


def from_tables(documents: Mapping[str, Document]) -> Iterator[Drafted]:
    """What the cells of tables say, asked by the names of row, column and heading."""
    for identifier, document in documents.items():
        header: list[str] = []
        position = 0
        for line in document.text.splitlines(keepends=True):
            start, position = position, position + len(line)
            if not TABLE_ROW.match(line.rstrip("\n")):
                header = []
                continue
            cells = [plain(cell) for cell in line.strip().strip("|").split("|")]
            if not header:
                header = cells
            elif not all(re.fullmatch(r":?-+:?", cell.strip()) for cell in cells):
                title = document.anchor(start, "heading") or document.title
                title = title.rpartition(" > ")[2]
                row = Sentence(identifier, start, line.strip(), plain(line))
                yield from _cells(title, header, cells, row)


def _cells(title: str, header: list[str], cells: list[str], row: Sentence) -> Iterator[Drafted]:
    label = cells[0] if cells else ""
    if len(cells) != len(header) or not re.search(r"[^\W\d]{3}", label) or not title:
        return
    for column, value in list(zip(header, cells, strict=True))[1:]:
        if re.search(r"\d", value) and re.search(r"[^\W\d]{2}", column) and len(value) < 40:
            amount = re.match(r"[^\s(]+", value)
            answer = amount[0] if amount else value
            question = f"What is the “{column}” value for “{label}” under “{title}”?"
            yield Drafted("table", question, ((answer,),), row, 0.7)
