"""The ragas adapter: its figures are those worked out by hand, and nothing is dropped."""

from __future__ import annotations

import builtins
import importlib.util
import itertools
import math
from typing import Any

import pytest

from askdocs.evaluation import judge as judging
from askdocs.evaluation.gold import Evidence, GoldQuestion
from askdocs.evaluation.row import Row, score_row
from askdocs.types import Answer, Citation, FloatArray, Hit, Passage
from fakes import FakeEmbedder

needs_ragas = pytest.mark.skipif(
    importlib.util.find_spec("ragas") is None, reason=f"{judging.MISSING}"
)

TEXT = "Intro line here. In all 44 people died on Monday. Later, 13 more were hurt in Aktobe."
TEXTS = {"a.txt": TEXT}
CUTS = (0, 17, 50, len(TEXT))
PASSAGES = tuple(
    Passage("a.txt", start, end, TEXT[start:end]) for start, end in itertools.pairwise(CUTS)
)
ASKED = GoldQuestion(
    "q", "How many died?", True, all_of=(("44",),), evidence=(Evidence("a.txt", "44 people died"),)
)
REFUSAL = Answer("How many died?", "The documents do not say.", refused=True)


def answered(*passages: Passage, text: str = "44 people died [1]") -> Row:
    """A row whose answer rests on these passages, best first."""
    citation = Citation(1, "a.txt", 24, 38, TEXT[24:38])
    hits = tuple(Hit(passage, 1 / rank) for rank, passage in enumerate(passages, 1))
    found = Answer("How many died?", text, citations=(citation,), hits=hits)
    return score_row(ASKED, found, TEXTS, 1.0)


def judged(*rows: Row) -> dict[str, tuple[float, ...]]:
    """The scores of the rows."""
    result = judging.judge(rows, texts=TEXTS, passages=PASSAGES, embedder=FakeEmbedder())
    return {name: tuple(scores) for name, scores in result.scores.items()}


@needs_ragas
def test_a_passage_that_holds_the_evidence_in_longer_text_counts() -> None:
    """Evidence in the second of two passages: half the ids are right and the rank is two."""
    scores = judged(answered(PASSAGES[0], PASSAGES[1]))
    assert scores["id_based_context_precision"] == (0.5,)
    assert scores["id_based_context_recall"] == (1.0,)
    assert scores["non_llm_context_precision"] == pytest.approx((0.5,))
    assert scores["non_llm_context_recall"] == (1.0,)


@needs_ragas
def test_passages_without_the_evidence_score_nothing() -> None:
    """Looking in the wrong places gives 0 for every context metric."""
    scores = judged(answered(PASSAGES[2], PASSAGES[0]))
    assert {name: s for name, s in scores.items() if "context" in name and s != (0.0,)} == {}


@needs_ragas
def test_the_same_words_are_wholly_similar_and_never_more() -> None:
    """A response equal to the evidence, its marker apart, scores exactly 1 and not 1.0000002."""
    scores = judged(answered(PASSAGES[1]))
    assert scores["string_similarity"] == (1.0,)
    assert scores["semantic_similarity"][0] == pytest.approx(1.0)
    assert scores["semantic_similarity"][0] <= 1.0


@needs_ragas
def test_unanswerable_questions_are_left_out_and_counted() -> None:
    """They have no reference: no row for them, and no NaN in anyone's mean."""
    unanswerable = score_row(GoldQuestion("u", "Who?", False), REFUSAL, TEXTS, 1.0)
    result = judging.judge(
        [unanswerable, answered(PASSAGES[1]), unanswerable],
        texts=TEXTS,
        passages=PASSAGES,
        embedder=FakeEmbedder(),
    )
    assert result.left_out == 2
    assert {len(scores) for scores in result.scores.values()} == {1}
    assert not any(math.isnan(score) for scores in result.scores.values() for score in scores)


@needs_ragas
def test_a_refusal_without_passages_is_scored_zero_for_contexts() -> None:
    """Where nothing was found, ragas gives 0 for one metric and NaN for another; here all are 0."""
    scores = judged(score_row(ASKED, REFUSAL, TEXTS, 1.0))
    assert {scores[name] for name in scores if "context" in name} == {(0.0,)}


@needs_ragas
def test_a_row_that_cannot_be_scored_is_counted_and_not_averaged() -> None:
    """A row whose embedding fails is "not scored", and the mean is that of the rest."""

    class Failing(FakeEmbedder):
        def encode_query(self, question: str, /) -> FloatArray:
            if "unlucky" in question:
                raise RuntimeError("no vector")
            return super().encode_query(question)

    rows = [answered(PASSAGES[1]), answered(PASSAGES[1], text="unlucky [1]")]
    result = judging.judge(rows, texts=TEXTS, passages=PASSAGES, embedder=Failing())
    score, failed = result.score("semantic_similarity")
    assert failed == 1
    assert score.count == 1
    assert score.value == pytest.approx(1.0)


@needs_ragas
def test_scores_are_the_same_each_time() -> None:
    """Two runs agree to the last digit."""
    rows = (answered(PASSAGES[1], PASSAGES[0]), answered(PASSAGES[0]))
    assert judged(*rows) == judged(*rows)


def test_without_ragas_the_result_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing ragas is a line in the result, not a failure of the evaluation."""
    plain_import = builtins.__import__

    def without_ragas(name: str, *args: Any, **options: Any) -> Any:
        if name.partition(".")[0] == "ragas":
            raise ModuleNotFoundError(f"No module named {name!r}", name="ragas")
        return plain_import(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without_ragas)
    result = judging.judge([], texts=TEXTS, passages=PASSAGES, embedder=FakeEmbedder())
    assert result.skipped == "ragas is not installed: pip install 'askdocs[eval]'"
    assert not result.scores
