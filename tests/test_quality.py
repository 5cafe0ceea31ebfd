"""The quality page without a browser: runs, what is kept of them, and what is shown."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from fastapi.testclient import TestClient

from askdocs import Index
from askdocs.config_server import ServerSettings
from askdocs.errors import EvaluationNotFound, GoldError
from askdocs.evaluation.metrics import Step
from askdocs.evaluation.record import reliability
from askdocs.evaluation.run import evaluate
from askdocs.store_evaluations import EvaluationInfo
from askdocs.types import Answer
from askdocs.web import charts
from askdocs.web.app import create_app
from askdocs.web.quality import Quality
from fakes import FakeEmbedder
from fakes_web import HOSTILE, HOSTILE_NAME, UNREST, ScriptedAssistant, script

DETAINED = "How many people were detained?"
GOLD = (
    {
        "id": "detained",
        "question": DETAINED,
        "answerable": True,
        "all_of": [["7,939"]],
        "evidence": [{"document": "reports/unrest.txt", "quote": "7,939"}],
    },
    {
        "id": "restored",
        "question": "Where was the internet restored?",
        "answerable": True,
        "all_of": [["Astana"]],
        "evidence": [{"document": "reports/unrest.txt", "quote": "Almaty"}],
    },
    {"id": "mayor", "question": "Who is the mayor?", "answerable": False},
    {
        "id": "unknown",
        "question": "What happened in <b>Almaty</b>?",
        "history": [DETAINED],
        "answerable": True,
        "all_of": [["restored"]],
        "evidence": [{"document": "reports/unrest.txt", "quote": "Almaty"}],
    },
)
"""One that is answered right, one wrong, one refused rightly, one refused."""


def write_gold(path: Path, rows: Any = GOLD) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """A real index of the two documents of the scene."""
    documents = tmp_path / "documents"
    (documents / "reports").mkdir(parents=True)
    (documents / "reports" / "unrest.txt").write_text(UNREST, encoding="utf-8")
    (documents / HOSTILE_NAME).write_text(HOSTILE, encoding="utf-8")
    with Index.build(documents, tmp_path / "index", embedder=FakeEmbedder()) as index:
        yield index


class Assistant(ScriptedAssistant):
    """Can be held up at a question."""

    def __init__(self, index: Index) -> None:
        super().__init__(index, script(index))
        self.goes_on = threading.Event()
        self.goes_on.set()

    def ask(self, question: str, **more: Any) -> Answer:
        assert self.goes_on.wait(10)
        return super().ask(question, **more)


@pytest.fixture
def quality(index: Index, tmp_path: Path) -> Iterator[Quality]:
    quality = Quality(index, Assistant(index), [write_gold(tmp_path / "gold.jsonl")])
    yield quality
    quality.assistant.goes_on.set()
    quality.close()


def run(quality: Quality) -> int:
    """A whole run; the number under which it is kept."""
    assert quality.start(0)
    quality._thread.join()
    assert quality.progress.failed == ""
    return quality.progress.kept


def test_a_run_is_kept_with_its_counts_and_whole_answers(quality: Quality) -> None:
    """A run scores every question as `askdocs eval` does, and the index keeps it."""
    number = run(quality)
    (kept,) = quality.evaluations()
    assert (kept.number, kept.gold, kept.model) == (number, "gold.jsonl", "none")
    assert (kept.right, kept.refused, kept.wrong, kept.questions) == (2, 1, 1, 4)
    rows = quality.evaluation(number)["rows"]
    assert [row["outcome"] for row in rows] == ["right", "wrong", "right", "refused"]
    assert Answer.from_dict(rows[0]["answer"]).citations[0].document == "reports/unrest.txt"
    assert all(row["milliseconds"] >= 0 for row in rows)


def test_runs_outlive_the_server(quality: Quality) -> None:
    """Another process that opens the index has the runs, the newest first."""
    first, second = run(quality), run(quality)
    quality.index.close()
    with Index.open(quality.index.path, embedder=FakeEmbedder()) as again:
        assert [one.number for one in again.store.evaluations()] == [second, first]
        assert again.store.evaluation(first)["gold"] == "gold.jsonl"
        with pytest.raises(EvaluationNotFound, match="no evaluation 99"):
            again.store.evaluation(99)


def test_only_one_run_at_a_time(quality: Quality) -> None:
    """A second start changes nothing while the first run is under way."""
    quality.assistant.goes_on.clear()
    assert quality.start(0)
    assert not quality.start(0)
    assert quality.progress.running
    quality.assistant.goes_on.set()
    quality._thread.join()
    assert len(quality.evaluations()) == 1


def test_a_stopped_run_leaves_nothing(quality: Quality) -> None:
    """Stop ends the run after the question that is being asked, and nothing is kept."""
    quality.assistant.goes_on.clear()
    quality.start(0)
    quality.stop()
    quality.assistant.goes_on.set()
    quality._thread.join()
    assert quality.progress.stopped
    assert quality.progress.done == 1
    assert quality.evaluations() == []
    assert run(quality) == 1


def test_a_gold_file_about_other_documents_is_explained(index: Index, tmp_path: Path) -> None:
    """A quote that the index does not hold ends the run with the reason, and the next can begin."""
    other = {**GOLD[0], "evidence": [{"document": "other.txt", "quote": "x"}]}
    gold = write_gold(tmp_path / "other.jsonl", [other])
    quality = Quality(index, Assistant(index), [gold])
    quality.start(0)
    quality._thread.join()
    assert "other.txt" in quality.progress.failed
    assert not quality.progress.running
    assert quality.evaluations() == []


def test_what_fails_unforeseen_does_not_show_the_inside(index: Index, tmp_path: Path) -> None:
    """An error that is no askdocs error ends the run; the page points to the server's log."""
    crash = {"id": "c", "question": "crash", "answerable": False}
    quality = Quality(index, Assistant(index), [write_gold(tmp_path / "c.jsonl", [crash])])
    quality.start(0)
    quality._thread.join()
    assert "server's log" in quality.progress.failed
    assert "secret path" not in quality.progress.failed


def test_a_gold_file_that_is_none_is_refused_at_the_start(index: Index, tmp_path: Path) -> None:
    """The server does not start with a file that it could not run."""
    (tmp_path / "bad.jsonl").write_text("{}")
    with pytest.raises(GoldError, match=r"bad.jsonl:1.*missing"):
        Quality(index, Assistant(index), [tmp_path / "bad.jsonl"])


def test_the_command_keeps_its_result_in_the_index_it_is_given(tmp_path: Path) -> None:
    """`askdocs eval --index` leaves its result there; a temporary index keeps nothing."""
    documents = tmp_path / "documents"
    (documents / "reports").mkdir(parents=True)
    (documents / "reports" / "unrest.txt").write_text(UNREST, encoding="utf-8")
    gold = write_gold(tmp_path / "gold.jsonl", GOLD[:3])
    path = tmp_path / "index"
    result = evaluate(gold, documents, index=path, ragas=False, embedder=FakeEmbedder())
    with Index.open(path, embedder=FakeEmbedder()) as index:
        (kept,) = index.store.evaluations()
    assert (kept.gold, kept.questions) == ("gold.jsonl", 3)
    assert kept.right == result.count("right")


def test_support_is_compared_with_what_came_true() -> None:
    """Only answers that were given count; refusals and small talk are left out."""

    def row(support: float, outcome: str, **more: Any) -> dict[str, Any]:
        answer = {"refused": False, "citations": [{}], "support": support} | more
        return {"answer": answer, "outcome": outcome}

    rows = [row(1.0, "right"), row(0.3, "wrong"), row(0.3, "right", refused=True)]
    rows.append(row(0.0, "wrong", citations=[]))
    assert reliability(rows) == [Step(1, 0.3, 0.0), Step(1, 1.0, 1.0)]


def resolved(value: Any) -> Any:
    """A figure with a colour for every name of one, as the browser makes it."""
    if isinstance(value, dict):
        return {key: resolved(one) for key, one in value.items()}
    if isinstance(value, list):
        return [resolved(one) for one in value]
    return "#123456" if isinstance(value, str) and value.startswith("--") else value


def test_the_charts_are_what_plotly_understands() -> None:
    """Plotly knows every property; the newest run is on the right, and each makes 100 %."""
    runs = [
        EvaluationInfo(2, "g", "2026-05-04T10:00:00+00:00", 3, 0, 1, "none"),
        EvaluationInfo(1, "g", "2026-05-03T10:00:00+00:00", 1, 2, 1, "none"),
    ]
    figure = go.Figure(resolved(charts.over_time(runs)))
    assert [trace.name for trace in figure.data] == ["right", "refused", "wrong"]
    assert [trace.y for trace in figure.data] == [(25.0, 75.0), (50.0, 0.0), (25.0, 25.0)]
    figure = go.Figure(resolved(charts.calibration([Step(4, 0.75, 0.5)])))
    assert (figure.data[1].x, figure.data[1].y) == ((75,), (50,))


@pytest.fixture
def client(quality: Quality) -> Iterator[TestClient]:
    app = create_app(
        quality.index,
        quality.assistant,
        ServerSettings(examples=(DETAINED,), gold=(str(quality.gold[0].path),)),
    )
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        client.quality = app.state.quality
        yield client
    app.state.quality.close()


def test_the_page_runs_the_questions_and_shows_what_came_of_it(client: TestClient) -> None:
    """From the button to the answer of one question, as the browser asks for it."""
    assert "No questions have been run" in client.get("/quality").text
    begun = client.post("/page/quality/run?gold=0")
    assert begun.status_code == 200
    client.quality._thread.join()
    ended = client.get("/page/quality/run").text
    assert 'data-kept="1"' in ended
    page = client.get("/quality").text
    assert "gold.jsonl" in page
    assert page.count('class="row wrong"') == 1
    assert "<b>Almaty" not in page
    whole = client.get("/page/quality/row?run=1&place=0").text
    assert 'class="view cite"' in whole
    assert "7,939" in whole
    assert "Asked after" in client.get("/page/quality/row?run=1&place=3").text
    assert set(client.get("/page/quality/charts?run=1").json()) == {"over-time", "calibration"}


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", "/page/quality/run?gold=7"),
        ("GET", "/page/quality/row?run=9&place=0"),
        ("GET", "/page/quality/charts?run=9"),
    ],
)
def test_what_is_not_there_is_not_found(client: TestClient, method: str, address: str) -> None:
    """A gold set, a run or a row that is not there is a 404."""
    assert client.request(method, address).status_code == 404


def test_a_page_of_another_site_cannot_start_a_run(client: TestClient) -> None:
    """The guard stands before the run, too."""
    evil = client.post("/page/quality/run?gold=0", headers={"origin": "http://evil.example"})
    assert evil.status_code == 403
    assert not client.quality.progress.running


def test_the_charts_are_drawn_by_a_script_of_this_server(client: TestClient) -> None:
    """plotly.js comes from the installed package, and the page names no other host."""
    script = client.get("/page/quality/plotly.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "plotly.js v" in script.text[:200]
    assert "http" not in client.get("/quality").text


def test_without_a_gold_file_the_page_says_how_to_have_one(index: Index) -> None:
    """No button, but the command."""
    app = create_app(index, Assistant(index), ServerSettings(examples=(DETAINED,)))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        page = client.get("/quality").text
    assert "data-start" not in page
    assert "askdocs serve --gold" in page
