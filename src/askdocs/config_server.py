"""The settings of a server, in one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from askdocs.config_fields import PREFIX, Setting, settings_of
from askdocs.config_values import PATH, each, matching, network, within

_HOST = matching(r"[A-Za-z0-9_.:%-]+", "a name or an address, without http:// and port")


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How a server listens, whom it lets in and how much it does at once."""

    host: Annotated[str, _HOST] = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, within(0, 65_535)] = 7860
    """Port to listen on; 0 takes any free one."""
    names: Annotated[tuple[str, ...], each(_HOST)] = ()
    """Further names that the server goes by, such as `docs.example.org` behind a proxy."""
    password_file: Annotated[str, PATH] = ""
    """File whose first line is the one password of all visitors; empty: none is asked for."""
    proxy_header: Annotated[str, matching(r"[A-Za-z0-9-]+", "the name of a header")] = ""
    """Header in which a reverse proxy names the signed-in user, such as `X-Forwarded-User`."""
    trusted_proxies: Annotated[tuple[str, ...], each(network)] = ("127.0.0.1", "::1")
    """Addresses from which that header is believed."""
    session_hours: Annotated[float, within(0.01, 10_000)] = 12.0
    """How long a signed-in visitor stays so."""
    audit_log: Annotated[str, PATH] = ""
    """File that notes who asked what; empty: nobody keeps that."""
    read_only: bool = False
    """Whether nobody can add or remove documents."""
    folders: tuple[str, ...] = ()
    """Folders within the documents folder that the page offers; none: all."""
    gold: Annotated[tuple[str, ...], PATH] = ()
    """Gold files that the quality page can run."""
    examples: tuple[str, ...] = ()
    """Questions that the page suggests; none: it finds some."""
    running: Annotated[int, within(1, 1_000)] = 8
    """Questions answered at once when a language model writes; quoting takes two at a time."""
    waiting: Annotated[int, within(0, 100_000)] = 32
    """Questions that may wait for their turn; more are refused."""
    client_running: Annotated[int, within(1, 1_000)] = 2
    """Questions of one client answered at once."""
    client_waiting: Annotated[int, within(0, 100_000)] = 4
    """Questions of one client that may wait."""
    deadline: Annotated[float, within(1, 86_400)] = 120.0
    """Seconds after which an answer is given up."""
    leaving_seconds: Annotated[float, within(0, 3_600)] = 0.0
    """Seconds that a server which is told to end (SIGTERM) still answers what arrives, while
    `/health/ready` says 503: for a load balancer that looks there."""
    finishing_seconds: Annotated[float, within(0, 86_400)] = 60.0
    """Seconds that the answers it then still writes may take; Ctrl-C does not wait for them."""


def settings_of_server() -> tuple[Setting, ...]:
    """The settings of `ServerSettings`."""
    return settings_of(ServerSettings, (("", "server"),), f"{PREFIX}SERVER_")
