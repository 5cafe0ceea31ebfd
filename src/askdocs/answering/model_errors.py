"""What went wrong with a language model, in one plain sentence.

The server's own words are never repeated: they may hold the key, or a page of markup.
"""

from __future__ import annotations

import re
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
# How servers say it: OpenAI, vLLM, llama.cpp's server and its library, Ollama, Hugging Face's.
TOO_LONG = re.compile(
    r"context[ _](length|size|window)|maximum context|exceeds? .{0,40}context|prompt is too long"
    r"|too many (input )?tokens|inputs.{0,60}tokens.{0,60}must",
    re.IGNORECASE | re.DOTALL,
)


class PromptTooLong(LanguageModelError):
    """The question and its passages are more than the language model can read at once."""


def failure(error: BaseException, name: str) -> LanguageModelError:
    """What `error`, which stopped the language model `name`, is to the reader of the answer."""
    kind = PromptTooLong if is_too_long(error) else LanguageModelError
    return kind(explain(error, name))


def is_too_long(error: BaseException) -> bool:
    """Whether the model refused its prompt for its length: fewer passages may fit."""
    status = getattr(error, "status_code", None)
    if status == 413 or isinstance(error, PromptTooLong):
        return True
    # A stream that began well has no status of its own, and some servers call it their own fault.
    if status in (400, 422, 500) or not (isinstance(status, int) and status > 0):
        return TOO_LONG.search(str(error)) is not None
    return False


def asked_to_wait(error: BaseException) -> int | None:
    """The seconds after which a busy server wants to be asked again, if it says so."""
    if getattr(error, "status_code", None) not in (429, 503):
        return None
    for part in _chain(error):  # Ollama's error hides the reply behind it
        headers = getattr(getattr(part, "response", None), "headers", {})
        wait = str(headers.get("retry-after", ""))
        if wait.isascii() and wait.isdigit() and len(wait) < 5:
            return int(wait)
    return None


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
    if is_too_long(error):
        return BY_STATUS[413]
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and status > 0:
        return _by_status(status, error)
    # Our own limits; the HTTP client's have other names.
    if type(error) is TimeoutError and error.args:
        return str(error)
    names = {type(part).__name__ for part in _chain(error)}
    if names & SLOW:
        return "does not answer in time"
    if names & UNREACHABLE:
        return "cannot be reached; start it or correct its address"
    if names & CUT:
        return "broke off in the middle of its reply"
    return FALLBACK


def _by_status(status: int, error: BaseException) -> str:
    reason = BY_STATUS.get(status, f"answers with the error {status}")
    wait = asked_to_wait(error)
    return reason if wait is None else f"{reason}; try again in {wait} seconds"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, the error first."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
