"""One question of an evaluation: what was answered, and how that scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from askdocs.answering.groundedness import groundedness
from askdocs.evaluation import metrics
from askdocs.evaluation.gold import GoldQuestion, find_quote
from askdocs.evaluation.metrics import Located, Outcome
from askdocs.types import Answer

TOP = 5
"""How many passages recall is counted over."""

SCORES = (
    "citations_exact",
    "citation_precision",
    "citation_recall",
    "citation_character_precision",
    "citation_character_recall",
    "statements_borne_out",
    "citations_needed",
    "groundedness",
    "key_points",
    "token_f1",
    f"recall@{TOP}",
    f"ndcg@{TOP}",
    "mrr",
    "claim_precision",
    "claim_recall",
    "no_false_conflict",
)
"""The scores a row may hold, in the order they are shown (eval/README.md defines each)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question, what was answered, and its scores; a score that does not apply is absent."""

    question: GoldQuestion
    answer: Answer
    outcome: Outcome
    scores: Mapping[str, float]
    faults: tuple[str, ...]
    milliseconds: float

    def to_dict(self) -> dict[str, Any]:
        """The row as the results file holds it."""
        return {
            "id": self.question.id,
            "type": self.question.type,
            "question": self.question.question,
            "history": list(self.question.history),
            "answerable": self.question.answerable,
            "expected": expected(self.question),
            "outcome": self.outcome,
            "text": self.answer.text,
            "refused": self.answer.refused,
            "support": round(self.answer.support, 4),
            "citations": [citation.to_dict() for citation in self.answer.citations],
            "conflicts": [conflict.to_dict() for conflict in self.answer.conflicts],
            "scores": {name: round(value, 6) for name, value in self.scores.items()},
            "faults": list(self.faults),
        }

    @property
    def failure(self) -> str:
        """Why the question counts as failed, in a line; empty if it does not."""
        if self.faults:
            return f"citations are not exact: {self.faults[0]}"
        if self.outcome == "right":
            return ""
        if not self.question.answerable:
            return "answered, though the documents do not say"
        return f"{self.outcome}; expected {expected(self.question)}"

    @property
    def retrieve_only(self) -> Outcome:
        """What showing the first passages as they are would have scored."""
        shown = "\n".join(hit.passage.text for hit in self.answer.hits[:TOP])
        listed = replace(self.answer, text=shown, conflicts=(), refused=not shown)
        return metrics.outcome(self.question, listed)


def score_row(
    question: GoldQuestion, answer: Answer, texts: Mapping[str, str], milliseconds: float
) -> Row:
    """Score one answer; `texts` maps document ids to their text."""
    faults = metrics.citation_faults(answer, texts)
    scores = {"citations_exact": float(not faults)}
    if not answer.refused:
        scores |= _bearing_out(answer)
    if question.answerable:
        scores |= _finding(question, answer, texts)
        if not answer.refused:
            scores |= _saying(question, answer)
    if question.claims:
        shown = metrics.claim_scores(question.claims, answer.conflicts)
        scores["claim_precision"], scores["claim_recall"] = shown
    elif question.answerable:
        scores["no_false_conflict"] = float(not answer.conflicts)
    outcome = metrics.outcome(question, answer)
    return Row(question, answer, outcome, scores, tuple(faults), milliseconds)


def _bearing_out(answer: Answer) -> dict[str, float]:
    """How far what is cited, and what was found, bears out what is said."""
    scores = {}
    if found := metrics.statement_citations(answer):
        scores["statements_borne_out"], scores["citations_needed"] = found
    if answer.hits:
        passages = [hit.passage for hit in answer.hits]
        scores["groundedness"] = groundedness(answer.text, passages, question=answer.question)
    return scores


def _finding(question: GoldQuestion, answer: Answer, texts: Mapping[str, str]) -> dict[str, float]:
    """Whether the evidence was found, and cited."""
    evidence = locate(question, texts)
    cited = [(c.document, c.start, c.end) for c in answer.citations]
    found = [(h.passage.document, h.passage.start, h.passage.end) for h in answer.hits]
    scores = {}
    if cited:
        scores["citation_precision"] = metrics.citation_precision(cited, evidence, texts)
        by_character = metrics.citation_characters(cited, evidence, texts)
        scores["citation_character_precision"], scores["citation_character_recall"] = by_character
    scores["citation_recall"] = metrics.evidence_found(cited, evidence)
    scores[f"recall@{TOP}"] = metrics.evidence_found(found[:TOP], evidence)
    scores[f"ndcg@{TOP}"] = metrics.ndcg(found, evidence, TOP)
    scores["mrr"] = metrics.reciprocal_rank(found, evidence)
    return scores


def _saying(question: GoldQuestion, answer: Answer) -> dict[str, float]:
    """How much of what should be said is said, and how little else."""
    said = answer.direct or answer.text
    best = [max(ways, key=lambda way: metrics.token_f1(said, way)) for ways in question.all_of]
    return {
        "key_points": metrics.key_point_recall(answer.text, question.all_of),
        "token_f1": metrics.token_f1(said, " ".join(best)),
    }


def locate(question: GoldQuestion, texts: Mapping[str, str]) -> list[list[Located]]:
    """Where each piece of evidence stands: all places of its quote."""
    return [
        [(e.document, *span) for span in find_quote(texts[e.document], e.quote)]
        for e in question.evidence
    ]


def expected(question: GoldQuestion) -> str:
    """What a right answer holds, in a line."""
    if not question.answerable:
        return "a refusal"
    told = " and ".join(" or ".join(f"“{way}”" for way in group) for group in question.all_of)
    claims = ", ".join(f"{claim.value} {claim.status}" for claim in question.claims)
    return f"{told} (conflict: {claims})" if claims else told
