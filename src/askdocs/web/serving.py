"""Serve the web app over an index until Ctrl-C."""

from __future__ import annotations

import sys
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from askdocs import running
from askdocs.access.accounts import Accounts
from askdocs.config_server import ServerSettings
from askdocs.errors import IndexNotFound, ServerError
from askdocs.web.app import create_app, create_explanation
from askdocs.web.leaving import Leaving
from askdocs.web.limits import uvicorn_options
from askdocs.web.listening import Server, listen
from askdocs.web.security import is_loopback

if TYPE_CHECKING:
    from askdocs.assistant import Assistant
    from askdocs.config import Config
    from askdocs.index import Index


def serve(
    index_path: str | Path = "index/",
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    model: str | None = None,
    config: Config | None = None,
    password: str = "",
    examples: tuple[str, ...] = (),
    gold: tuple[Path, ...] = (),
    read_only: bool = False,
    folders: tuple[Path, ...] = (),
    settings: ServerSettings | None = None,
) -> None:
    """Serve the chat page and the API over an index until Ctrl-C; port 0 takes any free one.

    Where there is no index, the page explains how to make one. The questions of `gold` files can be
    run from the quality page. With `read_only` the page adds and removes no documents; `folders`
    are those within the documents folder that it offers, all if there are none. `settings` stand in
    place of all arguments that are among them. Raises `ServerError` if the address cannot be used,
    or would show the documents to the whole network, or for another folder, and `GoldError` for a
    gold file that is not one.
    """
    settings = settings or ServerSettings(
        host=host,
        port=port,
        examples=examples,
        gold=tuple(map(str, gold)),
        read_only=read_only,
        folders=tuple(map(str, folders)),
    )
    host = settings.host
    accounts = Accounts(index_path, store=config.store if config else "")
    if not (is_loopback(host) or password or settings.proxy_header or accounts.guarded):
        raise ServerError(
            f"{host} shows the documents to the network: use 127.0.0.1, or say who may use them"
            f" with: askdocs access users add NAME; or set one password for all with:"
            f" askdocs serve --host {host} --password-file FILE"
        )
    token = running.new_token()  # for the programs of whoever starts the server
    with listen(host, settings.port) as listener, ExitStack() as opened:
        try:
            index, assistant = _open(Path(index_path), model, config, opened)
            offered = _offered(Path(index.store.meta.folder), settings.folders)
            settings = replace(settings, folders=offered)
            app = create_app(
                index,
                assistant,
                settings,
                password=password,
                accounts=accounts,
                local_token=token,
            )
            leaving = app.state.service.leaving
            opened.callback(app.state.quality.close)
            opened.callback(app.state.shelf.stop)
            app.state.shelf.begin()
            here = running.local_address(listener.getsockname())
            answers = running.settings_of(assistant.config)
            note = running.Running(here, token, config=answers, model=assistant.model_name)
            opened.enter_context(running.noted(index.path, note))
        except IndexNotFound as error:
            print(f"askdocs: {error}", file=sys.stderr, flush=True)
            app, leaving = create_explanation(str(error), hosts=(host,)), Leaving()
        listening = uvicorn.Config(
            app,
            log_level="warning",
            server_header=False,
            proxy_headers=False,  # which proxy is believed, and what of it, is for us to say
            timeout_graceful_shutdown=2,  # after Ctrl-C: what else ends it, `Server` waits for
            **uvicorn_options(),
        )
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listener.getsockname()[1]}"
        # Threads that answer let the one that serves all connections wait 5 ms each time, else.
        sys.setswitchinterval(0.0005)
        with suppress(KeyboardInterrupt):  # how uvicorn ends after Ctrl-C
            Server(listening, address, leaving, settings).run(sockets=[listener])


def _offered(root: Path, folders: tuple[str, ...]) -> tuple[str, ...]:
    """The folders as the page names them. Raises `ServerError` for one that is not in `root`."""
    names = []
    for name in folders:
        folder = Path(name)
        found = (root / folder if (root / folder).is_dir() else folder).resolve()
        if not found.is_dir() or root.resolve() not in found.parents:
            raise ServerError(
                f"{folder} is not a folder within {root}, which the index is made of; give one that"
                " is, or none to offer all"
            )
        names.append(found.relative_to(root.resolve()).as_posix())
    return tuple(names)


def _open(
    path: Path, model: str | None, config: Config | None, opened: ExitStack
) -> tuple[Index, Assistant]:
    """The index, closed with `opened`, and its assistant."""
    from askdocs.assistant import Assistant
    from askdocs.index import Index

    index = opened.enter_context(Index.open(path, config=config))
    return index, Assistant(index, model=model, config=config)
