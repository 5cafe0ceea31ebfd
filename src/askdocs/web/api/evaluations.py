"""`/v1/evaluations`: how good the answers are, for whoever manages the server."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Path
from starlette.responses import Response

from askdocs.access.principal import Principal, Right, require
from askdocs.errors import NotAllowed
from askdocs.web.api.asked import NewEvaluation
from askdocs.web.api.given import EvaluationReply, Evaluations, Run
from askdocs.web.api.replying import errors, give
from askdocs.web.receiving import Refused

if TYPE_CHECKING:
    from askdocs.web.quality import Quality

_HERE = "/v1/evaluations"
_TAG = ["evaluations"]


def add_evaluations(app: FastAPI, quality: Quality) -> None:
    """The addresses of evaluations, whose answers come from all documents."""

    @app.get(
        _HERE,
        response_model=Evaluations,
        responses=errors(),
        tags=_TAG,
        operation_id="list_evaluations",
    )
    def evaluations() -> Response:
        """The last evaluations, what can be run, and how far a run is that is under way."""
        _require_all()
        return give(
            {
                "evaluations": [asdict(one) for one in quality.evaluations()],
                "gold": [{"name": one.name, "questions": one.questions} for one in quality.gold],
                "run": _run(quality),
            }
        )

    @app.post(
        _HERE,
        status_code=202,
        response_model=Run,
        responses=errors(404, 409, 413, 415),
        tags=_TAG,
        operation_id="run_evaluation",
    )
    def start(wanted: NewEvaluation) -> Response:
        """Ask the questions of a gold file that the server was given, in the background."""
        _require_all()
        names = [one.name for one in quality.gold]
        if wanted.gold not in names:
            known = f"it has {', '.join(names)}" if names else "it was given none; see serve --gold"
            raise Refused(f"the server has no gold file {wanted.gold!r}; {known}", 404)
        if not quality.start(names.index(wanted.gold)):
            raise Refused("a run is under way; wait for its end", 409)
        return give(_run(quality), 202)

    @app.get(
        _HERE + "/{number}",
        response_model=EvaluationReply,
        responses=errors(404),
        tags=_TAG,
        operation_id="evaluation",
    )
    def evaluation(number: Annotated[int, Path(ge=1, le=2**53)]) -> Response:
        """The whole result, with each question and its answer."""
        _require_all()
        return give(quality.evaluation(number))


def _require_all() -> Principal:
    """Raise `NotAllowed` for who does not manage the server, or sees but some of its folders."""
    who = require(Right.MANAGE)
    if who.folders is not None:
        raise NotAllowed("an evaluation asks all documents, of which you see some only")
    return who


def _run(quality: Quality) -> dict[str, Any]:
    return asdict(quality.progress)
