"""An answer -> what OpenAI's chat API sends for it, whole or in pieces."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from askdocs.integrations.footnotes import Reading, footnotes, with_footnotes
from askdocs.integrations.growing import Growing
from askdocs.types import Answer
from askdocs.web.openai_request import Wanted

DONE = "data: [DONE]\n\n"
STILL_HERE = ": still writing\n\n"
"""A comment in the stream; it keeps what stands between from thinking that nothing will come."""

Counting = Callable[[str], int]
"""Counts the tokens of a text."""


@dataclass
class Reply:
    """The reply to one request. The text is that of the answer with its sources as footnotes."""

    wanted: Wanted
    read: Reading
    count: Counting
    identifier: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))
    growing: Growing = field(default_factory=Growing)

    def whole(self, answer: Answer) -> dict[str, Any]:
        """The reply in one piece."""
        text = with_footnotes(answer, self.read)
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text, "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
            "askdocs": answer.to_dict(),
        }
        return {**self._head("chat.completion"), "choices": [choice], "usage": self._usage(text)}

    def start(self) -> str:
        """The first piece of a stream: who speaks."""
        return self._chunk({"role": "assistant", "content": ""})

    def more(self, answer: Answer) -> str:
        """What can be sent of an answer that may still grow; may be empty."""
        return self._words(self.growing.more(answer))

    def end(self, answer: Answer) -> str:
        """All that is left to send of the complete answer, and the end of the stream."""
        notes = footnotes(answer, self.read)
        sent = self._words(self.growing.rest(answer) + notes)
        sent += self._chunk({}, finish_reason="stop", askdocs=answer.to_dict())
        if self.wanted.usage:
            usage = self._usage(answer.text + notes)
            sent += _event({**self._head("chat.completion.chunk"), "choices": [], "usage": usage})
        return sent + DONE

    def _words(self, text: str) -> str:
        return self._chunk({"content": text}) if text else ""

    def _chunk(
        self, delta: dict[str, Any], *, finish_reason: str | None = None, **more: Any
    ) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        chunk = {**self._head("chat.completion.chunk"), "choices": [choice | more]}
        return _event(chunk | {"usage": None} if self.wanted.usage else chunk)

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.identifier,
            "object": kind,
            "created": self.created,
            "model": self.wanted.model,
        }

    def _usage(self, text: str) -> dict[str, int]:
        """Tokens of the embedding model: of the questions, and of the reply."""
        prompt = sum(map(self.count, [*self.wanted.history, self.wanted.question]))
        completion = self.count(text)
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }


def failed(said: dict[str, Any]) -> str:
    """The end of a stream that cannot go on."""
    return _event(said)


def _event(content: dict[str, Any]) -> str:
    return f"data: {json.dumps(content)}\n\n"
