"""A question asked of some documents finds what is in them, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from askdocs import retrieval
from askdocs.assistant import Assistant
from askdocs.config import Signals
from askdocs.errors import QuestionError
from askdocs.index import Index
from askdocs.types import EVERYTHING, Filter, Hit
from fakes import FakeEmbedder

TEXTS = {
    "reports/ferry.txt": "Date: 2021-05-03\n\nThe ferry sank in the sound. Seven people died.",
    "reports/2022/inquiry.md": "# Inquiry\n\nDate: 2022-01-10\n\nNine people died on the ferry.",
    "reports/2022/harbour.MD": "# Harbour\n\nThe harbour of Kelmouth was closed to the ferry.",
    "reports2/tram.txt": "Date: 2022-06-30\n\nThe tram to Varnby costs more than the ferry.",
    "garlic.md": "# Garlic\n\nPlant garlic in October.\n\n## Harvest\n\nLift it in July.",
}
DATES = {
    "reports/ferry.txt": "2021-05-03",
    "reports/2022/inquiry.md": "2022-01-10",
    "reports2/tram.txt": "2022-06-30",
}
QUESTIONS = (
    "How many people died on the ferry?",
    "Is Kelmouth or Varnby larger?",  # of two facets
    "garlic",
    "the",
    "zzz",
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    place = tmp_path_factory.mktemp("filter")
    for name, text in TEXTS.items():
        (place / "documents" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "documents" / name).write_text(text)
    Index.build(place / "documents", place / "index", embedder=FakeEmbedder()).close()
    with Index.open(place / "index", embedder=FakeEmbedder(), exact=True) as opened:
        assert {one.id: one.date for one in opened.documents() if one.date} == DATES
        assert {one.id for one in opened.documents()} == set(TEXTS)
        yield opened


filters = some.builds(
    Filter,
    documents=some.lists(some.sampled_from([*TEXTS]), max_size=3).map(tuple),
    folder=some.sampled_from(["", "", "reports", "reports/", "reports/2022", "reports2"]),
    types=some.lists(some.sampled_from(["md", "MD", ".txt", "pdf"]), max_size=2).map(tuple),
    since=some.sampled_from(["", "", "2021-05-03", "2021-05-04", "2022-01-10"]),
    until=some.sampled_from(["", "", "2022-01-10", "2022-06-29", "2030-01-01"]),
)


def asked(index: Index, within: Filter) -> set[str]:
    """The documents that the words of the filter admit, each field read for itself."""
    left = {one.id: one.date for one in index.documents()}
    if within.documents:
        left = {name: left[name] for name in within.documents}
    if within.folder:
        parts = within.folder.strip("/").split("/")
        left = {n: d for n, d in left.items() if n.split("/")[:-1][: len(parts)] == parts}
    if within.types:
        types = {suffix.strip(".").lower() for suffix in within.types}
        left = {n: d for n, d in left.items() if n.rpartition(".")[2].lower() in types}
    if within.since:
        left = {name: date for name, date in left.items() if date and date >= within.since}
    if within.until:
        left = {name: date for name, date in left.items() if date and date <= within.until}
    return set(left)


def places(hits: list[Hit]) -> list[tuple[str, int]]:
    return [(hit.passage.document, hit.passage.start) for hit in hits]


@pytest.mark.parametrize("limit", [0, retrieval.WHOLE_LIMIT], ids=["many", "few"])
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(within=filters, question=some.sampled_from(QUESTIONS), follows=some.booleans())
def test_hits_are_those_of_the_admitted_documents(
    index: Index,
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
    within: Filter,
    question: str,
    follows: bool,
) -> None:
    """Every passage of the admitted documents that would be found is, and no other."""
    monkeypatch.setattr(retrieval, "WHOLE_LIMIT", limit)
    history = ["Who closed the harbour?"] if follows else []
    admitted = asked(index, within)
    assert {d.id for d in index.documents() if within.admits(d.id, d.date)} == admitted
    every = index.retrieve(question, k=50, history=history)
    found = index.retrieve(question, k=50, history=history, within=within)
    assert set(places(found)) == {place for place in places(every) if place[0] in admitted}
    assert len(found) == len(set(places(found)))


def test_without_a_filter_nothing_changes(index: Index) -> None:
    """A filter that leaves nothing out gives the same hits, scores and parts as none."""
    every = Filter(documents=tuple(one.id for one in index.documents()))
    assert EVERYTHING.admits_all and not every.admits_all
    for question in QUESTIONS:
        assert index.retrieve(question, within=EVERYTHING) == index.retrieve(question)
        assert places(index.retrieve(question, within=every)) == places(index.retrieve(question))


def test_what_is_far_behind_others_is_found_among_many(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the admitted are many, more are searched until there are enough of them."""
    monkeypatch.setattr(retrieval, "WHOLE_LIMIT", 0)
    by_meaning = Signals(lexical=0, sentence=0, neighbours=0)
    monkeypatch.setattr(index, "config", replace(index.config, pool=1, signals=by_meaning))
    question = "How many people died on the ferry?"
    ranked = [hit.passage.document for hit in index.retrieve(question, k=9)]
    far = next(name for name in ranked if name not in ranked[:4])
    asked_for: list[int] = []
    search = index._vectors.search

    def counted(vector: object, limit: int) -> list[tuple[int, float]]:
        asked_for.append(limit)
        return search(vector, limit)  # type: ignore[arg-type]

    monkeypatch.setattr(index._vectors, "search", counted)
    (hit,) = index.retrieve(question, k=1, within=Filter(documents=(far,)))
    assert hit.passage.document == far
    assert asked_for == [4, 16]


@pytest.mark.parametrize(
    ("within", "said"),
    [
        (Filter(since="2022"), "'2022' is not a date"),
        (Filter(since="20220101"), "'20220101' is not a date"),
        (Filter(until="2022-02-30"), "'2022-02-30' is not a date"),
        (Filter(until="yesterday"), "'yesterday' is not a date"),
        (Filter(since="2022-01-02", until="2022-01-01"), "exchange"),
        (Filter(documents=("garlic.md", "garlic")), "'garlic'.*askdocs status"),
        (Filter(folder="report"), "'report'.*askdocs status"),
        (Filter(folder="garlic.md"), "'garlic.md'"),
        (Filter(folder="/"), "'/'"),
        (Filter(types=("md", "")), "type"),
    ],
)
def test_what_cannot_be_meant_is_said(index: Index, within: Filter, said: str) -> None:
    """A date that is none, and a document or folder that is not there, are one clear line."""
    with pytest.raises(QuestionError, match=said) as raised:
        index.retrieve("garlic", within=within)
    assert "\n" not in str(raised.value)
    with pytest.raises(QuestionError, match=said):
        Assistant(index).ask("garlic", within=within)


@pytest.mark.parametrize(
    "within", [Filter(types=("pdf",)), Filter(since="2030-01-01"), Filter((), "reports2", ("md",))]
)
def test_where_no_document_is_left_nothing_is_found(index: Index, within: Filter) -> None:
    """A sound filter that no document meets gives no hits, and an answer that refuses."""
    assert index.retrieve("garlic", within=within) == []
    answer = Assistant(index).ask("When should garlic be planted?", within=within)
    assert answer.refused and not answer.hits


def test_an_answer_rests_on_admitted_documents_only(index: Index) -> None:
    """Asked of the one report or the other, the figure is that report's; streamed, too."""
    assistant = Assistant(index)
    question = "How many people died on the ferry?"
    for name, words in (("reports/ferry.txt", "Seven people"), ("garlic.md", "")):
        within = Filter(documents=(name,))
        answer = assistant.ask(question, within=within)
        assert {hit.passage.document for hit in answer.hits} == {name}
        assert {citation.document for citation in answer.citations} <= {name}
        assert words in answer.text
        *_, last = assistant.stream(question, within=within)
        assert (last.text, last.citations) == (answer.text, answer.citations)
