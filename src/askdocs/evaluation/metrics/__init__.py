"""Scores one answer, and sums scores up: pure functions, each with a worked example and its source.

words          how the words of an answer compare with a right one's
outcomes       right, refused or wrong; the claims of a disagreement
spans          retrieval: recall, reciprocal rank, nDCG by places in documents
citations      exact or not; precision and recall by sentence, character and statement
refusal        precision and recall of refusing, AUROC, risk and coverage
calibration    reliability diagram and expected calibration error
summing        means, percentiles, bootstrap intervals
"""

from askdocs.evaluation.metrics.calibration import Step, calibration_error, reliability
from askdocs.evaluation.metrics.citations import (
    citation_characters,
    citation_faults,
    citation_precision,
    statement_citations,
)
from askdocs.evaluation.metrics.outcomes import Outcome, claim_scores, outcome
from askdocs.evaluation.metrics.refusal import Coverage, auroc, refusal_scores, risk_coverage
from askdocs.evaluation.metrics.spans import (
    Evidence,
    Located,
    evidence_found,
    ndcg,
    overlaps,
    reciprocal_rank,
    sentence_around,
)
from askdocs.evaluation.metrics.summing import (
    bootstrap_interval,
    bootstrap_of,
    mean,
    paired_interval,
    percentile,
)
from askdocs.evaluation.metrics.words import holds, key_point_recall, normalise, token_f1

__all__ = [
    "Coverage",
    "Evidence",
    "Located",
    "Outcome",
    "Step",
    "auroc",
    "bootstrap_interval",
    "bootstrap_of",
    "calibration_error",
    "citation_characters",
    "citation_faults",
    "citation_precision",
    "claim_scores",
    "evidence_found",
    "holds",
    "key_point_recall",
    "mean",
    "ndcg",
    "normalise",
    "outcome",
    "overlaps",
    "paired_interval",
    "percentile",
    "reciprocal_rank",
    "refusal_scores",
    "reliability",
    "risk_coverage",
    "sentence_around",
    "statement_citations",
    "token_f1",
]
