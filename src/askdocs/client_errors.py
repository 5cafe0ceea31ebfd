"""What a server answered instead of what was wanted -> the error that the library would raise.

Light: the command line reads servers without the rest of the client.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from askdocs import __version__
from askdocs.errors import AskdocsError, Busy, NotAllowed, QuestionError, ServerError, SignInNeeded

_ONLY_OVER_HTTP = {"invalid_request": QuestionError, "not_found": ServerError}
"""A server looks at what was sent before the library does."""

_MOST = 300  # characters of a message that is not in the form of ours


def error_from(address: str, status: int, headers: Mapping[str, str], body: bytes) -> AskdocsError:
    """The error that a reply with such a `status` stands for; `headers` are found in lower case."""
    problem = _problem(body)
    code, message = str(problem.get("code", "")), _message(problem)
    after = _seconds(headers.get("retry-after"))
    if code and message:
        error = error_of(code, message, after)
        is_other = type(error) is AskdocsError and status in (429, 503)
        return Busy(message, after) if is_other and "retry-after" in headers else error
    if status == 401:
        return SignInNeeded(f"{address} asks who you are; give a token, or a user and a password")
    if status == 403:
        said = message or _line(body)
        return NotAllowed(f"{address} refuses: {said or 'it does not say why'}; ask who runs it")
    if status in (429, 502, 503, 504) and "retry-after" in headers:
        return Busy(f"{address} has too much to do; try again in {after:g} s", after)
    if message:
        return ServerError(f"{address} answers {status}: {message}")
    return stranger(address)


def error_of(code: str, message: str, retry_after: float = 1.0) -> AskdocsError:
    """The error of the class with this code; one of a kind not known here is an `AskdocsError`.

    >>> error_of("document_not_found", "gone")
    DocumentNotFound('gone')
    """
    kinds = (kind for kind in _kinds(AskdocsError) if kind("").code == code)
    kind = next(kinds, _ONLY_OVER_HTTP.get(code, AskdocsError))
    return Busy(message, retry_after) if kind is Busy else kind(message)


def unreachable(address: str, error: Exception) -> ServerError:
    """The error for a server that no connection can be made to."""
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return late(address)
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return ServerError(
        f"{address} cannot be reached ({reason}); start it with: askdocs serve, or correct the"
        " address"
    )


def late(address: str) -> ServerError:
    """The error for a server that takes too long."""
    return ServerError(
        f"{address} did not answer in time; try again, or look at it with: curl {address}/health"
    )


class NotUnderstood(ServerError):
    """A reply has not the form that this version knows."""


def stranger(address: str) -> NotUnderstood:
    """The error for a server whose answer has not the form that this version knows."""
    return NotUnderstood(
        f"{address} does not answer as the server of askdocs {__version__} does; see which it is"
        f" with: curl {address}/health"
    )


def _kinds(root: type[AskdocsError]) -> Iterator[type[AskdocsError]]:
    yield root
    for kind in root.__subclasses__():
        if kind.__module__ == AskdocsError.__module__:
            yield from _kinds(kind)


def _problem(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _message(problem: Mapping[str, Any]) -> str:
    said = problem.get("detail") or problem.get("error") or problem.get("title") or ""
    return said if isinstance(said, str) else ""


def _line(body: bytes) -> str:
    return " ".join(body[:_MOST].decode("utf-8", "replace").split())


def _seconds(text: str | None) -> float:
    try:
        return max(0.0, float(text or 1))
    except ValueError:  # a date, which servers of askdocs do not send
        return 1.0
