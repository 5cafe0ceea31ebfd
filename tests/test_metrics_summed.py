"""Metrics of places, refusals and calibration: their laws, and others' code for the same thing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sklearn.metrics import roc_auc_score

from askdocs.evaluation import metrics
from askdocs.types import Answer, Citation

TEXT = "First line. At noon 44 people died. Others fled. At noon 44 people died."
TEXTS = {"a.txt": TEXT}
DIED = ("a.txt", 20, 34)
AGAIN = ("a.txt", 57, 71)
SPANS = some.tuples(some.sampled_from(["a", "b"]), some.integers(0, 40), some.integers(1, 20)).map(
    lambda span: (span[0], span[1], span[1] + span[2])
)
PIECES = some.lists(some.lists(SPANS, min_size=1, max_size=2), min_size=1, max_size=5)
PAIRS = some.lists(some.tuples(some.booleans(), some.floats(0, 1)), max_size=40)
ANSWERED = some.lists(some.tuples(some.floats(0, 1), some.booleans()), max_size=40)


@given(some.lists(SPANS, max_size=12), PIECES, some.integers(1, 10))
def test_ndcg_is_a_share_that_a_worse_order_never_raises(hits, evidence, k) -> None:
    """The nDCG lies within 0 and 1, and a hit on nothing put in front does not make it better."""
    score = metrics.ndcg(hits, evidence, k)
    assert 0.0 <= score <= 1.0
    assert metrics.ndcg([("nowhere", 0, 1), *hits], evidence, k) <= score + 1e-12


@given(PIECES.filter(lambda pieces: len(pieces) > 1))
def test_ndcg_is_one_for_the_evidence_itself(evidence) -> None:
    """The evidence in any order, one piece a rank, is the best list there can be."""
    hits = [places[0] for places in evidence]
    assert metrics.ndcg(hits, evidence, len(evidence)) == 1.0


def test_a_second_hit_on_the_same_evidence_gains_nothing() -> None:
    """Showing a piece of evidence twice is worth as much as showing it once."""
    evidence = [[DIED], [("b.txt", 0, 9)]]
    assert metrics.ndcg([DIED, DIED], evidence, 5) == metrics.ndcg([DIED], evidence, 5) < 1.0


def test_characters_of_the_place_that_is_cited_count() -> None:
    """Where a quote stands twice, citing either place whole is full precision and recall."""
    for start in (TEXT.index("At noon"), TEXT.rindex("At noon")):
        cited = [("a.txt", start, start + len("At noon 44 people died."))]
        assert metrics.citation_characters(cited, [[DIED, AGAIN]], TEXTS) == (1.0, 1.0)


def test_characters_tell_a_long_citation_from_a_short_one() -> None:
    """Citing the whole text finds all the evidence, and is mostly something else."""
    precision, recall = metrics.citation_characters([("a.txt", 0, len(TEXT))], [[DIED]], TEXTS)
    assert recall == 1.0
    assert precision == pytest.approx(len("At noon 44 people died.") / len(TEXT))


def cited(text: str, *quotes: str) -> Answer:
    """An answer that cites these quotes, in their order."""
    citations = tuple(Citation(n, "a", 0, len(q), q) for n, q in enumerate(quotes, start=1))
    return Answer("How many died?", text, citations=citations)


@pytest.mark.parametrize(
    ("answer", "scores"),
    [
        pytest.param(cited("44 died [1].", "44 died at noon."), (1.0, 1.0), id="borne-out"),
        pytest.param(cited("45 died [1].", "44 died at noon."), (0.0, 0.0), id="other-number"),
        pytest.param(cited("44 died.", "44 died at noon."), (0.0, 0.0), id="without-citation"),
        pytest.param(
            cited("44 died [1][2].", "44 died at noon.", "Growing garlic needs sun."),
            (1.0, 0.5),
            id="one-of-two-is-not-needed",
        ),
        pytest.param(
            cited("44 died [1]. Garlic needs sun [1].", "44 died at noon."),
            (0.5, 0.5),
            id="one-of-two-statements",
        ),
    ],
)
def test_statements_are_borne_out_by_what_they_cite(answer: Answer, scores) -> None:
    """Recall asks whether citations bear a statement out, precision whether each is needed."""
    assert metrics.statement_citations(answer) == pytest.approx(scores)


def test_an_answer_that_states_nothing_has_no_such_score() -> None:
    """Nothing said is neither borne out nor not."""
    assert metrics.statement_citations(Answer("Why?", "")) is None


@given(PAIRS)
def test_auroc_agrees_with_scikit_learn(pairs) -> None:
    """The same area as the library's, and not a number where all are alike."""
    ours = metrics.auroc(pairs)
    if len({is_so for is_so, _ in pairs}) < 2:
        assert math.isnan(ours)
    else:
        labels, scores = zip(*pairs, strict=True)
        assert ours == pytest.approx(roc_auc_score(labels, scores))


@given(ANSWERED)
def test_risk_and_coverage_end_at_what_was_answered(answered) -> None:
    """Coverage grows, thresholds fall, and the last risk is the share that was wrong."""
    curve = metrics.risk_coverage(answered, len(answered) + 3)
    assert [p.coverage for p in curve] == sorted(p.coverage for p in curve)
    assert [p.threshold for p in curve] == sorted({s for s, _ in answered}, reverse=True)
    if answered:
        wrong = sum(not right for _, right in answered)
        assert curve[-1].risk == pytest.approx(wrong / len(answered))
        assert curve[-1].coverage == pytest.approx(len(answered) / (len(answered) + 3))


@given(ANSWERED.filter(bool))
def test_calibration_error_is_a_share_and_counts_all(answered) -> None:
    """The error lies within 0 and 1, and every answer stands in one step of the diagram."""
    assert 0.0 <= metrics.calibration_error(answered) <= 1.0
    assert sum(step.count for step in metrics.reliability(answered)) == len(answered)


def test_calibration_error_sees_what_is_too_sure() -> None:
    """Nine answers in ten right at a support of 0.9 is no error; five in ten is one of 0.4."""
    right = [(0.9, number < 9) for number in range(10)]
    half = [(0.9, number < 5) for number in range(10)]
    assert metrics.calibration_error(right) == pytest.approx(0.0, abs=1e-9)
    assert metrics.calibration_error(half) == pytest.approx(0.4)


def test_a_paired_interval_is_narrower_than_two_apart() -> None:
    """What makes a question hard for both runs does not make their difference less sure."""
    before = [0.0, 1.0] * 40
    after = [0.1, 1.0] * 40
    change, low, high = metrics.paired_interval(before, after)
    assert low > 0.0
    assert low <= change <= high
    alone = metrics.bootstrap_interval(after)
    assert high - low < alone[1] - alone[0]


@given(some.text(max_size=30), some.text(max_size=30))
def test_token_f1_does_not_depend_on_who_is_compared_with_whom(one: str, other: str) -> None:
    """F1 is symmetric, within 0 and 1, and 1 for a text and itself."""
    assert metrics.token_f1(one, other) == pytest.approx(metrics.token_f1(other, one))
    assert 0.0 <= metrics.token_f1(one, other) <= 1.0 + 1e-12
    assert metrics.token_f1(one, one) == 1.0
