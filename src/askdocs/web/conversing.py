"""The addresses of conversations: search, export, an answer as text, what readers think of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import FastAPI, Query
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from askdocs.access.principal import Right, acting, require
from askdocs.errors import ConversationNotFound
from askdocs.web import transcript
from askdocs.web.render import conversations as render
from askdocs.web.render import turn_tools
from askdocs.web.withholding import as_seen
from askdocs.web.words import title_of

if TYPE_CHECKING:
    from askdocs.store_conversations import ConversationInfo, Turn
    from askdocs.store_feedback import Opinion as Kept
    from askdocs.web.service import Service

_HERE = "/page/conversations"
_TURN = _HERE + "/{conversation}/turns/{position}"


class Opinion(BaseModel):
    """What a reader thinks of an answer; no verdict takes back what was said before.

    Without a `note` that of the same verdict stays.
    """

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["right", "wrong"] | None
    note: str | None = Field(default=None, max_length=5000)


def add_conversing(app: FastAPI, service: Service) -> None:
    """The addresses of the conversations of whoever is acting, in the index's store."""
    store = service.index.store

    def opinions(conversation: str) -> dict[int, Kept]:
        return store.opinions(conversation, owner=acting().name)

    @app.get(_HERE, include_in_schema=False)
    def search(
        words: Annotated[str, Query(max_length=500)] = "", current: str = ""
    ) -> HTMLResponse:
        person = require(Right.READ)
        found = store.search_conversations(words, owner=person.name, sees=person.sees)
        return _html(render.found(found, words, current))

    @app.get(_HERE + "/{conversation}/export.md", include_in_schema=False)
    def export_markdown(conversation: str) -> Response:
        info, turns = _kept(service, conversation)
        written = transcript.as_markdown(info, turns, _titles(service))
        return _file(written.encode("utf-8", "replace"), "text/markdown", info.title, "md")

    @app.get(_HERE + "/{conversation}/export.json", include_in_schema=False)
    def export_json(conversation: str) -> Response:
        info, turns = _kept(service, conversation)
        written = transcript.as_json(info, turns, opinions(conversation), _titles(service))
        return _file(written, "application/json", info.title, "json")

    @app.get(_TURN + "/text", include_in_schema=False)
    def answer_text(conversation: str, position: int) -> PlainTextResponse:
        answer = _turn(service, conversation, position).answer
        text = transcript.as_text(answer, _titles(service))
        return PlainTextResponse(text.encode("utf-8", "replace"))

    @app.get(_TURN + "/tools", include_in_schema=False)
    def tools(conversation: str, position: int) -> HTMLResponse:
        _turn(service, conversation, position)
        opinion = opinions(conversation).get(position)
        return _html(turn_tools.inside(position, opinion, asks=True))

    @app.post(_TURN + "/feedback", include_in_schema=False)
    def give_feedback(conversation: str, position: int, given: Opinion) -> HTMLResponse:
        owner, known = require(Right.ASK).name, opinions(conversation).get(position)
        if given.verdict is None:
            store.take_back_feedback(conversation, position, owner=owner)
        else:
            note = known.note if known and known.verdict == given.verdict else ""
            note = note if given.note is None else given.note.strip()
            store.give_feedback(conversation, position, given.verdict, note, owner=owner)
        opinion = opinions(conversation).get(position)
        return _html(turn_tools.inside(position, opinion, asks=given.note is None))


def _kept(service: Service, conversation: str) -> tuple[ConversationInfo, list[Turn]]:
    """A conversation of whoever is acting, as they may see it now."""
    store, owner = service.index.store, require(Right.READ).name
    turns = store.kept_turns(conversation, owner=owner)
    return store.conversation(conversation, owner=owner), [as_seen(turn) for turn in turns]


def _turn(service: Service, conversation: str, position: int) -> Turn:
    _, turns = _kept(service, conversation)
    if not 0 <= position < len(turns):
        raise ConversationNotFound(f"the conversation has no answer {position}; open it again")
    return turns[position]


def _titles(service: Service) -> transcript.Titles:
    """What each document is called; one that is gone, or out of sight, by its file's name."""
    known = {one.id: one.title for one in service.documents()}
    return lambda document: title_of(document, known.get(document, ""))


def _html(text: str) -> HTMLResponse:
    return HTMLResponse(text.encode("utf-8", "replace"))


def _file(content: bytes, kind: str, title: str, ending: str) -> Response:
    """A file to keep, under a name that is safe in a header and on every system."""
    name = transcript.file_name(title, ending)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=headers)
