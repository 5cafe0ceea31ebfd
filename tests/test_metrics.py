"""Metrics: each law and each case that a careless scorer gets wrong."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from askdocs.evaluation import metrics
from askdocs.evaluation.gold import ExpectedClaim, GoldQuestion
from askdocs.types import Answer, Citation, Claim, Conflict

TEXT = "First line. At noon 44 people died. Others fled."
TEXTS = {"a.txt": TEXT}
SHARES = some.floats(0, 1)


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        pytest.param("44 died [1]", "44", True, id="number"),
        pytest.param("It was 44.", "44", True, id="number-before-full-stop"),
        pytest.param("44, 45 and 46", "44", True, id="number-in-list"),
        pytest.param("144 died", "44", False, id="inside-144"),
        pytest.param("1,944 died", "44", False, id="inside-1944"),
        pytest.param("44,000 died", "44", False, id="inside-44000"),
        pytest.param("44.5 %", "44", False, id="inside-decimal"),
        pytest.param("3.44 m", "44", False, id="after-point"),
        pytest.param("see [44]", "44", False, id="citation-marker"),
        pytest.param("7939 people", "7,939", True, id="thousands-separator"),
        pytest.param("17,939 people", "7,939", False, id="inside-17939"),
        pytest.param("£4,500 a year", "£4,500", True, id="currency"),
        pytest.param("12 %", "12 %", True, id="percent"),
        pytest.param("the network", "two", False, id="inside-word"),
        pytest.param("a TWO-week state", "two-week", True, id="case"),
        pytest.param("the mayor’s office", "mayor's", True, id="curly-apostrophe"),
        pytest.param("non\u2011stop", "non-stop", True, id="non-breaking-hyphen"),
        pytest.param("under\n control", "under control", True, id="white-space"),
        pytest.param("Straße", "STRASSE", True, id="casefold"),
        pytest.param("首都は東京です", "東京", True, id="script-without-spaces"),
        pytest.param("two containers", "container", True, id="plural"),
        pytest.param("tens of thousands", "ten", False, id="short-word-plural"),
        pytest.param("anything", " ", False, id="blank"),
    ],
)
def test_a_value_is_found_whole_or_not_at_all(text: str, wanted: str, found: bool) -> None:
    """Whole words and numbers count; case, quotes, dashes, spaces and separators do not matter."""
    assert metrics.holds(text, wanted) is found


def question(**fields: object) -> GoldQuestion:
    """An answerable question about deaths."""
    return GoldQuestion(
        "q", "How many?", True, all_of=(("44", "forty-four"), ("Almaty",)), **fields
    )  # type: ignore[arg-type]


def answer(text: str, *, conflicts: tuple[Conflict, ...] = ()) -> Answer:
    """An answer that is not refused."""
    return Answer("How many?", text, conflicts=conflicts)


def test_right_needs_every_group() -> None:
    """One string of every group is enough, and a missing group is wrong."""
    assert metrics.outcome(question(), answer("Forty-four died in Almaty [1]")) == "right"
    assert metrics.outcome(question(), answer("44 died [1]")) == "wrong"


def test_a_refusal_is_never_right_for_an_answerable_question() -> None:
    """Even a refusal that holds the words counts as refused."""
    refusal = Answer("How many?", "The documents do not say: 44, Almaty.", refused=True)
    assert metrics.outcome(question(), refusal) == "refused"


def test_an_unanswerable_question_is_right_only_when_refused() -> None:
    """Any answer to it is wrong."""
    unanswerable = GoldQuestion("q", "Who?", False)
    assert metrics.outcome(unanswerable, Answer("Who?", "No.", refused=True)) == "right"
    assert metrics.outcome(unanswerable, answer("Someone [1]")) == "wrong"


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        pytest.param(("current", "retracted"), "right", id="as-expected"),
        pytest.param(("current", "disputed"), "wrong", id="other-status"),
        pytest.param((), "wrong", id="no-conflict"),
    ],
)
def test_expected_claims_must_be_shown_with_their_status(
    statuses: tuple[str, ...], outcome: str
) -> None:
    """A right value without the disagreement that the gold asks for is not right."""
    expected = (ExpectedClaim("44", "current"), ExpectedClaim("164", "retracted"))
    claims = tuple(
        Claim(value, status, (1,))  # type: ignore[arg-type]
        for value, status in zip(("44", "164"), statuses, strict=False)
    )
    conflicts = (Conflict("deaths", claims),) if claims else ()
    said = answer("44 died in Almaty, not 164", conflicts=conflicts)
    assert metrics.outcome(question(claims=expected), said) == outcome


def test_the_sentence_around_stops_at_its_ends_and_at_lines() -> None:
    """The widened span is the sentence, or the line where lines end without a full stop."""
    start = TEXT.index("44")
    widened = metrics.sentence_around(TEXT, start, start + 2)
    assert TEXT[slice(*widened)] == "At noon 44 people died."
    lines = "- one\n- two 44\n- three"
    assert lines[slice(*metrics.sentence_around(lines, 12, 14))] == "- two 44"


@given(some.text(max_size=60), some.integers(0, 60), some.integers(0, 60))
def test_the_sentence_around_holds_what_it_is_around(text: str, one: int, other: int) -> None:
    """A span of visible words is never cut."""
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    left, right = metrics.sentence_around(text, start, end)
    assert 0 <= left <= start
    assert text[left:right].strip() == text[left : max(right, end)].strip()


def test_precision_counts_the_sentence_and_recall_the_words() -> None:
    """A citation elsewhere in the evidence's sentence is precise, but finds the evidence not."""
    start = TEXT.index("44")
    evidence = [[("a.txt", start, start + 9)]]
    beside = [("a.txt", TEXT.index("At noon"), TEXT.index("At noon") + 7)]
    assert metrics.citation_precision(beside, evidence, TEXTS) == 1.0
    assert metrics.evidence_found(beside, evidence) == 0.0
    assert metrics.citation_precision([("b.txt", start, start + 9)], evidence, TEXTS) == 0.0


def test_evidence_that_stands_twice_is_found_at_either_place() -> None:
    """A repeated quote asks for one of its places, not for all of them."""
    assert metrics.evidence_found([("a", 50, 60)], [[("a", 0, 5), ("a", 55, 60)]]) == 1.0
    assert metrics.reciprocal_rank([("a", 50, 60)], [[("a", 0, 5), ("a", 55, 60)]]) == 1.0


def test_exact_citations_have_no_faults() -> None:
    """A verbatim quote whose markers match is clean."""
    cited = Citation(1, "a.txt", 0, 11, "First line.")
    assert metrics.citation_faults(Answer("q", "First line. [1]", citations=(cited,)), TEXTS) == []
    assert metrics.citation_faults(Answer("q", "No.", refused=True), TEXTS) == []


@pytest.mark.parametrize(
    ("text", "refused", "citations"),
    [
        pytest.param("x [1]", False, (Citation(1, "a.txt", 0, 5, "Firsts"),), id="other-words"),
        pytest.param("x [1]", False, (Citation(1, "b.txt", 0, 5, "First"),), id="no-document"),
        pytest.param("x [1]", False, (Citation(1, "a.txt", 5, 5, ""),), id="empty-quote"),
        pytest.param("x [2]", False, (Citation(2, "a.txt", 0, 5, "First"),), id="starts-at-2"),
        pytest.param("x", False, (Citation(1, "a.txt", 0, 5, "First"),), id="no-marker"),
        pytest.param("x [1] [2]", False, (Citation(1, "a.txt", 0, 5, "First"),), id="loose-marker"),
        pytest.param("x", False, (), id="answer-without-citation"),
        pytest.param("x [1]", True, (Citation(1, "a.txt", 0, 5, "First"),), id="cited-refusal"),
    ],
)
def test_a_broken_promise_is_a_fault(
    text: str, refused: bool, citations: tuple[Citation, ...]
) -> None:
    """Whatever is not verbatim, or not what the markers say, is reported."""
    assert metrics.citation_faults(Answer("q", text, "", refused, citations=citations), TEXTS)


@given(some.lists(SHARES, min_size=1, max_size=40))
def test_the_interval_holds_the_mean_and_does_not_change(values: list[float]) -> None:
    """The interval lies within the values and is the same each time."""
    low, high = metrics.bootstrap_interval(values, resamples=200)
    slack = 1e-9
    assert min(values) - slack <= low <= high <= max(values) + slack
    assert (low, high) == metrics.bootstrap_interval(values, resamples=200)


@given(some.permutations([0.1, 0.2, 0.3, 0.7]))
def test_the_mean_does_not_depend_on_the_order(values: list[float]) -> None:
    """Sums are exact, so two orders give the same figure to the last digit."""
    assert metrics.mean(values) == metrics.mean([0.1, 0.2, 0.3, 0.7])


def test_nothing_has_no_mean() -> None:
    """No values give no number rather than zero."""
    assert math.isnan(metrics.mean([]))
    assert math.isnan(metrics.percentile([], 0.5))
    assert all(math.isnan(bound) for bound in metrics.bootstrap_interval([]))


@given(some.lists(SHARES, min_size=1), SHARES)
def test_a_percentile_is_one_of_the_values(values: list[float], share: float) -> None:
    """At least `share` of the values do not exceed it."""
    found = metrics.percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
