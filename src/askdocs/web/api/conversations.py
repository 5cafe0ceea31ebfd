"""`/v1/conversations` and `/v1/feedback`: what is kept, and what readers think of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query
from starlette.responses import Response

from askdocs.store_conversations import ConversationInfo, Turn
from askdocs.store_feedback import Opinion
from askdocs.types import Answer
from askdocs.web.api.asked import Judgement, NewConversation, Renamed
from askdocs.web.api.given import (
    Conversation,
    Conversations,
    FeedbackReply,
    ListedConversation,
    OpinionReply,
)
from askdocs.web.api.replying import errors, give, nothing
from askdocs.web.service import Service

_HERE = "/v1/conversations"
_ONE = _HERE + "/{conversation}"
_OPINION = _ONE + "/turns/{turn}/feedback"
_TAG = ["conversations"]
Id = Annotated[str, Path(max_length=100)]
TurnNumber = Annotated[int, Path(ge=0, le=2**53, description="Counted from 0.")]
Offset = Annotated[int, Query(ge=0, le=2**53)]
Limit = Annotated[int, Query(ge=1, le=1_000)]


def add_conversations(app: FastAPI, service: Service) -> None:
    """The addresses of conversations, each of which only its owner sees."""
    _add_list(app, service)
    _add_one(app, service)
    _add_feedback(app, service)


def _add_list(app: FastAPI, service: Service) -> None:
    kept = service.conversations

    @app.get(
        _HERE,
        response_model=Conversations,
        responses=errors(),
        tags=_TAG,
        operation_id="list_conversations",
    )
    def conversations(
        search: Annotated[str, Query(max_length=500)] = "", offset: Offset = 0, limit: Limit = 100
    ) -> Response:
        """The conversations in which all words of `search` are, the last used first."""
        found = kept.search(search)
        shown = [asdict(one) for one in found[offset : offset + limit]]
        return give({"conversations": shown, "total": len(found), "offset": offset})

    @app.post(
        _HERE,
        status_code=201,
        response_model=ListedConversation,
        responses=errors(413, 415),
        tags=_TAG,
        operation_id="begin_conversation",
    )
    def begin(wanted: NewConversation) -> Response:
        """Begin a conversation; `POST /v1/ask` goes on with it."""
        identifier = kept.begin(wanted.title)
        return give(asdict(kept.one(identifier)), 201, {"location": f"{_HERE}/{identifier}"})


def _add_one(app: FastAPI, service: Service) -> None:
    kept = service.conversations

    @app.get(
        _ONE,
        response_model=Conversation,
        responses=errors(404),
        tags=_TAG,
        operation_id="conversation",
    )
    def conversation(conversation: Id) -> Response:
        """A conversation with its answers."""
        info, turns = kept.one(conversation), kept.turns(conversation)
        return give(_whole(info, turns, kept.opinions(conversation)))

    @app.patch(
        _ONE,
        response_model=ListedConversation,
        responses=errors(404, 413, 415),
        tags=_TAG,
        operation_id="rename_conversation",
    )
    def rename(conversation: Id, wanted: Renamed) -> Response:
        """Give a conversation another title."""
        kept.rename(conversation, wanted.title)
        return give(asdict(kept.one(conversation)))

    @app.delete(
        _ONE,
        status_code=204,
        responses=errors(404),
        tags=_TAG,
        operation_id="delete_conversation",
        response_class=Response,
    )
    def delete(conversation: Id) -> Response:
        """Remove a conversation with its answers and what was thought of them."""
        kept.delete(conversation)
        return nothing()


def _add_feedback(app: FastAPI, service: Service) -> None:
    kept = service.conversations

    @app.put(
        _OPINION,
        response_model=OpinionReply,
        responses=errors(404, 413, 415),
        tags=_TAG,
        operation_id="give_feedback",
    )
    def judge(conversation: Id, turn: TurnNumber, thought: Judgement) -> Response:
        """Say that an answer is right or wrong, in place of what was said before."""
        kept.judge(conversation, turn, thought.verdict, thought.note)
        return give(asdict(kept.opinions(conversation)[turn]))

    @app.delete(
        _OPINION,
        status_code=204,
        responses=errors(404),
        tags=_TAG,
        operation_id="take_back_feedback",
        response_class=Response,
    )
    def take_back(conversation: Id, turn: TurnNumber) -> Response:
        """Take back what was said of an answer, if anything was."""
        kept.take_back(conversation, turn)
        return nothing()

    @app.get(
        "/v1/feedback",
        response_model=FeedbackReply,
        responses=errors(),
        tags=_TAG,
        operation_id="list_feedback",
    )
    def feedback(offset: Offset = 0, limit: Limit = 100) -> Response:
        """What all readers think of their answers, the oldest first; for who manages the server."""
        found = kept.feedback()
        shown = [
            {
                "conversation": one.conversation,
                "turn": one.position,
                "at": one.at,
                "verdict": one.verdict,
                "note": one.note,
                "history": list(one.history),
                "answer": one.answer.to_dict(),
            }
            for one in found[offset : offset + limit]
        ]
        return give({"feedback": shown, "total": len(found), "offset": offset})


def _whole(
    info: ConversationInfo, turns: list[Turn], opinions: dict[int, Opinion]
) -> dict[str, Any]:
    told = [
        {
            "turn": number,
            "answer": _found(turn),
            "within": {
                "documents": list(turn.within.documents),
                "folder": turn.within.folder,
                "types": list(turn.within.types),
                "since": turn.within.since,
                "until": turn.within.until,
            },
            "feedback": asdict(opinions[number]) if number in opinions else None,
        }
        for number, turn in enumerate(turns)
    ]
    return asdict(info) | {"turns": told}


def _found(turn: Turn) -> dict[str, Any]:
    """The answer with the places of what was found for it, as when it was given."""
    answer: Answer = turn.answer
    names = ("document", "start", "end", "score")
    return answer.to_dict() | {"hits": [dict(zip(names, one, strict=True)) for one in turn.found]}
