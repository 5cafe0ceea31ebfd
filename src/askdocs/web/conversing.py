"""The addresses of conversations: search, export, an answer as text, what readers think of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import FastAPI, Query
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from askdocs.errors import ConversationNotFound
from askdocs.web import transcript
from askdocs.web.render import conversations as render
from askdocs.web.render import turn_tools
from askdocs.web.words import title_of

if TYPE_CHECKING:
    from askdocs.index import Index
    from askdocs.store_conversations import Turn

_HERE = "/page/conversations"
_TURN = _HERE + "/{conversation}/turns/{position}"


class Opinion(BaseModel):
    """What a reader thinks of an answer; no verdict takes back what was said before.

    Without a `note` that of the same verdict stays.
    """

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["right", "wrong"] | None
    note: str | None = Field(default=None, max_length=5000)


def add_conversing(app: FastAPI, index: Index) -> None:
    """The addresses of the conversations in the index's store."""
    store = index.store

    @app.get(_HERE, include_in_schema=False)
    def search(
        words: Annotated[str, Query(max_length=500)] = "", current: str = ""
    ) -> HTMLResponse:
        return _html(render.found(store.search_conversations(words), words, current))

    @app.get(_HERE + "/{conversation}/export.md", include_in_schema=False)
    def export_markdown(conversation: str) -> Response:
        info = store.conversation(conversation)
        written = transcript.as_markdown(info, store.kept_turns(conversation), _titles(index))
        return _file(written.encode("utf-8", "replace"), "text/markdown", info.title, "md")

    @app.get(_HERE + "/{conversation}/export.json", include_in_schema=False)
    def export_json(conversation: str) -> Response:
        info, turns = store.conversation(conversation), store.kept_turns(conversation)
        written = transcript.as_json(info, turns, store.opinions(conversation), _titles(index))
        return _file(written, "application/json", info.title, "json")

    @app.get(_TURN + "/text", include_in_schema=False)
    def answer_text(conversation: str, position: int) -> PlainTextResponse:
        answer = _turn(index, conversation, position).answer
        text = transcript.as_text(answer, _titles(index))
        return PlainTextResponse(text.encode("utf-8", "replace"))

    @app.get(_TURN + "/tools", include_in_schema=False)
    def tools(conversation: str, position: int) -> HTMLResponse:
        _turn(index, conversation, position)
        opinion = store.opinions(conversation).get(position)
        return _html(turn_tools.inside(position, opinion, asks=True))

    @app.post(_TURN + "/feedback", include_in_schema=False)
    def give_feedback(conversation: str, position: int, given: Opinion) -> HTMLResponse:
        known = store.opinions(conversation).get(position)
        if given.verdict is None:
            store.take_back_feedback(conversation, position)
        else:
            note = known.note if known and known.verdict == given.verdict else ""
            note = note if given.note is None else given.note.strip()
            store.give_feedback(conversation, position, given.verdict, note)
        opinion = store.opinions(conversation).get(position)
        return _html(turn_tools.inside(position, opinion, asks=given.note is None))


def _turn(index: Index, conversation: str, position: int) -> Turn:
    turns = index.store.kept_turns(conversation)
    if not 0 <= position < len(turns):
        raise ConversationNotFound(f"the conversation has no answer {position}; open it again")
    return turns[position]


def _titles(index: Index) -> transcript.Titles:
    """What each document is called; one that is gone by its file's name."""
    known = {one.id: one.title for one in index.documents()}
    return lambda document: title_of(document, known.get(document, ""))


def _html(text: str) -> HTMLResponse:
    return HTMLResponse(text.encode("utf-8", "replace"))


def _file(content: bytes, kind: str, title: str, ending: str) -> Response:
    """A file to keep, under a name that is safe in a header and on every system."""
    name = transcript.file_name(title, ending)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=headers)
