"""The addresses of the quality page: the page itself, and the parts of it that change."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, FastAPI, Query
from fastapi.responses import FileResponse, HTMLResponse, Response

from askdocs.access.principal import Principal, Right, require
from askdocs.errors import EvaluationNotFound, NotAllowed
from askdocs.evaluation.record import reliability
from askdocs.web import charts
from askdocs.web.render import pages
from askdocs.web.render import quality as render
from askdocs.web.wording import say

if TYPE_CHECKING:
    from askdocs.store_evaluations import EvaluationInfo
    from askdocs.web.quality import Quality

PARTS = "/page/quality"


def may_judge(person: Principal) -> bool:
    """Whether the quality page is for them: its questions are asked of all documents."""
    return person.right >= Right.MANAGE and person.folders is None


def _require_judge() -> None:
    """Raise `NotAllowed` for whom the quality page is not."""
    if not may_judge(require(Right.MANAGE)):
        raise NotAllowed(
            "evaluations are made with all documents; ask for the right to manage all of them"
        )


_JUDGES: dict[str, Any] = {"include_in_schema": False, "dependencies": [Depends(_require_judge)]}


def add_quality(app: FastAPI, quality: Quality) -> None:
    """The quality page of an index, for those who manage all of it."""

    @app.get("/quality", **_JUDGES)
    def page(run: int = 0) -> HTMLResponse:
        results = _results(quality, run)
        body = render.body(quality.gold, quality.model, quality.progress, results)
        return HTMLResponse(pages.page(say("Quality"), body, head=render.HEAD))

    @app.get(f"{PARTS}/results", **_JUDGES)
    def results(run: int = 0) -> HTMLResponse:
        return HTMLResponse(_results(quality, run))

    @app.get(f"{PARTS}/charts", **_JUDGES)
    def figures(run: int = 0) -> dict[str, Any]:
        """Both charts of a run, by the names of their places on the page."""
        shown = quality.evaluation(run)
        known = quality.evaluations()
        gold = next((one.gold for one in known if one.number == run), "")
        return {
            "over-time": charts.over_time([one for one in known if one.gold == gold]),
            "calibration": charts.calibration(reliability(shown["rows"])),
        }

    @app.get(f"{PARTS}/row", **_JUDGES)
    def row(run: int, place: Annotated[int, Query(ge=0)]) -> HTMLResponse:
        """The whole answer to one question of a run."""
        sources = {document.id: document for document in quality.index.documents()}
        try:
            shown = render.whole(quality.evaluation(run)["rows"][place], sources)
        except (EvaluationNotFound, IndexError):
            return HTMLResponse(render.no_answer(), status_code=404)
        return HTMLResponse(shown)

    @app.get(f"{PARTS}/answers.css", include_in_schema=False)
    def answers_style() -> Response:
        """The look of answers, which is that of the conversation."""
        style = (files(__package__) / "assets" / "conversation.css").read_text(encoding="utf-8")
        return Response(style.replace("#chat", ".told"), media_type="text/css")

    @app.get(f"{PARTS}/plotly.js", include_in_schema=False)
    def plotly() -> FileResponse:
        """What draws the charts, from the installed package: no other host is asked."""
        script = Path(str(files("plotly") / "package_data" / "plotly.min.js"))
        kept = {"cache-control": "max-age=86400"}
        return FileResponse(script, media_type="text/javascript", headers=kept)

    _add_running(app, quality)


def _add_running(app: FastAPI, quality: Quality) -> None:
    """What begins, shows and ends a run."""

    @app.get(f"{PARTS}/run", **_JUDGES)
    def progress() -> HTMLResponse:
        return HTMLResponse(render.run(quality.progress))

    @app.post(f"{PARTS}/run", **_JUDGES)
    def start(gold: Annotated[int, Query(ge=0)]) -> HTMLResponse:
        """Begin a run; while another one is under way, this shows that one."""
        if gold >= len(quality.gold):
            return HTMLResponse(render.run(quality.progress), status_code=404)
        begun = quality.start(gold)
        return HTMLResponse(render.run(quality.progress), status_code=200 if begun else 409)

    @app.post(f"{PARTS}/stop", **_JUDGES)
    def stop() -> HTMLResponse:
        quality.stop()
        return HTMLResponse(render.run(quality.progress))


def _results(quality: Quality, wanted: int) -> str:
    """The run that is wanted, or the last one."""
    known = quality.evaluations()
    shown: EvaluationInfo | None = next((one for one in known if one.number == wanted), None)
    shown = shown or next(iter(known), None)
    if shown is None:
        return render.nothing_kept()
    result = quality.evaluation(shown.number)
    return render.results(shown, result, known, reliability(result["rows"]))
