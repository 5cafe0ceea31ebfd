"""The page to sign in on, and the addresses that begin and end a session."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import Scope

from askdocs.access.naming import LONGEST_PASSWORD
from askdocs.access.principal import Principal, acting
from askdocs.config_server import ServerSettings
from askdocs.errors import AskdocsError, Busy, NotAllowed, SignInNeeded
from askdocs.web.peers import Peers, cookie_name, session_of
from askdocs.web.problems import UNBEGUN, problem_of
from askdocs.web.render import signing_in as render
from askdocs.web.wording import say

if TYPE_CHECKING:
    from askdocs.access.entering import Entrance

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
FILES = frozenset(f"/page/{name}" for name in (*render.FILES, "icon.svg"))
"""The files of the page; nothing in them is anybody's."""
_HEALTH = re.compile(r"/health(/[a-z]+)?")
_FOREIGN = ("cross-site", "same-site")
_LONGEST_FORM = 16 * LONGEST_PASSWORD
_PRIVATE = {"cache-control": "no-store"}


def is_open(scope: Scope) -> bool:
    """Whether the request is answered to anybody: the server's health, and the page to sign in."""
    method, path = scope["method"], scope["path"]
    if path == SIGN_IN:
        return method in ("GET", "HEAD", "POST")
    return method in ("GET", "HEAD") and (path in FILES or bool(_HEALTH.fullmatch(path)))


def wants_page(method: str, headers: Headers) -> bool:
    """Whether somebody with a browser opens a page, who can be led to another one."""
    return method in ("GET", "HEAD") and "text/html" in headers.get("accept", "")


def to_sign_in(scope: Scope, headers: Headers) -> Response:
    """Leads to the page to sign in on, and from there to what was wanted."""
    query = scope["query_string"].decode("latin-1")
    wanted = quote(scope["path"]) + (f"?{query}" if query else "")
    known = "askdocs-session=" in headers.get("cookie", "")
    if headers.get("sec-fetch-site", "") in _FOREIGN and not known:
        # A link on another page led here, so the browser kept the session's cookie back; when our
        # own page leads to the same address, it sends it.
        return HTMLResponse(render.onwards(local(wanted)), headers=_PRIVATE)
    address = f"{SIGN_IN}?next={quote(wanted, safe='')}" if local(wanted) != "/" else SIGN_IN
    return RedirectResponse(address, 303, headers=_PRIVATE)


def local(address: str) -> str:
    r"""The address if it is one of this server's pages, else that of the first page.

    >>> local("/view?document=a.md"), local("//evil.example"), local("/\\evil.example")
    ('/view?document=a.md', '/', '/')
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    plain = address.isascii() and address.isprintable() and "\\" not in address
    inside = address.startswith("/") and not address.startswith("//") and not parts.netloc
    return address if plain and inside and parts.path not in (SIGN_IN, SIGN_OUT) else "/"


def add_signing_in(
    app: FastAPI, entrance: Entrance, settings: ServerSettings | None = None
) -> None:
    """The page to sign in on, and what ends a session."""
    settings = settings or ServerSettings()
    peers, seconds = Peers(settings), settings.session_hours * 3600

    @app.get(SIGN_IN, include_in_schema=False)
    def ask(next: str = "/") -> Response:
        if _signed_in():
            return RedirectResponse(local(next), 303, headers=_PRIVATE)
        return HTMLResponse(render.page(local(next)), headers=_PRIVATE)

    @app.post(SIGN_IN, include_in_schema=False)
    async def sign_in(request: Request) -> Response:
        form = await _form(request)
        name, wanted = form.get("name", ""), local(form.get("next", "/"))
        address = peers.credentials(request.scope).address
        try:
            if not await run_in_threadpool(_by_name, entrance):
                raise NotAllowed("this server asks nobody to sign in by name")
            found = await entrance.sign_in(name, form.get("password", ""), address, shared=False)
            session = await run_in_threadpool(_begin, entrance, found, seconds)
        except AskdocsError as error:
            return _again(error, wanted, name)
        await run_in_threadpool(_end, entrance, peers, request)
        reply = RedirectResponse(wanted, 303, headers=_PRIVATE)
        secure = peers.is_secure(request.scope)
        reply.set_cookie(
            cookie_name(secure=secure),
            session,
            max_age=int(seconds),
            secure=secure,
            httponly=True,
            samesite="strict",
        )
        return reply

    @app.post(SIGN_OUT, include_in_schema=False)
    def sign_out(request: Request) -> Response:
        _end(entrance, peers, request)
        reply = RedirectResponse(SIGN_IN, 303, headers=_PRIVATE)
        secure = peers.is_secure(request.scope)
        reply.delete_cookie(
            cookie_name(secure=secure), secure=secure, httponly=True, samesite="strict"
        )
        return reply


def _again(error: AskdocsError, wanted: str, name: str) -> Response:
    """The page once more, with what was wrong."""
    headers = dict(_PRIVATE)
    if isinstance(error, Busy):
        headers["retry-after"] = str(max(1, round(error.retry_after)))
        told, status = say("Too many tries. Wait a minute, then try again."), 429
    elif isinstance(error, SignInNeeded):
        told, status = say("That name and password do not belong together."), 401
    elif isinstance(error, NotAllowed):
        told, status = say("Nobody signs in here by name."), 403
    else:
        trouble = problem_of(error).headers  # the log has it now
        headers |= {name: trouble[name] for name in ("retry-after", UNBEGUN) if name in trouble}
        told, status = say("Nobody can sign in at present. Tell who looks after this server."), 503
    return HTMLResponse(render.page(wanted, name, told), status, headers=headers)


async def _form(request: Request) -> dict[str, str]:
    """The fields of the form; none if it is longer than one can be."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST_FORM:
            return {}
    text = body.decode("ascii", "replace")
    fields = parse_qs(text, keep_blank_values=True, max_num_fields=10, separator="&")
    return {name: values[-1] for name, values in fields.items()}


def _begin(entrance: Entrance, found: Principal, seconds: float) -> str:
    assert entrance.accounts is not None
    return entrance.accounts.sessions.begin(found.name, seconds)


def _end(entrance: Entrance, peers: Peers, request: Request) -> None:
    """End the session that the request names, if it names one."""
    session = session_of(request.headers, secure=peers.is_secure(request.scope))
    if session and entrance.accounts is not None:
        entrance.accounts.sessions.end(session)


def _signed_in() -> bool:
    try:
        return bool(acting())
    except SignInNeeded:
        return False


def _by_name(entrance: Entrance) -> bool:
    return entrance.accounts is not None and entrance.accounts.guarded
