"""What went wrong with a language model, in one plain sentence.

The server's own words are never repeated: they may hold the key, or a page of markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from askdocs.errors import LanguageModelError

BY_STATUS = {
    401: "refuses the key; set the right one",
    403: "refuses access with this key",
    404: "is not there: the server knows no such model or address",
    413: "refuses the question and its passages as too long",
    429: "is busy",
}
UNREACHABLE = frozenset({"ConnectError", "ConnectTimeout", "ConnectionError", "gaierror"})
CUT = frozenset({"RemoteProtocolError", "ReadError", "WriteError", "EOFError"})
SLOW = frozenset({"ReadTimeout", "PoolTimeout", "WriteTimeout"})
FALLBACK = "sends something that is not a reply"


def explain(error: BaseException, name: str) -> str:
    """One sentence about `error`, which stopped the language model `name`.

    >>> explain(TimeoutError("said nothing for 30 seconds"), "ollama:llama3.2")
    'the language model ollama:llama3.2 said nothing for 30 seconds'
    """
    if isinstance(error, LanguageModelError):
        return str(error)
    return f"the language model {name} {_reason(error)}"


def finish_of(response: Any) -> str:
    """How a stream ended by its last response: "stop", "length", or "" when it broke off.

    A server of a kind that does not tell is taken at its word: "stop".
    """
    raw = getattr(response, "raw", None)
    if isinstance(raw, Mapping) and "done" in raw:  # Ollama
        return str(raw.get("done_reason") or "stop") if raw["done"] else ""
    if isinstance(raw, Mapping) and raw.get("choices"):  # llama.cpp
        return str(raw["choices"][0].get("finish_reason") or "")
    choices = getattr(raw, "choices", None)
    if choices is None:
        return "stop"
    # The usage of an OpenAI stream comes after its end, in a response without choices.
    return "length" if choices and choices[0].finish_reason == "length" else _finish(choices)


def _finish(choices: Any) -> str:
    return "stop" if not choices or choices[0].finish_reason else ""


def _reason(error: BaseException) -> str:
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and status > 0:
        return _by_status(status, error)
    # Our own limits; the HTTP client's have other names.
    if type(error) is TimeoutError and error.args:
        return str(error)
    if isinstance(error, ValueError) and "context window" in str(error):  # llama.cpp
        return BY_STATUS[413]
    names = {type(part).__name__ for part in _chain(error)}
    if names & SLOW:
        return "does not answer in time"
    if names & UNREACHABLE:
        return "cannot be reached; start it or correct its address"
    if names & CUT:
        return "broke off in the middle of its reply"
    return FALLBACK


def _by_status(status: int, error: BaseException) -> str:
    if status == 400 and "context" in str(error).lower():
        return BY_STATUS[413]
    reason = BY_STATUS.get(status, f"answers with the error {status}")
    wait = _retry_after(error) if status in (429, 503) else ""
    return f"{reason}; try again in {wait} seconds" if wait else reason


def _retry_after(error: BaseException) -> str:
    headers = getattr(getattr(error, "response", None), "headers", {})
    wait = str(headers.get("retry-after", ""))
    return wait if wait.isdigit() and len(wait) < 5 else ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, the error first."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
