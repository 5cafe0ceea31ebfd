"""The tables of what is added where one machine does not do: a database, vectors, servers."""

from __future__ import annotations

from tables_format import Records, share, table

_ASKED = {
    "five passages for a question, p50": "p50_ms",
    "five passages, p95": "p95_ms",
    "its answer without a language model, p50": "answer_p50_ms",
    "its answer, p95": "answer_p95_ms",
}
_FOUND_BY = {
    "codes": "exact, through codes (the default)",
    "pgvector": "pgvector",
    "chroma": "Chroma as a server",
}
_AWAY = {
    "told_by_server": "the database; a server is asked directly",
    "through_nginx_store_away": "the database, for one server of two behind nginx",
    "through_nginx_host_cut_off": "the host of one server of two behind nginx",
}


def stores(records: Records) -> str:
    """PostgreSQL beside SQLite, at the largest size that was measured."""
    found = max(records.read("stores"), key=lambda size: int(size["passages"]))
    ways = "sqlite", "postgresql"
    asked, runs, filled = ([found[part][way] for way in ways] for part in ("ask", "runs", "fill"))
    disk = [sum(found["settle"][way]["disk"].values()) / 1e6 for way in ways]
    indexed = f"{found['runs']['documents']} documents, {runs[0]['passages']:.0f} passages"
    rows = [
        *(_beside(name, [way[key] for way in asked], "{:.1f} ms") for name, key in _ASKED.items()),
        _beside(f"indexing {indexed}", [way["new"] for way in runs], "{:.1f} s"),
        _beside("the same again, nothing to do", [way["again"] for way in runs], "{:.1f} s"),
        _beside(
            "committing a document of 20 passages, embedded before",
            [1000 / way["the_last_tenth"] for way in filled],
            "{:.1f} ms",
        ),
        _beside("disk", disk, "{:,.0f} MB"),
    ]
    return table([f"at {found['passages']:,} passages", "SQLite", "PostgreSQL", "times"], rows)


def _beside(name: str, values: list[float], form: str) -> list[str]:
    one, other = values
    return [name, form.format(one), form.format(other), f"{other / one:.2f}"]


def vectors(records: Records) -> str:
    """What finds the nearest vectors of an index on PostgreSQL, at the largest size."""
    found = max(records.read("vectors"), key=lambda size: int(size["passages"]))
    rows = []
    for way, name in _FOUND_BY.items():
        of = found["ways"][way]
        times = f"{of['p50_ms']:.0f} / {of['p95_ms']:.0f} ms"
        rows.append(
            [name, share(of["recall"]), times, f"{of['build_seconds']:.1f} s", f"{of['mb']:.0f} MB"]
        )
    head = [f"at {found['passages']:,} passages", "recall@10", "p50 / p95", "to build", "disk"]
    return table(head, rows)


def failing(records: Records) -> str:
    """What those who ask see when something is away."""
    found = records.read("cluster_serving")["failing"]
    rows = []
    for name, what in _AWAY.items():
        of = found[name]
        answered = f"{found['tries'] - of['failed']} of {found['tries']}"
        rows.append([what, answered, f"{of['p50_s']:.2f} s", f"{of['most_s']:.2f} s"])
    return table(["what is away", "answered", "p50", "slowest"], rows)


def serving(records: Records) -> str:
    """Answers a second of one server and of two, on the same processors."""
    measured = records.read("cluster_serving")["serving"]
    found = {(one["servers"], one["users"]): one for one in measured}
    rows = []
    for users in sorted({users for _, users in found}):
        one, two = found[1, users], found[2, users]
        a_second = f"{one['per_second']:.1f} / {two['per_second']:.1f}"
        rows.append([str(users), a_second, f"{one['p50_s']:.2f} / {two['p50_s']:.2f} s"])
    return table(["people asking at once", "answers a second, 1 / 2 servers", "p50"], rows)


def workers(records: Records) -> str:
    """Passages that are read, split and embedded a second, without Ray and with its workers."""
    steady = records.read("scale_ray")["median_steady"]
    of = {"no Ray, one thread": "plain", "one worker": "ray 1", "two workers": "ray 2"}
    rows = [
        [name, f"{steady[key]:.1f}", f"{steady[key] / steady['ray 1']:.2f}"]
        for name, key in of.items()
    ]
    return table(["", "passages a second", "times one worker"], rows)
