"""Note who asked what, for those who have to know; only where a file for it is named."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from askdocs.access.principal import Principal
from askdocs.types import Answer

_log = logging.getLogger(__name__)


class Audit:
    """A file of one JSON object a line, which only its owner reads; no file, and nothing is noted.

    It is opened for each line, so that it may be moved away meanwhile.
    """

    def __init__(self, file: str | Path = "") -> None:
        self.file = Path(file) if file else None
        self._failed = False

    def note_answer(self, principal: Principal, question: str, answer: Answer | None) -> None:
        """Note that somebody asked, and which documents the answer cites as far as it came."""
        cited = (citation.document for citation in answer.citations) if answer else ()
        self.note(principal, "ask", question, cited)

    def note(
        self, principal: Principal, action: str, question: str = "", documents: Iterable[str] = ()
    ) -> None:
        """Note that somebody did something. A file that cannot be written stops nobody.

        Every line is ASCII: nothing in a question steers a terminal or begins another line.
        """
        if self.file is None:
            return
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "principal": principal.name,
            "action": action,
            "question": question,
            "documents": list(dict.fromkeys(documents)),
        }
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        try:
            descriptor = os.open(self.file, flags, 0o600)
            try:
                # One write of a line at the end: no other line gets into it.
                os.write(descriptor, json.dumps(line).encode("ascii") + b"\n")
            finally:
                os.close(descriptor)
        except OSError as error:
            if not self._failed:
                _log.error("the audit log cannot be written: %s", error.strerror)
            self._failed = True
        else:
            self._failed = False
