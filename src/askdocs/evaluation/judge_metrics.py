"""Our metrics as metrics of ragas, for those who evaluate with it.

    from askdocs.evaluation.judge_metrics import ragas_metrics
    result = await ragas_metrics()["groundedness"].ascore(
        user_input="How many died?", response="44 died.", retrieved_contexts=["In all 44 died."]
    )

None needs a language model. The inputs bear the names that ragas gives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from askdocs.answering.groundedness import groundedness
from askdocs.evaluation import metrics
from askdocs.sentences import sentence_spans
from askdocs.types import Answer, Citation, Passage


def ragas_metrics() -> dict[str, Any]:
    """The metrics by name, each a `NumericMetric` of ragas with values from 0 to 1.

    Raises `ImportError` if ragas is not there.
    """
    from ragas.metrics import numeric_metric

    scored = {
        "groundedness": _groundedness,
        "statements_borne_out": _statements_borne_out,
        "key_points": _key_points,
        "token_f1": _token_f1,
        "contexts_hold_reference": _contexts_hold_reference,
    }
    return {
        name: numeric_metric(name=f"askdocs_{name}", allowed_values=(0.0, 1.0))(function)
        for name, function in scored.items()
    }


def _groundedness(user_input: str, response: str, retrieved_contexts: list[str]) -> float:
    """How much of a response its contexts bear out, as people would say."""
    return groundedness(response, _passages(retrieved_contexts), question=user_input)


def _statements_borne_out(user_input: str, response: str, retrieved_contexts: list[str]) -> float:
    """The share of the statements that the contexts, cited by their numbers `[1]`, bear out."""
    citations = tuple(
        Citation(number, str(number), 0, len(text), text)
        for number, text in enumerate(retrieved_contexts, start=1)
    )
    found = metrics.statement_citations(Answer(user_input, response, citations=citations))
    return found[0] if found else 0.0


def _key_points(response: str, reference: list[list[str]]) -> float:
    """The share of key points, each a list of wordings, that a response holds."""
    return metrics.key_point_recall(response, reference)


def _token_f1(response: str, reference: str) -> float:
    """The F1 of the words, as SQuAD counts it."""
    return metrics.token_f1(response, reference)


def _contexts_hold_reference(retrieved_contexts: list[str], reference_contexts: list[str]) -> float:
    """The share of the references that stand in some context, up to white space."""
    given = [" ".join(text.split()) for text in retrieved_contexts]
    wanted = [" ".join(text.split()) for text in reference_contexts]
    return metrics.mean([float(any(one in text for text in given)) for one in wanted])


def _passages(texts: Sequence[str]) -> list[Passage]:
    return [
        Passage(str(at), 0, len(text), text, "", tuple(sentence_spans(text)))
        for at, text in enumerate(texts)
    ]
