"""The settings, and the language of a request, without a browser."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from askdocs.config import Config
from askdocs.web.app import create_app
from askdocs.web.settings import measured, trade_off
from askdocs.web.speaking import language_of
from fakes_web import scene

HOME = "http://127.0.0.1:7860"
ROOT = Path(__file__).parent.parent


@pytest.fixture
def client() -> Iterator[TestClient]:
    index, assistant = scene()
    assistant.config = Config(k=7, threshold=0.6)
    with TestClient(create_app(index, assistant), base_url=HOME) as client:
        client.assistant = assistant
        yield client


def test_the_settings_show_what_the_server_is_set_to(client: TestClient) -> None:
    """The sliders begin at the server's own numbers; these are the defaults to go back to."""
    shown = client.get("/page/settings").text
    assert 'max="20" step="1" value="7" data-default="7"' in shown
    assert 'value="0.6" data-default="0.6"' in shown


def test_only_the_language_model_of_the_server_can_be_chosen(client: TestClient) -> None:
    """Without one there is no choice; with one it is that or none. No address can be given."""
    assert 'name="quoted"' not in client.get("/page/settings").text
    client.assistant.model_name = "ollama:<b>llama"
    shown = client.get("/page/settings").text
    assert re.findall(r'name="quoted" value="(\w*)"', shown) == ["", "true"]
    assert "ollama&#58;&#60;b&#62;llama" in shown
    assert set(re.findall(r'<input type="(\w+)"', shown)) == {"radio", "range"}


def test_the_trade_of_a_threshold_is_shown_in_numbers(client: TestClient) -> None:
    """The figures are those of the table, for the chosen threshold or the one next to it."""
    step = trade_off(0.74)
    shown = client.get("/page/settings/trade-off?threshold=0.745").text
    assert f"{step.right:.0f} right, {step.wrong:.0f} wrong, {step.refused:.0f} refused" in shown
    assert f"{step.answered:.0f} answered all the same" in shown
    assert client.get("/page/settings/trade-off?threshold=7").status_code == 422


def test_the_table_of_trades_makes_sense() -> None:
    """Each step counts every question once; a higher threshold never answers more."""
    steps = [trade_off(step["threshold"]) for step in measured()["steps"]]
    for step in steps:
        assert step.right + step.wrong + step.refused == pytest.approx(100, abs=0.2)
    for lower, higher in pairwise(steps):
        assert higher.right <= lower.right
        assert higher.answered <= lower.answered
        assert higher.refused >= lower.refused
    assert any(step.threshold == Config().threshold for step in steps)


def test_the_script_writes_the_table_that_the_page_reads(tmp_path: Path) -> None:
    """From answers as `answers.py` keeps them, over the half that was held out."""
    rows = [
        {"half": 1, "answerable": True, "support": 0.8, "right": True},
        {"half": 1, "answerable": False, "support": 0.5, "right": False},
        {"half": 0, "answerable": True, "support": 0.1, "right": False},
    ]
    (tmp_path / "answers.json").write_text(json.dumps(rows))
    script = ROOT / "eval" / "bench" / "trade_off.py"
    command = [sys.executable, str(script), str(tmp_path / "answers.json")]
    table = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert (table["answerable"], table["unanswerable"]) == (1, 1)
    assert table["steps"][30] == {
        "threshold": 0.6,
        "right": 100.0,
        "wrong": 0.0,
        "refused": 0.0,
        "answered": 0.0,
    }
    assert set(measured()) == set(table)


@pytest.mark.parametrize(
    ("cookies", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "fr-CA,en;q=0.8", "fr"),
        ("", "en;q=0.5,de;q=0.7", "de"),
        ("", "it,pt", "en"),
        ("", "de;q=0", "en"),
        ("", ";;q=,=,de;q=x", "en"),
        ("askdocs-language=de", "fr", "de"),
        ("a=b; askdocs-language=fr; c=d", "de", "fr"),
        ("askdocs-language=<script>", "de", "de"),
    ],
)
def test_the_language_is_the_chosen_or_the_preferred_one(
    cookies: str, accepted: str, language: str
) -> None:
    """The cookie goes before what the browser prefers; what is not known leaves the next."""
    assert language_of(cookies, accepted) == language


def test_a_page_is_in_the_language_of_its_reader(client: TestClient) -> None:
    """The parts that the server makes, the label of the language, and Gradio's own words."""
    german = client.get("/", headers={"accept-language": "de"}).text
    assert '<html\n\tlang="de"' in german
    assert "Neue Unterhaltung" in german
    assert "Stellen Sie den Dokumenten eine Frage" in german  # Gradio's part, through I18n
    chosen = {"cookie": "askdocs-language=fr", "accept-language": "de"}
    assert '<html lang="fr">' in client.get("/view?document=x", headers=chosen).text
    assert "Réglages" in client.get("/page/settings", headers=chosen).text
    english = client.get("/", headers={"accept-language": "it", "accept-encoding": "br"}).text
    assert english.index("/page/theme.js") < english.index("<style>")  # before all that is seen
    assert '<html\n\tlang="en"' in english
    assert "New conversation" in english


def test_an_event_speaks_the_language_of_its_reader(client: TestClient) -> None:
    """Gradio runs events in tasks of its own; the answer's words are the reader's all the same."""
    config = client.get("/config").json()
    asking = [one for one in config["dependencies"] if len(one["targets"]) == 2]
    asked = {"data": ["fail", "", ""], "fn_index": asking[0]["id"], "session_hash": "s"}
    headers = {"accept-language": "fr"}
    joined = client.post("/gradio_api/queue/join", json=asked, headers=headers)
    assert joined.status_code == 200
    events = client.get("/gradio_api/queue/data", params={"session_hash": "s"}).text
    assert "pas fonctionn" in events  # "Cela n’a pas fonctionné.", however it is encoded
    assert "That did not work." not in events
