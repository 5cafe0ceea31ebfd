"""The dialog of the settings, and the foot of the side bar that opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from askdocs.web.render.escaping import escape
from askdocs.web.wording import LANGUAGES, say
from askdocs.web.words import number

if TYPE_CHECKING:
    from askdocs.web.settings import TradeOff

MOST_PASSAGES = 20
THRESHOLD_STEP = 0.02
HIGHEST_THRESHOLD = 0.88
"""Above it, nearly everything is refused."""


def told(english: str, **values: object) -> str:
    """The wording, as HTML."""
    return escape(say(english, **values))


def foot(signed: str = "", *, quality: bool = True, asks: bool = True) -> str:
    """What stands at the foot of the side bar: who is `signed` in, and what else there is.

    Where nobody `asks`, the page has no place for a question: see side.css.
    """
    reads = "" if asks else " reads"
    judged = f'<a class="quiet" href="/quality">{told("Quality")}</a>' if quality else ""
    return (
        f'{signed}<nav class="foot{reads}">{judged}'
        f'<button type="button" class="quiet" data-settings>{told("Settings")}</button></nav>'
        f"{_words()}"
    )


def _words() -> str:
    """What the page says by itself in the browser."""
    said = {
        "asked": say("You asked"),
        "answer": say("Answer"),
        "unloaded": say("This could not be loaded. Is the server still running?"),
    }
    words = "".join(f' data-{name}="{escape(text)}"' for name, text in said.items())
    return f'<span id="words" hidden{words}></span>'


def settings(model: str, k: int, threshold: float, trade: str) -> str:
    """All settings, at what the server is set to; the browser puts in what was chosen."""
    return (
        '<form method="dialog"><header>'
        f'<h2 id="settings-title">{told("Settings")}</h2><button class="quiet" value="close"'
        f' aria-label="{told("Close")}"><span aria-hidden="true">✕</span></button></header>'
        f"{_mode(model)}{_passages(k)}{_threshold(threshold, trade)}{_theme()}{_language()}"
        f'<footer><button type="button" class="quiet" data-defaults>{told("Back to defaults")}'
        f'</button><button class="done" value="close">{told("Done")}</button></footer></form>'
    )


def _mode(model: str) -> str:
    head = f"<legend>{told('Answers')}</legend>"
    if not model:
        said = told("Quotes only: this server has no language model.")
        return f'<fieldset>{head}<p class="hint">{said}</p></fieldset>'
    return (
        f"<fieldset>{head}"
        + _radio("quoted", "", say("Written by {model}, with quotes", model=model))
        + _radio("quoted", "true", say("Quotes only"))
        + "</fieldset>"
    )


def _passages(k: int) -> str:
    shown = max(1, min(k, MOST_PASSAGES))
    return (
        f'<div class="setting"><label for="setting-k">{told("Passages for an answer")}</label>'
        f'<output for="setting-k">{shown}</output>'
        '<input type="range" id="setting-k" data-option="k"'
        f' min="1" max="{MOST_PASSAGES}" step="1" value="{shown}" data-default="{shown}">'
        f'<p class="hint">{told("Default: {value}", value=number(shown))}</p></div>'
    )


def _threshold(threshold: float, trade: str) -> str:
    default = say("Default: {value}", value=number(threshold, 2))
    explained = say("An answer with less support is refused.")
    return (
        f'<div class="setting"><label for="setting-threshold">{told("Least support")}</label>'
        f'<output for="setting-threshold">{number(threshold, 2)}</output>'
        '<input type="range" id="setting-threshold" data-option="threshold" min="0"'
        f' max="{HIGHEST_THRESHOLD}" step="{THRESHOLD_STEP}" value="{threshold}"'
        f' data-default="{threshold}"><p class="hint">{escape(explained)} {escape(default)}</p>'
        f'<div class="trade" aria-live="polite">{trade}</div></div>'
    )


def traded(trade: TradeOff, answerable: int, unanswerable: int) -> str:
    """What a threshold trades: two bars, and the same in words."""
    right, wrong, refused, answered = (
        number(value) for value in (trade.right, trade.wrong, trade.refused, trade.answered)
    )
    known = say(
        "Of 100 questions that the documents answer: {right} right, {wrong} wrong, {refused}"
        " refused.",
        right=right,
        wrong=wrong,
        refused=refused,
    )
    unknown = say(
        "Of 100 that they do not answer: {answered} answered all the same.", answered=answered
    )
    source = say(
        "Measured at {threshold}, without a language model, on {answerable} and {unanswerable}"
        " questions of public collections. They are half held out: askdocs was fitted on other"
        " questions, but its default was chosen with these in view, too. Other documents give"
        " other figures.",
        threshold=number(trade.threshold, 2),
        answerable=number(answerable),
        unanswerable=number(unanswerable),
    )
    return (
        f"<p>{escape(known)}</p>"
        + _bar((("right", trade.right), ("wrong", trade.wrong), ("refused", trade.refused)))
        + f"<p>{escape(unknown)}</p>"
        + _bar((("wrong", trade.answered), ("refused", 100 - trade.answered)))
        + f"<details><summary>{told('Where these figures come from')}</summary>"
        f"<p>{escape(source)}</p></details>"
    )


def _bar(parts: tuple[tuple[str, float], ...]) -> str:
    pieces = "".join(f'<i class="{kind}" style="width:{share:.1f}%"></i>' for kind, share in parts)
    return f'<div class="bar" aria-hidden="true">{pieces}</div>'


def _theme() -> str:
    return (
        f"<fieldset><legend>{told('Appearance')}</legend>"
        + _radio("theme", "", say("As the system"))
        + _radio("theme", "light", say("Light"))
        + _radio("theme", "dark", say("Dark"))
        + "</fieldset>"
    )


def _language() -> str:
    options = "".join(
        f'<option value="{code}" lang="{code}">{escape(name)}</option>'
        for code, name in LANGUAGES.items()
    )
    return (
        f'<div class="setting"><label for="setting-language">{told("Language of the page")}</label>'
        '<select id="setting-language" data-option="language">'
        f'<option value="">{told("As the browser")}</option>{options}</select>'
        f'<p class="hint">{told("Documents and answers stay in their own words.")}</p></div>'
    )


def _radio(name: str, value: str, label: str) -> str:
    checked = "" if value else " checked"
    return (
        f'<label class="choice"><input type="radio" name="{name}" value="{value}"'
        f' data-option="{name}"{checked}> {escape(label)}</label>'
    )
