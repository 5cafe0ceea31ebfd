"""Judged metrics of ragas with a scripted judge, and our metrics within ragas."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from askdocs.errors import LanguageModelError
from askdocs.evaluation import judge as judging
from askdocs.evaluation.judge_metrics import ragas_metrics
from askdocs.evaluation.judge_model import BadReply, ask_for
from fakes import FakeEmbedder
from test_judge import PASSAGES, TEXTS, answered

needs_ragas = pytest.mark.skipif(
    importlib.util.find_spec("ragas") is None, reason=f"{judging.MISSING}"
)


class Verdict(BaseModel):
    """What a judge is asked for."""

    verdict: int


class Scripted:
    """A judge that writes what it is told to, in turn; an exception is raised."""

    name = "scripted"

    def __init__(self, *replies: str | Exception) -> None:
        self.replies = list(replies)
        self.asked: list[str] = []

    def stream(self, system: str, prompt: str, /) -> Iterator[str]:
        self.asked.append(prompt)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        yield from reply


@pytest.mark.parametrize(
    "reply",
    ['{"verdict": 1}', 'Sure!\n```json\n{"verdict": 1}\n```', '{"verdict": "1"} and so on'],
)
def test_json_is_found_in_what_a_judge_writes(reply: str) -> None:
    """Words and fences around the object do no harm."""
    assert ask_for(Scripted(reply), "Judge.", Verdict).verdict == 1


def test_a_bad_reply_is_asked_for_once_more_with_the_reason() -> None:
    """The second question says what was wrong; a second bad reply is an error."""
    judge = Scripted("no idea", '{"verdict": 0}')
    assert ask_for(judge, "Judge.", Verdict).verdict == 0
    assert "no JSON object" in judge.asked[1]
    with pytest.raises(BadReply):
        ask_for(Scripted("no idea"), "Judge.", Verdict)


def verdicts(prompt: str) -> str:
    """What a careful judge of ragas would write to the prompts of faithfulness."""
    if '"verdicts"' in prompt or "NLIStatementOutput" in prompt:
        said = {"statement": "44 people died", "reason": "it says so", "verdict": 1}
        return json.dumps({"statements": [said, {**said, "verdict": 0}]})
    return json.dumps({"statements": ["44 people died", "It rained"]})


class Careful(Scripted):
    """A judge that finds one of two statements borne out."""

    def stream(self, system: str, prompt: str, /) -> Iterator[str]:
        self.asked.append(prompt)
        yield verdicts(prompt)


def judged(model: Any, *rows: Any) -> Any:
    """The judged scores of rows."""
    return judging.judge(rows, texts=TEXTS, passages=PASSAGES, embedder=FakeEmbedder(), model=model)


@needs_ragas
def test_faithfulness_is_the_share_of_statements_that_the_judge_lets_pass() -> None:
    """One of two is one half, worked out by ragas from our model's words."""
    found = judged(Careful(""), answered(PASSAGES[1]))
    assert found.scores["faithfulness"] == (0.5,)
    assert found.judge == "scripted"


@needs_ragas
def test_a_row_that_a_judge_cannot_score_is_counted_as_such() -> None:
    """Neither 0 nor dropped: a judge that writes nonsense, or is not there, scores nothing."""
    for failing in (Scripted("no idea"), Scripted(LanguageModelError("it does not answer"))):
        found = judged(failing, answered(PASSAGES[1]), answered(PASSAGES[0]))
        score, not_scored = found.score("faithfulness")
        assert (score.count, not_scored) == (0, 2)
        assert math.isnan(score.value)
        assert found.score("id_based_context_recall")[1] == 0  # the others are not touched


@needs_ragas
def test_our_metrics_are_metrics_of_ragas() -> None:
    """Called as ragas calls its own, they give what our functions give."""
    ours = ragas_metrics()

    async def value(name: str, **given: Any) -> float:
        return float((await ours[name].ascore(**given)).value)

    contexts = ["In all 44 people died on Monday.", "Garlic wants sun."]
    asked = {"user_input": "How many died?", "retrieved_contexts": contexts}
    said = {"response": "44 people died [1]. It snowed [2]."}
    found = {
        "groundedness": asyncio.run(value("groundedness", **asked, response="44 people died.")),
        "statements_borne_out": asyncio.run(value("statements_borne_out", **asked, **said)),
        "key_points": asyncio.run(value("key_points", **said, reference=[["44"], ["Aktobe"]])),
        "token_f1": asyncio.run(value("token_f1", response="44 people", reference="44")),
        "contexts_hold_reference": asyncio.run(
            value(
                "contexts_hold_reference",
                retrieved_contexts=contexts,
                reference_contexts=["44  people died", "164 people"],
            )
        ),
    }
    assert found["groundedness"] > 0.8
    del found["groundedness"]
    assert found == {
        "statements_borne_out": 0.5,
        "key_points": 0.5,
        "token_f1": pytest.approx(2 / 3),
        "contexts_hold_reference": 0.5,
    }
