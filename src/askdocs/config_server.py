"""The settings of a server, in one frozen value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How a server listens, whom it lets in and how much it does at once."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 7860
    """Port to listen on; 0 takes any free one."""
    names: tuple[str, ...] = ()
    """Further names that the server goes by, such as `docs.example.org` behind a proxy."""
    password_file: str = ""
    """File whose first line is the one password of all visitors; empty: none is asked for."""
    proxy_header: str = ""
    """Header in which a reverse proxy names the signed-in user, such as `X-Forwarded-User`."""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    """Addresses from which that header is believed."""
    session_hours: float = 12.0
    """How long a signed-in visitor stays so."""
    audit_log: str = ""
    """File that notes who asked what; empty: nobody keeps that."""
    read_only: bool = False
    """Whether nobody can add or remove documents."""
    folders: tuple[str, ...] = ()
    """Folders within the documents folder that the page offers; none: all."""
    gold: tuple[str, ...] = ()
    """Gold files that the quality page can run."""
    examples: tuple[str, ...] = ()
    """Questions that the page suggests; none: it finds some."""
    running: int = 8
    """Questions answered at once when a language model writes; quoting takes two at a time."""
    waiting: int = 32
    """Questions that may wait for their turn; more are refused."""
    client_running: int = 2
    """Questions of one client answered at once."""
    client_waiting: int = 4
    """Questions of one client that may wait."""
    deadline: float = 120.0
    """Seconds after which an answer is given up."""
