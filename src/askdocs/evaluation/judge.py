"""The metrics of ragas, with our own embedder: `judge*.py` are the only files that know ragas.

Each compares an answer with the gold evidence, which is why questions without evidence are left
out and counted as such. What ragas 0.4.3 does here, and what was chosen because of it:

- its classes for contexts exist in the legacy API only; they are awaited one by one and not through
  `evaluate()`, which drops the rows it fails at and starts a model when it is given none;
- its context metrics compare whole strings by Levenshtein distance, so that a passage which holds
  the evidence in longer text scores 0; here a passage matches if it holds the evidence;
- a row that raises, or that is not a number, stays in the result as NaN and is reported.

The package is slow to import (seconds), so it is imported when the metrics are made.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import math
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from askdocs.evaluation.judge_model import judged_metrics
from askdocs.evaluation.metrics import Located, overlaps
from askdocs.evaluation.result import Judged
from askdocs.evaluation.row import TOP, Row, locate
from askdocs.types import MARKER, Embedder, LanguageModel, Passage

MISSING = "ragas is not installed: pip install 'askdocs[eval]'"

Judge: TypeAlias = Callable[["Sample"], Coroutine[Any, Any, float]]


@dataclass(frozen=True, slots=True)
class Sample:
    """One answerable question as ragas sees it.

    Ids are passage ids: those found, and those of all passages that overlap the evidence. The
    reference is the evidence quotes, one a line; the response is the answer without its markers.
    """

    retrieved_ids: tuple[str, ...]
    reference_ids: tuple[str, ...]
    retrieved: tuple[str, ...]
    quotes: tuple[str, ...]
    response: str
    question: str = ""

    @property
    def reference(self) -> str:
        """What the response is compared with."""
        return "\n".join(self.quotes)


def judge(
    rows: Sequence[Row],
    *,
    texts: Mapping[str, str],
    passages: Sequence[Passage],
    embedder: Embedder,
    model: LanguageModel | None = None,
) -> Judged:
    """The scores of ragas for the answerable rows, in their order.

    `texts` maps document ids to their text, `passages` are all passages of the index; with a
    language `model` as judge also the metrics that need one. Where ragas is missing or does not
    import, the result says so in `skipped`.
    """
    left_out = sum(not row.question.answerable for row in rows)
    try:
        metrics = ragas_metrics(embedder)
        if model is not None:
            metrics |= judged_metrics(model, _embedding(embedder))
    except ModuleNotFoundError as error:
        reason = MISSING if error.name in ("ragas", "rapidfuzz") else f"{_BROKEN} ({error})"
        return Judged(left_out=left_out, skipped=reason)
    except ImportError as error:  # ragas 0.4.3 with another langchain-community than 0.4.1
        return Judged(left_out=left_out, skipped=f"{_BROKEN} ({error})")
    samples = [sample(row, texts, passages) for row in rows if row.question.answerable]
    scores = {name: _all_scores(metric, samples) for name, metric in metrics.items()}
    name = model.name if model is not None else ""
    return Judged(importlib.metadata.version("ragas"), scores, left_out, judge=name)


_BROKEN = "ragas does not import; repair it with: pip install 'askdocs[eval]'"


def sample(row: Row, texts: Mapping[str, str], passages: Sequence[Passage]) -> Sample:
    """The row as ragas sees it."""
    places = [place for piece in locate(row.question, texts) for place in piece]
    hits = [hit.passage for hit in row.answer.hits[:TOP]]
    return Sample(
        retrieved_ids=tuple(passage.id for passage in hits),
        reference_ids=tuple(p.id for p in passages if _overlaps_any(p, places)),
        retrieved=tuple(passage.text for passage in hits),
        quotes=tuple(evidence.quote for evidence in row.question.evidence),
        response=MARKER.sub("", row.answer.text).strip(),
        question=row.question.question,
    )


def _overlaps_any(passage: Passage, places: Sequence[Located]) -> bool:
    located = (passage.document, passage.start, passage.end)
    return any(overlaps(located, place) for place in places)


def ragas_metrics(embedder: Embedder) -> dict[str, Judge]:
    """The metrics by name. Raises `ImportError` if ragas or what it needs is not there."""
    # From their own files: the way through `ragas.metrics` warns that it is deprecated, and what it
    # advises to use instead does not exist.
    from ragas.metrics._context_precision import (
        IDBasedContextPrecision,
        NonLLMContextPrecisionWithReference,
    )
    from ragas.metrics._context_recall import IDBasedContextRecall, NonLLMContextRecall
    from ragas.metrics.collections import NonLLMStringSimilarity, SemanticSimilarity

    contains = _containment()
    precision = NonLLMContextPrecisionWithReference(distance_measure=contains)
    # The setter wraps what it is given in a Levenshtein measure again, hence the private field.
    recall = NonLLMContextRecall(_distance_measure=contains)
    return {
        "id_based_context_precision": _legacy(IDBasedContextPrecision()),
        "id_based_context_recall": _legacy(IDBasedContextRecall()),
        "non_llm_context_precision": _legacy(precision),
        "non_llm_context_recall": _legacy(recall),
        "string_similarity": _modern(NonLLMStringSimilarity()),
        "semantic_similarity": _modern(SemanticSimilarity(embeddings=_embedding(embedder))),
    }


def _legacy(metric: Any) -> Judge:
    from ragas.dataset_schema import SingleTurnSample

    async def score(sample: Sample) -> float:
        if not sample.retrieved or not sample.reference_ids:
            return 0.0 if sample.reference_ids else math.nan  # ragas gives 0 here and NaN there
        row = SingleTurnSample(
            retrieved_context_ids=list(sample.retrieved_ids),
            reference_context_ids=list(sample.reference_ids),
            retrieved_contexts=list(sample.retrieved),
            reference_contexts=list(sample.quotes),
        )
        return float(await metric.single_turn_ascore(row))

    return score


def _modern(metric: Any) -> Judge:
    async def score(sample: Sample) -> float:
        found = await metric.ascore(reference=sample.reference, response=sample.response)
        return float(found.value)

    return score


def _containment() -> Any:
    """A measure for ragas: 1 if the passage holds the evidence, up to white space; else 0."""
    from ragas.metrics.base import MetricType, SingleTurnMetric

    class Containment(SingleTurnMetric):  # a dataclass in ragas, with its name as a field
        def init(self, run_config: Any) -> None:
            """Nothing to set up."""

        async def _single_turn_ascore(self, sample: Any, callbacks: Any) -> float:
            passage, quote = " ".join(sample.reference.split()), " ".join(sample.response.split())
            return float(quote in passage)

    columns = {MetricType.SINGLE_TURN: {"reference", "response"}}
    return Containment(name="containment", _required_columns=columns)


def _embedding(embedder: Embedder) -> Any:
    """Our embedder as ragas wants one."""
    from ragas.embeddings.base import BaseRagasEmbedding

    class OwnEmbedding(BaseRagasEmbedding):
        def embed_text(self, text: str, **options: Any) -> list[float]:
            """The text's vector."""
            return [float(x) for x in embedder.encode_query(text)]

        async def aembed_text(self, text: str, **options: Any) -> list[float]:
            """The text's vector, at once."""
            return self.embed_text(text)

    return OwnEmbedding()


def _all_scores(metric: Judge, samples: Sequence[Sample]) -> tuple[float, ...]:
    async def run() -> tuple[float, ...]:
        return tuple([await _one_score(metric, sample) for sample in samples])

    return asyncio.run(run())


async def _one_score(metric: Judge, sample: Sample) -> float:
    """The score within 0 and 1 (a cosine may pass 1 by a rounding), NaN if there is none."""
    try:
        score = await metric(sample)
    except Exception:  # whatever a library raises: this row has no score, and is counted so
        return math.nan
    return score if math.isnan(score) else min(max(score, 0.0), 1.0)
