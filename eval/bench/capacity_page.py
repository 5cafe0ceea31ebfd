"""Writes what capacity.py has worked out as a page of tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tables_format import table

if TYPE_CHECKING:
    from capacity import Assumed, Limit, Size
    from capacity_rates import Rates

_SHOWN = 3  # digits


def page(
    assumed: Assumed,
    measured: Rates,
    limits: Sequence[Limit],
    each: int,
    sizes: Sequence[Size],
) -> str:
    """The whole page."""
    parts = [
        "# What 10 million, a billion and ten billion passages take",
        "Written by `python eval/bench/capacity.py`; no figure is typed. **Run** were up to"
        f" {measured.largest:,} passages on PostgreSQL, a million on SQLite, and the search by"
        " codes alone up to ten million, all on one machine with two cores. **Everything beyond is"
        " arithmetic**: what was measured, times so many. A passage has about 130 words.",
        "## Assumed",
        "Change them as options of the script; nothing here is an offer of anybody's.",
        _assumed(assumed),
        "## Measured",
        _measured(measured),
        "## Where one machine ends",
        "The limits of one machine with one schema, the tightest first.",
        _limits(limits),
        "## What each size takes",
        f"In collections of up to {words(each)} passages, each a schema, as many on a server as it"
        f" holds; {assumed.copies} copies of everything; {assumed.questions:g} questions a second,"
        " each asked of one collection.",
        _sizes(assumed, sizes),
        "## The first bottleneck, and what takes over",
        _bottlenecks(assumed, measured, limits, each, sizes),
        "## What this does not say",
        _unsaid(assumed, measured),
    ]
    return "\n\n".join(parts) + "\n"


def _assumed(assumed: Assumed) -> str:
    rows = [
        ["a machine", f"{assumed.cores} cores, {assumed.memory} GB, {assumed.disk:,} GB of SSD"],
        ["its price", f"${assumed.price:.2f} an hour"],
        ["of which are planned with", f"{assumed.filled:.0%}"],
        ["half of the questions find their passages within", f"{assumed.goal:g} s"],
        ["everything is read for the first time within", f"{assumed.days:g} days"],
        [
            "copies of the store",
            f"{assumed.copies}; what every question reads all over is held in memory, in each",
        ],
        ["questions", f"{assumed.questions:g} a second"],
    ]
    return table(["what", "assumed"], rows)


def _measured(measured: Rates) -> str:
    large = f"{measured.largest:,}"
    codes = ", ".join(f"{ms:.0f} ms at {int(n):,}" for n, ms in measured.codes_ms.items())
    alone = ", ".join(f"{ms:.0f} ms at {int(n):,}" for n, ms in measured.alone_ms.items())
    asked = ", ".join(f"{ms:.0f} ms at {int(n):,}" for n, ms in measured.asked_ms.items())
    stores = "`stores.json`"
    rows = [
        [
            "reading and embedding, passages a second on a core",
            f"{measured.embedded_a_core:.1f}; two workers reach {measured.efficiency:.0%} of"
            " twice that",
            f"`{measured.embedded_from}`",
        ],
        [
            f"writing into PostgreSQL {measured.version}, one document after another",
            f"{measured.committed:,.0f} passages a second at {large}",
            stores,
        ],
        [
            "a question to five passages, median",
            f"{asked}; the last is {measured.times_of_sqlite:.2f} times SQLite's",
            stores,
        ],
        [
            "the same on SQLite, by codes",
            f"{alone} (at another time)",
            "`growth.json`",
        ],
        [
            "the answer to it without a language model, median",
            f"{measured.answered_ms:.0f} ms at {large},"
            f" {measured.answer_times_of_sqlite:.2f} times SQLite's",
            stores,
        ],
        [
            "its processor time, app and server",
            f"{measured.searched.at(measured.largest):.0f} ms for the passages at {large},"
            f" {measured.answering_ms:.0f} more for the answer",
            stores,
        ],
        ["the search by codes in it, alone", codes, stores],
        [
            "disk",
            f"{measured.bytes_a_passage:,.0f} bytes a passage, of which"
            f" {measured.cold_bytes:,.0f} are texts and sentence vectors,"
            f" {measured.hot_bytes:,.0f} what every question reads all over",
            stores,
        ],
        [
            "memory",
            f"{measured.process_mb} MB for a process, {measured.code_bytes} bytes a passage of it"
            f" for codes; {measured.server_mb} MB for the server",
            stores,
        ],
    ]
    return table(["what", "figure", "record"], rows)


def _limits(limits: Sequence[Limit]) -> str:
    rows = [[limit.name, limit.measured, words(limit.passages), limit.after] for limit in limits]
    return table(["limit", "measured", "passages", "what takes over"], rows)


def _sizes(assumed: Assumed, sizes: Sequence[Size]) -> str:
    def row(name: str, *cells: str) -> list[str]:
        return [name, *cells]

    rows = [
        row("collections", *(f"{size.collections:,}" for size in sizes)),
        row(
            "reading and embedding, core hours",
            *(words(size.embed_core_hours) for size in sizes),
        ),
        row(
            "machines for it, hours, dollars",
            *(
                f"{size.embed_machines:,}, {size.embed_hours:,.0f} h, ${words(size.embed_dollars)}"
                for size in sizes
            ),
        ),
        row(
            "the same on 100 machines, hours",
            *(words(size.embed_hours_on_a_hundred) for size in sizes),
        ),
        row(f"disk, {assumed.copies} copies", *(f"{size.disk_tb:,.1f} TB" for size in sizes)),
        row("codes, once", *(f"{size.codes_gb:,.1f} GB" for size in sizes)),
        row(
            "machines that disk / memory / questions ask for",
            *(
                f"{size.machines_for_disk:,} / {size.machines_for_memory:,} /"
                f" {size.machines_for_questions:,}"
                for size in sizes
            ),
        ),
        row("machines to serve", *(f"{size.machines:,}" for size in sizes)),
        row("dollars a month", *(f"${words(size.dollars_a_month)}" for size in sizes)),
        row(
            "one question to all collections, core seconds",
            *(words(size.everywhere_core_seconds) for size in sizes),
        ),
        row(
            "such questions that all machines manage in a second",
            *(words(size.everywhere_a_second) for size in sizes),
        ),
    ]
    return table(["", *(words(size.passages) for size in sizes)], rows)


def _bottlenecks(
    assumed: Assumed,
    measured: Rates,
    limits: Sequence[Limit],
    each: int,
    sizes: Sequence[Size],
) -> str:
    ten, billion, most = sizes
    tightest = limits[0]
    over = ", ".join(
        f"{name} ({times:,.1f} times)" for name, times in ten.exceeded.items() if times > 1
    )
    seconds = measured.question.at(ten.passages) / 1000
    cold, hot = (
        f"{part / measured.bytes_a_passage:.0%}"
        for part in (measured.cold_bytes, measured.hot_bytes - measured.code_bytes)
    )
    rows = [
        [
            words(ten.passages),
            f"{tightest.name}: about {seconds:.1f} s in one schema. Over the limits of one machine"
            f" are: {over or 'none'}",
            f"{_collections(ten.collections)} on one server and a copy of it. Vectors in half"
            " precision and their codes of two bits a place are what it has already",
        ],
        [
            words(billion.passages),
            f"a question about everything: {words(billion.everywhere_core_seconds)} core seconds;"
            f" the {billion.machines:,} machines have time for"
            f" {billion.everywhere_a_second:.2g} of them a second",
            "a question goes to one collection. One place that asks many of them at once is not"
            " built; Chroma's distributed form for vectors, and engines that need not read every"
            " entry of a word, would take over there, and were not tried",
        ],
        [
            words(most.passages),
            f"{most.decides}: {most.machines:,} machines, as what every question reads all over"
            f" ({hot} of the store) is held in memory; then disk ({most.machines_for_disk:,}"
            " machines)",
            "words and codes in memory alone and the rest of it on the disks, which makes a"
            f" question slower by what they take; texts and sentence vectors ({cold} of the"
            " store) in object storage, or sentences as codes, too. None of it is built",
        ],
    ]
    return table(["passages", "first bottleneck", "what takes over"], rows)


def _unsaid(assumed: Assumed, measured: Rates) -> str:
    lines = [
        "A question on PostgreSQL is taken to grow with the passages as SQLite's did between the"
        " two largest sizes of `growth.json`, in a straight line, from what was measured on it."
        " What does not fit into memory is slower than that.",
        f"{assumed.cores} cores are taken to be {assumed.cores // 2} times two, and machines to"
        f" scale as two workers on one machine do ({measured.efficiency:.0%}). Networks, failing"
        " machines and people who look after them are not in it.",
        f"The load of the two cores was {measured.load:g} when the stores were measured. Above two,"
        " other work made every time longer than it is; SQLite and PostgreSQL took turns, so that"
        " how they compare holds.",
        "A language model is not in it.",
        "Real collections differ in size; the largest one decides.",
    ]
    return "\n".join(f"- {line}" for line in lines)


def words(value: float) -> str:
    """A number as it is said, with two digits that count.

    >>> words(10_000_000), words(1_260_000_000), words(9_430), words(35.2)
    ('10 million', '1.3 billion', '9,400', '35')
    """
    if value <= 0:
        return "0"
    rounded = round(value, 1 - math.floor(math.log10(value)))
    for unit, name in ((10**9, "billion"), (10**6, "million")):
        if rounded >= unit:
            return f"{rounded / unit:,.3g} {name}".replace(".0 ", " ")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:.2g}"


def _collections(count: int) -> str:
    return "one collection" if count == 1 else f"{count:,} collections"
