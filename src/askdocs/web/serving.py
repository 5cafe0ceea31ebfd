"""Serve the web app over an index until Ctrl-C."""

from __future__ import annotations

import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from askdocs.config_server import ServerSettings
from askdocs.errors import IndexNotFound, ServerError
from askdocs.web.app import create_app, create_explanation
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
) -> None:
    """Serve the chat page and the API over an index until Ctrl-C; port 0 takes any free one.

    Where there is no index, the page explains how to make one. The questions of `gold` files can be
    run from the quality page. With `read_only` the page adds and removes no documents; `folders`
    are those within the documents folder that it offers, all if there are none. Raises
    `ServerError` if the address cannot be used, or would show the documents to the network without
    a password, or for another folder, and `GoldError` for a gold file that is not one.
    """
    if not is_loopback(host) and not password:
        raise ServerError(
            f"{host} shows the documents to the network: use 127.0.0.1, or set a password with:"
            f" askdocs serve --host {host} --password-file FILE"
        )
    with listen(host, port) as listener, ExitStack() as opened:
        try:
            index, assistant = _open(Path(index_path), model, config, opened)
            settings = ServerSettings(
                host=host,
                port=port,
                examples=examples,
                gold=tuple(map(str, gold)),
                read_only=read_only,
                folders=_offered(Path(index.store.meta.folder), folders),
            )
            app = create_app(index, assistant, settings, password=password)
            opened.callback(app.state.quality.close)
            opened.callback(app.state.shelf.stop)
        except IndexNotFound as error:
            print(f"askdocs: {error}", file=sys.stderr, flush=True)
            app = create_explanation(str(error), hosts=(host,))
        listening = uvicorn.Config(
            app, log_level="warning", server_header=False, timeout_graceful_shutdown=2
        )
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listener.getsockname()[1]}"
        with suppress(KeyboardInterrupt):  # how uvicorn ends after Ctrl-C
            Server(listening, address).run(sockets=[listener])


def _offered(root: Path, folders: tuple[Path, ...]) -> tuple[str, ...]:
    """The folders as the page names them. Raises `ServerError` for one that is not in `root`."""
    names = []
    for folder in folders:
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
