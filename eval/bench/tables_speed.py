"""The tables of how fast askdocs is, beside others and in large."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tables_format import Records, share, table

PEERS = ("llama-index", "txtai", "langchain")
_SHOWN = {"langchain": "LangChain"}


def speed(records: Records) -> str:
    """Every figure of the record, and askdocs beside the best of the others."""
    rows = []
    for name, values in records.read("speed")["figures"].items():
        cells = [_number(values.get(system)) for system in ("askdocs", *PEERS)]
        rows.append([name, *cells, _ratio(name, values)])
    return table(["", "askdocs", *PEERS, "askdocs / best peer"], rows)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return str(round(value)) if value >= 1000 else f"{value:.4g}"


def _ratio(name: str, values: Mapping[str, float]) -> str:
    """Above 1 is better for documents a second, below 1 for all else; passages are no contest."""
    others = [values[peer] for peer in PEERS if peer in values]
    if not others or name == "passages":
        return ""
    best = max(others) if name.startswith("documents a second") else min(others)
    return f"{values['askdocs'] / best:.2f}"


def speed_short(records: Records) -> str:
    """The five rows that the README shows."""
    record = records.read("speed")
    found = record["figures"]
    systems = ("askdocs", *PEERS)
    p50, p95 = (found[f"retrieve, warm, {p}, ms"] for p in ("p50", "p95"))
    rows = [
        [
            "documents indexed a second, cold",
            *(f"{found['documents a second, whole process'][one]:.1f}" for one in systems),
        ],
        [
            "question to five passages, warm, p50 / p95, ms",
            *(f"{p50[one]:.0f} / {p95[one]:.0f}" for one in systems),
        ],
        [
            "the same, whole process, s",
            *(f"{found['retrieve, whole process, s'][one]:.1f}" for one in systems),
        ],
        [
            "most memory while indexing, MB",
            *(f"{found['peak memory while indexing, MB'][one]:,.0f}" for one in systems),
        ],
        [
            "index on disk, with the exported model, MB",
            *(f"{found['index on disk, MB'][one]:.0f}" for one in systems),
        ],
    ]
    title = f"speed, {record['documents']:,} abstracts (`eval/bench/speed.py`)"
    return table([title, "askdocs", *(_SHOWN.get(peer, peer) for peer in PEERS)], rows)


def growth(records: Records) -> str:
    """How time and memory grow with the passages."""
    head = [
        "passages",
        "open to first answer, owner / reader",
        "p50, one search, owner / reader",
        "p95, one search",
        "most memory",
        "recall@10 of codes / Chroma",
    ]
    return table(head, [_growth_row(size) for size in records.read("growth")["sizes"]])


def _growth_row(size: Mapping[str, Any]) -> list[str]:
    owner, reader, recall = size["owner"], size["reader"], size["recall"]
    chroma = share(recall["chroma_at_10"]) if "chroma_at_10" in recall else "not built"
    return [
        f"{size['passages']:,}",
        f"{owner['open_seconds']:.1f} / {reader['open_seconds']:.1f} s",
        f"{owner['one_search_p50_ms']:.0f} / {reader['one_search_p50_ms']:.0f} ms",
        f"{owner['one_search_p95_ms']:.0f} / {reader['one_search_p95_ms']:.0f} ms",
        f"{owner['peak_mb']} / {reader['peak_mb']} MB",
        f"{share(recall['codes_at_10'])} / {chroma}",
    ]
