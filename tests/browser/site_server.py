"""A server over a real index, for the tests of the page.

Only the words of the answers are scripted; documents, index, store, server and page are real.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import uvicorn
from steps import DETAINED, DIED

from askdocs import Answer, Index
from askdocs.config_server import ServerSettings
from askdocs.web.app import create_app
from fakes import FakeEmbedder
from fakes_web import HOSTILE, HOSTILE_NAME, UNREST, ScriptedAssistant, script
from ports import free_port


class Site:
    """A server over an index, which can be stopped and started again at the same address."""

    gold: tuple[Path, ...] = ()

    def __init__(self, folder: Path) -> None:
        self.index_path = folder / "index"
        self.port = free_port()
        documents = folder / "documents"
        documents.mkdir()
        self.fill(documents)
        Index.build(documents, self.index_path, embedder=FakeEmbedder()).close()
        self.start()

    def fill(self, documents: Path) -> None:
        """Write the documents."""
        (documents / "reports").mkdir()
        (documents / "reports" / "unrest.txt").write_text(UNREST, encoding="utf-8")
        (documents / HOSTILE_NAME).write_text(HOSTILE, encoding="utf-8")
        (documents / "<b>scan<b>.pdf").write_bytes(b"%PDF-1.7")

    def answers(self) -> dict[str, Answer]:
        """What is answered to which question."""
        return script(self.index)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        self.index = Index.open(self.index_path, embedder=FakeEmbedder())
        self.assistant = ScriptedAssistant(self.index, self.answers())
        app = create_app(
            self.index,
            self.assistant,
            ServerSettings(examples=(DETAINED, DIED), gold=tuple(map(str, self.gold))),
        )
        settings = uvicorn.Config(
            app, port=self.port, log_level="error", timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(settings)
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            assert self.thread.is_alive(), "the server did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.index.close()
