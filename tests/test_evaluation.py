"""The evaluation as a whole: counts, floor, gate, reports, and a run over real documents."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from askdocs.errors import AskdocsError, GoldError
from askdocs.evaluation import asking, run
from askdocs.evaluation.command import evaluate_command
from askdocs.evaluation.gate import gate_failures, parse_gate
from askdocs.evaluation.gold import Evidence, GoldQuestion
from askdocs.evaluation.report import as_text
from askdocs.evaluation.report_page import as_html
from askdocs.evaluation.result import Judged, Result
from askdocs.evaluation.row import Row, score_row
from askdocs.types import Answer, Citation, Hit, Passage
from fakes import FakeEmbedder

TEXT = "The fair was held on Monday.\n\nOfficials said that 44 people died in the fire.\n"
TEXTS = {"fair.txt": TEXT}
DIED = TEXT.index("Officials"), TEXT.index("\n", 40)
ASKED = GoldQuestion(
    "died",
    "How many died?",
    True,
    all_of=(("44",),),
    evidence=(Evidence("fair.txt", "44 people died"),),
    type="number",
)
NOWHERE = GoldQuestion("mayor", "Who is the mayor?", False, type="unanswerable")
PASSAGE = Passage("fair.txt", *DIED, TEXT[slice(*DIED)])


def answered(text: str, *, quote: str = PASSAGE.text) -> Answer:
    """An answer that cites the sentence about the dead."""
    citation = Citation(1, "fair.txt", *DIED, quote)
    return Answer("How many died?", text, citations=(citation,), hits=(Hit(PASSAGE, 0.9),))


def refused(question: str) -> Answer:
    """A refusal."""
    return Answer(question, "The documents do not say.", refused=True)


def result(*rows: Row, judged: Judged | None = None) -> Result:
    """A result of these rows."""
    return Result("gold.jsonl", "documents", {}, rows, judged or Judged(skipped="not asked for"))


RIGHT = score_row(ASKED, answered("44 [1]"), TEXTS, 10.0)
WRONG = score_row(ASKED, answered("<b>164</b> [1]"), TEXTS, 20.0)
REFUSED = score_row(ASKED, refused(ASKED.question), TEXTS, 30.0)
RIGHTLY_REFUSED = score_row(NOWHERE, refused(NOWHERE.question), TEXTS, 40.0)
INEXACT = score_row(ASKED, answered("44 [1]", quote="44 persons died"), TEXTS, 10.0)
MIXED = result(RIGHT, WRONG, REFUSED, RIGHTLY_REFUSED)


def test_right_refused_and_wrong_are_counted_apart() -> None:
    """Every question counts once, and the floor is what refusing everything would score."""
    assert MIXED.to_dict()["outcomes"] == {
        "all": {"right": 2, "refused": 1, "wrong": 1},
        "answerable": {"right": 1, "refused": 1, "wrong": 1},
        "unanswerable": {"right": 1, "refused": 0, "wrong": 0},
        "always refuse": {"right": 1, "refused": 3, "wrong": 0},
        "retrieve only": {"right": 3, "refused": 1, "wrong": 0},
    }


def test_scores_are_over_the_questions_they_apply_to() -> None:
    """Precision needs a citation, recall an answerable question, exactness any answer."""
    scores = MIXED.scores()
    assert scores["citations_exact"].count == 4
    assert (scores["citation_precision"].value, scores["citation_precision"].count) == (1.0, 2)
    assert scores["citation_recall"].value == pytest.approx(2 / 3)
    assert scores["recall@5"].count == 3
    assert "claim_recall" not in scores


def test_a_result_is_the_same_each_time() -> None:
    """Two results of the same rows give the same bytes, intervals included."""
    again = result(RIGHT, WRONG, REFUSED, RIGHTLY_REFUSED)
    assert json.dumps(MIXED.to_dict()) == json.dumps(again.to_dict())


def test_the_results_file_is_plain_json() -> None:
    """Where there is no number there is null: NaN is not JSON."""
    judged = Judged("0.4.3", {"semantic_similarity": (float("nan"),)})
    text = json.dumps(result(RIGHTLY_REFUSED, judged=judged).to_dict(), allow_nan=False)
    found = json.loads(text)["ragas"]["scores"]["semantic_similarity"]
    assert (found["value"], found["questions"], found["not_scored"]) == (None, 0, 1)


def test_the_text_lists_what_was_not_right() -> None:
    """The tables hold the floor, and each question that was not right shows both sides."""
    text = as_text(MIXED)
    assert "always refuse" in text
    assert "WRONG  died: How many died?" in text
    assert "expected: “44”" in text
    assert "said:     <b>164</b> [1]" in text
    assert "RIGHT  " not in text


def test_a_citation_that_is_not_exact_is_shown_even_when_right() -> None:
    """A right answer with a wrong quote is listed with the fault."""
    assert INEXACT.outcome == "right"
    assert "NOT EXACT: citation 1" in as_text(result(INEXACT))


def test_words_of_documents_cannot_steer_the_terminal() -> None:
    """Control characters of an answer do not reach the output."""
    row = score_row(ASKED, answered("164\x1b[2J\u202e [1]"), TEXTS, 1.0)
    assert not {"\x1b", "\u202e"} & set(as_text(result(row)) + as_html(result(row)))


class Page(HTMLParser):
    """Collects the tags and the words of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_report_shows_every_question_and_needs_nothing_else() -> None:
    """The page has no script and no address, and what a document says stays text."""
    page = Page(as_html(MIXED))
    assert not {"script", "link", "img", "b"} & {tag for tag, _ in page.tags}
    assert not [a for _, attributes in page.tags for a in attributes if a in ("src", "href")]
    assert "<b>164</b>" in page.words
    assert page.words.count("expected") == 4


@pytest.mark.parametrize(
    ("gate", "failures"),
    [
        pytest.param("right>=0.5 wrong<=0.25", 0, id="holds"),
        pytest.param("right>=0.85 wrong<=0.05", 2, id="both-fail"),
        pytest.param("claim_recall>=.5", 1, id="score-that-no-question-has"),
        pytest.param("", 0, id="no-gate"),
    ],
)
def test_a_gate_names_what_does_not_hold(gate: str, failures: int) -> None:
    """One line for each condition that fails."""
    assert len(gate_failures(MIXED, parse_gate(gate))) == failures


@pytest.mark.parametrize("gate", ["right>0.5", "right", "nice>=1", "right>=high"])
def test_a_gate_that_is_none_is_an_error(gate: str) -> None:
    """The message names the word and the scores there are."""
    with pytest.raises(AskdocsError, match="the scores are right, refused, wrong"):
        parse_gate(gate)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Documents and a gold file for them."""
    return write_documents(tmp_path)


def write_documents(folder: Path) -> Path:
    """One document, and a gold file for it."""
    (folder / "documents").mkdir()
    (folder / "documents" / "fair.txt").write_text(TEXT, encoding="utf-8")
    write_gold(folder, "44 people died")
    return folder


def write_gold(folder: Path, quote: str) -> None:
    """Two questions, the first with this quote as its evidence."""
    rows: Sequence[dict[str, Any]] = (
        {
            "id": "died",
            "question": "How many people died in the fire?",
            "answerable": True,
            "all_of": [["44"]],
            "evidence": [{"document": "fair.txt", "quote": quote}],
        },
        {"id": "airline", "question": "Which airline flies to Oslo?", "answerable": False},
    )
    lines = "\n".join(json.dumps(row) for row in rows)
    (folder / "gold.jsonl").write_text(lines, encoding="utf-8")


def evaluate(folder: Path, **options: Any) -> Result:
    """An evaluation with a fake embedder."""
    return run.evaluate(
        folder / "gold.jsonl",
        folder / "documents",
        embedder=FakeEmbedder(),
        ragas=False,
        **options,
    )


def test_a_folder_is_indexed_asked_and_scored(folder: Path) -> None:
    """The row of each question is there in order, with exact citations and found passages."""
    found = evaluate(folder)
    assert [row.question.id for row in found.rows] == ["died", "airline"]
    assert not any(row.faults for row in found.rows)
    assert found.scores()["recall@5"].value == 1.0
    assert found.settings["documents"] == 1


def test_two_runs_give_the_same_scores(folder: Path) -> None:
    """Everything but the times is the same, in a temporary index or in one that is kept."""
    first, second = evaluate(folder).to_dict(), evaluate(folder, index=folder / "index").to_dict()
    third = evaluate(folder, index=folder / "index").to_dict()
    for found in (first, second, third):
        del found["timings"]
    assert first == second == third


def test_a_quote_that_is_not_there_stops_before_indexing(folder: Path) -> None:
    """The gold file is checked first: no index is made."""
    write_gold(folder, "44 persons died")
    with pytest.raises(GoldError, match=r'gold\.jsonl:1: "44 persons died"'):
        evaluate(folder, index=folder / "index")
    assert not (folder / "index").exists()


def command(folder: Path, **options: Any) -> argparse.Namespace:
    """The arguments of `askdocs eval`."""
    given = {
        "gold": [str(folder / "gold.jsonl")],
        "documents": folder / "documents",
        "index": None,
        "json": False,
        "report": None,
        "junit": None,
        "fresh": False,
        "split": None,
        "no_ragas": True,
        "judge": None,
        "model": None,
        "gate": None,
    }
    return argparse.Namespace(**{**given, **options})


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """The folder as the working directory, and the fake embedder for the command."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(asking, "_ready_embedder", lambda model: FakeEmbedder())
    return folder


def test_the_command_writes_results_and_report(
    quick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Results go to eval/results where there is an eval folder, the report to its file."""
    (quick / "eval").mkdir()
    evaluate_command(command(quick, report=quick / "out" / "report.html"))
    written = json.loads((quick / "eval" / "results" / "gold.json").read_text(encoding="utf-8"))
    assert len(written["rows"]) == 2
    assert (quick / "out" / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "always refuse" in capsys.readouterr().out
    assert sorted(path.name for path in (quick / "eval" / "results").iterdir()) == ["gold.json"]


def test_json_is_all_that_is_printed(quick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json, standard output is one JSON value."""
    evaluate_command(command(quick, json=True))
    assert json.loads(capsys.readouterr().out)["outcomes"]["always refuse"]["right"] == 1


def test_a_gate_that_fails_sets_the_exit_code(
    quick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 and one line a condition; 0 where all hold."""
    assert evaluate_command(command(quick, gate="recall@5>=1")) == 0
    assert evaluate_command(command(quick, gate="mrr<=0.1")) == 1
    assert "mrr is 1.0000, not <= 0.1" in capsys.readouterr().err
