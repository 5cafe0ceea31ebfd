"""What is asked of a server: methods, paths and bodies of the REST API, without any connection.

Light, like `client_errors`: whoever makes the connection brings it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from askdocs.errors import QuestionError, ServerError

if TYPE_CHECKING:
    from askdocs.types import Answer
    from askdocs.types_filter import Filter

PAGE, FEW = 5_000, 1_000
"""Entries of a list that are fetched at a time: of documents, and of what has answers in it."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request; `body` is sent as JSON, or as it is if it is bytes."""

    method: str
    path: str
    body: dict[str, Any] | bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


def base_address(url: str) -> str:
    """The address of a server without what may follow it. Raises `ServerError` if it is none.

    >>> base_address("http://localhost:7860/")
    'http://localhost:7860'
    """
    try:
        parts = urlsplit(url.strip())
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number
        known = False
    if not known or parts.username is not None or parts.query or parts.fragment:
        raise ServerError(f"{url!r} is no address of a server; write one as http://127.0.0.1:7860")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def credentials(token: str, user: str, password: str) -> dict[str, str]:
    """The header that says who asks: by a token, else by a user's name and password.

    >>> credentials("secret", "", "")
    {'authorization': 'Bearer secret'}
    """
    if token:
        return {"authorization": f"Bearer {token}"}
    if user or password:
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        return {"authorization": f"Basic {pair}"}
    return {}


def health() -> Request:
    """A sign of life."""
    return Request("GET", "/health")


def about() -> Request:
    """What the server is, and of which version."""
    return Request("GET", "/v1")


def ask(
    question: str,
    history: Iterable[Answer | str] = (),
    within: Filter | None = None,
    *,
    k: int | None = None,
    threshold: float | None = None,
    quoted: bool = False,
    conversation: str = "",
    keep: bool = False,
    stream: bool = False,
) -> Request:
    """A question to be answered; what is not given is not sent."""
    body = _question(question, history, within)
    body |= {} if k is None else {"k": k}
    body |= {} if threshold is None else {"threshold": threshold}
    body |= {"conversation": conversation} if conversation else {}
    wanted = {"quoted": quoted, "keep": keep, "stream": stream}
    body |= {name: True for name, is_wanted in wanted.items() if is_wanted}
    accepted = "text/event-stream" if stream else "application/json"
    return Request("POST", "/v1/ask", body, {"accept": accepted})


def retrieve(
    question: str,
    history: Iterable[Answer | str] = (),
    within: Filter | None = None,
    *,
    k: int | None = None,
) -> Request:
    """A question whose passages are wanted."""
    body = _question(question, history, within)
    return Request("POST", "/v1/retrieve", body | ({} if k is None else {"k": k}))


def documents(offset: int = 0) -> Request:
    """A part of the list of documents, with the files that were skipped."""
    return Request("GET", f"/v1/documents?limit={PAGE}&offset={offset}")


def document(identifier: str) -> Request:
    """A document with its text."""
    return Request("GET", f"/v1/documents/{_path(identifier)}")


def add(name: str, content: bytes, folder: str = "") -> Request:
    """A file to be taken in; sent again with the same headers it is taken in once."""
    from secrets import token_hex

    path = f"/v1/documents?{urlencode({'name': name, 'folder': folder})}"
    kind = {"content-type": "application/octet-stream", "idempotency-key": token_hex(16)}
    return Request("POST", path, content, kind)


def remove(identifier: str) -> Request:
    """A document to be left out, or deleted if it was sent to the server."""
    return Request("DELETE", f"/v1/documents/{_path(identifier)}")


def indexing() -> Request:
    """How far the reading of the folder is."""
    return Request("GET", "/v1/indexing")


def refresh() -> Request:
    """The folder to be read again."""
    return Request("POST", "/v1/indexing")


def conversations(offset: int = 0) -> Request:
    """A part of the list of conversations."""
    return Request("GET", f"/v1/conversations?limit={FEW}&offset={offset}")


def begin(title: str) -> Request:
    """A conversation to begin."""
    return Request("POST", "/v1/conversations", {"title": title})


def conversation(identifier: str) -> Request:
    """A conversation with its turns."""
    return Request("GET", f"/v1/conversations/{_path(identifier)}")


def rename(identifier: str, title: str) -> Request:
    """Another title for a conversation."""
    return Request("PATCH", f"/v1/conversations/{_path(identifier)}", {"title": title})


def delete(identifier: str) -> Request:
    """A conversation to be removed."""
    return Request("DELETE", f"/v1/conversations/{_path(identifier)}")


def judge(conversation: str, turn: int, verdict: str, note: str) -> Request:
    """What a reader thinks of an answer."""
    path = f"/v1/conversations/{_path(conversation)}/turns/{turn}/feedback"
    return Request("PUT", path, {"verdict": verdict, "note": note})


def take_back(conversation: str, turn: int) -> Request:
    """An opinion to be forgotten."""
    return Request("DELETE", f"/v1/conversations/{_path(conversation)}/turns/{turn}/feedback")


def feedback(offset: int = 0) -> Request:
    """A part of what all readers think."""
    return Request("GET", f"/v1/feedback?limit={FEW}&offset={offset}")


def _question(
    question: str, history: Iterable[Answer | str], within: Filter | None
) -> dict[str, Any]:
    asked = [turn if isinstance(turn, str) else turn.question for turn in history]
    return {"question": question, "history": asked, "within": _within(within)}


def _within(within: Filter | None) -> dict[str, Any]:
    """The filter without its empty fields. Raises `QuestionError` for one that has a scope."""
    if within is None:
        return {}
    if within.scope is not None:
        raise QuestionError(
            "a server says itself what one may see; ask with a filter without scope"
        )
    lists: dict[str, Sequence[str]] = {"documents": within.documents, "types": within.types}
    words = {"folder": within.folder, "since": within.since, "until": within.until}
    chosen: dict[str, Any] = {name: list(value) for name, value in lists.items() if value}
    return chosen | {name: value for name, value in words.items() if value}


def _path(identifier: str) -> str:
    return quote(identifier, safe="/", errors="surrogatepass")
