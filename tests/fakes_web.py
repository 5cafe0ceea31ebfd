"""Small honest stand-ins for the web tests: an index of given texts, an assistant with a script."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from askdocs.config import Config
from askdocs.errors import ConversationNotFound, DocumentNotFound, LanguageModelError, QuestionError
from askdocs.retrieval_filter import require_filter
from askdocs.store_conversations import Turn, turn_from, turn_to_keep
from askdocs.store_feedback import Opinion
from askdocs.types import (
    EVERYTHING,
    Answer,
    Citation,
    Claim,
    Conflict,
    Document,
    Filter,
    History,
    Hit,
    Passage,
)

MOMENT = "2026-05-03T12:04:00.000000+00:00"

UNREST = (
    """Unrest in the capital

Around 7,939 people have been detained by the police following violent protests.

During the unrest, 44 individuals died, officials said, after taking back an earlier statement that
more than 164 people had died.
"""
    + "\n".join(
        f"Paragraph {number} of the report is about something else." for number in range(60)
    )
    + """

The internet connection has been restored in Almaty.
"""
)
SLOWLY = "Please tell me all of it slowly"
"""So a question begins whose answer is written slowly."""

HOSTILE_NAME = "<img src=x onerror=alert('name')>.md"
HOSTILE = """# <script>alert('title')</script>

The code word is <img src=x onerror="alert('text')"> and [here](javascript:alert(1)).
![picture](https://evil.example/pixel.png) <iframe src="https://evil.example/"></iframe>
"""


def make_document(identifier: str, text: str, title: str = "", date: str | None = None) -> Document:
    """A document as a reader makes it, without anchors."""
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return Document(identifier, text, title or identifier, digest, date)


def make_citation(number: int, document: Document, quote: str) -> Citation:
    """A citation of the first place where the quote stands."""
    start = document.text.index(quote)
    return Citation(number, document.id, start, start + len(quote), quote, None, 0.9)


@dataclass(frozen=True)
class Listed:
    """A document as a list shows it."""

    id: str
    title: str
    date: str | None
    sha256: str
    characters: int
    passages: int = 1
    indexed_at: str = MOMENT
    author: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Left:
    """A file that was skipped."""

    path: str
    reason: str
    at: str = MOMENT


@dataclass(frozen=True)
class Talk:
    """A conversation as the list shows it."""

    id: str
    title: str
    created_at: str
    updated_at: str
    turns: int


class FakeStore:
    """Keeps conversations in a file, if there is one to keep them in."""

    revision = 1
    meta = SimpleNamespace(folder="")  # its documents are no files

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.kept: dict[str, tuple[str, list[dict[str, Any]], str]] = {}
        if path and path.exists():
            self.kept = {key: tuple(one) for key, one in json.loads(path.read_text()).items()}

    def create_conversation(self, title: str = "", *, owner: str = "") -> str:
        key = secrets.token_hex(16)
        self.kept[key] = (title, [], owner)
        return key

    def conversations(self, *, owner: str = "") -> list[Talk]:
        rows = [(key, *one) for key, one in reversed(list(self.kept.items()))]
        return [
            Talk(key, title, MOMENT, MOMENT, len(turns))
            for key, title, turns, whose in rows
            if whose == owner
        ]

    def kept_turns(self, conversation: str, *, owner: str = "") -> list[Turn]:
        if conversation not in self.kept or self.kept[conversation][2] != owner:
            raise ConversationNotFound(f"there is no conversation {conversation!r} in the index")
        return [turn_from(one) for one in self.kept[conversation][1]]

    def turns(self, conversation: str, *, owner: str = "") -> list[Answer]:
        return [turn.answer for turn in self.kept_turns(conversation, owner=owner)]

    def add_turn(
        self,
        conversation: str,
        answer: Answer,
        *,
        within: Filter = EVERYTHING,
        at: int | None = None,
        owner: str = "",
    ) -> None:
        self.turns(conversation, owner=owner)
        if at is not None:
            del self.kept[conversation][1][at:]
        self.kept[conversation][1].append(turn_to_keep(answer, within))
        if self.path:
            self.path.write_text(json.dumps(self.kept))

    def note(self, key: str) -> str:
        return ""

    def removed(self) -> dict[str, str]:
        return {}

    def places(self, documents: Sequence[str]) -> dict[str, Mapping[str, int]]:
        return {}

    def opinions(self, conversation: str, *, owner: str = "") -> dict[int, Opinion]:
        return {}

    def rename_conversation(self, conversation: str, title: str, *, owner: str = "") -> None:
        self.turns(conversation, owner=owner)
        self.kept[conversation] = (title, *self.kept[conversation][1:])

    def delete_conversation(self, conversation: str, *, owner: str = "") -> None:
        self.turns(conversation, owner=owner)
        del self.kept[conversation]


class FakeIndex:
    """Documents that are searched for shared words."""

    def __init__(
        self, documents: Sequence[Document], skipped: Sequence[Left] = (), path: Path | None = None
    ) -> None:
        self.kept = {document.id: document for document in documents}
        self.left = list(skipped)
        self.store = FakeStore(path)
        self.config = Config()
        self.owned = True

    def documents(self) -> list[Listed]:
        return [
            Listed(one.id, one.title, one.date, one.sha256, len(one.text))
            for one in self.kept.values()
        ]

    def document(self, identifier: str) -> Document:
        if identifier not in self.kept:
            raise DocumentNotFound(f"{identifier!r} is not in the index; see: askdocs status")
        return self.kept[identifier]

    def skipped(self) -> list[Left]:
        return self.left

    def retrieve(
        self,
        question: str,
        *,
        k: int | None = None,
        history: History = (),
        within: Filter = EVERYTHING,
    ) -> list[Hit]:
        require_filter(within, self.kept)
        asked = set(question.lower().split())
        hits = []
        for document in self.kept.values():
            if not within.admits(document.id, document.date):
                continue
            shared = len(asked & set(document.text.lower().split()))
            end = len(document.text)
            passage = Passage(document.id, 0, end, document.text, "", ((0, end),))
            hits.append(Hit(passage, shared / 10, {"words": float(shared)}, (shared / 10,)))
        return sorted(hits, key=lambda hit: -hit.score)[: k or 5]


class ScriptedAssistant:
    """Gives each question the answer its script has for it; to any other the documents say nothing.

    It streams some words at a time, and remembers the histories it was given.
    """

    def __init__(self, index: Any, script: Mapping[str, Answer]) -> None:
        self.index = index
        self.script = script
        self.histories: list[History] = []
        self.pause = 0.2
        self.settings: dict[str, Any] = {}
        self.generates = False
        self.model_name = ""
        self.config = getattr(index, "config", Config())

    def ask(self, question: str, *, history: History = (), within: Filter = EVERYTHING) -> Answer:
        self.histories.append(history)
        if not question.strip():
            raise QuestionError("the question is empty; ask something")
        if question == "fail":
            raise LanguageModelError("the model at http://127.0.0.1:1 does not answer; start it")
        if question == "crash":
            raise RuntimeError("a secret path")
        hits = tuple(self.index.retrieve(question, within=within))
        nothing = Answer(question, "The documents do not say.", question, refused=True, hits=hits)
        scripted = self.script.get(SLOWLY if question.startswith(SLOWLY) else question, nothing)
        return replace(scripted, question=question, query=question, hits=hits)

    def tuned(self, **settings: Any) -> ScriptedAssistant:
        self.settings = settings
        return self

    def stream(
        self, question: str, *, history: History = (), within: Filter = EVERYTHING
    ) -> Iterator[Answer]:
        answer = self.ask(question, history=history, within=within)
        words = answer.text.split(" ")
        for count in range(4, len(words), 4):
            yield replace(answer, text=" ".join(words[:count]), refused=False)
            time.sleep(self.pause if question.startswith(SLOWLY) else 0)
        yield answer


def scene(path: Path | None = None) -> tuple[FakeIndex, ScriptedAssistant]:
    """An index with a report and a hostile document, and an assistant that knows both."""
    unrest = make_document("reports/unrest.txt", UNREST, "Unrest in the capital", "2022-01-10")
    hostile = make_document(HOSTILE_NAME, HOSTILE, "<script>alert('title')</script>")
    left = Left("<b>scan</b>.pdf", "no reader for <i>.pdf</i>")
    index = FakeIndex([unrest, hostile], [left], path)
    return index, ScriptedAssistant(index, script(index))


def script(index: Any) -> dict[str, Answer]:
    """The answers to a few questions, cited from the report and the hostile document in `index`."""
    unrest, hostile = index.document("reports/unrest.txt"), index.document(HOSTILE_NAME)
    restored = "The internet connection has been restored in Almaty."
    code = HOSTILE.split("\n")[2]
    answers = {
        "How many people were detained?": _cited(unrest, "7,939", UNREST.split("\n")[2]),
        "Where was the internet restored?": _cited(unrest, "Almaty", restored),
        "What is the code word?": _cited(hostile, '<img src=x onerror="alert(1)">', code),
        "How many people died?": disagreement(unrest),
        SLOWLY: _cited(unrest, "Slowly: " + "and so on " * 150, restored),
    }
    return {asked: replace(one, question=asked, query=asked) for asked, one in answers.items()}


def _cited(document: Document, lead: str, quote: str) -> Answer:
    text = f"{lead} [1]\n\n> {quote} [1]"
    citations = (make_citation(1, document, quote),)
    return Answer("", text, "", support=0.93, citations=citations, timings={"answer_ms": 12.0})


def disagreement(document: Document) -> Answer:
    """An answer with a figure that stands and one that was taken back."""
    stands = make_citation(1, document, "44 individuals died")
    gone = make_citation(2, document, "more than 164 people had died")
    claims = (Claim("44", "current", (1,)), Claim("164", "retracted", (2,)))
    return Answer(
        "",
        f"44 [1]; 164 was taken back [2]\n\n> {stands.quote} [1]\n> {gone.quote} [2]",
        "",
        support=0.8,
        citations=(stands, gone),
        conflicts=(Conflict("people died", claims),),
        timings={"retrieve_ms": 9.0, "answer_ms": 12.0},
    )
