"""What can be done with a question and an answer: edit, ask again, copy, say what one thinks.

A message is sanitised in the browser, which leaves buttons their `name` and `value` but takes data
and ARIA attributes: `turns.js` puts the latter back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from askdocs.web.render.escaping import escape
from askdocs.web.wording import say

if TYPE_CHECKING:
    from askdocs.store_feedback import Opinion


def of_question(position: int) -> str:
    """The tools beside the question of a turn, which counts from 0."""
    edit = _tool("edit", position, say("Edit"), say("Edit this question"))
    return f'<div class="turn-tools of-question">{edit}</div>'


def of_answer(position: int, opinion: Opinion | None = None) -> str:
    """The tools under the answer of a turn, with the reader's opinion on it."""
    return f'<div class="turn-tools of-answer">{inside(position, opinion)}</div>'


def inside(position: int, opinion: Opinion | None, *, asks: bool = False) -> str:
    """What `of_answer` holds; if it `asks`, with the place for a note on the opinion."""
    verdict = opinion.verdict if opinion else ""
    tools = (
        _tool("again", position, say("Ask again"), say("Ask this question again")),
        _tool("copy", position, say("Copy"), say("Copy this answer with its sources")),
        _thumb("right", position, say("This answer is right"), verdict),
        _thumb("wrong", position, say("This answer is not right"), verdict),
    )
    more = ""
    if opinion:
        more = _form(position, opinion) if asks else _noted(opinion.note)
    return f'<p class="turn-row">{"".join(tools)}</p>{more}'


def of_failure(position: int) -> str:
    """The tools where there is no answer: to ask once more."""
    again = _tool("again", position, say("Ask again"), say("Ask this question again"))
    return f'<div class="turn-tools of-answer"><p class="turn-row">{again}</p></div>'


def editing() -> str:
    """The line above the box while the question in it takes the place of an earlier one."""
    said = escape(say("Editing an earlier question; later turns are replaced"))
    return (
        f'<div class="editing" role="status" hidden><span>{said}</span>'
        f'<button type="button" class="cancel">{escape(say("Cancel"))}</button></div>'
    )


def _tool(name: str, position: int, words: str, title: str) -> str:
    return (
        f'<button type="button" class="tool" name="{name}" value="{position:d}"'
        f' title="{escape(title)}">{escape(words)}</button>'
    )


def _thumb(name: str, position: int, title: str, verdict: str) -> str:
    given = " given" if name == verdict else ""
    return (
        f'<button type="button" class="tool thumb {name}{given}" name="{name}"'
        f' value="{position:d}" title="{escape(title)}">'
        f'<span class="unseen">{escape(title)}</span></button>'
    )


def _form(position: int, opinion: Opinion) -> str:
    """The place for a note on a verdict, which is kept already."""
    right = opinion.verdict == "right"
    asked = say("What makes it right?") if right else say("What would be right?")
    return (
        f'<form class="noting"><label>{escape(asked)} <span class="optional">'
        f"{escape(say('A note, if you like'))}</span>"
        f'<input name="note" maxlength="1000" autocomplete="off" value="{escape(opinion.note)}">'
        f'</label><button type="submit" class="tool save">{escape(say("Save"))}</button>'
        f'<button type="button" class="tool" name="back" value="{position:d}">'
        f"{escape(say('Take back'))}</button></form>"
    )


def _noted(note: str) -> str:
    if not note:
        return ""
    return f'<p class="noted">{escape(say("Your note:"))} <bdi>{escape(note)}</bdi></p>'
