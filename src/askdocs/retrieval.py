"""Question (and history) -> hits: by meaning and by words, fused.

Three rankings are fused: the passage's vector, its best sentence's vector, and BM25 over its words
(Robertson and Zaragoza, 2009). Each is scaled to 0..1 over the candidates and the weighted mean
orders them (a convex combination: Bruch, Gai and Ingber, 2023), which keeps what reciprocal ranks
throw away: by how much the first is better than the second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from askdocs.language import content_words, words
from askdocs.store import Store
from askdocs.types import Answer, Embedder, History, Hit
from askdocs.vectors import VectorIndex

WEIGHTS: Mapping[str, float] = {"dense": 0.2, "sentence": 0.4, "lexical": 0.4}
"""What each ranking counts for; they sum to 1, so that scores lie between 0 and 1."""

_PRONOUNS = frozenset("he him she her hers they them theirs it one ones former latter".split())
_POINTERS = frozenset("his its their this that these those there then same".split())
_CONTINUES = re.compile(
    r"^\s*(?:and|but|so|or|also|what about|how about|what else|who else|where else|no,? i mean\w*|"
    r"i mean\w*|really|are you sure|tell me more|more|go on)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 3
_READ = 40  # candidates whose sentences are compared with the question


def resolve_follow_up(question: str, history: History) -> str:
    """The question as it is searched: with the previous question before it if it leans on it.

    >>> resolve_follow_up("And how many died?", ["How many were detained?"])
    'How many were detained? And how many died?'
    >>> resolve_follow_up("Which airline flies to Oslo in winter?", ["How many were detained?"])
    'Which airline flies to Oslo in winter?'
    """
    if not history or not leans_on_history(question):
        return question
    previous = _query_of(history)
    return f"{previous} {question}"


def leans_on_history(question: str) -> bool:
    """Whether a question cannot be understood without the one before it.

    >>> [leans_on_history(q) for q in ("Who designed it?", "Which airline cancelled its flights?")]
    [True, False]
    """
    own = content_words(question)
    if len(own) < 2 or (_CONTINUES.match(question) and len(own) <= _FEW_WORDS):
        return True
    asked = words(question)
    for place, word in enumerate(asked):
        before = len(content_words(" ".join(asked[:place])))
        # What stands before a pronoun in the question itself may be what it means.
        if word in _PRONOUNS and before < _FEW_WORDS:
            return True
        if word in _POINTERS and (before == 0 or place == len(asked) - 1):
            return True
    return False


def _query_of(history: History) -> str:
    """The last question, with what it leaned on in its turn."""
    *earlier, last = [turn.question if isinstance(turn, Answer) else turn for turn in history]
    return resolve_follow_up(last, earlier[-1:])


def retrieve(
    question: str,
    history: History,
    *,
    store: Store,
    vectors: VectorIndex,
    embedder: Embedder,
    k: int,
    pool: int,
) -> list[Hit]:
    """The `k` best passages for a question, best first, each at most once.

    `pool` candidates are taken by meaning and as many by words before they are fused.
    """
    query = resolve_follow_up(question, history)
    vector = embedder.encode_query(query)
    dense = dict(vectors.search(vector, pool))
    lexical = dict(store.search_words(match_expression(query), pool))
    first, _ = fuse({"dense": dense, "lexical": lexical}, {"dense": 0.5, "lexical": 0.5})
    candidates = sorted(first, key=lambda n: (-first[n], n))[: max(_READ, 2 * k)]
    if not candidates:
        return []
    similarities = {
        number: sentences @ vector
        for number, sentences in store.sentence_vectors(candidates).items()
    }
    best = {n: float(values.max()) for n, values in similarities.items() if len(values)}
    scores, parts = fuse({"dense": dense, "lexical": lexical, "sentence": best})
    chosen = sorted(scores, key=lambda n: (-scores[n], n))[:k]
    return [
        Hit(passage, scores[n], parts[n], tuple(map(float, similarities.get(n, ()))))
        for n, passage in zip(chosen, store.passages(chosen), strict=True)
    ]


def match_expression(query: str) -> str:
    """The full-text expression for a question: any of its content words, each quoted.

    >>> match_expression("How many died in Almaty?")
    '"many" OR "died" OR "almaty"'
    """
    terms = content_words(query) or words(query)
    return " OR ".join('"{}"'.format(term.replace('"', '""')) for term in terms)


def fuse(
    rankings: Mapping[str, Mapping[int, float]], weights: Mapping[str, float] = WEIGHTS
) -> tuple[dict[int, float], dict[int, dict[str, float]]]:
    """The weighted mean of rankings from candidate to score, each scaled to 0..1.

    A candidate that a ranking lacks gets nothing from it. Returns the fused scores and, for each
    candidate, its score and rank in each ranking and what that added.

    >>> scores, parts = fuse({"a": {1: 0.9, 2: 0.5}, "b": {2: 3.0}}, {"a": 0.4, "b": 0.6})
    >>> scores, parts[2]["b_added"]
    ({1: 0.4, 2: 0.6}, 0.6)
    """
    scores: dict[int, float] = {}
    parts: dict[int, dict[str, float]] = {}
    for name, ranking in rankings.items():
        least, most = min(ranking.values(), default=0.0), max(ranking.values(), default=0.0)
        for rank, number in enumerate(sorted(ranking, key=lambda n: (-ranking[n], n)), start=1):
            scaled = (ranking[number] - least) / (most - least) if most > least else 1.0
            added = weights[name] * scaled
            scores[number] = scores.get(number, 0.0) + added
            explained = parts.setdefault(number, {})
            explained |= {name: ranking[number], f"{name}_rank": rank, f"{name}_added": added}
    return scores, parts
