"""What the tools of the MCP server take, give and do: JSON for programs, and words to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from askdocs.errors import QuestionError
from askdocs.integrations.asking import Serving, Within
from askdocs.integrations.footnotes import with_footnotes
from askdocs.stopping import Stop
from askdocs.types import Anchor, Answer, Document, Hit

PART = 10_000
"""Characters of a document that one call reads, unless it asks for others."""
LONGEST_PART = 50_000
_PLACES = ("page", "slide", "sheet", "chapter")

Result = tuple[dict[str, Any], str]
"""What a tool gives: as JSON, and as words to read."""


class _Taken(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Question(_Taken):
    """A question to the documents."""

    question: str = Field(description="the question, in a sentence of its own")
    history: list[str] = Field(
        default=[],
        max_length=50,
        description="earlier questions that it may lean on, oldest first",
    )
    within: Within = Field(default=Within(), description="ask only these documents")


class Search(Question):
    """A question whose passages are wanted."""

    k: int = Field(default=5, ge=1, le=50, description="how many passages")


class Listing(_Taken):
    """Which documents to list."""

    folder: str = Field(default="", description="only those below this folder")
    offset: int = Field(default=0, ge=0, description="how many to pass over")
    limit: int = Field(default=100, ge=1, le=500, description="how many to list")


class Part(_Taken):
    """Which part of a document to read."""

    id: str = Field(description="the document, as list_documents and citations name it")
    page: str = Field(
        default="", description="page, slide, sheet or chapter to read, as citations name it"
    )
    start: int = Field(default=0, ge=0, description="first character to read, from 0")
    end: int | None = Field(
        default=None,
        ge=0,
        description=f"character to stop before; by default {PART} after start; at most"
        f" {LONGEST_PART} are read at once",
    )


class FoundPassage(BaseModel):
    """A passage: `text` is the document's from `start` to `end`, counted in code points."""

    document: str
    start: int
    end: int
    place: str
    heading: str
    text: str
    score: float


class Found(BaseModel):
    """The passages for a question, best first."""

    hits: list[FoundPassage]


class ListedDocument(BaseModel):
    """A document of the folder."""

    id: str
    title: str
    date: str | None
    author: str
    characters: int


class Listed(BaseModel):
    """Some of the documents; `next` is the offset of those that follow, if any."""

    documents: list[ListedDocument]
    total: int
    next: int | None
    skipped: int


class ReadPart(BaseModel):
    """A part of a document; `next` is where the rest of what was asked for starts, if any."""

    id: str
    title: str
    text: str
    start: int
    end: int
    characters: int
    next: int | None


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool; `run` is given whom to ask, the arguments as `takes` has them, and what ends it."""

    name: str
    description: str
    takes: type[BaseModel]
    gives: dict[str, Any]
    run: Callable[[Serving, Any, Stop], Result]


def _ask(service: Serving, given: Question, stop: Stop) -> Result:
    answer = service.ask(
        given.question, history=given.history, within=given.within.to_filter(), stop=stop
    )
    return answer.to_dict(), with_footnotes(answer, service.document)


def _retrieve(service: Serving, given: Search, stop: Stop) -> Result:
    hits = service.retrieve(
        given.question, k=given.k, history=given.history, within=given.within.to_filter()
    )
    stop.require()
    names = {hit.passage.document for hit in hits}
    documents = {name: service.document(name) for name in names}
    found = [_found(hit, documents[hit.passage.document]) for hit in hits]
    told = [
        f"{number}. {', '.join(filter(None, (one.document, one.place)))}, characters {one.start}"
        f" to {one.end}\n{one.text}"
        for number, one in enumerate(found, start=1)
    ]
    return Found(hits=found).model_dump(), "\n\n".join(told) or "no passages found"


def _found(hit: Hit, document: Document) -> FoundPassage:
    passage = hit.passage
    return FoundPassage(
        document=passage.document,
        start=passage.start,
        end=passage.end,
        place=document.place(passage.start),
        heading=passage.heading,
        text=passage.text,
        score=hit.score,
    )


def _list(service: Serving, given: Listing, _: Stop) -> Result:
    below = f"{given.folder.strip('/')}/" if given.folder.strip("/") else ""
    known = [one for one in service.documents() if one.id.startswith(below)]
    skipped = [one for one in service.skipped() if one.path.startswith(below)]
    chosen = known[given.offset : given.offset + given.limit]
    after = given.offset + len(chosen)
    listed = Listed(
        documents=[
            ListedDocument(
                id=one.id,
                title=one.title,
                date=one.date,
                author=one.author,
                characters=one.characters,
            )
            for one in chosen
        ],
        total=len(known),
        next=after if after < len(known) else None,
        skipped=len(skipped),
    )
    told = [f"{len(chosen)} of {len(known)} documents; {len(skipped)} files could not be read"]
    told += [
        ", ".join(filter(None, (one.id, one.title, one.date, f"{one.characters} characters")))
        for one in listed.documents
    ]
    return listed.model_dump(), "\n".join(told)


def _read(service: Serving, given: Part, _: Stop) -> Result:
    document = service.document(given.id)
    length = len(document.text)
    start, last = given.start, length if given.end is None else min(given.end, length)
    most = PART if given.end is None else LONGEST_PART
    if given.page:
        place = _place(document, given.page)
        start, last, most = max(place.start, start), min(place.end, last), LONGEST_PART
    start = min(start, length)
    end = max(start, min(last, start + most))
    part = ReadPart(
        id=document.id,
        title=document.title,
        text=document.text[start:end],
        start=start,
        end=end,
        characters=length,
        next=end if end < last else None,
    )
    more = f"; go on with start {part.next}" if part.next is not None else ""
    return part.model_dump(), f"{document.id}, characters {start} to {end} of {length}{more}" + (
        f"\n\n{part.text}"
    )


def _place(document: Document, label: str) -> Anchor:
    """The page, slide, sheet or chapter of a document. Raises `QuestionError`."""
    places = [anchor for anchor in document.anchors if anchor.kind in _PLACES]
    for kind in _PLACES:
        for anchor in places:
            if anchor.kind == kind and label in (anchor.label, f"{kind} {anchor.label}"):
                return anchor
    known = ", ".join(anchor.label for anchor in places[:20]) or "no pages at all"
    raise QuestionError(f"{document.id} has no page {label!r}; it has {known}")


def _answer_schema() -> dict[str, Any]:
    """The schema of the public JSON of an answer, whose hits are shorter than in Python."""
    schema = TypeAdapter(Answer).json_schema(mode="serialization")
    places = {"document": {"type": "string"}, "start": {"type": "integer"}}
    rest = {"end": {"type": "integer"}, "score": {"type": "number"}}
    del schema["$defs"]["Passage"]
    schema["$defs"]["Hit"] = {"type": "object", "properties": places | rest}
    return schema


TOOLS = (
    Tool(
        "ask",
        "Answer a question from the documents of the folder. The answer quotes the documents word"
        " for word and says where each quote stands, tells of contradictions between documents, and"
        " says so when the documents do not give an answer: then it is refused.",
        Question,
        _answer_schema(),
        _ask,
    ),
    Tool(
        "retrieve",
        "Find the passages of the documents that fit a question best, with their words and places.",
        Search,
        Found.model_json_schema(mode="serialization"),
        _retrieve,
    ),
    Tool(
        "list_documents",
        "List the documents of the folder, by their ids.",
        Listing,
        Listed.model_json_schema(mode="serialization"),
        _list,
    ),
    Tool(
        "read_document",
        "Read a document's text, a part at a time: a page, or from one character to another.",
        Part,
        ReadPart.model_json_schema(mode="serialization"),
        _read,
    ),
)
