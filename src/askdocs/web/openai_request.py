"""A request of OpenAI's chat API -> the question in it; what cannot be done is said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from askdocs.integrations.asking import Within
from askdocs.types import EVERYTHING, Filter
from askdocs.web.openai_errors import BadRequest

MODEL, QUOTED = "askdocs", "askdocs-quoted"
"""The names of the models: answers as the server is set to give them, and always quoted ones."""
_EARLIER = 50
"""Earlier questions that are looked at; one that is longer than a question can be is not."""


class Extension(BaseModel):
    """What askdocs takes besides, in the field `askdocs` of a request."""

    model_config = ConfigDict(extra="forbid")

    within: Within = Within()
    k: int | None = Field(default=None, ge=1, le=200)
    threshold: float | None = Field(default=None, ge=0, le=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for."""

    question: str
    history: tuple[str, ...] = ()
    model: str = MODEL
    stream: bool = False
    usage: bool = False
    """Whether a stream is to end with the counts of tokens."""
    within: Filter = EVERYTHING
    k: int | None = None
    threshold: float | None = None


def understood(body: bytes, *, longest: int) -> Wanted:
    """The question in a request's body; `longest` is how long a question may be.

    The last message of the user is the question, those before it are earlier questions. What other
    roles say is not read: answers come from the documents, and no system message changes that.
    Raises `BadRequest`.

    >>> body = b'{"model": "askdocs", "messages": [{"role": "user", "content": "Who slept?"}]}'
    >>> understood(body, longest=100).question
    'Who slept?'
    """
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("the body is not JSON; send a chat completion request") from error
    if not isinstance(given, dict):
        raise BadRequest("the body is not an object; send a chat completion request")
    _require_possible(given)
    asked = _users(given.get("messages"))
    extension = _extension(given.get("askdocs"))
    options = given.get("stream_options")
    return Wanted(
        question=asked[-1],
        history=tuple(one for one in asked[:-1] if 0 < len(one) <= longest)[-_EARLIER:],
        model=_text(given, "model"),
        stream=_flag(given, "stream"),
        usage=_flag(options, "include_usage") if isinstance(options, dict) else False,
        within=extension.within.to_filter(),
        k=extension.k,
        threshold=extension.threshold,
    )


def _require_possible(given: dict[str, Any]) -> None:
    """Raise `BadRequest` for a wish that would be broken silently if it were passed over."""
    if given.get("n") not in (None, 1):
        raise BadRequest("askdocs gives one answer to a question; leave out n", "n")
    for name in ("tools", "functions"):
        if given.get(name):
            raise BadRequest(f"askdocs calls no {name}; leave out {name}", name)
    if given.get("logprobs"):
        raise BadRequest("askdocs has no probabilities of tokens; leave out logprobs", "logprobs")
    form = given.get("response_format")
    if form is not None and (not isinstance(form, dict) or form.get("type") != "text"):
        raise BadRequest(
            'askdocs answers in text; leave out response_format, and read the field "askdocs"',
            "response_format",
        )
    if given.get("modalities") not in (None, ["text"]):
        raise BadRequest("askdocs answers in text; leave out modalities", "modalities")


def _users(messages: Any) -> list[str]:
    """What the user said, oldest first; at least one thing."""
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages is not a list with at least one message", "messages")
    said = []
    for number, message in enumerate(messages):
        place = f"messages[{number}]"
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise BadRequest(f"{place} is not a message with a role", place)
        if message["role"] == "user":
            said.append(_content(message.get("content"), f"{place}.content"))
    if not said:
        raise BadRequest("there is no message with the role user, so no question", "messages")
    return said


def _content(content: Any, place: str) -> str:
    """The words of a message: a text, or the texts in a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise BadRequest(f"{place} is neither text nor a list of parts", place)
    texts = []
    for number, part in enumerate(content):
        kind = part.get("type") if isinstance(part, dict) else None
        if kind not in ("text", "input_text") or not isinstance(part.get("text"), str):
            shown = kind if isinstance(kind, str) else "a part without a type"
            raise BadRequest(
                f"askdocs reads only text, not {shown[:40]}; send text", f"{place}[{number}]"
            )
        texts.append(part["text"])
    return "\n".join(texts)


def _extension(given: Any) -> Extension:
    if given is None:
        return Extension()
    try:
        return Extension.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(["askdocs", *map(str, first["loc"])])
        raise BadRequest(f"{place}: {first['msg']}", place) from error


def _text(given: dict[str, Any], name: str) -> str:
    if not isinstance(given.get(name), str):
        raise BadRequest(f"{name} is missing; see GET /v1/models", name)
    return str(given[name])


def _flag(given: dict[str, Any], name: str) -> bool:
    value = given.get(name)
    if value not in (None, True, False):
        raise BadRequest(f"{name} is neither true nor false", name)
    return bool(value)
