"""What replies look like, for the description of the API."""

from __future__ import annotations

from typing import Any

_AT = "2026-05-03T12:04:00.000000+00:00"
_QUOTE = "Around 7,939 people have been detained by the police following violent protests."
_SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_ID = "reports/unrest.txt"
_TALK = "0f5c2a9d7be14f36a1d2b3c4d5e6f708"
_PLACE = {"document": _ID, "start": 23, "end": 103, "score": 0.71}
_ANSWER: dict[str, Any] = {
    "question": "How many people were detained?",
    "text": f"7,939 [1]\n\n> {_QUOTE} [1]",
    "query": "How many people were detained?",
    "refused": False,
    "direct": "7,939",
    "support": 0.97,
    "mode": "extractive",
    "citations": [
        {
            "number": 1,
            "document": _ID,
            "start": 23,
            "end": 103,
            "quote": _QUOTE,
            "page": None,
            "score": 0.71,
            "place": "",
        }
    ],
    "conflicts": [
        {
            "about": "people died",
            "claims": [
                {
                    "value": "44",
                    "status": "current",
                    "citations": [1],
                    "source": "officials",
                    "date": "2022-01-10",
                },
                {
                    "value": "164",
                    "status": "retracted",
                    "citations": [1],
                    "source": "officials",
                    "date": "2022-01-10",
                },
            ],
        }
    ],
    "hits": [_PLACE],
    "timings": {"retrieve_ms": 9.1, "answer_ms": 20.3},
}
_DOCUMENT = {
    "id": _ID,
    "title": "Unrest in the capital",
    "date": "2022-01-10",
    "author": "",
    "remarks": [],
    "sha256": _SHA,
}
_CONVERSATION = {
    "id": _TALK,
    "title": "The unrest",
    "created_at": _AT,
    "updated_at": _AT,
    "turns": 1,
}
_OPINION = {"verdict": "wrong", "note": "That was in 2021."}
_INDEXING = {
    "running": True,
    "what": "reading",
    "done": 12,
    "total": 40,
    "seconds_left": 3.5,
    "turn": 2,
    "error": "",
    "can_change": True,
}
_RUN = {
    "gold": "my.jsonl",
    "done": 3,
    "total": 25,
    "running": True,
    "stopped": False,
    "failed": "",
    "kept": 0,
}

EXAMPLES: dict[str, Any] = {
    "ask": _ANSWER,
    "retrieve": {"hits": [_PLACE | {"text": _QUOTE, "heading": "", "parts": {"dense": 0.62}}]},
    "list_documents": {
        "documents": [_DOCUMENT | {"characters": 3421, "passages": 4, "indexed_at": _AT}],
        "total": 1,
        "offset": 0,
        "skipped": [{"path": "scan.bin", "reason": "there is no reader for this type"}],
    },
    "document_spans": {
        "document": _ID,
        "sha256": _SHA,
        "characters": 3421,
        "total": 1,
        "offset": 0,
        "spans": [{"start": 23, "end": 103, "text": _QUOTE, "place": "page 1", "heading": ""}],
    },
    "document": _DOCUMENT
    | {
        "text": f"Unrest in the capital\n\n{_QUOTE}\n",
        "anchors": [{"start": 0, "end": 104, "kind": "page", "label": "1"}],
    },
    "add_document": {
        "id": "uploads/report.pdf",
        "document": "/v1/documents/uploads/report.pdf",
        "progress": "/v1/indexing",
    },
    "indexing": _INDEXING,
    "refresh": _INDEXING,
    "list_conversations": {"conversations": [_CONVERSATION], "total": 1, "offset": 0},
    "begin_conversation": _CONVERSATION | {"turns": 0},
    "rename_conversation": _CONVERSATION | {"title": "The unrest of January"},
    "conversation": _CONVERSATION
    | {
        "turns": [
            {
                "turn": 0,
                "answer": _ANSWER,
                "within": {
                    "documents": [],
                    "folder": "reports",
                    "types": [],
                    "since": "",
                    "until": "",
                },
                "feedback": _OPINION,
            }
        ]
    },
    "give_feedback": _OPINION,
    "list_feedback": {
        "feedback": [
            _OPINION
            | {"conversation": _TALK, "turn": 0, "at": _AT, "history": [], "answer": _ANSWER}
        ],
        "total": 1,
        "offset": 0,
    },
    "list_evaluations": {
        "evaluations": [
            {
                "number": 1,
                "gold": "my.jsonl",
                "at": _AT,
                "right": 20,
                "refused": 4,
                "wrong": 1,
                "model": "none",
            }
        ],
        "gold": [{"name": "my.jsonl", "questions": 25}],
        "run": _RUN | {"running": False, "done": 25, "kept": 1},
    },
    "run_evaluation": _RUN,
    "evaluation": {
        "outcomes": {"all": {"right": 20, "refused": 4, "wrong": 1}},
        "settings": {"language_model": "none"},
        "rows": [],
    },
    "health": {"status": "ok", "documents": 2},
    "live": {"status": "alive"},
    "ready": {"status": "ready"},
    "list_api": {
        "name": "askdocs",
        "version": "0.1.0",
        "openapi": "/v1/openapi.json",
        "addresses": [
            {"method": "POST", "path": "/v1/ask", "about": "Ask"},
        ],
    },
}
