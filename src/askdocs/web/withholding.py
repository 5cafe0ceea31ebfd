"""Kept answers as whoever is acting may see them now: their folders may be others than they were.

What an answer says rests on the documents that were found for it. When one of them is out of sight,
nothing of the answer is shown, quoted, searched, exported or given to a language model; the
question, which is the reader's own, stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from askdocs.access.principal import acting
from askdocs.answering.prompts import REFUSAL
from askdocs.types import Answer, Filter
from askdocs.web.wording import say

if TYPE_CHECKING:
    from askdocs.store_conversations import Turn


def is_withheld(turn: Turn) -> bool:
    """Whether the answer rests on something that whoever is acting does not see."""
    sees = acting().sees
    cited = [citation.document for citation in turn.answer.citations]
    return not all(sees(document) for document in (*cited, *(place[0] for place in turn.found)))


def as_seen(turn: Turn) -> Turn:
    """The turn as whoever is acting may see it."""
    principal = acting()
    if principal.folders is None:
        return turn
    if is_withheld(turn):
        told = say("This answer rests on documents that you do not see any more. Ask again.")
        # The mode of what is no answer of the documents: there is nothing to cite or to explain.
        return replace(turn, answer=_said(turn.answer, told), within=Filter(), found=())
    named = tuple(one for one in turn.within.documents if principal.sees(one))
    turn = replace(turn, within=replace(turn.within, documents=named))
    # A refusal may name what came nearest, which is looked for again when it is shown.
    return replace(turn, answer=replace(turn.answer, text=REFUSAL)) if turn.answer.refused else turn


def history_of(turns: Sequence[Turn]) -> list[Answer | str]:
    """The turns as what comes before a question: of an answer out of sight the question only."""
    return [turn.answer.question if is_withheld(turn) else turn.answer for turn in turns]


def _said(answer: Answer, told: str) -> Answer:
    return Answer(answer.question, told, mode="conversation")
