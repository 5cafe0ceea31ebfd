"""Gradio for whoever looks at it: its page and its events are theirs, and in their language."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, get_type_hints

import gradio as gr

from askdocs.access.principal import Principal, acting, acting_as
from askdocs.errors import SignInNeeded
from askdocs.web.security import PRINCIPAL
from askdocs.web.speaking import language_of
from askdocs.web.visitors import VISITOR, visited_by
from askdocs.web.wording import LANGUAGES, say, speaking

_SESSION: ContextVar[str] = ContextVar("session", default="")


class Page(gr.Blocks):
    """A page some properties of which are made anew whenever it is opened, for who opens it.

    Gradio describes a page once, when it is built, and sends that to everybody.
    """

    def __init__(self, **options: Any) -> None:
        self._parts: dict[tuple[int, str], Callable[[], Any]] = {}
        super().__init__(**options)

    def html(self, make: Callable[[], str], **options: Any) -> gr.HTML:
        """A piece of HTML that is made anew."""
        component = gr.HTML("", **options)
        self.renew(component, "value", make)
        return component

    def renew(self, component: gr.components.Component, name: str, make: Callable[[], Any]) -> None:
        """Let a property of a component be made anew."""
        self._parts[component._id, name] = make

    @property
    def config(self) -> dict[str, Any]:
        """The description of the page as it is sent to this reader; to nobody, an empty page."""
        try:
            acting()
        except SignInNeeded:
            return self._described
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


def session() -> str:
    """The window of the page whose event is handled; empty outside of events."""
    return _SESSION.get()


def for_reader(handler: Callable[..., Any]) -> Callable[..., Any]:
    """The handler of an event, for the reader who caused it and in their language.

    Events run in tasks of Gradio's own, which know nothing of the request's context: only
    `gr.Request` says whose event it is. Raises `SignInNeeded` if that is nobody's.
    """
    spoken: Any = _generating if inspect.isasyncgenfunction(handler) else _answering
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
        with _reader(request):
            return handler(*arguments)

    return answer


def _generating(handler: Callable[..., AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
    @wraps(handler)
    async def steps(*given: Any) -> AsyncIterator[Any]:
        *arguments, request = given
        made = handler(*arguments)
        try:
            while True:
                # Between the steps this may be the context of others: the reader is set anew.
                with _reader(request):
                    try:
                        step = await anext(made)
                    except StopAsyncIteration:
                        return
                yield step
        finally:
            if isinstance(made, AsyncGenerator):
                await made.aclose()

    return steps


@contextmanager
def _reader(request: gr.Request | None) -> Iterator[None]:
    """All that is done meanwhile is done for whoever made the request."""
    scope = request.request.scope if request and request.request else {}
    principal = scope.get(PRINCIPAL)
    if not isinstance(principal, Principal):
        raise SignInNeeded("sign in first")
    token = _SESSION.set(getattr(request, "session_hash", None) or "")
    try:
        with acting_as(principal), visited_by(scope.get(VISITOR, "")), speaking(_language(request)):
            yield
    finally:
        _SESSION.reset(token)


def _language(request: gr.Request | None) -> str:
    headers = dict(request.headers) if request else {}
    return language_of(headers.get("cookie", ""), headers.get("accept-language", ""))
