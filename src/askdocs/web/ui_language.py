"""Gradio in the reader's language: its page, its events, its own labels."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, get_type_hints

import gradio as gr

from askdocs.web.speaking import language_of
from askdocs.web.wording import LANGUAGES, say, speaking


class Page(gr.Blocks):
    """A page some properties of which are made anew whenever it is opened, for who opens it.

    Gradio describes a page once, when it is built, and sends that to everybody.
    """

    def __init__(self, **options: Any) -> None:
        self._parts: dict[tuple[int, str], Callable[[], Any]] = {}
        super().__init__(**options)

    def html(self, make: Callable[[], str], **options: Any) -> gr.HTML:
        """A piece of HTML that is made anew."""
        component = gr.HTML(make(), **options)
        self.renew(component, "value", make)
        return component

    def renew(self, component: gr.components.Component, name: str, make: Callable[[], Any]) -> None:
        """Let a property of a component be made anew."""
        self._parts[component._id, name] = make

    @property
    def config(self) -> dict[str, Any]:
        """The description of the page as it is sent to this reader."""
        made: dict[int, dict[str, Any]] = {}
        for (identifier, name), make in self._parts.items():
            made.setdefault(identifier, {})[name] = make()
        components = [
            {**one, "props": one["props"] | made[one["id"]]} if one["id"] in made else one
            for one in self._described.get("components", [])
        ]
        return {**self._described, "components": components} if made else self._described

    @config.setter
    def config(self, described: dict[str, Any]) -> None:
        self._described = described


def labels() -> gr.I18n:
    """The words of Gradio's own parts in every language; a call with a key of it stands for one."""
    translations = {}
    for language in LANGUAGES:
        with speaking(language):
            translations[language] = {
                "conversation": say("Conversation"),
                "your_question": say("Your question"),
                "ask_the_documents": say("Ask the documents…"),
                "ask": say("Ask"),
                "stop": say("Stop"),
            }
    return gr.I18n(**translations)


def in_language(handler: Callable[..., Any]) -> Callable[..., Any]:
    """The handler of an event, speaking the language of the reader who caused it.

    Events run in tasks of Gradio's own, which know nothing of the request's context: only
    `gr.Request` says whose event it is.
    """
    spoken: Any = _generating if inspect.isgeneratorfunction(handler) else _answering
    wrapped = spoken(handler)
    given = inspect.signature(handler)
    request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    # Gradio looks at names and types to see what to give.
    parameters = [one.replace(default=one.empty) for one in given.parameters.values()]
    wrapped.__signature__ = given.replace(parameters=[*parameters, request])
    wrapped.__annotations__ = {**get_type_hints(handler), "request": gr.Request}
    made: Callable[..., Any] = wrapped
    return made


def _answering(handler: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(handler)
    def answer(*given: Any) -> Any:
        *arguments, request = given
        with speaking(_language(request)):
            return handler(*arguments)

    return answer


def _generating(handler: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    @wraps(handler)
    def steps(*given: Any) -> Iterator[Any]:
        *arguments, request = given
        language, made = _language(request), handler(*arguments)
        try:
            while True:
                # Each step may run in another thread: the language is set anew for each.
                with speaking(language):
                    try:
                        step = next(made)
                    except StopIteration:
                        return
                yield step
        finally:
            if isinstance(made, Iterator) and hasattr(made, "close"):
                made.close()

    return steps


def _language(request: gr.Request | None) -> str:
    headers = dict(request.headers) if request else {}
    return language_of(headers.get("cookie", ""), headers.get("accept-language", ""))
