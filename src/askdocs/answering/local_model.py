"""A language model from a GGUF file, run in this process by llama.cpp."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from askdocs.answering.model_call import Limits
from askdocs.errors import LanguageModelError
from askdocs.stopping import present

PACKAGE = "llama-index-llms-llama-cpp"
_LOOK = 0.25
"""Seconds after which whoever waits for the model looks whether the reply is still wanted."""


def load_file(path: str, limits: Limits) -> Any:
    """The model of a GGUF file as a llama-index LLM. Raises `LanguageModelError`."""
    file = Path(path).expanduser()
    if not file.is_file():
        raise LanguageModelError(f"llama-cpp:{path} names no file; give the path of a GGUF file")
    try:
        from llama_index.llms.llama_cpp import LlamaCPP
    except ImportError:
        raise LanguageModelError(
            f"llama-cpp:{path} needs a package that is not installed; "
            f"install it with: pip install {PACKAGE}"
        ) from None
    try:
        llm = LlamaCPP(
            model_path=str(file),
            temperature=0.0,
            max_new_tokens=limits.tokens,
            context_window=limits.context,
            verbose=False,
        )
    except (ValueError, OSError, RuntimeError) as error:
        raise LanguageModelError(
            f"llama-cpp:{path} cannot be loaded; is it a whole GGUF file?"
        ) from error
    prompt = _chat_prompt(llm._model)
    if prompt is not None:
        llm.messages_to_prompt = prompt
    return OneAtATime(llm)


class OneAtATime:
    """An LLM that answers one question after the other: llama.cpp has one memory for all."""

    def __init__(self, llm: Any) -> None:
        self._llm = llm
        self._free = threading.Lock()

    def stream_chat(self, messages: Sequence[Any]) -> Iterator[Any]:
        """The responses as they come; the next caller's turn is when these end or are left.

        Raises `Stopped` if nobody wants them any more before they begin.
        """
        wanted = present()
        while not self._free.acquire(timeout=_LOOK):
            wanted.require()
        try:
            wanted.require()
            yield from self._llm.stream_chat(messages)
        finally:
            self._free.release()


def _chat_prompt(model: Any) -> Callable[[Sequence[Any]], str] | None:
    """How the model was taught that a conversation is written, if its file says so."""
    template = model.metadata.get("tokenizer.chat_template")
    if not template:
        return None
    chat_format = import_module("llama_cpp.llama_chat_format")  # comes with PACKAGE
    begin = model._model.token_get_text(model.token_bos()) if model.token_bos() >= 0 else ""
    end = model._model.token_get_text(model.token_eos()) if model.token_eos() >= 0 else ""
    formatter = chat_format.Jinja2ChatFormatter(template=template, bos_token=begin, eos_token=end)

    def prompt(messages: Sequence[Any]) -> str:
        said = [{"role": m.role.value, "content": m.content or ""} for m in messages]
        text: str = formatter(messages=said).prompt
        return text.removeprefix(begin)  # llama.cpp puts it there itself

    return prompt
