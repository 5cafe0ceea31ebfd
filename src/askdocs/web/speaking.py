"""Which language a reader is spoken to in: the chosen one, else what the browser prefers."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askdocs.web.wording import ENGLISH, LANGUAGES, speaking

COOKIE = "askdocs-language"
_LANGUAGE, _HEAD = b'lang="en"', b"<head>"


def language_of(cookies: str, accepted: str) -> str:
    """The language for a request with these headers, `Cookie` and `Accept-Language`.

    >>> language_of("", "de-CH,de;q=0.9,en;q=0.8"), language_of("askdocs-language=fr", "de")
    ('de', 'fr')
    >>> language_of("askdocs-language=xx", "it;q=0.9, fr;q=0.2, en;q=0.1"), language_of("", "")
    ('fr', 'en')
    """
    chosen = str(cookie_parser(cookies).get(COOKIE, ""))
    if chosen in LANGUAGES:
        return chosen
    known = [(_weight(one), _primary(one)) for one in accepted.split(",")]
    best = max((weight for weight, language in known if language in LANGUAGES), default=0.0)
    preferred = (language for weight, language in known if weight == best)
    return next((one for one in preferred if one in LANGUAGES), ENGLISH) if best else ENGLISH


def _primary(entry: str) -> str:
    """The language of an entry such as `de-CH;q=0.9`, without its country."""
    return entry.partition(";")[0].strip().partition("-")[0].lower()


def _weight(entry: str) -> float:
    """How much the entry is preferred, 0 to 1; what is no number counts for nothing."""
    name, _, value = entry.partition(";")[2].strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0


class Speaking:
    """ASGI middleware: all that is said within a request is said in its reader's language.

    Gradio's page is made once for everybody: it calls itself English, and adds what belongs in its
    head when it has been seen already. Here it gets its language, and `early` in its head.
    """

    def __init__(self, app: ASGIApp, *, early: str = "") -> None:
        self.app = app
        self.early = early.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, in its language."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        language = language_of(headers.get("cookie", ""), headers.get("accept-language", ""))
        if scope["path"] == "/":
            # What Gradio has compressed could not be changed any more.
            kept = [one for one in scope["headers"] if one[0] != b"accept-encoding"]
            scope, send = {**scope, "headers": kept}, self._completed(send, language)
        with speaking(language):
            await self.app(scope, receive, send)

    def _completed(self, send: Send, language: str) -> Send:
        """Sends a page with its language and what is early; the start waits for the first piece."""
        started: list[Message] = []

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.append(message)
                return
            if started:
                start = started.pop()
                headers = MutableHeaders(scope=start)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.add_vary_header("Cookie, Accept-Language")
                    body = message["body"].replace(_LANGUAGE, f'lang="{language}"'.encode(), 1)
                    body = body.replace(_HEAD, _HEAD + self.early, 1)
                    if "content-length" in headers:
                        more = len(body) - len(message["body"])
                        headers["content-length"] = str(int(headers["content-length"]) + more)
                    message = {**message, "body": body}
                await send(start)
            await send(message)

        return complete
