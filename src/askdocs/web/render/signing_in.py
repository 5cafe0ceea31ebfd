"""The page to sign in on, and what the foot of the side bar says of who is signed in."""

from __future__ import annotations

from askdocs.web.render.escaping import escape
from askdocs.web.wording import say, spoken

_STYLES = ("early.css", "base.css", "signing_in.css")
FILES = ("theme.js", *_STYLES)
"""What the page needs of the files of the server."""


def page(wanted: str, name: str = "", problem: str = "") -> str:
    """The page that asks for a name and a password; after that it leads to `wanted`.

    It needs no script; the one it has shows it in the theme that was chosen.
    """
    told = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    # The browser stands in the first field that is still to be filled in.
    first, second = ("", " autofocus") if name else (" autofocus", "")
    return _whole(
        say("Sign in"),
        '<main class="sign-in"><p class="brand">askdocs</p>'
        f"<h1>{escape(say('Sign in'))}</h1>{told}"
        '<form method="post" action="/sign-in">'
        f'<input type="hidden" name="next" value="{escape(wanted)}">'
        f'<label for="name">{escape(say("Name"))}</label>'
        f'<input id="name" name="name" value="{escape(name[:200])}" required maxlength="200"'
        f' autocomplete="username" autocapitalize="none" spellcheck="false"{first}>'
        f'<label for="password">{escape(say("Password"))}</label>'
        '<input id="password" name="password" type="password" required maxlength="1024"'
        f' autocomplete="current-password"{second}>'
        f"<button>{escape(say('Sign in'))}</button></form>"
        f'<p class="hint">{escape(say("Whoever looks after this server gives out accounts."))}</p>'
        "</main>",
    )


def onwards(address: str) -> str:
    """A page that leads on at once to an address of this server, also without a script."""
    link = f'<a href="{escape(address)}">{escape(say("Go on"))}</a>'
    head = f'<meta http-equiv="refresh" content="0;url={escape(address)}">'
    return _whole("askdocs", f'<main class="sign-in"><p>{link}</p></main>', head)


def signed_in(name: str) -> str:
    """Who is signed in, with what ends that; nothing where nobody signs in by name."""
    if not name:
        return ""
    told = escape(say("Signed in as {name}", name=name))
    return (
        f'<form class="signed-in" method="post" action="/sign-out"><bdi>{told}</bdi>'
        f' <button class="quiet">{escape(say("Sign out"))}</button></form>'
    )


def _whole(title: str, body: str, head: str = "") -> str:
    styles = "".join(f'<link rel="stylesheet" href="/page/{name}">' for name in _STYLES)
    return (
        f'<!doctype html><html lang="{spoken()}"><head><meta charset="utf-8"><meta name="viewport"'
        f' content="width=device-width, initial-scale=1"><title>askdocs: {escape(title)}</title>'
        f'<link rel="icon" href="/page/icon.svg"><script src="/page/theme.js"></script>{styles}'
        f"{head}</head><body>{body}</body></html>"
    )
