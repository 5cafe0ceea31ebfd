"""`askdocs ask` and `askdocs retrieve`: by the server that runs on the index, or by the index.

A server has the model and the index in memory, so that it answers before this process could load
them. It is asked only if it would answer as this process does; whatever goes wrong with it, the
index is opened as if there were none. Until then nothing is imported that takes long.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from askdocs import cli_output as output
from askdocs import client_requests, running
from askdocs.cli_settings import settings_of
from askdocs.errors import AskdocsError
from askdocs.types_filter import Filter

if TYPE_CHECKING:
    from askdocs.client_connection import Connection
    from askdocs.config import Config
    from askdocs.types_document import Document

Found = TypeVar("Found")

_QUOTING, _WRITING, _ALIVE = 15.0, 600.0, 2.0
"""Seconds to wait for quotes, for a language model, and for a sign of life."""


_ASKED = ("k", "threshold")
"""Settings that can be sent along with a question."""

_TOKEN = "ASKDOCS_TOKEN"


@dataclass(frozen=True, slots=True)
class Asking:
    """A way to a server, and what it is to do otherwise than by itself."""

    connection: Connection
    k: int | None = None
    threshold: float | None = None
    quoted: bool = False


def ask(options: argparse.Namespace) -> int:
    """Answer one question; a refusal is an answer too."""
    answer, cited = _by_server(options, _ask_server) or _ask_index(options)
    if options.json:
        output.print_json(answer)
    else:
        output.show_answer(answer, cited)
    return 0


def retrieve(options: argparse.Namespace) -> int:
    """Print the passages for one question, best first."""
    found = _by_server(options, _retrieve_server)
    hits = _retrieve_index(options) if found is None else found
    if options.json:
        output.print_json(hits)
    else:
        output.show_hits(hits)
    return 0


def _by_server(
    options: argparse.Namespace, work: Callable[[argparse.Namespace, Asking], Found]
) -> Found | None:
    """What a server has to say; `None` if the index is to be opened.

    Raises for a server that was named on the command line.
    """
    if options.server:
        return _by_named(options, work)
    found = running.find(Path(options.index))
    if found is None:
        return None
    config = settings_of(options).config
    wishes = _wishes(found, config, getattr(options, "model", None) or config.language_model)
    if wishes is None:
        return None
    from askdocs.client_connection import Connection

    patience = _WRITING if found.model else _QUOTING
    headers = client_requests.credentials(found.token, "", "")
    try:
        with Connection(found.address, headers, timeout=patience, trusting=True) as connection:
            connection.json(client_requests.health(), timeout=_ALIVE)
            return work(options, Asking(connection, **wishes))
    except (AskdocsError, KeyError, TypeError):  # the index itself says what is wrong, if anything
        return None


def _by_named(
    options: argparse.Namespace, work: Callable[[argparse.Namespace, Asking], Found]
) -> Found:
    from askdocs.client_connection import Connection
    from askdocs.client_errors import stranger

    if getattr(options, "model", None) or options.set or options.config:
        raise AskdocsError(
            f"{options.server} answers by its own settings; leave --model, --set and --config out"
        )
    address = client_requests.base_address(options.server)
    token = _token(options.token_file) if options.token_file else os.environ.get(_TOKEN, "")
    headers = client_requests.credentials(token, "", "")
    with Connection(address, headers, timeout=_WRITING) as connection:
        try:
            return work(options, Asking(connection, k=getattr(options, "k", None)))
        except (KeyError, TypeError) as error:
            raise stranger(address) from error


def _token(file: Path) -> str:
    """The first line of a file, so that the token is in no list of processes."""
    token = (file.read_text(encoding="utf-8", errors="replace").splitlines() or [""])[0].strip()
    if not token:
        raise AskdocsError(f"{file} holds no token; write one into its first line")
    return token


def _wishes(found: running.Running, config: Config, model: str) -> dict[str, Any] | None:
    """What to ask of a server so that it answers as this process would; `None`: it cannot."""
    if not running.answers_as(found, config, but=_ASKED) or model not in ("", found.model):
        return None
    here = {name: getattr(config, name) for name in _ASKED}
    changed = {name: value for name, value in here.items() if value != found.config.get(name)}
    return {**changed, "quoted": bool(found.model and not model)}


def _ask_server(
    options: argparse.Namespace, asking: Asking
) -> tuple[dict[str, Any], dict[str, Document]]:
    connection = asking.connection
    request = client_requests.ask(
        options.question,
        options.after,
        _within(options, lambda: _identifiers(connection)),
        k=asking.k,
        threshold=asking.threshold,
        quoted=asking.quoted,
    )
    said = connection.json(request)
    answer = {name: said[name] for name in output.ANSWER}
    if options.json:
        return answer, {}
    from askdocs.client_values import document_from

    cited = {citation["document"]: None for citation in answer["citations"]}
    requests = {name: client_requests.document(name) for name in cited}
    return answer, {name: document_from(connection.json(one)) for name, one in requests.items()}


def _retrieve_server(options: argparse.Namespace, asking: Asking) -> list[dict[str, Any]]:
    connection = asking.connection
    within = _within(options, lambda: _identifiers(connection))
    k = options.k or asking.k
    said = connection.json(client_requests.retrieve(options.question, options.after, within, k=k))
    names = ("document", "start", "end", "score", "text", "parts")
    return [{name: hit[name] for name in names} for hit in said["hits"]]


def _identifiers(connection: Connection) -> Iterable[str]:
    offset, total = 0, 1
    while offset < total:
        part = connection.json(client_requests.documents(offset))
        yield from (one["id"] for one in part["documents"])
        offset, total = offset + max(1, len(part["documents"])), part["total"]


def _ask_index(options: argparse.Namespace) -> tuple[dict[str, Any], Mapping[str, Document]]:
    from askdocs.assistant import Assistant
    from askdocs.cli_commands import open_index

    # One question reads only, so it need not own the index and works beside a server.
    with open_index(options, exact=True) as opened:
        assistant = Assistant(opened, model=options.model)
        within = _within(options, lambda: (one.id for one in opened.documents()))
        answer = assistant.ask(options.question, history=options.after, within=within)
        cited = {citation.document for citation in answer.citations}
        return answer.to_dict(), {name: opened.document(name) for name in cited}


def _retrieve_index(options: argparse.Namespace) -> list[dict[str, Any]]:
    from askdocs.cli_commands import open_index

    with open_index(options, exact=True) as opened:
        within = _within(options, lambda: (one.id for one in opened.documents()))
        hits = opened.retrieve(options.question, k=options.k, history=options.after, within=within)
    return [{**hit.to_dict(), "text": hit.passage.text, "parts": {**hit.parts}} for hit in hits]


def _within(options: argparse.Namespace, identifiers: Callable[[], Iterable[str]]) -> Filter:
    """The documents that the options say to ask; `identifiers` gives those that there are."""
    documents: tuple[str, ...] = ()
    if options.places:
        from askdocs.retrieval_filter import documents_at

        documents = documents_at(options.places, identifiers())
    return Filter(documents, types=tuple(options.types), since=options.since, until=options.until)
