"""The metrics of ragas that a language model judges, with any model that askdocs can use.

ragas asks for objects of given classes. A model that only writes text is asked for JSON, and asked
once more, with what was wrong, if it writes something else; then the row counts as not scored.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from askdocs.types import LanguageModel

if TYPE_CHECKING:
    from askdocs.evaluation.judge import Judge, Sample

SYSTEM = (
    "You judge texts. Reply with one JSON object that fits the schema you are given, and with"
    " nothing else."
)
_SCHEMA = "{prompt}\n\nThe JSON schema of your reply:\n{schema}"
_AGAIN = "{prompt}\n\nYour last reply could not be used: {error}. Reply with the JSON object only."
TRIES = 2


class BadReply(ValueError):
    """A judge did not write what it was asked for."""


def judged_metrics(model: LanguageModel, embedding: Any) -> dict[str, Judge]:
    """The metrics by name. Raises `ImportError` if ragas is not there."""
    from ragas.metrics.collections import (
        AnswerRelevancy,
        ContextPrecision,
        ContextRecall,
        FactualCorrectness,
        Faithfulness,
    )

    judge = _ragas_model(model)
    return {
        "faithfulness": _with_contexts(Faithfulness(llm=judge)),
        "answer_relevancy": _asked(AnswerRelevancy(llm=judge, embeddings=embedding)),
        "context_precision": _with_reference(ContextPrecision(llm=judge)),
        "context_recall": _with_reference(ContextRecall(llm=judge)),
        "factual_correctness": _of(
            FactualCorrectness(llm=judge),
            lambda sample: {"response": sample.response, "reference": sample.reference},
        ),
    }


def _with_contexts(metric: Any) -> Judge:
    return _of(
        metric,
        lambda sample: {
            "user_input": sample.question,
            "response": sample.response,
            "retrieved_contexts": list(sample.retrieved),
        },
    )


def _with_reference(metric: Any) -> Judge:
    return _of(
        metric,
        lambda sample: {
            "user_input": sample.question,
            "reference": sample.reference,
            "retrieved_contexts": list(sample.retrieved),
        },
    )


def _asked(metric: Any) -> Judge:
    return _of(metric, lambda s: {"user_input": s.question, "response": s.response})


def _of(metric: Any, given: Callable[[Sample], dict[str, Any]]) -> Judge:
    async def score(sample: Sample) -> float:
        found = await metric.ascore(**given(sample))
        return float(found.value)

    return score


def _ragas_model(model: LanguageModel) -> Any:
    """One of our language models as ragas wants one."""
    from ragas.llms.base import InstructorBaseRagasLLM

    class OwnModel(InstructorBaseRagasLLM):
        def generate(self, prompt: str, response_model: Any) -> Any:
            """An object of the class, read from what the model writes. Raises `BadReply`."""
            return ask_for(model, prompt, response_model)

        def agenerate(self, prompt: str, response_model: Any) -> Coroutine[Any, Any, Any]:
            """The same beside other work."""
            return asyncio.to_thread(self.generate, prompt, response_model)

    return OwnModel()


def ask_for(model: LanguageModel, prompt: str, response_model: Any) -> Any:
    """An object of a pydantic class, read from what a language model writes.

    Raises `BadReply` if it writes something else twice, and `LanguageModelError`.
    """
    schema = json.dumps(response_model.model_json_schema())
    asked = _SCHEMA.format(prompt=prompt, schema=schema)
    error = ""
    for _ in range(TRIES):
        reply = "".join(model.stream(SYSTEM, asked))
        try:
            return response_model.model_validate(json_in(reply))
        except ValueError as failed:  # so are the errors of json and of pydantic
            error = " ".join(str(failed).split())[:300]
            asked = _AGAIN.format(prompt=_SCHEMA.format(prompt=prompt, schema=schema), error=error)
    raise BadReply(error)


def json_in(reply: str) -> Any:
    """The first JSON object in a reply, whatever stands around it. Raises `ValueError`.

    >>> json_in('Here it is: {"verdict": 1} I hope it helps.')
    {'verdict': 1}
    """
    start = reply.find("{")
    if start < 0:
        raise BadReply("there is no JSON object in it")
    found, _ = json.JSONDecoder().raw_decode(reply, start)
    return found
