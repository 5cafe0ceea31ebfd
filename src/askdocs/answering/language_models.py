"""Name -> LanguageModel, through llama-index's classes, with limits that hold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from askdocs.answering.local_model import load_file
from askdocs.answering.model_call import HEARTBEAT, Call, Limits
from askdocs.answering.model_errors import PromptTooLong, asked_to_wait, failure
from askdocs.errors import DeadlinePassed, LanguageModelError, Stopped
from askdocs.stopping import present
from askdocs.types import LanguageModel

FORMS = "ollama:NAME, openai:NAME, openai-like:NAME@http://HOST:PORT/v1, llama-cpp:FILE.gguf"
OLLAMA_URL = "http://localhost:11434"
PAUSE_AFTER_FAILURE = 5.0
ATTEMPTS = 3  # of which the later ones only where a busy server says when to come again
READ_MARGIN = 5.0  # The client's own limit only stands behind ours, which knows tokens.


def load_language_model(
    model: str | LanguageModel | Any, /, *, key: str = "", limits: Limits | None = None
) -> LanguageModel:
    """The language model of that name, one of `FORMS`, or the given object made to fit.

    An object may be any llama-index LLM or anything with the two members of `LanguageModel`. `key`
    is sent to an `openai-like` server; `openai` takes its own from OPENAI_API_KEY. Nothing is sent
    before the first question. Raises `LanguageModelError`.
    """
    limits = limits or Limits()
    if isinstance(model, str):
        return _by_name(model.strip(), key, limits)
    if hasattr(model, "stream_chat"):
        name = str(getattr(getattr(model, "metadata", None), "model_name", type(model).__name__))
        return LlamaIndexModel(name, model, limits, watched=False)
    if hasattr(model, "stream") and hasattr(model, "name"):
        given: LanguageModel = model
        return given
    raise LanguageModelError(
        f"a {type(model).__name__} is not a language model; give a name ({FORMS}), a llama-index "
        "LLM, or an object with `name` and `stream(system, prompt)`"
    )


class LlamaIndexModel:
    """A llama-index LLM as a `LanguageModel`."""

    def __init__(self, name: str, llm: Any, limits: Limits, *, watched: bool) -> None:
        self.name = name
        self._llm = llm
        self._limits = limits
        self._watched = watched
        self._failure: tuple[float, str] = (float("-inf"), "")

    def stream(self, system: str, prompt: str, /) -> Iterator[str]:
        """The reply in pieces, as they come. Raises `LanguageModelError`.

        A busy server that says for how long is asked again then, if that is soon. Raises
        `PromptTooLong` when a shorter prompt might do. A piece is empty when there is nothing yet:
        the caller may stop at every piece.
        """
        failed, reason = self._failure
        if time.monotonic() - failed < PAUSE_AFTER_FAILURE:
            raise LanguageModelError(reason)
        deadline = time.monotonic() + min(self._limits.busy, self._limits.total)
        heard = False
        for attempts_left in reversed(range(ATTEMPTS)):
            try:
                with closing(Call(self._llm, self._limits, watched=self._watched)) as call:
                    for piece in call.pieces(system, prompt):
                        heard = heard or bool(piece)
                        yield piece
                break
            except (Stopped, DeadlinePassed):
                raise  # The model is not to blame.
            except Exception as error:
                wait = asked_to_wait(error)
                is_soon = wait is not None and time.monotonic() + wait < deadline
                if heard or not attempts_left or not is_soon:
                    # Not chained: the server's own words may hold the key, and a log shows a chain.
                    raise self._failed(error, heard) from None
            yield from _silence(wait or HEARTBEAT)
        if not heard:
            raise LanguageModelError(f"the language model {self.name} gave an empty reply")

    def _failed(self, error: Exception, heard: bool) -> LanguageModelError:
        failed = failure(error, self.name)
        if not heard and not isinstance(failed, PromptTooLong):
            # Two calls belong to one question; the second need not wait as long again.
            self._failure = (time.monotonic(), str(failed))
        return failed


def _silence(seconds: float) -> Iterator[str]:
    """Empty pieces for so long: at each of them the caller may stop."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        present().require()
        yield ""
        time.sleep(min(left, HEARTBEAT))


def _by_name(name: str, key: str, limits: Limits) -> LanguageModel:
    kind, _, rest = name.partition(":")
    if rest and kind == "llama-cpp":
        return LlamaIndexModel(name, load_file(rest, limits), limits, watched=False)
    model, at, url = rest.rpartition("@http")
    model, url = (model, "http" + url) if at else (rest, "")
    if "@" in url:
        raise LanguageModelError(
            f"{kind}:{model}: no name or password in the address, please; pass the key instead"
        )
    if model and kind == "ollama":
        return LlamaIndexModel(
            name, _ollama(model, url or OLLAMA_URL, limits), limits, watched=True
        )
    if model and kind == ("openai-like" if url else "openai"):
        return LlamaIndexModel(name, _openai(model, url, key, limits), limits, watched=True)
    raise LanguageModelError(f"{name!r} is not the name of a language model; give one of {FORMS}")


def _openai(model: str, url: str, key: str, limits: Limits) -> Any:
    """A model behind the OpenAI protocol; without `url` it is OpenAI's own."""
    import httpx
    from llama_index.llms.openai_like import OpenAILike
    from openai import OpenAI

    from askdocs.answering.connection import client_options

    # A server of one's own must never be sent the key of OpenAI, which is what an empty key means.
    llm = OpenAILike(
        model=model,
        api_base=url or None,
        api_key=(key or "none") if url else None,
        is_chat_model=True,
        max_retries=0,
        context_window=limits.context,
        max_tokens=limits.tokens if url else None,
        additional_kwargs={} if url else {"max_completion_tokens": limits.tokens},
        timeout=limits.total,
        temperature=0.0,
    )
    if not llm.api_key:
        raise LanguageModelError(f"openai:{model} needs a key; set OPENAI_API_KEY")
    read = limits.first + READ_MARGIN
    options = client_options(str(llm.api_base), connect=limits.connect, read=read)
    llm._client = OpenAI(
        api_key=llm.api_key,
        base_url=llm.api_base,
        max_retries=0,
        timeout=options["timeout"],
        http_client=httpx.Client(**options),
    )
    return llm


def _ollama(model: str, url: str, limits: Limits) -> Any:
    from llama_index.llms.ollama import Ollama
    from ollama import Client

    from askdocs.answering.connection import client_options

    read = limits.first + READ_MARGIN
    options = client_options(url, connect=limits.connect, read=read)
    return Ollama(
        model=model,
        base_url=url,
        context_window=limits.context,
        request_timeout=limits.total,
        temperature=0.0,
        additional_kwargs={"num_predict": limits.tokens},
        client=Client(host=url, **options),
    )
